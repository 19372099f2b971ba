"""Which sites, rooms and vehicles are there, and who works in the closed loop? By form, or many rows at once."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from liankong import protocols
from liankong.actions import Refused, action
from liankong.exchange.isolation_lists import Reject, RoomLine, VehicleLine
from liankong.rules import isolation as rules
from liankong.store import isolation as store
from liankong.store import log
from liankong.store.log import Actor
from liankong.store.models import (
    Isolation,
    Organisation,
    OrganisationTerm,
    Person,
    Place,
    Room,
    Site,
    StaffTerm,
    Vehicle,
)
from liankong.store.outbreaks import NoOutbreak, current
from liankong.vocabulary.facts import FleetChanged, OrganisationChanged, SiteChanged, StaffChanged
from liankong.vocabulary.kinds import OrganisationKind, RoomState, SiteArea
from liankong.vocabulary.spans import local_day


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a list: every row was accepted, rejected or stood there already."""

    rows: int
    accepted: int
    duplicate: int
    rejects: tuple[Reject, ...] = field(default_factory=tuple)

    @property
    def rejected(self) -> int:
        return len(self.rejects)


# --- sites --------------------------------------------------------------------------------------------------


@action("isolation.site")
def add_site(
    *,
    code: str,
    name: str,
    division: str,
    by: Actor,
    at: datetime,
    place: Place | None = None,
    open_now: bool = False,
    ready_within_hours: int = 0,
) -> Site:
    """Enter a site. An organisation of that code is taken if there is one, else it is founded with the site."""
    if not division.startswith(by.division):
        raise Refused("this division lies outside your jurisdiction", field="division")
    if not code.strip() or not name.strip():
        raise Refused("give it a code and a name", field="code" if name.strip() else "name")
    body = Organisation.objects.filter(code=code.strip()).first()
    if body is None:
        body = _found(code.strip(), name.strip(), division, by, at)
    elif body.kind != OrganisationKind.ISOLATION_SITE:
        raise Refused("{code} is an organisation of another kind", field="code", code=code)
    elif not body.division.startswith(by.division):
        raise Refused("{code} is an organisation of another jurisdiction", field="code", code=code)
    if Site.objects.filter(organisation=body).exists():
        raise Refused("the site {code} exists already", field="code", code=code)
    row = Site.objects.create(
        organisation=body,
        division=division,
        place=place,
        open_from=at if open_now else None,
        ready_within_hours=0 if open_now else ready_within_hours,
    )
    _changed(row, "entered", by, at)
    return row


def _found(code: str, name: str, division: str, by: Actor, at: datetime) -> Organisation:
    body = Organisation.objects.create(code=code, kind=OrganisationKind.ISOLATION_SITE, division=division)
    OrganisationTerm.objects.create(organisation=body, name=name, parent_id=by.organisation, from_at=at)
    log.record(
        OrganisationChanged(organisation=body.pk, change=f"founded from {at.isoformat()}"),
        subject=body.pk,
        division=division,
        by=by,
        at=at,
    )
    return body


@action("isolation.site")
def set_site(
    *,
    site: int,
    by: Actor,
    at: datetime,
    open_now: bool | None = None,
    ready_within_hours: int | None = None,
    staff_test_hours: int | None = None,
) -> Site:
    """Open a site of the reserve, close an empty one, say how fast it is ready or how often its staff is tested."""
    row = _site(site)
    if open_now is True and (row.open_from is None or row.closed_at is not None):
        row.open_from, row.closed_at, change = at, None, "opened"
    elif open_now is False and row.open_from is not None and row.closed_at is None:
        if Isolation.objects.filter(site=row, released_at__isnull=True).exists():
            raise Refused("people are inside or on their way: a site is closed when it is empty")
        row.open_from, row.closed_at, change = None, None, "closed"
    else:
        change = "settings changed"
    if ready_within_hours is not None:
        row.ready_within_hours = ready_within_hours
    if staff_test_hours is not None:
        row.staff_test_hours = staff_test_hours or None
    row.save()
    _changed(row, change, by, at)
    return row


def _changed(row: Site, change: str, by: Actor, at: datetime) -> None:
    log.record(SiteChanged(site=row.pk, change=change), subject=row.pk, division=row.division, by=by, at=at)


def _site(site: int) -> Site:
    row = Site.objects.select_for_update(of=("self",), no_key=True).filter(pk=site).first()
    if row is None:
        raise Refused("there is no such site in your jurisdiction", field="site")
    return row


