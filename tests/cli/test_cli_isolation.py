"""Sites and transfers from a terminal: what is printed and how it ends."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from support import sites
from support import town as towns
from support.sites import Ground
from support.town import Town

from liankong.cli import ExitCode, main
from liankong.store.access import node_scope
from liankong.store.models import Room, Vehicle

pytestmark = pytest.mark.django_db


@pytest.fixture
def town(db: None, settings: Any, at: datetime) -> Town:
    settings.LIANKONG_CLOCK = lambda: at
    settings.LIANKONG_DEMO = True
    with node_scope():
        return towns.build(at)


@pytest.fixture
def ground(town: Town, at: datetime) -> Ground:
    with node_scope():
        return sites.build(town, at)


def ran(*arguments: object, code: ExitCode = ExitCode.DONE) -> Any:
    result = CliRunner().invoke(main, [*(str(one) for one in arguments), "--json"])
    assert result.exit_code == code, result.output + str(result.exception)
    return json.loads(result.stdout)


def test_sites_are_listed_with_their_rooms_and_the_reserve_with_its_basis(town: Town, ground: Ground) -> None:
    (site,) = ran("sites", "list")["sites"]
    assert (site["code"], site["rooms"], site["free"]) == ("jinnan-site-1", 4, 4)
    (reserve,) = ran("sites", "reserve", "--division", "12")["reserve"]
    assert reserve["division"] == "120112" and reserve["have"] == 4 and "20 rooms" in reserve["basis"]
    assert CliRunner().invoke(main, ["sites", "reserve"]).exit_code == 0


def test_a_sites_board_names_people_by_number_and_what_is_missing(
    town: Town, ground: Ground, at: datetime
) -> None:
    from liankong.store.models import Isolation

    with node_scope():
        row = sites.inside(town, ground, at)
        Isolation.objects.filter(pk=row.pk).update(release_on=at.date())
    board = ran("sites", "board", "jinnan-site-1")
    assert board["people"] == 1 and board["floors"][0]["floor"] == 2
    assert board["releases"][0]["person"] == row.person_id and not board["releases"][0]["met"]
    assert CliRunner().invoke(main, ["sites", "board", "jinnan-site-1"]).exit_code == 0
    assert CliRunner().invoke(main, ["sites", "board", "nowhere"]).exit_code == ExitCode.USAGE


def test_transfers_are_listed_by_where_they_stand(town: Town, ground: Ground, at: datetime) -> None:
    with node_scope():
        waiting = sites.proposal(town, ground, at)
        signed = sites.proposal(town, ground, at)
        sites.sign(town, signed, at=at)
    found = ran("transfers", "list")
    assert found["counts"] == {"sign": 1, "plan": 0, "way": 1, "home": 0, "late": 0}
    assert {one["id"]: one["state"] for one in found["transfers"]} == {waiting.pk: "sign", signed.pk: "way"}
    only = ran("transfers", "list", "--state", "way")["transfers"]
    assert [one["room"] for one in only] == ["101"]
    assert CliRunner().invoke(main, ["transfers", "list"]).exit_code == 0


def test_lists_of_rooms_and_vehicles_are_taken_and_every_row_is_accounted_for(
    town: Town, ground: Ground, tmp_path: Path
) -> None:
    rooms = tmp_path / "rooms.csv"
    rooms.write_text("room,floor,beds\n501,5,1\n501,5,1\n502,five,1\n", encoding="utf-8")
    taken = ran("sites", "take-rooms", rooms, "--site", "jinnan-site-1", code=ExitCode.INCOMPLETE)
    assert (taken["rows"], taken["accepted"], taken["duplicate"], taken["rejected"]) == (3, 1, 1, 1)
    assert taken["rejects"][0] == {"row": 4, "field": "floor", "expected": "a whole number from -5 to 120"}
    fleet = tmp_path / "fleet.csv"
    fleet.write_text("plate,seats,organisation\n津B00001,7,jinnan\n", encoding="utf-8")
    assert ran("sites", "take-vehicles", fleet)["accepted"] == 1
    with node_scope():
        assert Room.objects.filter(number="501").count() == 1
        assert Vehicle.objects.filter(plate="津B00001").exists()
    bad = tmp_path / "bad.csv"
    bad.write_text("a,b\n1,2\n", encoding="utf-8")
    assert CliRunner().invoke(main, ["sites", "take-rooms", str(bad)]).exit_code == ExitCode.USAGE
