"""Whoever reads Chinese reads Chinese, whoever reads English reads English: every word of every page."""

import gettext
import io
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import web_town
import web_town_desks
import web_town_names
import web_town_response
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.template import Context, Template
from django.test import Client
from django.urls import resolve
from django.utils import translation
from support.town import JINNAN, Town
from web_town_faulty import filled, form_rows
from web_town_pages import FAULTY, row_pages
from web_words import Unsaid, chinese_in, crawl, english_in, named_pages, unmarked_chinese, words_of

from liankong.actions import Forbidden, Refused
from liankong.store.access import node_scope
from liankong.store.models import Bulletin, Case, Person
from liankong.vocabulary.kinds import Role
from liankong.web import faults_rules, imports_folder
from liankong.web.faults import say
from liankong.web.words import said
from tools import messages

if TYPE_CHECKING:
    from django.http import HttpResponse

pytestmark = pytest.mark.django_db

PO = Path(settings.LOCALE_PATHS[0]) / "zh_Hans" / "LC_MESSAGES" / "django.po"
PLACES = re.compile(r"%\((\w+)\)[sd]|\{(\w+)\}")


# --- the catalogue ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    with PO.open("rb") as file:
        return read_po(file)


def entries(catalogue: Catalog) -> Iterator[Message]:
    return (message for message in catalogue if message.id)


def forms(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def test_every_entry_of_the_catalogue_is_translated_and_none_is_a_guess(catalogue: Catalog) -> None:
    without = [
        message.id for message in entries(catalogue) if message.fuzzy or not all(forms(message.string))
    ]
    assert without == []


def test_a_translation_keeps_the_places_of_its_source(catalogue: Catalog) -> None:
    def places(text: str) -> set[str]:
        return {first or second for first, second in PLACES.findall(text)}

    wrong = [
        (message.id, message.string)
        for message in entries(catalogue)
        # The case table is quoted in the language of the reader: {english} there, {chinese} here.
        if "{english}" not in message.id
        for translated in forms(message.string)
        if places(translated) != places(forms(message.id)[-1])
    ]
    assert wrong == []


def test_no_translation_is_left_in_english(catalogue: Catalog) -> None:
    bare = [
        message.id
        for message in entries(catalogue)
        for translated in forms(message.string)
        if re.search(r"[A-Za-z]{3}", re.sub(PLACES, "", forms(message.id)[0]))
        and not re.search(r"[㐀-鿿]", translated)
    ]
    assert bare == []


def test_the_compiled_catalogue_says_what_the_catalogue_says(catalogue: Catalog) -> None:
    anew = io.BytesIO()
    write_mo(anew, catalogue)
    anew.seek(0)
    with PO.with_suffix(".mo").open("rb") as file:
        kept = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]  # there is no other way in
    fresh = gettext.GNUTranslations(anew)._catalog  # type: ignore[attr-defined]
    kept.pop(""), fresh.pop("")
    assert kept == fresh


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="needs GNU gettext: apt-get install gettext")
def test_every_word_of_the_sources_is_in_the_catalogue(catalogue: Catalog, tmp_path: Path) -> None:
    with messages.collect(tmp_path).open("rb") as file:
        fresh = read_po(file)
    lacking = {(one.context, one.id) for one in entries(fresh)} - {
        (one.context, one.id) for one in entries(catalogue)
    }
    assert lacking == set(), "make messages"


# --- what verbs refuse -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "chinese", "english"),
    [
        (
            Refused("nobody may be {first} and {second} at once", first="administrator", second="auditor"),
            "同一人不得兼任系统管理员与审计专员",
            "nobody may be Administrator and Auditor at once",
        ),
        (
            Refused(
                "From {before} to {after} needs a reason in words.", before="confirmed", after="excluded"
            ),
            "由确诊病例改为已排除须写明理由。",
            "From Confirmed case to Excluded needs a reason in words.",
        ),
        (
            Refused("{name}: expected {expected}", name="outcome_at", expected="a moment not in the future"),
            "转归时间：应为不晚于当前的时间",
            "Outcome at: expected a moment not in the future",
        ),
        (
            Refused("these do not balance: {failed}", failed="in hospital = active; all = local + imported"),
            "下列数字不相符：在院＝现有、合计＝本土＋境外输入",
            "these do not balance: in hospital = active, all = local + imported",
        ),
        (Forbidden("cases.classify"), "需要权限“病例定型签认”", "this needs the permission classify cases"),
    ],
)
def test_a_refusal_is_said_in_the_readers_language_and_its_codes_in_words(
    error: Refused | Forbidden, chinese: str, english: str
) -> None:
    with translation.override("zh-hans"):
        assert said(error) == chinese
    with translation.override("en"):
        assert said(error) == english


