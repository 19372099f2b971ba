"""The overview's figures against plain counting, its days gone by, its map, and what it costs."""

import json
import statistics
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from web_cases import RULE, many

from liankong.store.access import node_scope
from liankong.store.cases import remember
from liankong.store.models import Case, CaseChange
from liankong.vocabulary.kinds import Origin, Outcome, PersonClass, Role, Severity
from liankong.web import charts_map, warm
from liankong.web.cases_list import _cell
from liankong.web.charts import trailing_mean
from liankong.web.overview_figures import View, board, describe

if TYPE_CHECKING:
    from django.test import Client
    from playwright.sync_api import Page
    from support.town import Town

pytestmark = pytest.mark.django_db
TODAY = date(2022, 1, 8)


def test_every_figure_of_the_top_row_is_what_counting_by_hand_gives(town: "Town", at: datetime) -> None:
    with node_scope():
        made = many(town, at, 6)
        many(town, at - timedelta(days=3), 2, classification=PersonClass.ASYMPTOMATIC)
        many(town, at, 1, classification=PersonClass.PENDING_REVIEW, linked=False)
        many(town, at, 1, classification=PersonClass.EXCLUDED, linked=False)
        Case.objects.filter(pk=made[0].pk).update(severity=Severity.CRITICAL, origin=Origin.IMPORTED)
        Case.objects.filter(pk=made[1].pk).update(outcome=Outcome.DEAD)
        found = board(View(town.outbreak.pk, "120112", TODAY, TODAY), basis="confirmed").headline
    assert found == {
        "confirmed": 6,
        "asymptomatic": 2,
        "pending": 1,
        "suspected": 0,
        "new": 6,
        "new_local": 5,
        "active": 7,
        "severe": 1,
        "critical": 1,
        "imported": 1,
        "recovered": 0,
        "dead": 1,
    }


def test_an_earlier_day_shows_what_was_known_on_its_evening(town: "Town", at: datetime) -> None:
    yesterday = at - timedelta(days=1)
    with node_scope():
        (case,) = many(town, yesterday, 1, classification=PersonClass.ASYMPTOMATIC, linked=False)
        many(town, at, 1, linked=False)
        Case.objects.filter(pk=case.pk).update(classification=PersonClass.CONFIRMED)
        CaseChange.objects.create(
            case=case,
            at=at,
            classification=PersonClass.CONFIRMED,
            origin=case.origin,
            outcome=case.outcome,
            division=case.division,
            protocol=case.protocol,
        )
        then = board(View(town.outbreak.pk, "12", TODAY - timedelta(days=1), TODAY), basis="found").headline
        now = board(View(town.outbreak.pk, "12", TODAY, TODAY), basis="found").headline
    assert (then["confirmed"], then["asymptomatic"]) == (0, 1)
    assert (now["confirmed"], now["asymptomatic"]) == (2, 0)


@given(lengths=st.lists(st.integers(-5, 30), min_size=1, max_size=60))
def test_delays_from_counts_are_those_of_the_plain_list(lengths: list[int]) -> None:
    found = describe("", "", Counter[float](lengths))
    assert found.n == len(lengths)
    assert found.median == statistics.median(lengths)
    assert found.mean == pytest.approx(statistics.mean(lengths))
    assert found.negative == sum(length < 0 for length in lengths)


@given(values=st.lists(st.integers(0, 50), max_size=40), width=st.integers(1, 7))
def test_the_trailing_mean_is_the_mean_of_each_day_and_those_before(values: list[int], width: int) -> None:
    found = trailing_mean(values, width)
    for at_day, mean in enumerate(found):
        if at_day + 1 < width:
            assert mean is None
        else:
            assert mean == round(statistics.mean(values[at_day + 1 - width : at_day + 1]), 1)


def test_the_curve_counts_by_the_day_asked_for_and_by_weeks_when_long(town: "Town", at: datetime) -> None:
    with node_scope():
        many(town, at, 2)
        view = View(town.outbreak.pk, "12", TODAY, TODAY)
        daily = board(view, basis="onset").curve
        many(town, at - timedelta(days=200), 1, linked=False)
        weekly = board(view, basis="onset").curve
    assert daily.categories == ["2022-01-07", "2022-01-08"]
    assert daily.series[0].values == [2, 0]
    assert len(weekly.categories) == 29
    assert sum(value or 0 for value in weekly.series[0].values) == 3


def test_an_unknown_basis_is_refused(town: "Town") -> None:
    with pytest.raises(ValueError, match="expected one of onset"):
        board(View(town.outbreak.pk, "12", TODAY, TODAY), basis="found_at; DROP TABLE")


def test_each_figure_opens_the_list_of_exactly_its_cases(
    town: "Town", client_of: "Callable[[Role], Client]", at: datetime
) -> None:
    with node_scope():
        made = many(town, at, 4)
        many(town, at - timedelta(days=2), 3, classification=PersonClass.ASYMPTOMATIC)
        many(town, at, 2, classification=PersonClass.PENDING_REVIEW, linked=False)
        Case.objects.filter(pk=made[0].pk).update(severity=Severity.SEVERE, origin=Origin.IMPORTED)
    client = client_of(Role.EPIDEMIOLOGIST)
    context = client.get("/overview").context
    for name, address in context["address"].items():
        assert client.get(address).context["page"].total == context["figures"][name], name


