"""What the boards read: where each move stands, a site at a glance, the reserve of each district. Reads only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Case, CharField, Count, Q, QuerySet, Value, When
from django.db.models.functions import Left

from liankong.protocols.words import Placement
from liankong.rules.capacity import Reserve, SiteRooms, reserve
from liankong.rules.isolation import AT_HOME, StaffTests, staff_test
from liankong.rules.isolation_release import Checklist
from liankong.store.isolation_stay import checklists, staff_tests
from liankong.store.models import Check, Isolation, Person, Room, RoomSwab, Site, StaffTerm
from liankong.vocabulary.kinds import CheckKind, CheckState, PersonKind, RoomState, SiteArea
from liankong.vocabulary.spans import local_day

DRIVEN = (Placement.CENTRAL, Placement.HOSPITAL)
STATES = ("sign", "plan", "way", "home", "late")
COUNTY = 6


def open_moves() -> "QuerySet[Isolation]":
    """Isolations that have not ended, without those who are inside a site."""
    return Isolation.objects.filter(released_at__isnull=True).filter(
        Q(arrived_at__isnull=True) | Q(placement__in=list(AT_HOME))
    )


def standing(name: str, at: datetime) -> Q:
    """Where a move stands: to sign, to plan, on the way, at home, late against its clock. Raises KeyError."""
    signed, going = Q(signed_at__isnull=False), Q(arrived_at__isnull=True)
    return {
        "sign": Q(signed_at__isnull=True),
        "plan": signed & going & Q(trip__isnull=True, placement__in=DRIVEN),
        "way": signed & going & Q(trip__isnull=False),
        "home": signed & Q(placement__in=list(AT_HOME)),
        "late": going & Q(due_at__lt=at),
    }[name]


def counts(at: datetime) -> dict[str, int]:
    """How many stand where; one query."""
    found = open_moves().aggregate(**{name: Count("pk", filter=standing(name, at)) for name in STATES})
    return {name: int(found[name]) for name in STATES}


# --- sites --------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class SiteLine:
    """Rooms of a site by state, and how many people are in it."""

    site: Site
    rooms: int = 0
    ready: int = 0
    held: int = 0
    occupied: int = 0
    cleaning: int = 0
    closed: int = 0
    people: int = 0

    @property
    def open(self) -> bool:
        return self.site.open_from is not None and self.site.closed_at is None

    @property
    def usable(self) -> int:
        return self.rooms - self.closed

    @property
    def free(self) -> int:
        return self.ready - self.held


def site_lines(sites: Sequence[Site], at: datetime) -> list[SiteLine]:
    """The figures of sites, in three queries however many there are."""
    lines = {site.pk: SiteLine(site) for site in sites}
    rooms = (
        Room.objects.filter(site__in=lines)
        .values("site_id", "state")
        .annotate(rooms=Count("pk", distinct=True))
    )
    for row in rooms:
        line = lines[row["site_id"]]
        line.rooms += row["rooms"]
        setattr(line, RoomState(row["state"]).value, row["rooms"])
    taken = (
        Room.objects.filter(site__in=lines, state=RoomState.READY)
        .filter(_held(at))
        .values("site_id")
        .annotate(rooms=Count("pk", distinct=True))
    )
    for one in taken:
        lines[one["site_id"]].held = one["rooms"]
    people = (
        Isolation.objects.filter(site__in=lines, arrived_at__isnull=False, released_at__isnull=True)
        .values("site_id")
        .annotate(people=Count("pk"))
    )
    for inside in people:
        lines[inside["site_id"]].people = inside["people"]
    return list(lines.values())


def _held(at: datetime) -> Q:
    return Q(holds__released_at__isnull=True, holds__isnull=False) & (
        Q(holds__until_at__isnull=True) | Q(holds__until_at__gt=at)
    )


def reserves(division: str, at: datetime) -> list[Reserve]:
    """Each county's rooms against the norm (of one's own division where that is smaller than a county)."""
    length = max(COUNTY, len(division))
    population = {
        row["county"]: row["people"]
        for row in Person.objects.filter(
            kind=PersonKind.RESIDENT, purged_at__isnull=True, division__startswith=division
        )
        .values(county=Left("division", length))
        .annotate(people=Count("pk"))
        .order_by()
    }
    sites = Site.objects.filter(division__startswith=division, closed_at__isnull=True)
    by_county: dict[str, list[SiteRooms]] = {}
    for line in site_lines(list(sites), at):
        within = timedelta(0) if line.open else timedelta(hours=line.site.ready_within_hours)
        by_county.setdefault(line.site.division[:length], []).append(
            SiteRooms(rooms=line.usable, free=line.free, occupied=line.occupied, ready_within=within)
        )
    return [
        reserve(
            county, population=population.get(county, 0), sites=by_county.get(county, ()), on=local_day(at)
        )
        for county in sorted(population.keys() | by_county.keys())
    ]


# --- one site -----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class RoomLine:
    """A room with who is in it, or on the way to it."""

    room: Room
    people: list[Isolation] = field(default_factory=list)

    @property
    def infected(self) -> bool:
        return any(row.infected for row in self.people)


@dataclass(frozen=True, slots=True)
class StaffLine:
    term: StaffTerm
    last_on: date | None
    test: StaffTests


@dataclass(frozen=True, slots=True)
class Board:
    """A site at a glance. `floors` from the top down; `releases` whose day has come or who were proposed."""

    line: SiteLine
    floors: list[tuple[int, list[RoomLine]]]
    coming: list[Isolation]
    tests: list[Check]
    checks: list[Check]
    releases: list[tuple[Isolation, Checklist]]
    staff: list[StaffLine]
    left: list[StaffTerm]

    @property
    def areas(self) -> dict[str, int]:
        return {area.value: sum(one.term.area == area for one in self.staff) for area in SiteArea}

    @property
    def late_staff(self) -> int:
        return sum(one.test.late for one in self.staff)


def board(site: Site, at: datetime) -> Board:
    """Everything of a site's page, in a number of queries that does not grow with its rooms or people."""
    today = local_day(at)
    inside = list(
        Isolation.objects.filter(site=site, released_at__isnull=True)
        .select_related("person", "contact", "hold__room", "site")
        .order_by("pk")
    )
    due = _due(inside, today)
    return Board(
        line=site_lines([site], at)[0],
        floors=_floors(site, inside),
        coming=[row for row in inside if row.arrived_at is None],
        tests=[one for one in due if one.kind in (CheckKind.TEST, CheckKind.ANTIGEN)],
        checks=[one for one in due if one.kind in (CheckKind.TEMPERATURE, CheckKind.SYMPTOMS)],
        releases=_releases(inside, today, at),
        staff=staff_lines(site, at),
        left=list(
            StaffTerm.objects.filter(site=site, monitor_until__gte=today).order_by("monitor_until", "pk")
        ),
    )


