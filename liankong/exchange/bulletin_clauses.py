"""Cutting a line of a bulletin into clauses of one number each, even where its punctuation was lost."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from liankong.exchange.bulletin_words import NOUN, NUMBER_FIRST, PROVINCE_NAMES

DELIMITERS = "，；。：、（）\n"

_COUNT = re.compile(r"(?P<bound>超过?|逾|近|约)?(?P<number>\d+)(?P<more>余|多)?(?:例|人|名)(?!次|员)")
_NONE = re.compile(
    r"无(?:新增)?(?:现有)?(?:境外输入|本土|来源待查)?(?:新冠肺炎)?"
    r"(?:确诊|疑似|死亡|无症状感染者|重症|治愈出院)(?:病例)?"
)
_SAME = re.compile(
    r"均为(?P<origin>境外输入|本土)|(?:^|(?<=[，；。：、（]))(?:均|全部)?在(?!院|治|\d|此|其中)"
)
_JAMMED = re.compile(r"均[在为]|(?<=[例人])在(?!院|治|\d)")
_NUMBER_IN = re.compile(r"在(\d+)例")
_SAME_PLACE_END = re.compile(r"[^，；。：、（）\d]{1,12}?(?:[市区县盟旗师]|自治州|兵团)")


@dataclass(frozen=True, slots=True)
class Clause:
    """A piece of text with at most one number. `opens` and `closes` tell brackets; `delimiter` ends it."""

    before: str
    after: str
    value: int | None
    start: int
    end: int
    delimiter: str
    bound: str = ""  # 超, 近 ...: the number is not exact
    same: bool = False  # "均在…": repeats the number before it for a place or origin

    @property
    def words(self) -> str:
        return f"{self.before}#{self.after}" if self.value is not None else self.before


def clauses(line: str, offset: int = 0) -> Iterator[Clause]:
    """The clauses of one line, in order; an empty one stands for a bare delimiter."""
    start = 0
    for position in range(len(line) + 1):
        if position < len(line) and (line[position] not in DELIMITERS or _inside_number(line, position)):
            continue
        delimiter = line[position] if position < len(line) else "\n"
        yield from _split(line[start:position], offset + start, delimiter)
        start = position + 1


def _inside_number(line: str, position: int) -> bool:
    """Thousands separators (1，514，010) and clock times (11：30) are no delimiters."""
    around = line[max(0, position - 1) : position + 4]
    if line[position] == "，":
        return bool(re.match(r"\d，\d{3}", around))
    return line[position] == "：" and bool(re.match(r"\d：\d{2}", around))


@dataclass(frozen=True, slots=True)
class _Anchor:
    start: int
    end: int
    value: int
    bound: str


def _anchors(text: str) -> list[_Anchor]:
    found = [
        _Anchor(m.start(), m.end(), int(m["number"]), m["bound"] or m["more"] or "")
        for m in _COUNT.finditer(text)
    ]
    found += [_Anchor(m.start(), m.end(), 0, "") for m in _NONE.finditer(text)]
    return sorted(found, key=lambda anchor: anchor.start)


def _split(text: str, offset: int, delimiter: str) -> Iterator[Clause]:
    plain = re.sub(r"(?<=\d)，(?=\d{3})", "\0", text)
    if "\0" in plain:
        text = plain.replace("\0", "")  # positions shift by the separators: spans stay inside the sentence
    anchors = _anchors(text)
    same = _SAME.match(text)
    if same is not None:
        yield from _split_same(text, offset, delimiter, same)
        return
    if not anchors:
        yield Clause(text, "", None, offset, offset + len(text), delimiter)
        return
    begin = 0
    for index, anchor in enumerate(anchors):
        last = index == len(anchors) - 1
        end = len(text) if last else _tail_end(text, begin, anchor, anchors[index + 1])
        none = text[anchor.start] == "无"
        before = text[begin : anchor.end if none else anchor.start]
        jammed = None if none else _JAMMED.search(text, anchor.end, end + 2)
        if jammed:
            end = jammed.start()
        tail = text[anchor.end : end]
        yield Clause(
            before,
            tail,
            anchor.value,
            offset + begin,
            offset + end,
            delimiter if last and not jammed else "",
            anchor.bound,
        )
        if jammed:
            yield from _split(text[end:], offset + end, delimiter)
            return
        begin = end


def _tail_end(text: str, begin: int, anchor: _Anchor, following: _Anchor) -> int:
    """Where the words after a number stop being its own and become the next number's."""
    if text[anchor.start] == "无" or NOUN.search(text[begin : anchor.start]):
        tail = re.compile("由无症状感染者转为确诊病例?|正在(?:接受)?(?:医学)?观察").match(text, anchor.end)
    else:
        tail = NUMBER_FIRST.match(text, anchor.end)
    return tail.end() if tail and tail.end() <= following.start else anchor.end


def _split_same(text: str, offset: int, delimiter: str, same: re.Match[str]) -> Iterator[Clause]:
    """ "均在杭州市" repeats the number before; what follows the place is a clause of its own."""
    if _NUMBER_IN.match(text):
        yield Clause(text, "", None, offset, offset + len(text), delimiter)
        return
    if same["origin"]:
        stop: int = same.end()
    else:
        province = next((n for n in PROVINCE_NAMES if text.startswith(n, same.end())), "")
        place = _SAME_PLACE_END.match(text, same.end())
        stop = (place.end() if place else same.end() + len(province)) if _anchors(text) else len(text)
    rest = text[stop:]
    yield Clause(text[:stop], "", None, offset, offset + stop, "" if rest else delimiter, same=True)
    if rest:
        yield from _split(rest, offset + stop, delimiter)
