"""A town whose people sit before the console: `client_of(role)` without a browser, `page_of(role)` with one."""

import os
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from django.test import Client
    from playwright.sync_api import BrowserContext, Page
    from support.town import Town

    from liankong.vocabulary.kinds import Role


# Static files are read whole and at once; Django says so of every one of them.
STATIC_FILES = "ignore:StreamingHttpResponse must consume synchronous iterators:Warning"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("browser") and Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings(STATIC_FILES))


@pytest.fixture(autouse=True)
def _own_uploads(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes that share a node's folder do not clear each other's uploads away."""
    if "db" in request.fixturenames or "town" in request.fixturenames:
        from liankong.web import imports_folder

        worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
        # Beside the real folder and not in it: a node that another test has started sweeps that one.
        own = imports_folder.root().with_name(f"uploads-{worker}")
        own.mkdir(mode=0o700, exist_ok=True)
        monkeypatch.setattr(imports_folder, "root", lambda: own)


@pytest.fixture(autouse=True)
def _node(request: pytest.FixtureRequest) -> None:
    """The node's clock stands at the story's hour, in pages and in the live server alike."""
    if "db" in request.fixturenames or "town" in request.fixturenames:
        settings, at = request.getfixturevalue("settings"), request.getfixturevalue("at")
        settings.LIANKONG_CLOCK = lambda: at


@pytest.fixture
def town(db: None, at: datetime) -> "Town":
    from support import town as towns

    from liankong.store.access import node_scope

    with node_scope():
        return towns.build(at)


@pytest.fixture
def client_of(town: "Town") -> "Callable[[Role], Client]":
    """A signed-in client of the town's holder of a role, whose pages are in English."""
    from django.conf import settings
    from django.test import Client

    def make(role: "Role", language: str = "en") -> "Client":
        client = Client(raise_request_exception=True)
        _session(client, town, role)
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
        return client

    return make


def _session(client: "Client", town: "Town", role: "Role") -> None:
    from liankong.store.access import node_scope
    from liankong.store.models import User

    with node_scope():
        user = User.objects.get(pk=town[role].user)
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")


@pytest.fixture
def page_of(
    town: "Town", context: "BrowserContext", page: "Page", live: Any
) -> "Iterator[Callable[[Role], Page]]":
    """The browser, signed in as the holder of a role. The page's own faults fail the test."""
    from django.conf import settings
    from django.test import Client

    def make(role: "Role") -> "Page":
        client = Client()
        _session(client, town, role)
        name = settings.SESSION_COOKIE_NAME
        context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live.url}])
        return page

    yield make
    # An open live line keeps a request of the server busy beyond the test's tables.
    page.goto("about:blank")
