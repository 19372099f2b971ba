"""Whoever reads Chinese reads Chinese, whoever reads English reads English: every word of every page."""

import gettext
import io
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.test import Client
from django.urls import Resolver404, resolve
from support import town as towns
from support.town import BUILDER, JINNAN, Town
from web_cases import many, positive
from web_words import chinese_in, english_in, words_of

from liankong.actions import cases, registry
from liankong.store.access import node_scope
from liankong.store.models import Bulletin, Case, LineListImport, OrganisationTerm, Outbreak, Post, User
from liankong.vocabulary import divisions
from liankong.vocabulary.identifiers import make_id_number
from liankong.vocabulary.kinds import Outcome, PersonClass, Role, Severity

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
    without = [message.id for message in entries(catalogue) if message.fuzzy or not all(forms(message.string))]
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
        if re.search(r"[A-Za-z]{3}", re.sub(PLACES, "", forms(message.id)[0])) and not re.search(r"[㐀-鿿]", translated)
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


# --- a town in which every page has something to say -----------------------------------------------------------

NUMBER = make_id_number("120112", date(1980, 5, 4), 11)
LIST = (
    "编号,性别,年龄,发病日期,报告日期,感染来源\n"
    "Q1,女,34,2022-01-03,2022-01-05,\n"
    "Q2,男,41,2022-01-04,2022-01-06,病例 Q1 的密接\n"
    "Q3,男,250,2022-01-05,2022-01-07,\n"
)
TEXT = "2022年1月8日0—24时，新增本土新冠肺炎确诊病例3例（轻型2例、普通型1例）。累计确诊病例405例，其中境外输入342例。"


@pytest.fixture
def busy(town: Town, at: datetime, client_of: Callable[..., Client]) -> Town:
    """Cases of several classes, orders, results, a person with an identity, a bulletin signed and one that fails, an
    import with a rejected row, and one begun.
    """
    from django.core.files.uploadedfile import SimpleUploadedFile

    epidemiologist = town[Role.EPIDEMIOLOGIST]
    with node_scope():
        own = cases.open_outbreak(
            code="district-2022",
            name="本区疫情",
            english="District outbreak",
            pathogen="covid19",
            protocol="CN-COV-v8",
            division=JINNAN,
            baseline_on=date(2022, 1, 1),
            by=BUILDER,
            at=at - timedelta(days=2),
        )
        here = Town(town.city, town.district, town.cdc, own, town.actors)
        first = positive(here, at - timedelta(hours=3))
        positive(here, at - timedelta(hours=1), code="T2")
        linked = many(here, at, 4)
        many(here, at, 2, classification=PersonClass.ASYMPTOMATIC, linked=False)
        cases.classify(
            case=first.pk, classification=PersonClass.CONFIRMED, severity=Severity.COMMON, reason="三次阳性",
            by=epidemiologist, at=at,
        )
        cases.record_course(
            case=first.pk, outcome=Outcome.IN_CARE, admitted_at=at - timedelta(hours=2), by=epidemiologist, at=at
        )
        cases.set_source(
            case=first.pk, origin="local", infector=linked[0].number, exposure="同楼", by=epidemiologist, at=at
        )
        person = registry.register(division=towns.COMMUNITY, name="甲乙丙", id_number=NUMBER, by=BUILDER, at=at)
        registry.reveal(
            person=person.pk, fields=("name",), why="病例一所需", by=town[Role.REGISTRY_CLERK], at=at
        )
    officer, commander = client_of(Role.BULLETIN_OFFICER), client_of(Role.COMMANDER)
    sent = {"outbreak": own.pk, "division": JINNAN, "day": "2022-01-08", "rows": 0}
    made = officer.post("/bulletins/new", sent)
    assert made.status_code == 302
    commander.post(f"{made.headers['Location']}/sign")
    wrong = {"row0-figure": "since|confirmed|in_hospital", "row0-origin": "all", "row0-place": "", "row0-value": "99"}
    again = officer.post("/bulletins/new", sent | wrong | {"rows": 1, "reason": "核减"})
    assert again.status_code == 302
    client = client_of(Role.EPIDEMIOLOGIST)
    for _time in range(2):
        answer = client.post("/imports", {"file": SimpleUploadedFile("list.csv", LIST.encode("utf-8-sig"))})
        assert answer.status_code == 302
    return here


