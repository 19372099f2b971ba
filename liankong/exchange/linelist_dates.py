"""Days as people write them in line lists.

Unambiguous forms are always read: `2020-11-03`, `2020/11/3`, `2020.11.3`, `20201103`, `2020年11月3日`,
`3 Nov 2020`, `Nov 3, 2020`, each with or without a time of day. `3/11/2020` is read only when the order is
known (`d/m/y` or `m/d/y`), a bare number only as a declared `excel` serial, `11月3日` only with a year.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from liankong.vocabulary.spans import local_day

FORMATS = ("auto", "iso", "d/m/y", "m/d/y", "excel")

# Excel counts days from here; the shift by one absorbs its belief in 29 February 1900.
_EXCEL_EPOCH = date(1899, 12, 30)
_EXCEL_FIRST, _EXCEL_LAST = 61, 109_574  # 1 March 1900 .. 31 December 2199
_POSIX_PIVOT = 69  # two-digit years: 00-68 are 20xx, 69-99 are 19xx, as in POSIX strptime

_TIME = r"(?:[T ,]\s*\d{1,2}[:时点].*)?"
_YEAR_FIRST = re.compile(rf"(\d{{4}})\s*[-/.年]\s*(\d{{1,2}})\s*[-/.月]\s*(\d{{1,2}})\s*[日号]?{_TIME}")
_COMPACT = re.compile(r"((?:18|19|20|21)\d{2})(\d{2})(\d{2})")
_YEAR_LAST = re.compile(rf"(\d{{1,2}})[-/.](\d{{1,2}})[-/.](\d{{4}}|\d{{2}}){_TIME}")
_DAY_NAME_YEAR = re.compile(
    rf"(\d{{1,2}})(?:st|nd|rd|th)?[-/. ]+([A-Za-z]{{3,9}})[-/., ]+(\d{{4}}|\d{{2}}){_TIME}"
)
_NAME_DAY_YEAR = re.compile(rf"([A-Za-z]{{3,9}})\.?[- ]+(\d{{1,2}})(?:st|nd|rd|th)?,?[- ]+(\d{{4}}){_TIME}")
_MONTH_DAY = re.compile(r"(\d{1,2})月(\d{1,2})[日号]?")
_SERIAL = re.compile(r"(\d{5,6})(?:\.\d+)?")
_ZONED = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)")
_PARTIAL = re.compile(r"(\d{4})(?:\s*[-/.年]\s*(\d{1,2})\s*月?|年)?")
_MONTH_NAMES = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_MONTHS = {
    name[:length]: number for number, name in enumerate(_MONTH_NAMES, start=1) for length in (3, 4, len(name))
}


class DayError(ValueError):
    """The text is not a day. `expected` says what would be."""

    def __init__(self, expected: str) -> None:
        super().__init__(expected)
        self.expected = expected


class PartialDayError(DayError):
    """Only a month or a year is known."""


@dataclass(frozen=True, slots=True)
class DayReader:
    """Reads one column's days.

    `order` is "d/m/y", "m/d/y" or None; `serials` admits Excel's day numbers; `year` completes "1月8日".
    """

    order: str | None = None
    serials: bool = False
    year: int | None = None

    def read(self, text: str) -> date:
        """The local calendar day. A moment with a zone counts as the day it is in Asia/Shanghai.

        Raises `DayError`, `PartialDayError`.
        """
        text = unicodedata.normalize("NFKC", text).strip()
        try:
            return self._read(text)
        except DayError:
            raise
        except (ValueError, OverflowError) as error:
            raise DayError("a day that exists in the calendar") from error

    def _read(self, text: str) -> date:
        if _ZONED.fullmatch(text):
            return local_day(datetime.fromisoformat(text))
        if match := _YEAR_FIRST.fullmatch(text) or _COMPACT.fullmatch(text):
            return date(int(match[1]), int(match[2]), int(match[3]))
        if match := _YEAR_LAST.fullmatch(text):
            if self.order is None:
                raise DayError("a day such as 2020-11-03 (here it is unknown which number is the month)")
            first, second = int(match[1]), int(match[2])
            day, month = (first, second) if self.order == "d/m/y" else (second, first)
            return date(_full_year(match[3]), month, day)
        if match := _DAY_NAME_YEAR.fullmatch(text):
            return date(_full_year(match[3]), _month(match[2]), int(match[1]))
        if match := _NAME_DAY_YEAR.fullmatch(text):
            return date(int(match[3]), _month(match[1]), int(match[2]))
        if self.serials and (match := _SERIAL.fullmatch(text)):
            return _from_serial(int(match[1]))
        if self.year is not None and (match := _MONTH_DAY.fullmatch(text)):
            return date(self.year, int(match[1]), int(match[2]))
        if _PARTIAL.fullmatch(text):
            raise PartialDayError("a whole day, not only a month or year")
        raise DayError(self._expected(text))

    def _expected(self, text: str) -> str:
        if _SERIAL.fullmatch(text):
            return 'a day such as 2020-11-03 (for Excel day numbers set format = "excel")'
        if _MONTH_DAY.fullmatch(text):
            return "a day with its year (or set year = ... for this column)"
        return f"a day such as 2020-11-03{' or ' + self.order if self.order else ''}"


@dataclass(frozen=True, slots=True)
class OrderFinding:
    """What a column's values say about the order of day and month.

    `decided` is "d/m/y", "m/d/y" or None; `ambiguous` counts values readable both ways, `mixed` is True when
    some values can only be the one and some only the other.
    """

    decided: str | None
    ambiguous: int
    mixed: bool
    serials: int


def find_order(values: Iterable[str]) -> OrderFinding:
    """Decide between d/m/y and m/d/y: a number above 12 cannot be a month."""
    day_first = month_first = either = serials = 0
    for value in values:
        text = unicodedata.normalize("NFKC", value).strip()
        if _SERIAL.fullmatch(text):
            serials += 1
        match = _YEAR_LAST.fullmatch(text)
        if match is None:
            continue
        first, second = int(match[1]), int(match[2])
        if first > 12 >= second:
            day_first += 1
        elif second > 12 >= first:
            month_first += 1
        elif first != second:
            either += 1
    mixed = day_first > 0 and month_first > 0
    decided = None if mixed else "d/m/y" if day_first else "m/d/y" if month_first else None
    return OrderFinding(decided, either, mixed, serials)


def _full_year(text: str) -> int:
    year = int(text)
    if len(text) == 4:
        return year
    return year + (2000 if year < _POSIX_PIVOT else 1900)


def _month(name: str) -> int:
    number = _MONTHS.get(name.lower())
    if number is None:
        raise DayError("an English month name, or a day such as 2020-11-03")
    return number


def _from_serial(serial: int) -> date:
    if not _EXCEL_FIRST <= serial <= _EXCEL_LAST:
        raise DayError("an Excel day number between 61 and 109574")
    return _EXCEL_EPOCH + timedelta(days=serial)
