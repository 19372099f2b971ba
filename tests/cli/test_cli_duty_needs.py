"""Duty and needs from a terminal, as scripts use them."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result
from icalendar import Calendar

from liankong.cli import ExitCode, main
from liankong.vocabulary.kinds import Role

if TYPE_CHECKING:
    from support.inside import Inside
    from support.town import Town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town(db: None, settings: Any, at: datetime) -> "Town":
    from liankong.store.access import node_scope
    from tests.support.town import build

    settings.LIANKONG_CLOCK = lambda: at
    settings.LIANKONG_DEMO = True
    with node_scope():
        return build(at)


@pytest.fixture
def inside(town: "Town", at: datetime) -> "Inside":
    from liankong.store.access import node_scope
    from tests.support.inside import build

    with node_scope():
        return build(town, at)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(one) for one in arguments])


def ran(*arguments: object, code: ExitCode = ExitCode.DONE) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == code, result.output + str(result.exception)
    return json.loads(result.stdout)


def test_who_is_on_duty_the_roster_with_its_gaps_and_the_calendar(
    town: "Town", at: datetime, tmp_path: Path
) -> None:
    from liankong.actions import duty
    from liankong.store.access import node_scope

    assert ran("duty", "now") == {"at": at.isoformat(), "on_duty": []}
    assert "nobody is on duty" in run("duty", "now").stdout
    with node_scope():
        duty.plan(
            organisation=town.district.pk, user=town[Role.DUTY_OFFICER].user or 0, from_at=at,
            until_at=at + timedelta(hours=8), leads=True, by=town[Role.COMMANDER], at=at,
        )  # fmt: skip
    now = ran("duty", "now", "--division", "120112")["on_duty"]
    assert [(one["organisation"], one["user"], one["leads"]) for one in now] == [
        ("jinnan", "duty_officer-jinnan", True)
    ]
    roster = ran("duty", "roster", "jinnan", "--from", "2022-01-08", "--days", "1")
    assert len(roster["shifts"]) == 1
    assert [gap["from"][11:16] for gap in roster["gaps"]] == ["00:00", "20:00"]
    assert "nobody from" in run("duty", "roster", "jinnan").stdout
    file = tmp_path / "duty.ics"
    assert ran("duty", "ics", "jinnan", "-o", file)["shifts"] == 1
    assert len(Calendar.from_ical(file.read_bytes()).walk("VEVENT")) == 1
    assert run("duty", "ics", "jinnan").stdout.startswith("BEGIN:VCALENDAR")
    assert run("duty", "roster", "nowhere").exit_code == ExitCode.USAGE


def test_a_need_is_taken_and_listed(town: "Town", inside: "Inside") -> None:
    worker = "community_worker-community"
    taken = ran("needs", "take", "medicine", "--household", inside.household.pk, "--as", worker)
    assert [(one["need"], one["to"], one["emergency"]) for one in taken["orders"]] == [
        ("medicine", "community", False)
    ]
    again = ran("needs", "take", "medicine", "--household", inside.household.pk, "--as", worker)
    assert again["repeated"] and again["orders"][0]["calls"] == 2
    birth = ran("needs", "take", "birth", "--person", inside.person.pk)
    assert {one["to"] for one in birth["orders"]} == {"120-city", "near", "community"}
    listed = ran("needs", "list")["needs"]
    assert [one["emergency"] for one in listed] == sorted((one["emergency"] for one in listed), reverse=True)
    assert "medicine" in run("needs", "list").stdout
    refused = run("needs", "take", "food", "--as", worker)
    assert refused.exit_code == ExitCode.USAGE and "say where it is" in refused.output
