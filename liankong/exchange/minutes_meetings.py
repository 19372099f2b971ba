"""Which meetings a page reports: a day or an hour at the head of a sentence, and a word of meeting behind it."""

import re
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta

from liankong.exchange.minutes_dates import CLOCK, DAY, clock, nearest
from liankong.exchange.minutes_text import lines, sentences
from liankong.exchange.minutes_words import words

_PART = "|".join(words("meeting", "parts"))
_MEETING = re.compile("|".join(words("meeting", "words")))
_SOURCE = (
    r"(?:据[^，。]{1,20}(?:消息|报道|讯|显示)[，：]?|[^，。：]{0,24}讯(?:（[^）]*）)?[，：]?"
    r"|（[^）]*）|时间：|会议时间：|随后，)?"
)
_THE_DAY = r"(?P<that>当[日天]|同日|当(?=[晚早])|昨[日天]|昨(?=[晚早夜])|今[日天]|今(?=[晚早]))"
_OPENING = re.compile(
    rf"[“《]?{_SOURCE}(?:(?P<date>{DAY})|{_THE_DAY})?(?P<part>{_PART})?(?:{CLOCK})?(?P<tail>[^，。；：]{{0,14}})"
)
_GOES_ON = re.compile(r"^(?:起|前|之前|以前|以来|开始|至|到|—|0|内|后)")
_HEADING = re.compile(r"[^。！？；：…，]+(?:[，：！][^。！？；：…]+)?$")
_LONGEST_HEADING = 48


@dataclass(frozen=True, slots=True)
class Occasion:
    """When a meeting was held, as its opening words tell."""

    day: date | None
    hour: time | None
    part: str
    when: str

    @property
    def key(self) -> tuple[object, ...]:
        """The same for all sections about one meeting: an hour says more than 晚 does."""
        return (self.day, self.hour or self.part)


@dataclass(slots=True)
class Section:
    """A meeting while the page is read."""

    occasion: Occasion
    title: str
    spans: list[tuple[int, int]] = field(default_factory=list)


