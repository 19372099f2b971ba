"""Days and times of an itinerary: what a clause says of when, and what is left of it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache

from liankong.exchange.itinerary_words import any_of, periods
from liankong.vocabulary.spans import local

_ABOUT = r"(?:大约|约为|约|大概|差不多)?"
_LOOSE = r"(?:左右|前后|许|多)?"
_TO = r"(?:—|-|－|–|～|~|至|到|直到|直至)"
_HAN = {"零": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_NUMBER = r"(?:\d{1,2}|[一二两三四五六七八九]?十[一二三四五六七八九]?|[零一二两三四五六七八九])"
_MINUTES = {"半": 30, "一刻": 15, "三刻": 45}


@cache
def _day() -> str:
    # "11号" alone is a house or a line; with its month it is a day.
    return (
        r"(?<!\d)(?:(?:(?P<year>\d{4})年)?(?P<month>\d{1,2})月(?P<day>\d{1,2})[日号]"
        r"|(?P<alone>\d{1,2})日)"
    )


@cache
def _period() -> str:
    return "|".join(sorted(periods(), key=lambda word: (-len(word), word)))


@cache
def _time(name: str) -> str:
    """A time of day, its groups named with a suffix."""
    clock = rf"(?P<hour{name}>\d{{1,2}})[：:](?P<minute{name}>\d{{2}})"
    parts = rf"(?:(?P<part{name}>半|一刻|三刻)|(?P<past{name}>{_NUMBER})分?)?"
    spoken = rf"(?P<spoken{name}>{_NUMBER})(?:时|点钟?)(?!一线){parts}(?![间候])"
    begins = rf"(?P<about{name}>{_ABOUT})(?P<next{name}>{any_of('days', 'next')})?"
    period = rf"(?P<period{name}>{_period()})?{_ABOUT}"
    return rf"{begins}{period}(?:{clock}|{spoken})(?P<loose{name}>{_LOOSE})"


@cache
def tokens() -> re.Pattern[str]:
    """Every word of time, the longest reading first."""
    days = re.sub(r"\?P<\w+>", "?:", _day())
    month_day = r"(?<!\d)(?:(?:\d{4}年)?\d{1,2}月)?\d{1,2}日"
    parts = [
        rf"(?P<days>{month_day}{_TO}{month_day}|{month_day}(?:、{month_day})+)",
        rf"(?P<date>{days})",
        rf"(?P<span>{_time('1')}{_TO}(?P<last>(?:\d{{1,2}}月)?\d{{1,2}}日)?{_time('2')})",
        rf"(?P<point>{_time('3')})",
        rf"(?P<recurring>{any_of('days', 'recurring')})",
        rf"(?P<relative>{any_of('days', 'next')}|{any_of('days', 'same')})",
        r"(?P<whole>全天|一整天|整天|全日)",
        rf"(?P<period>(?:{_period()})(?=[^\d餐饭点班安会市]))",
        r"(?P<stop>[，；。\n！？])",
    ]
    return re.compile("|".join(parts))


def number(text: str) -> int:
    """A number in figures or in Chinese up to 99."""
    if text.isdecimal():
        return int(text)
    if "十" in text:
        tens, _ten, ones = text.partition("十")
        return (_HAN[tens] if tens else 1) * 10 + (_HAN[ones] if ones else 0)
    return _HAN[text]


@dataclass(slots=True)
class When:
    """What a clause says of time: days (several for a span of days), and times of day in minutes of the first."""

    days: list[date] = field(default_factory=list)
    from_at: datetime | None = None
    until_at: datetime | None = None
    vague: bool = False
    whole: bool = False
    # Only a part of the day was named: it bounds the stay.
    part: bool = False
    several: bool = False
    recurring: bool = False
    no_such_day: bool = False

    @property
    def timed(self) -> bool:
        return self.from_at is not None or self.until_at is not None


@dataclass(frozen=True, slots=True)
class Clause:
    """A piece of text between two stops, or up to the next time."""

    start: int
    end: int
    content: str
    when: When
    sentence: int


def clauses(text: str, first_day: date) -> Iterator[Clause]:
    """The text cut where it stops or where another time begins, each with the day and time that hold for it."""
    day = first_day
    at = sentence = 0
    when, begun = When(days=[day]), 0
    pieces: list[tuple[int, str]] = []
    dated: date | None = None

    def closed(end: int) -> Clause | None:
        content = "".join(piece for _offset, piece in pieces)
        lead = len(text[begun:end]) - len(text[begun:end].lstrip("：、 　"))
        if not content.strip("：、 　") and not (when.timed or when.no_such_day or when.recurring):
            return None
        return Clause(begun + lead, end, content, when, sentence)

    for token in tokens().finditer(text):
        if token.start() > at:
            pieces.append((at, text[at : token.start()]))
        kind = _kind(token)
        spoken = any(piece.strip("：、 　（）") for _offset, piece in pieces)
        arrival = kind in ("point", "span") and text[token.start() - 1 : token.start()] == "（"
        if arrival:
            pieces.append((token.start(), token[0]))
            at = token.end()
            continue
        if kind == "stop" or (spoken and kind not in ("whole", "recurring")):
            found = closed(token.start())
            if found is not None:
                yield found
            pieces, begun = [], token.end() if kind == "stop" else token.start()
            keeps = When(days=[day])
            if kind == "stop" and when.several and token[0] == "，":
                keeps = When(days=when.days, several=True, whole=when.whole)
            when = keeps
            if kind == "stop" and token[0] != "，":
                sentence += 1
        day, dated = _take(token, kind, when, day, dated, first_day)
        at = token.end()
    if at < len(text):
        pieces.append((at, text[at:]))
    found = closed(len(text))
    if found is not None:
        yield found


_KINDS = ("days", "date", "span", "point", "recurring", "relative", "whole", "period", "stop")


def _kind(token: re.Match[str]) -> str:
    return next(name for name in _KINDS if token[name] is not None)


def _take(
    token: re.Match[str], kind: str, when: When, day: date, dated: date | None, first_day: date
) -> tuple[date, date | None]:
    """Let one word of time bear on the clause; gives the current day."""
    near = dated or first_day
    if kind == "date":
        found = _date(token[0], near)
        when.no_such_day |= found is None
        day, dated = (found, found) if found else (day, dated)
        when.days, when.several = [day], False
    elif kind == "days":
        days = _days(token[0], near)
        when.no_such_day |= not days
        if days:
            when.days, when.several = days, True
            day = dated = days[-1]
    elif kind == "relative":
        day += timedelta(days=1) if token[0] in any_of("days", "next").split("|") else timedelta()
        when.days, when.several = [day], False
    elif kind == "whole":
        when.whole = True
    elif kind == "recurring":
        when.recurring = True
    elif kind == "period":
        opens, closes = periods()[token[0]]
        if not when.timed:
            when.from_at, when.until_at = _hour(day, opens), _hour(day, closes)
            when.vague = when.part = True
        else:
            when.until_at = max(when.until_at or _hour(day, closes), _hour(day, closes))
    elif kind == "point":
        when.from_at, when.vague = _moment(token, "3", day)
        day += timedelta(days=1) if token["next3"] else timedelta()
        when.until_at, when.part = None, False
    elif kind == "span":
        begin, loose = _moment(token, "1", day)
        last = _date(token["last"], day) if token["last"] else day
        when.no_such_day |= last is None
        end, loose_too = _moment(token, "2", last or day, after=token["period1"])
        if end is not None and begin is not None and end < begin:
            end += timedelta(days=1)
        when.from_at, when.until_at, when.vague = begin, end, loose or loose_too
        when.part = False
    if not when.several and when.days != [day]:
        when.days = [day]
    return day, dated


def _hour(day: date, hour: int) -> datetime:
    return local(day) + timedelta(hours=hour)


def _moment(
    token: re.Match[str], name: str, day: date, after: str | None = None
) -> tuple[datetime | None, bool]:
    """The moment, and whether it was said loosely. None for an hour that does not exist."""
    hour = number(token[f"hour{name}"] or token[f"spoken{name}"])
    minute = int(token[f"minute{name}"] or 0)
    if token[f"past{name}"]:
        minute = number(token[f"past{name}"])
    elif token[f"part{name}"]:
        minute = _MINUTES[token[f"part{name}"]]
    period = token[f"period{name}"] or after
    if period and hour <= 12:
        first, _last = periods()[period]
        if first >= 17 and hour == 12:
            hour = 24
        elif (first >= 13 and hour < 12) or (first == 11 and hour < 4):
            hour += 12
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        return None, True
    offset = timedelta(days=1) if token[f"next{name}"] else timedelta()
    loose = bool(token[f"about{name}"] or token[f"loose{name}"])
    return local(day) + offset + timedelta(hours=hour, minutes=minute), loose


def _date(text: str, near: date) -> date | None:
    """A day whose year or month may be missing: the nearest such day. None when there is no such day."""
    match = re.match(_day(), text)
    if match is None:
        return None
    number_of_day = int(match["day"] or match["alone"])
    if match["year"]:
        candidates = [(int(match["year"]), int(match["month"]))]
    elif match["month"]:
        candidates = [(near.year + step, int(match["month"])) for step in (-1, 0, 1)]
    else:
        months = [near.year * 12 + near.month - 1 + step for step in (-1, 0, 1)]
        candidates = [(month // 12, month % 12 + 1) for month in months]
    found = [made for year, month in candidates if (made := _made(year, month, number_of_day)) is not None]
    return min(found, key=lambda made: (abs((made - near).days), made), default=None)


def _made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


MOST_DAYS = 60


def _days(text: str, near: date) -> list[date]:
    """The days of "6日至8日" or "6日、8日", in order; none when one of them does not exist."""
    listed = re.split("、", text) if "、" in text else re.split(_TO, text)
    found: list[date] = []
    for one in listed:
        made = _date(one, found[-1] if found else near)
        if made is None:
            return []
        found.append(made)
    if "、" in text:
        return found
    length = (found[-1] - found[0]).days
    return [found[0] + timedelta(days=step) for step in range(length + 1)] if 0 <= length <= MOST_DAYS else []
