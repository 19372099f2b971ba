"""Days and hours as somebody types them with the receiver at the ear: `6`, `1-6`, `830`, `8:30`, `2400`."""

import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from liankong.vocabulary.spans import SHANGHAI, local, local_day

_DAY = re.compile(r"(?:(?:(?P<year>\d{4})[-./年])?(?P<month>\d{1,2})[-./月])?(?P<day>\d{1,2})日?")
_FOUR = re.compile(r"(?P<month>\d{2})(?P<day>\d{2})")
_CLOCK = re.compile(r"(?P<hour>\d{1,2})(?:[:：.时点]?(?P<minute>\d{2}))?[时点分]?")


def read_day(text: str, near: date) -> date | None:
    """The nearest day that the text may mean; None when there is none."""
    plain = text.strip()
    match = _FOUR.fullmatch(plain) or _DAY.fullmatch(plain)
    if match is None:
        return None
    parts = match.groupdict()
    number = int(parts["day"])
    if parts.get("year"):
        months = [int(parts["year"]) * 12 + int(parts["month"]) - 1]
    elif parts["month"]:
        months = [(near.year + step) * 12 + int(parts["month"]) - 1 for step in (-1, 0, 1)]
    else:
        months = [near.year * 12 + near.month - 1 + step for step in (-1, 0, 1)]
    return _nearest((made for month in months if (made := _made(month, number)) is not None), near)


def _made(month: int, day: int) -> date | None:
    try:
        return date(month // 12, month % 12 + 1, day)
    except ValueError:
        return None


def _nearest(days: Iterable[date], near: date) -> date | None:
    return min(days, key=lambda day: (abs((day - near).days), day), default=None)


def read_clock(text: str) -> timedelta | None:
    """Time of day since midnight, up to 24:00; None when it is none."""
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        return None
    hour, minute = int(match["hour"]), int(match["minute"] or 0)
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        return None
    return timedelta(hours=hour, minutes=minute)


def between(day: date, begin: timedelta, end: timedelta) -> tuple[datetime, datetime]:
    """The moments of a stay. An end before the beginning is on the next day."""
    from_at, until_at = local(day) + begin, local(day) + end
    return from_at, until_at + timedelta(days=1) if until_at < from_at else until_at


def say_day(moment: datetime) -> str:
    """`1-6`, as it is typed."""
    day = local_day(moment)
    return f"{day.month}-{day.day}"


def say_clock(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%H:%M}"


def say_end(moment: datetime, begin: datetime) -> str:
    """An end at midnight is the end of the day that was typed, not the beginning of another."""
    late = moment.astimezone(SHANGHAI).time() == time(0) and moment > begin
    return "24:00" if late else say_clock(moment)
