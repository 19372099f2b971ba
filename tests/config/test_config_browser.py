"""A real browser gets the pages with everything that belongs to them, and nothing from elsewhere."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def test_the_first_page_comes_with_its_styles_scripts_and_nothing_from_elsewhere(
    page: "Page", axe: "Callable[[Page], None]"
) -> None:
    asked: list[tuple[str, int]] = []
    page.on("response", lambda reply: asked.append((reply.url, reply.status)))

    page.goto("/")
    page.wait_for_load_state("load")

    origin = page.url.split("/", 3)[:3]
    assert [url for url, _ in asked if url.split("/", 3)[:3] != origin and not url.startswith("data:")] == []
    assert [url for url, status in asked if status >= 400] == []
    assert any(url.endswith(".css") for url, _ in asked)
    axe(page)