@dataclass(slots=True)
class Meetings:
    """Cuts a page into its meetings.

    `published` gives the year and the month that a text leaves out, and stands for "today"; `stated` is the day that
    the caller knows.
    """

    published: date | None
    stated: date | None
    headings: set[int] = field(default_factory=set)
    closed: list[tuple[int, int]] = field(default_factory=list)

    def read(self, text: str, title: str) -> list[Section]:
        """Meetings in the order in which the page first tells of them; without an opening, the page is one."""
        found: list[Section] = []
        current: Section | None = None
        pending: tuple[int, str] | None = None
        known: date | None = None
        for at, line in lines(text):
            if _closes(line):
                current = pending = None
                self.closed.append((at, at + len(line)))
                continue
            if self._is_heading(line):
                self.headings.add(at)
            occasion = self._opening(line, known)
            if occasion is None:
                known = self._day_of(line) or known
                if at in self.headings:
                    pending = (at, line)
                    continue
                if current is not None:
                    self._extend(current, pending[0] if pending else at, at + len(line))
                pending = None
                continue
            known = occasion.day or known
            heading = self._title(line, pending)
            current = self._section(found, occasion, current)
            current.title = current.title or heading
            current.spans.append((pending[0] if pending and not found else at, at + len(line)))
            pending = None
        if not found and (self.stated is not None or _MEETING.search(text)):
            occasion = Occasion(self.stated or self._day_of(text[:400]), None, "", "")
            found = [Section(occasion, title or self._first(text), self._open_parts(text))]
        if len(found) == 1:
            found[0].title = found[0].title or title
        return found

    def _open_parts(self, text: str) -> list[tuple[int, int]]:
        """The text without the lines that close a report."""
        parts, at = [], 0
        for start, end in [*self.closed, (len(text), len(text))]:
            if text[at:start].strip():
                parts.append((at, start))
            at = end
        return parts

    def _extend(self, section: Section, start: int, end: int) -> None:
        first, last = section.spans[-1]
        section.spans[-1] = (min(first, start), max(last, end))

    def _section(self, found: list[Section], occasion: Occasion, current: Section | None) -> Section:
        """The section that this occasion belongs to, or a new one."""
        for section in found:
            if section.occasion.key == occasion.key:
                told = max(section.occasion.when, occasion.when, key=_exactness)
                section.occasion = replace(section.occasion, when=told)
                return section
        if current is not None and current.occasion.day == occasion.day:
            bare = current.occasion.hour is None and not current.occasion.part
            if bare:  # 3月15日 is told first, 当日上午 after it: the same occasion, more exactly
                told = max(occasion.when, current.occasion.when, key=_exactness)
                current.occasion = replace(occasion, when=told)
                return current
            if occasion.hour is None and not occasion.part:
                return current
        found.append(Section(occasion, ""))
        return found[-1]

    # --- when ----------------------------------------------------------------------------------------------

    def _opening(self, line: str, known: date | None) -> Occasion | None:
        """The occasion that a paragraph opens: its time and a word of meeting stand in one sentence or the next."""
        spans = list(sentences(line))
        for index, (start, end) in enumerate(spans):
            occasion = self._occasion(line[start:end], known)
            if occasion is not None:
                following = line[start : spans[min(index + 1, len(spans) - 1)][1]]
                if _MEETING.search(following if index == 0 else line[start:end]):
                    return occasion
        return None

    def _occasion(self, sentence: str, known: date | None) -> Occasion | None:
        match = _OPENING.match(sentence)
        if match is None or not (match["date"] or match["that"] or match["part"] or match["hour"]):
            return None
        if not match["date"] and not match["that"] and (known is None or not match["part"]):
            return None
        lasts = match["tail"][:1] in ("至", "到") and (match["part"] or match["hour"])
        if _GOES_ON.match(match["tail"]) and not lasts:
            return None
        part = match["part"] or ""
        told = clock(match, part)
        day = self._day(match, known)
        if told == (24, 0):
            day, told = (day + timedelta(days=1) if day else None), (0, 0)
        hour = time(*told) if told else None
        when = sentence[_first_group(match) : match.start("tail")]
        return Occasion(day, hour, part, when)

    def _day(self, match: re.Match[str], known: date | None) -> date | None:
        if match["date"]:
            return self._dated(match)
        if match["that"] and match["that"][0] in "昨今":
            back = timedelta(days=match["that"][0] == "昨")
            return self.published - back if self.published else None
        return known

    def _dated(self, match: re.Match[str]) -> date | None:
        month = int(match["month"]) if match["month"] else None
        if match["year"] and month:
            try:
                return date(int(match["year"]), month, int(match["day"]))
            except ValueError:
                return None
        if self.stated is not None:
            return nearest(month, int(match["day"]), self.stated)
        if self.published is None:
            return None
        # A page tells of what has been; its own day may be a few hours behind the field's calendar.
        return nearest(month, int(match["day"]), self.published, latest=self.published + timedelta(days=1))

    def _day_of(self, line: str) -> date | None:
        """A day at the head of a sentence, whatever the sentence is about: 当日 may refer to it."""
        for start, end in sentences(line):
            match = re.match(rf"{_SOURCE}(?P<date>{DAY})(?!0)", line[start:end])
            if match and not _GOES_ON.match(line[start + match.end() : end]):
                return self._dated(match)
        return None

    # --- titles --------------------------------------------------------------------------------------------

    @staticmethod
    def _is_heading(line: str) -> bool:
        byline = any(word in line for word in words("meeting", "bylines"))
        return len(line) <= _LONGEST_HEADING and not byline and _HEADING.fullmatch(line) is not None

    @staticmethod
    def _title(line: str, pending: tuple[int, str] | None) -> str:
        """What stands behind "13日晚11：30会议：", else the heading above."""
        match = re.match(r"[^。，]{0,24}会议?：(?P<title>[^。]+)$", line)
        if match:
            return match["title"]
        return pending[1] if pending else ""

    @staticmethod
    def _first(text: str) -> str:
        return next((line for _at, line in lines(text) if Meetings._is_heading(line)), "")


def _first_group(match: re.Match[str]) -> int:
    names = ("date", "that", "part", "hour")
    return min(match.start(name) for name in names if match[name] is not None)


def _exactness(when: str) -> tuple[bool, int]:
    """3月15日 says more than 当日上午."""
    return re.search(r"\d日", when) is not None, len(when)


def _closes(line: str) -> bool:
    return line.startswith(words("meeting", "closings")) or any(
        word in line for word in words("meeting", "closing_words")
    )
