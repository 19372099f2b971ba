"""The chains page: the picture, its table, the doubts, and links that lead out of the jurisdiction."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from web_cases import many

from liankong.store.access import node_scope
from liankong.store.models import Case, CaseLink
from liankong.vocabulary.kinds import Role
from liankong.web.chains_data import NODES_SHOWN

if TYPE_CHECKING:
    from django.test import Client
    from playwright.sync_api import Page
    from support.town import Town

pytestmark = pytest.mark.django_db


def test_an_outbreak_without_links_says_how_chains_come_about(
    town: "Town", client_of: "Callable[[Role], Client]"
) -> None:
    assert "Chains appear when sources are entered" in client_of(Role.EPIDEMIOLOGIST).get("/chains").text


def test_every_link_stands_in_the_picture_and_in_the_table(
    town: "Town", client_of: "Callable[[Role], Client]", at: datetime
) -> None:
    with node_scope():
        made = many(town, at, 4)
    context = client_of(Role.EPIDEMIOLOGIST).get("/chains").context
    expected = {(one.pk, other.pk) for one, other in pairwise(made)}
    assert {(edge.infector.pk, edge.case.pk) for edge in context["edges"]} == expected
    drawn = {(int(edge["source"]), int(edge["target"])) for edge in context["graph"]["edges"]}
    assert drawn == expected
    assert len({(node["x"], node["y"]) for node in context["graph"]["nodes"]}) == 4


def test_one_chain_is_shown_alone_and_found_by_one_of_its_cases(
    town: "Town", client_of: "Callable[[Role], Client]", at: datetime
) -> None:
    with node_scope():
        large, small = many(town, at, 5), many(town, at - timedelta(days=4), 2)
    client = client_of(Role.EPIDEMIOLOGIST)
    assert len(client.get("/chains").context["graph"]["nodes"]) == 7
    alone = client.get(f"/chains?case={small[1].pk}").context
    assert {int(node["id"]) for node in alone["graph"]["nodes"]} == {case.pk for case in small}
    assert alone["cluster"] == 1
    assert len(client.get("/chains?cluster=0").context["graph"]["nodes"]) == len(large)


def test_of_a_chain_too_large_for_a_picture_those_near_a_case_are_drawn(
    town: "Town", client_of: "Callable[[Role], Client]", at: datetime
) -> None:
    with node_scope():
        made = many(town, at, NODES_SHOWN + 40)
    client = client_of(Role.EPIDEMIOLOGIST)
    answer = client.get("/chains")
    assert {int(node["id"]) for node in answer.context["graph"]["nodes"]} == {
        case.pk for case in made[:NODES_SHOWN]
    }
    assert f"The {NODES_SHOWN} nearest of the {len(made)} cases of this chain are drawn" in answer.text
    near_the_end = client.get(f"/chains?case={made[-1].pk}").context["graph"]["nodes"]
    assert made[-1].pk in {int(node["id"]) for node in near_the_end}
    assert [node["hidden"] for node in near_the_end] == [0] * NODES_SHOWN
    last_drawn = next(node for node in answer.context["graph"]["nodes"] if node["hidden"])
    assert (int(last_drawn["id"]), last_drawn["hidden"]) == (made[NODES_SHOWN - 1].pk, 1)


def test_doubts_are_said_in_words(town: "Town", client_of: "Callable[[Role], Client]", at: datetime) -> None:
    with node_scope():
        made = many(town, at, 3)
        Case.objects.filter(pk=made[1].pk).update(onset_on=made[0].onset_on - timedelta(days=3))
        CaseLink.objects.create(case=made[0], infector_number="777", rank=1)
    texts = [row.text for row in client_of(Role.EPIDEMIOLOGIST).get("/chains").context["doubts"]]
    assert f"fell ill 3 days before its infector {made[0].number}" in texts
    assert "its infector 777 is not in this list or not in your jurisdiction" in texts


def test_an_infector_outside_the_jurisdiction_is_a_number_and_no_more(
    town: "Town", client_of: "Callable[[Role], Client]", at: datetime
) -> None:
    with node_scope():
        (other,) = many(town, at, 1, division="120104101001", linked=False)
        (own,) = many(town, at, 1, linked=False)
        CaseLink.objects.create(case=own, infector=other, infector_number=other.number, rank=1)
    answer = client_of(Role.EPIDEMIOLOGIST).get("/chains")
    assert f"/cases/{other.pk}" not in answer.text
    assert f"/cases/{other.pk}" not in client_of(Role.EPIDEMIOLOGIST).get(f"/cases/{own.pk}").text


def test_the_query_count_of_the_chains_does_not_grow_with_their_cases(
    town: "Town", client_of: "Callable[[Role], Client]", at: datetime, django_assert_max_num_queries: Any
) -> None:
    client = client_of(Role.EPIDEMIOLOGIST)
    counts = []
    for more in (20, 80):
        with node_scope():
            many(town, at - timedelta(days=len(counts)), more)
        with django_assert_max_num_queries(24) as captured:
            client.get("/chains")
        counts.append(len(captured))
    assert counts[0] == counts[1]


@pytest.mark.browser
def test_a_click_on_a_case_of_the_picture_opens_it(
    page_of: "Callable[[Role], Page]", town: "Town", at: datetime
) -> None:
    with node_scope():
        made = many(town, at, 2)
    page = page_of(Role.EPIDEMIOLOGIST)
    page.goto(f"/chains?case={made[0].pk}")
    page.wait_for_selector("#chains[data-drawn=yes]")
    x, y = page.evaluate("id => document.getElementById('chains').placeOf(id)", str(made[1].pk))
    page.mouse.click(x, y)
    page.wait_for_url(f"**/cases/{made[1].pk}")
