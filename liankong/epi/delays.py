"""How long things took: delays between two days of the same case, or between two linked cases.

A negative delay is kept in every figure and flagged: it is either an error in the list or a fact of the
disease (transmission before symptoms), and only a person can tell which.
"""

from dataclasses import dataclass

import numpy as np

from liankong.epi.arrays import Days, Gaps, Indices, gaps


@dataclass(frozen=True, slots=True)
class Delay:
    """Figures of one delay, in days. None where there are too few cases (`sd` needs two).

    `n` counts cases with both days, `missing` those without; `negative` are positions of negative delays.
    `sd` is the sample standard deviation (n - 1); quartiles interpolate linearly (type 7 of Hyndman & Fan,
    The American Statistician 1996;50:361-365).
    """

    n: int
    missing: int
    mean: float | None
    sd: float | None
    median: float | None
    q1: float | None
    q3: float | None
    minimum: float | None
    maximum: float | None
    negative: Indices


def delay(start: Days, end: Days) -> Delay:
    """Figures of `end - start`, case by case. Both of shape (n,)."""
    return describe(gaps(start, end))


def describe(lengths: Gaps) -> Delay:
    """Figures of lengths in days, shape (n,), NaN for unknown."""
    known = lengths[~np.isnan(lengths)]
    n = len(known)
    negative = np.flatnonzero(lengths < 0)
    missing = len(lengths) - n
    if n == 0:
        return Delay(0, missing, None, None, None, None, None, None, None, negative)
    q1, median, q3 = (float(value) for value in np.percentile(known, [25, 50, 75]))
    return Delay(
        n=n,
        missing=missing,
        mean=float(known.mean()),
        sd=float(known.std(ddof=1)) if n > 1 else None,
        median=median,
        q1=q1,
        q3=q3,
        minimum=float(known.min()),
        maximum=float(known.max()),
        negative=negative,
    )


def upper_fence(lengths: Gaps, *, reach: float = 3.0) -> float | None:
    """The length beyond which a delay stands far out of the others: Q3 + reach x (Q3 - Q1).

    Tukey's outer fence (Exploratory Data Analysis, 1977, section 2D). None for fewer than four known lengths.
    """
    known = lengths[~np.isnan(lengths)]
    if len(known) < 4:
        return None
    q1, q3 = np.percentile(known, [25, 75])
    return float(q3 + reach * (q3 - q1))
