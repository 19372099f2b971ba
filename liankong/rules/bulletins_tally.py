"""How many, tonight? From case histories to the day's figures.

What a case is counted as depends only on what was known of it at the end of each local day. So a tally of an
old day gives for ever what it gave on that evening; what was learnt later shows on the day it was learnt, as
an adjustment line with its reason, never as a silent change of the past.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from liankong.rules.bulletins_cases import CaseState, Known
from liankong.rules.bulletins_days import FLOWS
from liankong.rules.bulletins_figures import (
    DAY,
    EPIDEMIC,
    STOCKS,
    Adjustment,
    Bulletin,
    Counted,
    Figure,
    FigureError,
    Identity,
    Key,
    Measure,
    Rollup,
    Series,
    Window,
)
from liankong.vocabulary.kinds import Outcome, PersonClass, Severity
from liankong.vocabulary.spans import SHANGHAI, aware, local_day

UNPLACED = "unplaced"  # the part of a place whose cases are not yet assigned to any of its divisions

# reasons of the adjustment lines that a tally writes by itself
EXCLUDED = "excluded"
RECLASSIFIED = "reclassified"
MOVED = "moved"
ORIGIN_CORRECTED = "origin_corrected"
OUTCOME_CORRECTED = "outcome_corrected"
BEFORE_BASELINE = "before_baseline"


def tally(
    cases: Iterable[CaseState],
    *,
    place: str,
    day: date,
    windows: Sequence[Window] = (EPIDEMIC,),
    divisions: Sequence[str] = (),
    until: datetime | None = None,
) -> Bulletin:
    """Count the cases of `place` (a division code; longer codes lie inside it) at the end of local `day`.

    `windows` are the declared baselines; `divisions` the codes of its parts. `until` cuts the day at a
    moment. Returns every figure of the place itself, zeros included, the figures other than zero of its
    parts, and one adjustment line for each figure, identity and reason that the day's flows do not account
    for. Raises FigureError for a window that starts after the day.
    """
    for window in windows:
        if not window.cumulative or (window.first_day is not None and window.first_day > day):
            raise FigureError(f"window '{window}' is no baseline for a bulletin of {day.isoformat()}")
    ledger = _Ledger(place, tuple(divisions), tuple(windows))
    for case in cases:
        path = _daily(case, day, until)
        if path:
            ledger.add(path, day)
    return ledger.bulletin(day, until)


class _DayEnd(NamedTuple):
    day: date
    known: Known


class _Standing(NamedTuple):
    """What a case counts as, by series: since which day, and in which measures."""

    entered: date
    measures: frozenset[Measure]


def _daily(case: CaseState, day: date, until: datetime | None) -> list[_DayEnd]:
    """The last thing known on each local day: of two changes within a day, the last."""
    ends: dict[date, Known] = {}
    for known in sorted(case.history, key=lambda known: aware(known.since)):
        at = local_day(known.since)
        if at < day or (at == day and (until is None or aware(known.since) <= aware(until))):
            ends[at] = known
    return [_DayEnd(at, ends[at]) for at in sorted(ends)]


_INFECTED = (PersonClass.CONFIRMED, PersonClass.ASYMPTOMATIC)
_POSITIVE = (*_INFECTED, PersonClass.PENDING_REVIEW)
_WAITING = {PersonClass.SUSPECTED: Series.SUSPECTED, PersonClass.PENDING_REVIEW: Series.PENDING_REVIEW}
_OWN_SERIES = {
    PersonClass.CONFIRMED: Series.CONFIRMED,
    PersonClass.ASYMPTOMATIC: Series.ASYMPTOMATIC,
    **_WAITING,
}
_LEFT_CARE = {Outcome.CURED: Measure.CURED, Outcome.RELEASED: Measure.CURED, Outcome.DEAD: Measure.DEAD}
_LEFT_WATCH = {
    Outcome.CURED: Measure.RELEASED,
    Outcome.RELEASED: Measure.RELEASED,
    Outcome.DEAD: Measure.DEAD,
}


def _standing(path: Sequence[_DayEnd]) -> dict[Series, _Standing]:
    if not path:
        return {}
    entered: dict[Series, date] = {}
    before: PersonClass | None = None
    for at, known in path:
        now = known.person_class
        if now not in _INFECTED:
            entered.pop(Series.CONFIRMED, None)
            entered.pop(Series.ASYMPTOMATIC, None)
        if now is PersonClass.ASYMPTOMATIC:
            entered.pop(Series.CONFIRMED, None)
        own = _OWN_SERIES.get(now)
        if own is not None and now is not before:
            entered.setdefault(own, at)
        before = now
    last = path[-1].known
    counted: dict[Series, frozenset[Measure]] = {}
    for series in (Series.SUSPECTED, Series.PENDING_REVIEW):
        if series in entered:
            counted[series] = frozenset({Measure.REPORTED, _left_waiting(series, last.person_class)})
    if last.person_class is PersonClass.CONFIRMED:
        counted[Series.CONFIRMED] = _confirmed_measures(last, converted=Series.ASYMPTOMATIC in entered)
        if last.severity in {Severity.SEVERE, Severity.CRITICAL} and last.outcome not in _LEFT_CARE:
            counted[Series.SEVERE] = frozenset({Measure.ACTIVE})
            entered[Series.SEVERE] = entered[Series.CONFIRMED]
    if Series.ASYMPTOMATIC in entered:
        out = (
            Measure.CONVERTED_OUT
            if last.person_class is PersonClass.CONFIRMED
            else _LEFT_WATCH.get(last.outcome, Measure.UNDER_OBSERVATION)
        )
        counted[Series.ASYMPTOMATIC] = frozenset({Measure.REPORTED, out})
    if last.person_class in _POSITIVE:
        counted[Series.POSITIVES] = frozenset({Measure.REPORTED})
        entered[Series.POSITIVES] = entered[_OWN_SERIES[last.person_class]]
    return {series: _Standing(entered[series], measures) for series, measures in counted.items()}


def _left_waiting(series: Series, now: PersonClass) -> Measure:
    if _WAITING.get(now) is series:
        return Measure.ACTIVE
    return Measure.CONVERTED_OUT if now in {*_POSITIVE, PersonClass.SUSPECTED} else Measure.RELEASED


def _confirmed_measures(known: Known, *, converted: bool) -> frozenset[Measure]:
    course = _LEFT_CARE.get(known.outcome, Measure.ACTIVE)
    return frozenset({Measure.REPORTED, course, *([Measure.CONVERTED_IN] if converted else [])})


class _Ledger:
    """Adds up cases: `_stated` is what the bulletin states, `_unexplained` what its flows leave over."""

    def __init__(self, place: str, divisions: tuple[str, ...], windows: tuple[Window, ...]) -> None:
        self._place, self._divisions, self._windows = place, divisions, windows
        self._stated: Counter[Key] = Counter()
        self._unexplained: Counter[tuple[Key, str]] = Counter()

    def add(self, path: list[_DayEnd], day: date) -> None:
        now = path[-1].known
        after = self._long_counts(_standing(path), now)
        self._stated.update(after)
        if path[-1].day != day:
            return  # nothing was learnt of this case today
        earlier = path[:-1]
        before = self._long_counts(_standing(earlier), earlier[-1].known) if earlier else Counter()
        flows = self._flows(_standing(earlier), _standing(path), now)
        self._stated.update(flows)
        for key in {*after, *before, *self._touched(flows)}:
            left_over = after[key] - before[key] - self._due(key, flows)
            if left_over:
                self._unexplained[key, _reason(path, key)] += left_over

    def _long_counts(self, standing: Mapping[Series, _Standing], known: Known) -> Counter[Key]:
        return Counter(
            key
            for series, (entered, measures) in standing.items()
            for window in self._windows
            if window.first_day is None or entered >= window.first_day
            for measure in measures
            for key in self._keys(series, measure, window, known)
        )

    def _flows(
        self, before: Mapping[Series, _Standing], after: Mapping[Series, _Standing], known: Known
    ) -> Counter[Key]:
        nothing: frozenset[Measure] = frozenset()
        return Counter(
            key
            for series, (_, measures) in after.items()
            for measure in measures - (before[series].measures if series in before else nothing) - STOCKS
            for key in self._keys(series, measure, DAY, known)
        )

    def _touched(self, flows: Counter[Key]) -> set[Key]:
        """The longer figures that today's flows ought to move."""
        touched = {key.at(window=window) for key in flows for window in self._windows}
        for (series, stock), parts in FLOWS.items():
            measures = {measure for _, measure in parts}
            touched |= {
                key.at(measure=stock, window=window)
                for key in flows
                if key.series is series and key.measure in measures
                for window in self._windows
            }
        return touched

    @staticmethod
    def _due(key: Key, flows: Counter[Key]) -> int:
        parts = FLOWS.get((key.series, key.measure))
        if parts is None:
            return 0 if key.measure in STOCKS else flows[key.at(window=DAY)]
        return sum(sign * flows[key.at(measure=measure, window=DAY)] for sign, measure in parts)

    def _keys(self, series: Series, measure: Measure, window: Window, known: Known) -> Iterable[Key]:
        for place in self._places(known.place):
            for origin in (Counted.ALL, Counted(known.origin.value)):
                yield Key(series=series, measure=measure, window=window, place=place, origin=origin)

    def _places(self, code: str) -> tuple[str, ...]:
        if not code.startswith(self._place):
            return ()
        if not self._divisions:
            return (self._place,)
        return self._place, next((part for part in self._divisions if code.startswith(part)), UNPLACED)

    def bulletin(self, day: date, until: datetime | None) -> Bulletin:
        figures = dict.fromkeys(self._blank_form(), 0) | {k: v for k, v in self._stated.items() if v}
        # Also where nothing is left: the line that says what moved out of it belongs to the parts.
        named = {key.place for key in figures} | {key.place for key, _ in self._unexplained}
        unplaced = (UNPLACED,) if UNPLACED in named else ()
        children = (*self._divisions, *unplaced)
        return Bulletin(
            place=self._place,
            day=day,
            until=None if until is None else until.astimezone(SHANGHAI).time(),
            figures=tuple(Figure(key, value) for key, value in sorted(figures.items(), key=_order(children))),
            rollups=(Rollup(parent=self._place, children=children),) if children else (),
            adjustments=tuple(
                Adjustment(
                    key=key,
                    delta=delta,
                    reason=reason,
                    explains=Identity.FLOW if (key.series, key.measure) in FLOWS else Identity.CARRIED,
                )
                for (key, reason), delta in sorted(
                    self._unexplained.items(), key=lambda line: (str(line[0][0]), line[0][1])
                )
                if delta and _carries(key)
            ),
        )

    def _blank_form(self) -> Iterable[Key]:
        """Every figure that the place itself states, so that a zero is said and not left out."""
        origins = (Counted.ALL, Counted.LOCAL, Counted.IMPORTED)
        for series, measures in _FORM.items():
            for measure in measures:
                for window in self._windows if measure in STOCKS else (DAY, *self._windows):
                    for origin in origins:
                        yield Key(
                            series=series, measure=measure, window=window, place=self._place, origin=origin
                        )


