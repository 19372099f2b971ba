"""A picture of every page, to look at: both languages, three widths, light and dark.

    python -m tools.shots                     start a demo node of its own, take all pictures into build/shots
    python -m tools.shots --only cases        only pages whose name has this in it
    python -m tools.shots --address URL --user NAME --password-env VARIABLE
                                              pictures of a node that runs already

Pages are found as a reader finds them: from the first page by its links, once for each of the demo's accounts, one
picture for each named address. Named pages that no link led to are listed at the end.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import django
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from support.web import CHROMIUM_ARGUMENTS, chromium  # noqa: E402 - the tests' browser, found on the path above

from liankong.config import node  # noqa: E402
from liankong.config.node import SignIn  # noqa: E402

OUT = ROOT / "build" / "shots"
DATA = ROOT / "build" / "shots-data"
WIDTHS = {390: 844, 1366: 768, 1920: 1080}
LANGUAGES = {"zh-hans": "zh-CN", "en": "en-GB"}
DARK_WIDTH = 1366
MOST_LINKS = 400
# Addresses that are not pages, or that change something.
NOT_PAGES = re.compile(
    r"(^|[-_:])(api|live|events|download|sign-out|language|preferences|pdf|csv|json)($|[-_:])"
)


@dataclass(frozen=True)
class Look:
    """One way to look at a page."""

    language: str
    width: int
    dark: bool

    @property
    def folder(self) -> str:
        return f"{self.language}-{self.width}{'-dark' if self.dark else ''}"


def looks() -> list[Look]:
    """Each language at each width by day, and one width by night."""
    light = [Look(language, width, False) for language in LANGUAGES for width in WIDTHS]
    return light + [Look(language, DARK_WIDTH, True) for language in LANGUAGES]


@contextmanager
def demo_node() -> Iterator[str]:
    """A demo node of its own; yields its address."""
    environment = {**os.environ, "LIANKONG_DATA": str(DATA)}
    print("starting a demo node; the first time takes a few minutes", flush=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "liankong", "serve"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 600
        while not (found := node.status(DATA)).answers:
            if process.poll() is not None or time.monotonic() > deadline:
                sys.exit("the demo node did not start: liankong serve says why")
            time.sleep(0.5)
        assert found.address
        yield found.address.rstrip("/")
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def fresh(browser: Browser, address: str, look: Look, state: dict | None) -> BrowserContext:
    """A browser session with this look, signed in when `state` is given."""
    context = browser.new_context(
        base_url=address,
        locale=LANGUAGES[look.language],
        timezone_id="Asia/Shanghai",
        viewport={"width": look.width, "height": WIDTHS[look.width]},
        color_scheme="dark" if look.dark else "light",
        reduced_motion="reduce",
        storage_state=state,
    )
    wanted = {"liankong-language": look.language, "liankong-theme": "dark" if look.dark else "light"}
    context.add_cookies([{"name": name, "value": value, "url": address} for name, value in wanted.items()])
    return context


def sign_in(browser: Browser, address: str, account: SignIn) -> dict:
    """Sign in by the form; the session's cookies."""
    context = fresh(browser, address, Look("en", 1366, False), None)
    page = context.new_page()
    page.goto("/")
    page.fill("input[name=username]", account.username)
    page.fill("input[name=password]", account.password)
    page.press("input[name=password]", "Enter")
    page.wait_for_load_state()
    if page.locator("input[name=password]").count():
        sys.exit(f"{account.username} could not sign in")
    state = context.storage_state()
    context.close()
    return state


def name_of(path: str) -> str | None:
    """The name of the page at a path; None for what is no page."""
    try:
        name = resolve(path).view_name
    except Resolver404:
        return None
    return None if not name or NOT_PAGES.search(name) else name


def crawl(browser: Browser, address: str, state: dict | None, start: str) -> dict[str, str]:
    """name -> path of each page that links lead to."""
    context = fresh(browser, address, Look("en", 1366, False), state)
    page = context.new_page()
    found: dict[str, str] = {}
    waiting, seen = [start], {start}
    while waiting and len(seen) < MOST_LINKS:
        path = waiting.pop(0)
        name = name_of(urlsplit(path).path)
        if name is None or name in found:
            continue
        reply = page.goto(path)
        if reply is None or reply.status != 200 or "html" not in reply.headers.get("content-type", ""):
            continue
        shown = urlsplit(page.url)
        found[name_of(shown.path) or name] = shown.path + (f"?{shown.query}" if shown.query else "")
        links = page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)")
        for link in links:
            parts = urlsplit(link)
            if f"{parts.scheme}://{parts.netloc}" == address and parts.path not in seen:
                seen.add(parts.path)
                waiting.append(parts.path)
    context.close()
    return found


def take(page: Page, path: str, look: Look, target: Path) -> None:
    """One picture."""
    page.goto(path)
    page.evaluate("document.fonts.ready")
    page.wait_for_function("!document.querySelector('.htmx-request, [aria-busy=true]')")
    page.wait_for_timeout(400)  # charts draw in the frames after their data
    language = (page.get_attribute("html", "lang") or "").lower()
    if not language.startswith(look.language.split("-")[0]):
        print(f"  {path} is in {language}, not in {look.language}")
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if wide > 0:
        print(f"  {path} is {wide} px too wide at {look.width}")
    target.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=target, full_page=True)


def named_pages(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[str]:
    """Every name in the address list that may be a page."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from named_pages(pattern.url_patterns, inner)
        elif pattern.name and not NOT_PAGES.search(prefix + pattern.name):
            yield prefix + pattern.name


def shoot(address: str, accounts: list[SignIn], only: str) -> int:
    """Take all pictures; how many."""
    taken = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(CHROMIUM_ARGUMENTS))
        states: dict[str, dict | None] = {"": None}
        pages: dict[str, tuple[str, str]] = {
            name: ("", path) for name, path in crawl(browser, address, None, "/").items()
        }
        for account in accounts:
            states[account.username] = sign_in(browser, address, account)
            for name, path in crawl(browser, address, states[account.username], "/").items():
                pages.setdefault(name, (account.username, path))
        wanted = {name: page for name, page in pages.items() if only in name}
        for look in looks():
            for who, state in states.items():
                mine = {name: path for name, (user, path) in wanted.items() if user == who}
                if not mine:
                    continue
                context = fresh(browser, address, look, state)
                page = context.new_page()
                for name, path in mine.items():
                    take(page, path, look, OUT / look.folder / f"{name.replace(':', '-')}.png")
                    taken += 1
                context.close()
            print(f"{look.folder}: {len(wanted)} pages", flush=True)
        browser.close()
    unseen = sorted(set(named_pages(get_resolver().url_patterns)) - set(pages))
    if unseen:
        print(f"no link led to: {', '.join(unseen)}")
    return taken


def main() -> None:
    """Read the command line, take the pictures."""
    parser = argparse.ArgumentParser(description="A picture of every page.")
    parser.add_argument("--only", default="", help="only pages whose name has this in it")
    parser.add_argument("--address", help="a node that runs already")
    parser.add_argument("--user", help="account to sign in with there")
    parser.add_argument("--password-env", help="environment variable that holds its password")
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "liankong.config.settings"
    os.environ["LIANKONG_DATA"] = str(DATA)
    django.setup()
    if options.address:
        accounts = []
        if options.user:
            accounts = [SignIn(options.user, os.environ[options.password_env], "")]
        taken = shoot(options.address.rstrip("/"), accounts, options.only)
    else:
        with demo_node() as address:
            taken = shoot(address, node.sign_ins(DATA), options.only)
    print(f"{taken} pictures in {OUT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
