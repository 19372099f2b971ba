"""What a page says: its visible words, those for screen readers, and which of them are of another language."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from django.urls import Resolver404, URLPattern, resolve

from liankong.web import urls as web_urls

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.test import Client

# Elements that hold no words of the interface: code, keys, numbers of machines, and what people pasted.
WORDLESS = {"script", "style", "code", "kbd", "samp", "pre", "textarea", "svg", "datalist"}
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "path", "source", "wbr"}
SPOKEN = (
    "title",
    "aria-label",
    "placeholder",
    "alt",
    "data-confirm",
    "data-label",
    "hx-confirm",
    "aria-valuetext",
)
# Elements that hold plain text only: a part of it cannot be marked.
UNMARKABLE = {"option", "title"}
CHINESE = re.compile(r"[㐀-鿿]+")
# A word of English: letters alone. `T1`, `P3`, `a.b@c`, `CN-COV-v8` and `2022-01-08T12:00` are none.
ENGLISH = re.compile(r"(?<![\w.@/\\#&{=:·-])[A-Za-z][A-Za-z'’]+(?![\w@/\\}=-]|\.\w|:\w)")


class _Reader(HTMLParser):
    def __init__(self, language: str) -> None:
        super().__init__()
        self.language, self.words, self._open = language, [], []  # type: str, list[str], list[tuple[str, bool]]
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        lang = given.get("lang", self.language)
        foreign = (
            not lang.startswith(self.language[:2])
            or tag in WORDLESS
            or "lk-mono" in given.get("class", "").split()
        )
        if not foreign and not self._hidden:
            spoken = [given.get(name, "") for name in SPOKEN]
            spoken += [value for name, value in given.items() if name.startswith("data-word")]
            spoken += [given.get("value", "")] if given.get("type") in ("submit", "button") else []
            self.words += [text for text in spoken if text]
        if tag not in VOID:
            self._open.append((tag, foreign))

    def handle_endtag(self, tag: str) -> None:
        while self._open and tag in (name for name, _hidden in self._open):
            if self._open.pop()[0] == tag:
                break

    @property
    def _hidden(self) -> bool:
        return any(foreign for _tag, foreign in self._open)

    def handle_data(self, data: str) -> None:
        if not self._hidden and data.strip():
            self.words.append(" ".join(data.split()))
            if self._open and self._open[-1][0] not in UNMARKABLE:
                self.texts.append(self.words[-1])


def words_of(html: str, language: str) -> list[str]:
    """Every text of a page that a reader of `language` (zh or en) sees or hears. Parts in a language of their own,
    marked by `lang`, are left out.
    """
    reader = _Reader(language)
    reader.feed(html)
    return reader.words


def unmarked_chinese(html: str) -> list[str]:
    """Every text of a page in English that has Chinese in it and does not say so by `lang`, though it could."""
    reader = _Reader("en")
    reader.feed(html)
    return [text for text in reader.texts if CHINESE.search(text)]


def english_in(text: str, known: set[str]) -> list[str]:
    """The English words of a text that are not known names or abbreviations."""
    return [word for word in ENGLISH.findall(text) if word.lower() not in known]


def chinese_in(text: str, known: str) -> list[str]:
    """The Chinese words of a text that do not stand in the known names."""
    return [word for word in CHINESE.findall(text) if word not in known]


# --- all pages of the console -----------------------------------------------------------------------------------

# Names and abbreviations that Chinese text writes in Latin letters.
LATIN = {
    "liankong",
    "covid",
    "sars",
    "cov",
    "ct",
    "sd",
    "id",
    "api",
    "qr",
    "pdf",
    "csv",
    "excel",
    "xlsx",
    "toml",
    "utf",
}
LATIN |= {"gb", "iso", "kb", "mb", "key", "months", "english"}
LATIN |= {"graphml", "png", "svg", "geojson", "ical", "ics", "cap", "docx", "word"}
HREF = re.compile(r'(?:href|hx-get)="(/[^"#]*)"')
# Addresses that are not pages, or that end the session.
NOT_PAGES = re.compile(
    r"\.(csv|xlsx|toml|json|svg|pdf|docx|graphml|ics|xml|txt)|^/(static|api|live|sign-out|preferences)|/pdf/"
)


class Unsaid:
    """Stands behind the Chinese catalogue and notes what is looked up in vain."""

    def __init__(self) -> None:
        self.messages: set[str] = set()

    def _note(self, message: str) -> None:
        # What people wrote is asked for as well, since rules may have written it: it has no words of English.
        if english_in(message, LATIN):
            self.messages.add(message)

    def gettext(self, message: str) -> str:
        self._note(message)
        return message

    def ngettext(self, one: str, many: str, number: int) -> str:
        self._note(one)
        return one if number == 1 else many


def crawl(client: "Client", *starts: str, within: str = "/") -> Iterator[tuple[str, "HttpResponse"]]:
    """Each kind of page that links lead to, once; of what begins the list, every one.

    Links are followed to addresses that begin with the pattern `within`.
    """
    waiting, seen, kinds = list(starts), set(starts), set[str]()
    while waiting:
        address = waiting.pop(0)
        try:
            kind = str(resolve(address.partition("?")[0]).url_name)
        except Resolver404:
            continue
        if kind in kinds and address not in starts:
            continue
        answer = client.get(address)
        if answer.status_code != 200 or "html" not in answer.headers.get("Content-Type", ""):
            continue
        kinds.add(kind)
        yield address, answer
        links = [link.replace("&amp;", "&") for link in HREF.findall(answer.content.decode())]
        links = [link for link in links if re.match(within, link)]
        waiting += [link for link in links if link not in seen and not NOT_PAGES.search(link)]
        seen.update(links)


def named_pages() -> set[str]:
    """The name of every page of the console that answers to GET without what a form must bring first."""
    found = set()
    for pattern in web_urls.urlpatterns:
        page = (
            isinstance(pattern, URLPattern) and pattern.name and not NOT_PAGES.search(f"/{pattern.pattern}")
        )
        if page and "GET" in methods(pattern.callback):
            found.add(str(pattern.name))
    return found


def methods(view: Any) -> list[str]:
    """What a view's decorators let through."""
    while view is not None:
        held = dict(zip(view.__code__.co_freevars, view.__closure__ or (), strict=True))
        if "request_method_list" in held:
            return list(held["request_method_list"].cell_contents)
        view = getattr(view, "__wrapped__", None)
    return ["GET"]
