"""From the words of a meeting to drafts: pasted, marked, kept or set aside, and never lost."""

import io
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from support import minutes as made
from support.town import BUILDER, JINNAN, Town

from liankong.actions import minutes as verbs
from liankong.actions import organisations
from liankong.store.access import node_scope
from liankong.store.models import Batch, Entry, Order
from liankong.vocabulary.kinds import OrderState, OrganisationKind, Role

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.django_db

ClientOf = Callable[..., Client]
TEXT = made.report(
    "一是区疾控中心要加快流调，明天12时前报告。二是各街道加强巡查。三是做好接诊，联系13800138000。会议要求，要保持清醒头脑。",
    opening="2022年1月8日上午10时，津南区疫情防控指挥部召开会议。",
)


@pytest.fixture
def streets(town: Town, at: datetime) -> list[int]:
    """Two street offices of the district."""
    with node_scope():
        return [
            organisations.found(
                code=f"street-{division}",
                kind=OrganisationKind.STREET,
                division=division,
                name=f"{division}街道办事处",
                parent=town.district,
                from_at=at - timedelta(days=3),
                by=BUILDER,
                at=at,
            ).pk
            for division in ("120112101", "120112102")
        ]


def read(client: Client, text: str = TEXT, **more: Any) -> str:
    answer = client.post("/minutes/new", {"text": text, **more})
    assert answer.status_code == 200, answer.content.decode()
    return answer.content.decode()


def sent(page: str, meeting: int = 1) -> dict[str, Any]:
    """What the form of a meeting sends as it stands: its fields, chosen options and boxes ticked."""
    (form,) = [
        one
        for one in re.findall(r"<form method=\"post\" action=\"/minutes/draft\".*?</form>", page, re.S)
        if f'name="meeting" value="{meeting}"' in one
    ]
    data: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        found = dict(re.findall(r"([\w-]+)=\"([^\"]*)\"", tag))
        if "name" in found and ("checkbox" not in tag or " checked" in tag):
            data[found["name"]] = found.get("value", "on" if "checkbox" in tag else "")
    for name, inside in re.findall(r"<textarea name=\"([\w-]+)\"[^>]*>(.*?)</textarea>", form, re.S):
        data[name] = inside.strip("\r\n").replace("&quot;", '"')
    for name, inside in re.findall(r"<select name=\"([\w-]+)\".*?>(.*?)</select>", form, re.S):
        data[name] = re.findall(r"value=\"([^\"]+)\" selected", inside)
    return data


def test_a_page_shows_each_sentence_marked_beside_its_form(
    client_of: ClientOf, town: Town, streets: list[int]
) -> None:
    page = read(client_of(Role.SECRETARY))
    assert page.count('class="mn-sentence') == 4
    assert 'id="m1t1"' in page
    assert 'id="m1s1"' in page
    data = sent(page)
    assert data["m1-0-title"] == "区疾控中心要加快流调"
    assert data["m1-0-addressees"] == [str(town.cdc.pk)]
    assert data["m1-0-due_at"] == "2022-01-09T12:00"
    assert data["m1-1-addressees"] == ["every:street"]
    assert data["m1-1-due_at"] == "", "a deadline that nobody stated is not made up"
    assert data["m1-0-keep"] == "on"
    assert "m1-3-keep" not in data, "what a speech says besides its list is not kept by itself"
    assert "13800138000" not in page
    assert "A phone number stood in this sentence" in page
    with node_scope():
        assert not Batch.objects.exists(), "reading stores nothing"


def test_kept_sentences_become_drafts_that_a_signer_finds(
    client_of: ClientOf, town: Town, streets: list[int], at: datetime
) -> None:
    client = client_of(Role.SECRETARY)
    data = sent(read(client)) | {"m1-due_for_rest": "2022-01-10T18:00", "m1-3-reason": "无具体任务"}
    answer = client.post("/minutes/draft", data)
    assert answer.status_code == 302, answer.content.decode()
    with node_scope():
        batch = Batch.objects.get()
        orders = list(Order.objects.filter(batch=batch).order_by("pk"))
        assert [(order.addressee_id, order.state) for order in orders] == [
            (town.cdc.pk, OrderState.DRAFT),
            *((street, OrderState.DRAFT) for street in streets),
        ]
        assert len(batch.set_aside) == 2
        assert "13800138000" not in batch.text
        assert Entry.objects.filter(kind="MinutesDrafted").count() == 1
    page = client.get(answer["Location"]).content.decode()
    assert "3 draft orders wait for a signature" in page
    assert "无具体任务" in page
    assert "A phone number stood in this sentence" in page
    assert "二是各街道加强巡查。" in page
    assert "To the drafts" not in page, "the secretary signs nothing"
    assert "To the drafts" in client_of(Role.COMMANDER).get(answer["Location"]).content.decode()
    listed = client.get("/minutes").content.decode()
    assert answer["Location"] in listed


