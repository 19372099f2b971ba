"""The list of cases and the page of one: finding, saying, being refused, and why it stands so."""

import csv
import io
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from web_cases import many, positive

from liankong.store.access import node_scope
from liankong.store.models import Case, Entry, Identity
from liankong.vocabulary.kinds import Origin, PersonClass, Role
from liankong.web.pages import paginate

if TYPE_CHECKING:
    from django.test import Client
    from playwright.sync_api import Page
    from support.town import Town

pytestmark = pytest.mark.django_db


def numbers(answer: Any) -> list[str]:
    return [case.number for case in answer.context["page"].rows]


def test_the_newest_case_stands_first_and_each_filter_narrows(
    town: "Town", client_of: "Callable[[Role], Client]", at: datetime
) -> None:
    with node_scope():
        many(town, at, 3)
        many(town, at - timedelta(days=5), 2, classification=PersonClass.ASYMPTOMATIC)
    client = client_of(Role.EPIDEMIOLOGIST)
    assert numbers(client.get("/cases")) == ["00003", "00002", "00001", "00005", "00004"]
    assert numbers(client.get("/cases?class=asymptomatic")) == ["00005", "00004"]
    assert numbers(client.get("/cases?class=infected&q=00001")) == ["00001"]
    assert numbers(client.get("/cases?source=no&sort=number")) == ["00001", "00004"]
    assert numbers(client.get("/cases?until=2022-01-04&sort=number")) == ["00004", "00005"]
    assert numbers(client.get("/cases?severity=grave")) == []
    assert numbers(client.get("/cases?division=120112999")) == []


def test_a_nonsense_address_gives_the_plain_list_and_no_fault(
    town: "Town", client_of: "Callable[[Role], Client]", at: datetime
) -> None:
    with node_scope():
        many(town, at, 2)
    client = client_of(Role.EPIDEMIOLOGIST)
    for query in ("sort=zzz", "since=yesterday", "after=%00garbage", "before=e30", "division=x'--"):
        assert len(numbers(client.get(f"/cases?{query}"))) == 2, query


def test_an_empty_list_says_what_would_fill_it_and_a_narrow_one_how_to_widen_it(
    town: "Town", client_of: "Callable[[Role], Client]"
) -> None:
    client = client_of(Role.EPIDEMIOLOGIST)
    assert "No cases yet" in client.get("/cases").text
    assert "No case fits these filters" in client.get("/cases?class=confirmed").text


def test_the_query_count_of_the_list_does_not_grow_with_its_rows(
    town: "Town", client_of: "Callable[[Role], Client]", at: datetime, django_assert_max_num_queries: Any
) -> None:
    client = client_of(Role.EPIDEMIOLOGIST)
    counts = []
    for more in (3, 40):
        with node_scope():
            many(town, at - timedelta(days=len(counts)), more)
        with django_assert_max_num_queries(24) as captured:
            client.get("/cases")
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_the_query_count_of_a_case_does_not_grow_with_its_story(
    town: "Town", client_of: "Callable[[Role], Client]", at: datetime, django_assert_max_num_queries: Any
) -> None:
    with node_scope():
        case = positive(town, at)
    client = client_of(Role.EPIDEMIOLOGIST)
    client.get(f"/cases/{case.pk}")
    with django_assert_max_num_queries(40) as first:
        client.get(f"/cases/{case.pk}")
    for reason in ("first look", "second look"):
        answer = client.post(
            f"/cases/{case.pk}/classify",
            {"classify-classification": "confirmed", "classify-severity": "mild", "classify-reason": reason},
        )
    with django_assert_max_num_queries(40) as second:
        answer = client.get(f"/cases/{case.pk}")
    assert answer.status_code == 200
    # A named person now stands in the story: their name and post are one look-up each, however many entries.
    assert len(second) <= len(first) + 3


def test_paging_forward_and_back_shows_every_case_once(
    town: "Town", client_of: "Callable[[Role], Client]", at: datetime
) -> None:
    with node_scope():
        many(town, at, 120, linked=False)
    client = client_of(Role.EPIDEMIOLOGIST)
    seen: list[str] = []
    answer = client.get("/cases?sort=number")
    while True:
        seen += numbers(answer)
        after = answer.context["page"].after
        if after is None:
            break
        answer = client.get("/cases", {"sort": "number", "after": after})
    assert seen == [f"{number:05d}" for number in range(1, 121)]
    back = client.get("/cases", {"sort": "number", "before": answer.context["page"].before})
    assert numbers(back) == seen[50:100]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hours=st.lists(st.integers(0, 5), min_size=1, max_size=23), size=st.integers(1, 7), back=st.booleans())
