"""Numbered and counted lists: 一是…十是; 第一，…; （一）…; 1. …; “三项举措”，即….

A list begins with its first number and goes on by one; a lone mark is no list. What is listed must be told to
somebody: at least half of its items are directives, or it is a report and left alone. A counted list is taken only
when as many items follow (or precede) as it says.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from liankong.exchange.minutes_dates import number
from liankong.exchange.minutes_words import words

_CN = r"[一二三四五六七八九十]{1,3}"
_HEAD = r"(?:^|(?<=[。；：，！？\n“]))"
# style -> its mark; a mark stands at the head of a clause
_MARKS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("是", re.compile(rf"{_HEAD}(?P<n>{_CN})是(?!否)", re.M)),
    ("要", re.compile(rf"{_HEAD}(?P<n>{_CN})要(?!求)", re.M)),
    ("第", re.compile(rf"{_HEAD}第(?P<n>{_CN})[，、：](?=\D)", re.M)),
    ("（一）", re.compile(rf"{_HEAD}（(?P<n>{_CN})）", re.M)),
    ("（1）", re.compile(rf"{_HEAD}（(?P<n>\d{{1,2}})）", re.M)),
    ("一、", re.compile(rf"^(?P<n>{_CN})、", re.M)),
    ("1.", re.compile(rf"{_HEAD}(?P<n>\d{{1,2}})[.、](?!\d)", re.M)),
    ("①", re.compile(r"(?P<n>[①-⑳])")),
)
_SPEECH = re.compile(
    rf"(?<=[。！？])(?:会议|[^，。；：]{{2,20}}?)(?:最后|还|同时)?(?:{'|'.join(words('directive', 'speech'))})[，：]"
)
_CUE = re.compile(
    rf"(?:^|[，；：、])(?:同时|此外|另外|还|也|又|既|并|且|[^，。；：]{{2,12}}?)?"
    rf"(?<![主重需只首摘纪简概])(?:{'|'.join(words('directive', 'cues'))})(?!求|闻|点|素|么|紧的)"
)
_PHRASE = re.compile("|".join(words("directive", "phrases")))
_VERB = re.compile(
    rf"(?:[^，。；：\d]{{1,14}}?(?:{'|'.join(words('directive', 'actors'))}))?"
    rf"(?:{'|'.join(words('directive', 'verbs'))})"
)
_COUNTED = re.compile(
    r"[“\"](?P<n>[二两三四五六七八九十])(?P<measure>个|项|种|条|大|支|类|方面)?(?P<noun>[\u4e00-\u9fff]{1,8})[”\"]"
)
_SHORTEST, _LONGEST_LEAD, _WIDEST = 4, 60, 1000


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a list: [start, end) with its mark, whose words stand at [start, body)."""

    number: int
    label: str
    start: int
    body: int
    end: int
    under: str = ""


@dataclass(frozen=True, slots=True)
class _Mark:
    style: str
    number: int
    start: int
    end: int


def tells(sentence: str) -> bool:
    """Whether a sentence tells somebody to do something, by the cues and verbs of the word table."""
    return bool(_CUE.search(sentence) or _VERB.match(sentence) or _PHRASE.search(sentence))


def first_cue(sentence: str) -> int | None:
    """Where the first cue stands."""
    match = _CUE.search(sentence)
    return match.start() if match else None


def numbered(text: str, start: int, end: int) -> list[Item]:
    """The items of all numbered lists between two offsets. Of a list within a list the inner items are taken when
    the outer item is only their heading, else the outer item as a whole."""
    lists = _Lists(text, start, end)
    items: list[Item] = []
    for run in lists.outermost():
        found = list(lists.items(run))
        if 2 * sum(tells(text[item.body : item.end]) for item in found) >= len(found):
            items += found
    return sorted(items, key=lambda item: item.start)


class _Lists:
    """The lists of a part of a text, found by their marks."""

    def __init__(self, text: str, start: int, end: int) -> None:
        self.text, self.start, self.end = text, start, end
        marks = sorted(self._marks(), key=lambda mark: mark.start)
        self.runs = [run for run in _runs(marks) if len(run) > 1]
        self.starts = [run[0].start for run in self.runs]
        self.by_style: dict[str, list[int]] = {}
        for run in self.runs:
            self.by_style.setdefault(run[0].style, []).append(run[0].start)

    def _marks(self) -> Iterator[_Mark]:
        for style, pattern in _MARKS:
            for match in pattern.finditer(self.text, self.start, self.end):
                told = match["n"]
                count = ord(told) - ord("①") + 1 if style == "①" else number(told)
                yield _Mark(style, count, match.start(), match.end())

    def outermost(self) -> Iterator[list[_Mark]]:
        """Runs that lie in no other. Of runs that cross each other the earlier is kept: they are one list misread."""
        reach = self.start
        for run in self.runs:
            if run[0].start >= reach:
                reach = self._last(run, self.end)
                yield run

    def items(self, run: list[_Mark], end: int | None = None, under: str = "") -> Iterator[Item]:
        """The items of a run, or of the lists within them, before an offset."""
        bounds = [mark.start for mark in run[1:]] + [self._last(run, self.end if end is None else end)]
        for mark, bound in zip(run, bounds, strict=True):
            inner = self._next(mark.end, bound)
            lead = self.text[mark.end : inner[0].start] if inner else ""
            if inner and _is_heading(lead):
                heading = self.text[mark.start : mark.end] + lead.rstrip("\n：，")
                yield from self.items(inner, bound, heading.strip())
                continue
            to = mark.end + len(self.text[mark.end : bound].rstrip("\n"))
            yield Item(mark.number, self.text[mark.start : mark.end], mark.start, mark.end, to, under)

    def _next(self, at: int, bound: int) -> list[_Mark] | None:
        """The next run after an offset, if it ends before a bound."""
        index = bisect_left(self.starts, at)
        if index == len(self.runs) or self.runs[index][-1].end > bound:
            return None
        return self.runs[index]

    def _last(self, run: list[_Mark], end: int) -> int:
        """Where a run ends, with what is listed inside its last item."""
        stop = self._end_of(run, end)
        inner = self._next(run[-1].end, end)
        if inner and _is_heading(self.text[run[-1].end : inner[0].start]) and inner[0].style != run[0].style:
            stop = max(stop, self._end_of(inner, end))
        return stop

    def _end_of(self, run: list[_Mark], end: int) -> int:
        """Where the last item ends: with its paragraph, before the next list of its style, or where somebody is
        quoted anew."""
        last = run[-1]
        line = self.text.find("\n", last.end, end)
        if line == last.end:  # the mark stands alone on its line
            line = self.text.find("\n", line + 1, end)
        stop = end if line < 0 else line
        same = self.by_style[last.style]
        index = bisect_left(same, last.end)
        if index < len(same) and same[index] < stop:
            # What leads the next list in is not this one's.
            stop = max(self.text.rfind("。", last.end, same[index]) + 1, last.end) or same[index]
        speech = _SPEECH.search(self.text, last.end, stop)
        return speech.start() if speech else stop


