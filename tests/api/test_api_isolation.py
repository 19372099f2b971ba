"""A program does what the boards do: sign, plan, tap, swab, release, enter rooms; and is refused as a person is."""

from collections.abc import Callable
from datetime import datetime

import pytest
from support import sites
from support.sites import Ground

from liankong.store.access import node_scope
from liankong.store.models import Isolation, Person
from liankong.vocabulary.kinds import Role
from tests.support.programs import Program, problem
from tests.support.town import COMMUNITY, JINNAN, Town

pytestmark = pytest.mark.django_db
Make = Callable[..., Program]


@pytest.fixture
def ground(town: Town, at: datetime) -> Ground:
    with node_scope():
        return sites.build(town, at)  # type: ignore[arg-type]  # the same class by another path


def test_from_the_signature_to_hospital_through_the_api(
    town: Town, ground: Ground, program: Make, at: datetime
) -> None:
    with node_scope():
        row = sites.proposal(town, ground, at)  # type: ignore[arg-type]
    commander, driver = program(Role.COMMANDER), program(Role.DISPATCHER)
    listed = driver.get("/isolations?state=sign").json()["items"]
    assert [one["id"] for one in listed] == [row.pk] and listed[0]["reason"]
    done = commander.post("/isolations/sign", {"isolations": [row.pk]}).json()
    assert done["signed"] == [row.pk] and done["refused"] == [] and len(done["trips"]) == 1
    trip = driver.get(f"/trips/{done['trips'][0]}").json()
    assert trip["stops"] == [[row.pk]] and trip["kilometres"] > 0
    for what in ("door", "aboard", "arrive"):
        assert driver.post(f"/isolations/{row.pk}/{what}").status_code == 200
    inside = driver.get(f"/isolations/{row.pk}").json()
    assert inside["arrived_at"] and inside["room"] in [one.pk for one in ground.rooms.values()]
    manager = program(Role.SITE_MANAGER)
    refused = problem(manager.post(f"/isolations/{row.pk}/release"), 422)
    assert "days are left" in refused["detail"]
    gone = manager.post(f"/isolations/{row.pk}/hospital").json()
    assert gone["ended"] == "hospital"


def test_a_dispatcher_cannot_sign_and_a_neighbour_sees_nothing(
    town: Town, ground: Ground, program: Make, at: datetime
) -> None:
    with node_scope():
        row = sites.proposal(town, ground, at)  # type: ignore[arg-type]
    problem(program(Role.DISPATCHER).post("/isolations/sign", {"isolations": [row.pk]}), 403)
    problem(program(Role.COMMANDER).post("/isolations/sign", {"isolations": [row.pk + 10]}), 422)
    problem(program(Role.COMMANDER).get("/isolations/999999"), 404)


def test_a_site_is_entered_with_its_rooms_and_staff_and_shown_as_it_stands(
    town: Town, program: Make, at: datetime
) -> None:
    manager = program(Role.SITE_MANAGER)
    body = {"code": "site-7", "name": "第七隔离点", "division": JINNAN, "open_now": True}
    site = manager.post("/sites", body).json()
    assert site["open"] and site["rooms"] == 0
    rooms = {"rooms": [{"number": "101"}, {"number": "102", "beds": 2}, {"number": "101"}]}
    taken = manager.post(f"/sites/{site['id']}/rooms", rooms).json()
    assert (taken["rows"], taken["accepted"], taken["rejected"], taken["duplicate"]) == (3, 2, 0, 1)
    with node_scope():
        nurse = Person.objects.create(division=COMMUNITY, created_at=at)
    term = manager.post(
        f"/sites/{site['id']}/staff", {"person": nurse.pk, "area": "clean", "job": "nurse"}
    ).json()
    assert (
        manager.post(f"/staff/{term['id']}/tested", {"on": "2022-01-08"}).json()["last_tested_on"]
        == "2022-01-08"
    )
    board = manager.get(f"/sites/{site['id']}").json()
    assert [one["number"] for one in board["rooms"]] == ["101", "102"]
    assert board["areas"]["clean"] == 1 and board["staff"][0]["late_days"] == 0
    room = board["rooms"][0]["id"]
    assert manager.post(f"/rooms/{room}/state", {"state": "cleaning"}).json()["state"] == "cleaning"
    assert manager.post(f"/rooms/{room}/swabs", {"value": "negative"}).json()["value"] == "negative"
    assert manager.post(f"/staff/{term['id']}/leave").json()["until_at"]
    assert manager.post(f"/sites/{site['id']}", {"staff_test_hours": 48}).status_code == 200
    assert [one["free"] for one in manager.get("/sites").json()["items"]] == [1]
    (reserve,) = manager.get("/sites/reserve").json()
    assert reserve["have"] == 2 and [one["within_hours"] for one in reserve["steps"]] == [24, 48, 72]


