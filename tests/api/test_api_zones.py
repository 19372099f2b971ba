"""Programs read and sign zones as people do: the same verbs, the same refusals."""

from collections.abc import Callable
from datetime import datetime, timedelta

from liankong.exchange import cap
from liankong.store.access import node_scope
from liankong.store.models import Zone
from liankong.vocabulary.kinds import Role
from tests.support import town as towns
from tests.support import zones as stories
from tests.support.programs import Program, problem
from tests.support.town import COMMUNITY, Town
from tests.support.zones import BASIS

MakeProgram = Callable[..., Program]
DAY = timedelta(days=1)


def proposed(town: Town, at: datetime) -> Zone:
    with node_scope():
        estate = stories.estate(at)
        stories.positive(town, estate.at(estate.stair)[0], at, code="P1")
        return Zone.objects.get()


def test_a_program_of_the_commander_signs_a_proposal_and_reads_what_it_waits_for(
    program: MakeProgram, town: Town, at: datetime
) -> None:
    zone = proposed(town, at)
    commander = program(Role.COMMANDER)
    (listed,) = commander.get("/zones?state=proposed").json()["items"]
    assert (listed["id"], listed["kind"], listed["persons"]) == (zone.pk, "lockdown", 4)
    refused = problem(commander.post(f"/zones/{zone.pk}/approve", {"legal_basis": " "}), 422)
    assert refused["field"] == "legal_basis"
    done = commander.post(f"/zones/{zone.pk}/approve", {"legal_basis": BASIS}).json()
    assert (done["state"], done["legal_basis"]) == ("in_force", BASIS)
    found = commander.get(f"/zones/{zone.pk}").json()
    assert (found["in_effect"], found["people_now"], found["households_now"]) == (True, 4, 2)
    assert (found["checklist"]["met"], found["checklist"]["total"]) == (1, 3)
    assert [step["change"] for step in found["steps"]] == ["proposed", "approved"]
    open_ones = problem(commander.post(f"/zones/{zone.pk}/lift", {}), 422)
    assert "1 of 3 met" in open_ones["detail"]


def test_a_program_without_the_right_is_refused_and_one_of_another_district_sees_nothing(
    program: MakeProgram, town: Town, at: datetime
) -> None:
    zone = proposed(town, at)
    problem(program(Role.EPIDEMIOLOGIST).post(f"/zones/{zone.pk}/approve", {"legal_basis": BASIS}), 403)
    with node_scope():
        Zone.objects.filter(pk=zone.pk).update(division="120104001001")
    commander = program(Role.COMMANDER)
    assert commander.get("/zones").json()["items"] == []
    problem(commander.get(f"/zones/{zone.pk}"), 404)
    problem(commander.post(f"/zones/{zone.pk}/approve", {"legal_basis": BASIS}), 404)


def test_a_drawn_zone_is_proposed_and_a_broken_outline_is_refused_by_its_field(
    program: MakeProgram, town: Town, at: datetime
) -> None:
    with node_scope():
        stories.estate(at)
    tracer = program(Role.EPIDEMIOLOGIST)
    ring = [[117.38, 38.95], [117.4, 38.95], [117.4, 38.97], [117.38, 38.97], [117.38, 38.95]]
    body = {
        "outbreak": town.outbreak.pk,
        "kind": "lockdown",
        "reason": "drawn",
        "outline": {"type": "Polygon", "coordinates": [ring]},
    }
    made = tracer.post("/zones", body).json()
    assert (made["unit"], made["persons"], made["state"]) == ("compound", 12, "proposed")
    for broken in ([], [[]], [[[1, 1], [2, 2]]], [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]):
        told = problem(
            tracer.post("/zones", {**body, "outline": {"type": "Polygon", "coordinates": broken}}), 422
        )
        assert told["field"] == "outline"
    unknown = problem(tracer.post("/zones", {**body, "outline": None, "divisions": ["120112999999"]}), 422)
    assert unknown["field"] == "divisions"


def test_what_the_public_is_told_comes_out_as_texts_and_valid_messages(
    program: MakeProgram, town: Town, at: datetime
) -> None:
    zone = proposed(town, at)
    commander = program(Role.COMMANDER)
    assert commander.get(f"/zones/{zone.pk}/cap").json() == []
    commander.post(f"/zones/{zone.pk}/approve", {"legal_basis": BASIS})
    languages = [one["language"] for one in commander.get(f"/zones/{zone.pk}/notice").json()]
    assert languages == ["zh-CN", "en-US"]
    (message,) = commander.get(f"/zones/{zone.pk}/cap").json()
    assert message["kind"] == "Alert"
    assert cap.validate(message["xml"].encode()) == ()


def test_an_appeal_goes_in_sealed_and_is_answered_by_the_city(
    program: MakeProgram, town: Town, at: datetime
) -> None:
    zone = proposed(town, at)
    commander = program(Role.COMMANDER)
    commander.post(f"/zones/{zone.pk}/approve", {"legal_basis": BASIS})
    made = program(Role.COMMUNITY_WORKER).post(f"/zones/{zone.pk}/appeals", {"text": "own door"}).json()
    assert made["state"] == "open"
    assert "text" not in made
    told = problem(commander.post(f"/appeals/{made['id']}/answer", {"granted": False, "answer": "no"}), 422)
    assert "somebody else than the signer" in told["detail"]
    with node_scope():
        above = towns.seat(Role.COMMANDER, town.city, at=at - DAY)
    city = program(above)
    assert city.post(f"/appeals/{made['id']}/read").json() == {"text": "own door"}
    done = city.post(f"/appeals/{made['id']}/answer", {"granted": True, "answer": "opened"}).json()
    assert (done["state"], done["answered_by"]) == ("granted", above.user)
    assert COMMUNITY.startswith(town.district.division)
