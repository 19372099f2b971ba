"""Where care is to be had: who takes what, said by whoever may say it, found by whoever takes a call."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from support import inside as insides
from support import rows
from support.inside import Inside
from support.town import COMMUNITY, JINNAN, NANKAI, seat

from liankong.actions import needs, organisations
from liankong.store import orders as structure
from liankong.store.access import node_scope
from liankong.store.log import Actor
from liankong.store.models import CarePoint, Entry, Order, User
from liankong.vocabulary.kinds import NeedKind, OrderKind, OrganisationKind, Role

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from support.town import Town

pytestmark = pytest.mark.django_db
ClientOf = Callable[..., Client]


@pytest.fixture
def inside(town: "Town", at: datetime) -> Inside:
    with node_scope():
        return insides.build(town, at)


def signed_in(actor: Actor) -> Client:
    from django.conf import settings

    client = Client()
    with node_scope():
        client.force_login(
            User.objects.get(pk=actor.user), backend="django.contrib.auth.backends.ModelBackend"
        )
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client


def names(page: Any) -> list[str]:
    return [line["name"] for line in page.context["lines"]]


def test_what_the_desk_says_decides_to_whom_the_next_call_goes(
    client_of: ClientOf, town: "Town", inside: Inside, at: datetime
) -> None:
    """The nearest hospital stops taking births for good; the next birth's plan goes to the one that does."""
    desk = client_of(Role.DUTY_OFFICER)
    assert 'href="/needs/care"' in desk.get("/needs").text
    board = desk.get("/needs/care")
    assert names(board) == ["120-city", "far", "near"]  # by division, the city's own first
    assert f'href="/needs/care/{inside.near.pk}"' in board.text
    form = desk.get(f"/needs/care/{inside.near.pk}")
    assert 'value="dialysis" checked' in form.text and 'value="117.38"' in form.text
    sent = {"takes": ["clinic"], "open": "on", "longitude": "117.38", "latitude": "38.99"}
    assert desk.post(f"/needs/care/{inside.near.pk}", sent).status_code == 302
    with node_scope():
        point = CarePoint.objects.get(organisation=inside.near)
        assert (point.takes, point.open, point.longitude) == (["clinic"], True, 117.38)
        told = Entry.objects.get(kind="CarePointChanged")
        assert (told.by, told.subject) == (town[Role.DUTY_OFFICER].user, inside.near.pk)
        taken = needs.take(kind=NeedKind.BIRTH, person=inside.person.pk, by=inside.worker, at=at)
        care = next(order for order in taken.orders if order.detail["part"] == "care")
        assert care.addressee == inside.far, (
            "an emergency goes to the nearest that has not said that it cannot"
        )


def test_the_list_narrows_to_those_who_take_a_kind_and_says_when_nobody_does(
    client_of: ClientOf, inside: Inside
) -> None:
    with node_scope():
        CarePoint.objects.filter(organisation=inside.near).update(takes=["oxygen"])
    desk = client_of(Role.DUTY_OFFICER)
    assert names(desk.get("/needs/care?need=oxygen")) == ["far", "near"]
    assert names(desk.get("/needs/care?need=dialysis")) == ["far"]
    with node_scope():
        CarePoint.objects.update(takes=[])
    none = desk.get("/needs/care?need=dialysis")
    assert "Nobody is known to take this" in none.text
    assert len(names(desk.get("/needs/care?need=nonsense"))) == 3


def test_who_has_said_nothing_who_is_closed_and_who_takes_nothing_are_told_apart(
    client_of: ClientOf, inside: Inside, at: datetime
) -> None:
    with node_scope():
        CarePoint.objects.filter(organisation=inside.near).update(open=False)
        CarePoint.objects.filter(organisation=inside.far).update(takes=[])
    page = client_of(Role.DUTY_OFFICER).get("/needs/care").text
    assert page.count("nobody has said yet") == 1  # the emergency centre
    assert page.count("closed for now") == 1
    assert page.count("takes none of these") == 1


def test_an_empty_structure_says_what_would_fill_the_list(client_of: ClientOf, town: "Town") -> None:
    answer = client_of(Role.DUTY_OFFICER).get("/needs/care")
    assert answer.status_code == 200
    assert "No hospital is entered yet" in answer.text


def test_whoever_may_not_set_it_reads_it_and_is_shown_no_form(client_of: ClientOf, inside: Inside) -> None:
    clerk = client_of(Role.COMMUNITY_WORKER)
    board = clerk.get("/needs/care")
    assert board.status_code == 200 and f"/needs/care/{inside.near.pk}" not in board.text
    assert clerk.get(f"/needs/care/{inside.near.pk}").status_code == 403
    assert clerk.post(f"/needs/care/{inside.near.pk}", {"takes": []}).status_code == 403


def test_another_districts_hospital_is_its_own_headquarters_business(
    client_of: ClientOf, town: "Town", inside: Inside, at: datetime
) -> None:
    desk = client_of(Role.DUTY_OFFICER)
    board = desk.get("/needs/care").text
    assert f'href="/needs/care/{inside.far.pk}"' not in board
    assert desk.get(f"/needs/care/{inside.far.pk}").status_code == 403
    assert desk.post(f"/needs/care/{inside.far.pk}", {"takes": ["food"]}).status_code == 403
    with node_scope():
        city = seat(Role.DUTY_OFFICER, town.city, at=at - timedelta(days=1))
    assert f'href="/needs/care/{inside.far.pk}"' in signed_in(city).get("/needs/care").text
    with node_scope():
        assert "food" in CarePoint.objects.get(organisation=inside.far).takes, "nothing was changed"


