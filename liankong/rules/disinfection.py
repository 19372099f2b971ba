"""Where must be disinfected or sampled, by when, and what does a sample say?"""

from dataclasses import dataclass
from datetime import datetime

from liankong.protocols.inside import Inside, inside
from liankong.rules.orders import Move
from liankong.rules.why import Why
from liankong.vocabulary.kinds import OrderKind, ResultValue
from liankong.vocabulary.spans import aware

KINDS = (OrderKind.ENVIRONMENT_SAMPLE, OrderKind.DISINFECTION)
MOST_POINTS = 10_000  # the platform's own limit: a slip of the finger, not a place


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """By when an order on a place is due, and what number says so."""

    kind: OrderKind
    due_at: datetime
    why: Why


def task(kind: OrderKind, *, now: datetime, law: Inside | None = None) -> Task:
    """The deadline of a disinfection or of environment samples. Raises ValueError for another kind."""
    norms = law or inside()
    spans = {
        OrderKind.DISINFECTION: ("disinfect_within", norms.disinfection.disinfect_within),
        OrderKind.ENVIRONMENT_SAMPLE: ("sample_within", norms.disinfection.sample_within),
    }
    if kind not in spans:
        raise ValueError(f"{kind} is neither a disinfection nor a sample")
    name, span = spans[kind]
    why = Why(
        rule="disinfection.task",
        reason="A place where a case was is sampled and disinfected.",
        numbers=(norms.cite(f"disinfection.{name}"),),
    )
    return Task(kind=kind, due_at=aware(now) + span.value, why=why)


def may_report(*, samples: int, positive: int) -> Move:
    """Whether a result of environment samples can be true."""
    rule = "disinfection.report"
    faults = (
        (samples < 1, "samples", "Say how many points were sampled: at least one."),
        (samples > MOST_POINTS, "samples", "At most {most} points are taken at one place."),
        (positive < 0, "positive", "A count is not below zero."),
        (positive > samples, "positive", "There are not more positive points than sampled ones."),
    )
    for wrong, field, reason in faults:
        if wrong:
            why = Why(rule=rule, reason=reason, values={"most": MOST_POINTS})
            return Move(allowed=False, field=field, why=why)
    return Move(allowed=True, why=Why(rule=rule, reason="The result can stand."))


def value(*, positive: int) -> ResultValue:
    """One positive point makes the place positive."""
    return ResultValue.POSITIVE if positive > 0 else ResultValue.NEGATIVE
