"""The chains page: contacts that unfold, filters, windows of exposure, and files to take away."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest
from support import rows, rows_response
from support.town import COMMUNITY, NANKAI
from web_cases import many

from liankong.store.access import node_scope
from liankong.store.models import Case, Contact
from liankong.vocabulary.kinds import ContactState, PersonClass, Role
from liankong.web.chains_gantt import gantt, windows

if TYPE_CHECKING:
    from django.test import Client
    from playwright.sync_api import Page
    from support.town import Town

pytestmark = pytest.mark.django_db


def met(case: Case, at: datetime, count: int, **values: object) -> None:
    for _number in range(count):
        row = rows_response.contact(case=case, person=rows.person(division=case.division, at=at), at=at)
        Contact.objects.filter(pk=row.pk).update(**values)


def test_a_case_shows_how_many_contacts_it_has_and_unfolds_them(
    town: "Town", client_of: "Callable[[Role], Client]", at: datetime
) -> None:
    with node_scope():
        first, second = many(town, at, 2)
        met(first, at, 3)
        met(first, at, 1, classification=PersonClass.SECONDARY_CONTACT)
        met(first, at, 1, state=ContactState.REJECTED)
        met(first, at, 1, stands=False)
    client = client_of(Role.EPIDEMIOLOGIST)
    page = client.get("/chains")
    assert {int(node["id"]): node["contacts"] for node in page.context["graph"]["nodes"]} == {
        first.pk: 4,
        second.pk: 0,
    }
    told = client.get(f"/chains/contacts/{first.pk}", headers={"Accept": "application/json"}).json()
    assert (told["total"], len(told["contacts"])) == (4, 4)
    assert set(told["contacts"][0]) == {"id", "class", "word", "state", "address"}
    assert client.get(f"/chains/contacts/{first.pk}").text.count("<li>") == 4


def test_contacts_out_of_sight_are_not_counted(
    town: "Town", client_of: "Callable[[Role], Client]", at: datetime
) -> None:
    with node_scope():
        first, _second = many(town, at, 2)
        met(first, at, 2)
        met(first, at, 1, division=NANKAI)
        far = rows.case(outbreak=town.outbreak, division=NANKAI, at=at)
    client = client_of(Role.EPIDEMIOLOGIST)
    assert client.get("/chains").context["graph"]["nodes"][0]["contacts"] == 2
    assert client.get(f"/chains/contacts/{far.pk}").status_code == 404


def test_filters_keep_the_infectors_of_what_they_choose(
    town: "Town", client_of: "Callable[[Role], Client]", at: datetime
) -> None:
    with node_scope():
        made = many(town, at, 4)
        for number, case in enumerate(made):
            Case.objects.filter(pk=case.pk).update(onset_on=date(2022, 1, 1) + timedelta(days=number))
        Case.objects.filter(pk=made[3].pk).update(classification=PersonClass.ASYMPTOMATIC, severity="")
    client = client_of(Role.EPIDEMIOLOGIST)

    def drawn(query: str) -> set[int]:
        return {int(node["id"]) for node in client.get(f"/chains?{query}").context["graph"]["nodes"]}

    assert drawn("class=asymptomatic") == {made[2].pk, made[3].pk}
    assert drawn("since=2022-01-02&until=2022-01-02") == {made[0].pk, made[1].pk}
    assert drawn("since=2022-01-03") == {made[1].pk, made[2].pk, made[3].pk}
    assert drawn("class=nonsense&since=yesterday&cluster=x&case=%C2%B2") == {case.pk for case in made}
    assert "No chain fits the filter" in client.get("/chains?class=suspected").text


def test_generations_are_counted(town: "Town", client_of: "Callable[[Role], Client]", at: datetime) -> None:
    with node_scope():
        many(town, at, 3)
        many(town, at - timedelta(days=4), 2)
    assert client_of(Role.EPIDEMIOLOGIST).get("/chains").context["generations"] == [(0, 2), (1, 2), (2, 1)]


def test_windows_follow_from_the_protocol_and_what_is_stated_goes_first(
    town: "Town", client_of: "Callable[[Role], Client]", at: datetime
) -> None:
    with node_scope():
        first, second = many(town, at, 2)
        Case.objects.filter(pk=first.pk).update(onset_on=date(2022, 1, 5), isolated_on=date(2022, 1, 6))
        Case.objects.filter(pk=second.pk).update(
            onset_on=date(2022, 1, 7), exposed_from=date(2022, 1, 4), exposed_to=date(2022, 1, 5)
        )
        one, other = windows([first.pk, second.pk], today=date(2022, 1, 8))
    # v8: infected 1 to 14 days before the onset; infecting from two days before it, until isolated.
    assert (one.exposed_from, one.exposed_to, one.stated) == (date(2021, 12, 22), date(2022, 1, 4), False)
    assert (one.infectious_from, one.infectious_to) == (date(2022, 1, 3), date(2022, 1, 6))
    assert (other.exposed_from, other.exposed_to, other.stated) == (date(2022, 1, 4), date(2022, 1, 5), True)
    assert other.infectious_to == date(2022, 1, 8)
    drawn = gantt([one, other])
    assert drawn is not None
    bar = drawn.bars[0]
    assert bar.exposed is not None
    assert bar.infectious is not None
    assert bar.exposed[1] * 4 == bar.infectious[1] * 14  # fourteen days and four
    assert gantt([]) is None
    shown = client_of(Role.EPIDEMIOLOGIST).get("/chains/windows")
    assert "2022-01-03" in shown.text
    assert "<svg" in shown.text


def test_the_chains_are_taken_away_as_graphml_and_svg_and_never_more_than_is_in_sight(
    town: "Town", client_of: "Callable[[Role], Client]", at: datetime
) -> None:
    with node_scope():
        made = many(town, at, 3)
        Case.objects.filter(pk=made[0].pk).update(division=NANKAI)
        met(made[1], at, 5)
    client = client_of(Role.EPIDEMIOLOGIST)
    answer = client.get("/chains.graphml")
    graph = ElementTree.fromstring(answer.content)
    space = "{http://graphml.graphdrawing.org/xmlns}"
    assert {node.attrib["id"] for node in graph.iter(f"{space}node")} == {made[1].number, made[2].number}
    assert [(edge.attrib["source"], edge.attrib["target"]) for edge in graph.iter(f"{space}edge")] == [
        (made[1].number, made[2].number)
    ]
    assert made[0].number.encode() not in answer.content
    assert 'filename="chains-jinnan-2022.graphml"' in answer["Content-Disposition"]
    picture = client.get("/chains.svg")
    drawn = ElementTree.fromstring(picture.content)
    cases = [part.attrib["data-case"] for part in drawn.iter() if "data-case" in part.attrib]
    assert set(cases) == {str(made[1].pk), str(made[2].pk)}
    assert ElementTree.fromstring(client.get("/chains.svg?class=suspected").content) is not None


def test_counting_contacts_costs_one_query_however_many_cases(
    town: "Town",
    client_of: "Callable[[Role], Client]",
    at: datetime,
    django_assert_max_num_queries: Any,
) -> None:
    with node_scope():
        for case in many(town, at, 25):
            met(case, at, 1)
    client = client_of(Role.EPIDEMIOLOGIST)
    with django_assert_max_num_queries(22):
        client.get("/chains")
    with django_assert_max_num_queries(16):
        client.get("/chains/windows")


@pytest.mark.browser
def test_contacts_unfold_in_the_picture_and_the_page_is_usable_by_everybody(
    town: "Town", page_of: "Callable[[Role], Page]", at: datetime, axe: "Callable[[Page], None]"
) -> None:
    with node_scope():
        first, _second = many(town, at, 2, division=COMMUNITY)
        met(first, at, 3)
    from playwright.sync_api import expect

    page = page_of(Role.EPIDEMIOLOGIST)
    page.goto("/chains", timeout=30_000)
    page.wait_for_selector("#chains[data-drawn]")
    page.wait_for_selector("svg.gantt")
    page.locator("#chains").scroll_into_view_if_needed()
    x, y = page.evaluate(f"document.getElementById('chains').placeOf('n{first.pk}')")
    page.mouse.move(x, y)
    page.mouse.click(x, y)
    expect(page.locator("#chains-note")).to_contain_text("3")
    page.locator("details.chains-more summary").first.click()
    page.wait_for_selector("details.chains-more li")
    axe(page)
    with page.expect_download() as saved:
        page.click("[data-chains=png]")
    assert saved.value.suggested_filename == "chains.png"