def test_what_is_missing_comes_back_at_its_sentence_with_all_that_was_typed(
    client_of: ClientOf, town: Town, streets: list[int]
) -> None:
    client = client_of(Role.SECRETARY)
    data = sent(read(client)) | {"m1-0-title": "加快流调（已改）", "m1-1-addressees": []}
    answer = client.post("/minutes/draft", data)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "加快流调（已改）" in page
    assert "Name whom it is for." in page
    assert "The text states no deadline: set one." in page
    with node_scope():
        assert not Batch.objects.exists()


def test_a_refusal_of_the_verb_stands_at_the_sentence(
    client_of: ClientOf, town: Town, streets: list[int]
) -> None:
    client = client_of(Role.SECRETARY)
    data = sent(read(client)) | {"m1-due_for_rest": "2022-01-07T18:00"}
    answer = client.post("/minutes/draft", data)
    assert answer.status_code == 422
    assert "The deadline must lie ahead." in answer.content.decode()


def test_where_a_sentence_stands_cannot_be_moved_by_the_form(
    client_of: ClientOf, town: Town, streets: list[int]
) -> None:
    client = client_of(Role.SECRETARY)
    data = sent(read(client)) | {"m1-0-start": "0", "m1-0-end": "5", "m1-due_for_rest": "2022-01-10T18:00"}
    assert client.post("/minutes/draft", data).status_code == 302
    with node_scope():
        first = Order.objects.order_by("pk")[0]
    assert first.sentence == "一是区疾控中心要加快流调，明天12时前报告。"


def test_two_meetings_of_a_page_are_drafted_apart(client_of: ClientOf, town: Town) -> None:
    client = client_of(Role.SECRETARY)
    page = read(client, made.TWO_MEETINGS)
    data = sent(page, 2) | {
        "m2-due_for_rest": "2022-01-20T18:00",
        "m2-addressees_for_rest": [str(town.cdc.pk)],
    }
    data |= {key: [str(town.cdc.pk)] for key in data if re.fullmatch(r"m2-\d+-addressees", key)}
    data |= {key: "2022-01-21T00:00" for key in data if re.fullmatch(r"m2-\d+-due_at", key)}
    assert client.post("/minutes/draft", data).status_code == 302
    with node_scope():
        batch = Batch.objects.get()
        assert [order.sentence[:3] for order in Order.objects.filter(batch=batch).order_by("pk")] == [
            "（一）",
            "（二）",
        ]
        assert batch.title == "2022-01-18 摸清底数"


@pytest.mark.parametrize("name", ["page.txt", "page.html"])
def test_a_file_is_read_like_what_is_pasted(client_of: ClientOf, name: str) -> None:
    file = SimpleUploadedFile(name, TEXT.encode("gb18030"))
    answer = client_of(Role.SECRETARY).post("/minutes/new", {"text": "", "file": file})
    assert answer.status_code == 200
    assert answer.content.decode().count('class="mn-sentence') == 4


def test_a_word_document_is_read_and_a_broken_one_is_refused(client_of: ClientOf) -> None:
    document = pytest.importorskip("docx").Document()
    for line in TEXT.split("\n"):
        document.add_paragraph(line)
    content = io.BytesIO()
    document.save(content)
    client = client_of(Role.SECRETARY)
    good = client.post("/minutes/new", {"file": SimpleUploadedFile("a.docx", content.getvalue())})
    assert good.content.decode().count('class="mn-sentence') == 4
    bad = client.post("/minutes/new", {"file": SimpleUploadedFile("a.docx", b"PK")})
    assert bad.status_code == 422
    assert "not a readable .docx" in bad.content.decode()
    other = client.post("/minutes/new", {"file": SimpleUploadedFile("a.pdf", b"%PDF")})
    assert "Expected a file of" in other.content.decode()


