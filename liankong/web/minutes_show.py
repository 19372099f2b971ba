"""The text of minutes with its sentences marked, paragraph by paragraph."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mark:
    """A sentence at [start, end): its number on the page and how it is shown."""

    start: int
    end: int
    number: int
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """Words of a paragraph; `first` where a mark begins, so that its number stands there once."""

    words: str
    mark: Mark | None = None
    first: bool = False


def paragraphs(text: str, spans: Iterable[tuple[int, int]], marks: Sequence[Mark]) -> list[list[Piece]]:
    """The paragraphs inside the spans, each cut where a mark begins or ends. Marks must not overlap."""
    found: list[list[Piece]] = []
    for start, end in spans:
        at = start
        for line in text[start:end].split("\n"):
            if line:
                found.append(_cut(text, at, at + len(line), marks))
            at += len(line) + 1
    return found


def _cut(text: str, start: int, end: int, marks: Sequence[Mark]) -> list[Piece]:
    pieces: list[Piece] = []
    at = start
    for mark in sorted(marks, key=lambda one: one.start):
        begin, stop = max(mark.start, start), min(mark.end, end)
        if begin >= stop or begin < at:
            continue
        if begin > at:
            pieces.append(Piece(text[at:begin]))
        pieces.append(Piece(text[begin:stop], mark, first=begin == mark.start))
        at = stop
    if at < end:
        pieces.append(Piece(text[at:end]))
    return pieces
