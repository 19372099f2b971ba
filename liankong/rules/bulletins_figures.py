"""What does a bulletin count, of whom, where, and since when? The figures of a bulletin as plain values.

A figure is one number with a key: series (whom), measure (what of them), origin, place and window. The same
measure over a day is what bulletins call "new" and over a longer window what they call "cumulative", so there
is one measure `reported`, not two. A cumulative figure whose window is not declared is an error of its own:
on one evening a city may rightly publish 290 since 2020 and 142 since the round began.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, time
from enum import StrEnum


class FigureError(ValueError):
    """A figure contradicts itself: a stock over a day, a window without its first day."""


class Series(StrEnum):
    """Whom a figure counts. Series are never added up silently."""

    CONFIRMED = "confirmed"  # 确诊病例
    ASYMPTOMATIC = "asymptomatic"  # 无症状感染者
    SUSPECTED = "suspected"  # 疑似病例
    SEVERE = "severe"  # 重症病例, counted inside confirmed
    PENDING_REVIEW = "pending_review"  # 初筛阳性待核验
    POSITIVES = "positives"  # 阳性感染者: confirmed + asymptomatic + pending review
    CONTACTS = "contacts"  # 密切接触者


class Counted(StrEnum):
    """Which origin a figure counts; `unknown` is those still under investigation."""

    ALL = "all"
    LOCAL = "local"
    IMPORTED = "imported"
    UNKNOWN = "unknown"


class Measure(StrEnum):
    """What is counted of a series. Flows have a window of a day or longer; stocks stand at its end."""

    REPORTED = "reported"  # 新增 (day) / 累计报告 (longer)
    CURED = "cured"  # 治愈出院
    DEAD = "dead"  # 死亡
    CONVERTED_IN = "converted_in"  # 由无症状感染者转为确诊: inside `reported` of confirmed
    CONVERTED_OUT = "converted_out"  # 转为确诊: outflow of asymptomatic or suspected
    RELEASED = "released"  # 解除医学观察, or excluded
    REDEFINED = "redefined"  # inside `reported`: counted only since the case definition changed
    LATE = "late"  # inside `reported`: older cases that reached the count today
    CHANGE = "change"  # a stock's change since the day before, signed
    ACTIVE = "active"  # 现有
    IN_HOSPITAL = "in_hospital"  # 在院
    UNDER_OBSERVATION = "under_observation"  # 尚在医学观察


STOCKS = frozenset({Measure.ACTIVE, Measure.IN_HOSPITAL, Measure.UNDER_OBSERVATION})


class WindowKind(StrEnum):
    DAY = "day"
    SINCE = "since"
    EPIDEMIC = "epidemic"
    UNDECLARED = "undeclared"


@dataclass(frozen=True, slots=True)
class Window:
    """The span over which a figure counts; it ends with the bulletin: DAY, EPIDEMIC, `Window.since(day)`."""

    kind: WindowKind
    first_day: date | None = None

    def __post_init__(self) -> None:
        if (self.kind is WindowKind.SINCE) != (self.first_day is not None):
            raise FigureError(f"window {self.kind.value}: only a 'since' window has a first day, and it must")

    @classmethod
    def since(cls, first_day: date) -> "Window":
        return cls(WindowKind.SINCE, first_day)

    @classmethod
    def parse(cls, text: str) -> "Window":
        """Read "day", "epidemic", "undeclared" or "since 2022-01-08"."""
        head, _, rest = text.partition(" ")
        try:
            return cls(WindowKind(head), date.fromisoformat(rest) if rest else None)
        except ValueError as error:
            raise FigureError(
                f"{text!r} is not a window: expected day, epidemic, undeclared or 'since YYYY-MM-DD'"
            ) from error

    @property
    def cumulative(self) -> bool:
        return self.kind is not WindowKind.DAY

    def __str__(self) -> str:
        return self.kind.value if self.first_day is None else f"since {self.first_day.isoformat()}"


DAY = Window(WindowKind.DAY)
EPIDEMIC = Window(WindowKind.EPIDEMIC)
UNDECLARED = Window(WindowKind.UNDECLARED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What a number counts. `place` is a division code (or a name, where only a text is known).

    `geography` names the hierarchy by which the place is delimited, empty for the usual one: a city with and
    without the county that answers directly to its province is two places of one name.
    """

    series: Series
    measure: Measure
    window: Window
    place: str
    origin: Counted = Counted.ALL
    geography: str = ""

    def __post_init__(self) -> None:
        if self.measure in STOCKS and not self.window.cumulative:
            raise FigureError(f"{self.measure.value} stands at a moment: its window cannot be a day")
        if self.measure is Measure.CHANGE and self.window.cumulative:
            raise FigureError("change is since the day before: its window must be a day")

    def at(
        self,
        *,
        series: Series | None = None,
        measure: Measure | None = None,
        window: Window | None = None,
        place: str | None = None,
        origin: Counted | None = None,
        geography: str | None = None,
    ) -> "Key":
        """The same key with some parts replaced."""
        return Key(
            series=self.series if series is None else series,
            measure=self.measure if measure is None else measure,
            window=self.window if window is None else window,
            place=self.place if place is None else place,
            origin=self.origin if origin is None else origin,
            geography=self.geography if geography is None else geography,
        )


