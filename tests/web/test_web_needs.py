"""The hotline's form, the board of needs, the green channel, deliveries and places, as people use them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from support import inside as insides
from support.inside import Inside
from support.town import COMMUNITY

from liankong.actions import disinfection, needs
from liankong.store import identity
from liankong.store.access import node_scope
from liankong.store.models import Entry, Household, Identity, Order, Person, Place, StandingNeed
from liankong.vocabulary.identifiers import make_id_number
from liankong.vocabulary.kinds import NeedKind, OrderKind, OrderState, Role
from liankong.web.templatetags import lk

if TYPE_CHECKING:
    from django.test import Client
    from playwright.sync_api import Page
    from support.town import Town

pytestmark = pytest.mark.django_db
PHONE = "13800138000"


@pytest.fixture
def inside(town: "Town", at: datetime) -> Inside:
    with node_scope():
        return insides.build(town, at)


@pytest.fixture
def desk(client_of: "Callable[[Role], Client]", inside: Inside) -> "Client":
    return client_of(Role.DUTY_OFFICER)


def known(inside: Inside, at: datetime) -> None:
    number = make_id_number("120112", at.date().replace(year=1980), 12)
    with node_scope():
        Identity.objects.create(
            **identity.columns(inside.person.pk, name="x", id_number=number, phone="+86" + PHONE)
        )


def test_a_call_by_phone_number_finds_the_household_and_the_search_is_on_record(
    desk: "Client", inside: Inside, at: datetime
) -> None:
    known(inside, at)
    answer = desk.post(
        "/needs/take", {"kind": "medicine", "person": PHONE, "words": "insulin", "source": "hotline"}
    )
    with node_scope():
        order = Order.objects.get(kind=OrderKind.NEED)
        assert (order.household_id, order.person_id) == (inside.household.pk, inside.person.pk)
        assert Entry.objects.filter(kind="IdentitySearched", subject=inside.person.pk).exists()
    assert answer.status_code == 302 and answer["Location"] == f"/needs/{order.pk}"
    page = desk.get(answer["Location"])
    assert "insulin" in page.text and PHONE not in page.text


def test_an_emergency_goes_out_though_every_field_is_wrong(desk: "Client", inside: Inside) -> None:
    answer = desk.post(
        "/needs/take",
        {
            "kind": "nonsense", "emergency": "on", "person": "12", "household": "-3", "division": "Atlantis",
            "words": "unconscious", "source": "crystal ball",
        },
    )  # fmt: skip
    assert answer.status_code == 302, answer.text
    with node_scope():
        parts = Order.objects.filter(kind=OrderKind.NEED)
        assert {order.detail["part"] for order in parts} == {"ambulance", "care", "community"}
        assert all(order.emergency and order.state == OrderState.ISSUED for order in parts)


def test_an_unknown_number_is_asked_for_again_where_there_is_time(desk: "Client", inside: Inside) -> None:
    answer = desk.post("/needs/take", {"kind": "food", "person": PHONE, "source": "hotline"})
    assert answer.status_code == 422 and "Nobody here has this number" in answer.text
    answer = desk.post("/needs/take", {"kind": "food", "person": "123", "source": "hotline"})
    assert answer.status_code == 422 and "an identity number has 18 characters" in answer.text


def test_a_phone_shared_by_two_households_asks_which(desk: "Client", inside: Inside, at: datetime) -> None:
    known(inside, at)
    with node_scope():
        other = Household.objects.create(division=COMMUNITY)
        person = Person.objects.create(division=COMMUNITY, household=other, created_at=at)
        Identity.objects.create(**identity.columns(person.pk, phone="+86" + PHONE))
    form = {"kind": "food", "person": PHONE, "source": "hotline"}
    answer = desk.post("/needs/take", form)
    assert answer.status_code == 422 and f"#{other.pk}" in answer.text
    assert desk.post("/needs/take", form | {"emergency": "on"}).status_code == 302


def test_a_second_call_is_shown_on_the_running_order(desk: "Client", inside: Inside) -> None:
    form = {"kind": "food", "household": inside.household.pk, "source": "door"}
    first = desk.post("/needs/take", form)["Location"]
    again = desk.post("/needs/take", form, follow=True)
    assert again.redirect_chain[-1][0] == first
    assert "asked for this already" in again.text
    assert "asked 1 more time" in desk.get("/needs").text


def test_a_refusal_reported_at_the_desk_tells_the_next_hospital(
    desk: "Client", town: "Town", inside: Inside, at: datetime
) -> None:
    with node_scope():
        taken = needs.take(kind=NeedKind.BIRTH, person=inside.person.pk, by=inside.worker, at=at)
    care = next(order for order in taken.orders if order.detail["part"] == "care")
    shown = next(order for order in taken.orders if order.detail["part"] == "community")
    page = desk.get(f"/needs/{shown.pk}")
    assert f'value="{care.pk}"' in page.text
    empty = desk.post(f"/needs/{shown.pk}/refused", {"care": care.pk, "refused-reason": ""})
    assert empty.status_code == 422
    done = desk.post(
        f"/needs/{shown.pk}/refused", {"care": care.pk, "refused-reason": "no test"}, follow=True
    )
    assert "far" in done.text and "Care was refused: order" in done.text


def test_the_community_opens_the_address_of_its_own_order_and_nobody_else_does(
    desk: "Client", town: "Town", inside: Inside, at: datetime
) -> None:
    from django.conf import settings
    from django.test import Client

    from liankong.store.models import User

    with node_scope():
        inside.household.address_sealed = identity.seal("Gate 3", owner=inside.household.pk, field="address")
        inside.household.save()
        order = needs.take(kind=NeedKind.CLINIC, person=inside.person.pk, by=inside.worker, at=at).order
        worker = User.objects.get(pk=inside.worker.user)
        client = Client()
        client.force_login(worker, backend="django.contrib.auth.backends.ModelBackend")
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    assert "Gate 3" not in client.get(f"/needs/{order.pk}").text
    opened = client.post(f"/needs/{order.pk}/reach")
    assert "Gate 3" in opened.text and "no-store" in opened["Cache-Control"]
    assert "Gate 3" not in desk.post(f"/needs/{order.pk}/reach", follow=True).text


def test_the_board_needs_no_more_queries_for_more_needs(desk: "Client", inside: Inside, at: datetime) -> None:
    def take(count: int) -> None:
        with node_scope():
            for _ in range(count):
                home = Household.objects.create(division=COMMUNITY, dwelling=inside.dwelling)
                needs.take(kind=NeedKind.BIRTH, household=home.pk, by=inside.worker, at=at)

    take(2)
    desk.get("/needs")
    with CaptureQueriesContext(connection) as few:
        desk.get("/needs")
    take(10)
    with CaptureQueriesContext(connection) as many:
        page = desk.get("/needs")
    assert len(many) == len(few)
    assert page.text.count("lk-row-link") == 12  # each need once, though three bodies bring it


def test_filters_narrow_the_board(desk: "Client", inside: Inside, at: datetime) -> None:
    with node_scope():
        needs.take(kind=NeedKind.FOOD, household=inside.household.pk, by=inside.worker, at=at)
        needs.take(kind=NeedKind.BIRTH, household=inside.household.pk, by=inside.worker, at=at)
    assert desk.get("/needs?urgent=yes").text.count("lk-row-link") == 1
    assert desk.get("/needs?need=food").text.count("lk-row-link") == 1
    assert "No need fits" in desk.get("/needs?need=oxygen").text
    assert desk.get("/needs?state=all&whose=mine").status_code == 200


def test_the_green_channel_is_kept_and_printed_by_hospital(desk: "Client", inside: Inside) -> None:
    form = {
        "kind": "dialysis", "household": inside.household.pk, "what": "via the left shunt", "next_on": "2022-01-10",
        "every_days": "2", "hospital": inside.near.pk,
    }  # fmt: skip
    assert desk.post("/needs/standing", form).status_code == 302
    assert "via the left shunt" in desk.get(f"/needs/standing?hospital={inside.near.pk}").text
    assert "via the left shunt" not in desk.get(f"/needs/standing?hospital={inside.far.pk}").text
    refused = desk.post("/needs/standing", form | {"next_on": "2020-01-01"})
    assert refused.status_code == 422 and "between today and a year" in refused.text
    with node_scope():
        standing = StandingNeed.objects.get()
    desk.post(f"/needs/standing/{standing.pk}/end", {"reason": "moved"})
    assert "via the left shunt" not in desk.get("/needs/standing").text


def test_a_round_of_baskets_is_sent_out_from_the_zones_line(
    desk: "Client", town: "Town", inside: Inside, at: datetime
) -> None:
    with node_scope():
        zone = insides.zone(town, inside, at - timedelta(days=1))
    page = desk.get("/needs/deliveries")
    assert "not supplied" in page.text and "1 household" in page.text
    form = {"zone": zone.pk, "basket": "standard", "parcels": "1", "each_household": "on"}
    answer = desk.post("/needs/deliveries", form)
    assert answer.status_code == 302 and "/orders/batches/" in answer["Location"]
    assert "0 of 1 brought" in desk.get("/needs/deliveries").text
    again = desk.post("/needs/deliveries", form)
    assert again.status_code == 422 and "still under way" in again.text
    with node_scope():
        Order.objects.filter(kind=OrderKind.DELIVERY).update(state=OrderState.DONE, done_at=at)
    assert "supplied until" in desk.get("/needs/deliveries").text


def test_a_positive_point_shows_on_the_place_and_in_the_zone(
    desk: "Client", client_of: "Callable[[Role], Client]", town: "Town", inside: Inside, at: datetime
) -> None:
    with node_scope():
        zone = insides.zone(town, inside, at - timedelta(days=1))
    answer = desk.post("/disinfection/new", {"zone": zone.pk, "what": ["environment_sample", "disinfection"]})
    assert answer.status_code == 302, answer.text
    place = f"/disinfection/places/{inside.dwelling.pk}"
    lab = client_of(Role.LAB_OFFICER)
    assert "Enter the result" in lab.get(place).text
    with node_scope():
        order = Order.objects.get(kind=OrderKind.ENVIRONMENT_SAMPLE)
    wrong = lab.post(place, {"order": order.pk, "samples": "3", "positive": "4"})
    assert wrong.status_code == 422 and "not more positive points" in wrong.text
    assert lab.post(place, {"order": order.pk, "samples": "3", "positive": "1"}).status_code == 302
    for address in (place, "/disinfection", "/disinfection?show=positive", f"/disinfection/zones/{zone.pk}"):
        assert "positive point" in desk.get(address).text, address
    assert "Garden Court" in desk.get(f"/disinfection?show=open&zone={zone.pk}").text
    assert f'hx-get="/disinfection/zones/{zone.pk}"' in desk.get(f"/zones/{zone.pk}").text


def test_exactly_one_of_case_zone_site_and_places_is_ordered(desk: "Client", inside: Inside) -> None:
    what = ["disinfection"]
    assert "Choose one" in desk.post("/disinfection/new", {"what": what}).text
    both = desk.post("/disinfection/new", {"what": what, "places": f"{inside.dwelling.pk}", "case": "none"})
    assert both.status_code == 422
    assert "apart by spaces" in desk.post("/disinfection/new", {"what": what, "places": "x"}).text
    assert (
        desk.post("/disinfection/new", {"what": what, "places": f"#{inside.dwelling.pk}"}).status_code == 302
    )


def test_the_list_of_places_needs_no_more_queries_for_more_places(
    desk: "Client", town: "Town", inside: Inside, at: datetime
) -> None:
    def more(count: int) -> None:
        with node_scope():
            places = [
                Place.objects.create(name=f"P{n}", kind="shop", division=COMMUNITY).pk for n in range(count)
            ]
            disinfection.order_places(
                places=places, what=[OrderKind.DISINFECTION], by=town[Role.COMMANDER], at=at
            )

    more(2)
    desk.get("/disinfection")
    with CaptureQueriesContext(connection) as few:
        desk.get("/disinfection")
    more(12)
    with CaptureQueriesContext(connection) as many:
        desk.get("/disinfection")
    assert len(many) == len(few)


def test_whoever_may_not_take_needs_does_not_see_the_form(
    client_of: "Callable[[Role], Client]", inside: Inside
) -> None:
    assert client_of(Role.AUDITOR).get("/needs/take").status_code == 403
    assert client_of(Role.AUDITOR).get("/disinfection/new").status_code == 403
    assert lk.rule_words("Dialysis · Garden Court") == "Dialysis · Garden Court"


@pytest.mark.browser
@pytest.mark.parametrize("width", [1366, 390])
def test_no_page_of_the_people_inside_has_a_grave_finding(
    page_of: "Callable[[Role], Page]", axe: "Callable[[Page], None]", town: "Town", at: datetime, width: int
) -> None:
    with node_scope():
        inside = insides.build(town, at)
        zone = insides.zone(town, inside, at)
        taken = needs.take(kind=NeedKind.BIRTH, person=inside.person.pk, by=inside.worker, at=at)
        disinfection.order_for_zone(
            zone=zone.pk,
            what=[OrderKind.DISINFECTION, OrderKind.ENVIRONMENT_SAMPLE],
            by=town[Role.COMMANDER],
            at=at,
        )
    page = page_of(Role.DUTY_OFFICER)
    page.set_viewport_size({"width": width, "height": 844})
    addresses: list[Any] = [
        "/needs", "/needs/take", f"/needs/{taken.orders[-1].pk}", "/needs/standing", "/needs/deliveries", "/disinfection",
        "/disinfection/new", f"/disinfection/places/{inside.dwelling.pk}", "/duty", "/duty/now",
    ]  # fmt: skip
    page.goto("/", timeout=60_000)  # the first page of a fresh server waits for its modules
    for address in addresses:
        page.goto(address)
        assert page.locator("h1").count() == 1, address
        for details in page.locator("main details:not(.lk-menu)").all():
            details.evaluate("element => { element.open = true; }")
        axe(page)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{address} scrolls sideways by {wide} px"
