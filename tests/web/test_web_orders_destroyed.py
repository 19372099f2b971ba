"""A proof whose content was destroyed says so, with day and certificate, instead of a link that leads to nothing."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from support import rows, rows_response
from support.town import COMMUNITY, seat

from liankong.actions import orders as verbs
from liankong.actions import retention
from liankong.actions.outbreaks import close_outbreak
from liankong.store.access import node_scope
from liankong.store.models import Entry, Order, OrderFile, PurgeCertificate
from liankong.vocabulary.kinds import Role
from liankong.vocabulary.spans import local_day

if TYPE_CHECKING:
    from django.test import Client
    from playwright.sync_api import Page
    from support.town import Town

pytestmark = pytest.mark.django_db
ClientOf = Callable[..., "Client"]
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


def proved(town: "Town", at: datetime) -> tuple[Order, OrderFile]:
    """An order to the CDC with one picture as its proof. Needs an open scope."""
    order = rows_response.order(body=town.cdc, division=COMMUNITY, at=at)
    file = verbs.attach(order=order.pk, content=PNG, by=town[Role.EPIDEMIOLOGIST], at=at)
    return order, file


def response_ended(town: "Town", at: datetime) -> PurgeCertificate:
    """The outbreak is closed, and what was collected for it is destroyed a month later."""
    administrator = town[Role.ADMINISTRATOR]
    close_outbreak(outbreak=town.outbreak.pk, reason="over", by=seat(Role.COMMANDER, town.city, at=at), at=at)
    made = list(retention.purge(division="120112", by=administrator, at=at + timedelta(days=1)))
    return next(one for one in made if one.retention == "order_files")


def test_the_page_names_day_and_certificate_and_offers_no_download(
    town: "Town", client_of: ClientOf, at: datetime
) -> None:
    with node_scope():
        order, file = proved(town, at)
        other = verbs.attach(order=order.pk, content=PNG + b"1", by=town[Role.EPIDEMIOLOGIST], at=at)
        certificate = response_ended(town, at)
        assert {file.pk, other.pk} == set(certificate.body["order_files"])
    day = local_day(certificate.issued_at).isoformat()
    client = client_of(Role.COMMANDER)
    page = client.get(f"/orders/{order.pk}").text
    assert page.count(f"under certificate #{certificate.pk}") == 2 and day in page
    assert f"/orders/{order.pk}/files/" not in page
    answer = client.post(f"/orders/{order.pk}/files/{file.pk}")
    assert answer.status_code == 410
    assert f"destroyed on {day}, under certificate #{certificate.pk}" in answer.text
    assert f'href="/orders/{order.pk}"' in answer.text
    with node_scope():
        assert not Entry.objects.filter(kind="OrderFileRead").exists(), "nothing was read"


def test_a_file_that_went_with_the_person_it_is_about_names_that_certificate(
    town: "Town", client_of: ClientOf, at: datetime
) -> None:
    with node_scope():
        order, _file = proved(town, at)
        person = rows.person(division=COMMUNITY, at=at)
        Order.objects.filter(pk=order.pk).update(person=person)
        earlier, mine = (
            PurgeCertificate.objects.create(
                division="12",
                retention="emergency",
                persons=1,
                issued_at=moment,
                body={"persons": [person.pk]},
            )
            for moment in (at - timedelta(days=9), at + timedelta(days=9))
        )
        OrderFile.objects.update(content_sealed=b"")
    # The certificate is the city's; who looks is of the district, and is told its number and day all the same.
    page = client_of(Role.COMMANDER).get(f"/orders/{order.pk}").text
    assert f"certificate #{mine.pk}" in page and f"certificate #{earlier.pk}" not in page


def test_a_file_that_no_certificate_names_is_still_said_to_be_gone(
    town: "Town", client_of: ClientOf, at: datetime
) -> None:
    with node_scope():
        order, file = proved(town, at)
        OrderFile.objects.update(content_sealed=b"")
    client = client_of(Role.COMMANDER)
    assert "destroyed; no certificate here names it" in client.get(f"/orders/{order.pk}").text
    assert client.post(f"/orders/{order.pk}/files/{file.pk}").status_code == 410


def test_what_is_brought_again_after_its_destruction_is_a_file_of_its_own(
    town: "Town", client_of: ClientOf, at: datetime
) -> None:
    with node_scope():
        order, gone = proved(town, at)
        OrderFile.objects.update(content_sealed=b"")
        again = verbs.attach(order=order.pk, content=PNG, by=town[Role.EPIDEMIOLOGIST], at=at)
        assert again.pk != gone.pk
    client = client_of(Role.COMMANDER)
    assert client.post(f"/orders/{order.pk}/files/{again.pk}").content == PNG
    page = client.get(f"/orders/{order.pk}").text
    assert page.count("destroyed; no certificate") == 1 and page.count("Open, and record that I did") == 1


def test_an_order_that_nobody_purged_is_asked_no_question_about_certificates(
    town: "Town", client_of: ClientOf, at: datetime
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with node_scope():
        order, _file = proved(town, at)
    client = client_of(Role.COMMANDER)
    with CaptureQueriesContext(connection) as asked:
        client.get(f"/orders/{order.pk}")
    assert not any("store_purgecertificate" in one["sql"] for one in asked)


@pytest.mark.browser
@pytest.mark.parametrize("width", [1366, 390])
def test_the_page_of_a_destroyed_proof_has_no_grave_finding(
    page_of: "Callable[[Role], Page]", axe: "Callable[[Page], None]", town: "Town", at: datetime, width: int
) -> None:
    with node_scope():
        order, _gone = proved(town, at)
        verbs.attach(order=order.pk, content=PNG + b"1", by=town[Role.EPIDEMIOLOGIST], at=at)
    page = page_of(Role.COMMANDER)
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"/orders/{order.pk}", timeout=60_000)
    with node_scope():
        OrderFile.objects.update(content_sealed=b"")
    # The page was open while the files went: its button still stands there.
    page.locator('form[action*="/files/"] button').first.click()
    page.wait_for_selector("section.lk-fault")
    assert page.locator("h1").count() == 1
    axe(page)
    page.goto(f"/orders/{order.pk}")
    axe(page)
    assert page.locator('form[action*="/files/"]').count() == 0
