"""Who must do what by when, what may become of an order, and how late is it?"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from liankong.protocols.standing import Statute, statute
from liankong.rules.why import Why
from liankong.vocabulary.kinds import OrderState
from liankong.vocabulary.spans import aware

# Reporting it done implies that it was received; a returned order goes out again or is cancelled, it is never
# dropped.
NEXT: dict[OrderState, frozenset[OrderState]] = {
    OrderState.DRAFT: frozenset({OrderState.ISSUED, OrderState.CANCELLED}),
    OrderState.ISSUED: frozenset(
        {
            OrderState.RECEIVED,
            OrderState.STARTED,
            OrderState.DONE,
            OrderState.RETURNED,
            OrderState.CANCELLED,
        }
    ),
    OrderState.RECEIVED: frozenset(
        {OrderState.STARTED, OrderState.DONE, OrderState.RETURNED, OrderState.CANCELLED}
    ),
    OrderState.STARTED: frozenset({OrderState.DONE, OrderState.RETURNED, OrderState.CANCELLED}),
    OrderState.RETURNED: frozenset({OrderState.ISSUED, OrderState.CANCELLED}),
    OrderState.DONE: frozenset(),
    OrderState.CANCELLED: frozenset(),
}
CLOSED = frozenset({OrderState.DONE, OrderState.CANCELLED})
# What must be said in words when an order enters a state.
ASKS_FOR: dict[OrderState, str] = {
    OrderState.DONE: "proof",
    OrderState.RETURNED: "reason",
    OrderState.CANCELLED: "reason",
}


class Standing(StrEnum):
    DRAFT = "draft"  # binds nobody, so it cannot be late
    ON_TIME = "on_time"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    DONE_ON_TIME = "done_on_time"
    DONE_LATE = "done_late"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Whether an order may take a step; `field` names what was missing."""

    allowed: bool
    why: Why
    field: str = ""

    @property
    def message(self) -> str:
        return self.why.sentence()


def is_due(due_at: datetime, *, now: datetime) -> bool:
    """Whether the deadline has come. At the very minute it has."""
    return aware(due_at) <= aware(now)


def is_open(state: OrderState) -> bool:
    """Whether somebody still owes something."""
    return state not in CLOSED


def next_states(state: OrderState) -> tuple[OrderState, ...]:
    """What may become of an order in this state, in the order of `OrderState`."""
    return tuple(one for one in OrderState if one in NEXT[state])


def move(before: OrderState, after: OrderState, *, words: str = "") -> Move:
    """Judge a step. `words` is the proof or the reason where one is asked for."""
    rule, values = "orders.move", {"before": before.value, "after": after.value}
    if after not in NEXT[before]:
        reason = "An order that is {before} cannot become {after}."
        return Move(allowed=False, why=Why(rule=rule, reason=reason, values=values))
    asked = ASKS_FOR.get(after)
    if asked is not None and not words.strip():
        why = Why(
            rule=rule,
            reason="To make it {after}, give the {asked} in words.",
            values=values | {"asked": asked},
        )
        return Move(allowed=False, field=asked, why=why)
    return Move(
        allowed=True, why=Why(rule=rule, reason="From {before} to {after} is a lawful step.", values=values)
    )


def lateness(due_at: datetime, *, now: datetime, done_at: datetime | None = None) -> timedelta:
    """How long after its deadline it was done, or is still open; zero when in time."""
    return max((aware(done_at) if done_at else aware(now)) - aware(due_at), timedelta(0))


def standing(
    state: OrderState,
    due_at: datetime,
    *,
    now: datetime,
    done_at: datetime | None = None,
    notice: timedelta = timedelta(0),
) -> Standing:
    """Where an order stands against its clock. Within `notice` before the deadline it is due soon."""
    if state is OrderState.DRAFT:
        return Standing.DRAFT
    if state is OrderState.CANCELLED:
        return Standing.CANCELLED
    if state is OrderState.DONE:
        late = done_at is not None and aware(done_at) > aware(due_at)
        return Standing.DONE_LATE if late else Standing.DONE_ON_TIME
    if is_due(due_at, now=now):
        return Standing.OVERDUE
    return Standing.DUE_SOON if is_due(due_at - notice, now=now) else Standing.ON_TIME


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One hand-over of the statutory reporting ladder with its deadline."""

    sender: str
    receiver: str
    due_at: datetime
    why: Why


def reporting_ladder(found_at: datetime, *, law: Statute | None = None) -> tuple[Rung, ...]:
    """By when each level must have told the next, if each takes all of its time (2-2-2-2-1 hours). UTC."""
    rules = law if law is not None else statute()
    rungs, due_at = [], aware(found_at)
    for at, step in enumerate(rules.ladder):
        due_at += step.limit.value
        why = Why(
            rule="orders.reporting_ladder",
            reason="The regulation gives this level its time to tell the next.",
            numbers=(rules.cite(f"ladder[{at}].limit", step.limit),),
        )
        rungs.append(Rung(sender=step.sender, receiver=step.receiver, due_at=due_at, why=why))
    return tuple(rungs)