def test_a_vehicle_is_entered_once_and_taken_out_of_service(town: Town, program: Make) -> None:
    driver = program(Role.DISPATCHER)
    body = {"plate": "津A 12345", "organisation": town.district.pk, "seats": 7}
    made = driver.post("/vehicles", body).json()
    assert made["plate"] == "津A12345"
    assert "exists already" in problem(driver.post("/vehicles", body), 422)["detail"]
    assert driver.post(f"/vehicles/{made['id']}", {"out_of_service": True}).json()["out_of_service"]
    assert driver.post("/trips", {}).json() == {"trips": [], "left": []}


def test_a_traveller_is_proposed_assessed_and_turned_down(
    town: Town, ground: Ground, program: Make, at: datetime
) -> None:
    with node_scope():
        who = Person.objects.create(division=COMMUNITY, created_at=at)
    driver = program(Role.DISPATCHER)
    body = {"person": who.pk, "subject": "high_risk_traveller", "starts_on": "2022-01-07"}
    made = driver.post("/isolations", body).json()
    assert made["placement"] == "central"
    assessed = driver.post(
        f"/isolations/{made['id']}/assess", {"home": True, "grounds": ["pregnant"], "mobility": "wheelchair"}
    ).json()
    assert (assessed["placement"], assessed["mobility"]) == ("home_isolation", "wheelchair")
    commander = program(Role.COMMANDER)
    problem(commander.post(f"/isolations/{made['id']}/reject", {"reason": "call 13812345678"}), 422)
    gone = commander.post(f"/isolations/{made['id']}/reject", {"reason": "left the city"}).json()
    assert gone["ended"] == "rejected: left the city"
    with node_scope():
        assert not Isolation.objects.filter(released_at__isnull=True).exists()


def test_a_trip_is_called_off_through_the_api(
    town: Town, ground: Ground, program: Make, at: datetime
) -> None:
    with node_scope():
        row = sites.proposal(town, ground, at)  # type: ignore[arg-type]
    trip = program(Role.COMMANDER).post("/isolations/sign", {"isolations": [row.pk]}).json()["trips"][0]
    driver = program(Role.DISPATCHER)
    assert driver.post(f"/trips/{trip}/call-off", {"reason": "tyre"}).json()["called_off_at"]
    assert driver.post("/trips", {"isolations": [row.pk]}).json()["trips"] != [trip]
    assert len(driver.get("/trips").json()["items"]) == 2


def test_a_room_move_is_refused_where_the_room_is_held(
    town: Town, ground: Ground, program: Make, at: datetime
) -> None:
    with node_scope():
        first, second = (sites.inside(town, ground, at) for _ in range(2))  # type: ignore[arg-type]
        first, second = (Isolation.objects.select_related("hold").get(pk=one.pk) for one in (first, second))
    manager = program(Role.SITE_MANAGER)
    taken = second.hold.room_id if second.hold else 0
    problem(manager.post(f"/isolations/{first.pk}/move", {"room": taken}), 422)
    free = next(
        one.pk
        for one in ground.rooms.values()
        if one.pk not in (taken, first.hold.room_id if first.hold else 0)
    )
    assert manager.post(f"/isolations/{first.pk}/move", {"room": free}).json()["room"] == free