_FORM: dict[Series, tuple[Measure, ...]] = {
    Series.CONFIRMED: (
        Measure.REPORTED,
        Measure.CONVERTED_IN,
        Measure.CURED,
        Measure.DEAD,
        Measure.ACTIVE,
    ),
    Series.SEVERE: (Measure.ACTIVE,),
    Series.ASYMPTOMATIC: (
        Measure.REPORTED,
        Measure.CONVERTED_OUT,
        Measure.RELEASED,
        Measure.UNDER_OBSERVATION,
    ),
    Series.SUSPECTED: (Measure.REPORTED, Measure.CONVERTED_OUT, Measure.RELEASED, Measure.ACTIVE),
    Series.PENDING_REVIEW: (Measure.REPORTED, Measure.CONVERTED_OUT, Measure.RELEASED, Measure.ACTIVE),
    Series.POSITIVES: (Measure.REPORTED,),
}


def _order(children: Sequence[str]) -> Callable[[tuple[Key, int]], tuple[object, ...]]:
    """Own figures first, the day before the long windows, then parts in their given order."""
    place_rank = {place: rank for rank, place in enumerate(children, start=1)}
    series_rank, measure_rank, origin_rank = list(Series), list(Measure), list(Counted)

    def rank(item: tuple[Key, int]) -> tuple[object, ...]:
        key = item[0]
        return (
            place_rank.get(key.place, 0),
            key.window.cumulative,
            key.window.first_day or date.min,
            series_rank.index(key.series),
            measure_rank.index(key.measure),
            origin_rank.index(key.origin),
        )

    return rank


def _carries(key: Key) -> bool:
    """Severe cases are a plain stock: no identity follows them from day to day without a stated change."""
    return key.series is not Series.SEVERE


def _reason(path: Sequence[_DayEnd], key: Key) -> str:
    """Why a long figure moved without a flow of the day: the most telling change of the case."""
    now = path[-1].known
    was = path[-2].known if len(path) > 1 else now
    if was.place != now.place:
        return MOVED
    if was.origin is not now.origin:
        return ORIGIN_CORRECTED
    if now.person_class not in _OWN_SERIES:
        return EXCLUDED
    first = key.window.first_day
    standings = (_standing(path[:-1]).get(key.series), _standing(path).get(key.series))
    if first is not None and any(standing and standing.entered < first for standing in standings):
        return BEFORE_BASELINE
    return OUTCOME_CORRECTED if was.person_class is now.person_class else RECLASSIFIED
