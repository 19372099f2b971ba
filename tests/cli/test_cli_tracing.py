"""`liankong contacts`: the same answer as the page's, for a terminal and a script."""

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from liankong.cli import ExitCode, main

if TYPE_CHECKING:
    from support.town import Town


@pytest.fixture
def town(db: None, settings: Any, at: datetime) -> "Town":
    """A demo node's town at the story's hour."""
    from support.town import build

    from liankong.store.access import node_scope

    settings.LIANKONG_CLOCK = lambda: at
    settings.LIANKONG_DEMO = True
    with node_scope():
        return build(at)


@pytest.fixture
def contact(town: "Town", at: datetime) -> int:
    from support import rows
    from support.town import COMMUNITY

    from liankong.actions import tracing_contacts
    from liankong.store.access import node_scope
    from liankong.store.tracing_proposals import Met
    from liankong.vocabulary.kinds import ExposureKind, Role

    with node_scope():
        case = rows.case(outbreak=town.outbreak, division=COMMUNITY, at=at)
        person = rows.person(division=COMMUNITY, at=at)
        met = Met(person=person.pk, kind=ExposureKind.CARE, from_at=at - timedelta(hours=1), until_at=at)
        by = town[Role.EPIDEMIOLOGIST]
        found = tracing_contacts.propose(met=[met], case=case.pk, by=by, at=at)
        tracing_contacts.sign(contacts=found.proposed, by=by, at=at)
        return found.proposed[0]


def test_why_is_answered_in_full_for_a_script_and_in_sentences_for_a_person(contact: int) -> None:
    result = CliRunner().invoke(main, ["contacts", "why", str(contact), "--json"])
    assert result.exit_code == ExitCode.DONE, result.output
    told = json.loads(result.stdout)
    assert told["classification"] == "close_contact"
    assert told["release_on"] == "2022-01-22"
    assert told["exposures"][0]["criterion"] == 2
    assert told["stages"][0]["numbers"][0]["instrument"] == "新型冠状病毒肺炎防控方案（第八版）"
    plain = CliRunner().invoke(main, ["contacts", "why", str(contact)])
    assert "until 2022-01-22" in plain.stdout
    assert "if a test of theirs is positive: a case" in " ".join(plain.stdout.split())


def test_the_list_takes_the_pages_filters(contact: int) -> None:
    result = CliRunner().invoke(main, ["contacts", "list", "--state", "confirmed", "--json"])
    assert [row["contact"] for row in json.loads(result.stdout)["contacts"]] == [contact]
    none = CliRunner().invoke(main, ["contacts", "list", "--release", "2022-01-23", "--json"])
    assert json.loads(none.stdout)["contacts"] == []


def test_a_number_that_is_not_in_sight_is_said_so(town: "Town") -> None:
    result = CliRunner().invoke(main, ["contacts", "why", "999"])
    assert result.exit_code == ExitCode.USAGE
    assert "there is no contact 999 in sight" in result.output