def test_a_sentence_that_is_read_back_is_still_one_of_the_rules(catalogue: Catalog) -> None:
    known = {message.id for message in entries(catalogue)}
    assert [one for one in faults_rules.TEMPLATES if one not in known] == []


@pytest.mark.parametrize(
    ("written", "chinese"),
    [
        (
            "1 of 3 met: 2 days without a new infection, 14 needed",
            "已满足 1/3 项；尚缺：已连续 2 天无新增，需 14 天",
        ),
        ("A positive inside: Control area becomes Lockdown area.", "区内出现阳性：管控区 转为 封控区。"),
        ("Zone Z0001: put the measures in force", "Z0001 号区域：落实区域管控措施"),
        ("list.csv: has no column user, until; expected user, from and until", "文件缺少列：用户、结束"),
        ("x.csv: lacks the column room (房号)", "文件缺少列：房号"),
        ("何时解封", "何时解封"),
    ],
)
def test_what_a_rule_wrote_into_a_row_is_said_again_in_the_readers_language(
    written: str, chinese: str
) -> None:
    with translation.override("zh-hans"):
        assert say(written) == chinese
    with translation.override("en"):
        assert say("A positive inside: Control area becomes Lockdown area.").startswith("A positive inside")


# --- a town in which every page has something to say -----------------------------------------------------------


@dataclass(frozen=True)
class Busy:
    town: Town
    response: web_town_response.Response
    desks: web_town_desks.Desks


@pytest.fixture
def busy(town: Town, at: datetime, client_of: Callable[..., Client]) -> Iterator[Busy]:
    """Cases, bulletins, imports, and a response in every state. See web_town.py."""
    with node_scope():
        here = web_town.with_outbreak(town, at)
        web_town.with_cases(here, at)
        response = web_town_response.build(here, at)
        desks = web_town_desks.build(here, response, at)
        web_town.name_bodies(web_town.CALLED)
    web_town.with_bulletins(here.outbreak.pk, client_of)
    web_town.with_imports(here.outbreak.code, client_of(Role.EPIDEMIOLOGIST))
    yield Busy(here, response, desks)
    for folder in imports_folder.root().iterdir():
        imports_folder.Upload(folder).remove()


# --- how a page is read ----------------------------------------------------------------------------------------

# Pages that need a device, a worker at work, or two posts at once.
SHOWN_LATER = {"account-two-factor-off", "sign-in-second", "import-progress", "import-study"}
# It only leads on, to the page of the investigation.
SHOWN_LATER |= {"investigation-of-case"}
# Who reads the console from end to end, and whose desks are only a part of it: what begins their pages' addresses.
READERS = {
    Role.COMMANDER: "/",
    Role.EPIDEMIOLOGIST: "/",
    Role.BULLETIN_OFFICER: "/(bulletins|imports)",
    Role.ADMINISTRATOR: "/(organisations|users|posts|outbreaks|account|audit)",
    Role.AUDITOR: "/(audit|account)",
}


@pytest.fixture
def unsaid() -> Iterator[Unsaid]:
    from django.utils.translation import trans_real

    note, chinese = Unsaid(), trans_real.translation("zh-hans")
    before, chinese._fallback = chinese._fallback, note
    yield note
    chinese._fallback = before


def stranger(language: str) -> Client:
    client = Client()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    return client