def test_pages_by_key_are_slices_of_the_whole_list_even_where_times_are_equal(
    town: "Town", at: datetime, hours: list[int], size: int, back: bool
) -> None:
    with node_scope():
        made = many(town, at, len(hours), linked=False)
        mine = Case.objects.filter(pk__in=[case.pk for case in made])
        for case, hour in zip(made, hours, strict=True):
            Case.objects.filter(pk=case.pk).update(found_at=at - timedelta(hours=hour))
        order = ("-found_at", "-pk") if back else ("found_at", "pk")
        whole = list(mine.order_by(*order).values_list("pk", flat=True))
        query: dict[str, str] = {}
        pages = []
        while True:
            page = paginate(mine, order=order, query=query, size=size)
            pages.append([case.pk for case in page.rows])
            if page.after is None:
                break
            query = {"after": page.after}
        assert pages == [whole[start : start + size] for start in range(0, len(whole), size)]
        while page.before is not None:
            page = paginate(mine, order=order, query={"before": page.before}, size=size)
            pages.pop()
            assert [case.pk for case in page.rows] == pages[-1]
        assert len(pages) == 1


def test_exports_hold_identifiers_and_no_names(
    town: "Town", client_of: "Callable[[Role], Client]", at: datetime
) -> None:
    with node_scope():
        made = many(town, at, 3)
        Case.objects.filter(pk=made[0].pk).update(origin_place="=cmd|danger")
    client = client_of(Role.EPIDEMIOLOGIST)
    text = client.get("/cases/export.csv?sort=number").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["number"] for row in rows] == ["00001", "00002", "00003"]
    assert [row["infector"] for row in rows] == ["", "00001", "00002"]
    assert not {"name", "phone", "address", "origin_place"} & set(rows[0])
    book = load_workbook(io.BytesIO(client.get("/cases/export.xlsx?class=confirmed").content), read_only=True)
    assert [row[0].value for row in book["cases"].iter_rows()] == ["number", "00001", "00002", "00003"]


def test_a_district_does_not_see_its_neighbours_cases(
    town: "Town", client_of: "Callable[[Role], Client]", at: datetime
) -> None:
    with node_scope():
        own, other = many(town, at, 1), many(town, at, 1, division="120104101001", linked=False)
    client = client_of(Role.EPIDEMIOLOGIST)
    assert numbers(client.get("/cases")) == [own[0].number]
    client.raise_request_exception = False
    assert client.get(f"/cases/{other[0].pk}").status_code == 404


def test_the_story_of_a_case_says_what_led_to_what(
    town: "Town", client_of: "Callable[[Role], Client]", at: datetime
) -> None:
    with node_scope():
        case = positive(town, at)
    steps = {
        step.kind: step for step in client_of(Role.EPIDEMIOLOGIST).get(f"/cases/{case.pk}").context["steps"]
    }
    assert steps["CaseOpened"].cause == steps["ResultReported"].id
    assert steps["OrderIssued"].cause == steps["CaseOpened"].id
    assert steps["OrderIssued"].cause_here
    assert steps["CaseOpened"].protocol == "CN-COV-v8"
    assert "Laboratory officer" in steps["ResultReported"].who or "lab_officer" in steps["ResultReported"].who


def test_an_expert_classifies_a_case_and_the_story_names_them(
    town: "Town", client_of: "Callable[[Role], Client]", at: datetime
) -> None:
    with node_scope():
        case = positive(town, at)
    client = client_of(Role.EPIDEMIOLOGIST)
    fields = {
        "classify-classification": "confirmed",
        "classify-severity": "mild",
        "classify-reason": "CT shows it",
    }
    answer = client.post(f"/cases/{case.pk}/classify", fields, follow=True)
    assert "CT shows it" in answer.text
    with node_scope():
        case.refresh_from_db()
    assert case.classification == PersonClass.CONFIRMED


def test_what_the_rules_refuse_comes_back_at_its_field_with_the_input_kept(
    town: "Town", client_of: "Callable[[Role], Client]", at: datetime
) -> None:
    with node_scope():
        case = positive(town, at)
    client = client_of(Role.EPIDEMIOLOGIST)
    answer = client.post(
        f"/cases/{case.pk}/source",
        {"source-origin": "local", "source-infector": "99999", "source-exposure": "canteen"},
    )
    assert answer.status_code == 422
    form = answer.context["forms"]["source"]
    assert "99999" in form.errors["infector"][0]
    assert "canteen" in answer.text
    with node_scope():
        assert not Entry.objects.filter(kind="CaseSourceSet").exists()


