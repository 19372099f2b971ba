"""Days, hours and terms in the words of minutes, worked out from the day and hour of the meeting.

A term in days does not count the day on which it begins and ends at 24:00 of its last day, one in hours begins at
once (Civil Code of 2020, articles 201 and 203). A deadline that names a day alone ends at 24:00 of that day.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from liankong.exchange.minutes_model import DateKind, When
from liankong.exchange.minutes_words import words
from liankong.vocabulary.spans import SHANGHAI

NO_DAY = "the day of the meeting is not known"
NO_HOUR = "the hour of the meeting is not known"
NO_CALENDAR = "working days need the calendar of holidays"
NO_SUCH_DAY = "there is no such day"

_DIGITS = {
    "零": 0,
    "〇": 0,
    "一": 1,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
}
_N = r"(?:\d{1,3}|[零一二两三四五六七八九十]{1,3})"
_PART = "|".join(words("meeting", "parts"))
CLOCK = rf"(?P<hour>{_N})(?:：(?P<minute>\d\d)(?!\d)|[时点](?:(?P<minute2>{_N})分|(?P<half>半))?)许?"
DAY = r"(?:(?:(?P<year>20\d\d)年)?(?P<month>\d{1,2})月)?(?P<day>\d{1,2})日"
_BEFORE, _SINCE = r"(?:之前|以前|前)", r"(?:起|开始)"
_RELATIVE = {"今": 0, "当": 0, "即": 0, "明": 1, "后": 2}
_ABSOLUTE = re.compile(
    rf"(?P<since>从|自)?(?<![第续每近去前满\d]){DAY}(?!内|之内|以内|龄|游|后|0)"
    rf"(?P<part>{_PART})?(?:{CLOCK})?(?P<after>{_BEFORE}|{_SINCE})?"
)
_NAMED = re.compile(
    rf"(?P<since>从|自)?(?P<which>[今明后当即])(?:天|日|(?=[早晚夜]))(?!后)"
    rf"(?P<part>{_PART})?(?:{CLOCK})?(?P<after>{_BEFORE}|{_SINCE})?"
)
_HOUR = re.compile(rf"(?P<since>从|自)?(?P<part>{_PART})?(?<!\d){CLOCK}(?P<after>{_BEFORE}|{_SINCE})")
_TERM = re.compile(rf"(?<!\d)(?P<n>{_N})个?(?P<unit>小时|工作日|日|天|周)(?:之内|以内|内)")
_WEEKDAY = re.compile(rf"本周(?P<weekday>[一二三四五六日天])(?P<after>{_BEFORE})")
_MONTH = re.compile(rf"(?:本)?月底(?P<after>{_BEFORE})")
# "在过去14天内到过" tells where somebody was, not by when something must be done.
_LOOKS_BACK = re.compile(r"(?:过去|近|此前|曾|以来|发病前)$")
_HISTORY = re.compile(r"[^，。；]{0,8}(?:旅居|到过|返|途经|抵|来自|接触过)")
MIDNIGHT = time(0)


def number(text: str) -> int:
    """12, 十二, 两 as a number."""
    if text.isdecimal():
        return int(text)
    tens, ten, ones = text.partition("十")
    if ten:
        return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)
    return _DIGITS[text[-1]]


def clock(match: re.Match[str], part: str) -> tuple[int, int] | None:
    """Hour (0 to 24) and minute that a CLOCK states after a part of the day; None without one."""
    if match["hour"] is None:
        return None
    hour = number(match["hour"])
    minute = number(match["minute"] or match["minute2"] or "0") + (30 if match["half"] else 0)
    if (part in words("meeting", "late_parts") and hour <= 12) or (part == "中午" and hour < 11):
        hour += 12
    return (hour, minute) if (hour < 24 and minute < 60) or (hour, minute) == (24, 0) else None


def nearest(month: int | None, day: int, base: date, *, latest: date | None = None) -> date | None:
    """The day of that number closest to a base; `latest` bars days after it. None where there is none."""
    candidates = []
    for months in range(-12, 13):
        years, index = divmod(base.year * 12 + base.month - 1 + months, 12)
        if month is not None and index + 1 != month:
            continue
        try:
            candidates.append(date(years, index + 1, day))
        except ValueError:
            continue
    allowed = [one for one in candidates if latest is None or one <= latest]
    return min(allowed, key=lambda one: (abs(one - base), -one.toordinal()), default=None)


@dataclass(frozen=True, slots=True)
class Dates:
    """Reads the dates of one meeting's directives."""

    day: date | None
    hour: time | None

    def read(self, text: str, start: int, end: int) -> tuple[When, ...]:
        """The dates between two offsets, in the order of the text, none of them twice."""
        taken: list[When] = []
        covered = bytearray(end - start)
        for found in self._found(text, start, end):
            span = slice(found.start - start, found.end - start)
            if not any(covered[span]):
                covered[span] = b"1" * len(found.words)
                taken.append(found)
        return tuple(sorted(taken, key=lambda one: one.start))

    def _found(self, text: str, start: int, end: int) -> Iterator[When]:
        for match in _ABSOLUTE.finditer(text, start, end):
            yield self._when(match, self._absolute(match))
        for match in _TERM.finditer(text, start, end):
            if not _LOOKS_BACK.search(text, max(start, match.start() - 4), match.start()) and not (
                _HISTORY.match(text, match.end(), end)
            ):
                moment, problem = self._term(number(match["n"]), match["unit"])
                yield _told(match, DateKind.BY, moment, problem)
        for match in _NAMED.finditer(text, start, end):
            if match["part"] or match["after"] or match["hour"] or match["which"] in "明后":
                ahead = timedelta(days=_RELATIVE[match["which"]])
                yield self._when(match, None if self.day is None else self.day + ahead)
        for match in _HOUR.finditer(text, start, end):
            yield self._when(match, self._next(match))
        for match in _WEEKDAY.finditer(text, start, end):
            yield _told(match, DateKind.BY, *self._weekday("一二三四五六日天".index(match["weekday"])))
        for match in _MONTH.finditer(text, start, end):
            yield _told(match, DateKind.BY, *self._month_end())

    def _absolute(self, match: re.Match[str]) -> date | None:
        month = int(match["month"]) if match["month"] else None
        if match["year"]:
            try:
                return date(int(match["year"]), month or 1, int(match["day"]))
            except ValueError:
                return None
        return None if self.day is None else nearest(month, int(match["day"]), self.day)

    def _next(self, match: re.Match[str]) -> date | None:
        """The day on which a bare hour comes next after the meeting's own."""
        told = clock(match, match["part"] or "")
        if self.day is None or self.hour is None or told is None:
            return self.day
        passed = told <= (self.hour.hour, self.hour.minute)
        return self.day + timedelta(days=1) if passed else self.day

    def _when(self, match: re.Match[str], day: date | None) -> When:
        after = match["after"] or ""
        begins = bool(match["since"]) or after in ("起", "开始")
        kind = DateKind.FROM if begins else DateKind.BY if after else DateKind.AT
        if day is None:
            return _told(match, kind, None, NO_DAY if self.day is None else NO_SUCH_DAY)
        told = clock(match, match["part"] or "")
        if told is None and match["hour"]:
            return _told(match, kind, None, NO_SUCH_DAY)
        hour, minute = told or ((24, 0) if kind is DateKind.BY else (0, 0))
        moment = datetime.combine(day, MIDNIGHT, SHANGHAI) + timedelta(hours=hour, minutes=minute)
        return _told(match, kind, moment)

    def _term(self, count: int, unit: str) -> tuple[datetime | None, str]:
        if unit == "工作日":
            return None, NO_CALENDAR
        if self.day is None:
            return None, NO_DAY
        if unit == "小时":
            if self.hour is None:
                return None, NO_HOUR
            return datetime.combine(self.day, self.hour, SHANGHAI) + timedelta(hours=count), ""
        days = count * 7 if unit == "周" else count
        return self._close(self.day + timedelta(days=days)), ""

    def _weekday(self, index: int) -> tuple[datetime | None, str]:
        if self.day is None:
            return None, NO_DAY
        return self._close(self.day + timedelta(days=min(index, 6) - self.day.weekday())), ""

    def _month_end(self) -> tuple[datetime | None, str]:
        if self.day is None:
            return None, NO_DAY
        ahead = (self.day.replace(day=28) + timedelta(days=4)).replace(day=1)
        return self._close(ahead - timedelta(days=1)), ""

    @staticmethod
    def _close(day: date) -> datetime:
        """24:00 of a day."""
        return datetime.combine(day + timedelta(days=1), MIDNIGHT, SHANGHAI)


def _told(match: re.Match[str], kind: DateKind, moment: datetime | None, problem: str = "") -> When:
    return When(
        words=match[0], start=match.start(), end=match.end(), kind=kind, moment=moment, problem=problem
    )
