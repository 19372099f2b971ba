"""May these words stand in an order? An order is read by many; a person's number has no place in it."""

import re
import unicodedata

MASK = "…"
TITLE = 160  # the longest title that the database holds

# Digits may be set apart by spaces or hyphens, as people write them.
_GAP = r"[ \-]?"
_PATTERNS: dict[str, re.Pattern[str]] = {
    # 17 digits and a check character. A wrong check character is still somebody's number with a slip.
    "id_number": re.compile(rf"(?<!\d)\d{{6}}{_GAP}\d{{8}}{_GAP}\d{{3}}[\dXx](?![\dA-Za-z])"),
    "phone": re.compile(rf"(?<!\d)1[3-9]\d{_GAP}\d{{4}}{_GAP}\d{{4}}(?!\d)"),
}
# One whole sentence for each kind, so that it can be translated.
REFUSALS: dict[str, str] = {
    "id_number": "an ID number has no place in an order: give the person's number in the register",
    "phone": "a mobile phone number has no place in an order: give the person's number in the register",
}


class PersonalNumber(ValueError):
    """Text with a person's number. The message says what kind; it never holds the number."""

    def __init__(self, kind: str, field: str) -> None:
        super().__init__(f"{field}: {REFUSALS[kind]}")
        self.kind, self.field, self.template = kind, field, REFUSALS[kind]


def personal_number(text: str) -> str | None:
    """The kind of the first personal number in a text: `id_number`, `phone`, or None."""
    plain = unicodedata.normalize("NFKC", text)
    return next((kind for kind, pattern in _PATTERNS.items() if pattern.search(plain)), None)


def check(**texts: str) -> None:
    """Refuse texts, each by the name of its field, that hold a personal number. Raises PersonalNumber."""
    for field, text in texts.items():
        kind = personal_number(text)
        if kind is not None:
            raise PersonalNumber(kind, field)


def masked(text: str) -> str:
    """The text without personal numbers, for what a rule words out of names that people have typed."""
    if personal_number(text) is None:
        return text
    plain = unicodedata.normalize("NFKC", text)
    for pattern in _PATTERNS.values():
        plain = pattern.sub(MASK, plain)
    return plain


def fitting(title: str) -> str:
    """A title no longer than the database holds."""
    return title if len(title) <= TITLE else title[: TITLE - 1] + MASK
