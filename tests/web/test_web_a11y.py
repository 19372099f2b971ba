"""Everybody can use it: axe finds nothing grave on any page, in either theme, wide or narrow."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from web_cases import many, positive

from liankong.store.access import node_scope
from liankong.vocabulary.kinds import PersonClass, Role

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from support.town import Town

pytestmark = [pytest.mark.django_db, pytest.mark.browser]

PAGES = [
    "/",
    "/overview",
    "/cases",
    "/cases?class=dead",
    "/chains",
    "/account",
    "/account/password",
    "/account/two-factor",
    "/screening",
    "/outbreaks",
    "/nowhere",
]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1366, 390])
def test_no_page_has_a_grave_finding(
    page_of: "Callable[[Role], Page]",
    axe: "Callable[[Page], None]",
    town: "Town",
    at: datetime,
    theme: str,
    width: int,
) -> None:
    with node_scope():
        case = positive(town, at - timedelta(hours=3))
        many(town, at, 3)
        many(town, at, 1, classification=PersonClass.ASYMPTOMATIC, linked=False)
    page = page_of(Role.EPIDEMIOLOGIST)
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]  # one of two words
    for address in [*PAGES, f"/cases/{case.pk}"]:
        page.goto(address)
        assert page.locator("html").get_attribute("data-bs-theme") == theme
        assert page.locator("h1").count() == 1, address
        for details in page.locator("main details:not(.lk-menu)").all():
            details.evaluate("element => { element.open = true; }")
        axe(page)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{address} scrolls sideways by {wide} px"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_sign_in_page_has_no_grave_finding(
    page: "Page", axe: "Callable[[Page], None]", town: "Town", theme: str
) -> None:
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]  # one of two words
    page.goto("/sign-in")
    axe(page)
    page.locator("main form button.btn-primary").click()
    page.wait_for_selector("[aria-invalid=true]")
    axe(page)
