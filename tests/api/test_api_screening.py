"""Programs read the tests of their own jurisdiction, and end an outbreak that is theirs."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from liankong import lake
from liankong.lake import results
from liankong.store.access import node_scope
from liankong.store.models import Entry
from liankong.vocabulary.kinds import Role
from tests.support import rows
from tests.support.programs import Program
from tests.support.town import JINNAN, Town

MakeProgram = Callable[..., Program]
pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")


@pytest.fixture
def filled(settings: Any, tmp_path: Path, at: datetime) -> None:
    """Eleven swabs: nine in Jinnan, two of them in a positive tube, and two in Nankai."""
    settings.LIANKONG_LAKE = tmp_path / "lake"
    divisions = ["120112101001"] * 6 + ["120112100001"] * 3 + ["120104001001"] * 2
    results.append(
        lake.Lake(settings.LIANKONG_LAKE),
        "one",
        results.table(
            person=list(range(1, 12)),
            tube=["P"] * 2 + [f"T{number}" for number in range(9)],
            division=divisions,
            sampled_at=[at - timedelta(hours=8)] * 11,
            resulted_at=[at - timedelta(hours=2)] * 11,
            value=["positive"] * 2 + ["negative"] * 9,
        ),
    )


def test_a_program_reads_the_tests_of_its_streets(filled: None, program: MakeProgram) -> None:
    told = program(Role.LAB_OFFICER).get("/screening").json()
    assert (told["division"], told["tests"], told["positives"]) == (JINNAN, 9, 2)
    assert [(row["division"], row["tests"], row["share"]) for row in told["divisions"]] == [
        ("120112101", 6, pytest.approx(1 / 3)),
        ("120112100", 3, 0),
    ]
    deeper = program(Role.LAB_OFFICER).get("/screening?division=120112101").json()
    assert [row["division"] for row in deeper["divisions"]] == ["120112101001"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("division=120104", "division"),
        ("division=12", "division"),
        ("first=2022-01-05&last=2022-01-04", "first"),
        ("first=2001-01-01", "first"),
        ("first=today", "first"),
    ],
)
def test_a_question_beyond_the_jurisdiction_or_reason_is_refused(
    filled: None, program: MakeProgram, query: str, field: str
) -> None:
    answer = program(Role.LAB_OFFICER).get(f"/screening?{query}")
    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_an_outbreak_is_closed_by_whose_it_is(program: MakeProgram, town: Town, at: datetime) -> None:
    with node_scope():
        ours = rows.outbreak(division=JINNAN, at=at).pk
    commander = program(Role.COMMANDER)
    why = {"reason": "order 12 of the city"}
    assert commander.post(f"/outbreaks/{ours}/close", {"reason": " "}).status_code == 422
    assert commander.post(f"/outbreaks/{ours}/close", why).json()["closed_at"] is not None
    assert commander.post(f"/outbreaks/{ours}/close", why).status_code == 422
    assert commander.post(f"/outbreaks/{town.outbreak.pk}/close", why).status_code in (404, 422)
    assert program(Role.LAB_OFFICER).post(f"/outbreaks/{ours}/close", why).status_code == 403
    with node_scope():
        assert Entry.objects.filter(kind="OutbreakClosed").count() == 1
