"""What proves an order done: words, a figure, a location, a file. The issuer says which are asked for."""

import io
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from liankong.rules.orders import Move
from liankong.rules.why import Why

RULE = "orders.proof"
# The platform's own limits, not the field's: what a phone's photograph and a signed form need.
LARGEST_FILE = 10 * 1024 * 1024
MOST_FILES = 10


class Proof(StrEnum):
    """Words are asked for always."""

    FIGURE = "figure"
    LOCATION = "location"
    FILE = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What came with "done". Coordinates are degrees east and north; `files` counts those there already too."""

    words: str
    figure: float | None = None
    longitude: float | None = None
    latitude: float | None = None
    files: int = 0


def asked(detail: Mapping[str, Any]) -> tuple[Proof, ...]:
    """What an order asks for besides words, from its `detail`."""
    wanted = detail.get("asks") or ()
    return tuple(one for one in Proof if one.value in wanted)


def detail(asks: Iterable[Proof], *, unit: str = "") -> dict[str, Any]:
    """The part of an order's `detail` that says what proof is asked for; `unit` is the figure's: households."""
    wanted = set(asks)
    found: dict[str, Any] = {"asks": [one.value for one in Proof if one in wanted]} if wanted else {}
    return found | ({"unit": unit.strip()} if unit.strip() and Proof.FIGURE in wanted else {})


def suffices(given: Given, asks: Iterable[Proof]) -> Move:
    """Judge whether what was given is what was asked for. `field` names the first that is missing or wrong."""
    wanted = set(asks)
    half = (given.longitude is None) != (given.latitude is None)
    faults = (
        (not given.words.strip(), "proof", "Say how it was done: a number, a document, what was found."),
        (given.figure is not None and given.figure < 0, "figure", "A figure is not below zero."),
        (
            Proof.FIGURE in wanted and given.figure is None,
            "figure",
            "This order asks for a figure.",
        ),
        (half, "longitude", "A location has a longitude and a latitude."),
        (not half and not _on_earth(given), "longitude", "There is no such place: degrees east and north."),
        (
            Proof.LOCATION in wanted and given.longitude is None,
            "longitude",
            "This order asks for the location.",
        ),
        (Proof.FILE in wanted and given.files == 0, "files", "This order asks for a file."),
        (given.files > MOST_FILES, "files", "At most {most} files prove one order."),
    )
    for wrong, field, reason in faults:
        if wrong:
            why = Why(rule=RULE, reason=reason, values={"most": MOST_FILES})
            return Move(allowed=False, field=field, why=why)
    return Move(allowed=True, why=Why(rule=RULE, reason="It is all there."))


def _on_earth(given: Given) -> bool:
    if given.longitude is None or given.latitude is None:
        return True
    return -180 <= given.longitude <= 180 and -90 <= given.latitude <= 90


# --- files -------------------------------------------------------------------------------------------------

# By their first bytes: what a file calls itself proves nothing.
_HEADS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"%PDF-", "application/pdf"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (8, b"WEBP", "image/webp"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypmif1", "image/heic"),
)
_OFFICE = "application/vnd.openxmlformats-officedocument."
_PARTS = {
    "word/document.xml": f"{_OFFICE}wordprocessingml.document",
    "xl/workbook.xml": f"{_OFFICE}spreadsheetml.sheet",
}
ENDINGS = {
    "application/pdf": "pdf",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/heic": "heic",
    f"{_OFFICE}wordprocessingml.document": "docx",
    f"{_OFFICE}spreadsheetml.sheet": "xlsx",
}


def media_type(content: bytes) -> str | None:
    """The type of a file by its content; None when it is none of those taken, or carries macros."""
    for at, head, kind in _HEADS:
        if content[at : at + len(head)] == head:
            return kind
    if not content.startswith(b"PK\x03\x04"):
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        return None
    if any("vbaproject" in name.lower() for name in names):
        return None
    return next((kind for part, kind in _PARTS.items() if part in names), None)


def may_attach(content: bytes) -> Move:
    """Judge a file by size and content."""
    values = {"most": LARGEST_FILE // 1024 // 1024}
    reason = ""
    if not content:
        reason = "This file is empty."
    elif len(content) > LARGEST_FILE:
        reason = "A file has at most {most} MB."
    elif media_type(content) is None:
        reason = "Only pictures (JPEG, PNG, WebP, HEIC), PDF, Word and Excel files without macros are taken."
    if reason:
        return Move(allowed=False, field="files", why=Why(rule=RULE, reason=reason, values=values))
    return Move(allowed=True, why=Why(rule=RULE, reason="A file of a known type."))


def may_read(reader: str, *, issuer: str, addressee: str) -> bool:
    """Whether somebody of a jurisdiction may open a proof: it must hold the issuer's or the addressee's division.

    Whoever is responsible for a part of the addressee's division alone sees that the order exists, not what its
    pictures show.
    """
    return issuer.startswith(reader) or addressee.startswith(reader)
