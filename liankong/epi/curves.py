"""Epidemic curves: new cases by day or ISO week, without holes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from liankong.epi.arrays import Days, Indices

Step = Literal["day", "week"]


@dataclass(frozen=True, slots=True)
class Curve:
    """`starts` (t,): each day, or each week's Monday, from first to last without gaps; `counts` (t, s): cases
    by step and stratum; `strata`: names of the s columns; `unknown` (s,): cases whose day is not known.
    """

    step: Step
    starts: Days
    counts: Indices
    strata: tuple[str, ...]
    unknown: Indices

    @property
    def totals(self) -> Indices:
        """Cases by step, shape (t,)."""
        total: Indices = self.counts.sum(axis=1)
        return total

    def labels(self) -> list[str]:
        """ISO 8601 names of the steps: "2022-01-08" or "2022-W01"."""
        if self.step == "day":
            return [str(start) for start in self.starts]
        weeks = (start.item().isocalendar() for start in self.starts)
        return [f"{week.year}-W{week.week:02d}" for week in weeks]


def epidemic_curve(
    days: Days,
    *,
    by: Step = "day",
    strata: Sequence[str] | NDArray[np.str_] | None = None,
    start: np.datetime64 | None = None,
    end: np.datetime64 | None = None,
) -> Curve:
    """Count cases by day or ISO 8601 week (Monday to Sunday).

    `days` (n,) with NaT for unknown; `strata` (n,) names each case's stratum. `start` and `end` (inclusive)
    widen or cut the span, which else runs from the first known day to the last. A cut case is not counted.
    """
    names, stratum = _strata(strata, len(days))
    known = ~np.isnat(days)
    unknown = np.bincount(stratum[~known], minlength=len(names)).astype(np.int64)
    steps = _step_of(days[known], by)
    stratum = stratum[known]
    bounds = [_step_of(np.array([day], "datetime64[D]"), by)[0] for day in (start, end) if day is not None]
    low = bounds[0] if start is not None else (steps.min() if len(steps) else None)
    high = bounds[-1] if end is not None else (steps.max() if len(steps) else None)
    if low is None or high is None or high < low:
        empty = np.zeros((0, len(names)), np.int64)
        return Curve(by, np.array([], "datetime64[D]"), empty, names, unknown)
    inside = (steps >= low) & (steps <= high)
    size = int(high - low) + 1
    cells = (steps[inside] - low) * len(names) + stratum[inside]
    counts = np.bincount(cells, minlength=size * len(names)).reshape(size, len(names)).astype(np.int64)
    return Curve(by, _start_of(np.arange(low, high + 1), by), counts, names, unknown)


# 1970-01-01, day 0 of datetime64, was a Thursday: three days after its week's Monday.
_DAYS_AFTER_MONDAY = 3


def _step_of(days: Days, by: Step) -> Indices:
    number = days.astype("datetime64[D]").astype(np.int64)
    return number if by == "day" else (number + _DAYS_AFTER_MONDAY) // 7


def _start_of(steps: Indices, by: Step) -> Days:
    number = steps if by == "day" else steps * 7 - _DAYS_AFTER_MONDAY
    start: Days = number.astype("datetime64[D]")
    return start


def _strata(strata: Sequence[str] | NDArray[np.str_] | None, n: int) -> tuple[tuple[str, ...], Indices]:
    if strata is None:
        return ("all",), np.zeros(n, np.int64)
    if len(strata) != n:
        raise ValueError(f"{len(strata)} strata for {n} days; expected one for each")
    names, stratum = np.unique(np.asarray(strata, dtype=str), return_inverse=True)
    return tuple(str(name) for name in names), stratum.astype(np.int64)
