"""Figures in the shape in which scripts draw them, and the same figures as rows for those who read tables."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from typing import Any


@dataclass(frozen=True, slots=True)
class Series:
    """`tone` names a colour of tokens.css (`local` is --lk-series-local)."""

    name: str
    tone: str
    values: list[float | None]
    line: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars and lines over categories. `unit` is said by the table and the tooltip."""

    categories: list[str]
    series: list[Series]
    unit: str = ""
    links: list[str] = field(default_factory=list)

    def data(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def rows(self) -> list[tuple[str, list[float | None]]]:
        columns = [item.values for item in self.series]
        return [(name, [column[at] for column in columns]) for at, name in enumerate(self.categories)]

    @property
    def empty(self) -> bool:
        return not any(value for item in self.series for value in item.values)


def days_between(first: date, last: date) -> list[date]:
    return [first + timedelta(days=step) for step in range((last - first).days + 1)]


def by_day(counts: Mapping[date, int], days: Iterable[date]) -> list[float | None]:
    return [counts.get(day, 0) for day in days]


def trailing_mean(values: Sequence[float | None], width: int) -> list[float | None]:
    """Mean of each day and the days before it; None until `width` days are there."""
    plain = [value or 0 for value in values]
    return [
        round(sum(plain[at + 1 - width : at + 1]) / width, 1) if at + 1 >= width else None
        for at in range(len(plain))
    ]
