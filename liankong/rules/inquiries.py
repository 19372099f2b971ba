"""Who owes an inquiry (协查) at this moment, what may become of it, and by when?

Responsibility passes with the receipt and with nothing else: the sender owes an inquiry until the receiver has
acknowledged it, a forwarder until the next one has. So every inquiry is owed by exactly one headquarters until it is
closed, and it is closed only after the first sender has the answer.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

from liankong.protocols import Absent, Protocol
from liankong.protocols.inquiries import Inquiries, inquiries
from liankong.protocols.model import Clock as Limit
from liankong.rules.why import Why, because
from liankong.vocabulary.kinds import InquiryState, InquirySubject
from liankong.vocabulary.spans import aware, local_day

Party = TypeVar("Party")
S = InquiryState


class Clock(StrEnum):
    """What is timed; each rings once."""

    RECEIVE = "receive"
    CONTROL = "control"
    FEEDBACK = "feedback"


# What became of the subject. A person is controlled first and verified then (先管后筛); a trip, a place or goods have
# nobody to keep apart, and verified facts are themselves the answer.
OUTCOMES: dict[InquirySubject, frozenset[InquiryState]] = {
    InquirySubject.PERSON: frozenset({S.TRANSFERRED, S.HOME, S.RELEASED, S.NOT_FOUND}),
    InquirySubject.TRIP: frozenset({S.VERIFIED, S.NOT_FOUND}),
    InquirySubject.PLACE: frozenset({S.VERIFIED, S.RELEASED, S.NOT_FOUND}),
    InquirySubject.GOODS: frozenset({S.VERIFIED, S.RELEASED, S.NOT_FOUND}),
}
_PERSON: dict[InquiryState, frozenset[InquiryState]] = {
    S.DRAFT: frozenset({S.ISSUED, S.CLOSED}),
    S.ISSUED: frozenset({S.RECEIVED}),
    S.RECEIVED: frozenset({S.CONTROLLED, S.NOT_FOUND, S.FORWARDED}),
    S.CONTROLLED: frozenset({S.VERIFIED, S.FORWARDED}),
    S.VERIFIED: frozenset({S.TRANSFERRED, S.HOME, S.RELEASED, S.FORWARDED}),
    S.TRANSFERRED: frozenset({S.FEEDBACK}),
    S.HOME: frozenset({S.FEEDBACK}),
    S.RELEASED: frozenset({S.FEEDBACK}),
    S.NOT_FOUND: frozenset({S.CONTROLLED, S.FORWARDED, S.FEEDBACK}),
    S.FORWARDED: frozenset({S.FEEDBACK}),
    # An answer that is not enough goes back to who gave it.
    S.FEEDBACK: frozenset({S.RECEIVED, S.CLOSED}),
    S.CLOSED: frozenset(),
}
_THING: dict[InquiryState, frozenset[InquiryState]] = _PERSON | {
    S.RECEIVED: frozenset({S.CONTROLLED, S.VERIFIED, S.NOT_FOUND, S.FORWARDED}),
    S.CONTROLLED: frozenset({S.VERIFIED, S.RELEASED, S.FORWARDED}),
    S.VERIFIED: frozenset({S.CONTROLLED, S.RELEASED, S.FORWARDED, S.FEEDBACK}),
}
# What must be said in words when an inquiry enters a state.
ASKS_FOR = frozenset({S.NOT_FOUND, S.FORWARDED, S.RELEASED})
# Acknowledged, and the receiver's to work on.
WORKING = frozenset({S.RECEIVED, S.CONTROLLED, S.VERIFIED, S.TRANSFERRED, S.HOME, S.RELEASED, S.NOT_FOUND})
_OPEN_CLOCKS: dict[InquiryState, tuple[Clock, ...]] = {
    S.ISSUED: (Clock.RECEIVE, Clock.CONTROL, Clock.FEEDBACK),
    S.RECEIVED: (Clock.CONTROL, Clock.FEEDBACK),
} | dict.fromkeys(WORKING - {S.RECEIVED}, (Clock.FEEDBACK,))


# --- steps ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Whether an inquiry may take a step; `field` names what was missing."""

    allowed: bool
    why: Why
    field: str = ""


def next_states(subject: InquirySubject, state: InquiryState) -> tuple[InquiryState, ...]:
    """What may become of it, in the order of `InquiryState`. Goods and places are not transferred."""
    table = _PERSON if subject is InquirySubject.PERSON else _THING
    barred = frozenset({S.TRANSFERRED, S.HOME}) - OUTCOMES[subject]
    if S.RELEASED not in OUTCOMES[subject]:
        barred |= {S.RELEASED}
    return tuple(one for one in InquiryState if one in table[state] and one not in barred)


def move(subject: InquirySubject, before: InquiryState, after: InquiryState, *, note: str = "") -> Move:
    """Judge a step. `note` says in words what was found, where that is asked for."""
    rule, values = "inquiries.move", {"from_state": before.value, "to_state": after.value}
    if after not in next_states(subject, before):
        reason = "An inquiry that is {from_state} cannot become {to_state}."
        return Move(allowed=False, why=Why(rule=rule, reason=reason, values=values))
    if after in ASKS_FOR and not note.strip():
        why = Why(rule=rule, reason="To make it {to_state}, say why.", values=values)
        return Move(allowed=False, field="note", why=why)
    return Move(
        allowed=True,
        why=Why(rule=rule, reason="From {from_state} to {to_state} is a lawful step.", values=values),
    )


