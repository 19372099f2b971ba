"""Whoever reads Chinese reads Chinese, whoever reads English reads English: every word of every page."""

import gettext
import io
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.template import Context, Template
from django.test import Client
from django.urls import resolve
from django.utils import translation
from support import town as towns
from support.town import BUILDER, JINNAN, Town
from web_cases import many, positive
from web_words import LATIN, Unsaid, chinese_in, crawl, english_in, named_pages, unmarked_chinese, words_of

from liankong.actions import Forbidden, Refused, cases, outbreaks, registry
from liankong.store.access import node_scope
from liankong.store.models import (
    Bulletin,
    Case,
    LineListImport,
    OrganisationTerm,
    Outbreak,
    Person,
    Post,
    User,
)
from liankong.vocabulary import divisions
from liankong.vocabulary.identifiers import make_id_number
from liankong.vocabulary.kinds import Outcome, PersonClass, Role, Severity
from liankong.web import imports_folder
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
def busy(town: Town, at: datetime, client_of: Callable[..., Client]) -> Iterator[Town]:
    """Cases of several classes, orders, results, a person with an identity, a bulletin signed and one that fails, an
    import with a rejected row, and one begun.
    """
    from django.core.files.uploadedfile import SimpleUploadedFile

    epidemiologist = town[Role.EPIDEMIOLOGIST]
    with node_scope():
        own = outbreaks.open_outbreak(
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
            case=first.pk,
            classification=PersonClass.CONFIRMED,
            severity=Severity.COMMON,
            reason="三次阳性",
            by=epidemiologist,
            at=at,
        )
        cases.record_course(
            case=first.pk,
            outcome=Outcome.IN_CARE,
            admitted_at=at - timedelta(hours=2),
            by=epidemiologist,
            at=at,
        )
        cases.set_source(
            case=first.pk,
            origin="local",
            infector=linked[0].number,
            exposure="同楼",
            by=epidemiologist,
            at=at,
        )
        person = registry.register(
            division=towns.COMMUNITY, name="甲乙丙", id_number=NUMBER, by=BUILDER, at=at
        )
        registry.reveal(
            person=person.pk, fields=("name",), why="病例一所需", by=town[Role.REGISTRY_CLERK], at=at
        )
    officer, commander = client_of(Role.BULLETIN_OFFICER), client_of(Role.COMMANDER)
    sent = {"outbreak": own.pk, "division": JINNAN, "day": "2022-01-08", "rows": 0}
    made = officer.post("/bulletins/new", sent)
    assert made.status_code == 302
    commander.post(f"{made.headers['Location']}/sign")
    wrong = {
        "row0-figure": "since|confirmed|in_hospital",
        "row0-origin": "all",
        "row0-place": "",
        "row0-value": "99",
    }
    again = officer.post("/bulletins/new", sent | wrong | {"rows": 1, "reason": "核减"})
    assert again.status_code == 302
    client = client_of(Role.EPIDEMIOLOGIST)
    for do in (["update"], ["next"], ["next", "commit"]):
        answer = client.post("/imports", {"file": SimpleUploadedFile("list.csv", LIST.encode("utf-8-sig"))})
        page = answer.headers["Location"]
        client.post(page, {"do": do[0], "line-5-pattern": r"(?P<key>Q\d+)"})
        if "commit" in do:
            client.post(page.replace("mapping", "commit"), {"outbreak": own.code})
    with node_scope():
        assert LineListImport.objects.get().rejected
    yield here
    for folder in imports_folder.root().iterdir():
        imports_folder.Upload(folder).remove()


# --- how a page is read ----------------------------------------------------------------------------------------