def test_a_text_that_tells_more_than_a_meeting_is_refused(client_of: ClientOf) -> None:
    answer = client_of(Role.SECRETARY).post("/minutes/new", {"text": made.report("要加强巡查。" * 301)})
    assert answer.status_code == 422
    assert "split it" in answer.content.decode()


def test_nothing_pasted_and_no_meeting_found_say_what_to_do(client_of: ClientOf) -> None:
    client = client_of(Role.SECRETARY)
    assert "Paste a text or choose a file." in client.post("/minutes/new", {"text": " "}).content.decode()
    assert "No meeting was found in the text" in read(client, "新增确诊病例3例。")


def test_the_empty_list_says_what_to_do(client_of: ClientOf) -> None:
    page = client_of(Role.SECRETARY).get("/minutes").content.decode()
    assert "No minutes have been read yet" in page
    assert "/minutes/new" in page


def test_who_may_not_draft_sees_the_list_and_no_form(client_of: ClientOf) -> None:
    client = client_of(Role.EPIDEMIOLOGIST)
    assert "/minutes/new" not in client.get("/minutes").content.decode()
    assert client.get("/minutes/new").status_code == 403
    assert client.post("/minutes/draft", {}).status_code == 403


def test_in_chinese_the_page_speaks_chinese_of_its_own_parts(client_of: ClientOf) -> None:
    page = client_of(Role.SECRETARY, "zh-hans").get("/minutes").content.decode()
    assert 'lang="zh-CN"' in page


def _draft_many(town: Town, count: int, at: datetime) -> int:
    """A batch with that many sentences, each to one organisation."""
    items = [made.CLAUSES[number % len(made.CLAUSES)] for number in range(count)]
    text = made.report(made.listed("1.", items, paragraphs=True))
    with node_scope():
        found, _directory = verbs.read(text, place=JINNAN, at=at)
        batch = verbs.draft(
            text=found.text,
            title="会议",
            held_at=None,
            kept=[
                verbs.Kept(
                    start=one.start,
                    end=one.end,
                    title=one.title,
                    addressees=[town.cdc.pk],
                    due_at=at + timedelta(days=1),
                )
                for one in found.directives
            ],
            by=town[Role.SECRETARY],
            at=at,
        )
    return batch.pk


def test_queries_grow_neither_with_sentences_nor_with_meetings(
    client_of: ClientOf, town: Town, streets: list[int], at: datetime
) -> None:
    client = client_of(Role.SECRETARY)

    def counts(batch: int, text: str) -> list[int]:
        found = []
        for visit in (
            lambda: client.get(f"/minutes/{batch}"),
            lambda: client.get("/minutes"),
            lambda: client.post("/minutes/new", {"text": text}),
        ):
            with CaptureQueriesContext(
                connection,
            ) as seen:
                assert visit().status_code == 200
            found.append(len(seen))
        return found

    few = counts(_draft_many(town, 2, at), TEXT)
    for number in (9, 12):
        many = _draft_many(town, number, at)
    assert counts(many, TEXT.replace("二是", "二是加强值守。三是").replace("三是做", "四是做")) == few


# --- in a browser ------------------------------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.parametrize(("theme", "width"), [("light", 1366), ("dark", 390)])
def test_from_the_keyboard_alone_a_meeting_becomes_drafts(
    page_of: "Callable[[Role], Page]",
    axe: "Callable[[Page], None]",
    town: Town,
    streets: list[int],
    theme: Any,
    width: int,
) -> None:
    page = page_of(Role.SECRETARY)
    page.set_default_navigation_timeout(60_000)  # a server's first page loads every module
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": 844})

    def sound() -> None:
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")

    page.goto("/minutes/new")
    sound()
    page.locator("[name=text]").focus()
    page.keyboard.insert_text(TEXT)
    page.locator("main form button.btn-primary").press("Enter")
    page.locator(".mn-sentence").first.wait_for()
    sound()
    page.locator("[name=m1-due_for_rest]").fill("2022-01-10T18:00")
    page.locator("form[action='/minutes/draft'] button.btn-primary").press("Enter")
    page.locator(".mn-orders").first.wait_for()
    sound()
    with node_scope():
        assert Order.objects.filter(state=OrderState.DRAFT).count() == 3
    page.goto("/minutes")
    sound()
