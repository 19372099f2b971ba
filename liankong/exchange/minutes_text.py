"""The cleaned text of minutes: one line a paragraph, simplified, list commas kept, persons' numbers masked."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from email.utils import parsedate_to_datetime

from liankong.exchange.bulletin_clean import clean
from liankong.exchange.minutes_words import surnames, words
from liankong.vocabulary.spans import SHANGHAI

MASK = "█"
# The bulletins' reader needs no difference between these; a sentence that is quoted does.
_RESTORED = {
    "、": "、",
    "﹑": "、",
    "！": "！",
    "!": "！",
    "？": "？",
    "?": "？",
    "-": "-",
    "～": "～",
    "~": "～",
}
_SHORTEST_ID = 15
_SENTENCE_END = re.compile(r"[。！？][”』」’）]*|\n")
_PERSONAL = (
    ("id_number", re.compile(r"(?<!\d)\d{6}-?\d{8}-?\d{3}[\dXx](?![\dA-Za-z])|(?<!\d)\d{15}(?!\d)")),
    (
        "phone",
        re.compile(r"(?<!\d)(?:\+?86-?)?1[3-9]\d-?\d{4}-?\d{4}(?!\d)|(?<!\d)0\d{2,3}[-—]\d{7,8}(?!\d)"),
    ),
)


@dataclass(frozen=True, slots=True)
class Page:
    """The text, and where persons' numbers were masked in it: (start, end, kind)."""

    text: str
    title: str
    published: date | None
    notes: tuple[str, ...]
    masked: tuple[tuple[int, int, str], ...] = ()

    def refused(self, start: int, end: int) -> str:
        """The kind of a person's number between two offsets, or ""."""
        return next((kind for at, to, kind in self.masked if at < end and start < to), "")


def page_of(source: str) -> Page:
    """Clean a page as it was found: HTML, a front matter, traditional script, pinyin left by a broken converter."""
    source = source.replace("\r\n", "\n")
    found = clean(source)
    letters = [
        _RESTORED.get(source[at], letter) for letter, at in zip(found.text, found.offsets, strict=True)
    ]
    text, masked = _mask("".join(letters))
    notes = found.notes
    if masked:
        kinds = ", ".join(dict.fromkeys(kind for _start, _end, kind in masked))
        notes = (*notes, f"numbers of persons masked at {len(masked)} places ({kinds})")
    return Page(text, found.title, _published(found.published), notes, masked)


def _mask(text: str) -> tuple[str, tuple[tuple[int, int, str], ...]]:
    """Put bars over persons' numbers, as many as there were characters, so that offsets hold."""
    # A text that was masked before keeps its bars, and what they say: an ID number is the longer one.
    masked = [
        (bar.start(), bar.end(), "id_number" if len(bar[0]) >= _SHORTEST_ID else "phone")
        for bar in re.finditer(f"{MASK}+", text)
    ]
    for kind, pattern in _PERSONAL:
        masked += [(match.start(), match.end(), kind) for match in pattern.finditer(text)]
        text = pattern.sub(lambda match: MASK * len(match[0]), text)
    return text, tuple(sorted(masked))


def _published(line: str) -> date | None:
    """The day of a page's date line, as the field's calendar has it."""
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            moment = read(line)
        except (ValueError, TypeError, IndexError):
            continue
        return moment.astimezone(SHANGHAI).date() if moment.tzinfo else moment.date()
    return None


def lines(text: str) -> Iterator[tuple[int, str]]:
    """Paragraphs with their offsets."""
    at = 0
    for line in text.split("\n"):
        if line:
            yield at, line
        at += len(line) + 1


def sentences(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
    """Spans of sentences between two offsets, each with its closing mark; a line break also ends one."""
    stop = len(text) if end is None else end
    at = start
    while at < stop:
        match = _SENTENCE_END.search(text, at, stop)
        to = match.end() if match else stop
        begin, last = at, to
        while last > begin and text[last - 1] == "\n":
            last -= 1
        if last > begin:
            yield begin, last
        at = to


def persons(text: str) -> frozenset[str]:
    """What may be names of persons: two or three characters behind an office, and lists of such.

    Too many rather than too few: it only keeps words out of titles.
    """
    one = rf"[{''.join(sorted(surnames()))}][\u4e00-\u9fff]{{1,2}}"
    office = "|".join(words("names", "offices"))
    found: set[str] = set()
    for match in re.finditer(rf"(?:{office})(?={one})(?P<names>{one}(?:[、和]{one})*)", text):
        for name in re.split("[、和]", match["names"]):
            found |= {name, name[:2]}
    return frozenset(name for name in found if not name.startswith("关于"))