@action("isolation.site")
def add_room(
    *,
    site: int,
    number: str,
    by: Actor,
    at: datetime,
    floor: int = 1,
    beds: int = 1,
    accessible: bool = False,
) -> Room:
    """Enter one room, ready for use."""
    row = _site(site)
    if not number.strip():
        raise Refused("give the room a number", field="number")
    if Room.objects.filter(site=row, number=number.strip()).exists():
        raise Refused("the room {number} exists already", field="number", number=number)
    room = Room.objects.create(
        site=row,
        number=number.strip(),
        floor=floor,
        beds=beds,
        accessible=accessible,
        state=RoomState.READY,
        state_since=at,
    )
    _changed(row, "rooms entered: 1", by, at)
    return room


@action("isolation.site")
def take_rooms(
    *,
    lines: Iterable[RoomLine],
    by: Actor,
    at: datetime,
    rows: int | None = None,
    rejects: Iterable[Reject] = (),
) -> Taken:
    """Enter many rooms. A room that stands already, in the list or in the register, is a duplicate."""
    given, bad = list(lines), list(rejects)
    sites = {
        site.organisation.code: site
        for site in Site.objects.filter(organisation__code__in={line.site for line in given})
        .select_related("organisation")
        .select_for_update(of=("self",), no_key=True)
    }
    there = set(Room.objects.filter(site__in=sites.values()).values_list("site_id", "number"))
    made: dict[tuple[int, str], Room] = {}
    duplicate = 0
    for line in given:
        site = sites.get(line.site)
        if site is None:
            bad.append(Reject(row=line.row, field="site", expected="the code of a site in your jurisdiction"))
            continue
        key = (site.pk, line.room)
        if key in there or key in made:
            duplicate += 1
            continue
        made[key] = Room(
            site=site,
            number=line.room,
            floor=line.floor,
            beds=line.beds,
            accessible=line.accessible,
            state=RoomState.READY,
            state_since=at,
        )
    Room.objects.bulk_create(made.values())
    for site in sites.values():
        count = sum(key == site.pk for key, _number in made)
        if count:
            _changed(site, f"rooms entered: {count}", by, at)
    total = rows if rows is not None else len(given) + len(bad)
    return Taken(total, len(made), duplicate, tuple(sorted(bad, key=lambda one: one.row)))


# --- vehicles -----------------------------------------------------------------------------------------------


@action("isolation.arrange")
def add_vehicle(
    *,
    plate: str,
    organisation: int,
    seats: int,
    by: Actor,
    at: datetime,
    wheelchairs: int = 0,
    stretchers: int = 0,
    negative_pressure: bool = False,
) -> Vehicle:
    """Enter a vehicle of a fleet."""
    body = Organisation.objects.filter(pk=organisation).first()
    if body is None or not body.division.startswith(by.division):
        raise Refused("there is no such organisation in your jurisdiction", field="organisation")
    plain = plate.strip().upper().replace(" ", "")
    if not plain:
        raise Refused("give the plate", field="plate")
    if seats + wheelchairs + stretchers < 1:
        raise Refused("a vehicle has room for one passenger at least", field="seats")
    if Vehicle.objects.filter(plate=plain).exists():
        raise Refused("the vehicle {plate} exists already", field="plate", plate=plain)
    row = Vehicle.objects.create(
        organisation=body,
        division=body.division,
        plate=plain,
        seats=seats,
        wheelchairs=wheelchairs,
        stretchers=stretchers,
        negative_pressure=negative_pressure,
    )
    _fleet(row, "entered", by, at)
    return row


@action("isolation.arrange")
def set_vehicle(*, vehicle: int, out_of_service: bool, by: Actor, at: datetime) -> Vehicle:
    """Take a vehicle out of service, or back; one that is on its way comes home first."""
    row = Vehicle.objects.select_for_update(of=("self",)).filter(pk=vehicle).first()
    if row is None:
        raise Refused("there is no such vehicle in your jurisdiction")
    if out_of_service and row.holds.filter(store.holding(at)).exists():
        raise Refused("this vehicle is held for a trip: call the trip off first")
    if row.out_of_service != out_of_service:
        row.out_of_service = out_of_service
        row.save(update_fields=["out_of_service"])
        _fleet(row, "out of service" if out_of_service else "in service", by, at)
    return row


