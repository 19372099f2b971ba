"""What does a result on a tube mean, and for whom?"""

import math
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Generic, TypeVar, overload

from liankong.protocols import Absent, Protocol, Subject
from liankong.protocols.model import CtRule
from liankong.rules.why import Why, because
from liankong.vocabulary.kinds import ResultValue, TubeKind

Member = TypeVar("Member", bound=Hashable)

RULE = "lab.interpret"


class LabAction(StrEnum):
    NEGATIVE = "negative"
    OPEN_CASE = "open_case"
    RECALL_POOL = "recall_pool"
    REPEAT = "repeat"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabDecision(Generic[Member]):
    """What follows from a result.

    `open_for` get a case, `retest` are swabbed again singly (within `within`, where the protocol says),
    `hold` means that they stay where they are until it is settled.
    """

    action: LabAction
    open_for: tuple[Member, ...] = ()
    retest: tuple[Member, ...] = ()
    hold: bool = False
    within: timedelta = timedelta(0)
    why: Why

    @property
    def opens_case(self) -> bool:
        return self.action is LabAction.OPEN_CASE

    @property
    def recall(self) -> bool:
        return self.action is LabAction.RECALL_POOL


@overload
def interpret(
    value: ResultValue,
    tube_kind: TubeKind,
    members: int,
    protocol: Protocol,
    *,
    ct: float | None = None,
    subject: Subject | None = None,
) -> LabDecision[int]: ...
@overload
def interpret(
    value: ResultValue,
    tube_kind: TubeKind,
    members: Sequence[Member],
    protocol: Protocol,
    *,
    ct: float | None = None,
    subject: Subject | None = None,
) -> LabDecision[Member]: ...
def interpret(
    value: ResultValue,
    tube_kind: TubeKind,
    members: Sequence[Any] | int,
    protocol: Protocol,
    *,
    ct: float | None = None,
    subject: Subject | None = None,
) -> LabDecision[Any]:
    """Read a result.

    `members` are whose swabs are in the tube, or how many there are: they are then numbered from 0. `ct` is
    the lowest cycle threshold, where measured. `subject` says under which regime a single person was tested,
    for protocols with a rule of their own for them. Raises ValueError for a tube without members, a single
    tube with several, or an impossible Ct.
    """
    people = tuple(range(members)) if isinstance(members, int) else tuple(dict.fromkeys(members))
    if not people:
        raise ValueError("a tube needs at least one member")
    if tube_kind is TubeKind.SINGLE and len(people) > 1:
        raise ValueError(f"a single tube holds one person's swab, this one has {len(people)}")
    if ct is not None and not (math.isfinite(ct) and ct > 0):
        raise ValueError("a cycle threshold is a number above 0")
    if value is ResultValue.INVALID:
        why = because(
            RULE, "The laboratory could not read the tube: everybody in it is swabbed again.", protocol
        )
        return LabDecision(action=LabAction.REPEAT, retest=people, why=why)
    if tube_kind is not TubeKind.SINGLE:
        return _shared(value, people, protocol)
    return _single(value, people, protocol, ct, subject)


def members_to_retest(members: Sequence[Member], tested_since: Collection[Member] = ()) -> tuple[Member, ...]:
    """Who of a recalled tube still lacks a single test of their own taken since."""
    return tuple(member for member in dict.fromkeys(members) if member not in tested_since)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolStanding(Generic[Member]):
    """Where a recalled tube stands. Nobody's hold ends while anybody is waiting: any may be the positive one."""

    waiting: tuple[Member, ...]
    positive: tuple[Member, ...]
    released: tuple[Member, ...]

    @property
    def settled(self) -> bool:
        return not self.waiting