def test_a_hospital_that_answers_to_us_elsewhere_is_ours_to_speak_for(
    client_of: ClientOf, town: "Town", inside: Inside, at: datetime
) -> None:
    """The district's own hospital has its building across the border."""
    start = at - timedelta(days=3)
    with node_scope():
        branch = insides.found("branch", OrganisationKind.HOSPITAL, NANKAI, inside.near, start)
        asked = [inside.near.pk, inside.far.pk, branch.pk, inside.ambulance.pk]
        found = structure.answering(asked, town.district.pk, at)
        assert found == {key for key in asked if structure.answers_to(key, town.district.pk, at)}
        assert found == {inside.near.pk, branch.pk}
    desk = client_of(Role.DUTY_OFFICER)
    assert f'href="/needs/care/{branch.pk}"' in desk.get("/needs/care").text
    sent = {"takes": ["dialysis"], "open": "on"}
    assert desk.post(f"/needs/care/{branch.pk}", sent).status_code == 302


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"longitude": "117"}, "a location has a longitude and a latitude"),
        ({"longitude": "200", "latitude": "39"}, "less than or equal to 180"),
        ({"longitude": "nan", "latitude": "39"}, "Enter a number"),
        ({"takes": ["gold"]}, "gold is not one of the available choices"),
    ],
)
def test_a_slip_comes_back_with_its_reason_and_what_was_typed(
    client_of: ClientOf, inside: Inside, sent: dict[str, Any], words: str
) -> None:
    answer = client_of(Role.DUTY_OFFICER).post(f"/needs/care/{inside.near.pk}", {"takes": ["birth"]} | sent)
    assert answer.status_code == 422 and words in answer.text
    if "takes" not in sent:
        assert 'value="birth" checked' in answer.text and 'value="dialysis" checked' not in answer.text
    with node_scope():
        assert not Entry.objects.filter(kind="CarePointChanged").exists()


def test_no_care_is_to_be_had_from_a_body_that_gives_none_or_is_not_there(
    client_of: ClientOf, town: "Town", inside: Inside
) -> None:
    desk = client_of(Role.DUTY_OFFICER)
    assert desk.get(f"/needs/care/{town.district.pk}").status_code == 404
    assert desk.get(f"/needs/care/{10**9}").status_code == 404


def test_a_hospital_that_was_dissolved_leaves_the_list(
    client_of: ClientOf, town: "Town", inside: Inside, at: datetime
) -> None:
    with node_scope():
        organisations.dissolve(organisation=inside.near.pk, until_at=at, by=town[Role.ADMINISTRATOR], at=at)
    desk = client_of(Role.DUTY_OFFICER)
    assert "near" not in names(desk.get("/needs/care"))
    assert desk.get(f"/needs/care/{inside.near.pk}").status_code == 404


def test_the_list_needs_no_more_queries_for_more_hospitals(
    client_of: ClientOf, town: "Town", inside: Inside, at: datetime
) -> None:
    desk = client_of(Role.DUTY_OFFICER)
    desk.get("/needs/care")
    with CaptureQueriesContext(connection) as few:
        desk.get("/needs/care")
    with node_scope():
        for number in range(12):
            division = (JINNAN, NANKAI, COMMUNITY)[number % 3]
            body = rows.organisation(
                division=division, at=at, kind=OrganisationKind.HOSPITAL, name=f"H{number}"
            )
            CarePoint.objects.create(organisation=body, takes=["birth"])
    with CaptureQueriesContext(connection) as many:
        page = desk.get("/needs/care")
    assert len(names(page)) == 15
    assert len(many) == len(few)


def test_an_order_is_told_to_nobody_by_looking(client_of: ClientOf, inside: Inside) -> None:
    desk = client_of(Role.DUTY_OFFICER)
    desk.get("/needs/care")
    desk.get(f"/needs/care/{inside.near.pk}")
    with node_scope():
        assert not Order.objects.filter(kind=OrderKind.NEED).exists()


@pytest.mark.browser
@pytest.mark.parametrize("width", [1366, 390])
def test_the_pages_of_care_have_no_grave_finding(
    page_of: "Callable[[Role], Page]", axe: "Callable[[Page], None]", inside: Inside, width: int
) -> None:
    page = page_of(Role.DUTY_OFFICER)
    page.set_viewport_size({"width": width, "height": 844})
    page.goto("/", timeout=60_000)
    for address in ("/needs/care", "/needs/care?need=dialysis", f"/needs/care/{inside.near.pk}"):
        page.goto(address)
        assert page.locator("h1").count() == 1 and page.locator("section.lk-fault").count() == 0, address
        axe(page)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{address} scrolls sideways by {wide} px"
    # By keyboard alone: a box is unticked and the form sent.
    page.locator('input[name="takes"][value="dialysis"]').focus()
    page.keyboard.press("Space")
    page.locator('input[name="latitude"]').focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/needs/care")
    with node_scope():
        assert "dialysis" not in CarePoint.objects.get(organisation=inside.near).takes