def test_a_figure_of_an_earlier_day_opens_the_cases_as_they_stood_then(
    town: "Town", client_of: "Callable[[Role], Client]", at: datetime
) -> None:
    with node_scope():
        (case,) = many(town, at - timedelta(days=1), 1, classification=PersonClass.ASYMPTOMATIC, linked=False)
        Case.objects.filter(pk=case.pk).update(classification=PersonClass.CONFIRMED)
        case.refresh_from_db()
        remember(case, at=at, by=RULE, reason="symptoms")
        many(town, at, 1, linked=False)
    client = client_of(Role.EPIDEMIOLOGIST)
    context = client.get("/overview?day=2022-01-07").context
    listed = {name: client.get(address).context["page"].total for name, address in context["address"].items()}
    assert listed == {name: context["figures"][name] for name in listed}
    assert (listed["asymptomatic"], listed["confirmed"]) == (1, 0)


def test_the_query_count_of_the_overview_does_not_grow_with_its_cases(
    town: "Town", client_of: "Callable[[Role], Client]", at: datetime, django_assert_max_num_queries: Any
) -> None:
    client = client_of(Role.COMMANDER)
    counts = []
    for more in (2, 60):
        with node_scope():
            many(town, at - timedelta(days=len(counts)), more)
        with django_assert_max_num_queries(24) as captured:
            client.get("/overview")
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_a_district_sees_its_streets_and_its_own_outline_among_its_neighbours(
    town: "Town", client_of: "Callable[[Role], Client]", at: datetime
) -> None:
    with node_scope():
        many(town, at, 2)
    answer = client_of(Role.COMMANDER).get("/overview")
    rows = {row.code: row.infected for row in answer.context["rows"]}
    assert rows["120112101"] == 2
    assert all(len(code) == 9 for code in rows)
    values = answer.context["map_data"]["values"]
    assert [(row["code"], row["value"]) for row in values] == [("120112", 2)]


def test_a_division_outside_the_jurisdiction_is_not_shown(
    town: "Town", client_of: "Callable[[Role], Client]"
) -> None:
    assert client_of(Role.COMMANDER).get("/overview?division=120104").context["division"] == "120112"


def test_a_day_that_is_none_or_lies_ahead_is_today(
    town: "Town", client_of: "Callable[[Role], Client]"
) -> None:
    client = client_of(Role.COMMANDER)
    for day in ("tomorrow", "2035-01-01", ""):
        assert client.get(f"/overview?day={day}").context["day"] == TODAY


def test_outlines_carry_our_codes_for_a_city_and_for_the_nation() -> None:
    tianjin = {feature["properties"]["code"]: feature for feature in charts_map.outlines("12")["features"]}
    assert len(tianjin) == 16
    assert tianjin["120112"]["properties"]["name"] == "津南区"
    assert {"12", "41"} <= {feature["properties"]["code"] for feature in charts_map.outlines("")["features"]}
    assert all(len(feature["properties"]["code"]) == 4 for feature in charts_map.outlines("41")["features"])


def test_the_map_calls_divisions_as_its_reader_does(client_of: "Callable[..., Client]") -> None:
    for language, name in (("en", "Jinnan District"), ("zh-hans", "津南区")):
        client = client_of(Role.COMMANDER, language)
        address = client.get("/overview").context["map_data"]["outlines"]
        features = client.get(address).json()["features"]
        assert address.endswith(f"in={language}")
        assert {"code": "120112", "name": name} in [feature["properties"] for feature in features]


def test_a_process_prepares_what_its_first_reader_would_wait_for(
    settings: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings.LIANKONG_LAKE = tmp_path / "lake"
    charts_map.read_outlines.cache_clear()
    warm.run()
    assert caplog.records == []
    assert charts_map.read_outlines.cache_info().currsize == len(charts_map.TOLERANCE)
    # A file that cannot be used stops nothing: who asks for the map is told.
    settings.LIANKONG_BOUNDARIES = tmp_path / "missing.json"
    warm.run()
    assert [record.message for record in caplog.records] == ["could not be prepared: outlines"]


def test_a_nodes_own_outlines_must_say_their_datum(tmp_path: Path, settings: Any) -> None:
    file = tmp_path / "own.json"
    settings.LIANKONG_BOUNDARIES = file
    square = {
        "type": "Polygon",
        "coordinates": [[[117.0, 39.0], [117.1, 39.0], [117.1, 39.1], [117.0, 39.0]]],
    }
    feature = {"type": "Feature", "properties": {"adcode": "120112", "name": "x"}, "geometry": square}
    file.write_text(json.dumps({"features": [feature]}))
    charts_map.read_outlines.cache_clear()
    with pytest.raises(charts_map.BoundaryError, match="declare `datum`"):
        charts_map.outlines("12")
    for datum, shift in (("WGS-84", 0.0), ("GCJ-02", 0.006)):
        file.write_text(json.dumps({"datum": datum, "features": [feature]}))
        charts_map.read_outlines.cache_clear()
        (found,) = charts_map.outlines("12")["features"]
        assert found["geometry"]["coordinates"][0][0][0] == pytest.approx(117.0 - shift, abs=0.0015)
    charts_map.read_outlines.cache_clear()


def test_a_spreadsheet_runs_nothing_that_we_export() -> None:
    assert _cell("=1+1") == "'=1+1"
    assert _cell(None) == ""


@pytest.mark.browser
def test_the_commander_sees_curve_map_and_chains_drawn_and_drills_into_a_street(
    page_of: "Callable[[Role], Page]", town: "Town", at: datetime
) -> None:
    with node_scope():
        many(town, at, 5)
    page = page_of(Role.COMMANDER)
    page.goto("/overview")
    for kind in ("curve", "map", "graph"):
        page.wait_for_selector(f"[data-chart={kind}][data-drawn=yes] canvas")
    page.locator("summary", has_text="表格").or_(page.locator("summary", has_text="table")).first.click()
    assert page.locator(".lk-chart-table tbody tr").count() >= 1
    page.locator("section[aria-labelledby=rows-title] th a").first.click()
    page.wait_for_url("**division=120112101*")
    page.wait_for_selector("[data-chart=curve][data-drawn=yes]")
