"""What may hold an order up? Another order may; nothing and nobody's status holds up an emergency."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from liankong.rules.orders import Move
from liankong.rules.why import Why
from liankong.vocabulary.kinds import OrderState

RULE = "orders.waiting"
# Once it is under way it no longer waits.
MAY_WAIT = frozenset({OrderState.DRAFT, OrderState.ISSUED, OrderState.RECEIVED})


class Obstacle(StrEnum):
    """Whatever somebody might want an order to wait for."""

    ORDER = "order"  # another order must be done first
    STATUS = "status"  # the class of the person whom it is for
    ZONE = "zone"  # the zone in which they are
    TEST = "test"  # a result that they do not have
    PERMIT = "permit"  # a code, a pass, a stamp


def held_by(obstacles: Iterable[Obstacle], *, emergency: bool) -> tuple[Obstacle, ...]:
    """What really holds an order up. Every stage asks here, so no stage can hold up an emergency by itself."""
    return () if emergency else tuple(dict.fromkeys(obstacles))


def may_proceed(obstacles: Iterable[Obstacle], *, emergency: bool) -> Move:
    """Whether an order may be started or done in spite of what stands in its way."""
    found = held_by(obstacles, emergency=emergency)
    values = {"obstacles": ", ".join(found)}
    if found:
        return Move(allowed=False, why=Why(rule=RULE, reason="It waits for: {obstacles}.", values=values))
    reason = "An emergency waits for nothing." if emergency else "Nothing holds it up."
    return Move(allowed=True, why=Why(rule=RULE, reason=reason))


@dataclass(frozen=True, slots=True)
class Waits:
    """Who waits for whom. `open` holds (order, the order it waits for), only while the latter is not closed."""

    open: frozenset[tuple[int, int]] = frozenset()
    emergencies: frozenset[int] = frozenset()
    closed: frozenset[int] = frozenset()

    def of(self, order: int) -> frozenset[int]:
        """What an order waits for."""
        return frozenset(until for one, until in self.open if one == order)

    def obstacles(self, order: int) -> tuple[Obstacle, ...]:
        return (Obstacle.ORDER,) if self.of(order) else ()


def may_wait(order: int, until_done: int, waits: Waits, *, state: OrderState) -> Move:
    """Judge whether an order may wait for another. Needs all waits that can be reached from `until_done`."""
    values = {"order": order, "until": until_done}
    reason = ""
    if order in waits.emergencies:
        reason = "An emergency never waits for another order."
    elif state not in MAY_WAIT or order in waits.closed:
        reason = "An order that is under way or closed no longer waits."
    elif order == until_done:
        reason = "An order cannot wait for itself."
    elif until_done in waits.closed:
        reason = "Order {until} is closed already: there is nothing to wait for."
    elif reaches(waits.open, until_done, order):
        reason = "Order {until} itself waits for order {order}: both would wait for ever."
    if reason:
        return Move(allowed=False, field="until_done", why=Why(rule=RULE, reason=reason, values=values))
    return Move(
        allowed=True, why=Why(rule=RULE, reason="Order {order} waits for order {until}.", values=values)
    )


def reaches(pairs: Iterable[tuple[int, int]], start: int, goal: int) -> bool:
    """Whether `goal` can be reached by following who waits for whom."""
    after: dict[int, list[int]] = {}
    for order, until in pairs:
        after.setdefault(order, []).append(until)
    seen, heads = {start}, [start]
    while heads:
        here = heads.pop()
        if here == goal:
            return True
        fresh = [one for one in after.get(here, ()) if one not in seen]
        seen.update(fresh)
        heads.extend(fresh)
    return False


# --- what becomes of the waits when something happens ------------------------------------------------------


def made_to_wait(waits: Waits, order: int, until_done: int, *, state: OrderState) -> Waits:
    """The waits with one more; unchanged when the rule refuses it."""
    if not may_wait(order, until_done, waits, state=state).allowed:
        return waits
    return replace(waits, open=waits.open | {(order, until_done)})


def hurried(waits: Waits, order: int) -> Waits:
    """The order became an emergency: whatever it waited for no longer holds it."""
    return replace(
        waits,
        open=frozenset(pair for pair in waits.open if pair[0] != order),
        emergencies=waits.emergencies | {order},
    )


def closed(waits: Waits, order: int) -> Waits:
    """The order was done or cancelled: nobody waits for it any more, and it waits for nobody."""
    return replace(
        waits,
        open=frozenset(pair for pair in waits.open if order not in pair),
        closed=waits.closed | {order},
    )


def issued_again(waits: Waits, before: int, after: int) -> Waits:
    """A returned order went out again as another one: who waited for the first waits for the second."""
    moved: Mapping[int, int] = {before: after}
    pairs = ((moved.get(one, one), moved.get(until, until)) for one, until in waits.open)
    emergencies = waits.emergencies | ({after} if before in waits.emergencies else frozenset())
    return replace(waits, open=frozenset(pairs), emergencies=emergencies)


def released(before: Waits, after: Waits) -> tuple[int, ...]:
    """The orders that waited and now wait for nothing, but are still to be done."""
    waited = {order for order, _until in before.open}
    waiting = {order for order, _until in after.open}
    return tuple(sorted(waited - waiting - after.closed))
