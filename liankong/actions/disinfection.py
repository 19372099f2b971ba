"""Where must be sampled and disinfected, and what was found? Orders on places; their ends move a zone's clock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from liankong.actions import Refused, action
from liankong.rules import disinfection as rules
from liankong.rules import orders_proof, orders_words
from liankong.rules.orders_clock import RUNNING
from liankong.rules.orders_proof import Proof
from liankong.store import log, orders
from liankong.store.log import Actor
from liankong.store.models import Batch, Case, Order, Organisation, Place, Site, Stay, Zone, ZonePlace
from liankong.store.organisations import NobodyResponsible, responsible
from liankong.vocabulary.facts import OrderDone
from liankong.vocabulary.kinds import OrderKind, OrderState, OrganisationKind

# Whom it goes to: the nearest body of the first kind that exists.
BODIES: dict[OrderKind, tuple[OrganisationKind, ...]] = {
    OrderKind.DISINFECTION: (
        OrganisationKind.DISINFECTION,
        OrganisationKind.CDC,
        OrganisationKind.HEADQUARTERS,
    ),
    OrderKind.ENVIRONMENT_SAMPLE: (OrganisationKind.CDC, OrganisationKind.HEADQUARTERS),
}
TITLES = {
    OrderKind.DISINFECTION: "Terminal disinfection",
    OrderKind.ENVIRONMENT_SAMPLE: "Environment samples",
}
MOST = 300


@dataclass(frozen=True, slots=True)
class Ordered:
    """What went out, and the orders of the same kind that run there already and were not issued twice."""

    orders: tuple[Order, ...]
    standing: tuple[Order, ...]


@action("orders.issue")
def order_places(
    *,
    places: Sequence[int],
    what: Sequence[OrderKind],
    by: Actor,
    at: datetime,
    text: str = "",
    case: int | None = None,
) -> Ordered:
    """Order samples or disinfection, or both, for places of the register. A place that waits for one is skipped."""
    about = Case.objects.filter(pk=case).first() if case is not None else None
    if case is not None and about is None:
        raise Refused("there is no such case in your jurisdiction", field="case")
    return _issue(list(dict.fromkeys(places)), what, by, at, text=text, case=about)


@action("orders.issue")
def order_for_case(
    *, case: int, what: Sequence[OrderKind], by: Actor, at: datetime, text: str = ""
) -> Ordered:
    """For all places of a case's confirmed track, and its home, in one step."""
    row = Case.objects.select_related("person__household").filter(pk=case).first()
    if row is None:
        raise Refused("there is no such case in your jurisdiction", field="case")
    stays = Stay.objects.filter(
        investigation__case=row, place__isnull=False, confirmed_at__isnull=False
    ).order_by("from_at", "pk")
    found = [pk for pk in stays.values_list("place", flat=True) if pk is not None]
    home = row.person.household.dwelling_id if row.person.household else None
    keys = list(dict.fromkeys([*([home] if home else []), *found]))
    if not keys:
        raise Refused("no place of the register stands in this case's confirmed track", field="case")
    return _issue(keys, what, by, at, text=text, case=row)


