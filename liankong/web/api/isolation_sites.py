"""Which sites, rooms and vehicles are there, and who works in the closed loop?"""

from typing import Any

from django.http import HttpRequest
from ninja import Router

from liankong.actions import isolation_sites, isolation_stay
from liankong.exchange.isolation_lists import RoomLine
from liankong.store import isolation_board as boards
from liankong.store.models import Room, RoomSwab, Site, StaffTerm, Vehicle
from liankong.web.api.door import caller
from liankong.web.api.isolation_schemas import (
    BoardOut,
    ReserveOut,
    RoomOut,
    RoomsIn,
    SiteIn,
    SiteOut,
    SiteSet,
    StaffIn,
    StaffTermOut,
    StateIn,
    SwabIn,
    SwabOut,
    TakenOut,
    TestedIn,
    VehicleIn,
    VehicleOut,
    VehicleSet,
)
from liankong.web.api.kit import After, Id, Limit, Page, answers, in_sight, paged
from liankong.web.isolation_words import why_words

router = Router(tags=["isolation"])


# --- sites ------------------------------------------------------------------------------------------------------


@router.get("/sites", response=answers(Page[SiteOut]), operation_id="list_sites")
def list_sites(request: HttpRequest, after: After = None, limit: Limit = 50) -> object:
    """Sites in sight with their rooms by state."""
    asking = caller(request)
    asking.need()
    page = paged(Site.objects.all(), order=("division", "id"), after=after, limit=limit)
    page["items"] = [_site(line) for line in boards.site_lines(page["items"], asking.at)]
    return page


