"""Zones from a terminal: list, propose, sign, lift, and what the public is told."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from liankong.cli import ExitCode, main
from liankong.exchange import cap
from liankong.store.access import node_scope
from liankong.store.models import Zone
from tests.support import town as towns
from tests.support import zones as stories
from tests.support.town import Town
from tests.support.zones import BASIS

pytestmark = pytest.mark.django_db


@pytest.fixture
def town(db: None, settings: Any, at: datetime) -> Iterator[Town]:
    settings.LIANKONG_CLOCK = lambda: at
    settings.LIANKONG_DEMO = True
    with node_scope():
        built = towns.build(at)
    yield built


@pytest.fixture
def zone(town: Town, at: datetime) -> Zone:
    with node_scope():
        estate = stories.estate(at)
        stories.positive(town, estate.at(estate.stair)[0], at, code="P1")
        return Zone.objects.get()


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["zones", *(str(one) for one in arguments)])


def ran(*arguments: object, code: ExitCode = ExitCode.DONE) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == code, result.output + str(result.exception)
    return json.loads(result.stdout)


def test_a_proposal_is_listed_signed_and_then_shows_what_it_waits_for(zone: Zone) -> None:
    (listed,) = ran("list", "--state", "proposed")["zones"]
    assert (listed["number"], listed["kind"], listed["people"]) == (zone.number, "lockdown", 4)
    refused = run("lift", zone.number)
    assert refused.exit_code == ExitCode.USAGE
    assert "this zone is proposed" in refused.output
    assert ran("approve", zone.number, "--basis", BASIS)["state"] == "in_force"
    shown = ran("show", zone.number)
    assert shown["progress"].startswith("1 of 3 met: 0 days without a new infection, 14 needed")
    assert [step["change"] for step in shown["history"]] == ["proposed", "approved"]
    assert "[ ]" in run("show", zone.number).output
    lifted = ran("lift", zone.number, "--exception", "--reason", "wrong building")
    assert lifted["state"] == "lifted"


def test_the_notice_and_the_message_come_out_of_an_exercise_as_such(zone: Zone) -> None:
    assert "never in force" in run("cap", zone.number).output
    ran("approve", zone.number, "--basis", BASIS)
    told = ran("notice", zone.number)
    assert [one["language"] for one in told["notices"]] == ["zh-CN", "en-US"]
    message = ran("cap", zone.number)
    assert (message["status"], message["kind"], message["references"]) == ("Exercise", "Alert", [])
    assert cap.validate(message["xml"].encode()) == ()
    assert run("cap", zone.number).output == message["xml"]


def test_a_zone_is_proposed_from_a_drawn_file_and_a_broken_one_is_refused(
    town: Town, at: datetime, tmp_path: Path
) -> None:
    with node_scope():
        stories.estate(at)
    ring = [[117.38, 38.95], [117.4, 38.95], [117.4, 38.97], [117.38, 38.97], [117.38, 38.95]]
    file = tmp_path / "area.geojson"
    file.write_text(
        json.dumps({"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]}}), "utf-8"
    )
    asked = ("propose", "--outbreak", "jinnan-2022", "--kind", "lockdown", "--reason", "drawn", "--outline")
    made = ran(*asked, file)
    assert (made["unit"], made["people"], made["state"]) == ("compound", 12, "proposed")
    file.write_text("not json", "utf-8")
    assert "is not GeoJSON" in run(*asked, file).output


def test_an_unknown_number_says_where_to_look(town: Town) -> None:
    answer = run("show", "Z9999")
    assert answer.exit_code == ExitCode.USAGE
    assert "liankong zones list" in answer.output
