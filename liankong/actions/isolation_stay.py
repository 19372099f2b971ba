"""What happens inside a site: rooms change state, people change rooms, rooms are swabbed, people are released."""

from datetime import datetime, timedelta

from liankong import protocols
from liankong.actions import Refused, action
from liankong.protocols.words import Placement
from liankong.rules import isolation_rooms as rules
from liankong.rules.isolation import AT_HOME
from liankong.rules.isolation_release import Checklist
from liankong.rules.isolation_rooms import fits_floor
from liankong.store import isolation as store
from liankong.store import log, orders
from liankong.store.isolation_propose import TITLES, body, propose_release
from liankong.store.isolation_stay import checklists
from liankong.store.log import Actor
from liankong.store.models import Entry, Isolation, Room, RoomSwab
from liankong.store.organisations import responsible
from liankong.vocabulary.facts import PersonMovedRoom, PersonReleased, RoomSwabbed
from liankong.vocabulary.kinds import OrderKind, OrganisationKind, ResultValue, RoomState
from liankong.vocabulary.spans import local, local_day


@action("isolation.site")
def set_room(*, room: int, state: RoomState, by: Actor, at: datetime) -> Room:
    """Clean, ready or closed. Occupied is an arrival's doing, and a room that is held stays ready."""
    row = _room(room)
    held = row.holds.filter(store.holding(at)).exists()
    before = RoomState(row.state)
    if before is state:
        return row
    step = rules.room_step(before, state, held=held)
    if not step.allowed:
        raise Refused(step.why.reason, field="state", **step.why.values)
    store.set_room(row, state, by=by, at=at)
    return row


@action("isolation.site")
def swab_room(*, room: int, value: ResultValue, by: Actor, at: datetime) -> RoomSwab:
    """Record what the swab of a room and its objects showed."""
    row = _room(room)
    swab = RoomSwab.objects.create(room=row, value=value, at=at, by_id=by.user)
    fact = RoomSwabbed(site=row.site_id, room=row.pk, value=value)
    log.record(fact, subject=row.site_id, division=row.site.division, by=by, at=at)
    return swab


@action("isolation.move")
def move_room(*, isolation: int, room: int, by: Actor, at: datetime) -> Isolation:
    """Give somebody, and whoever shares their room on purpose, another room of the same status's floor."""
    row = _inside(isolation)
    target = _room(room)
    party = store.locked(
        list(Isolation.objects.filter(hold=row.hold, released_at__isnull=True).values_list("pk", flat=True))
    )
    if row.hold is not None and row.hold.room_id == target.pk:
        return row
    if target.state != RoomState.READY:
        raise Refused("this room is not ready", field="room")
    if target.beds < len(party):
        raise Refused(
            "this room has {beds} beds for {people}", field="room", beds=target.beds, people=len(party)
        )
    there = _statuses(target, besides=[one.pk for one in party])
    if not fits_floor(row.infected, there):
        raise Refused("people of the other infection status are on that floor", field="room")
    hold = store.hold_room(target, from_at=at, by=by, at=at)
    if hold is None:
        raise Refused("this room is held already", field="room")
    for one in party:
        before = one.hold
        one.hold, one.site = hold, target.site
        one.save(update_fields=["hold", "site"])
        if before is not None:
            _give_back(before.room_id, before.pk, by=by, at=at)
            store.let_go(before, at=at)
        fact = PersonMovedRoom(isolation=one.pk, room=target.pk)
        log.record(fact, subject=one.pk, division=one.division, by=by, at=at, protocol=one.protocol)
    if row.arrived_at is not None:
        store.set_room(target, RoomState.OCCUPIED, by=by, at=at)
    row.refresh_from_db()
    return row


def _give_back(room: int | None, hold: int, *, by: Actor, at: datetime) -> None:
    """The room that was left is disinfected once the last of the party is out."""
    if room is None or Isolation.objects.filter(hold=hold, released_at__isnull=True).exists():
        return
    row = Room.objects.select_related("site").get(pk=room)
    if row.state == RoomState.OCCUPIED:
        store.set_room(row, RoomState.CLEANING, by=by, at=at)


