"""Official documents as PDF: red head, number, title, text, tables, checks, seal and signature.

The form follows GB/T 9704-2012 and stands in `pdf_official.typ`; it is set by Typst with the fonts shipped here,
so the same document gives the same bytes on every machine. Typst comes with the `server` extra.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, time
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

Language = Literal["zh", "en"]
_HERE = Path(__file__).parent
FONTS = _HERE / "fonts"


class PdfUnavailableError(RuntimeError):
    """Typst is not installed."""


class UnprintableError(ValueError):
    """The shipped fonts lack a character of the document."""


class Standing(StrEnum):
    """What a page must say of itself at a glance."""

    DRAFT = "draft"  # not signed
    EXERCISE = "exercise"  # a drill: never to be taken for the real thing
    ISSUED = "issued"


WATERMARKS = {
    ("zh", Standing.DRAFT): "草稿 DRAFT",
    ("zh", Standing.EXERCISE): "演练 EXERCISE",
    ("en", Standing.DRAFT): "DRAFT 草稿",
    ("en", Standing.EXERCISE): "EXERCISE 演练",
}


@dataclass(frozen=True, slots=True)
class Heading:
    text: str
    kind: str = field(default="heading", init=False)


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str
    kind: str = field(default="paragraph", init=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The first column holds names, the others numbers; `strong` are the indexes of total rows."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""
    note: str = ""
    strong: tuple[int, ...] = ()
    kind: str = field(default="table", init=False)

    def __post_init__(self) -> None:
        for number, row in enumerate(self.rows):
            if len(row) != len(self.columns):
                raise ValueError(f"row {number} has {len(row)} cells, the table {len(self.columns)} columns")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line of arithmetic; `state` is ok, explained, failed or not_applicable."""

    label: str
    name: str  # of the identity
    arithmetic: str
    state: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    caption: str
    lines: tuple[Check, ...]
    kind: str = field(default="checks", init=False)


Block = Heading | Paragraph | Table | Checks


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """All that is printed.

    A line break in `title` is where it should turn over. `banner` is the red line; `imprint` the rows (left,
    right) at the foot of the last page.

    `trace` is the small line that ties the paper to the snapshot it was made from.
    """

    language: Language
    issuer: str
    banner: str
    number: str
    title: str
    blocks: tuple[Block, ...]
    dated: date
    standing: Standing
    addressees: str = ""
    seal: str = ""
    signed: str = ""
    imprint: tuple[tuple[str, str], ...] = ()
    trace: str = ""


def render_pdf(
    document: Document, *, font_folders: Sequence[Path] = (), font_families: Sequence[str] = ()
) -> bytes:
    """The document as PDF. Equal documents give equal bytes: the file's date is the document's.

    `font_folders` and `font_families` add fonts for characters that the shipped ones lack. Raises
    UnprintableError naming such characters if none are given, PdfUnavailableError without Typst.
    """
    typst = _typst()
    said = _data(document, font_families)
    text = json.dumps(said, ensure_ascii=False)
    if not font_folders:
        missing = unprintable(text)
        if missing:
            raise UnprintableError(
                f"the document fonts lack {'、'.join(missing)}: give a folder of fonts that have them"
            )
    pdf: bytes = typst.compile(
        (_HERE / "pdf_official.typ").read_bytes(),
        root=str(_HERE),
        font_paths=[str(FONTS), *(str(folder) for folder in font_folders)],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"document": text},
        timestamp=datetime.combine(document.dated, time(0), UTC),
    )
    return pdf


def unprintable(text: str) -> list[str]:
    """The characters of a text that the shipped fonts lack, each once, in order."""
    return [c for c in dict.fromkeys(text) if not (c < "\u0180" or c in _beyond_gb2312() or _in_gb2312(c))]


def date_words(day: date, language: Language) -> str:
    """2022年2月1日, or 1 February 2022."""
    return f"{day.year}年{day.month}月{day.day}日" if language == "zh" else f"{day.day} {day:%B %Y}"


def _typst() -> Any:
    try:
        import typst
    except ImportError as error:
        raise PdfUnavailableError(
            "PDF needs Typst, which comes with the server: pip install 'liankong[server]' (or: pip install typst)"
        ) from error
    return typst


def _data(document: Document, families: Sequence[str]) -> dict[str, Any]:
    said = asdict(document)
    said["watermark"] = WATERMARKS.get((document.language, document.standing), "")
    said["date"] = date_words(document.dated, document.language)
    said["dated"] = document.dated.isoformat()
    said["stamp"] = (document.dated.year, document.dated.month, document.dated.day)
    said["further_fonts"] = list(families)
    return said


@lru_cache(maxsize=1)
def _beyond_gb2312() -> frozenset[str]:
    """What the fonts hold beyond GB 2312, and the signs."""
    listed = (FONTS / "beyond_gb2312.txt").read_text(encoding="utf-8").strip()
    return frozenset(listed)


def _in_gb2312(character: str) -> bool:
    try:
        return bool(character.encode("gb2312"))
    except UnicodeEncodeError:
        return False
