"""Who may see how much of an identity, and when must personal data go?"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from liankong.protocols import Citation
from liankong.protocols.standing import (
    Bound,
    IdentityField,
    Retention,
    RetentionStart,
    Sight,
    retention,
)
from liankong.rules.why import Why
from liankong.vocabulary.kinds import Role

_ORDER = (Sight.HIDDEN, Sight.MASKED, Sight.FULL)
_STAR = "*"


# --- sight ------------------------------------------------------------------------------------------------


def sight(roles: Iterable[Role], field: IdentityField, *, table: Retention | None = None) -> Sight:
    """The most that any of somebody's roles shows of a field. A role without a line shows nothing."""
    rows = (table if table is not None else retention()).sight
    held = frozenset(roles)
    shown = [row.shows.get(field, Sight.HIDDEN) for row in rows if row.role in held]
    return max(shown, key=_ORDER.index, default=Sight.HIDDEN)


def visible(roles: Iterable[Role], *, table: Retention | None = None) -> dict[IdentityField, Sight]:
    """What somebody with these roles sees of each field."""
    held = frozenset(roles)
    return {field: sight(held, field, table=table) for field in IdentityField}


def mask(field: IdentityField, value: str) -> str:
    """A value of which too little is left to find the person by, yet enough to recognise one who names
    themselves.
    """
    if not value:
        return ""
    if field is IdentityField.NAME:
        return value[0] + _STAR * max(len(value) - 1, 1)
    if field is IdentityField.PHONE:
        return _ends(value, 0, 2)
    if field is IdentityField.ID_NUMBER:
        return _ends(value, 2, 2)
    return _STAR * 3


def shown(field: IdentityField, value: str, roles: Iterable[Role], *, table: Retention | None = None) -> str:
    """A value as somebody with these roles may see it: whole, masked, or "" when hidden."""
    level = sight(roles, field, table=table)
    if level is Sight.FULL:
        return value
    return mask(field, value) if level is Sight.MASKED else ""


def _ends(value: str, first: int, last: int) -> str:
    if len(value) <= first + last:
        return _STAR * len(value)
    return value[:first] + _STAR * (len(value) - first - last) + value[len(value) - last :]


# --- retention --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Destruction:
    """When a record's personal data must be destroyed: on `on`, or None while the starting event has not
    come.

    Before `on` they may not be destroyed if `kept_by_law`.
    """

    on: date | None
    kept_by_law: bool
    why: Why

    def is_due(self, today: date) -> bool:
        return self.on is not None and self.on <= today


def destruction(
    code: str,
    *,
    created: date,
    response_ended: date | None = None,
    assessed_until: date | None = None,
    table: Retention | None = None,
) -> Destruction:
    """When the data of a retention class go. `assessed_until` is the last day that an assessment of legality,
    necessity and security allows, for the class of evidence and evaluation. Raises KeyError for an unknown
    class.
    """
    rules = table if table is not None else retention()
    kind = rules.of(code)
    start = created if kind.starts is RetentionStart.CREATED else response_ended
    at = rules.classes.index(kind)
    cited = (rules.cite(f"classes[{at}].keep", kind.keep),)
    kept = kind.bound is Bound.AT_LEAST
    if start is None:
        reason = "The response has not ended: the data still serve it."
        return Destruction(on=None, kept_by_law=kept, why=_why(reason, cited))
    on = years_after(start, kind.keep.value)
    if kind.bound is Bound.ASSESSED and assessed_until is not None and assessed_until > on:
        reason = "Kept as evidence or for evaluation until the day that the assessment allows."
        return Destruction(on=assessed_until, kept_by_law=kept, why=_why(reason, cited))
    reason = "The time that this class may be kept ends."
    return Destruction(on=on, kept_by_law=kept, why=_why(reason, cited))


def years_after(day: date, years: int) -> date:
    """The same calendar day years later; 29 February becomes 1 March, so that no year is cut short."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def retention_classes(*, table: Retention | None = None) -> tuple[str, ...]:
    """The codes of all classes."""
    return tuple(one.code for one in (table if table is not None else retention()).classes)


def _why(reason: str, cited: tuple[Citation, ...]) -> Why:
    return Why(rule="registry.destruction", reason=reason, numbers=cited)
