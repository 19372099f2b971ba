"""Long lists by key: a page starts after a row's own values, so page 1,000 costs what page 1 costs.

The address of a page names the last row's values of the ordering, so rows that come and go meanwhile neither
repeat nor vanish, which numbered pages cannot promise.
"""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet

Row = TypeVar("Row", bound=Model)
SIZE = 50
# Counting further costs more than the answer is worth on a page.
COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """`before` and `after` are cursors for the neighbouring pages, None at the ends."""

    rows: list[Row]
    total: int
    more_than_total: bool
    before: str | None
    after: str | None

    def __len__(self) -> int:
        return len(self.rows)


def paginate(
    queryset: "QuerySet[Row]", *, order: Sequence[str], query: Mapping[str, str], size: int = SIZE
) -> "Page[Row]":
    """The page that `query` asks for by `after` or `before`.

    `order` names columns without nulls, as for `order_by`; the last must be unique. A cursor that does not fit
    the ordering (another sort, a cut-off address) gives the first page.
    """
    counted = queryset.order_by().values("pk")[: COUNTED + 1].count()
    after, before = _read(query.get("after"), order), _read(query.get("before"), order)
    backwards = before is not None
    key = before if backwards else after
    wanted = [_flip(name) for name in order] if backwards else list(order)
    rows = list((queryset.filter(_beyond(wanted, key)) if key else queryset).order_by(*wanted)[: size + 1])
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    has_after = bool(rows) and (backwards or more)
    has_before = bool(rows) and (more if backwards else after is not None)
    return Page(
        rows=rows,
        total=min(counted, COUNTED),
        more_than_total=counted > COUNTED,
        before=_write(rows[0], order) if has_before else None,
        after=_write(rows[-1], order) if has_after else None,
    )


def _flip(name: str) -> str:
    return name.removeprefix("-") if name.startswith("-") else f"-{name}"


def _beyond(order: Sequence[str], key: Sequence[Any]) -> Q:
    """Rows that come after `key`. The first column is also bounded alone, so that its index serves the range."""
    condition, equal = Q(), Q()
    for name, value in zip(order, key, strict=True):
        column, way = name.removeprefix("-"), "lt" if name.startswith("-") else "gt"
        condition |= equal & Q(**{f"{column}__{way}": value})
        equal &= Q(**{column: value})
    first, way = order[0].removeprefix("-"), "lte" if order[0].startswith("-") else "gte"
    return Q(**{f"{first}__{way}": key[0]}) & condition


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"t": value.isoformat()}
    return {"d": value.isoformat()} if isinstance(value, date) else value


def _rich(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return datetime.fromisoformat(value["t"]) if "t" in value else date.fromisoformat(value["d"])


def _write(row: Model, order: Sequence[str]) -> str:
    values = [_plain(getattr(row, name.removeprefix("-"))) for name in order]
    text = json.dumps([list(order), values], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(cursor: str | None, order: Sequence[str]) -> list[Any] | None:
    if not cursor:
        return None
    try:
        names, values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        rich = [_rich(value) for value in values]
    except (binascii.Error, ValueError, TypeError, KeyError):
        return None
    return rich if names == list(order) and len(rich) == len(order) else None
