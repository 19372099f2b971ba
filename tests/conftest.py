"""What the tests stand on: one throw-away PostgreSQL a run, one database a worker, real Chromium.

Tests use the database as `liankong_app`, like the web and the workers do, so row-level security applies. The
server starts when the first test asks for a database and is shared by all workers of pytest-xdist.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page
    from support.web import Live

ROOT = Path(__file__).resolve().parent.parent
RUN = "LIANKONG_TEST_RUN"
# So that a checkout's own code is tested, even where another version is installed.
sys.path.insert(0, str(ROOT))

# Before Django or the code under test looks at the environment: nothing of the machine's own node is touched.
if RUN not in os.environ:
    os.environ[RUN] = tempfile.mkdtemp(prefix="liankong-test-")
    os.environ["LIANKONG_TEST_PID"] = str(os.getpid())
for _name in [n for n in os.environ if n.startswith(("PG", "DATABASE_", "LIANKONG_"))]:
    if not _name.startswith("LIANKONG_TEST_"):
        del os.environ[_name]
os.environ["LIANKONG_DATA"] = os.environ[RUN]
os.environ.pop("DJANGO_SETTINGS_MODULE", None)
# Playwright's synchronous calls keep an event loop in the test's thread, which makes Django refuse plain ORM calls.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


# Floors of the library: their tests run without Django, as the library does in a notebook.
LIBRARY = {"vocabulary", "protocols", "epi", "rules", "drill", "exchange"}


def pytest_configure(config: pytest.Config) -> None:
    """Settings that make tests fast; everything else is what a node runs with."""
    chosen = [Path(argument.split("::")[0]).resolve() for argument in config.args]
    if all(path.is_relative_to(ROOT / "tests") and LIBRARY & set(path.parts) for path in chosen):
        return
    os.environ["DJANGO_SETTINGS_MODULE"] = "liankong.config.settings"
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Served from the sources: a collected and hashed tree is checked by its own test.
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.WHITENOISE_USE_FINDERS = True
    settings.WHITENOISE_AUTOREFRESH = True


def pytest_unconfigure(config: pytest.Config) -> None:
    """The process that began the run removes the run's server and folder."""
    if os.environ.get("LIANKONG_TEST_PID") == str(os.getpid()):
        from support.databases import stop_server

        stop_server()
        shutil.rmtree(os.environ[RUN], ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_setup(request: pytest.FixtureRequest, django_db_blocker: Any) -> Iterator[None]:
    """A database of this worker's own, cloned from a template that was migrated once as the owner."""
    from support import databases

    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    with django_db_blocker.unblock():
        databases.set_up(worker)
    yield
    with django_db_blocker.unblock():
        databases.close()


@pytest.fixture
def as_owner() -> "Callable[..., list[tuple[Any, ...]]]":
    """Run SQL on this worker's database as the administrator, past row-level security: `as_owner(sql, params)`.

    It is another connection: it sees only what is committed, so use it in `transaction=True` tests.
    """
    from support import databases

    return databases.run_as_superuser


@pytest.fixture
def shared() -> Path:
    """The folder of real data that lies beside a checkout on some machines."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("needs the folder of real data beside the checkout")
    return folder


@pytest.fixture
def at() -> datetime:
    """A fixed moment: noon of the day on which Jinnan's outbreak was found."""
    from liankong.vocabulary.spans import SHANGHAI

    return datetime(2022, 1, 8, 12, 0, tzinfo=SHANGHAI)


# --- browser ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """One Chromium a worker."""
    from playwright.sync_api import sync_playwright
    from support.web import CHROMIUM_ARGUMENTS, chromium

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium(), args=list(CHROMIUM_ARGUMENTS))
        yield running
        running.close()


@pytest.fixture(scope="session")
def _web() -> "Iterator[Live]":
    from support.web import Live

    live = Live()
    live.start()
    yield live
    live.stop()


@pytest.fixture
def live(transactional_db: None, _web: "Live") -> "Live":
    """The node's pages served over HTTP by uvicorn from this worker's database: `live.url`."""
    return _web


@pytest.fixture
def context(browser: "Browser", live: "Live") -> "Iterator[BrowserContext]":
    """A fresh browser session of a Chinese reader on a laptop."""
    fresh = browser.new_context(
        base_url=live.url,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        viewport={"width": 1366, "height": 768},
    )
    fresh.set_default_timeout(10_000)
    yield fresh
    fresh.close()


@pytest.fixture
def page(context: "BrowserContext") -> "Iterator[Page]":
    """A page; the test fails when a script fails on it or the content security policy stops something."""
    faults: list[str] = []
    fresh = context.new_page()
    fresh.on("pageerror", lambda error: faults.append(str(error)))
    fresh.on(
        "console",
        lambda line: faults.append(line.text) if "Content Security Policy" in line.text else None,
    )
    yield fresh
    assert faults == []


@pytest.fixture
def axe() -> "Callable[[Page], None]":
    """`axe(page)` fails when axe-core finds something serious or critical on the page."""
    from support.web import check_accessibility

    return check_accessibility
