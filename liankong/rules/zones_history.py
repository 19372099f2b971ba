"""How does a zone stand, given all that was decided about it? Its history alone says, and is never rewritten."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any

from liankong.vocabulary.kinds import ZoneChange, ZoneState
from liankong.vocabulary.spans import aware


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What may change about a zone. Who lives in it and where it lies does not: another area is another zone.

    `lowered_from` is the graver kind whose remaining term it serves. `pending_kind` is what a rule says it should
    become after a positive; it binds nobody until a person signs.
    """

    state: ZoneState = ZoneState.PROPOSED
    kind: str = ""
    from_at: datetime | None = None
    clock_from: datetime | None = None
    review_on: date | None = None
    expires_at: datetime | None = None
    ended_at: datetime | None = None
    legal_basis: str = ""
    signer: int | None = None
    lowered_from: str = ""
    pending_kind: str = ""


class UnlawfulChangeError(ValueError):
    """A change that does not fit what the zone is, or would leave it in force without what the law asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One change: what it was before and after, for the values that changed, as plain values."""

    change: ZoneChange
    at: datetime
    by: int | None
    reason: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


_IN_FORCE = (ZoneState.IN_FORCE,)
# Change -> the states in which it may happen, and the state that follows.
LAWFUL: dict[ZoneChange, tuple[tuple[ZoneState, ...], ZoneState]] = {
    ZoneChange.APPROVED: ((ZoneState.PROPOSED,), ZoneState.IN_FORCE),
    ZoneChange.REJECTED: ((ZoneState.PROPOSED,), ZoneState.REJECTED),
    ZoneChange.ESCALATED: (_IN_FORCE, ZoneState.IN_FORCE),
    ZoneChange.CLOCK_RESTARTED: (_IN_FORCE, ZoneState.IN_FORCE),
    ZoneChange.EXTENDED: (_IN_FORCE, ZoneState.IN_FORCE),
    ZoneChange.LOWERED: (_IN_FORCE, ZoneState.IN_FORCE),
    ZoneChange.CORRECTED: (_IN_FORCE, ZoneState.IN_FORCE),
    ZoneChange.LIFTED: (_IN_FORCE, ZoneState.LIFTED),
    ZoneChange.EXPIRED: (_IN_FORCE, ZoneState.LIFTED),
}
# A rule may find these by itself; everything else is a named person's.
BY_RULE = frozenset(
    {ZoneChange.PROPOSED, ZoneChange.CLOCK_RESTARTED, ZoneChange.CORRECTED, ZoneChange.EXPIRED}
)
_NEEDS_REASON = frozenset(
    {ZoneChange.REJECTED, ZoneChange.EXTENDED, ZoneChange.ESCALATED, ZoneChange.CORRECTED}
)


def propose(standing: Standing, *, at: datetime, by: int | None, reason: str) -> Step:
    """The first step of every history."""
    after = body(replace(standing, state=ZoneState.PROPOSED))
    return Step(change=ZoneChange.PROPOSED, at=aware(at), by=by, reason=reason, before={}, after=after)


def advance(
    standing: Standing,
    change: ZoneChange,
    *,
    at: datetime,
    by: int | None,
    reason: str = "",
    **values: Any,
) -> tuple[Standing, Step]:
    """The standing after a change, and the step that records it. Raises UnlawfulChangeError.

    `values` are fields of `Standing`. A rejection by a rule withdraws what only a rule proposed.
    """
    if change not in LAWFUL:
        raise UnlawfulChangeError(f"{change} begins a history and cannot follow one")
    states, state = LAWFUL[change]
    if standing.state not in states:
        raise UnlawfulChangeError(f"a zone that is {standing.state} cannot be {change}")
    if by is None and change not in BY_RULE | {ZoneChange.REJECTED}:
        raise UnlawfulChangeError(f"{change} needs a named person")
    if change in _NEEDS_REASON and not reason.strip():
        raise UnlawfulChangeError(f"{change} needs a reason")
    if state is ZoneState.LIFTED:
        values.setdefault("ended_at", at)
    after = replace(standing, state=state, **values)
    if after.state is ZoneState.IN_FORCE and (missing := lacks(after)):
        raise UnlawfulChangeError(f"no zone is in force without {missing[0]}")
    old, new = body(standing), body(after)
    keys = [key for key in new if new[key] != old[key]]
    step = Step(
        change=change,
        at=aware(at),
        by=by,
        reason=reason,
        before={key: old[key] for key in keys},
        after={key: new[key] for key in keys},
    )
    return after, step


def lacks(standing: Standing) -> tuple[str, ...]:
    """What a zone would need to be in force: begin, legal basis, review, end, signer."""
    missing = [
        name
        for name, there in (
            ("a begin", standing.from_at),
            ("a legal basis", standing.legal_basis.strip()),
            ("a review day", standing.review_on),
            ("an end", standing.expires_at),
            ("a signer", standing.signer),
        )
        if not there
    ]
    if standing.from_at and standing.expires_at and aware(standing.expires_at) <= aware(standing.from_at):
        missing.append("an end after its begin")
    return tuple(missing)


def fold(steps: Iterable[Step]) -> Standing:
    """The standing that a history amounts to."""
    standing = Standing()
    for step in steps:
        standing = replace(standing, **_rich(step.after))
    return standing


def in_effect(standing: Standing, *, now: datetime) -> bool:
    """Whether anybody is bound by it now. Past its end it binds nobody, also when nobody has said so yet."""
    if standing.state is not ZoneState.IN_FORCE or standing.from_at is None or standing.expires_at is None:
        return False
    return aware(standing.from_at) <= aware(now) < aware(standing.expires_at)


def body(standing: Standing) -> dict[str, Any]:
    """As plain values, for a step's record."""
    return {field.name: _plain(getattr(standing, field.name)) for field in fields(standing)}


_MOMENTS = frozenset({"from_at", "clock_from", "expires_at", "ended_at"})


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return aware(value).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, ZoneState) else value


def _rich(values: Mapping[str, Any]) -> dict[str, Any]:
    known = {field.name for field in fields(Standing)}
    found: dict[str, Any] = {}
    for key, value in values.items():
        if key not in known:
            continue
        if key in _MOMENTS and value is not None:
            found[key] = datetime.fromisoformat(value)
        elif key == "review_on" and value is not None:
            found[key] = date.fromisoformat(value)
        else:
            found[key] = ZoneState(value) if key == "state" else value
    return found
