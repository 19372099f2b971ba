"""Programs take needs, plan duty and order disinfection by the same verbs as people."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from icalendar import Calendar

from liankong.store import identity
from liankong.store.access import node_scope
from liankong.store.models import Order
from liankong.vocabulary.kinds import OrderKind, Role
from tests.support import inside as insides
from tests.support.inside import Inside
from tests.support.programs import Program, problem
from tests.support.town import Town, seat

MakeProgram = Callable[..., Program]
pytestmark = pytest.mark.django_db


@pytest.fixture
def inside(town: Town, at: datetime) -> Inside:
    with node_scope():
        return insides.build(town, at)


def test_a_hotline_program_takes_an_emergency_and_follows_all_its_parts(
    program: MakeProgram, inside: Inside
) -> None:
    hotline = program(Role.DUTY_OFFICER)
    taken = hotline.post(
        "/needs", {"kind": "birth", "person": inside.person.pk, "words": "waters broke"}
    ).json()
    assert not taken["repeated"]
    assert [one["part"] for one in taken["orders"]] == ["ambulance", "care", "community"]
    community = taken["orders"][2]["id"]
    parts = hotline.get(f"/needs/{community}/parts").json()
    assert [one["addressee"] for one in parts] == [inside.ambulance.pk, inside.near.pk, inside.community.pk]
    care = parts[1]["order"]
    after = hotline.post(f"/needs/{care}/refused", {"reason": "no test"}).json()
    assert (after["addressee"], after["state"]) == (inside.far.pk, "issued")
    assert len(hotline.get(f"/needs/{community}/parts").json()) == 4
    assert hotline.get("/needs?emergency=true&need=birth").json()["items"]


def test_a_household_s_second_call_joins_the_first(program: MakeProgram, inside: Inside) -> None:
    hotline = program(Role.DUTY_OFFICER)
    body = {"kind": "medicine", "household": inside.household.pk}
    first, again = hotline.post("/needs", body).json(), hotline.post("/needs", body).json()
    assert again["repeated"] and again["orders"][0]["id"] == first["orders"][0]["id"]
    assert again["orders"][0]["calls"] == 2
    assert problem(hotline.post("/needs", {"kind": "food"}), 422)["field"] == "division"
    assert problem(program(Role.AUDITOR).post("/needs", body), 403)


def test_the_address_is_for_the_body_that_brings_help(program: MakeProgram, inside: Inside) -> None:
    with node_scope():
        inside.household.address_sealed = identity.seal("Gate 3", owner=inside.household.pk, field="address")
        inside.household.save()
    hotline, worker = program(Role.DUTY_OFFICER), program(inside.worker)
    order = hotline.post("/needs", {"kind": "clinic", "household": inside.household.pk}).json()["orders"][0][
        "id"
    ]
    assert problem(hotline.post(f"/needs/{order}/reach"), 422)
    assert worker.post(f"/needs/{order}/reach").json() == {"address": "Gate 3", "phone": ""}


def test_the_green_channel_and_what_hospitals_take(program: MakeProgram, inside: Inside) -> None:
    hotline, commander = program(Role.DUTY_OFFICER), program(Role.COMMANDER)
    body = {
        "kind": "dialysis", "household": inside.household.pk, "what": "via the shunt", "next_on": "2022-01-10",
        "every_days": 2, "hospital": inside.near.pk,
    }  # fmt: skip
    made = hotline.post("/standing-needs", body).json()
    assert [one["id"] for one in hotline.get("/standing-needs").json()["items"]] == [made["id"]]
    ended = hotline.post(f"/standing-needs/{made['id']}/end", {"reason": "moved"}).json()
    assert ended["ended_at"] and hotline.get("/standing-needs").json()["items"] == []
    point = commander.call(
        "PUT", f"/care-points/{inside.near.pk}", {"takes": ["dialysis"], "open": False}
    ).json()
    assert (point["takes"], point["open"]) == (["dialysis"], False)
    assert len(hotline.get("/care-points").json()["items"]) == 2


def test_a_round_of_deliveries_and_one_basket(
    program: MakeProgram, town: Town, inside: Inside, at: datetime
) -> None:
    with node_scope():
        zone = insides.zone(town, inside, at)
    commander = program(Role.COMMANDER)
    sent = commander.post("/deliveries/rounds", {"zone": zone.pk, "basket": "standard", "parcels": 1}).json()
    assert (sent["orders"], sent["households"], sent["needed"], sent["suffices"]) == (1, 1, 3, False)
    one = commander.post("/deliveries", {"household": inside.household.pk, "basket": "baby"}).json()
    assert one["addressee"] == inside.community.pk
    assert problem(commander.post("/deliveries", {"household": inside.household.pk, "basket": "gold"}), 422)


def test_places_are_sampled_by_order_and_the_result_closes_it(
    program: MakeProgram, town: Town, inside: Inside, at: datetime
) -> None:
    commander, lab = program(Role.COMMANDER), program(Role.LAB_OFFICER)
    body = {"what": ["environment_sample"], "places": [inside.dwelling.pk]}
    order = commander.post("/disinfection", body).json()["orders"][0]
    assert commander.post("/disinfection", body).json()["standing"][0]["id"] == order["id"]
    assert problem(commander.post("/disinfection", body | {"zone": 1}), 422)["field"] == "case"
    assert problem(lab.post(f"/disinfection/{order['id']}/result", {"samples": 2, "positive": 3}), 422)
    done = lab.post(f"/disinfection/{order['id']}/result", {"samples": 4, "positive": 1}).json()
    assert done["state"] == "done" and done["proof"] == "1 of 4 points positive"
    with node_scope():
        assert Order.objects.get(kind=OrderKind.ENVIRONMENT_SAMPLE).detail["result"] == "positive"


def test_duty_is_planned_read_and_handed_over(program: MakeProgram, town: Town, at: datetime) -> None:
    commander, officer = program(Role.COMMANDER), program(Role.DUTY_OFFICER)
    shift = {
        "organisation": town.district.pk, "user": town[Role.DUTY_OFFICER].user, "leads": True,
        "from_at": at.isoformat(), "until_at": (at + timedelta(hours=8)).isoformat(),
    }  # fmt: skip
    assert commander.post("/duty/shifts", shift).json()["accepted"] == 1
    assert commander.post("/duty/shifts", shift).json()["duplicate"] == 1
    now = officer.get("/duty/now").json()
    assert [one["user"] for one in now] == [town[Role.DUTY_OFFICER].user]
    calendar = officer.get("/duty/calendar")
    assert calendar["Content-Type"].startswith("text/calendar")
    assert len(Calendar.from_ical(calendar.content).walk("VEVENT")) == 1
    people = [town[role].user for role in (Role.SECRETARY, Role.DISPATCHER)]
    pattern = {"organisation": town.district.pk, "users": people, "first": "2022-02-01", "days": 2}
    assert commander.post("/duty/pattern", pattern).json()["accepted"] == 6
    assert len(commander.get("/duty/shifts?limit=4").json()["items"]) == 4
    removed = commander.post(f"/duty/shifts/{now[0]['id']}/remove", {"reason": "ill"})
    assert removed.json() == {"shift": now[0]["id"]}
    note = officer.post("/duty/handovers", {"text": "order 3 is late"}).json()
    assert note["figures"]["late"] == 0
    assert problem(officer.post(f"/duty/handovers/{note['id']}/take"), 422)
    taken = program(Role.DISPATCHER).post(f"/duty/handovers/{note['id']}/take").json()
    assert taken["taken_by"] == town[Role.DISPATCHER].user
    assert len(officer.get("/duty/handovers").json()["items"]) == 1
    with node_scope():
        elsewhere = seat(Role.COMMANDER, town.cdc, at=at - timedelta(days=1))
    assert problem(program(elsewhere).post("/duty/shifts", shift), 422)["field"] == "organisation"


def test_a_roster_is_sent_as_a_file(program: MakeProgram, town: Town) -> None:
    rows = "user,day,from,until\nduty_officer-jinnan,2022-02-01,08:00,16:00\nnobody,2022-02-01,08:00,16:00\n"
    commander = program(Role.COMMANDER)
    answer = commander.upload("/duty/list", {"file": SimpleUploadedFile("duty.csv", rows.encode())})
    assert answer.json()["accepted"] == 1
    assert [one["row"] for one in answer.json()["rejected"]] == [3]
