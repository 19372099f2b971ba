"""Chance that is the same everywhere: PCG64 streams keyed by what they are for, and integer tables.

Only uniform draws are taken from NumPy. Every other distribution is a table of integers, rounded once when it
is built, so that a last-bit difference between two machines' logarithms cannot change a drill.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_SCALE = 1 << 40
MINUTES_PER_DAY = 1440
_STEP = 15  # minutes between the points of a tabulated delay


def stream(*keys: int) -> np.random.Generator:
    """An independent stream for the non-negative integers that name its purpose (seed, division code, ...)."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(keys)))


@dataclass(frozen=True, slots=True)
class Table:
    """A discrete distribution over 0..n-1 as cumulated integer weights."""

    cumulated: NDArray[np.int64]

    @classmethod
    def of(cls, weights: Sequence[float]) -> "Table":
        """Weights need not add to one; at least one is positive, none negative."""
        array = np.asarray(weights, dtype=np.float64)
        if array.size == 0 or (array < 0).any() or array.sum() <= 0:
            raise ValueError("weights must be non-negative and not all zero")
        steps = np.rint(array / array.sum() * _SCALE).astype(np.int64)
        return cls(np.cumsum(steps))

    def draw(self, rng: np.random.Generator, size: int) -> NDArray[np.int64]:
        ticks = rng.integers(0, self.cumulated[-1], size=size)
        return np.searchsorted(self.cumulated, ticks, side="right").astype(np.int64)

    def one(self, rng: np.random.Generator) -> int:
        return int(self.draw(rng, 1)[0])


@dataclass(frozen=True, slots=True)
class Delay:
    """A positive delay in whole minutes, drawn from a table with a point every quarter of an hour."""

    table: Table
    offset: int

    @classmethod
    def of(cls, spec: Mapping[str, Any]) -> "Delay":
        """`spec`: distribution gamma, lognormal or uniform; unit "h" or "d"; mean and sd, or from and to; max."""
        minutes = {"h": 60, "d": MINUTES_PER_DAY}[str(spec["unit"])]
        low = float(spec.get("from", 0.0)) * minutes
        high = float(spec.get("to", spec.get("max", 0.0))) * minutes
        if high <= low:
            raise ValueError(f"a delay needs an upper end above {low / minutes} {spec['unit']}")
        points = np.arange(low + _STEP / 2, high, _STEP)
        density = _DENSITIES[str(spec["distribution"])](spec)
        return cls(Table.of([density(point / minutes) for point in points]), int(low))

    def draw(self, rng: np.random.Generator, size: int) -> NDArray[np.int64]:
        """At least one minute each: an effect never shares its cause's minute."""
        if not size:
            return np.zeros(0, dtype=np.int64)
        minutes = self.offset + self.table.draw(rng, size) * _STEP + rng.integers(0, _STEP, size=size)
        kept: NDArray[np.int64] = np.maximum(minutes, 1)
        return kept

    def one(self, rng: np.random.Generator) -> int:
        return int(self.draw(rng, 1)[0])


def _gamma(spec: Mapping[str, Any]) -> Callable[[float], float]:
    mean, sd = float(spec["mean"]), float(spec["sd"])
    shape, scale = (mean / sd) ** 2, sd**2 / mean
    return lambda x: math.exp((shape - 1) * math.log(x / mean) - (x - mean) / scale)


def _lognormal(spec: Mapping[str, Any]) -> Callable[[float], float]:
    mean, sd = float(spec["mean"]), float(spec["sd"])
    sigma2 = math.log(1 + (sd / mean) ** 2)
    mu = math.log(mean) - sigma2 / 2
    return lambda x: math.exp(-((math.log(x) - mu) ** 2) / (2 * sigma2)) / x


def _uniform(_spec: Mapping[str, Any]) -> Callable[[float], float]:
    return lambda _x: 1.0


_DENSITIES: dict[str, Callable[[Mapping[str, Any]], Callable[[float], float]]] = {
    "gamma": _gamma,
    "lognormal": _lognormal,
    "uniform": _uniform,
}