class Book:
    """What is wrong with the words of the pages that were read, and which pages those were."""

    def __init__(self) -> None:
        self.faults: dict[str, str] = {}
        self.visited: dict[str, set[str]] = {"zh": set(), "en": set()}
        self.latin, self.chinese = web_town_names.names()

    def read(self, answer: "HttpResponse", language: str, where: str) -> None:
        for text in words_of(answer.content.decode(), language):
            if english_in(text, self.latin) if language == "zh" else chinese_in(text, self.chinese):
                self.faults.setdefault(f"{language}: {text[:160]}", where)
        if language == "en":
            for text in unmarked_chinese(answer.content.decode()):
                self.faults.setdefault(f"not marked as Chinese: {text[:160]}", where)

    def walk(self, client: Client, language: str, *starts: str, within: str = "/") -> None:
        for address, answer in crawl(client, *starts, within=within):
            self.visited[language].add(str(resolve(address.partition("?")[0]).url_name))
            self.read(answer, language, address)

    def look(self, client: Client, language: str, addresses: list[str]) -> None:
        """Each of these, without following its links."""
        for address in addresses:
            answer = client.get(address)
            assert answer.status_code == 200, (address, answer.status_code)
            self.visited[language].add(str(resolve(address.partition("?")[0]).url_name))
            self.read(answer, language, address)


def test_no_page_lacks_a_word_or_speaks_two_languages(
    client_of: Callable[..., Client], busy: Busy, unsaid: Unsaid
) -> None:
    book = Book()
    with node_scope():
        bulletins = [f"/bulletins/{key}" for key in Bulletin.objects.values_list("pk", flat=True)]
        opened = list(Case.objects.exclude(result=None).order_by("pk").values_list("pk", flat=True))
        person = Person.objects.exclude(identity=None).filter(division__startswith=JINNAN).latest("pk").pk
        rows = row_pages(busy.response, busy.desks)
        ids = form_rows(busy.response, busy.desks)
    starts = {role: ["/", *bulletins] for role in READERS}
    starts[Role.EPIDEMIOLOGIST] += [f"/cases/{key}" for key in opened] + [f"/registry/{person}"]
    for upload in imports_folder.root().iterdir():
        pages = [f"/imports/new/{upload.name}/{page}" for page in ("mapping", "preview", "study")]
        starts[Role.EPIDEMIOLOGIST] += pages
    for language, code in (("zh", "zh-hans"), ("en", "en")):
        for role, within in READERS.items():
            book.walk(client_of(role, code), language, *starts[role], within=within)
        for role, addresses in rows.items():
            book.look(client_of(role, code), language, addresses)
        book.walk(stranger(code), language, "/sign-in")
    assert book.visited["zh"] == book.visited["en"]
    unseen = named_pages() - book.visited["zh"] - SHOWN_LATER
    assert not unseen, f"no link leads to {sorted(unseen)}"
    ids |= {
        "case": opened[0],
        "post": busy.town[Role.AUDITOR].post,
        "bulletin": bulletins[-1].rpartition("/")[2],
    }
    for role, address, sent in FAULTY:
        answer = client_of(role, "zh-hans").post(address.format(**ids), filled(sent, ids), follow=True)
        assert answer.status_code in (200, 422), (address, answer.status_code)
        book.read(answer, "zh", f"{address} {sent}")
    lines = [f"{text}   at {where}" for text, where in sorted(book.faults.items())]
    lines += [f"no Chinese for: {message!r}" for message in sorted(unsaid.messages)]
    assert not lines, "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Jinnan District 辛庄镇", 'Jinnan District <span lang="zh-CN">辛庄镇</span>'),
        ("辛庄镇某村1号", '<span lang="zh-CN">辛庄镇某村1号</span>'),
        ("某 & 某 <b>", '<span lang="zh-CN">某</span> &amp; <span lang="zh-CN">某</span> &lt;b&gt;'),
        ("Smith", "Smith"),
        ("", ""),
        (None, "None"),
    ],
)
def test_a_chinese_name_on_an_english_page_says_that_it_is_chinese(text: str | None, said: str) -> None:
    with translation.override("en"):
        assert Template("{% load lk %}{{ text|spoken }}").render(Context({"text": text})) == said


def test_a_chinese_name_on_a_chinese_page_needs_no_word_and_is_escaped_all_the_same() -> None:
    page = Template('{% load lk %}{{ text|spoken }} {{ text|spoken:"en" }}')
    with translation.override("zh-hans"):
        said = page.render(Context({"text": "某<村"}))
    assert said == '某&lt;村 <span lang="zh-CN">某</span>&lt;<span lang="zh-CN">村</span>'