def settle(members: Sequence[Member], singles: Mapping[Member, ResultValue]) -> PoolStanding[Member]:
    """Compare a recalled tube's members with their single results; an invalid one counts as still waiting."""
    people = tuple(dict.fromkeys(members))
    by_value = {value: tuple(one for one in people if singles.get(one) is value) for value in ResultValue}
    positive, negative = by_value[ResultValue.POSITIVE], by_value[ResultValue.NEGATIVE]
    waiting = tuple(one for one in people if one not in positive and one not in negative)
    return PoolStanding(waiting=waiting, positive=positive, released=() if waiting else negative)


def _shared(value: ResultValue, people: tuple[Member, ...], protocol: Protocol) -> LabDecision[Member]:
    rules = protocol.laboratory
    if value is ResultValue.NEGATIVE:
        return _shared_negative(people, protocol)
    if rules.diagnose_from_pool.value and len(people) == 1:
        why = because(
            RULE,
            "The tube is positive and only one person is in it.",
            protocol,
            "laboratory.diagnose_from_pool",
        )
        return LabDecision(action=LabAction.OPEN_CASE, open_for=people, why=why)
    within, cited = timedelta(0), ["laboratory.recall_pool", "laboratory.diagnose_from_pool"]
    try:
        within = protocol.clock("reswab").value
        cited.append("clocks.reswab")
    except Absent:
        pass  # a protocol may set no limit; the recall stands without one
    why = because(
        RULE,
        "The tube is positive and any of its {count} members may be the one: all are held and swabbed singly.",
        protocol,
        *cited,
        values={"count": len(people)},
    )
    return LabDecision(
        action=LabAction.RECALL_POOL, retest=people, hold=rules.recall_pool.value, within=within, why=why
    )


def _shared_negative(people: tuple[Member, ...], protocol: Protocol) -> LabDecision[Member]:
    limit = protocol.laboratory.pool_limit
    if limit is None or len(people) <= limit.value:
        cited = [] if limit is None else ["laboratory.pool_limit"]
        return LabDecision(
            action=LabAction.NEGATIVE, why=because(RULE, "The tube is negative.", protocol, *cited)
        )
    why = because(
        RULE,
        "The tube is negative, but {count} swabs in one tube were never validated: a positive may be hidden.",
        protocol,
        "laboratory.pool_limit",
        values={"count": len(people)},
    )
    return LabDecision(action=LabAction.REPEAT, retest=people, why=why)


def _single(
    value: ResultValue,
    people: tuple[Member, ...],
    protocol: Protocol,
    ct: float | None,
    subject: Subject | None,
) -> LabDecision[Member]:
    positive = value is ResultValue.POSITIVE
    threshold = _threshold(protocol, subject)
    if threshold is not None and ct is not None:
        at, rule = threshold
        path = f"laboratory.positive_below[{at}]"
        values = {"ct": f"{ct:g}", "limit": f"{rule.value:g}"}
        if not positive and ct < rule.value:
            reason = "The laboratory says negative at Ct {ct}, which is positive below {limit}: tested again."
            why = because(RULE, reason, protocol, path, values=values)
            return LabDecision(action=LabAction.REPEAT, retest=people, hold=True, why=why)
        if positive and ct >= rule.value:
            why = because(RULE, "Ct {ct} is not below {limit}: not positive.", protocol, path, values=values)
            return LabDecision(action=LabAction.NEGATIVE, why=why)
        if positive:
            why = because(RULE, "Ct {ct} is below {limit}: positive.", protocol, path, values=values)
            return LabDecision(action=LabAction.OPEN_CASE, open_for=people, why=why)
    if positive:
        why = because(RULE, "The person's own tube is positive.", protocol)
        return LabDecision(action=LabAction.OPEN_CASE, open_for=people, why=why)
    return LabDecision(action=LabAction.NEGATIVE, why=because(RULE, "The tube is negative.", protocol))


def _threshold(protocol: Protocol, subject: Subject | None) -> tuple[int, CtRule] | None:
    rules = enumerate(protocol.laboratory.positive_below)
    return next(((at, rule) for at, rule in rules if rule.subject is subject), None)
