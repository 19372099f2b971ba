"""The serial interval: days from an infector's onset to its infectee's."""

from dataclasses import dataclass

import numpy as np

from liankong.epi.arrays import Days, Gaps, Indices, gaps
from liankong.epi.delays import Delay, describe


@dataclass(frozen=True, slots=True)
class SerialInterval:
    """`figures` in days (negative intervals kept; `figures.negative` are edge positions), with bootstrap
    intervals of `level` for mean and SD; None where fewer than two pairs have both onsets.

    `intervals` (e,) holds every edge's interval, NaN where an onset is unknown.
    """

    figures: Delay
    level: float
    mean_interval: tuple[float, float] | None
    sd_interval: tuple[float, float] | None
    intervals: Gaps


def serial_interval(
    onset: Days,
    infector: Indices,
    infectee: Indices,
    *,
    rng: np.random.Generator,
    resamples: int = 2000,
    level: float = 0.95,
) -> SerialInterval:
    """Simple serial interval of linked onsets, with percentile bootstrap intervals.

    `onset` (n,), `infector` and `infectee` (e,) positions in it. Pairs are resampled with replacement
    (percentile method: Efron & Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13).

    It takes every link at its word: an unseen intermediate case lengthens it, a direction guessed from the
    onsets hides negative intervals. Mixture models (Vink et al., Am J Epidemiol 2014;180:865-875) correct for
    the former and give smaller figures.
    """
    intervals = gaps(onset[infector], onset[infectee])
    known = intervals[~np.isnan(intervals)]
    mean_interval = sd_interval = None
    if len(known) > 1:
        means, sds = _bootstrap(known, rng, resamples)
        tail = (1 - level) / 2 * 100
        mean_interval = _between(means, tail)
        sd_interval = _between(sds, tail)
    return SerialInterval(describe(intervals), level, mean_interval, sd_interval, intervals)


def _bootstrap(known: Gaps, rng: np.random.Generator, resamples: int) -> tuple[Gaps, Gaps]:
    # Whole days repeat: drawing how often each value occurs costs the number of values, not of pairs.
    values, counts = np.unique(known, return_counts=True)
    n = len(known)
    drawn = rng.multinomial(n, counts / n, size=resamples).astype(np.float64)
    means = drawn @ values / n
    squares = drawn @ (values - values.mean()) ** 2 - n * (means - values.mean()) ** 2
    return means, np.sqrt(np.maximum(squares, 0.0) / (n - 1))


def _between(estimates: Gaps, tail: float) -> tuple[float, float]:
    low, high = np.percentile(estimates, [tail, 100 - tail])
    return float(low), float(high)