def test_a_source_is_found_by_its_first_digits_and_set(
    town: "Town", client_of: "Callable[[Role], Client]", at: datetime
) -> None:
    with node_scope():
        first, second = many(town, at, 2, linked=False)
    client = client_of(Role.EPIDEMIOLOGIST)
    assert f'value="{first.number}"' in client.get("/cases/suggest?source-infector=0000").text
    assert client.get("/cases/suggest?source-infector=").text.strip() == ""
    client.post(f"/cases/{second.pk}/source", {"source-origin": "local", "source-infector": first.number})
    with node_scope():
        assert second.links.get(rank=1).infector_id == first.pk
        second.refresh_from_db()
    assert second.origin == Origin.LOCAL


def test_forms_are_shown_to_those_only_whose_post_may_use_them(
    town: "Town", client_of: "Callable[[Role], Client]", at: datetime
) -> None:
    with node_scope():
        case = positive(town, at)
    assert set(client_of(Role.EPIDEMIOLOGIST).get(f"/cases/{case.pk}").context["forms"]) == {
        "classify",
        "course",
        "source",
        "report",
    }
    auditor = client_of(Role.AUDITOR)
    assert auditor.get(f"/cases/{case.pk}").context["forms"] == {}
    # A form that was not shown is refused as well.
    answer = auditor.post(f"/cases/{case.pk}/report", {"report-card": "1"})
    assert answer.status_code == 422
    with node_scope():
        case.refresh_from_db()
    assert case.reported_at is None


def test_an_identity_is_opened_for_a_reason_and_the_reading_is_on_record(
    town: "Town", client_of: "Callable[[Role], Client]", at: datetime
) -> None:
    from liankong.store import identity

    with node_scope():
        case = positive(town, at)
        Identity.objects.filter(person=case.person_id).delete()
        sealed = identity.columns(case.person_id, name="示例甲", phone="13900000000")
        Identity.objects.create(**sealed)
    client = client_of(Role.EPIDEMIOLOGIST)
    assert "示例甲" not in client.get(f"/cases/{case.pk}").text
    without = client.post(f"/cases/{case.pk}/identity", {"reveal-fields_wanted": ["name"], "reveal-why": ""})
    assert (without.status_code, "示例甲" in without.text) == (422, False)
    opened = client.post(
        f"/cases/{case.pk}/identity", {"reveal-fields_wanted": ["name"], "reveal-why": "contact tracing call"}
    )
    assert "示例甲" in opened.text
    assert "13900000000" not in opened.text
    assert "no-store" in opened["Cache-Control"]
    assert "contact tracing call" in client.get("/account").text


@pytest.mark.browser
def test_an_expert_reviews_a_case_from_the_list_without_a_mouse(
    page_of: "Callable[[Role], Page]", town: "Town", at: datetime
) -> None:
    with node_scope():
        case = positive(town, at)
    page = page_of(Role.EPIDEMIOLOGIST)
    page.goto("/overview")
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url("**/cases")
    page.keyboard.press("/")
    page.keyboard.type(case.number[:3])
    page.wait_for_url("**q=*")
    page.locator("a.lk-row-link").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cases/{case.pk}")
    page.locator("#id_classify-classification").select_option("confirmed")
    page.locator("#id_classify-severity").select_option("mild")
    page.locator("#id_classify-reason").fill("两次单管阳性")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector(".lk-toast")
    assert page.locator("h1 ~ .lk-badge.is-danger").first.is_visible()
    with node_scope():
        case.refresh_from_db()
    assert case.classification == PersonClass.CONFIRMED


@pytest.mark.browser
def test_filters_change_the_list_and_the_address_without_loading_the_page_again(
    page_of: "Callable[[Role], Page]", town: "Town", at: datetime
) -> None:
    with node_scope():
        many(town, at, 4)
        many(town, at, 2, classification=PersonClass.ASYMPTOMATIC)
    page = page_of(Role.EPIDEMIOLOGIST)
    page.goto("/cases")
    page.evaluate("window.stayed = true")
    page.locator("#f-class").select_option("asymptomatic")
    page.wait_for_url("**class=asymptomatic*")
    page.wait_for_function("document.querySelectorAll('#results tbody tr').length === 2")
    assert page.evaluate("window.stayed") is True


def test_a_cursor_of_another_ordering_gives_the_first_page(town: "Town", at: datetime) -> None:
    with node_scope():
        many(town, at, 5)
        page = paginate(Case.objects.all(), order=("number", "pk"), query={}, size=2)
        other = paginate(
            Case.objects.all(), order=("-found_at", "-pk"), query={"after": page.after or ""}, size=2
        )
    assert [case.number for case in other.rows] == ["00005", "00004"]
