"""The board of zones and the page of one: what is shown, signed, refused, drawn, and told to the public."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from support import town as towns
from support import zones as stories
from support.zones import BASIS

from liankong.actions import zones, zones_appeals, zones_draw, zones_sign
from liankong.exchange import cap
from liankong.store.access import node_scope
from liankong.store.log import Actor
from liankong.store.models import Appeal, Case, Person, Zone, ZoneStep
from liankong.vocabulary.kinds import AppealState, Role, ZoneState

if TYPE_CHECKING:
    from django.test import Client
    from playwright.sync_api import Page
    from support.town import Town

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
Clients = Callable[..., "Client"]


def proposed(town: "Town", at: datetime, *, code: str = "P1", estate: Any = None) -> Zone:
    """A positive in a stair, and the proposal that follows."""
    place = estate or stories.estate(at, name=f"Garden {code}")
    case = stories.positive(town, place.at(place.stair)[0], at, code=code)
    return Zone.objects.get(case=case)


def many(town: "Town", at: datetime, count: int) -> list[Zone]:
    """So many signed zones of one building each, drawn by hand."""
    from liankong.store.models import Place

    made = []
    for number in range(count):
        place = Place.objects.create(
            name=f"Tower {Zone.objects.count()}-{number}",
            kind="building",
            division=towns.COMMUNITY,
            longitude=117.39,
            latitude=38.96,
        )
        row = zones_draw.propose_area(
            outbreak=town.outbreak.pk,
            kind="lockdown",
            reason="a cluster",
            places=[place.pk],
            by=town[Role.COMMANDER],
            at=at,
        )
        made.append(zones_sign.approve(zone=row.pk, legal_basis=BASIS, by=town[Role.COMMANDER], at=at))
    return made


def test_the_board_shows_what_each_zone_waits_for_and_how_many_people_it_holds(
    town: "Town", client_of: Clients, at: datetime
) -> None:
    with node_scope():
        zone = stories.approved(town, proposed(town, at - 12 * DAY), at - 12 * DAY)
    answer = client_of(Role.COMMANDER).get("/zones")
    assert "1 of 3 met: 12 days without a new infection, 14 needed" in answer.text
    assert answer.context["figures"]["people"] == zone.persons == 4
    assert answer.context["figures"]["proposed"] == 1  # the rest of the county
    assert "review late" in answer.text
    assert json.loads(json.dumps(answer.context["map_data"]))["zones"][-1]["number"] == zone.number


def test_an_empty_board_says_what_would_fill_it_and_class_b_that_nothing_will(
    town: "Town", client_of: Clients
) -> None:
    assert "No area is closed" in client_of(Role.COMMANDER).get("/zones").text
    assert "No zone fits" in client_of(Role.COMMANDER).get("/zones?q=Z9").text
    with node_scope():
        town.outbreak.protocol = "CN-COV-BB"
        town.outbreak.save(update_fields=["protocol"])
    client = client_of(Role.COMMANDER)
    assert "This protocol knows no zones" in client.get("/zones").text
    assert "This protocol knows no zones" in client.get("/zones/new").text


def test_the_queries_of_the_board_do_not_grow_with_its_zones(
    town: "Town", client_of: Clients, at: datetime, django_assert_max_num_queries: Any
) -> None:
    client = client_of(Role.COMMANDER)
    with node_scope():
        stories.approved(town, proposed(town, at), at)
    client.get("/zones")
    counts = []
    for more in (2, 12):
        with node_scope():
            many(town, at, more)
        with django_assert_max_num_queries(40) as captured:
            client.get("/zones")
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_the_queries_of_a_page_do_not_grow_with_its_history(
    town: "Town", client_of: Clients, at: datetime, django_assert_max_num_queries: Any
) -> None:
    with node_scope():
        zone = stories.approved(town, proposed(town, at), at)
        zones_sign.extend(
            zone=zone.pk,
            until=at + 15 * DAY + timedelta(hours=1),
            reason="first",
            by=town[Role.COMMANDER],
            at=at + 2 * timedelta(hours=1),
        )
    client = client_of(Role.COMMANDER)
    client.get(f"/zones/{zone.pk}")
    with django_assert_max_num_queries(60) as first:
        client.get(f"/zones/{zone.pk}")
    with node_scope():
        for hour in range(2, 7):
            zones_sign.extend(
                zone=zone.pk,
                until=at + 15 * DAY + timedelta(hours=hour),
                reason="again",
                by=town[Role.COMMANDER],
                at=at + timedelta(hours=hour),
            )
    with django_assert_max_num_queries(60) as second:
        client.get(f"/zones/{zone.pk}")
    assert len(first) == len(second)


def test_a_commander_signs_a_proposal_on_its_page_and_the_refusal_of_a_bad_one_stands_at_its_field(
    town: "Town", client_of: Clients, at: datetime
) -> None:
    with node_scope():
        zone = proposed(town, at)
    client = client_of(Role.COMMANDER)
    page = client.get(f"/zones/{zone.pk}")
    assert "Put it in force" in page.text
    late = (at + 40 * DAY).strftime("%Y-%m-%dT%H:%M")
    refused = client.post(
        f"/zones/{zone.pk}/approve", {"approve-legal_basis": BASIS, "approve-expires_at": late}
    )
    assert refused.status_code == 422
    assert "It may stand for 15 days at first" in refused.text
    done = client.post(f"/zones/{zone.pk}/approve", {"approve-legal_basis": BASIS})
    assert done.status_code == 302
    with node_scope():
        zone.refresh_from_db()
    assert (zone.state, zone.legal_basis) == (ZoneState.IN_FORCE, BASIS)
    after = client.get(f"/zones/{zone.pk}")
    assert "Public notice" in after.text
    assert BASIS in after.text


def test_an_epidemiologist_sees_the_proposal_but_not_the_form_and_cannot_sign_by_hand(
    town: "Town", client_of: Clients, at: datetime
) -> None:
    with node_scope():
        zone = proposed(town, at)
    client = client_of(Role.EPIDEMIOLOGIST)
    assert "Put it in force" not in client.get(f"/zones/{zone.pk}").text
    answer = client.post(f"/zones/{zone.pk}/approve", {"approve-legal_basis": BASIS})
    assert answer.status_code == 422
    with node_scope():
        zone.refresh_from_db()
    assert zone.state == ZoneState.PROPOSED


def test_what_needs_me_now_shows_a_commander_the_proposals_and_appeals_of_others(
    town: "Town", client_of: Clients, at: datetime
) -> None:
    with node_scope():
        zone = proposed(town, at)
        many(town, at, 1)
        signed = Zone.objects.get(state=ZoneState.IN_FORCE)
        zones_appeals.make_appeal(zone=signed.pk, text="why", by=town[Role.COMMUNITY_WORKER], at=at)
    answer = client_of(Role.COMMANDER).get("/")
    assert zone.number in answer.text
    assert "Zones to sign" in answer.text
    # The appeal is against what this commander signed: it is not theirs to answer.
    assert "An appeal waits" not in answer.text
    assert "Zones to sign" not in client_of(Role.EPIDEMIOLOGIST).get("/").text


def test_a_zone_of_another_district_does_not_exist_here(
    town: "Town", client_of: Clients, at: datetime
) -> None:
    with node_scope():
        zone = proposed(town, at)
        Zone.objects.filter(pk=zone.pk).update(division="120104001001")
    client = client_of(Role.COMMANDER)
    assert client.get(f"/zones/{zone.pk}").status_code == 404
    assert client.get(f"/zones/{zone.pk}/cap.xml").status_code == 404


def test_a_zone_is_proposed_from_the_list_of_places_without_a_mouse(
    town: "Town", client_of: Clients, at: datetime
) -> None:
    with node_scope():
        estate = stories.estate(at, name="Tower")
    client = client_of(Role.EPIDEMIOLOGIST)
    page = client.get("/zones/new?q=Tower 1-1")
    assert page.text.count('name="places"') == 1
    answer = client.post(
        "/zones/new", {"kind": "control", "reason": "worked here", "places": [estate.stair.pk]}
    )
    assert answer.status_code == 302
    with node_scope():
        zone = Zone.objects.get()
    assert (zone.kind, zone.unit, zone.persons, zone.state) == ("control", "stair", 4, "proposed")


def test_an_outline_is_typed_as_points_and_a_faulty_line_is_named(
    town: "Town", client_of: Clients, at: datetime
) -> None:
    with node_scope():
        stories.estate(at)
    client = client_of(Role.EPIDEMIOLOGIST)
    form = {"kind": "lockdown", "reason": "drawn", "name": "North side"}
    bad = client.post("/zones/new", {**form, "outline": "117.38 38.95\n117.40\n117.40 38.97"})
    assert bad.status_code == 422
    assert "Line 2: expected a longitude and a latitude." in bad.text
    good = client.post(
        "/zones/new", {**form, "outline": "117.38, 38.95\n117.40 38.95\n117.40 38.97\n117.38 38.97"}
    )
    assert good.status_code == 302
    with node_scope():
        zone = Zone.objects.get()
    assert (zone.unit, zone.persons, zone.outline["type"]) == ("compound", 12, "Polygon")


def test_a_whole_street_is_refused_where_it_was_typed(town: "Town", client_of: Clients, at: datetime) -> None:
    answer = client_of(Role.EPIDEMIOLOGIST).post(
        "/zones/new", {"kind": "lockdown", "reason": "to be safe", "division": "120112100"}
    )
    assert answer.status_code == 422
    assert "County is larger" in answer.text


# --- appeals -------------------------------------------------------------------------------------------------------


def test_an_appeal_is_taken_down_read_on_record_and_answered_by_another_commander(
    town: "Town", client_of: Clients, at: datetime
) -> None:
    with node_scope():
        zone = stories.approved(town, proposed(town, at), at)
        above = towns.seat(Role.COMMANDER, town.city, at=at)
    worker = client_of(Role.COMMUNITY_WORKER)
    taken = worker.post(f"/zones/{zone.pk}/appeal", {"appeal-text": "the second stair has its own door"})
    assert taken.status_code == 302
    assert "own door" not in worker.get(f"/zones/{zone.pk}").text
    with node_scope():
        appeal = Appeal.objects.get()
    assert worker.post(f"/zones/appeals/{appeal.pk}/read").status_code == 403
    signer = client_of(Role.COMMANDER)
    refused = signer.post(
        f"/zones/appeals/{appeal.pk}/answer",
        {f"answer{appeal.pk}-granted": "no", f"answer{appeal.pk}-answer": "no"},
    )
    assert refused.status_code == 422
    town.actors[Role.COMMANDER] = above
    other = client_of(Role.COMMANDER)
    assert "own door" in other.post(f"/zones/appeals/{appeal.pk}/read").text
    assert "own door" not in other.get(f"/zones/{zone.pk}").text
    done = other.post(
        f"/zones/appeals/{appeal.pk}/answer",
        {f"answer{appeal.pk}-granted": "yes", f"answer{appeal.pk}-answer": "the stair is opened"},
    )
    assert done.status_code == 302
    with node_scope():
        appeal.refresh_from_db()
    assert appeal.state == AppealState.GRANTED


# --- the public ----------------------------------------------------------------------------------------------------


def test_the_notice_names_places_and_rules_in_both_languages_and_no_person(
    town: "Town", client_of: Clients, at: datetime
) -> None:
    with node_scope():
        zone = stories.approved(town, proposed(town, at), at)
        case = Case.objects.get()
        people = list(Person.objects.values_list("pk", flat=True))
    answer = client_of(Role.COMMANDER).get(f"/zones/{zone.pk}/notice.txt")
    text = answer.content.decode()
    assert "划定为封控区" in text
    assert "足不出户" in text
    assert "is a lockdown area" in text
    assert "Emergency care, births and dialysis are never restricted" in text
    assert BASIS in text
    assert case.number not in text
    assert not [pk for pk in people if f"#{pk}" in text]


def test_each_public_change_is_a_cap_message_that_refers_to_those_before(
    town: "Town", client_of: Clients, at: datetime
) -> None:
    with node_scope():
        zone = stories.approved(town, proposed(town, at), at)
        zones_sign.extend(
            zone=zone.pk,
            until=at + 15 * DAY + timedelta(hours=5),
            reason="x",
            by=town[Role.COMMANDER],
            at=at + DAY,
        )
        zones.expire(by=Actor(rule="clock:test"), at=at + 20 * DAY)
    client = client_of(Role.COMMANDER)
    kinds = []
    for number in range(3):
        answer = client.get(f"/zones/{zone.pk}/cap/{number}.xml")
        assert cap.validate(answer.content) == ()
        assert answer.content.count(b"<info>") == 2
        kinds.append(answer.content.decode().split("<msgType>")[1].split("<")[0])
        references = answer.content.decode().partition("<references>")[2].partition("<")[0].split()
        assert len(references) == number
    assert kinds == ["Alert", "Update", "Cancel"]
    assert client.get(f"/zones/{zone.pk}/cap/3.xml").status_code == 404
    assert client.get(f"/zones/{zone.pk}/cap.xml").content == answer.content


def test_an_exercise_says_so_in_every_message_and_notice(
    town: "Town", client_of: Clients, at: datetime
) -> None:
    with node_scope():
        town.outbreak.exercise = True
        town.outbreak.save(update_fields=["exercise"])
        zone = stories.approved(town, proposed(town, at), at)
    client = client_of(Role.COMMANDER)
    message = client.get(f"/zones/{zone.pk}/cap.xml").content
    assert b"<status>Exercise</status>" in message
    assert cap.validate(message) == ()
    notice = client.get(f"/zones/{zone.pk}/notice.txt").content.decode()
    assert "【演练】" in notice
    assert "[EXERCISE]" in notice


def test_a_proposal_tells_the_public_nothing(town: "Town", client_of: Clients, at: datetime) -> None:
    with node_scope():
        zone = proposed(town, at)
    client = client_of(Role.COMMANDER)
    assert client.get(f"/zones/{zone.pk}/cap.xml").status_code == 404
    assert client.get(f"/zones/{zone.pk}/notice.txt").status_code == 404
    assert "Nothing is told to the public yet" in client.get(f"/zones/{zone.pk}").text


# --- browser -------------------------------------------------------------------------------------------------------


@pytest.mark.browser
def test_points_drawn_on_the_map_stand_in_the_field_and_a_place_clicked_is_ticked(
    page_of: "Callable[[Role], Page]", town: "Town", at: datetime
) -> None:
    with node_scope():
        stories.estate(at)
    page = page_of(Role.EPIDEMIOLOGIST)
    page.goto("/zones/new")
    box = page.locator("[data-zones]")
    page.wait_for_selector("[data-zones][data-drawn=yes]")
    page.locator("[data-zone-draw]").click()
    for x, y in ((40, 40), (200, 50), (120, 200)):
        box.click(position={"x": x, "y": y})
    assert len(page.locator("[data-outline]").input_value().splitlines()) == 3
    page.locator("[data-zone-undo]").click()
    assert len(page.locator("[data-outline]").input_value().splitlines()) == 2
    page.locator("[data-zone-clear]").click()
    assert page.locator("[data-outline]").input_value() == ""


@pytest.mark.browser
@pytest.mark.parametrize("width", [1366, 390])
def test_the_pages_of_zones_have_no_grave_finding_and_do_not_scroll_sideways(
    page_of: "Callable[[Role], Page]",
    axe: "Callable[[Page], None]",
    town: "Town",
    at: datetime,
    width: int,
) -> None:
    with node_scope():
        zone = stories.approved(town, proposed(town, at), at)
        zones_appeals.make_appeal(zone=zone.pk, text="why", by=town[Role.COMMUNITY_WORKER], at=at)
        other = Zone.objects.get(state=ZoneState.PROPOSED)
        assert ZoneStep.objects.count() == 3
    page = page_of(Role.COMMANDER)
    page.set_viewport_size({"width": width, "height": 844})
    for address in ("/zones", f"/zones/{zone.pk}", f"/zones/{other.pk}", "/zones/new", "/"):
        page.goto(address)
        assert page.locator("h1").count() == 1, address
        for details in page.locator("main details:not(.lk-menu)").all():
            details.evaluate("element => { element.open = true; }")
        axe(page)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{address} scrolls sideways by {wide} px"