def _statuses(room: Room, *, besides: list[int]) -> frozenset[bool]:
    rows = Isolation.objects.filter(
        site=room.site, hold__room__floor=room.floor, released_at__isnull=True
    ).exclude(pk__in=besides)
    return frozenset(rows.values_list("infected", flat=True).distinct())


# --- release ------------------------------------------------------------------------------------------------


@action("isolation.arrange", automatic=True)
def on_contact_released(*, cause: Entry, by: Actor, at: datetime) -> int:
    """The contact was released by signature: who is at home is free, who is at a site leaves by the checklist."""
    rows = store.locked(
        list(
            Isolation.objects.filter(contact=cause.subject, released_at__isnull=True).values_list(
                "pk", flat=True
            )
        )
    )
    for row in rows:
        if row.arrived_at is None:
            store.end(row, "contact_released", by=by, at=at, cause=cause)
        elif Placement(row.placement) in AT_HOME:
            _release(row, by=by, at=at, cause=cause)
        else:
            propose_release(row, "contact_released", by=by, at=at, cause=cause)
    return len(rows)


@action("isolation.site")
def release(*, isolation: int, by: Actor, at: datetime) -> Isolation:
    """Release somebody whose checklist is met. Where the regime goes on at home, that stage begins with it."""
    row = _inside(isolation)
    if row.arrived_at is None:
        raise Refused("they have not arrived yet: call the move off instead")
    found = checklist_of(row, at)
    if found.missing:
        line = found.missing[0]
        raise Refused(line.why.reason, field="", **line.why.values)
    _release(row, by=by, at=at, cause=None)
    if found.then is not None and found.then.last > local_day(at):
        _goes_on_at_home(row, found, by=by, at=at)
    return row


def checklist_of(row: Isolation, at: datetime) -> Checklist:
    return checklists([row], at)[row.pk]


def _release(row: Isolation, *, by: Actor, at: datetime, cause: Entry | None) -> None:
    row.released_at = at
    row.save(update_fields=["released_at"])
    store.leave_room(row, by=by, at=at)
    log.record(
        PersonReleased(isolation=row.pk),
        subject=row.pk,
        division=row.division,
        by=by,
        at=at,
        cause=cause,
        protocol=row.protocol,
    )


def _goes_on_at_home(row: Isolation, found: Checklist, *, by: Actor, at: datetime) -> None:
    """The next stage of the same regime, signed with the release; the community is told by an order."""
    then = found.then
    if then is None:
        return
    day = found.lines[0]
    to = store.mover(then.place, row.division, at)
    order = orders.issue(
        kind=OrderKind.DOOR_KNOCK,
        title=TITLES[then.place].format(person=row.person_id),
        issuer=responsible(OrganisationKind.HEADQUARTERS, row.division, at),
        addressee=to,
        division=row.division,
        person=row.person,
        household=row.person.household,
        # By the end of the stage's first day: its checks are due on that day already.
        due_at=local(local_day(at) + timedelta(days=1)),
        due_fixed=True,
        basis=day.why.basis,
        protocol=row.protocol,
        by=by,
        at=at,
    )
    Isolation.objects.create(
        person=row.person,
        contact=row.contact,
        inquiry=row.inquiry,
        division=row.division,
        subject=row.subject,
        protocol=protocols.load(row.protocol).id,
        starts_on=row.starts_on,
        placement=then.place,
        party=row.party,
        mobility=row.mobility,
        grounds=row.grounds,
        home_granted=row.home_granted,
        determined_at=at,
        due_at=order.due_at,
        signed_at=at,
        signed_by_id=by.user,
        order=order,
        release_on=then.last,
        why=body(day.why) | {"missing": ""},
        created_at=at,
    )


def _inside(isolation: int) -> Isolation:
    rows = store.locked([isolation])
    if not rows:
        raise Refused("there is no such isolation in your jurisdiction")
    if rows[0].released_at is not None:
        raise Refused("this isolation has ended")
    return rows[0]


def _room(room: int) -> Room:
    row = (
        Room.objects.select_for_update(of=("self",), no_key=True)
        .select_related("site")
        .filter(pk=room)
        .first()
    )
    if row is None:
        raise Refused("there is no such room in your jurisdiction", field="room")
    return row
