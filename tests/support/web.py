"""A node's pages over HTTP in the test's own process, and what a browser needs to look at them."""

import shutil
import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest
import uvicorn

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
CHROMIUM_ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium() -> str:
    """Path of the installed browser.

    Raises:
        RuntimeError: when there is none; a missing browser is a fault of the environment, not a reason to skip.
    """
    for name in CHROMIUM_NAMES:
        path = shutil.which(name)
        if path:
            return path
    raise RuntimeError("no Chromium found: apt-get install chromium fonts-noto-cjk (or Google Chrome)")


class Live:
    """uvicorn in a thread, on a port of its own."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Serve, and return when the first request would be answered."""
        from liankong.config.asgi import application

        config = uvicorn.Config(
            application, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)
        self._thread.start()
        deadline = time.monotonic() + 10
        while not self._server.started:
            if time.monotonic() > deadline or not self._thread.is_alive():
                raise RuntimeError("the test's web server did not start")
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop serving."""
        if self._server and self._thread:
            self._server.should_exit = True
            self._thread.join(10)
        self._socket.close()


def check_accessibility(page: "Page") -> None:
    """Fail with one readable line for each serious or critical finding of axe-core."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    grave = [
        f"{item['impact']}: {item['id']}: {item['help']}: {', '.join(str(node['target']) for node in item['nodes'][:3])}"
        for item in found
        if item["impact"] in {"serious", "critical"}
    ]
    if grave:
        pytest.fail(f"{page.url}\n" + "\n".join(grave), pytrace=False)