def _floors(site: Site, inside: Iterable[Isolation]) -> list[tuple[int, list[RoomLine]]]:
    lines = {room.pk: RoomLine(room) for room in Room.objects.filter(site=site).order_by("floor", "number")}
    for row in inside:
        if row.hold is not None and row.hold.room_id in lines:
            lines[row.hold.room_id].people.append(row)
    floors: dict[int, list[RoomLine]] = {}
    for line in lines.values():
        floors.setdefault(line.room.floor, []).append(line)
    return sorted(floors.items(), reverse=True)


def _due(inside: Sequence[Isolation], today: date) -> list[Check]:
    """Today's checks of those inside, with what was missed before and is still open."""
    contacts = [row.contact_id for row in inside if row.contact_id and row.arrived_at is not None]
    rooms = {row.contact_id: row for row in inside}
    rows = list(
        Check.objects.filter(contact__in=contacts, due_on=today)
        .exclude(state=CheckState.CANCELLED)
        .order_by("due_at", "contact_id", "turn")
    )
    for check in rows:
        check.isolation = rooms[check.contact_id]  # type: ignore[attr-defined]  # for the page alone
    return rows


def _releases(inside: Sequence[Isolation], today: date, at: datetime) -> list[tuple[Isolation, Checklist]]:
    near = [
        row
        for row in inside
        if row.arrived_at is not None
        and (row.release_proposed_at is not None or (row.release_on is not None and row.release_on <= today))
    ]
    found = checklists(near, at)
    return [(row, found[row.pk]) for row in near]


def staff_lines(site: Site, at: datetime) -> list[StaffLine]:
    """Who works in the loop now, the most overdue test first."""
    terms = list(StaffTerm.objects.filter(site=site, until_at__isnull=True).order_by("pk"))
    last = staff_tests(terms)
    lines = [
        StaffLine(
            term,
            last[term.pk],
            staff_test(
                entered_on=local_day(term.from_at),
                last_on=last[term.pk],
                on=local_day(at),
                site_hours=site.staff_test_hours,
            ),
        )
        for term in terms
    ]
    return sorted(lines, key=lambda one: (-one.test.late_days, one.term.pk))


def swabs_of(room: Room, limit: int = 10) -> list[RoomSwab]:
    return list(room.swabs.order_by("-at", "-pk")[:limit])


def state_of() -> Case:
    """The state's name as a column, for lists that show all of them."""
    return Case(
        When(signed_at__isnull=True, then=Value("sign")),
        When(placement__in=list(AT_HOME), then=Value("home")),
        When(trip__isnull=False, then=Value("way")),
        default=Value("plan"),
        output_field=CharField(),
    )
