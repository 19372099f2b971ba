"""What does somebody inside need, who is told, by when, and who takes the place of whoever refuses?

Nothing here knows what a person is to the epidemic: no class, no zone, no test, no isolation is an argument of any of
these functions, so none of them can hold up care. A source of the lesson: a woman in labour was refused for a test that
was too old (Xi'an, 1 January 2022), and afterwards no hospital might refuse anybody because of epidemic control.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from liankong.protocols.inside import Inside, Recipient, inside
from liankong.rules.isolation_trips import Spot, kilometres
from liankong.rules.why import Why
from liankong.vocabulary.kinds import NeedKind
from liankong.vocabulary.spans import aware, local_day

# Always an emergency, whoever calls and whatever box was ticked.
ALWAYS = frozenset({NeedKind.EMERGENCY, NeedKind.BIRTH})
# Recipients who must bring care itself: if they refuse or do not answer, the need goes on to another at once.
CARERS = frozenset({Recipient.CARE, Recipient.AMBULANCE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Who is told of a need and by when it must be answered. Each recipient has an order of their own, at once."""

    kind: NeedKind
    emergency: bool
    to: tuple[Recipient, ...]
    due_at: datetime
    why: Why


def is_emergency(kind: NeedKind, *, flagged: bool) -> bool:
    """An emergency is what somebody calls one; a birth and first aid are one in any case."""
    return flagged or kind in ALWAYS


def decide(kind: NeedKind, *, flagged: bool, now: datetime, law: Inside | None = None) -> Decision:
    """Who is told, and by when. `flagged` means that whoever took the call said that it cannot wait."""
    norms = law or inside()
    rule = "needs.decide"
    if is_emergency(kind, flagged=flagged):
        urgent = norms.needs.urgent
        why = Why(
            rule=rule,
            reason="An emergency waits for nothing and for nobody's status.",
            numbers=(norms.cite("needs.urgent.within"),),
        )
        due_at = aware(now) + urgent.within.value
        return Decision(kind=kind, emergency=True, to=urgent.to, due_at=due_at, why=why)
    at = next((at for at, one in enumerate(norms.needs.kinds) if one.kind is kind), None)
    if at is None:
        at = next(at for at, one in enumerate(norms.needs.kinds) if one.kind is NeedKind.OTHER)
    norm = norms.needs.kinds[at]
    why = Why(
        rule=rule,
        reason="The kind of need says who answers it and by when.",
        numbers=(norms.cite(f"needs.kinds[{at}].within"),),
    )
    due_at = aware(now) + norm.within.value
    return Decision(kind=kind, emergency=False, to=norm.to, due_at=due_at, why=why)


# --- the nearest that can take it -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Carer:
    """A hospital or emergency centre: where it stands and what it takes. `takes` None: nobody has said."""

    organisation: int
    spot: Spot
    takes: frozenset[NeedKind] | None = None
    open: bool = True


def ranked(
    carers: Iterable[Carer],
    *,
    kind: NeedKind,
    emergency: bool,
    where: Spot,
    without: Collection[int] = (),
) -> tuple[Carer, ...]:
    """Those who can take it, the best first. `without` are those who were asked already.

    In an emergency that is the nearest that has not said that it cannot, and behind them all others: some help is
    better than none. Otherwise those who are known to take the kind come first, and those who do not are left out.
    """
    found = []
    for one in carers:
        if one.organisation in without or not one.open:
            continue
        takes = one.takes is not None and (
            kind in one.takes or (emergency and NeedKind.EMERGENCY in one.takes)
        )
        cannot = one.takes is not None and not takes
        if cannot and not emergency:
            continue
        unknown = not takes and not emergency
        found.append(((cannot, unknown, kilometres(where, one.spot), one.organisation), one))
    return tuple(one for _key, one in sorted(found, key=lambda pair: pair[0]))


# --- the same need twice --------------------------------------------------------------------------------------


def merges(
    kind: NeedKind,
    *,
    emergency: bool,
    asked: NeedKind,
    asked_at: datetime,
    now: datetime,
    law: Inside | None = None,
) -> bool:
    """Whether a need is the one that a running order of the same household brings already.

    An emergency is never merged: the second call may be about somebody else, or mean that nobody came.
    """
    within = (law or inside()).needs.merge_within.value
    return not emergency and kind is asked and aware(now) - aware(asked_at) < within


# --- needs that come again ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """The days for which orders are to be made now, and the day of the turn after them; None: there is none."""

    days: tuple[date, ...]
    next_on: date | None


def turns(*, next_on: date, every_days: int | None, now: datetime, law: Inside | None = None) -> Turns:
    """Which turns of a standing need are near enough to be ordered. Turns that were missed are made up once.

    `every_days` None means that it comes once: a birth that is expected.
    """
    norms = law or inside()
    last = local_day(aware(now) + norms.needs.turn_ahead.value)
    if next_on > last:
        return Turns(days=(), next_on=next_on)
    if every_days is None:
        return Turns(days=(next_on,), next_on=None)
    days, day, today = [], next_on, local_day(now)
    while day <= last:
        days.append(day)
        day += timedelta(days=every_days)
    # After a long silence of the clock one order today stands for all turns that have passed.
    due = [one for one in days if one >= today]
    missed = [one for one in days if one < today]
    return Turns(days=tuple(([today] if missed and today not in due else []) + due), next_on=day)


# --- supply ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """How many parcels must lie in stock for the people of a zone, and how long those there are last."""

    needed: int
    suffices: bool | None
    why: Why


def stock(households: int, *, basket: str, parcels: int | None = None, law: Inside | None = None) -> Stock:
    """The parcels that keep some households for the norm of days. `parcels` are those there; None: not counted."""
    norms = law or inside()
    lasts = norms.basket(basket).lasts.value
    at = next(at for at, one in enumerate(norms.supply.baskets) if one.code == basket)
    rounds = -(-norms.supply.stock.value // lasts)
    needed = households * rounds
    why = Why(
        rule="needs.stock",
        reason="{households} households need {needed} parcels in stock.",
        values={"households": households, "needed": needed},
        numbers=(norms.cite("supply.stock"), norms.cite(f"supply.baskets[{at}].lasts")),
    )
    return Stock(needed=needed, suffices=None if parcels is None else parcels >= needed, why=why)


def covered_until(delivered_at: datetime, *, basket: str, law: Inside | None = None) -> datetime:
    """Until when what was delivered lasts."""
    return aware(delivered_at) + (law or inside()).basket(basket).lasts.value
