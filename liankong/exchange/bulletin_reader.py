"""A bulletin's text back to figures, each with the place in the text where it stands.

The reader walks clause by clause and keeps what a human reader keeps in mind: whose figures these are (place),
since when they count (window), of which origin, and which number a list in brackets breaks down. What it cannot
place it reports as unread; it never guesses a figure.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from liankong.exchange.bulletin_clauses import Clause, clauses
from liankong.exchange.bulletin_dates import DateReader
from liankong.exchange.bulletin_words import (
    DAY_WORDS,
    INSIDE,
    LONG_WORDS,
    MEASURE_WORDS,
    NATION,
    ORIGIN_WORDS,
    PLACE_WITH_SUFFIX,
    PROVINCE_NAMES,
    ROUND_WORDS,
    SERIES_WORDS,
    canonical,
)
from liankong.rules.bulletins import (
    DAY,
    EPIDEMIC,
    STOCKS,
    Counted,
    Key,
    Measure,
    Series,
    Window,
)


@dataclass(frozen=True, slots=True)
class Read:
    """One number and its meaning; `bound` is set when the text does not give it exactly (超500例)."""

    key: Key
    value: int
    start: int
    end: int
    bound: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """A number broken down by places."""

    parent: Key
    place: str
    complete: bool
    geography: str


@dataclass(frozen=True, slots=True)
class Unread:
    start: int
    end: int
    reason: str


# Only at the ends of a clause: 和平区, 含山县 and 有 in a name are no particles.
_LEADING = re.compile(
    "^(?:其中|在其中|另有|另据|据|报告|通报|通告|新冠肺炎|新型冠状病毒肺炎|疫情|全市|全省|分别为?|按.*?口径"
    "|[和及](?![平硕静田县顺龙林政布]))+"
)
_TRAILING = re.compile("(?:新冠肺炎|阳性|病例|患者|人员|的|为|有)+$")
# The first word that is no longer the subject's name; 无 alone may be one (无锡市).
_PREDICATE = re.compile(
    "新增|无(?=新增|现有|死亡|确诊|疑似|重症|境外|本土|症状)|累计|总计|共计|现有|报告|尚在|正在|确诊|病毒感染|感染者"
    "|阳性|当日|境外|本土|疑似|重症|密切|治愈|住院|在院|死亡|初筛|来源待查|解除"
)
# "境外输入现有 ... 。累计 ..." goes on speaking of the imported; any other opening starts afresh.
_SUBJECT_ORIGIN = re.compile("(境外输入|本土)(?=现有|累计)")
_RUN_ON = re.compile("累计(?!收到|追踪|排查)|现有")
_HOME = re.compile("另有#为(.{2,12}?(?:人员|者))")
_ABROAD = "港澳台地区"  # always told apart from the nation's own figures
_GEOGRAPHY = re.compile("按(.+?)口径")
_REFERENCE = re.compile(r"在(?:这|此)?#")


@dataclass(slots=True)
class _Level:
    """What is in mind at one depth of brackets."""

    parent: Key | None = None  # the number that a list here breaks down
    nested: Key | None = None  # within a list: the item whose own list follows "其中"
    head: Key | None = None  # the last number that named its series and measure
    last: Key | None = None
    last_value: int = 0
    origin: Counted = Counted.ALL
    origin_alone: bool = False  # the origin came from a clause that said nothing else
    complete: bool = True


class LineReader:
    """Reads lines in order; `results` holds what was found."""

    def __init__(self, dates: DateReader) -> None:
        self.results: list[Read] = []
        self.listed: list[Listed] = []
        self.unread: list[Unread] = []
        self.places: list[str] = []
        self._dates = dates
        self._place = ""
        self._long: Window = EPIDEMIC
        self._by_day = True
        self._geography = ""
        self._other_day = False
        self._subject_origin = Counted.ALL
        self._levels = [_Level()]
        self._sentence_start = True

    @property
    def _level(self) -> _Level:
        return self._levels[-1]

    def read(self, line: str, offset: int = 0) -> None:
        """Read one line (a paragraph); `offset` is where it starts in the clean text."""
        self._new_sentence(paragraph=True)
        for found in clauses(line, offset):
            clause = self._take_context(found)
            if clause.same:
                self._same(clause)
            elif clause.value is not None:
                self._number(clause)
            elif "其中" in clause.before:
                self._open_list()
            self._delimit(clause)

    # --- context ---------------------------------------------------------------------------------------

    def _take_context(self, clause: Clause) -> Clause:
        """Dates, geography and the start of a subject's run; returns the clause without its dates."""
        dated = self._dates.take(clause.before)
        if dated.found and len(self._levels) == 1 and not self._sentence_start:
            self._new_sentence(paragraph=False)  # a date opens a new statement, even after a lost full stop
        if dated.long is not None:
            self._long, self._by_day, self._other_day = dated.long, False, False
        if dated.of_day:
            self._by_day, self._other_day = True, False
            self._long = EPIDEMIC
        elif dated.other_day and dated.long is None:
            self._other_day = True
        geography = _GEOGRAPHY.search(clause.before)
        if geography:
            self._geography = geography[1]
        if self._sentence_start and clause.before:
            if not _RUN_ON.match(dated.rest):
                opening = _SUBJECT_ORIGIN.match(dated.rest)
                said = opening[1] if opening else ""
                self._subject_origin = next((o for p, o in ORIGIN_WORDS if p.match(said)), Counted.ALL)
            self._level.origin = self._subject_origin
            self._sentence_start = False
        return replace(clause, before=dated.rest)

    def _delimit(self, clause: Clause) -> None:
        if clause.delimiter == "（":
            level = self._level
            self._levels.append(
                _Level(parent=level.last, head=level.last, last=level.last, last_value=level.last_value,
                       origin=level.last.origin if level.last else Counted.ALL)
            )  # fmt: skip
        elif clause.delimiter == "）":
            if len(self._levels) > 1:
                self._levels.pop()
        elif clause.delimiter == "；":
            level = self._level
            level.nested = None
            if len(self._levels) == 1 and not level.origin_alone:
                level.origin = self._subject_origin
        elif clause.delimiter in {"。", "\n"}:
            self._new_sentence(paragraph=clause.delimiter == "\n")

    def _new_sentence(self, *, paragraph: bool) -> None:
        del self._levels[1:]
        level = self._level
        if paragraph:
            self._subject_origin = Counted.ALL
            self._other_day = False
            level.head = level.last = None
        self._geography = ""
        level.parent = level.nested = None
        level.origin, level.origin_alone, level.complete = self._subject_origin, False, True
        self._sentence_start = True

    def _open_list(self) -> None:
        """ "其中": what follows breaks down the number just before."""
        level = self._level
        if len(self._levels) > 1 and level.last is not None and level.last != level.parent:
            level.nested = level.last
        else:
            level.parent = level.last

    # --- numbers ---------------------------------------------------------------------------------------

    def _number(self, clause: Clause) -> None:
        if self._other_day:
            self.unread.append(Unread(clause.start, clause.end, "of another day than the bulletin's"))
            return
        words = clause.words
        if _REFERENCE.match(words) and self._reference(clause):
            return
        if clause.before.startswith(("其中", "在其中")):
            self._open_list()
        home = _HOME.search(words)
        named = home[1] if home else self._named(clause)
        series = next((s for pattern, s in SERIES_WORDS if pattern.search(words)), None)
        measure = next((m for pattern, m in MEASURE_WORDS if pattern.search(words)), None)
        origin = next((o for pattern, o in ORIGIN_WORDS if pattern.search(words)), None)
        plain = measure is None and series is None
        if plain and origin is None and named:
            self._listed_place(clause, named)
        elif plain and origin is not None:
            self._origin_alone(clause, origin)
        else:
            self._full(clause, series, measure, origin)

    def _named(self, clause: Clause) -> str:
        """The place of a clause that says nothing but a place and a number."""
        text = _TRAILING.sub("", _LEADING.sub("", clause.before))
        return text if re.fullmatch(r"[\u4e00-\u9fff·A-Za-z0-9]{1,20}", text) else ""

    def _reference(self, clause: Clause) -> bool:
        """ "在511例病毒感染者中": a number said before, about to be broken down in part."""
        series = next((s for pattern, s in SERIES_WORDS if pattern.search(clause.after)), None)
        for found in reversed(self.results):
            if found.value == clause.value and found.key.series is series:
                level = self._level
                level.parent = level.last = level.head = found.key
                level.complete = False
                return True
        return False

    def _listed_place(self, clause: Clause, name: str) -> None:
        level = self._level
        if len(self._levels) == 1 and level.nested is None and level.parent is None:
            level.parent = level.last
        place = canonical(name)
        if level.nested is not None and name in PROVINCE_NAMES:
            level.nested = None  # a province ends the list of a province before it
        parent = level.nested or level.parent
        if parent is None:
            self.unread.append(Unread(clause.start, clause.end, "a place's number that belongs to no figure"))
            return
        key = parent.at(place=place, geography=self._geography)
        self.listed.append(Listed(parent, place, level.complete, self._geography))
        self._put(key, clause)
        level.last, level.last_value = key, clause.value or 0

    def _origin_alone(self, clause: Clause, origin: Counted) -> None:
        level = self._level
        base = level.parent if len(self._levels) > 1 else level.head
        if base is None:
            self.unread.append(
                Unread(clause.start, clause.end, "an origin's number that belongs to no figure")
            )
            return
        key = base.at(origin=origin)
        level.origin, level.origin_alone, level.nested = origin, True, None
        self._put(key, clause)
        level.last, level.last_value = key, clause.value or 0
        if len(self._levels) == 1:
            level.parent = key

    def _full(
        self, clause: Clause, series: Series | None, measure: Measure | None, origin: Counted | None
    ) -> None:
        level = self._level
        words = clause.words
        head = level.parent if len(self._levels) > 1 else level.head
        subject = self._subject(clause.before)
        if subject and len(self._levels) == 1:
            self._place = canonical(subject)
            self.places.append(self._place)
        if LONG_WORDS.search(words):
            self._by_day = False
            if ROUND_WORDS.search(words):
                self._long = self._dates.this_round()
        elif DAY_WORDS.search(words) and measure not in INSIDE:
            self._by_day = True
        found = self._meaning(series, measure, head)
        if found is None:
            self.unread.append(Unread(clause.start, clause.end, "whom or what it counts is not said"))
            return
        series, measure = found
        inside = measure in INSIDE
        if origin is None:
            if level.origin_alone and not inside:
                level.origin, level.origin_alone = self._subject_origin, False
            origin = level.last.origin if inside and level.last is not None else level.origin
        elif not inside:
            level.origin, level.origin_alone = origin, False
        window = DAY if self._by_day and measure not in STOCKS else self._long
        if inside or len(self._levels) > 1:
            window = head.window if head is not None and measure not in STOCKS else window
        place = head.place if len(self._levels) > 1 and head is not None else self._place or NATION
        if measure is Measure.CHANGE:
            window = DAY
        key = Key(series=series, measure=measure, window=window, place=place, origin=origin)
        value = (
            -clause.value if measure is Measure.CHANGE and "减少" in clause.before and clause.value else None
        )
        self._put(key, clause, value)
        level.last, level.last_value = key, clause.value or 0
        if not inside and len(self._levels) == 1:
            level.head, level.parent, level.nested = key, None, None
        elif inside and len(self._levels) == 1:
            level.parent = None

    def _meaning(
        self, series: Series | None, measure: Measure | None, head: Key | None
    ) -> tuple[Series, Measure] | None:
        if measure in INSIDE:
            return Series.CONFIRMED, measure
        if series is None:
            told = head.series if head is not None else None
            if measure in {Measure.CURED, Measure.IN_HOSPITAL} or (measure is Measure.DEAD and told is None):
                told = Series.CONFIRMED
            if measure is Measure.CONVERTED_OUT and told in {None, Series.CONFIRMED}:
                told = Series.ASYMPTOMATIC
            if measure is Measure.RELEASED and told in {None, Series.CONFIRMED, Series.POSITIVES}:
                told = Series.ASYMPTOMATIC
            series = told
        if series is None:
            return None
        if measure is None:
            if series is Series.SEVERE:
                measure = Measure.ACTIVE
            elif head is not None and head.measure is Measure.REPORTED:
                measure = Measure.REPORTED
            else:
                return None
        if measure is Measure.DEAD and series is Series.SUSPECTED:
            series = Series.CONFIRMED
        return series, measure

    def _same(self, clause: Clause) -> None:
        """ "均在杭州市", "均为境外输入": the number before once more, for a place or an origin."""
        level = self._level
        if level.last is None or self._other_day:
            return
        origin = next((o for pattern, o in ORIGIN_WORDS if pattern.search(clause.before)), None)
        if origin is not None:
            self._put(level.last.at(origin=origin), clause, level.last_value)
            return
        place = re.sub("^(?:均|全部)?在", "", clause.before)
        if place:
            key = level.last.at(place=canonical(place), geography=self._geography)
            self.listed.append(Listed(level.last, key.place, True, self._geography))
            self._put(key, clause, level.last_value)

    def _put(self, key: Key, clause: Clause, value: int | None = None) -> None:
        number = clause.value if value is None else value
        assert number is not None  # only clauses with a number, or given one, come here
        self.results.append(Read(key, number, clause.start, clause.end, clause.bound))

    def _subject(self, text: str) -> str:
        """The place that a clause's opening names, as in 天津市累计报告; a count's own place is no subject."""
        opening = _PREDICATE.split(text)[0]
        opening = re.sub("^(?:据|另据|这轮|本轮|此轮|新冠|疫情|其中|在其中)+", "", opening)
        if opening in PROVINCE_NAMES:
            return opening
        if _ABROAD in text:
            return _ABROAD
        if NATION in opening:
            return NATION
        found = PLACE_WITH_SUFFIX.findall(opening)
        return found[-1] if found and opening.endswith(found[-1]) else ""


def lines_of(text: str) -> Iterator[tuple[int, str]]:
    """(offset, line) for each line of a clean text."""
    offset = 0
    for line in text.split("\n"):
        if line:
            yield offset, line
        offset += len(line) + 1
