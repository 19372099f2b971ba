"""The orders board and the page of one order: told, acknowledged, proved, returned, signed, and one board for many."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from support import town as towns
from support.town import COMMUNITY, JINNAN

from liankong.actions import orders as verbs
from liankong.actions import orders_issue, orders_waiting, organisations
from liankong.actions.orders_issue import Words
from liankong.rules.orders_proof import Proof
from liankong.store import orders as store
from liankong.store.access import node_scope
from liankong.store.log import Actor
from liankong.store.models import Batch, Entry, Order, OrderFile
from liankong.vocabulary.kinds import OrderKind, OrderState, OrganisationKind, Role

if TYPE_CHECKING:
    from django.test import Client
    from playwright.sync_api import Page
    from support.town import Town

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40
ClientOf = Callable[..., "Client"]


def issued(town: "Town", at: datetime, title: str = "Check the masks", **more: Any) -> Order:
    with node_scope():
        words = Words(**{"kind": OrderKind.TASK, "title": title, "due_at": at + 4 * HOUR} | more)
        return orders_issue.issue(words=words, addressee=town.cdc.pk, by=town[Role.COMMANDER], at=at)


def drafted(town: "Town", at: datetime, title: str = "Close the gate") -> Order:
    with node_scope(), transaction.atomic():
        return store.issue(
            kind=OrderKind.ZONE,
            title=title,
            issuer=town.district,
            addressee=town.cdc,
            division=JINNAN,
            due_at=at + 2 * HOUR,
            by=Actor(rule="flow:zones"),
            at=at,
            draft=True,
        )


def many(town: "Town", at: datetime, count: int) -> None:
    with node_scope():
        Order.objects.bulk_create(
            Order(
                kind=OrderKind.TASK,
                title=f"Task {number}",
                division=COMMUNITY,
                issuer=town.district,
                addressee=town.cdc,
                issued_at=at,
                due_at=at + timedelta(minutes=number // 3),
            )
            for number in range(count)
        )


def titles(answer: Any) -> list[str]:
    return [order.title for order in answer.context["page"].rows]


def fresh(order: Order) -> Order:
    with node_scope():
        return Order.objects.get(pk=order.pk)


# --- the board --------------------------------------------------------------------------------------------


def test_each_side_finds_the_order_under_its_own_heading_and_filters_narrow(
    town: "Town", client_of: ClientOf, at: datetime
) -> None:
    issued(town, at, "first")
    late = issued(town, at - 9 * HOUR, "late")
    done = issued(town, at, "done", kind=OrderKind.INSPECTION)
    draft = drafted(town, at)
    with node_scope():
        verbs.finish(order=done.pk, proof="seen", by=town[Role.EPIDEMIOLOGIST], at=at)
    told, issuer, other = (
        client_of(role) for role in (Role.EPIDEMIOLOGIST, Role.COMMANDER, Role.DUTY_OFFICER)
    )
    assert titles(told.get("/orders")) == ["late", "first"]
    assert titles(told.get("/orders?late=yes")) == ["late"]
    assert titles(told.get("/orders?late=no")) == ["first"]
    assert titles(told.get("/orders?state=all")) == ["done", "first", "late"]
    assert titles(told.get("/orders?state=all&kind=inspection")) == ["done"]
    assert titles(issuer.get("/orders")) == []
    assert set(titles(issuer.get("/orders?whose=ours&state=draft"))) == {"Close the gate"}
    assert titles(other.get("/orders?whose=below")) == []
    assert (late.pk, draft.pk) != (0, 0)


def test_a_nonsense_address_gives_the_plain_board_and_no_fault(
    town: "Town", client_of: ClientOf, at: datetime
) -> None:
    issued(town, at)
    client = client_of(Role.EPIDEMIOLOGIST)
    for query in ("whose=x", "kind=%27", "state=zzz", "after=%00", "before=e30", "batch=-1", "batch=²"):
        assert titles(client.get(f"/orders?{query}")) == ["Check the masks"], query


def test_paging_shows_every_order_once(town: "Town", client_of: ClientOf, at: datetime) -> None:
    many(town, at, 120)
    client = client_of(Role.EPIDEMIOLOGIST)
    seen: list[str] = []
    answer = client.get("/orders")
    while True:
        seen += titles(answer)
        after = answer.context["page"].after
        if after is None:
            break
        answer = client.get("/orders", {"after": after})
    assert sorted(seen) == sorted(f"Task {number}" for number in range(120))


def test_the_query_count_of_the_board_does_not_grow_with_its_rows(
    town: "Town", client_of: ClientOf, at: datetime, django_assert_max_num_queries: Any
) -> None:
    client = client_of(Role.EPIDEMIOLOGIST)
    counts = []
    for more in (3, 40):
        many(town, at, more)
        with django_assert_max_num_queries(24) as captured:
            client.get("/orders")
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_an_empty_board_says_so(town: "Town", client_of: ClientOf) -> None:
    client = client_of(Role.EPIDEMIOLOGIST)
    assert "No open orders" in client.get("/orders").text
    assert "No order fits these filters" in client.get("/orders?kind=task").text


# --- one order --------------------------------------------------------------------------------------------


def act(client: "Client", order: Order, name: str, **data: Any) -> Any:
    return client.post(f"/orders/{order.pk}/act/{name}", data)


def test_the_addressee_receives_starts_and_proves_it_and_the_page_tells_its_life(
    town: "Town", client_of: ClientOf, at: datetime
) -> None:
    order = issued(town, at, asks=[Proof.FIGURE, Proof.FILE], unit="households", text="All of them.")
    client = client_of(Role.EPIDEMIOLOGIST)
    assert act(client, order, "receive").status_code == 302
    assert act(client, order, "start").status_code == 302
    refused = act(client, order, "done", **{"done-proof": "seen", "done-figure": "12"})
    assert refused.status_code == 422
    assert "This order asks for a file." in refused.text
    picture = SimpleUploadedFile("Zhang San.png", PNG, content_type="text/html")
    done = {"done-proof": "seen", "done-figure": "12", "done-files": picture}
    assert act(client, order, "done", **done).status_code == 302
    assert (fresh(order).state, fresh(order).proof_figure) == (OrderState.DONE, 12)
    page = client.get(f"/orders/{order.pk}").text
    for word in ("Order issued", "Order received", "Order started", "Order done", "households"):
        assert word in page
    assert "Zhang" not in page


def test_a_proof_is_downloaded_by_post_alone_and_the_reading_stands_in_the_life(
    town: "Town", client_of: ClientOf, at: datetime
) -> None:
    order = issued(town, at)
    with node_scope():
        verbs.attach(order=order.pk, content=PNG, by=town[Role.EPIDEMIOLOGIST], at=at)
        file = OrderFile.objects.get().pk
    client = client_of(Role.COMMANDER)
    assert client.get(f"/orders/{order.pk}/files/{file}").status_code == 405
    answer = client.post(f"/orders/{order.pk}/files/{file}")
    assert (answer.content, answer["Content-Type"]) == (PNG, "image/png")
    assert answer["Content-Disposition"].startswith("attachment")
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "File opened" in client.get(f"/orders/{order.pk}").text
    assert client.post(f"/orders/{order.pk + 1}/files/{file}").status_code == 404
    with node_scope():
        assert Entry.objects.filter(kind="OrderFileRead").count() == 1


def test_what_is_returned_comes_back_to_the_issuers_desk_and_goes_out_again(
    town: "Town", client_of: ClientOf, at: datetime
) -> None:
    order = issued(town, at)
    refused = act(client_of(Role.EPIDEMIOLOGIST), order, "return", **{"return-reason": " "})
    assert refused.status_code == 422
    act(client_of(Role.EPIDEMIOLOGIST), order, "return", **{"return-reason": "no reagents"})
    issuer = client_of(Role.COMMANDER)
    assert "no reagents" in issuer.get("/").text
    due = (at + 9 * HOUR).strftime("%Y-%m-%dT%H:%M")
    data = {"again-title": "Check them again", "again-text": "", "again-due_at": due, "again-to": ""}
    answer = act(issuer, order, "again", **data)
    with node_scope():
        again = Order.objects.get(follows=order)
    assert answer["Location"] == f"/orders/{again.pk}"
    assert (again.title, again.due_at) == ("Check them again", at + 9 * HOUR)
    assert "no reagents" not in issuer.get("/").text
    assert f"/orders/{again.pk}" in issuer.get(f"/orders/{order.pk}").text


def test_an_order_shows_what_it_waits_for_and_cannot_be_started_before(
    town: "Town", client_of: ClientOf, at: datetime
) -> None:
    first, second = issued(town, at, "first"), issued(town, at, "second")
    issuer = client_of(Role.COMMANDER)
    assert act(issuer, second, "wait", **{"wait-until_done": first.pk}).status_code == 302
    circle = act(issuer, first, "wait", **{"wait-until_done": second.pk})
    assert (circle.status_code, "for ever" in circle.text) == (422, True)
    told = client_of(Role.EPIDEMIOLOGIST)
    assert "first" in told.get(f"/orders/{second.pk}").text
    assert "second" in told.get(f"/orders/{first.pk}").text
    refused = told.post(f"/orders/{second.pk}/act/start", follow=True)
    assert f"it waits until order {first.pk} is done" in refused.text
    act(issuer, second, "go-ahead", until_done=first.pk)
    act(told, second, "start")
    assert fresh(second).state == OrderState.STARTED


def test_an_emergency_says_that_it_waits_for_nothing(town: "Town", client_of: ClientOf, at: datetime) -> None:
    order = issued(town, at)
    issuer = client_of(Role.COMMANDER)
    act(issuer, order, "hurry", **{"hurry-reason": "chest pain"})
    page = issuer.get(f"/orders/{order.pk}").text
    assert "for nobody&#x27;s status" in page or "for nobody's status" in page
    assert fresh(order).emergency
    assert "Let it wait" not in page


def test_why_walks_up_the_causes_to_what_somebody_did(
    town: "Town", client_of: ClientOf, at: datetime
) -> None:
    from liankong import flow
    from liankong.actions import lab
    from liankong.store import log
    from liankong.vocabulary.kinds import ResultValue

    with node_scope():
        towns.tube(town, at)
        with log.collecting() as consequences:
            lab.report_result(tube="T1", value=ResultValue.POSITIVE, by=town[Role.LAB_OFFICER], at=at)
        flow.answer_now(consequences)
        order = Order.objects.filter(kind=OrderKind.REPORT).get()
    answer = client_of(Role.EPIDEMIOLOGIST).get(f"/orders/{order.pk}")
    assert [step.kind for step in answer.context["causes"]] == ["ResultReported", "CaseOpened"]


def test_a_draft_is_not_shown_below_its_issuer(town: "Town", client_of: ClientOf, at: datetime) -> None:
    draft = drafted(town, at)
    with node_scope():
        street = organisations.found(
            code="street",
            kind=OrganisationKind.STREET,
            division=COMMUNITY[:9],
            name="街",
            parent=town.district,
            from_at=at - HOUR,
            by=towns.BUILDER,
            at=at - HOUR,
        )
        Order.objects.filter(pk=draft.pk).update(addressee=street, division=COMMUNITY[:9])
        town.actors[Role.SECRETARY] = towns.seat(Role.DUTY_OFFICER, street, at=at - HOUR)
    below = client_of(Role.SECRETARY)
    assert below.get(f"/orders/{draft.pk}").status_code == 404
    assert titles(below.get("/orders?state=all")) == []
    assert client_of(Role.COMMANDER).get(f"/orders/{draft.pk}").status_code == 200


# --- issue and sign ---------------------------------------------------------------------------------------


def form(at: datetime, **more: Any) -> dict[str, Any]:
    due = (at + 4 * HOUR).strftime("%Y-%m-%dT%H:%M")
    return {"kind": "task", "title": "Check the masks", "due_at": due} | more


def test_one_form_sends_an_order_to_one_and_a_batch_to_many(
    town: "Town", client_of: ClientOf, at: datetime
) -> None:
    client = client_of(Role.COMMANDER)
    one = client.post("/orders/new", form(at, addressees=[town.cdc.pk]))
    with node_scope():
        assert one["Location"] == f"/orders/{Order.objects.get().pk}"
    client.post("/orders/new", form(at, addressees=[town.cdc.pk], others="jinnan, jinnan-cdc"))
    with node_scope():
        batch = Batch.objects.get()
        assert set(batch.orders.values_list("addressee", flat=True)) == {town.cdc.pk, town.district.pk}
    page = client.get(f"/orders/batches/{batch.pk}")
    assert page.context["counts"]["count"] == 2
    assert page.context["counts"]["silent"] == 2


def test_one_tick_orders_all_that_answer_to_us(town: "Town", client_of: ClientOf, at: datetime) -> None:
    sixteen(town, at)
    client_of(Role.COMMANDER).post("/orders/new", form(at, all_below="on", addressees=[town.cdc.pk]))
    with node_scope():
        assert Batch.objects.order_by("-pk")[0].orders.count() == 17


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({}, "Name whom it is for."),
        ({"others": "nowhere"}, "No organisation has the code nowhere."),
        ({"others": "jinnan-cdc", "title": "call 13800138000"}, "has no place in an order"),
        ({"others": "jinnan-cdc", "due_at": "2022-01-08T11:00"}, "The deadline must lie ahead."),
        ({"others": "jinnan-cdc", "waits_for": "999999"}, "there is no such order in your jurisdiction"),
    ],
)
def test_a_refused_form_keeps_what_was_typed_and_says_why(
    town: "Town", client_of: ClientOf, at: datetime, more: dict[str, Any], told: str
) -> None:
    answer = client_of(Role.COMMANDER).post("/orders/new", form(at, text="keep this", **more))
    assert answer.status_code == 422
    assert told in answer.text and "keep this" in answer.text
    with node_scope():
        assert not Order.objects.exists() and not Batch.objects.exists()


def test_a_secretary_prepares_and_the_commander_signs_some_of_it(
    town: "Town", client_of: ClientOf, at: datetime
) -> None:
    answer = client_of(Role.SECRETARY).post("/orders/new", form(at, addressees=[town.cdc.pk]))
    assert answer.status_code == 302
    rule = drafted(town, at)
    commander = client_of(Role.COMMANDER)
    assert "Orders waiting for my signature" in commander.get("/").text
    assert set(titles(commander.get("/orders/to-sign"))) == {"Check the masks", "Close the gate"}
    assert commander.post("/orders/to-sign", {}).status_code == 422
    commander.post("/orders/to-sign", {"order": [rule.pk], "shown": [rule.pk]})
    assert fresh(rule).state == OrderState.ISSUED
    assert titles(commander.get("/orders/to-sign")) == ["Check the masks"]
    with node_scope():
        left = Order.objects.get(state=OrderState.DRAFT)
    commander.post("/orders/to-sign", {"shown": [left.pk], "all": "1"})
    assert titles(commander.get("/orders/to-sign")) == []
    assert client_of(Role.SECRETARY).get("/orders/to-sign").status_code == 403


def test_whoever_may_neither_issue_nor_draft_finds_no_form(town: "Town", client_of: ClientOf) -> None:
    client = client_of(Role.EPIDEMIOLOGIST)
    assert client.get("/orders/new").status_code == 403
    assert "New order" not in client.get("/orders").text


def sixteen(town: "Town", at: datetime) -> Batch:
    with node_scope():
        keys = [
            organisations.found(
                code=f"d{number}",
                kind=OrganisationKind.SUB_HEADQUARTERS,
                division=f"120112{number:03d}",
                name=f"街{number}",
                parent=town.district,
                from_at=at - HOUR,
                by=towns.BUILDER,
                at=at - HOUR,
            ).pk
            for number in range(1, 17)
        ]
        words = Words(kind=OrderKind.DIRECTIVE, title="Report the beds", due_at=at + HOUR)
        return orders_issue.issue_many(words=words, addressees=keys, by=town[Role.COMMANDER], at=at)


def test_one_board_shows_who_of_sixteen_has_done_what_and_reminds_the_rest(
    town: "Town", client_of: ClientOf, at: datetime, django_assert_max_num_queries: Any
) -> None:
    batch = sixteen(town, at)
    with node_scope():
        first = batch.orders.order_by("pk").first()
        assert first is not None
        quick = towns.seat(Role.DUTY_OFFICER, first.addressee, at=at)
        verbs.finish(order=first.pk, proof="40 beds", by=quick, at=at)
    client = client_of(Role.COMMANDER)
    with django_assert_max_num_queries(24):
        page = client.get(f"/orders/batches/{batch.pk}")
    counts = page.context["counts"]
    assert (counts["count"], counts["silent"], counts["acknowledged"], counts["done"]) == (16, 15, 1, 1)
    assert titles(client.get(f"/orders/batches/{batch.pk}?step=done")) == ["Report the beds"]
    assert "40 beds" in page.text
    answer = client.post(f"/orders/batches/{batch.pk}/remind", follow=True)
    assert "15 organisations are reminded." in answer.text
    assert "Report the beds" in client.get("/orders/batches").text


def test_an_order_that_came_up_stands_on_the_superiors_desk(
    town: "Town", client_of: ClientOf, at: datetime
) -> None:
    order = issued(town, at, "lying")
    with node_scope():
        Order.objects.filter(pk=order.pk).update(escalated_to=town.district, escalated_at=at)
    client = client_of(Role.COMMANDER)
    assert "Come up or come back to us" in client.get("/").text
    assert titles(client.get("/orders?whose=escalated")) == ["lying"]


def test_the_query_count_of_an_order_does_not_grow_with_what_hangs_on_it(
    town: "Town", client_of: ClientOf, at: datetime, django_assert_max_num_queries: Any
) -> None:
    order = issued(town, at)
    client = client_of(Role.COMMANDER)
    client.get(f"/orders/{order.pk}")
    with django_assert_max_num_queries(50) as first:
        client.get(f"/orders/{order.pk}")
    with node_scope():
        for number in range(6):
            other = issued(town, at, f"other {number}")
            orders_waiting.wait_for(order=order.pk, until_done=other.pk, by=town[Role.COMMANDER], at=at)
            content = PNG + bytes([number])
            verbs.attach(order=order.pk, content=content, by=town[Role.EPIDEMIOLOGIST], at=at)
    with django_assert_max_num_queries(50) as second:
        client.get(f"/orders/{order.pk}")
    assert len(second) <= len(first) + 4


# --- on a phone -------------------------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.parametrize("width", [1366, 390])
def test_every_page_of_orders_is_usable_by_everybody_wide_and_narrow(
    page_of: "Callable[[Role], Page]",
    axe: "Callable[[Page], None]",
    town: "Town",
    at: datetime,
    width: int,
) -> None:
    order = issued(town, at, asks=[Proof.FIGURE], unit="households", text="All of them.")
    waiting = issued(town, at, "second", waits_for=[order.pk])
    draft = drafted(town, at)
    batch = sixteen(town, at)
    with node_scope():
        verbs.attach(order=order.pk, content=PNG, by=town[Role.EPIDEMIOLOGIST], at=at)
    page = page_of(Role.COMMANDER)
    page.set_viewport_size({"width": width, "height": 844})
    addresses = [
        "/",
        "/orders?whose=ours&state=all",
        "/orders?whose=escalated",
        "/orders/new",
        "/orders/to-sign",
        "/orders/batches",
        f"/orders/batches/{batch.pk}",
        *(f"/orders/{one.pk}" for one in (order, waiting, draft)),
    ]
    for address in addresses:
        page.goto(address)
        assert page.locator("h1").count() == 1, address
        for details in page.locator("main details:not(.lk-menu)").all():
            details.evaluate("element => { element.open = true; }")
        axe(page)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{address} scrolls sideways by {wide} px"


@pytest.mark.browser
def test_on_a_phone_an_order_is_received_started_and_done(
    page_of: "Callable[[Role], Page]", town: "Town", at: datetime
) -> None:
    order = issued(town, at)
    page = page_of(Role.EPIDEMIOLOGIST)
    page.set_viewport_size({"width": 390, "height": 844})
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"longitude": 117.35712, "latitude": 38.98543})
    page.goto(f"/orders/{order.pk}")
    page.locator("form[action$='/receive'] button").click()
    page.locator("form[action$='/start'] button").click()
    page.locator("#id_done-proof").fill("12 shops seen")
    page.locator("[data-here]").click()
    page.wait_for_function("document.querySelector('#id_done-longitude').value !== ''")
    page.locator("form[action$='/done'] button.btn-primary").click()
    page.wait_for_selector("#proof")
    assert (fresh(order).state, fresh(order).proof_longitude) == (OrderState.DONE, 117.35712)
