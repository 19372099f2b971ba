"""Durations, days and spans. Storage is aware UTC; the field's day is Asia/Shanghai, 00:00 to 24:00."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
_UNITS = {"min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(min|h|d)")


class DurationError(ValueError):
    """The text is not `<number> min|h|d`."""


def parse_duration(text: str) -> timedelta:
    """Read "2 h", "14 d" or "30 min"."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise DurationError(f"{text!r} is not a duration: expected a number and min, h or d, such as '14 d'")
    return float(match[1]) * _UNITS[match[2]]


def aware(moment: datetime) -> datetime:
    """Refuse a naive datetime: a clock without a zone has cost other systems whole days."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone")
    return moment.astimezone(UTC)


def local_day(moment: datetime) -> date:
    """The field's calendar day on which the moment falls."""
    return aware(moment).astimezone(SHANGHAI).date()


def local(day: date, at: time = time(0)) -> datetime:
    """The moment of a local clock time, in UTC."""
    return datetime.combine(day, at, SHANGHAI).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open span of time [start, end); `end` None means that it goes on."""

    start: datetime
    end: datetime | None = None

    def __post_init__(self) -> None:
        if self.end is not None and self.end < self.start:
            raise ValueError(f"span ends {self.end.isoformat()} before it starts {self.start.isoformat()}")

    def holds(self, moment: datetime) -> bool:
        return self.start <= moment and (self.end is None or moment < self.end)

    def overlaps(self, other: "Span") -> bool:
        return (other.end is None or self.start < other.end) and (self.end is None or other.start < self.end)

    @classmethod
    def of_day(cls, day: date) -> "Span":
        return cls(local(day), local(day + timedelta(days=1)))
