"""What all operations share: types of values, answers, pages of long lists, rows that must be in sight."""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from ninja import Schema
from ninja.params import functions as P  # noqa: N812
from ninja.parser import Parser
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, StringConstraints

from liankong.actions import Refused

M = TypeVar("M", bound=Model)
T = TypeVar("T")

# --- values --------------------------------------------------------------------------------------------------

# Control characters have no place in a name or a reason, and PostgreSQL refuses NUL.
_PLAIN = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
_DIVISION = r"^([0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12})$"
_FIRST_YEAR, _LAST_YEAR = 1900, 2200


def _in_reach(value: datetime) -> datetime:
    if not _FIRST_YEAR <= value.year <= _LAST_YEAR:
        raise ValueError(f"expected a moment between {_FIRST_YEAR} and {_LAST_YEAR}")
    return value


def _written_out(value: object) -> object:
    """A day is written YYYY-MM-DD; a bare number would be read as seconds since 1970."""
    if not isinstance(value, date) and not (
        isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value)
    ):
        raise ValueError("expected a day as YYYY-MM-DD")
    return value


def _day_in_reach(value: date) -> date:
    if not _FIRST_YEAR <= value.year <= _LAST_YEAR:
        raise ValueError(f"expected a day between {_FIRST_YEAR} and {_LAST_YEAR}")
    return value


Id = Annotated[int, Field(ge=1, le=2**63 - 1)]
Number = Annotated[str, StringConstraints(strip_whitespace=True, max_length=40, pattern=_PLAIN)]
Short = Annotated[str, StringConstraints(strip_whitespace=True, max_length=80, pattern=_PLAIN)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300, pattern=_PLAIN)]
Why = Annotated[str, StringConstraints(strip_whitespace=True, min_length=4, max_length=300, pattern=_PLAIN)]
Document = Annotated[str, StringConstraints(max_length=200_000, pattern=_PLAIN)]
Slug = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_-]+$")]
# A GB/T 2260-style code; "" (where it is allowed) is the whole node.
Division = Annotated[str, StringConstraints(pattern=_DIVISION)]
DivisionOrNode = Annotated[str, StringConstraints(pattern=_DIVISION.replace("^(", "^(|"))]
Moment = Annotated[AwareDatetime, AfterValidator(_in_reach)]
Day = Annotated[date, BeforeValidator(_written_out), AfterValidator(_day_in_reach)]

Key = Annotated[
    str | None,
    P.Header(
        None,
        alias="Idempotency-Key",
        max_length=200,
        description="The caller's own name for this message. Sent again, it makes nothing twice: the answer is what "
        "it made the first time, with the header Idempotency-Replayed.",
    ),
]
After = Annotated[str | None, Field(max_length=500, description="The `next` of the page before.")]
Limit = Annotated[int, Field(ge=1, le=200, description="Rows of a page.")]


class Bodies(Parser):
    """Bodies as the description has them. `null` would otherwise count as an object of which nothing was given."""

    def parse_body(self, request: HttpRequest) -> Any:
        found: Any = super().parse_body(request)
        if found is None:
            raise ValueError("expected an object")
        return found


# --- answers -------------------------------------------------------------------------------------------------

REFUSALS = (400, 401, 403, 404, 409, 413, 422, 429)


def answers(model: Any, status: int = 200) -> dict[int, Any]:
    """The responses of an operation: its own, and a problem for each way of being refused."""
    # Without a model of their own: `Api` says in the description that they are problems.
    return {status: model, **dict.fromkeys(REFUSALS)}


class Page(Schema, Generic[T]):
    """Part of a long list; send `next` as `after` for the part that follows."""

    items: list[T]
    next: str | None = None


# --- rows ----------------------------------------------------------------------------------------------------


def in_sight(rows: "QuerySet[M]", key: int) -> M:
    """The row, or DoesNotExist: what lies outside the caller's jurisdiction does not exist for the caller."""
    return rows.get(pk=key)


def paged(
    rows: "QuerySet[M]",
    *,
    order: tuple[str, ...],
    after: str | None,
    limit: int,
) -> dict[str, Any]:
    """A page by keyset: as fast at the millionth row as at the first, and steady while rows are added.

    `order` names columns (with "-" for descending) of which the last is unique, all in one direction.
    """
    columns = [name.lstrip("-") for name in order]
    descending = order[0].startswith("-")
    if after:
        rows = rows.filter(_beyond(columns, _read_cursor(after, rows.model, columns), descending=descending))
    found = list(rows.order_by(*order)[: limit + 1])
    more = len(found) > limit
    found = found[:limit]
    cursor = _cursor([getattr(found[-1], name) for name in columns]) if more else None
    return {"items": found, "next": cursor}


def _beyond(columns: list[str], values: list[Any], *, descending: bool) -> Q:
    side = "lt" if descending else "gt"
    wanted = Q()
    for place, name in enumerate(columns):
        same = dict(zip(columns[:place], values[:place], strict=True))
        wanted |= Q(**same, **{f"{name}__{side}": values[place]})
    return wanted


def _cursor(values: list[Any]) -> str:
    text = json.dumps(
        [value.isoformat() if isinstance(value, (date, datetime)) else value for value in values]
    )
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_cursor(text: str, model: type[Model], columns: list[str]) -> list[Any]:
    """The values of a cursor, each as its column's type; a cursor is the caller's to send, so it is checked."""
    try:
        raw = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
        if not isinstance(raw, list):
            raise ValueError(text)
        return [_cursor_value(model, name, value) for name, value in zip(columns, raw, strict=True)]
    except (ValueError, TypeError, binascii.Error, RecursionError, ValidationError) as error:
        raise Refused(
            "this is not a cursor of ours: send `next` of the page before", field="after"
        ) from error


def _cursor_value(model: type[Model], name: str, raw: Any) -> Any:
    if not isinstance(raw, (int, str)):
        raise ValueError(name)
    value = model._meta.get_field(name).to_python(raw)  # type: ignore[union-attr]  # columns are plain fields
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(name)
        return _in_reach(value)
    if isinstance(value, str):
        value.encode()  # half a surrogate pair cannot be sent to the database, nor can NUL
        if "\0" in value:
            raise ValueError(name)
    elif isinstance(value, int) and abs(value) >= 2**63:
        raise ValueError(name)
    return value


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Only what was given: filters whose value is None are not asked for."""
    return {key: value for key, value in values.items() if value is not None}
