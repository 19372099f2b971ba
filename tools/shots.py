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
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import django
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve
from playwright.sync_api import Browser, BrowserContext, Error, Page, Response, sync_playwright

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
EXAMPLE = ROOT / "docs" / "tutorials" / "school-zh.csv"
PHONE = "13900000001"
FOUND = "section[aria-labelledby=found] .lk-list a"
# A link inside of a picture (SVG) holds its address in another way: by the attribute it is read alike.
FULL_ADDRESSES = "all => all.map(a => new URL(a.getAttribute('href'), document.baseURI).href)"
# A page may be closed to one account for one address and open for another.
MOST_TRIES = 4
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
    """A demo node of its own, or the one that runs there already; yields its address."""
    running = node.status(DATA)
    if running.answers and running.address:
        yield running.address.rstrip("/")
        return
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


def opened(page: Page, path: str) -> Response | None:
    """Go to a path; None when it is a file to download, which no name gives away."""
    try:
        return page.goto(path)
    except Error as error:
        if "Download is starting" in error.message:
            return None
        raise


def crawl(
    browser: Browser, address: str, state: dict | None, start: str, more: Sequence[str] = ()
) -> dict[str, str]:
    """name -> path of each page that links lead to from `start`, and of those in `more`."""
    context = fresh(browser, address, Look("en", 1366, False), state)
    page = context.new_page()
    found: dict[str, str] = {}
    tried: Counter[str] = Counter()
    waiting, seen = [start, *more], {start, *more}
    while waiting:
        path = waiting.pop(0)
        name = name_of(urlsplit(path).path)
        if name is None or name in found or tried[name] == MOST_TRIES:
            continue
        tried[name] += 1
        reply = opened(page, path)
        if reply is None or reply.status != 200 or "html" not in reply.headers.get("content-type", ""):
            continue
        shown = urlsplit(page.url)
        found[name_of(shown.path) or name] = shown.path + (f"?{shown.query}" if shown.query else "")
        links = page.eval_on_selector_all("a[href]", FULL_ADDRESSES)
        for link in links:
            parts = urlsplit(link)
            if f"{parts.scheme}://{parts.netloc}" == address and parts.path not in seen:
                seen.add(parts.path)
                waiting.append(parts.path)
    context.close()
    return found


def unlinked(browser: Browser, address: str, state: dict | None) -> list[str]:
    """Pages that only an act leads to: the steps of an import that is begun, and a person found by a number."""
    context = fresh(browser, address, Look("en", 1366, False), state)
    page = context.new_page()
    found = []
    page.goto("/imports")
    if page.locator("input[type=file]").count():
        begun = page.locator("section[aria-labelledby=begun] a")
        if begun.count():
            begun.first.click()
        else:
            page.set_input_files("#id_file", EXAMPLE)
            page.click("main form button.btn-primary")
        page.wait_for_url("**/mapping")
        found.append(urlsplit(page.url).path)
        page.click("button[name=do][value=next]")
        page.wait_for_url("**/preview")
        found.append(urlsplit(page.url).path)
    reply = page.goto("/registry")
    if reply is not None and reply.status == 200:
        search(page)
        if not page.locator(FOUND).count():
            register(page)
            search(page)
        if page.locator(FOUND).count():
            found.append(page.locator(FOUND).first.get_attribute("href") or "/")
    context.close()
    return found


def search(page: Page) -> None:
    """Ask the registry for the person of the pictures."""
    page.goto("/registry")
    page.fill("#id_value", PHONE)
    page.fill("#id_why", "pictures of the console")
    page.click("main form button.btn-primary")
    page.wait_for_load_state()


def register(page: Page) -> None:
    """Put the person of the pictures on record, where the account may."""
    reply = page.goto("/registry/new")
    if reply is None or reply.status != 200:
        return
    page.fill("#id_name", "张三")
    page.fill("#id_phone", PHONE)
    page.fill("#id_registered_address", "天津市津南区辛庄镇某村1号")
    page.fill("#id_division", "120112100")
    page.click("main form button.btn-primary")
    page.wait_for_load_state()


def take(page: Page, path: str, look: Look, target: Path) -> None:
    """One picture."""
    page.goto(path)
    page.evaluate("document.fonts.ready")
    # Not a condition in script: the pages' own policy refuses to evaluate text.
    page.wait_for_selector(".htmx-request, [aria-busy=true]", state="detached")
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


def shoot(address: str, accounts: list[SignIn], only: str, *, own: bool) -> int:
    """Take all pictures; how many. `own`: a demo node of our own, in which a file may be uploaded."""
    taken = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(CHROMIUM_ARGUMENTS))
        states: dict[str, dict | None] = {"": None}
        pages: dict[str, tuple[str, str]] = {
            name: ("", path) for name, path in crawl(browser, address, None, "/").items()
        }
        for account in accounts:
            states[account.username] = sign_in(browser, address, account)
            state = states[account.username]
            more = unlinked(browser, address, state) if own else []
            for name, path in crawl(browser, address, state, "/", more).items():
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
        taken = shoot(options.address.rstrip("/"), accounts, options.only, own=False)
    else:
        with demo_node() as address:
            taken = shoot(address, node.sign_ins(DATA), options.only, own=True)
    print(f"{taken} pictures in {OUT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
