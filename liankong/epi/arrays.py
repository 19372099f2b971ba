"""From dates to arrays and back. Days are datetime64[D], unknown is NaT; gaps are float days, unknown NaN."""

from collections.abc import Iterable
from datetime import date

import numpy as np
from numpy.typing import NDArray

Days = NDArray[np.datetime64]
Gaps = NDArray[np.float64]
Indices = NDArray[np.int64]


def days(values: Iterable[date | None]) -> Days:
    """datetime64[D] of calendar days, NaT for None."""
    return np.array([np.datetime64("NaT") if day is None else day for day in values], dtype="datetime64[D]")


def gaps(start: Days, end: Days) -> Gaps:
    """`end - start` in days, NaN where either is unknown."""
    length = (end - start).astype(np.float64)
    length[np.isnat(start) | np.isnat(end)] = np.nan
    return length


def to_date(day: np.datetime64) -> date | None:
    """A calendar day, or None for NaT."""
    if np.isnat(day):
        return None
    found: date = day.astype("datetime64[D]").item()
    return found