def _runs(marks: Iterable[_Mark]) -> list[list[_Mark]]:
    """Marks of a style that count 1, 2, 3 …; a mark out of turn belongs to no run. In the order of the text."""
    done: list[list[_Mark]] = []
    open_runs: dict[str, list[_Mark]] = {}
    for mark in marks:
        run = open_runs.get(mark.style)
        if mark.number == 1:
            open_runs[mark.style] = [mark]
            done.append(open_runs[mark.style])
        elif run is not None and mark.number == len(run) + 1:
            run.append(mark)
    return done


def _is_heading(lead: str) -> bool:
    return len(lead) <= _LONGEST_LEAD and not any(end in lead for end in "。；！")


# --- counted lists -----------------------------------------------------------------------------------------


def counted(text: str, start: int, end: int) -> list[Item]:
    """The items of lists such as “三个重点”，即…、…、… between two offsets."""
    items: list[Item] = []
    for match in _COUNTED.finditer(text, start, end):
        if items and match.start() < items[-1].end:
            continue
        count, noun = number(match["n"]), match["noun"]
        near, far = max(start, match.start() - _WIDEST), min(end, match.end() + _WIDEST)
        spans = (
            _following(text, match.end(), far, count)
            or (_named(text, match.end(), far, count, noun) if match["measure"] else [])
            or _preceding(text, match.start(), near, count, noun)
        )
        under = match[0]
        items += [Item(at, "", begin, begin, to, under) for at, (begin, to) in enumerate(spans, 1)]
    return items


def _following(text: str, at: int, end: int, count: int) -> list[tuple[int, int]]:
    """Behind 即, a colon or in brackets: split at semicolons, else at list commas up to the next comma."""
    lead = re.compile(r"(?:，?即[：，]?|：|，?包括[：，]?|（)").match(text, at, end)
    if lead is None:
        return []
    stop = re.compile(r"[。！？\n）]" if lead[0] == "（" else r"[。！？\n]").search(text, lead.end(), end)
    last = stop.start() if stop else end
    whole = _split(text, lead.end(), last, "；")
    if len(whole) == count:
        return whole
    comma = text.find("，", lead.end(), last)
    return _exactly(_split(text, lead.end(), comma if comma >= 0 else last, "、"), count)


def _named(text: str, at: int, end: int, count: int, noun: str) -> list[tuple[int, int]]:
    """The clauses that follow in the sentence each name the noun: “四支队伍”，确保…队伍…，…队伍…."""
    if len(noun) < 2:
        return []
    stop = re.compile(r"[。！？\n]").search(text, at, end)
    clauses = _split(text, at, stop.start() if stop else end, "，；")
    if len(clauses) != count or not all(noun in text[begin:to] for begin, to in clauses):
        return []
    return clauses


def _preceding(text: str, at: int, start: int, count: int, noun: str) -> list[tuple[int, int]]:
    """The items stand before their count and begin with its noun: 确保…、确保…“两个确保”."""
    if len(noun) < 2:
        return []
    edge = max(text.rfind(mark, start, at) for mark in "。；！？\n，：") + 1
    pieces = _split(text, max(edge, start), at, "、")
    begins = []
    for begin, to in pieces[-count:]:
        place = text.find(noun, begin, to)
        if place < 0:
            return []
        begins.append((place, to))
    return _exactly(begins, count)


def _split(text: str, start: int, end: int, marks: str) -> list[tuple[int, int]]:
    spans = []
    at = start
    for match in re.compile(f"[{marks}]").finditer(text, start, end):
        if not _quoted(text, start, match.start()):
            spans.append((at, match.start()))
            at = match.end()
    spans.append((at, end))
    return [(begin, to) for begin, to in spans if to > begin]


def _quoted(text: str, start: int, at: int) -> bool:
    return text.count("“", start, at) > text.count("”", start, at)


def _exactly(spans: list[tuple[int, int]], count: int) -> list[tuple[int, int]]:
    """The items, when they are as many as the text says, and each is more than a word."""
    whole = len(spans) == count and all(to - begin >= _SHORTEST for begin, to in spans)
    return spans if whole else []
