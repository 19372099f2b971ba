"""The dates of a bulletin: its day, its baselines, and which year is meant where none is said."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from email.utils import parsedate_to_datetime

from liankong.rules.bulletins import EPIDEMIC, UNDECLARED, Window

_DAY = r"(?:(?P<{0}y>20\d\d)年)?(?P<{0}m>\d{{1,2}})月(?P<{0}d>\d{{1,2}})日"
_CLOCK = r"(?:(?P<{0}h>\d{{1,2}})时(?:(?P<{0}min>\d{{1,2}})分)?)?"
_RANGE = re.compile("自?" + _DAY.format("a") + r"(?:0时)?(?:至|到|—)" + _DAY.format("b") + _CLOCK.format("b"))
_UNTIL = re.compile("截[至止]到?" + _DAY.format("b") + _CLOCK.format("b"))
_FULL_DAY = re.compile(_DAY.format("b") + r"0时?[—至到](?P<bh>\d{1,2})时(?:(?P<bmin>\d{1,2})分)?")
_PLAIN = re.compile(_DAY.format("b") + _CLOCK.format("b"))
_SINCE = re.compile("自" + _DAY.format("a"))
_ROUND_START = re.compile("自" + _DAY.format("a") + "[^。；]{0,30}(?:至今|以来)")
_UNDECLARED = "起算时间未注明"


class NoYearError(ValueError):
    """The text gives a day and a month but no year, and none was given."""


@dataclass(frozen=True, slots=True)
class Dated:
    """What a clause's dates say: a baseline, "this is of the day", or "this is of some other day"."""

    rest: str
    long: Window | None = None
    of_day: bool = False
    other_day: bool = False
    found: bool = False


class DateReader:
    """Knows the bulletin's day. Raises NoYearError if the text names a day and no year can be found."""

    def __init__(self, text: str, *, published: str = "", year: int | None = None) -> None:
        self._anchor = _published(published) or _stamp(text)
        self._year = year
        self._stated_year = next((int(y) for y in re.findall(r"(20\d\d)年\d", text)), None)
        self.until: time | None = None
        self.day = self._bulletin_day(text)
        start = _ROUND_START.search(text) if self.day else None
        self._round = self._date(start, "a") if start else None

    def _bulletin_day(self, text: str) -> date | None:
        for pattern in (_FULL_DAY, _UNTIL, _RANGE):
            match = pattern.search(text)
            if match:
                hour, minute = match["bh"], match["bmin"]
                if hour and int(hour) < 24:
                    self.until = time(int(hour), int(minute or 0))
                return self._date(match, "b")
        match = re.search(_DAY.format("b") + "[^。]{0,12}新增", text)
        return None if match is None else self._date(match, "b")

    def this_round(self) -> Window:
        """The baseline of "这轮疫情": its first day if the text says it, otherwise undeclared."""
        return UNDECLARED if self._round is None else Window.since(self._round)

    def take(self, text: str) -> Dated:
        """The dates of a clause's opening and what is left without them."""
        if self.day is None:
            return Dated(text)  # no bulletin here: its dates, perhaps without a year, mean nothing to us
        undeclared = _UNDECLARED in text
        text = text.replace(_UNDECLARED, "")
        if undeclared:
            return Dated(text, long=UNDECLARED, found=True)
        match = _FULL_DAY.search(text)
        if match:
            is_day = self._date(match, "b") == self.day
            return Dated(_cut(text, match), of_day=is_day, other_day=not is_day, found=True)
        match = _RANGE.search(text)
        if match:
            if self._date(match, "b") != self.day:
                return Dated(_cut(text, match), other_day=True, found=True)
            return Dated(_cut(text, match), long=Window.since(self._date(match, "a")), found=True)
        match = _UNTIL.search(text)
        if match:
            return Dated(_cut(text, match), long=EPIDEMIC, found=True)
        match = _SINCE.search(text)
        if match:
            return Dated(_cut(text, match), long=Window.since(self._date(match, "a")), found=True)
        match = _PLAIN.search(text)
        if match:
            other = self._date(match, "b") != self.day
            return Dated(_cut(text, match), other_day=other, of_day=not other, found=True)
        return Dated(text)

    def _date(self, match: re.Match[str], group: str) -> date:
        month, day = int(match[f"{group}m"]), int(match[f"{group}d"])
        said = match[f"{group}y"]
        if said:
            return date(int(said), month, day)
        if self._anchor is not None:
            year = self._anchor.year - (month > self._anchor.month)
        elif self._year is not None:
            year = self._year
        elif self._stated_year is not None:
            year = self._stated_year
        else:
            raise NoYearError(f"the text says {month}月{day}日 but no year: say which year it is")
        return date(year, month, day)


def _cut(text: str, match: re.Match[str]) -> str:
    return text[: match.start()] + text[match.end() :]


def _published(text: str) -> date | None:
    if not text:
        return None
    try:
        return parsedate_to_datetime(text).date()
    except ValueError:
        try:
            return datetime.fromisoformat(text).date()
        except ValueError:
            return None


def _stamp(text: str) -> date | None:
    """A byline such as 2022-01-29 09:03 (its hyphens unified)."""
    match = re.search(r"(20\d\d)[—/.](\d\d)[—/.](\d\d)", text)
    if match is None:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None
