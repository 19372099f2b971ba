"""Who inside must be brought what? A round of baskets for all households of a zone, from the register, in one step."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from liankong.actions import Refused, action
from liankong.protocols.inside import Basket, Recipient, inside
from liankong.rules import needs as rules
from liankong.rules import orders_proof, orders_words
from liankong.store import log, needs, orders, zones
from liankong.store.log import Actor, Told
from liankong.store.models import Batch, Household, Order, Organisation, Zone
from liankong.vocabulary.facts import OrderIssued
from liankong.vocabulary.kinds import NeedKind, OrderKind, OrderState, ZoneState

# One order for each household of a zone; beyond that a zone is no zone but a town.
MOST = 20_000


@dataclass(frozen=True, slots=True)
class Round:
    """A round of deliveries that went out: its board, how many orders, households without one, and the stock rule."""

    batch: Batch
    orders: int
    households: int
    stock: rules.Stock


@action("orders.issue")
def deliver_to_zone(
    *,
    zone: int,
    basket: str,
    by: Actor,
    at: datetime,
    each_household: bool = False,
    text: str = "",
    parcels: int | None = None,
) -> Round:
    """Send out a round of one basket: an order for each community of the zone, or for each household.

    `parcels` is how many lie in stock; the answer says whether they suffice. A round of the same basket that is still
    under way is not sent twice.
    """
    row = Zone.objects.filter(pk=zone, state=ZoneState.IN_FORCE).first()
    if row is None:
        raise Refused("there is no such zone in force in your jurisdiction", field="zone")
    kind = _basket(basket)
    _plain(text)
    issuer = Organisation.objects.filter(pk=by.organisation).first() if by.organisation else None
    if issuer is None:
        raise Refused("orders are issued from a post in an organisation")
    if _under_way(row, basket):
        raise Refused("a round of this basket is still under way in this zone", field="basket")
    homes = list(zones.households(row).order_by("division", "pk").values_list("pk", "division")[: MOST + 1])
    if not homes:
        raise Refused("no household of the register lies in this zone", field="zone")
    if len(homes) > MOST:
        raise Refused("at most {most} households in one round", field="zone", most=MOST)
    batch = Batch.objects.create(
        division=row.division,
        title=f"{kind.english} · {row.number} · {row.name}"[:160],
        created_at=at,
        created_by_id=by.user,
    )
    judged = rules.stock(len(homes), basket=basket, parcels=parcels)
    made = _orders(row, kind, homes, issuer, batch, each=each_household, text=text, by=by, at=at)
    Order.objects.bulk_create(made, batch_size=1000)
    told = [
        Told(
            OrderIssued(order=one.pk, order_kind=one.kind, addressee=one.addressee_id, due_at=one.due_at),
            one.pk,
            one.division,
        )
        for one in made
    ]
    log.record_all(told, by=by, at=at)
    return Round(batch=batch, orders=len(made), households=len(homes), stock=judged)


def _orders(
    zone: Zone,
    basket: Basket,
    homes: list[tuple[int, str]],
    issuer: Organisation,
    batch: Batch,
    *,
    each: bool,
    text: str,
    by: Actor,
    at: datetime,
) -> list[Order]:
    norms = inside()
    due = at + norms.supply.deliver_within.value
    basis = str(norms.cite("supply.deliver_within"))[:200]
    bodies: dict[str, Organisation] = {}

    def one(division: str, households: int, household: int | None) -> Order:
        if division not in bodies:
            asked = needs.Asked(kind=NeedKind.FOOD, division=division)
            bodies[division] = needs.recipient(Recipient.COMMUNITY, asked, False, issuer, at)
        detail = {"zone": zone.pk, "basket": basket.code, "households": households}
        asks = {} if each else orders_proof.detail([orders_proof.Proof.FIGURE], unit="households")
        return Order(
            kind=OrderKind.DELIVERY,
            title=orders_words.masked(f"{basket.english} · {zone.number}")[:160],
            text=text.strip(),
            division=division,
            issuer=issuer,
            addressee=bodies[division],
            household_id=household,
            detail=detail | asks,
            batch=batch,
            state=OrderState.ISSUED,
            issued_at=at,
            issued_by_id=by.user,
            due_at=due,
            basis=basis,
        )

    if each:
        return [one(division, 1, pk) for pk, division in homes]
    return [one(division, count, None) for division, count in _counted(division for _pk, division in homes)]


def _counted(divisions: Iterable[str]) -> list[tuple[str, int]]:
    counts: dict[str, int] = {}
    for division in divisions:
        counts[division] = counts.get(division, 0) + 1
    return sorted(counts.items())


@action("orders.issue")
def deliver_to_household(*, household: int, basket: str, by: Actor, at: datetime, text: str = "") -> Order:
    """Send one basket to one household."""
    home = Household.objects.select_related("dwelling").filter(pk=household).first()
    if home is None:
        raise Refused("there is no such household in your jurisdiction", field="household")
    kind = _basket(basket)
    _plain(text)
    issuer = Organisation.objects.filter(pk=by.organisation).first() if by.organisation else None
    if issuer is None:
        raise Refused("orders are issued from a post in an organisation")
    norms = inside()
    asked = needs.Asked(kind=NeedKind.FOOD, division=home.division)
    body = needs.recipient(Recipient.COMMUNITY, asked, False, issuer, at)
    return orders.issue(
        kind=OrderKind.DELIVERY,
        title=kind.english,
        text=text.strip(),
        issuer=issuer,
        addressee=body,
        division=home.division,
        due_at=at + norms.supply.deliver_within.value,
        household=home,
        place=home.dwelling,
        detail={"basket": kind.code, "households": 1},
        basis=str(norms.cite("supply.deliver_within"))[:200],
        by=by,
        at=at,
    )


def _basket(code: str) -> Basket:
    try:
        return inside().basket(code)
    except KeyError:
        raise Refused("there is no such basket", field="basket") from None


def _under_way(zone: Zone, basket: str) -> bool:
    rows = Order.objects.filter(kind=OrderKind.DELIVERY, state__in=needs.RUNNING)
    return rows.filter(detail__zone=zone.pk, detail__basket=basket).exists()


def _plain(text: str) -> None:
    try:
        orders_words.check(text=text)
    except orders_words.PersonalNumber as error:
        raise Refused(error.template, field=error.field) from error