@dataclass(frozen=True, slots=True)
class Figure:
    """One number. It may be negative: offices have published write-offs as negative new cases."""

    key: Key
    value: int
    definition: str = ""


class Identity(StrEnum):
    """The names of what must balance; see `bulletins_identities` for each formula."""

    BASELINE_DECLARED = "baseline_declared"
    STATED_ONCE = "stated_once"
    NOT_NEGATIVE = "not_negative"
    ACCOUNTED = "accounted"
    IN_HOSPITAL_IS_ACTIVE = "in_hospital_is_active"
    ORIGINS = "origins"
    PLACES = "places"
    COUNTED_INSIDE = "counted_inside"
    NESTED_WINDOWS = "nested_windows"
    CONVERSIONS = "conversions"
    POSITIVES = "positives"
    CARRIED = "carried"
    FLOW = "flow"
    REVISION = "revision"


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """A line that says why a figure is not what its parts give: `delta` = stated - computed.

    `explains` names the one identity it speaks for, so that a write-off across days cannot hide a slip in
    addition. `reason` is free text or one of the codes of `bulletins_tally`; `instrument` names the decision.
    """

    key: Key
    delta: int
    reason: str
    instrument: str = ""
    explains: Identity = Identity.CARRIED


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One reason within a revision: +271 paper cards, -51 already counted."""

    delta: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A figure of this same bulletin that an earlier signed version stated otherwise."""

    key: Key
    before: int
    after: int
    reason: str
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollup:
    """`parent` is the sum of `children`; a child without a figure counts zero if the list is `complete`.

    `only` limits it to one figure (a list in brackets after a number); None means every figure of the parent.
    """

    parent: str
    children: tuple[str, ...]
    geography: str = ""
    parent_geography: str = ""
    complete: bool = True
    only: Key | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulletin:
    """The figures of one place and its parts for one local day, 0 to 24 h, or until an earlier clock time."""

    place: str
    day: date
    until: time | None = None
    figures: tuple[Figure, ...] = ()
    rollups: tuple[Rollup, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    revisions: tuple[Revision, ...] = ()
    _by_key: dict[Key, Figure] = field(init=False, repr=False, compare=False, hash=False)

    def __post_init__(self) -> None:
        by_key: dict[Key, Figure] = {}
        for figure in self.figures:
            by_key.setdefault(figure.key, figure)  # a second value is kept in `figures` for STATED_ONCE
        object.__setattr__(self, "_by_key", by_key)

    def value(self, key: Key) -> int | None:
        found = self._by_key.get(key)
        return None if found is None else found.value

    def figure(self, key: Key) -> Figure | None:
        return self._by_key.get(key)

    def stated(self) -> Iterator[Key]:
        """Each key once, in the order stated."""
        return iter(self._by_key)

    def number(
        self,
        series: Series,
        measure: Measure,
        window: Window,
        *,
        origin: Counted = Counted.ALL,
        place: str | None = None,
        geography: str = "",
    ) -> int | None:
        """The value of a figure named by its parts; the place is the bulletin's own unless given."""
        return self.value(
            Key(
                series=series,
                measure=measure,
                window=window,
                origin=origin,
                place=self.place if place is None else place,
                geography=geography,
            )
        )

    def windows(self) -> list[Window]:
        """The longer windows in use, longest first: the whole epidemic, then by first day."""
        found = {key.window for key in self._by_key if key.window.cumulative}
        return sorted(found, key=lambda window: (window.first_day or date.min, window.kind.value))

    def with_figures(self, figures: Iterable[Figure]) -> "Bulletin":
        """The same bulletin with further figures, such as contacts, which no case history can tell."""
        return replace(self, figures=(*self.figures, *figures))