# --- how a page is read ----------------------------------------------------------------------------------------

# Names and abbreviations that Chinese text writes in Latin letters.
LATIN = set(
    "liankong covid csv excel toml utf gb api id qr pdf ct english xlsx mb kb sd iso key months sars cov".split()
)
HREF = re.compile(r'(?:href|hx-get)="(/[^"#]*)"')
# Addresses that are not pages, or that end the session.
NOT_PAGES = re.compile(r"\.(csv|xlsx|toml|json|svg|pdf)|^/(static|api|live|sign-out|preferences)|/pdf/")


class Unsaid:
    """Stands behind the Chinese catalogue and notes what is looked up in vain."""

    def __init__(self) -> None:
        self.messages: set[str] = set()

    def gettext(self, message: str) -> str:
        self.messages.add(message)
        return message

    def ngettext(self, one: str, many: str, number: int) -> str:
        self.messages.add(one)
        return one if number == 1 else many


@pytest.fixture
def unsaid() -> Iterator[Unsaid]:
    from django.utils.translation import trans_real

    note, chinese = Unsaid(), trans_real.translation("zh-hans")
    before, chinese._fallback = chinese._fallback, note
    yield note
    chinese._fallback = before


def crawl(client: Client, *starts: str) -> Iterator[tuple[str, "HttpResponse"]]:
    """Each kind of page that links lead to, twice at most: two of a kind may differ in state."""
    waiting, seen, kinds = list(starts), set(starts), dict[str, int]()
    while waiting:
        address = waiting.pop(0)
        path, _mark, query = address.partition("?")
        if NOT_PAGES.search(path):
            continue
        try:
            kind = str(resolve(path).url_name)
        except Resolver404:
            continue
        kinds[kind] = kinds.get(kind, 0) + 1
        if kinds[kind] > (2 if query == "" else 3):
            continue
        answer = client.get(address)
        if answer.status_code != 200 or "html" not in answer.headers.get("Content-Type", ""):
            continue
        yield address, answer
        for link in HREF.findall(answer.content.decode()):
            link = link.replace("&amp;", "&")
            if link not in seen:
                seen.add(link)
                waiting.append(link)


def names() -> tuple[set[str], str]:
    """What the town's own rows are called: Latin words in small letters, and all Chinese text."""
    with node_scope():
        texts = [
            *User.objects.values_list("username", flat=True),
            *User.objects.values_list("name", flat=True),
            *Post.objects.values_list("title", flat=True),
            *Outbreak.objects.values_list("code", flat=True),
            *Outbreak.objects.values_list("name", flat=True),
            *Outbreak.objects.values_list("english", flat=True),
            *OrganisationTerm.objects.values_list("name", flat=True),
            *Case.objects.values_list("exposure", flat=True),
            *LineListImport.objects.values_list("filename", flat=True),
        ]
    chinese = " ".join(texts) + LIST + TEXT + "病例一所需三次阳性核减"
    return {word.lower() for text in texts for word in re.findall(r"[A-Za-z]+", text)}, chinese


def test_no_page_lacks_a_word_or_speaks_two_languages(
    client_of: Callable[..., Client], busy: Town, unsaid: Unsaid
) -> None:
    latin, chinese = names()
    latin |= LATIN
    faults: dict[str, set[str]] = {}
    visited: dict[str, set[str]] = {"zh": set(), "en": set()}
    for role in Role:
        for language, code in (("zh", "zh-hans"), ("en", "en")):
            client = client_of(role, code)
            with node_scope():
                User.objects.filter(pk=busy[role].user).update(language=code)
            for address, answer in crawl(client, "/", "/bulletins", "/sign-in"):
                visited[language].add(str(resolve(address.partition("?")[0]).url_name))
                for text in words_of(answer.content.decode(), language):
                    found = english_in(text, latin) if language == "zh" else chinese_in(text, chinese)
                    if found:
                        faults.setdefault(f"{language}: {text[:120]}", set()).add(address)
    assert visited["zh"] == visited["en"]
    print(sorted(visited["zh"]))
    lines = [f"{text}   at {sorted(where)[0]}" for text, where in sorted(faults.items())]
    lines += [f"no Chinese for: {message!r}" for message in sorted(unsaid.messages)]
    assert not lines, "\n".join(lines)
