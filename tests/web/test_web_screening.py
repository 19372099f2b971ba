"""Screening's numbers come from the lake, and stay inside the jurisdiction of whoever looks."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from liankong import lake
from liankong.lake import results
from liankong.vocabulary.kinds import Role

if TYPE_CHECKING:
    from django.test import Client

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
]


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


def test_a_district_sees_its_streets_and_not_its_neighbour(
    filled: None, client_of: Callable[..., "Client"]
) -> None:
    page = client_of(Role.COMMANDER).get("/screening")
    rows = page.context["rows"]
    assert [(row["division"], row["tests"], row["positives"]) for row in rows] == [
        ("120112101", 6, 2),
        ("120112100", 3, 0),
    ]
    assert page.context["total"] == {"tests": 9, "positives": 2}


def test_asking_for_a_neighbour_by_its_code_gives_ones_own(
    filled: None, client_of: Callable[..., "Client"]
) -> None:
    page = client_of(Role.COMMANDER).get("/screening", {"division": "120104"})
    assert page.context["within"] == "120112"


def test_a_street_opens_into_its_communities(filled: None, client_of: Callable[..., "Client"]) -> None:
    page = client_of(Role.COMMANDER).get("/screening", {"division": "120112101"})
    assert [row["division"] for row in page.context["rows"]] == ["120112101001"]


def test_days_without_results_say_so(filled: None, client_of: Callable[..., "Client"]) -> None:
    page = client_of(Role.COMMANDER).get(
        "/screening", {"from": "2021-12-01", "to": "2021-12-03", "division": "x"}
    )
    assert page.context["rows"] == []
    assert page.status_code == 200
