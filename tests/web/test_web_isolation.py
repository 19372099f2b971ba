"""The boards of transfers and sites as their people use them: tick and sign, tap at the door, free a room."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from support import rows, sites
from support.sites import Ground
from support.town import COMMUNITY, JINNAN, Town, seat

from liankong.actions import isolation_sites, isolation_stay
from liankong.store.access import node_scope
from liankong.store.models import Isolation, Person, Room, Site, StaffTerm, Trip, Vehicle
from liankong.vocabulary.kinds import ResultValue, Role, RoomState, SiteArea

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.django_db


@pytest.fixture
def ground(town: Town, at: datetime) -> Ground:
    with node_scope():
        return sites.build(town, at)


def text(client: Client, address: str, **query: object) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200, answer.status_code
    return str(answer.content.decode())


def proposed(town: Town, ground: Ground, at: datetime, count: int = 1, **more: object) -> list[Isolation]:
    with node_scope():
        return [sites.proposal(town, ground, at, **more) for _ in range(count)]


def again(row: Isolation) -> Isolation:
    with node_scope():
        return Isolation.objects.select_related("hold__room", "person").get(pk=row.pk)


def test_the_commander_ticks_and_signs_and_the_board_says_what_is_left(
    client_of: Callable[[Role], Client], town: Town, ground: Ground, at: datetime
) -> None:
    rows = proposed(town, ground, at, 2)
    child = proposed(town, ground, at, 1, age=3)[0]
    client = client_of(Role.COMMANDER)
    page = text(client, "/transfers", state="sign")
    assert all(f"#{row.person_id}" in page for row in (*rows, child))
    assert "name a carer" in page
    answer = client.post("/transfers/sign", {"pick": [row.pk for row in (*rows, child)]})
    assert answer.status_code == 422
    assert "not signed" in answer.content.decode()
    with node_scope():
        assert Isolation.objects.filter(signed_at__isnull=False).count() == 2
    assert "#" + str(rows[0].person_id) in text(client, "/transfers", state="way")


def test_nobody_but_a_signer_sees_the_boxes_or_signs(
    client_of: Callable[[Role], Client], town: Town, ground: Ground, at: datetime
) -> None:
    row = proposed(town, ground, at)[0]
    client = client_of(Role.DISPATCHER)
    assert 'name="pick"' not in text(client, "/transfers", state="sign")
    assert client.post("/transfers/sign", {"pick": [row.pk]}).status_code == 403


def test_ticking_nobody_signs_nobody(client_of: Callable[[Role], Client], town: Town, ground: Ground) -> None:
    answer = client_of(Role.COMMANDER).post("/transfers/sign", {"pick": ["x", "9" * 30]}, follow=True)
    assert "Tick whom to sign for." in answer.content.decode()


def test_the_driver_taps_door_aboard_and_arrived_and_the_sheet_shows_the_hours(
    client_of: Callable[[Role], Client], town: Town, ground: Ground, at: datetime
) -> None:
    row = proposed(town, ground, at)[0]
    client_of(Role.COMMANDER).post("/transfers/sign", {"pick": [row.pk]})
    with node_scope():
        trip = Trip.objects.get()
    driver = client_of(Role.DISPATCHER)
    sheet = text(driver, f"/trips/{trip.pk}")
    assert f"#{row.person_id}" in sheet and "At the door" in sheet
    for what in ("door", "aboard", "arrived"):
        answer = driver.post(f"/transfers/{row.pk}/tap/{what}", {"sheet": "1"})
        assert answer.status_code == 302 and answer["Location"] == f"/trips/{trip.pk}"
    row = again(row)
    assert row.at_door_at == row.aboard_at == row.arrived_at == at
    assert "everybody is there" in text(driver, f"/trips/{trip.pk}")


def test_a_family_is_assessed_on_the_page_of_the_child(
    client_of: Callable[[Role], Client], town: Town, ground: Ground, at: datetime
) -> None:
    child = proposed(town, ground, at, age=3)[0]
    with node_scope():
        parent = sites.contact(town, ground, at, household=again(child).person.household).person
    client = client_of(Role.DISPATCHER)
    data = {"assess-home": "on", "assess-mobility": "walks", "assess-carer": str(parent.pk)}
    assert client.post(f"/transfers/{child.pk}/assess", data).status_code == 302
    child = again(child)
    assert child.placement == "home_isolation" and not child.why["missing"]
    assert "by the protocol" in text(client, f"/transfers/{child.pk}")


def test_a_refused_assessment_comes_back_with_its_reason(
    client_of: Callable[[Role], Client], town: Town, ground: Ground, at: datetime
) -> None:
    row = proposed(town, ground, at)[0]
    answer = client_of(Role.DISPATCHER).post(
        f"/transfers/{row.pk}/assess", {"assess-home": "on", "assess-mobility": "walks"}
    )
    assert answer.status_code == 422 and "no ground" in answer.content.decode()


def test_a_sites_manager_sends_somebody_to_hospital_with_one_button(
    client_of: Callable[[Role], Client], town: Town, ground: Ground, at: datetime
) -> None:
    with node_scope():
        row = sites.inside(town, ground, at)
    client = client_of(Role.SITE_MANAGER)
    assert client.post(f"/transfers/{row.pk}/hospital", {}).status_code == 302
    row = again(row)
    assert row.ended == "hospital"
    assert "to hospital" in text(client, f"/transfers/{row.pk}")


def test_the_sites_board_shows_rooms_areas_staff_and_whose_day_has_come(
    client_of: Callable[[Role], Client], town: Town, ground: Ground, at: datetime
) -> None:
    manager = town[Role.SITE_MANAGER]
    with node_scope():
        row = sites.inside(town, ground, at)
        Isolation.objects.filter(pk=row.pk).update(release_on=at.date())
        nurse = Person.objects.create(division=COMMUNITY, created_at=at)
        isolation_sites.join_staff(
            site=ground.site.pk,
            person=nurse.pk,
            area=SiteArea.CONTAMINATED,
            job="nurse",
            by=manager,
            at=at - timedelta(days=4),
        )
    page = text(client_of(Role.SITE_MANAGER), f"/sites/{ground.site.pk}")
    assert f"#{row.person_id}" in page and f"#{nurse.pk}" in page
    assert "4 days late" in page
    assert "13 days are left" in page or "14 days are left" in page
    assert "Contaminated area" in page and "staff passage" in page


def test_a_room_is_cleaned_swabbed_and_ready_again(
    client_of: Callable[[Role], Client], town: Town, ground: Ground, at: datetime
) -> None:
    client, room = client_of(Role.SITE_MANAGER), ground.rooms["101"]
    assert client.post(f"/rooms/{room.pk}/state", {"state-state": "cleaning"}).status_code == 302
    assert client.post(f"/rooms/{room.pk}/swab", {"swab-value": "negative"}).status_code == 302
    assert client.post(f"/rooms/{room.pk}/state", {"state-state": "ready"}).status_code == 302
    with node_scope():
        room.refresh_from_db()
    assert room.state == RoomState.READY
    assert "Negative" in text(client, f"/rooms/{room.pk}")


def test_an_occupied_room_says_why_it_cannot_be_closed_and_its_person_moves_next_door(
    client_of: Callable[[Role], Client], town: Town, ground: Ground, at: datetime
) -> None:
    with node_scope():
        row = sites.inside(town, ground, at)
    row = again(row)
    assert row.hold is not None
    room, client = row.hold.room_id, client_of(Role.SITE_MANAGER)
    answer = client.post(f"/rooms/{room}/state", {"state-state": "closed"})
    assert answer.status_code == 422 and "move or release them first" in answer.content.decode()
    other = ground.rooms["202"].pk
    assert client.post(f"/rooms/{room}/people/{row.pk}/move", {"move-room": other}).status_code == 302
    row = again(row)
    assert row.hold is not None and row.hold.room_id == other
    with node_scope():
        assert Room.objects.get(pk=room).state == RoomState.CLEANING


def test_release_on_the_page_says_what_is_missing_and_then_goes(
    client_of: Callable[[Role], Client], town: Town, ground: Ground, at: datetime
) -> None:
    with node_scope():
        row = sites.inside(town, ground, at)
    row = again(row)
    assert row.hold is not None
    client, room = client_of(Role.SITE_MANAGER), row.hold.room_id
    answer = client.post(f"/rooms/{room}/people/{row.pk}/release", follow=True)
    assert answer.status_code == 200
    row = again(row)
    assert row.released_at is None
    assert "days are left" in answer.content.decode()


def test_a_site_is_entered_by_form_and_its_rooms_by_a_list_whose_rows_all_count(
    client_of: Callable[[Role], Client], town: Town, at: datetime
) -> None:
    client = client_of(Role.SITE_MANAGER)
    data = {
        "code": "site-9",
        "name": "第九隔离点",
        "division": JINNAN,
        "open_now": "on",
        "ready_within_hours": "0",
    }
    assert client.post("/sites/new", data).status_code == 302
    with node_scope():
        site = Site.objects.get()
    rows = "隔离点代码,房号,楼层,床位,无障碍\nsite-9,301,3,1,否\nsite-9,302,3,2,是\nsite-9,301,3,1,否\nsite-9,303,x,1,否\nelsewhere,1,1,1,\n"
    file = SimpleUploadedFile("rooms.csv", rows.encode("gb18030"))
    page = client.post("/sites/lists", {"what": "rooms", "file": file}).content.decode()
    figures = page.split("dk-account")[1]
    assert [part.split("</dd>")[0] for part in figures.split("<dd>")[1:5]] == ["5", "2", "2", "1"]
    assert "a whole number from -5 to 120" in page
    with node_scope():
        assert sorted(site.rooms.values_list("number", "floor", "beds", "accessible")) == [
            ("301", 3, 1, False),
            ("302", 3, 2, True),
        ]


def test_vehicles_by_list_and_a_file_without_the_columns_is_told_which(
    client_of: Callable[[Role], Client], town: Town
) -> None:
    client = client_of(Role.DISPATCHER)
    good = SimpleUploadedFile("fleet.csv", "plate,seats\n津A11111,7\n津a 11111,7\n津B1,0\n".encode())
    page = client.post("/sites/lists", {"what": "vehicles", "file": good, "code": "jinnan"}).content.decode()
    assert "room for one passenger" in page
    with node_scope():
        assert list(Vehicle.objects.values_list("plate", "seats")) == [("津A11111", 7)]
    bad = SimpleUploadedFile("fleet.csv", b"a,b\n1,2\n")
    answer = client.post("/sites/lists", {"what": "vehicles", "file": bad})
    assert answer.status_code == 422 and "plate" in answer.content.decode()


def test_the_reserve_of_a_district_stands_against_the_norm(
    client_of: Callable[[Role], Client], town: Town, ground: Ground, at: datetime
) -> None:
    with node_scope():
        Person.objects.bulk_create(Person(division=COMMUNITY, created_at=at) for _ in range(2500))
    page = text(client_of(Role.SITE_MANAGER), "/sites")
    assert "24 h: 4/2" in page and "72 h: 4/6" in page, (
        "20 rooms for 10,000: six for 2,501 people, four are there"
    )


def test_staff_leave_the_loop_under_the_protocol_in_force(
    client_of: Callable[[Role], Client], town: Town, ground: Ground, at: datetime
) -> None:
    with node_scope():
        town.outbreak.protocol = "CN-COV-v9"
        town.outbreak.save()
        who = Person.objects.create(division=COMMUNITY, created_at=at)
    client = client_of(Role.SITE_MANAGER)
    data = {"staff-person": who.pk, "staff-area": "clean", "staff-job": "cook"}
    assert client.post(f"/sites/{ground.site.pk}/staff", data).status_code == 302
    with node_scope():
        term = StaffTerm.objects.get()
    answer = client.post(f"/sites/{ground.site.pk}/staff/{term.pk}", {"what": "leave"}, follow=True)
    assert "2022-01-15" in answer.content.decode()


def test_a_sites_manager_elsewhere_sees_nothing_of_it(
    client_of: Callable[[Role], Client], town: Town, ground: Ground, at: datetime
) -> None:
    with node_scope():
        body = rows.organisation(division="120104", at=at)
        town.actors[Role.SITE_MANAGER] = seat(Role.SITE_MANAGER, body, at=at - timedelta(days=1))
    client = client_of(Role.SITE_MANAGER)
    assert client.get(f"/sites/{ground.site.pk}").status_code == 404
    assert client.get(f"/rooms/{ground.rooms['101'].pk}").status_code == 404
    assert client.post(f"/rooms/{ground.rooms['101'].pk}/state", {"state-state": "closed"}).status_code == 404


@pytest.mark.parametrize(
    "address", ["/transfers?state=sign", "/transfers?state=way", "/sites", "/site", "/trips", "/vehicles"]
)
def test_queries_do_not_grow_with_the_rows(
    client_of: Callable[[Role], Client], town: Town, at: datetime, address: str
) -> None:
    with node_scope():
        ground = sites.build(
            town, at, numbers=tuple(f"{floor}{room}1" for floor in range(1, 4) for room in range(6)), vans=6
        )
    client = client_of(Role.SITE_MANAGER)
    address = f"/sites/{ground.site.pk}" if address == "/site" else address

    def cost() -> int:
        client.get(address)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    def more(count: int) -> None:
        with node_scope():
            new = [sites.proposal(town, ground, at) for _ in range(count)]
            if "sign" not in address:
                sites.sign(town, *new[: count - 1], at=at)
                sites.bring(town, new[0], at)
                Isolation.objects.filter(pk=new[0].pk).update(release_on=at.date())

    more(3)
    few = cost()
    more(6)
    assert cost() <= few


def test_every_sentence_of_the_rules_has_its_place_in_the_catalogue() -> None:
    import ast
    from pathlib import Path

    from liankong import rules, store
    from liankong.web.isolation_words import SENTENCES

    with translation.override("en"):
        listed = {str(one) for one in SENTENCES}
    found: set[str] = set()
    files = [
        *Path(rules.__path__[0]).glob("isolation*.py"),
        Path(rules.__path__[0]) / "capacity.py",
        *Path(store.__path__[0]).glob("isolation*.py"),
    ]
    for file in files:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        docs = {
            node.body[0].value.value  # type: ignore[attr-defined]
            for node in ast.walk(tree)
            if isinstance(node, (ast.Module, ast.FunctionDef, ast.ClassDef))
            and node.body
            and isinstance(node.body[0], ast.Expr)
            and isinstance(node.body[0].value, ast.Constant)
        }
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and node.value.endswith(".")
                and " " in node.value
                and node.value not in docs
            ):
                found.add(node.value)
    assert found - listed == set()
    assert listed - found == set()


@pytest.mark.browser
def test_the_drivers_sheet_is_tapped_on_a_phone(
    page_of: "Callable[[Role], Page]", axe: "Callable[[Page], None]", town: Town, at: datetime
) -> None:
    with node_scope():
        ground = sites.build(town, at)
        row = sites.proposal(town, ground, at)
        (trip,) = sites.sign(town, row, at=at).trips
    page = page_of(Role.DISPATCHER)
    page.set_viewport_size({"width": 390, "height": 844})
    # The first page of a run waits for the server to have read all its modules.
    page.goto(f"/trips/{trip.pk}", timeout=60_000)
    axe(page)
    for words in ("到门口", "已上车", "已到达", "At the door", "Aboard", "Arrived"):
        button = page.get_by_role("button", name=words, exact=True)
        if button.count():
            assert (button.first.bounding_box() or {"height": 0})["height"] >= 44, "large enough for a thumb"
            button.first.click()
            page.wait_for_load_state()
    row = again(row)
    assert row.arrived_at is not None


@pytest.mark.browser
@pytest.mark.parametrize("width", [1366, 390])
def test_no_page_of_isolation_has_a_grave_finding(
    page_of: "Callable[[Role], Page]",
    axe: "Callable[[Page], None]",
    town: Town,
    at: datetime,
    width: int,
) -> None:
    with node_scope():
        ground = sites.build(town, at)
        inside = sites.inside(town, ground, at)
        Isolation.objects.filter(pk=inside.pk).update(release_on=at.date())
        waiting = sites.proposal(town, ground, at, age=3)
        isolation_sites.join_staff(
            site=ground.site.pk,
            person=waiting.person_id,
            area=SiteArea.CLEAN,
            job="cook",
            by=town[Role.SITE_MANAGER],
            at=at - timedelta(days=3),
        )
        isolation_stay.swab_room(
            room=ground.rooms["102"].pk, value=ResultValue.POSITIVE, by=town[Role.SITE_MANAGER], at=at
        )
        trip = Trip.objects.get()
    inside = again(inside)
    by_role = {
        Role.SITE_MANAGER: [
            "/sites",
            "/sites/new",
            "/sites/lists",
            f"/sites/{ground.site.pk}",
            f"/rooms/{inside.hold.room_id}",  # type: ignore[union-attr]
        ],
        Role.DISPATCHER: [
            "/transfers?state=sign",
            "/transfers?state=plan",
            f"/transfers/{waiting.pk}",
            f"/transfers/{inside.pk}",
            "/trips",
            f"/trips/{trip.pk}",
            "/vehicles",
        ],
    }
    for role, addresses in by_role.items():
        page = page_of(role)
        page.set_viewport_size({"width": width, "height": 844})
        for address in addresses:
            page.goto(address)
            assert page.locator("h1").count() == 1, address
            for details in page.locator("main details:not(.lk-menu)").all():
                details.evaluate("element => { element.open = true; }")
            axe(page)
            wide = page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert wide <= 0, f"{address} scrolls sideways by {wide} px"