# Pages that need a device, a worker at work, or two posts at once.
SHOWN_LATER = {"account-two-factor-off", "sign-in-second", "import-progress", "import-study"}
# Pages of one row of the response, for which this town has none: their own tests open them.
SHOWN_LATER |= {
    "chains-contacts",
    "chains-graphml",
    "contact",
    "disinfection-place",
    "disinfection-zone",
    "duty-calendar",
    "inquiries-list",
    "inquiries-new",
    "inquiry",
    "inquiry-job",
    "inquiry-letter",
    "investigation",
    "investigation-internal-docx",
    "investigation-nearby",
    "investigation-of-case",
    "investigation-paste",
    "investigation-places",
    "investigation-public-docx",
    "investigation-report",
    "investigation-sources",
    "minutes-batch",
    "need",
    "needs-take",
    "orders-batch",
    "room",
    "site",
    "sites-lists",
    "sites-new",
    "transfer",
    "trip",
    "zone",
    "zone-cap",
    "zone-cap-number",
    "zone-notice",
}
# Forms sent empty or wrong: their faults are words too. Addresses are completed with a case, a post and a bulletin.
FAULTY: tuple[tuple[Role, str, dict[str, Any]], ...] = (
    (Role.EPIDEMIOLOGIST, "/account/password", {"old": "x", "new": "123", "again": "124"}),
    (Role.EPIDEMIOLOGIST, "/account/two-factor", {"token": "1"}),
    (Role.EPIDEMIOLOGIST, "/registry", {}),
    (Role.EPIDEMIOLOGIST, "/registry", {"value": "11010519491231002", "why": "病例一所需"}),
    (Role.EPIDEMIOLOGIST, "/registry", {"value": "13800138000", "why": "病例一所需"}),
    (Role.EPIDEMIOLOGIST, "/registry/new", {"id_number": "1", "division": "天上"}),
    (Role.EPIDEMIOLOGIST, "/registry/glass", {}),
    (Role.EPIDEMIOLOGIST, "/imports", {}),
    (Role.EPIDEMIOLOGIST, "/cases/{case}/classify", {}),
    (
        Role.EPIDEMIOLOGIST,
        "/cases/{case}/classify",
        {"classify-classification": "confirmed", "classify-severity": "common", "classify-reason": "同前"},
    ),
    (
        Role.EPIDEMIOLOGIST,
        "/cases/{case}/classify",
        {"classify-classification": "suspected", "classify-reason": "同前"},
    ),
    (Role.EPIDEMIOLOGIST, "/cases/{case}/course", {"course-outcome": "dead"}),
    (
        Role.EPIDEMIOLOGIST,
        "/cases/{case}/course",
        {"course-outcome": "in_care", "course-admitted_at": "2031-01-01T10:00"},
    ),
    (Role.EPIDEMIOLOGIST, "/cases/{case}/source", {"source-origin": "local", "source-infector": "99999"}),
    (Role.EPIDEMIOLOGIST, "/cases/{case}/report", {}),
    (Role.EPIDEMIOLOGIST, "/cases/{case}/identity", {}),
    (Role.COMMANDER, "/outbreaks/new", {}),
    (Role.COMMANDER, "/bulletins/{bulletin}/sign", {}),
    (Role.BULLETIN_OFFICER, "/bulletins/new", {}),
    (Role.BULLETIN_OFFICER, "/bulletins/new", {"rows": 1, "row0-value": "x", "since": "gestern"}),
    (Role.BULLETIN_OFFICER, "/bulletins/read", {"text": TEXT}),
    (Role.BULLETIN_OFFICER, "/bulletins/read", {"text": TEXT.replace("2022年", "")}),
    (Role.BULLETIN_OFFICER, "/bulletins/{bulletin}/explain", {"finding": 0, "reason": ""}),
    (Role.ADMINISTRATOR, "/organisations/new", {}),
    (
        Role.ADMINISTRATOR,
        "/organisations/new",
        {"code": "city", "name": "某部", "kind": "office", "division": JINNAN},
    ),
    (Role.ADMINISTRATOR, "/posts/{post}/fill", {"user": "nobody"}),
    (Role.ADMINISTRATOR, "/posts/{post}/fill", {"user": "administrator-jinnan"}),
    (Role.ADMINISTRATOR, "/users/new", {"username": "city hall"}),
    (
        Role.ADMINISTRATOR,
        "/users/new",
        {"username": "auditor-jinnan", "name": "某人", "division": JINNAN, "language": "zh-hans"},
    ),
    (Role.ADMINISTRATOR, "/users/tokens", {}),
    (Role.AUDITOR, "/audit/verify", {}),
)
# They hold every permission between them.
READERS = (Role.COMMANDER, Role.EPIDEMIOLOGIST, Role.BULLETIN_OFFICER, Role.ADMINISTRATOR, Role.AUDITOR)


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
    codes = ["12", *(part.code for part in divisions.children(JINNAN)), "5105", "4101", "31"]
    places = [divisions.get(code).name for code in codes]
    chinese = (
        " ".join([*texts, *places, *dict(settings.LANGUAGES).values()])
        + LIST
        + TEXT
        + "病例一所需三次阳性核减"
    )
    return LATIN | {word.lower() for text in texts for word in re.findall(r"[A-Za-z]+", text)}, chinese


class Book:
    """What is wrong with the words of the pages that were read, and which pages those were."""

    def __init__(self) -> None:
        self.faults: dict[str, str] = {}
        self.visited: dict[str, set[str]] = {"zh": set(), "en": set()}
        self.latin, self.chinese = names()

    def read(self, answer: "HttpResponse", language: str, where: str) -> None:
        for text in words_of(answer.content.decode(), language):
            if english_in(text, self.latin) if language == "zh" else chinese_in(text, self.chinese):
                self.faults.setdefault(f"{language}: {text[:160]}", where)
        if language == "en":
            for text in unmarked_chinese(answer.content.decode()):
                self.faults.setdefault(f"not marked as Chinese: {text[:160]}", where)

    def walk(self, client: Client, language: str, *starts: str) -> None:
        for address, answer in crawl(client, *starts):
            self.visited[language].add(str(resolve(address.partition("?")[0]).url_name))
            self.read(answer, language, address)


def test_no_page_lacks_a_word_or_speaks_two_languages(
    client_of: Callable[..., Client], busy: Town, unsaid: Unsaid
) -> None:
    book = Book()
    with node_scope():
        bulletins = [f"/bulletins/{key}" for key in Bulletin.objects.values_list("pk", flat=True)]
        opened = list(Case.objects.exclude(result=None).order_by("pk").values_list("pk", flat=True))
        person = Person.objects.exclude(identity=None).latest("pk").pk
    starts = {role: ["/", *bulletins] for role in READERS}
    starts[Role.EPIDEMIOLOGIST] += [f"/cases/{key}" for key in opened] + [f"/registry/{person}"]
    for upload in imports_folder.root().iterdir():
        pages = [f"/imports/new/{upload.name}/{page}" for page in ("mapping", "preview", "study")]
        starts[Role.EPIDEMIOLOGIST] += pages
    for language, code in (("zh", "zh-hans"), ("en", "en")):
        for role in READERS:
            book.walk(client_of(role, code), language, *starts[role])
        book.walk(stranger(code), language, "/sign-in")
    assert book.visited["zh"] == book.visited["en"]
    unseen = named_pages() - book.visited["zh"] - SHOWN_LATER
    assert not unseen, f"no link leads to {sorted(unseen)}"
    ids = {"case": opened[0], "post": busy[Role.AUDITOR].post, "bulletin": bulletins[-1].rpartition("/")[2]}
    for role, address, sent in FAULTY:
        answer = client_of(role, "zh-hans").post(address.format(**ids), sent, follow=True)
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