@router.get("/sites/reserve", response=answers(list[ReserveOut]), operation_id="site_reserve")
def site_reserve(request: HttpRequest) -> object:
    """Each county's rooms against the norm, and what is ready within 24, 48 and 72 hours."""
    asking = caller(request)
    asking.need()
    return [
        {
            "division": one.division,
            "population": one.population,
            "have": one.have,
            "need": one.need,
            "gap": one.gap,
            "free": one.free,
            "occupied": one.occupied,
            "steps": [
                {
                    "within_hours": int(step.within.total_seconds() // 3600),
                    "need": step.need,
                    "have": step.have,
                    "gap": step.gap,
                }
                for step in one.steps
            ],
            "basis": one.why.basis,
        }
        for one in boards.reserves(asking.division, asking.at)
    ]


@router.post("/sites", response=answers(SiteOut), operation_id="add_site")
def add_site(request: HttpRequest, payload: SiteIn) -> object:
    """Enter a site; its organisation is founded with it where there is none of that code."""
    asking = caller(request)
    made = isolation_sites.add_site(**payload.dict(), by=asking.actor, at=asking.at)
    return _site(boards.site_lines([made], asking.at)[0])


@router.get("/sites/{site}", response=answers(BoardOut), operation_id="site_board")
def site_board(request: HttpRequest, site: Id) -> object:
    """A site today: rooms, areas, tests and checks due, releases with their checklists, staff."""
    asking = caller(request)
    asking.need()
    board = boards.board(in_sight(Site.objects.select_related("place"), site), asking.at)
    return {
        "site": _site(board.line),
        "rooms": [line.room for _floor, rooms in board.floors for line in rooms],
        "areas": board.areas,
        "coming": [row.pk for row in board.coming],
        "tests_due": [one.pk for one in board.tests],
        "checks_due": [one.pk for one in board.checks],
        "releases": [
            {
                "isolation": row.pk,
                "lines": [
                    {"item": line.item.value, "met": line.met, "reason": why_words(line.why)}
                    for line in found.lines
                ],
            }
            for row, found in board.releases
        ],
        "staff": [
            {
                "id": one.term.pk,
                "person": one.term.person_id,
                "area": one.term.area,
                "job": one.term.job,
                "last_on": one.last_on,
                "due_on": one.test.due_on,
                "late_days": one.test.late_days,
            }
            for one in board.staff
        ],
    }


@router.post("/sites/{site}", response=answers(SiteOut), operation_id="set_site")
def set_site(request: HttpRequest, site: Id, payload: SiteSet) -> object:
    """Open, close, or set the site's own rules."""
    asking = caller(request)
    in_sight(Site.objects.all(), site)
    row = isolation_sites.set_site(site=site, **payload.dict(), by=asking.actor, at=asking.at)
    return _site(boards.site_lines([row], asking.at)[0])


@router.post("/sites/{site}/rooms", response=answers(TakenOut), operation_id="add_rooms")
def add_rooms(request: HttpRequest, site: Id, payload: RoomsIn) -> object:
    """Enter rooms, one or many; a number that stands already is a duplicate."""
    asking = caller(request)
    row = in_sight(Site.objects.select_related("organisation"), site)
    lines = [
        RoomLine(
            row=at,
            site=row.organisation.code,
            room=one.number.strip(),
            floor=one.floor,
            beds=one.beds,
            accessible=one.accessible,
        )
        for at, one in enumerate(payload.rooms, start=1)
    ]
    return _taken(isolation_sites.take_rooms(lines=lines, by=asking.actor, at=asking.at))


@router.post("/sites/{site}/staff", response=answers(StaffTermOut), operation_id="join_staff")
def join_staff(request: HttpRequest, site: Id, payload: StaffIn) -> object:
    """Somebody begins to work in an area of the site."""
    asking = caller(request)
    in_sight(Site.objects.all(), site)
    return isolation_sites.join_staff(site=site, **payload.dict(), by=asking.actor, at=asking.at)


@router.post("/staff/{term}/tested", response=answers(StaffTermOut), operation_id="staff_tested")
def staff_tested(request: HttpRequest, term: Id, payload: TestedIn) -> object:
    """A sample was given on a day."""
    asking = caller(request)
    in_sight(StaffTerm.objects.all(), term)
    return isolation_sites.test_staff(term=term, on=payload.on, by=asking.actor, at=asking.at)


@router.post("/staff/{term}/leave", response=answers(StaffTermOut), operation_id="leave_loop")
def leave_loop(request: HttpRequest, term: Id) -> object:
    """Somebody leaves the closed loop; the protocol in force says what follows."""
    asking = caller(request)
    in_sight(StaffTerm.objects.all(), term)
    return isolation_sites.leave_loop(term=term, by=asking.actor, at=asking.at)


@router.get("/rooms/{room}", response=answers(RoomOut), operation_id="get_room")
def get_room(request: HttpRequest, room: Id) -> object:
    """One room."""
    caller(request).need()
    return in_sight(Room.objects.all(), room)


@router.post("/rooms/{room}/state", response=answers(RoomOut), operation_id="set_room")
def set_room(request: HttpRequest, room: Id, payload: StateIn) -> object:
    """Ready, being disinfected or closed; occupied is an arrival's doing."""
    asking = caller(request)
    in_sight(Room.objects.all(), room)
    return isolation_stay.set_room(room=room, state=payload.state, by=asking.actor, at=asking.at)


@router.post("/rooms/{room}/swabs", response=answers(SwabOut), operation_id="swab_room")
def swab_room(request: HttpRequest, room: Id, payload: SwabIn) -> RoomSwab:
    """What the swab of a room and its objects showed."""
    asking = caller(request)
    in_sight(Room.objects.all(), room)
    return isolation_stay.swab_room(room=room, value=payload.value, by=asking.actor, at=asking.at)


@router.get("/vehicles", response=answers(Page[VehicleOut]), operation_id="list_vehicles")
def list_vehicles(request: HttpRequest, after: After = None, limit: Limit = 50) -> object:
    """The fleet in sight."""
    caller(request).need()
    return paged(Vehicle.objects.all(), order=("plate", "id"), after=after, limit=limit)


@router.post("/vehicles", response=answers(VehicleOut), operation_id="add_vehicle")
def add_vehicle(request: HttpRequest, payload: VehicleIn) -> object:
    """Enter a vehicle."""
    asking = caller(request)
    return isolation_sites.add_vehicle(**payload.dict(), by=asking.actor, at=asking.at)


@router.post("/vehicles/{vehicle}", response=answers(VehicleOut), operation_id="set_vehicle")
def set_vehicle(request: HttpRequest, vehicle: Id, payload: VehicleSet) -> object:
    """Take a vehicle out of service, or back."""
    asking = caller(request)
    in_sight(Vehicle.objects.all(), vehicle)
    return isolation_sites.set_vehicle(
        vehicle=vehicle, out_of_service=payload.out_of_service, by=asking.actor, at=asking.at
    )


def _site(line: boards.SiteLine) -> dict[str, Any]:
    row = line.site
    return {
        "id": row.pk,
        "organisation": row.organisation_id,
        "division": row.division,
        "open": line.open,
        "ready_within_hours": row.ready_within_hours,
        "rooms": line.rooms,
        "free": line.free,
        "held": line.held,
        "occupied": line.occupied,
        "cleaning": line.cleaning,
        "closed": line.closed,
        "people": line.people,
    }


def _taken(done: isolation_sites.Taken) -> dict[str, Any]:
    return {
        "rows": done.rows,
        "accepted": done.accepted,
        "rejected": done.rejected,
        "duplicate": done.duplicate,
        "rejects": list(done.rejects),
    }
