"""The frame around every page: orders with their clocks, the seat in use, the live line, headers, print."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.urls import get_resolver
from support import town as towns
from web_cases import many, positive

from liankong.actions import organisations
from liankong.actions.registry import break_glass
from liankong.store import log
from liankong.store.access import node_scope
from liankong.store.log import Actor
from liankong.store.models import Case, LineListImport, Order, Outbreak, User
from liankong.vocabulary.facts import CaseReported
from liankong.vocabulary.kinds import OrderState, Role
from liankong.web import live as line

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from support.town import Town

pytestmark = pytest.mark.django_db


def test_the_disease_control_centre_sees_its_orders_with_the_most_urgent_first(
    town: "Town", client_of: "Callable[[Role], Client]", at: datetime
) -> None:
    with node_scope():
        late = positive(town, at - timedelta(hours=3), code="T1")
        new = positive(town, at, code="T2")
    part = client_of(Role.EPIDEMIOLOGIST).get("/").context["parts"]["orders"]
    assert [order.case_id for order in part["orders"]] == [late.pk, new.pk]
    assert part["overdue"] == 1


def test_nothing_to_do_is_said_and_not_left_blank(
    town: "Town", client_of: "Callable[[Role], Client]"
) -> None:
    text = client_of(Role.EPIDEMIOLOGIST).get("/").text
    for said in ("No open orders", "Every case is reviewed", "No rejected rows"):
        assert said in text


def test_each_post_sees_what_it_must_sign_or_mend(
    town: "Town", client_of: "Callable[[Role], Client]", at: datetime
) -> None:
    with node_scope():
        positive(town, at)
        LineListImport.objects.create(
            outbreak=town.outbreak,
            division="120112",
            filename="list.csv",
            digest="d",
            mapping="",
            rows=3,
            accepted=2,
            rejected=1,
            created_at=at,
        )
    assert set(client_of(Role.COMMANDER).get("/").context["parts"]) == {
        "figures",
        "orders",
        "settle",
        "below",
        "signing",
        "zones",
        "cases",
        "bulletins",
    }
    expert = client_of(Role.EPIDEMIOLOGIST).get("/").context["parts"]
    assert (expert["cases"]["count"], expert["imports"]["count"]) == (1, 1)
    assert set(client_of(Role.AUDITOR).get("/").context["parts"]) == {
        "figures",
        "orders",
        "settle",
        "below",
    }


def test_the_commander_sees_what_others_let_pass_and_how_the_day_stands(
    town: "Town", client_of: "Callable[[Role], Client]", at: datetime
) -> None:
    with node_scope():
        late = positive(town, at - timedelta(hours=3))
        many(town, at, 2)
    answer = client_of(Role.COMMANDER).get("/")
    part = answer.context["parts"]["below"]
    assert [(order.case_id, order.addressee_id) for order in part["orders"]] == [(late.pk, town.cdc.pk)]
    assert f'href="/cases/{late.pk}"' in answer.text and "Statutory report" in answer.text
    assert answer.context["parts"]["figures"]["figures"]["pending"] == 1
    # Those who must act have the order among their own, not among others'.
    parts = client_of(Role.EPIDEMIOLOGIST).get("/").context["parts"]
    assert parts["below"]["orders"] == []
    assert [order.case_id for order in parts["orders"]["orders"]] == [late.pk]


def test_an_order_is_received_and_done_with_its_proof(
    town: "Town", client_of: "Callable[[Role], Client]", at: datetime
) -> None:
    with node_scope():
        case = positive(town, at)
        order = Order.objects.get(case=case, kind="report")
    client = client_of(Role.EPIDEMIOLOGIST)
    client.post(f"/orders/{order.pk}/receive")
    without = client.post(f"/orders/{order.pk}/done", {"proof": ""}, follow=True)
    assert "is-danger" in without.text
    client.post(f"/orders/{order.pk}/done", {"proof": "card 17"})
    with node_scope():
        order.refresh_from_db()
    assert (order.state, order.proof) == (OrderState.DONE, "card 17")


def test_the_query_count_of_the_first_page_does_not_grow_with_its_orders(
    town: "Town", client_of: "Callable[[Role], Client]", at: datetime, django_assert_max_num_queries: Any
) -> None:
    client = client_of(Role.EPIDEMIOLOGIST)
    counts = []
    for more in (1, 6):
        with node_scope():
            for number in range(more):
                positive(town, at, code=f"T{len(counts)}-{number}")
        with django_assert_max_num_queries(26) as captured:
            client.get("/")
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_somebody_with_two_posts_acts_in_one_at_a_time(
    town: "Town", client_of: "Callable[[Role], Client]", at: datetime
) -> None:
    by = town[Role.AUDITOR]
    with node_scope():
        builder = towns.BUILDER
        post = organisations.create_post(
            organisation=town.city.pk, title="second seat", role=Role.DUTY_OFFICER, by=builder, at=at
        )
        organisations.fill_post(post=post.pk, user=town[Role.CLINICIAN].user, by=builder, at=at)
    client = client_of(Role.CLINICIAN)
    client.post("/preferences", {"post": str(post.pk)})
    seen = client.get("/").wsgi_request.sight
    assert (seen.seat.title, seen.division) == ("second seat", "12")
    assert not seen.may("cases.classify")
    # Somebody else's post is not taken by naming it.
    client.post("/preferences", {"post": str(by.post)})
    assert client.get("/").wsgi_request.sight.seat.post != by.post


def test_a_broken_glass_widens_the_sight_not_the_rights_and_says_so_on_every_page(
    town: "Town", client_of: "Callable[[Role], Client]", at: datetime
) -> None:
    with node_scope():
        (elsewhere,) = many(town, at, 1, division="120104101001", linked=False)
        break_glass(division="12", why="patient moved between districts", by=town[Role.EPIDEMIOLOGIST], at=at)
    client = client_of(Role.EPIDEMIOLOGIST)
    answer = client.get("/cases")
    assert [case.pk for case in answer.context["page"].rows] == [elsewhere.pk]
    assert "Wider sight" in answer.text


def test_an_exercise_is_marked_on_every_page(
    town: "Town", client_of: "Callable[[Role], Client]", settings: Any
) -> None:
    client = client_of(Role.COMMANDER)
    assert "may enter a real count" not in client.get("/cases").text
    with node_scope():
        Outbreak.objects.filter(pk=town.outbreak.pk).update(exercise=True)
    assert "may enter a real count" in client.get("/cases").text


def test_a_closed_page_of_a_stage_is_neither_linked_nor_opened(
    town: "Town", client_of: "Callable[[Role], Client]"
) -> None:
    text = client_of(Role.LAB_OFFICER).get("/").text
    assert 'data-key="u"' not in text
    assert 'data-key="a"' not in text


def test_every_page_forbids_foreign_code_and_frames(
    town: "Town", client_of: "Callable[[Role], Client]"
) -> None:
    answer = client_of(Role.COMMANDER).get("/overview")
    policy = answer["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer["X-Frame-Options"] == "DENY"


def test_no_page_but_the_open_ones_answers_a_stranger(db: None) -> None:
    opened = {"sign-in", "sign-in-second", "preferences"}
    client = Client()
    for pattern in get_resolver("liankong.web.urls").url_patterns:
        name = getattr(pattern, "name", None)
        if name is None or name in opened:
            continue
        kwargs = {
            key: 1 if conv.regex == "[0-9]+" else "x" for key, conv in pattern.pattern.converters.items()
        }
        from django.urls import reverse

        answer = client.get(reverse(name, kwargs=kwargs))
        assert answer.status_code == 302, name
        assert answer["Location"].startswith("/sign-in"), name


# --- the live line ---------------------------------------------------------------------------------------------------


def test_a_notification_becomes_one_event_for_each_stage_and_the_last_bears_the_number() -> None:
    heard = line.read("17:120112101:CaseReported")
    assert heard is not None
    assert heard.text() == "event: cases\ndata: 17\n\nid: 17\nevent: orders\ndata: 17\n\n"
    assert line.Heard(3, "12", "SignedIn").text() == ""


@pytest.mark.parametrize("payload", ["", "x:12:CaseOpened", "5", "5:12"])
def test_a_notification_that_is_none_of_ours_is_passed_over(payload: str) -> None:
    assert line.read(payload) is None


def test_readers_hear_their_own_jurisdiction_only() -> None:
    hub = line.Hub()
    city: asyncio.Queue[line.Heard] = asyncio.Queue()
    district: asyncio.Queue[line.Heard] = asyncio.Queue()
    hub.readers = {city: "12", district: "120112"}
    hub.tell("1:120112101:CaseOpened")
    hub.tell("2:120104101:CaseOpened")
    hub.tell("3:41:CaseOpened")
    assert (city.qsize(), district.qsize()) == (2, 1)


def test_a_page_that_lost_its_line_is_told_what_it_missed(town: "Town", at: datetime) -> None:
    with node_scope():
        before = line.position()
        case = positive(town, at)
        log.record(
            CaseReported(case=case.pk, late=False), subject=case.pk, division=case.division, by=Actor(), at=at
        )
    assert [item.kind for item in line.missed("120112", before)] == [
        "ResultReported",
        "CaseOpened",
        "OrderIssued",
        "CaseReported",
    ]
    assert line.missed("120104", before) == []


@pytest.mark.browser
def test_a_new_order_appears_on_the_open_page_by_itself(
    page_of: "Callable[[Role], Page]", town: "Town", at: datetime
) -> None:
    page = page_of(Role.EPIDEMIOLOGIST)
    page.goto("/")
    page.wait_for_selector("[data-live][data-state=open]")
    assert page.locator(".lk-due").count() == 0
    with node_scope():
        positive(town, at)
    page.wait_for_selector(".lk-due")


@pytest.mark.browser
def test_keys_and_the_phones_navigation_work_without_a_mouse(
    page_of: "Callable[[Role], Page]", town: "Town"
) -> None:
    page = page_of(Role.COMMANDER)
    page.goto("/overview")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "lk-skip"
    page.keyboard.press("?")
    assert page.locator("#lk-help").is_visible()
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator(".lk-menu-btn").press("Enter")
    page.wait_for_function("document.activeElement.closest('.lk-nav') !== null")
    page.keyboard.press("Escape")
    assert not page.locator(".lk-nav").is_visible()


def test_cases_of_a_closed_outbreak_are_seen_by_choosing_it(
    town: "Town", client_of: "Callable[[Role], Client]", at: datetime
) -> None:
    with node_scope():
        many(town, at, 2)
        old = Outbreak.objects.create(
            code="old",
            name="往年疫情",
            pathogen="covid19",
            protocol="CN-COV-v8",
            division="12",
            baseline_on=at.date(),
            opened_at=at,
            closed_at=at,
        )
    client = client_of(Role.COMMANDER)
    assert client.get("/cases").context["page"].total == 2
    client.post("/preferences", {"outbreak": old.code})
    assert client.get("/cases").context["page"].total == 0
    assert client.get("/cases?outbreak=jinnan-2022").context["page"].total == 2
    with node_scope():
        assert Case.objects.count() == 2
        assert User.objects.exists()
