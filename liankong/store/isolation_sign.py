"""The signature as rows: rooms chosen and held, orders running, drives planned. One party at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from liankong.protocols.words import Placement
from liankong.rules.isolation_rooms import RoomFacts, RoomNeed, choose_room, fits_floor
from liankong.rules.isolation_trips import kilometres
from liankong.rules.why import Why
from liankong.store import isolation as store
from liankong.store import isolation_trips, log, orders
from liankong.store.isolation_propose import missing_of
from liankong.store.log import Actor
from liankong.store.models import Hold, Isolation, Organisation, Room, Site, Trip
from liankong.store.organisations import NobodyResponsible, responsible
from liankong.vocabulary.facts import TransferOrdered
from liankong.vocabulary.kinds import Mobility, OrganisationKind

RULE = "isolation.sign"


@dataclass(slots=True)
class Outcome:
    signed: list[int] = field(default_factory=list)
    refused: dict[int, Why] = field(default_factory=dict)
    trips: list[Trip] = field(default_factory=list)
    unplanned: dict[int, Why] = field(default_factory=dict)


def sign(
    rows: Sequence[Isolation],
    *,
    hospital: Organisation | None,
    leaves_at: datetime,
    by: Actor,
    at: datetime,
) -> Outcome:
    """Sign proposals party by party, the most urgent first; those who cannot be signed stay proposals."""
    outcome = Outcome()
    desk = Desk(by.division, at)
    done: list[Isolation] = []
    for group in _parties(rows):
        refusal = _sign_party(group, desk, hospital, by=by, at=at)
        if refusal is not None:
            outcome.refused |= {row.pk: refusal for row in group}
            continue
        done.extend(group)
    outcome.signed = [row.pk for row in done]
    outcome.trips, outcome.unplanned = isolation_trips.plan(done, leaves_at=leaves_at, by=by, at=at)
    return outcome


def _parties(rows: Sequence[Isolation]) -> list[list[Isolation]]:
    """Whoever belongs together is signed together, also those of the party that were not ticked."""
    wanted = {row.party for row in rows if row.party is not None}
    others = store.proposed().filter(party__in=wanted).exclude(pk__in=[row.pk for row in rows])
    everyone = [*rows, *store.locked(list(others.values_list("pk", flat=True)))]
    groups: dict[tuple[str, int], list[Isolation]] = {}
    for row in everyone:
        name = ("alone", row.pk) if row.party is None else ("party", row.party)
        groups.setdefault(name, []).append(row)

    def urgency(group: list[Isolation]) -> tuple[float, int]:
        due = [row.due_at.timestamp() for row in group if row.due_at is not None]
        return min(due, default=float("inf")), group[0].pk

    return sorted(groups.values(), key=urgency)


class Desk:
    """Free rooms and floors of the sites in sight, read once for a whole batch; the sites are locked meanwhile."""

    def __init__(self, division: str, at: datetime) -> None:
        open_now = Site.objects.filter(
            division__startswith=division, open_from__lte=at, closed_at__isnull=True
        ).order_by("pk")
        # Locked without the key, so that rows that point to a site can still be written.
        self.sites = {
            site.pk: site
            for site in open_now.select_related("place", "organisation").select_for_update(
                of=("self",), no_key=True
            )
        }
        self.free = store.free_rooms(self.sites, at)
        self.floors = store.floors_of(self.sites.values())

    def near(self, row: Isolation) -> list[RoomFacts]:
        """What can be given to somebody: of rooms that are alike, the first."""
        home = store.spot_of_person(row.person)
        away = {key: kilometres(home, store.spot_of_site(site)) for key, site in self.sites.items()}
        return [
            RoomFacts(
                key=keys[0],
                site=alike.site,
                floor=alike.floor,
                beds=alike.beds,
                accessible=alike.accessible,
                distance=away[alike.site],
            )
            for alike, keys in self.free.items()
            if keys
        ]

    def take(self, room: int, *, infected: bool) -> None:
        """The room, one of `near`, is held from here on, also for the rest of the batch."""
        alike = next(alike for alike, keys in self.free.items() if keys and keys[0] == room)
        self.free[alike].popleft()
        floor = (alike.site, alike.floor)
        self.floors[floor] = self.floors.get(floor, frozenset()) | {infected}


def _sign_party(
    group: list[Isolation], desk: Desk, hospital: Organisation | None, *, by: Actor, at: datetime
) -> Why | None:
    """Sign one party, or say why not."""
    closed = [row for row in group if row.signed_at is not None or row.released_at is not None]
    if closed:
        return Why(rule=RULE, reason="This was signed or ended already.")
    if missing := missing_of(group):
        return Why(rule=RULE, reason=missing)
    placement = Placement(group[0].placement)
    if placement is Placement.CENTRAL:
        refusal = _give_room(group, desk, by=by, at=at)
    elif placement is Placement.HOSPITAL:
        refusal = _give_hospital(group, hospital, at)
    else:
        refusal = None
    if refusal is None:
        for row in group:
            _finish(row, by=by, at=at)
    return refusal


def _give_room(group: list[Isolation], desk: Desk, *, by: Actor, at: datetime) -> Why | None:
    joined = _room_of_party(group)
    if joined is not None:
        return _join(group, joined)
    need = RoomNeed(
        people=len(group), infected=group[0].infected, mobility=tuple(Mobility(row.mobility) for row in group)
    )
    while True:
        choice = choose_room(need, desk.near(group[0]), desk.floors)
        if choice.room is None:
            return choice.why
        room = Room.objects.select_related("site").get(pk=choice.room)
        hold = store.hold_room(room, from_at=at, by=by, at=at)
        desk.take(room.pk, infected=need.infected)
        if hold is not None:
            break
    for row in group:
        row.site, row.hold = desk.sites[room.site_id], hold
    return None


def _room_of_party(group: list[Isolation]) -> Hold | None:
    """The room of a carer who was signed before."""
    if group[0].party is None:
        return None
    rows = store.in_force().filter(party=group[0].party, hold__room__isnull=False)
    first = rows.select_related("hold__room").order_by("pk").first()
    return first.hold if first else None


def _join(group: list[Isolation], hold: Hold) -> Why | None:
    inside = Isolation.objects.filter(hold=hold, released_at__isnull=True).select_related("site")
    there = list(inside)
    if hold.room is None or hold.room.beds < len(there) + len(group):
        return Why(
            rule=RULE, reason="The carer's room has no bed left: move the carer to a larger one first."
        )
    if not fits_floor(group[0].infected, frozenset(row.infected for row in there)):
        return Why(rule=RULE, reason="The carer's infection status differs: name another.")
    for row in group:
        row.site, row.hold = there[0].site, hold
    return None


def _give_hospital(group: list[Isolation], hospital: Organisation | None, at: datetime) -> Why | None:
    try:
        to = hospital or responsible(OrganisationKind.HOSPITAL, group[0].division, at)
    except NobodyResponsible:
        return Why(rule=RULE, reason="No hospital answers for this division: name one.")
    for row in group:
        row.hospital = to
    return None


def _finish(row: Isolation, *, by: Actor, at: datetime) -> None:
    """The row is signed, its order runs. A move that was signed before and not made is replaced."""
    before = store.in_force().filter(person=row.person, arrived_at__isnull=True).exclude(pk=row.pk)
    for other in store.locked(list(before.values_list("pk", flat=True))):
        store.end(other, "replaced", by=by, at=at)
    row.signed_at, row.signed_by_id = at, by.user
    row.save(update_fields=["signed_at", "signed_by", "site", "hold", "hospital"])
    if row.order is not None:
        orders.sign(row.order, due_at=max(row.due_at or at, at), by=by, at=at, protocol=row.protocol)
    log.record(
        TransferOrdered(isolation=row.pk, order=row.order_id or 0),
        subject=row.pk,
        division=row.division,
        by=by,
        at=at,
        protocol=row.protocol,
    )