@action("isolation.arrange")
def take_vehicles(
    *,
    lines: Iterable[VehicleLine],
    by: Actor,
    at: datetime,
    rows: int | None = None,
    rejects: Iterable[Reject] = (),
) -> Taken:
    """Enter many vehicles. A plate that stands already is a duplicate."""
    given, bad = list(lines), list(rejects)
    bodies = {
        body.code: body
        for body in Organisation.objects.filter(code__in={line.organisation for line in given})
        if body.division.startswith(by.division)
    }
    there = set(
        Vehicle.objects.filter(plate__in=[line.plate for line in given]).values_list("plate", flat=True)
    )
    accepted = duplicate = 0
    for line in given:
        body = bodies.get(line.organisation)
        if body is None:
            bad.append(
                Reject(row=line.row, field="organisation", expected="the code of a body in your jurisdiction")
            )
            continue
        if line.plate in there:
            duplicate += 1
            continue
        there.add(line.plate)
        row = Vehicle.objects.create(
            organisation=body,
            division=body.division,
            plate=line.plate,
            seats=line.seats,
            wheelchairs=line.wheelchairs,
            stretchers=line.stretchers,
            negative_pressure=line.negative_pressure,
        )
        _fleet(row, "entered", by, at)
        accepted += 1
    total = rows if rows is not None else len(given) + len(bad)
    return Taken(total, accepted, duplicate, tuple(sorted(bad, key=lambda one: one.row)))


def _fleet(row: Vehicle, change: str, by: Actor, at: datetime) -> None:
    log.record(
        FleetChanged(vehicle=row.pk, change=change), subject=row.pk, division=row.division, by=by, at=at
    )


# --- the closed loop ----------------------------------------------------------------------------------------


@action("isolation.site")
def join_staff(*, site: int, person: int, area: SiteArea, job: str, by: Actor, at: datetime) -> StaffTerm:
    """Somebody begins to work in an area of a site; a change of area is a new term. One site at a time."""
    row = _site(site)
    who = Person.objects.filter(pk=person).first()
    if who is None:
        raise Refused("there is no such person in your jurisdiction", field="person")
    if not job.strip():
        raise Refused("say what their work is", field="job")
    before = StaffTerm.objects.select_for_update().filter(person=who, until_at__isnull=True).first()
    if before is not None and before.site_id != row.pk:
        raise Refused("they work in the loop of another site: they leave it first", field="person")
    if before is not None:
        before.until_at = at
        before.save(update_fields=["until_at"])
    term = StaffTerm.objects.create(
        site=row,
        person=who,
        area=area,
        job=job.strip(),
        from_at=at,
        last_tested_on=before.last_tested_on if before else None,
    )
    _staff(row, f"person {who.pk} in {area}", by, at)
    return term


@action("isolation.site")
def test_staff(*, term: int, on: date, by: Actor, at: datetime) -> StaffTerm:
    """Write down that somebody of the loop gave a sample on a day; results of the laboratory count by themselves."""
    row = _term(term)
    if on > local_day(at):
        raise Refused("this day has not come yet", field="on")
    if row.last_tested_on is None or on > row.last_tested_on:
        row.last_tested_on = on
        row.save(update_fields=["last_tested_on"])
        _staff(row.site, f"person {row.person_id} tested", by, at)
    return row


@action("isolation.site")
def leave_loop(*, term: int, by: Actor, at: datetime) -> StaffTerm:
    """Somebody leaves the closed loop; the protocol in force says what monitoring follows."""
    row = _term(term)
    row.until_at, row.left_loop_on = max(at, row.from_at), local_day(at)
    try:
        protocol = protocols.load(current(row.site.division, at).protocol)
    except NoOutbreak:
        follows = None
    else:
        follows = rules.leave_loop(protocol, on=local_day(at))
    if follows is not None and follows.place is not None:
        row.monitor_until, row.monitor_at = follows.until, follows.place
    row.save()
    _staff(row.site, f"person {row.person_id} left the loop", by, at)
    return row


def _term(term: int) -> StaffTerm:
    row = StaffTerm.objects.select_for_update(of=("self",)).select_related("site").filter(pk=term).first()
    if row is None:
        raise Refused("there is nobody of this number on the staff of a site in your jurisdiction")
    if row.until_at is not None:
        raise Refused("this term has ended")
    return row


def _staff(site: Site, change: str, by: Actor, at: datetime) -> None:
    log.record(
        StaffChanged(site=site.pk, change=change), subject=site.pk, division=site.division, by=by, at=at
    )