def may_answer(subject: InquirySubject, state: InquiryState) -> bool:
    """Whether what is known is an outcome, so that the answer can go to the sender."""
    return state in OUTCOMES[subject]


def way(subject: InquirySubject, start: InquiryState, target: InquiryState) -> tuple[InquiryState, ...]:
    """The shortest lawful way from one state to another, without the first; empty where there is none.

    By it a late request for a subject comes to where the work on the subject stands.
    """
    paths: list[tuple[InquiryState, ...]] = [()]
    seen = {start}
    while paths:
        longer = []
        for path in paths:
            here = path[-1] if path else start
            if here is target:
                return path
            for after in next_states(subject, here):
                if after not in seen:
                    seen.add(after)
                    longer.append((*path, after))
        paths = longer
    return ()


# --- who owes it ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg(Generic[Party]):
    """One hand-over of an inquiry, from a headquarters to the next."""

    sender: Party
    receiver: Party
    state: InquiryState


def owed_by(chain: Sequence[Leg[Party]]) -> Party | None:
    """Who must act now, in a chain of hand-overs with the first sender's leg in front; None once it is closed.

    A forwarded leg is owed by whoever owes the rest. Where the rest is answered or not yet acknowledged, that is the
    forwarder.
    """
    first, rest = chain[0], chain[1:]
    if first.state is S.CLOSED:
        return None
    if first.state in (S.DRAFT, S.ISSUED, S.FEEDBACK):
        return first.sender
    if first.state is S.FORWARDED and rest:
        further = owed_by(rest)
        return first.receiver if further is None else further
    return first.receiver


def may_forward(to: Party, along: Sequence[Party]) -> bool:
    """Not to somebody who had it already: whoever sent it is told by the answer, and no inquiry goes in circles."""
    return to not in along


# --- clocks -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """When each clock runs out, UTC. Only what can leave, people and goods, is to be controlled."""

    receive_by: datetime
    control_by: datetime | None
    feedback_by: datetime
    why: dict[Clock, Why]


# Clock -> the protocol's clock that sets it.
_SET_BY = {
    Clock.RECEIVE: "task_dispatch",
    Clock.CONTROL: "limit_movement",
    Clock.FEEDBACK: "inquiry_feedback",
}


def deadlines(
    subject: InquirySubject, issued_at: datetime, protocol: Protocol, *, table: Inquiries | None = None
) -> Deadlines:
    """All clocks run from the issue: who acknowledges late has not more time for the rest."""
    rules = table if table is not None else inquiries()
    start = aware(issued_at)
    due: dict[Clock, datetime] = {}
    why: dict[Clock, Why] = {}
    for clock in Clock:
        limit, why[clock] = _limit(clock, protocol, rules)
        due[clock] = start + limit.value
    movable = subject in (InquirySubject.PERSON, InquirySubject.GOODS)
    return Deadlines(
        receive_by=due[Clock.RECEIVE],
        control_by=due[Clock.CONTROL] if movable else None,
        feedback_by=due[Clock.FEEDBACK],
        why=why,
    )


def _limit(clock: Clock, protocol: Protocol, rules: Inquiries) -> tuple[Limit, Why]:
    """The protocol's own limit; where it sets none, the standing one."""
    rule, name = "inquiries.deadlines", _SET_BY[clock]
    try:
        limit = protocol.clock(name)
    except Absent:
        limit = getattr(rules.clocks, clock.value)
        cited = (rules.cite(f"inquiries.clocks.{clock}", limit),)
        reason = "The protocol sets no such limit: the standing one holds."
        return limit, Why(
            rule=rule, reason=reason, protocol=protocol.id, digest=protocol.digest, numbers=cited
        )
    return limit, because(rule, "The protocol sets this limit.", protocol, f"clocks.{name}")


def open_clocks(state: InquiryState) -> tuple[Clock, ...]:
    """The clocks that still run. A forwarded inquiry's run on the leg that goes on."""
    return _OPEN_CLOCKS.get(state, ())


def due_at(state: InquiryState, limits: dict[Clock, datetime | None]) -> datetime | None:
    """The next clock to run out; None when none runs."""
    times = [limits.get(clock) for clock in open_clocks(state)]
    return min((time for time in times if time is not None), default=None)


def overdue(
    state: InquiryState, limits: dict[Clock, datetime | None], rung: frozenset[Clock], *, now: datetime
) -> tuple[Clock, ...]:
    """The clocks that have run out and have not rung yet."""
    return tuple(
        clock
        for clock in open_clocks(state)
        if clock not in rung and (limit := limits.get(clock)) is not None and limit < now
    )


# --- number -----------------------------------------------------------------------------------------------

_NUMBER = re.compile(r"协查〔(\d{4})〕(\d{0,12})-(\d{4,})号")


def number(division: str, sequence: int, *, at: datetime) -> str:
    """The number of an inquiry, after the pattern of official documents (GB/T 9704): 协查〔2022〕120112-0001号.

    Year of the field's calendar; a sequence for each division and year. No national format was found.
    """
    return f"协查〔{local_day(at).year}〕{division}-{sequence:04d}号"


def sequence(text: str) -> int | None:
    """The running number in a number of ours; None for another's."""
    found = _NUMBER.fullmatch(text)
    return int(found[3]) if found else None


def series(division: str, *, at: datetime) -> str:
    """What the numbers of one division and year begin with."""
    return f"协查〔{local_day(at).year}〕{division}-"
