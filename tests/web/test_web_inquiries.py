"""Inquiries on the console: read, worked off by keys, answered, and never more shown than was disclosed."""

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook
from support import inquiries as story
from support.inquiries import NAME, NUMBER, Neighbours

from liankong.store.access import node_scope
from liankong.store.log import Actor
from liankong.store.models import Entry, Inquiry, User
from liankong.vocabulary.kinds import InquiryState, Role

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from support.town import Town

pytestmark = pytest.mark.django_db
S = InquiryState
HOUR = timedelta(hours=1)


@pytest.fixture
def near(town: "Town", at: datetime) -> Neighbours:
    with node_scope():
        return story.build(at, town)


@pytest.fixture
def seated() -> Callable[[Actor], Client]:
    """A signed-in client of any headquarters' officer, in English."""

    def make(actor: Actor) -> Client:
        client = Client(raise_request_exception=True)
        with node_scope():
            client.force_login(
                User.objects.get(pk=actor.user), backend="django.contrib.auth.backends.ModelBackend"
            )
        client.cookies[django_settings.LANGUAGE_COOKIE_NAME] = "en"
        return client

    return make


def follow(run: Callable[[], Any]) -> Any:
    return story.told(run)


def numbers(answer: Any) -> list[str]:
    return [row.number for row in answer.context["page"].rows]


def test_a_letter_is_in_the_senders_outbox_and_the_receivers_inbox_and_nowhere_else(
    near: Neighbours, seated: Callable[[Actor], Client], at: datetime
) -> None:
    with node_scope():
        row = story.sent(near, at)
    sender, receiver, third = (
        seated(near.officer(body)) for body in (near.town.district, near.nankai, near.hexi)
    )
    assert numbers(sender.get("/inquiries?tab=out")) == [row.number]
    assert numbers(sender.get("/inquiries")) == []
    assert numbers(receiver.get("/inquiries")) == [row.number]
    assert "Nobody asks us for anything" in third.get("/inquiries").text
    for tab in ("in", "out", "answers", "drafts", "done"):
        assert row.number not in third.get(f"/inquiries?tab={tab}").text
    assert third.get(f"/inquiries/{row.pk}").status_code == 404
    assert third.get(f"/inquiries/{row.pk}/letter").status_code == 404
    page = receiver.get(f"/inquiries/{row.pk}").text
    assert NAME not in page and NUMBER not in page


def test_a_letter_is_worked_off_from_its_page(
    near: Neighbours, seated: Callable[[Actor], Client], at: datetime
) -> None:
    with node_scope():
        row = story.sent(near, at)
    client = seated(near.officer(near.nankai))
    follow(lambda: client.post(f"/inquiries/{row.pk}/act/receive"))
    early = client.post(f"/inquiries/{row.pk}/step", {"state": "verified"}, follow=True)
    assert "cannot become" in early.text
    nonsense = client.post(f"/inquiries/{row.pk}/step", {"state": "lost"}, follow=True)
    assert "Choose a step." in nonsense.text
    for state in ("controlled", "verified"):
        follow(lambda state=state: client.post(f"/inquiries/{row.pk}/step", {"state": state}))
    empty = client.post(f"/inquiries/{row.pk}/act/answer", {"answer-outcome": "home"})
    assert empty.status_code == 422 and 'aria-invalid="true"' in empty.text
    told = client.post(
        f"/inquiries/{row.pk}/act/answer", {"answer-outcome": "home", "answer-answer": f"call {story.PHONE}"}
    )
    assert told.status_code == 422 and "sealed fields" in told.text
    answer = {"answer-outcome": "home", "answer-answer": "watched at home since noon"}
    assert follow(lambda: client.post(f"/inquiries/{row.pk}/act/answer", answer)).status_code == 302
    asker = seated(near.officer(near.town.district))
    assert "watched at home since noon" in asker.get(f"/inquiries/{row.pk}").text
    follow(lambda: asker.post("/inquiries/many/close", {"inquiry": [row.pk]}))
    with node_scope():
        row.refresh_from_db()
    assert (row.state, row.outcome) == (S.CLOSED, S.HOME)


def test_disclosed_fields_open_only_for_a_reason_and_the_auditor_knows(
    near: Neighbours, seated: Callable[[Actor], Client], at: datetime
) -> None:
    with node_scope():
        row = story.sent(near, at)
    client = seated(near.officer(near.nankai))
    refused = client.post(f"/inquiries/{row.pk}/reveal", {"reveal-why": ""})
    assert refused.status_code == 422 and NAME not in refused.text
    opened = client.post(f"/inquiries/{row.pk}/reveal", {"reveal-why": "to knock at the door"})
    assert NAME in opened.text and NUMBER in opened.text
    assert "no-store" in opened.headers["Cache-Control"]
    letter = client.post(f"/inquiries/{row.pk}/letter", {"reveal-why": "for the street"})
    assert NAME in letter.text
    assert NAME not in client.get(f"/inquiries/{row.pk}/letter").text
    with node_scope():
        reads = Entry.objects.filter(kind="InquiryRead", subject=row.pk).order_by("pk")
        assert [entry.body["why"] for entry in reads] == ["to knock at the door", "for the street"]


