"""The smallest parts of a protocol: values that each carry their unit, instrument and grade."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import PlainValidator

from liankong.vocabulary.spans import DurationError, parse_duration


class Grade(StrEnum):
    """How good the source of a value is."""

    S1 = "S1"  # text of the law, official notice, national bulletin, standards body
    S2 = "S2"  # named news agency or press conference
    S3 = "S3"  # a hint only: verify before relying on it
    G = "G"  # general knowledge, no source found
    X = "X"  # looked for, not found
    D = "D"  # derived by arithmetic


def _duration(value: Any) -> timedelta:
    if not isinstance(value, str):
        raise ValueError("expected a duration as text, such as '14 d', '2 h' or '30 min'")
    try:
        return parse_duration(value)
    except DurationError as error:
        raise ValueError(str(error)) from error


Time = Annotated[timedelta, PlainValidator(_duration)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Strict:
    """A table of the file. A key that it does not know is an error, so a misspelt number cannot be ignored."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sourced(Strict):
    """A value with its source. `instrument` is a key of the protocol's `instruments`."""

    instrument: str
    grade: Grade
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration(Sourced):
    """A span of time; in the file a text such as "14 d"."""

    value: Time


@dataclass(frozen=True, slots=True, kw_only=True)
class Count(Sourced):
    value: int
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount(Sourced):
    value: float
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts(Sourced):
    """Several whole numbers of one unit, such as the days of a stage on which a test falls."""

    value: tuple[int, ...]
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag(Sourced):
    value: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement(Sourced):
    """A rule in words, Chinese in `value` where the instrument is Chinese, for people to read."""

    value: str
    english: str = ""


def text_of(value: object) -> str:
    """A value as people write it: "14 d", "1, 4, 7", "yes"."""
    if isinstance(value, timedelta):
        return duration_text(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(text_of(item) for item in value)
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)


def duration_text(value: timedelta) -> str:
    """The shortest exact way to write a duration; two days or more are days, less are hours."""
    minutes = value.total_seconds() / 60
    if minutes and minutes % 1440 == 0 and minutes > 1440:
        return f"{minutes / 1440:g} d"
    if minutes and minutes % 60 == 0:
        return f"{minutes / 60:g} h"
    return f"{minutes:g} min"