@action("orders.issue")
def order_for_zone(
    *, zone: int, what: Sequence[OrderKind], by: Actor, at: datetime, text: str = ""
) -> Ordered:
    """For the places of a zone: the outermost of those that it holds."""
    row = Zone.objects.select_related("case").filter(pk=zone).first()
    if row is None:
        raise Refused("there is no such zone in your jurisdiction", field="zone")
    inside = ZonePlace.objects.filter(zone=row).values("place")
    keys = list(
        Place.objects.filter(pk__in=inside)
        .exclude(parent__in=inside)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    if not keys:
        raise Refused("no place of the register lies in this zone: choose places by hand", field="zone")
    return _issue(keys, what, by, at, text=text, case=row.case)


@action("orders.issue")
def order_for_site(
    *, site: int, what: Sequence[OrderKind], by: Actor, at: datetime, text: str = ""
) -> Ordered:
    """For an isolation site, where the register knows its place."""
    row = Site.objects.filter(pk=site).first()
    if row is None:
        raise Refused("there is no such site in your jurisdiction", field="site")
    if row.place_id is None:
        raise Refused("the register knows no place of this site", field="site")
    return _issue([row.place_id], what, by, at, text=text)


def _issue(
    keys: Sequence[int],
    what: Sequence[OrderKind],
    by: Actor,
    at: datetime,
    *,
    text: str = "",
    case: Case | None = None,
) -> Ordered:
    kinds = [kind for kind in rules.KINDS if kind in set(what)]
    if not kinds or len(kinds) != len(set(what)):
        raise Refused("choose disinfection, samples, or both", field="what")
    if not 0 < len(keys) <= MOST:
        raise Refused("choose 1 to {most} places", field="places", most=MOST)
    _plain(text=text)
    issuer = Organisation.objects.filter(pk=by.organisation).first() if by.organisation else None
    if issuer is None:
        raise Refused("orders are issued from a post in an organisation")
    places = {row.pk: row for row in Place.objects.filter(pk__in=keys)}
    if len(places) != len(set(keys)):
        raise Refused("there is no such place in your jurisdiction", field="places")
    running = {(row.place_id, row.kind): row for row in _running(keys, kinds)}
    wanted = [(places[key], kind) for key in keys for kind in kinds if (key, kind.value) not in running]
    batch = None
    if len(wanted) > 1:
        title = " · ".join(TITLES[kind] for kind in kinds)
        batch = Batch.objects.create(division=by.division, title=title, created_at=at, created_by_id=by.user)
    made = tuple(_one(place, kind, issuer, batch, by, at, text=text, case=case) for place, kind in wanted)
    return Ordered(orders=made, standing=tuple(running.values()))


def _running(keys: Iterable[int], kinds: Iterable[OrderKind]) -> list[Order]:
    return list(Order.objects.filter(place__in=keys, kind__in=list(kinds), state__in=RUNNING).order_by("pk"))


def _one(
    place: Place,
    kind: OrderKind,
    issuer: Organisation,
    batch: Batch | None,
    by: Actor,
    at: datetime,
    *,
    text: str,
    case: Case | None,
) -> Order:
    task = rules.task(kind, now=at)
    unit = "positive points" if kind == OrderKind.ENVIRONMENT_SAMPLE else ""
    body = _body(kind, place.division, issuer, at)
    return orders.issue(
        kind=kind,
        title=orders_words.masked(f"{TITLES[kind]} · {place.name}"),
        text=text.strip(),
        issuer=issuer,
        addressee=body,
        division=place.division,
        due_at=task.due_at,
        place=place,
        case=case,
        # Whoever closes it as any other order must give the figure too: no result, no end.
        detail=orders_proof.detail([Proof.FIGURE], unit=unit) if unit else {},
        batch=batch,
        basis=task.why.basis,
        by=by,
        at=at,
    )


def _body(kind: OrderKind, division: str, issuer: Organisation, at: datetime) -> Organisation:
    for one in BODIES[kind]:
        try:
            return responsible(one, division, at)
        except NobodyResponsible:
            continue
    return issuer


@action("orders.handle")
def report(*, order: int, samples: int, positive: int, by: Actor, at: datetime, words: str = "") -> Order:
    """Enter what the points of a place showed; that closes the order, and the zones there hear of it."""
    row = orders.locked(order)
    if row is None or row.kind != OrderKind.ENVIRONMENT_SAMPLE or row.state == OrderState.DRAFT:
        raise Refused("there is no such sampling in your jurisdiction")
    if by.organisation != row.addressee_id:
        raise Refused("this order is addressed to another organisation")
    if OrderState(row.state) not in RUNNING:
        raise Refused("this order is closed already")
    judged = rules.may_report(samples=samples, positive=positive)
    if not judged.allowed:
        raise Refused(judged.why.reason, field=judged.field, **judged.why.values)
    _plain(words=words)
    found = rules.value(positive=positive)
    row.detail = {**row.detail, "samples": samples, "positive": positive, "result": found.value}
    row.proof_figure = float(positive)
    row.state, row.done_at, row.done_by_id = OrderState.DONE, at, by.user
    row.received_at, row.received_by_id = row.received_at or at, row.received_by_id or by.user
    row.proof = (words.strip() or f"{positive} of {samples} points positive")[:300]
    row.save()
    late = at > row.due_at
    log.record(
        OrderDone(order=row.pk, order_kind=row.kind, late=late),
        subject=row.pk,
        division=row.division,
        by=by,
        at=at,
    )
    return row


def _plain(**texts: str) -> None:
    try:
        orders_words.check(**texts)
    except orders_words.PersonalNumber as error:
        raise Refused(error.template, field=error.field) from error