def test_what_is_disclosed_is_shown_before_anything_is_written(
    near: Neighbours, seated: Callable[[Actor], Client], at: datetime
) -> None:
    with node_scope():
        person = story.known(at, division="120112001001")
        elsewhere = story.known(at, division=story.HEXI, number="", phone="+8613900000001")
    client = seated(near.officer(near.town.district))
    letter = {
        "subject": "person",
        "person": person.pk,
        "role": "general_contact",
        "what": "dinner",
        "whereabouts": "120104",
    }
    shown = client.post("/inquiries/preview", letter).text
    carried, stays = shown.split("It stays with you")
    assert "Name" in carried and "Phone" in carried and "ID number" not in carried
    assert "ID number" in stays
    assert NAME not in shown and NUMBER not in shown
    assert (
        "Say who or what is meant"
        in client.post("/inquiries/preview", letter | {"person": elsewhere.pk}).text
    )
    assert "nothing of any person" in client.post("/inquiries/preview", letter | {"subject": "trip"}).text
    assert client.post("/inquiries/new", letter | {"preview": "yes"}).status_code == 200
    with node_scope():
        assert not Inquiry.objects.exists()
    made = client.post("/inquiries/new", letter)
    assert made.status_code == 302
    with node_scope():
        row = Inquiry.objects.get()
        assert (row.state, row.receiver, row.disclosed) == (S.DRAFT, near.nankai, ["name", "phone"])
    page = client.get(made["Location"])
    assert "What is disclosed" in page.text
    refused = client.post("/inquiries/new", letter | {"person": "", "what": ""})
    assert refused.status_code == 422


def test_many_are_sent_at_once_and_a_refusal_sends_none(
    near: Neighbours, seated: Callable[[Actor], Client], at: datetime
) -> None:
    with node_scope():
        rows = [story.drafted(near, at, number="", phone=f"+861390000000{n}") for n in range(3)]
    client = seated(near.officer(near.town.district))
    assert "choose at least one" in client.post("/inquiries/many/send", {}, follow=True).text
    follow(lambda: client.post("/inquiries/many/send", {"inquiry": [row.pk for row in rows]}))
    with node_scope():
        assert Inquiry.objects.filter(state=S.ISSUED).count() == 3
    again = client.post("/inquiries/many/send", {"inquiry": [rows[0].pk]}, follow=True)
    assert "is sent already" in again.text


def test_three_askers_stand_on_one_job(
    near: Neighbours, seated: Callable[[Actor], Client], at: datetime
) -> None:
    with node_scope():
        first = story.sent(near, at, number="")
        second = story.sent(near, at, number="", sender=near.hexi)
    page = seated(near.officer(near.nankai)).get(f"/inquiries/jobs/{first.job_id}").text
    assert first.number in page and second.number in page
    assert seated(near.officer(near.hexi)).get(f"/inquiries/jobs/{first.job_id}").status_code == 404


def test_the_query_count_of_the_board_and_of_a_page_does_not_grow(
    near: Neighbours, seated: Callable[[Actor], Client], at: datetime, django_assert_max_num_queries: Any
) -> None:
    client = seated(near.officer(near.nankai))
    seen: list[tuple[int, int]] = []
    for more in (2, 8):
        with node_scope():
            row = [
                story.sent(
                    near, at, number="", phone=f"+86139{len(seen)}00000{n:02d}", name=f"甲{len(seen)}{n}"
                )
                for n in range(more)
            ][-1]
        with django_assert_max_num_queries(30) as board:
            client.get("/inquiries")
        with django_assert_max_num_queries(40) as page:
            client.get(f"/inquiries/{row.pk}")
        seen.append((len(board), len(page)))
    assert seen[0] == seen[1]


def test_what_needs_me_now_names_the_letters_that_wait(
    near: Neighbours, seated: Callable[[Actor], Client], at: datetime
) -> None:
    with node_scope():
        row = story.sent(near, at)
        draft = story.drafted(near, at, number="", phone="+8613900000001")
    home = seated(near.officer(near.nankai)).get("/").text
    assert "Inquiries that wait for us" in home and row.number in home
    asker = seated(near.officer(near.town.district)).get("/").text
    assert "1 draft to send" in asker and draft.number not in asker
    assert "Inquiries that wait for us" not in seated(near.officer(near.hexi)).get("/").text


