"""Who fell ill: cases by sex and age band."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from liankong.epi.arrays import Indices

TEN_YEARS = (0, 10, 20, 30, 40, 50, 60, 70, 80)


@dataclass(frozen=True, slots=True)
class SexByAge:
    """`counts` (b + 1, s): cases by age band and sex; the last row holds unknown ages and stated bands that
    reach over more than one of ours. `lows`: the first completed year of each band; `sexes`: the s columns.
    """

    lows: tuple[int, ...]
    sexes: tuple[str, ...]
    counts: Indices

    def labels(self) -> list[str]:
        """Names of the rows: "0-9", ..., "80+", "unknown"."""
        closed = [f"{low}-{after - 1}" for low, after in zip(self.lows, self.lows[1:], strict=False)]
        single = [
            label if label.split("-")[0] != label.split("-")[1] else label.split("-")[0] for label in closed
        ]
        return [*single, f"{self.lows[-1]}+", "unknown"]


def sex_by_age(
    sex: Sequence[str],
    age: NDArray[np.float64],
    age_high: NDArray[np.float64] | None = None,
    *,
    lows: Sequence[int] = TEN_YEARS,
    sexes: Sequence[str] = ("female", "male", "unknown", "unstated"),
) -> SexByAge:
    """Count cases by sex and age band.

    `age` (n,) in years, NaN for unknown; `age_high` (n,) the upper completed year of cases of which only a band
    is known, else NaN. `lows` rising. Raises `ValueError` for a sex not in `sexes`.
    """
    if list(lows) != sorted(set(lows)):
        raise ValueError(f"age bands start at {list(lows)}; expected rising years")
    columns = {name: column for column, name in enumerate(sexes)}
    unknown_sex = sorted({str(one) for one in sex} - columns.keys())
    if unknown_sex:
        raise ValueError(f"sex {unknown_sex[0]!r} is not counted; expected one of {', '.join(sexes)}")
    column = np.array([columns[str(one)] for one in sex], dtype=np.int64)
    band = _band(age, lows)
    if age_high is not None:
        stated = ~np.isnan(age_high)
        band[stated & (_band(age_high, lows) != band)] = len(lows)
    cells = band * len(sexes) + column
    counts = np.bincount(cells, minlength=(len(lows) + 1) * len(sexes)).astype(np.int64)
    return SexByAge(tuple(lows), tuple(sexes), counts.reshape(len(lows) + 1, len(sexes)))


def _band(age: NDArray[np.float64], lows: Sequence[int]) -> Indices:
    """The band's position; len(lows) for unknown or below the first band."""
    years = np.where(np.isnan(age), -1.0, age)
    band = np.searchsorted(np.asarray(lows, dtype=np.float64), years, side="right").astype(np.int64) - 1
    band[band < 0] = len(lows)
    return band
