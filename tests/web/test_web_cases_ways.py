"""From a case's page one comes to its investigation, its contacts and a zone around it: where they are, and may be."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from support import rows, rows_response
from support.town import COMMUNITY

from liankong.store.access import node_scope
from liankong.store.models import Case, Investigation, Outbreak
from liankong.vocabulary.kinds import PersonClass, Role

if TYPE_CHECKING:
    from django.test import Client
    from playwright.sync_api import Page
    from support.town import Town

pytestmark = pytest.mark.django_db
ClientOf = Callable[..., "Client"]


def known(town: "Town", at: datetime) -> tuple[Case, Investigation]:
    """A case with an investigation and a contact. Needs an open scope."""
    case = rows.case(outbreak=town.outbreak, division=COMMUNITY, at=at)
    found = Investigation.objects.create(case=case, division=COMMUNITY, organisation=town.cdc, opened_at=at)
    rows_response.contact(case=case, person=rows.person(division=COMMUNITY, at=at), at=at)
    return case, found


def test_each_way_leads_to_a_page_about_this_case(town: "Town", client_of: ClientOf, at: datetime) -> None:
    with node_scope():
        case, investigation = known(town, at)
    client = client_of(Role.EPIDEMIOLOGIST)
    page = client.get(f"/cases/{case.pk}").text
    for address in (
        f"/investigations/{investigation.pk}",
        f"/contacts?case={case.pk}",
        f"/zones/new?case={case.pk}",
    ):
        assert f'href="{address}"' in page, address
        assert client.get(address).status_code == 200, address
    assert case.number in client.get(f"/zones/new?case={case.pk}").text


def test_a_case_from_a_list_shows_no_way_to_what_was_never_opened(
    town: "Town", client_of: ClientOf, at: datetime
) -> None:
    with node_scope():
        case = rows.case(outbreak=town.outbreak, division=COMMUNITY, at=at)
    page = client_of(Role.EPIDEMIOLOGIST).get(f"/cases/{case.pk}").text
    assert "/investigations/" not in page and f"/contacts?case={case.pk}" not in page


def test_a_zone_is_offered_to_those_who_may_propose_one_and_only_around_a_case_that_stands(
    town: "Town", client_of: ClientOf, at: datetime
) -> None:
    with node_scope():
        case, _investigation = known(town, at)
    offered = f"/zones/new?case={case.pk}"
    assert offered in client_of(Role.COMMANDER).get(f"/cases/{case.pk}").text
    assert offered not in client_of(Role.CLINICIAN).get(f"/cases/{case.pk}").text
    with node_scope():
        Outbreak.objects.update(protocol="CN-COV-BB")
    assert offered not in client_of(Role.COMMANDER).get(f"/cases/{case.pk}").text, "it knows no zones"
    with node_scope():
        Outbreak.objects.update(protocol="CN-COV-v8")
        Case.objects.update(classification=PersonClass.EXCLUDED)
    assert offered not in client_of(Role.COMMANDER).get(f"/cases/{case.pk}").text


@pytest.mark.browser
@pytest.mark.parametrize("width", [1366, 390])
def test_the_ways_fit_the_head_of_the_page(
    page_of: "Callable[[Role], Page]", axe: "Callable[[Page], None]", town: "Town", at: datetime, width: int
) -> None:
    with node_scope():
        case, _investigation = known(town, at)
    page = page_of(Role.EPIDEMIOLOGIST)
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"/cases/{case.pk}", timeout=60_000)
    assert page.locator(f'a[href="/zones/new?case={case.pk}"]').is_visible()
    axe(page)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