LIST = (
    "序号,发函单位,姓名,身份证号,联系电话,人员类别,末次接触时间,接触地点\n"
    f"1,郑州市,{NAME},{NUMBER},13800138000,密接,2022-01-07 18:30,某餐厅\n"
    f"2,郑州市,丁戊,{NUMBER[:-1]}{'0' if NUMBER[-1] != '0' else '1'},13900139000,密接,2022-01-07,某餐厅\n"
    f"3,郑州市,{NAME},{NUMBER},13800138000,密接,2022-01-07 18:30,某餐厅\n"
)


def listed(text: str = LIST) -> SimpleUploadedFile:
    return SimpleUploadedFile("list.csv", text.encode())


def test_a_list_is_looked_at_taken_in_once_and_its_answers_go_out(
    near: Neighbours, seated: Callable[[Actor], Client], at: datetime
) -> None:
    client = seated(near.officer(near.nankai))
    look = client.post("/inquiries/list", {"file": listed(), "look": "yes"})
    assert look.status_code == 200 and NAME not in look.text
    assert 'data-account="rejected">1<' in look.text and 'data-account="duplicate">1<' in look.text
    assert "身份证号" in look.text and "check character" in look.text
    with node_scope():
        assert not Inquiry.objects.exists()
    follow(lambda: client.post("/inquiries/list", {"file": listed(), "take": "yes"}))
    again = follow(lambda: client.post("/inquiries/list", {"file": listed(), "take": "yes"}))
    assert 'data-account="accepted">0<' in again.text and 'data-account="duplicate">2<' in again.text
    with node_scope():
        row = Inquiry.objects.get()
    assert (row.state, row.sender_name, row.job_id is not None) == (S.RECEIVED, "郑州市", True)
    with node_scope():
        story.answer(near, row, at, outcome=S.NOT_FOUND, text="number does not exist")
    book = load_workbook(io.BytesIO(client.get("/inquiries/export.xlsx?tab=answers").content))
    cells = [[str(cell) for cell in line] for line in book.active.iter_rows(values_only=True)]
    assert cells[0][:3] == ["协查编号", "来文编号", "发函单位"]
    assert cells[1][0] == row.number and "number does not exist" in cells[1]
    assert NAME not in str(cells)
    follow(lambda: client.post("/inquiries/many/close", {"inquiry": [row.pk]}))
    with node_scope():
        row.refresh_from_db()
    assert row.state == S.CLOSED


def test_a_file_that_is_no_list_is_refused_at_its_field(
    near: Neighbours, seated: Callable[[Actor], Client]
) -> None:
    client = seated(near.officer(near.nankai))
    answer = client.post("/inquiries/list", {"file": SimpleUploadedFile("x.csv", b"\x00\x01"), "look": "yes"})
    assert answer.status_code == 422
    assert client.post("/inquiries/list", {"look": "yes"}).status_code == 422


def test_who_may_not_handle_inquiries_may_look_and_no_more(
    near: Neighbours, client_of: Callable[[Role], Client], at: datetime
) -> None:
    with node_scope():
        row = story.drafted(near, at)
    client = client_of(Role.CLINICIAN)
    page = client.get(f"/inquiries/{row.pk}").text
    assert row.number in page and "/act/" not in page
    assert client.get("/inquiries/new").status_code == 403
    assert client.get("/inquiries/list").status_code == 403
    assert "permission" in client.post("/inquiries/many/send", {"inquiry": [row.pk]}, follow=True).text


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", [1366, 390])
def test_in_the_browser_a_letter_is_worked_off_by_keys(
    page_of: "Callable[[Role], Page]",
    near: Neighbours,
    axe: "Callable[[Page], None]",
    at: datetime,
    width: int,
) -> None:
    with node_scope():
        row = story.sent(near, at, sender=near.nankai, to=near.town.district)
        story.drafted(near, at, number="", phone="+8613900000001")
    page = page_of(Role.INQUIRY_OFFICER)
    page.set_viewport_size({"width": width, "height": 844})
    for address in (
        "/inquiries", "/inquiries?tab=drafts", "/inquiries?tab=done", "/inquiries/new", "/inquiries/list",
        f"/inquiries/{row.pk}/letter", f"/inquiries/jobs/{row.job_id}",
    ):  # fmt: skip
        page.goto(address)
        assert page.locator("h1").count() == 1, address
        axe(page)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{address} scrolls sideways by {wide} px"
    page.goto(f"/inquiries/{row.pk}")
    for details in page.locator("main details:not(.lk-menu)").all():
        details.evaluate("element => { element.open = true; }")
    axe(page)
    page.goto(f"/inquiries/{row.pk}")
    for key in ("e", "c", "v"):
        with page.expect_navigation():
            page.keyboard.press(key)
    page.keyboard.press("a")
    page.fill("#id_answer-answer", "居家隔离")
    page.check("input[name='answer-outcome'][value=home]")
    with page.expect_navigation():
        page.locator("form[action$='/act/answer'] button").click()
    with node_scope():
        row.refresh_from_db()
    assert (row.state, row.outcome) == (S.FEEDBACK, S.HOME)
