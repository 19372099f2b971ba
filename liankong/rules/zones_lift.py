"""May a zone be lowered or lifted now? Each condition of the protocol with its state and figures."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from liankong.protocols import Protocol
from liankong.protocols.model import Lift, ZoneKind
from liankong.protocols.words import ZoneUnit
from liankong.rules.why import Why, because
from liankong.rules.zones import kind_index
from liankong.vocabulary.spans import aware

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftFacts:
    """What the conditions are measured against.

    `clock_from`: since when the days count, None while they do not. `last_contact_at`: the last exposure of a contact
    inside (or their transfer, where no exposure is known). `untested_contacts`: contacts without a negative test since.
    `round_people` were to be tested since `round_since(...)`, of whom `round_negative` were negative and
    `round_positive` positive. `still_closed`: zones of the kinds that must be lifted first.
    """

    clock_from: datetime | None
    last_contact_at: datetime | None = None
    untested_contacts: int = 0
    round_people: int | None = None
    round_negative: int = 0
    round_positive: int = 0
    still_closed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """`reason` is an English sentence with {places}; `due_at` is when it can be met by waiting alone."""

    code: str
    met: bool
    reason: str
    values: Mapping[str, object] = field(default_factory=dict)
    due_at: datetime | None = None
    path: str = ""

    def sentence(self, translate: Callable[[str], str] = str) -> str:
        return translate(self.reason).format(**self.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checklist:
    """All conditions, and what the zone becomes when all hold: the code of a kind, or "" for lifted."""

    conditions: tuple[Condition, ...]
    then: str
    why: Why

    @property
    def met(self) -> int:
        return sum(1 for one in self.conditions if one.met)

    @property
    def complete(self) -> bool:
        return self.met == len(self.conditions)

    @property
    def lifts(self) -> bool:
        return not self.then

    @property
    def open(self) -> tuple[Condition, ...]:
        return tuple(one for one in self.conditions if not one.met)

    @property
    def earliest(self) -> datetime | None:
        """When waiting alone would have met every condition that waiting can meet."""
        return max((one.due_at for one in self.conditions if one.due_at is not None), default=None)

    def sentence(self, translate: Callable[[str], str] = str) -> str:
        """`2 of 3 met: the last contact's exposure was 12 days ago, 14 needed`."""
        total = len(self.conditions)
        if self.complete:
            return translate("{met} of {total} met").format(met=total, total=total)
        parts = "; ".join(one.sentence(translate) for one in self.open)
        return translate("{met} of {total} met: {open}").format(met=self.met, total=total, open=parts)


def round_since(
    code: str, protocol: Protocol, *, clock_from: datetime | None, now: datetime, lowered_from: str = ""
) -> datetime | None:
    """From when on swabs count for the round before lifting; None where none is asked for or the days do not count."""
    lift = protocol.zone(code).lift
    if lowered_from or (lift.full_round_within is None and lift.full_round_on_day is None):
        return None
    begins = []
    if lift.full_round_within is not None:
        begins.append(aware(now) - lift.full_round_within.value)
    if lift.full_round_on_day is not None:
        if clock_from is None:
            return None
        # Day 1 is the first 24 hours, so day 7 begins six days after the clock.
        begins.append(aware(clock_from) + (lift.full_round_on_day.value - 1) * DAY)
    return max(begins)


def checklist(
    code: str, facts: LiftFacts, protocol: Protocol, *, now: datetime, lowered_from: str = ""
) -> Checklist:
    """The conditions of the protocol for a zone of this kind, against the facts at `now`.

    A zone that was lowered from `lowered_from` serves the remaining term that the graver kind names (`then_for`).
    """
    now = aware(now)
    kind = protocol.zone(code)
    before = protocol.zone(lowered_from) if lowered_from else None
    if before is not None and before.lift.then_for is not None:
        at = kind_index(protocol, before.code)
        conditions: tuple[Condition, ...] = (
            _no_new(facts, before.lift.then_for.value, now, f"zones.kinds[{at}].lift.then_for"),
        )
    else:
        at = kind_index(protocol, code)
        conditions = _conditions(kind, at, facts, protocol, now)
    rule = f"zones.kinds[{at}].lift.rule"
    why = because("zones.checklist", "All conditions of the protocol must hold.", protocol, rule)
    return Checklist(conditions=conditions, then=becomes(code, protocol, lowered_from=lowered_from), why=why)


def becomes(code: str, protocol: Protocol, *, lowered_from: str = "") -> str:
    """The kind that a zone is lowered to when its conditions hold; "" where it is lifted.

    A kind of whole counties is no zone of its own any more: the area joins the rest of its county.
    """
    lift = protocol.zone(code).lift
    if lowered_from or not lift.then or lift.then_for is None:
        return ""
    return "" if ZoneUnit.COUNTY in protocol.zone(lift.then).units else lift.then


def _conditions(
    kind: ZoneKind, at: int, facts: LiftFacts, protocol: Protocol, now: datetime
) -> tuple[Condition, ...]:
    lift, path = kind.lift, f"zones.kinds[{at}].lift"
    found = []
    if lift.no_new is not None:
        found.append(_no_new(facts, lift.no_new.value, now, f"{path}.no_new"))
    if lift.contacts_clear is not None:
        found.append(_contacts(facts, lift.contacts_clear.value, now, f"{path}.contacts_clear"))
    if lift.full_round_within is not None or lift.full_round_on_day is not None:
        found.append(_round(kind, lift, facts, protocol, now, path))
    if lift.all_lifted:
        names = ", ".join(protocol.zone(code).english for code in lift.all_lifted)
        found.append(
            Condition(
                code="all_lifted",
                met=facts.still_closed == 0,
                reason="no zone of the county is left ({names})"
                if facts.still_closed == 0
                else "{count} zones of the county are still in force ({names})",
                values={"count": facts.still_closed, "names": names},
                path=f"{path}.rule",
            )
        )
    return tuple(found)


def _no_new(facts: LiftFacts, needed: timedelta, now: datetime, path: str) -> Condition:
    if facts.clock_from is None:
        reason = "the days without a new infection do not count yet, {needed} needed"
        return Condition(code="no_new", met=False, reason=reason, values={"needed": needed.days}, path=path)
    since = now - aware(facts.clock_from)
    return Condition(
        code="no_new",
        met=since >= needed,
        reason="{days} days without a new infection, {needed} needed",
        values={"days": max(since // DAY, 0), "needed": needed.days},
        due_at=aware(facts.clock_from) + needed,
        path=path,
    )


def _contacts(facts: LiftFacts, needed: timedelta, now: datetime, path: str) -> Condition:
    if facts.last_contact_at is None:
        reason = "nobody inside is a contact"
        return Condition(code="contacts_clear", met=True, reason=reason, path=path)
    since = now - aware(facts.last_contact_at)
    values = {"days": max(since // DAY, 0), "needed": needed.days, "count": facts.untested_contacts}
    if since > needed and facts.untested_contacts:
        reason = "{count} contacts have no negative test since their exposure"
        return Condition(code="contacts_clear", met=False, reason=reason, values=values, path=path)
    return Condition(
        code="contacts_clear",
        # The standard says more than so many days, not so many.
        met=since > needed,
        reason="the last contact's exposure was {days} days ago, more than {needed} needed",
        values=values,
        due_at=aware(facts.last_contact_at) + needed,
        path=path,
    )


def _round(
    kind: ZoneKind, lift: Lift, facts: LiftFacts, protocol: Protocol, now: datetime, path: str
) -> Condition:
    leaf = "full_round_within" if lift.full_round_within is not None else "full_round_on_day"
    since = round_since(kind.code, protocol, clock_from=facts.clock_from, now=now)
    code, at = "full_round", f"{path}.{leaf}"
    if since is None:
        reason = "the round of everybody cannot be dated while the days do not count"
        return Condition(code=code, met=False, reason=reason, path=at)
    values = {
        "negative": facts.round_negative,
        "positive": facts.round_positive,
        "people": facts.round_people or 0,
        "day": lift.full_round_on_day.value if lift.full_round_on_day else 0,
    }
    if now < since:
        reason = "everybody is tested on day {day}, which has not begun"
        return Condition(code=code, met=False, reason=reason, values=values, due_at=since, path=at)
    if facts.round_positive:
        reason = "{positive} in the round before lifting were positive"
        return Condition(code=code, met=False, reason=reason, values=values, path=at)
    if not facts.round_people:
        reason = "nobody is registered inside: the round before lifting must be reported"
        return Condition(code=code, met=False, reason=reason, values=values, path=at)
    return Condition(
        code=code,
        met=facts.round_negative >= facts.round_people,
        reason="{negative} of {people} inside were negative in the round before lifting",
        values=values,
        path=at,
    )
