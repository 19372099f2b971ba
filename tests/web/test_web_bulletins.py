"""The bulletin's desk: drafted, refused while it does not balance, explained, signed, revised; and read back."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from support import rows
from support.town import BUILDER, JINNAN, Town

from liankong.actions import outbreaks
from liankong.store import cases
from liankong.store.access import node_scope
from liankong.store.models import Bulletin, Case
from liankong.vocabulary import divisions
from liankong.vocabulary.kinds import BulletinState, Origin, PersonClass, Role
from liankong.web.api import papers

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.django_db

DAY = date(2022, 1, 8)
STREET = "120112100"


@pytest.fixture
def town(town: Town, at: datetime) -> Town:
    """The district counts an outbreak of its own."""
    with node_scope():
        spread = outbreaks.open_outbreak(
            code="district-2022",
            name="本区疫情",
            english="District outbreak",
            pathogen="covid19",
            protocol="CN-COV-v8",
            division=JINNAN,
            baseline_on=DAY,
            by=BUILDER,
            at=at - timedelta(days=1),
        )
    return replace(town, outbreak=spread)


def case(town: Town, at: datetime, *, origin: Origin = Origin.LOCAL, street: str = STREET) -> Case:
    made = rows.case(outbreak=town.outbreak, division=street, at=at, classification=PersonClass.CONFIRMED)
    made.origin = origin
    made.save(update_fields=["origin"])
    cases.remember(made, at=at, by=BUILDER, reason="opened")
    return made


@pytest.fixture
def three_cases(town: Town, at: datetime) -> list[Case]:
    with node_scope():
        return [case(town, at - timedelta(hours=hours)) for hours in (1, 2, 3)]


def form(town: Town, *entered: tuple[str, str, str, str], **more: Any) -> dict[str, Any]:
    """What the draft's form sends."""
    sent = {
        "outbreak": town.outbreak.pk,
        "division": JINNAN,
        "day": DAY.isoformat(),
        "rows": len(entered),
    } | more
    for at, (figure, origin, place, value) in enumerate(entered):
        sent |= {
            f"row{at}-figure": figure,
            f"row{at}-origin": origin,
            f"row{at}-place": place,
            f"row{at}-value": value,
        }
    return sent


def drafted(client: Client, data: dict[str, Any]) -> Bulletin:
    answer = client.post("/bulletins/new", data)
    assert answer.status_code == 302, re.findall(
        r'class="lk-(?:error|alert)[^>]*>.*?<(?:span|p)>(.*?)<', answer.content.decode(), re.S
    )
    with node_scope():
        return Bulletin.objects.get(pk=int(answer.headers["Location"].rsplit("/", 1)[1]))


def test_a_day_is_counted_from_the_cases_and_signed_by_the_commander(
    client_of: Callable[[Role], Client], town: Town, three_cases: list[Case]
) -> None:
    row = drafted(client_of(Role.BULLETIN_OFFICER), form(town))
    text = client_of(Role.BULLETIN_OFFICER).get(f"/bulletins/{row.pk}").content.decode()
    assert "Everything that must balance balances." in text
    assert f'action="/bulletins/{row.pk}/sign"' not in text
    assert client_of(Role.BULLETIN_OFFICER).post(f"/bulletins/{row.pk}/sign").status_code == 403
    commander = client_of(Role.COMMANDER)
    assert f'action="/bulletins/{row.pk}/sign"' in commander.get(f"/bulletins/{row.pk}").content.decode()
    commander.post(f"/bulletins/{row.pk}/sign")
    signed = commander.get(f"/bulletins/{row.pk}").content.decode()
    assert "Figures and texts are as they were signed." in signed
    with node_scope():
        assert Bulletin.objects.get(pk=row.pk).state == BulletinState.SIGNED


def test_a_total_that_does_not_balance_blocks_the_signature_until_a_line_explains_it(
    client_of: Callable[[Role], Client], town: Town, three_cases: list[Case]
) -> None:
    officer, commander = client_of(Role.BULLETIN_OFFICER), client_of(Role.COMMANDER)
    row = drafted(officer, form(town, ("since|confirmed|in_hospital", "all", "", "5")))
    page = commander.get(f"/bulletins/{row.pk}").content.decode()
    assert "Nobody can sign this yet." in page
    assert re.search(r"<button[^>]*data-confirm[^>]*disabled", page)
    commander.post(f"/bulletins/{row.pk}/sign")
    with node_scope():
        assert Bulletin.objects.get(pk=row.pk).state == BulletinState.DRAFT
    while "finding" in (page := officer.get(f"/bulletins/{row.pk}").content.decode()):
        number = re.search(r'name="finding" value="(\d+)"', page)
        assert number is not None
        unsaid = officer.post(f"/bulletins/{row.pk}/explain", {"finding": number[1], "reason": ""})
        assert unsaid.status_code == 422
        answer = officer.post(
            f"/bulletins/{row.pk}/explain",
            {"finding": number[1], "reason": "two were transferred in", "instrument": "notice 7"},
        )
        assert answer.status_code == 302
        with node_scope():
            row = Bulletin.objects.get(division=JINNAN, day=DAY)
    assert "two were transferred in" in page
    commander.post(f"/bulletins/{row.pk}/sign")
    with node_scope():
        assert Bulletin.objects.get(pk=row.pk).state == BulletinState.SIGNED


def test_a_line_can_be_taken_back_and_the_draft_is_blocked_again(
    client_of: Callable[[Role], Client], town: Town, three_cases: list[Case]
) -> None:
    officer = client_of(Role.BULLETIN_OFFICER)
    row = drafted(officer, form(town, ("since|confirmed|in_hospital", "all", "", "5")))
    number = re.search(r'name="finding" value="(\d+)"', officer.get(f"/bulletins/{row.pk}").content.decode())
    assert number is not None
    officer.post(f"/bulletins/{row.pk}/explain", {"finding": number[1], "reason": "a mistake"})
    with node_scope():
        row = Bulletin.objects.get(division=JINNAN, day=DAY)
    assert row.adjustments
    officer.post(f"/bulletins/{row.pk}/lines/0/remove")
    with node_scope():
        assert Bulletin.objects.get(division=JINNAN, day=DAY).adjustments == []


def test_a_signed_day_is_revised_only_with_a_reason_and_shows_what_changed(
    client_of: Callable[[Role], Client], town: Town, three_cases: list[Case], at: datetime
) -> None:
    officer, commander = client_of(Role.BULLETIN_OFFICER), client_of(Role.COMMANDER)
    row = drafted(officer, form(town))
    commander.post(f"/bulletins/{row.pk}/sign")
    with node_scope():
        case(town, at)
    unsaid = officer.post("/bulletins/new", form(town))
    assert unsaid.status_code == 422
    assert 'id="id_reason_error"' in unsaid.content.decode()
    again = officer.get(f"/bulletins/new?again={row.pk}").content.decode()
    assert 'value="2022-01-08"' in again
    revised = drafted(officer, form(town, reason="one late paper card"))
    assert revised.revision == 2
    page = officer.get(f"/bulletins/{revised.pk}").content.decode()
    assert "one late paper card" in page and 'id="changes"' in page and "+1" in page


def test_a_baseline_that_is_no_day_and_a_number_without_its_figure_are_said_at_their_fields(
    client_of: Callable[[Role], Client], town: Town
) -> None:
    answer = client_of(Role.BULLETIN_OFFICER).post(
        "/bulletins/new", form(town, ("", "all", "", "7"), baselines="8 January")
    )
    text = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="id_baselines_error"' in text and 'id="id_row0-figure_error"' in text


def test_the_list_asks_the_database_as_often_for_many_bulletins(
    client_of: Callable[[Role], Client], town: Town, three_cases: list[Case], at: datetime
) -> None:
    officer = client_of(Role.BULLETIN_OFFICER)
    drafted(officer, form(town))
    officer.get("/bulletins")
    with CaptureQueriesContext(connection) as few:
        officer.get("/bulletins")
    with node_scope():
        one = Bulletin.objects.get()
        for number in range(1, 70):
            Bulletin.objects.create(
                outbreak=one.outbreak,
                division=JINNAN,
                day=DAY + timedelta(days=number),
                log_position=1,
                snapshot=one.snapshot,
                figures=one.figures,
                drafted_at=at,
            )
    with CaptureQueriesContext(connection) as many:
        page = officer.get("/bulletins").content.decode()
    assert len(many) == len(few)
    assert page.count('class="lk-row-link"') == 50 and 'rel="next"' in page
    assert (
        officer.get("/bulletins", {"state": "draft", "day": "2022-01-08"})
        .content.decode()
        .count('class="lk-row-link"')
        == 1
    )


def test_paper_comes_in_both_languages_and_says_that_it_is_a_draft(
    client_of: Callable[[Role], Client], town: Town, three_cases: list[Case]
) -> None:
    officer = client_of(Role.BULLETIN_OFFICER)
    row = drafted(officer, form(town))
    for language in ("zh", "en"):
        answer = officer.get(f"/bulletins/{row.pk}/pdf/{language}")
        assert answer.headers["Content-Type"] == "application/pdf"
        assert answer.content.startswith(b"%PDF-")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_paper_names_no_street_whose_few_cases_would_be_known(
    client_of: Callable[[Role], Client],
    town: Town,
    three_cases: list[Case],
    monkeypatch: Any,
    at: datetime,
    language: str,
) -> None:
    """Three streets, of which two have few cases: they are in no sentence, no table and no arithmetic."""
    printed: list[str] = []
    monkeypatch.setattr(papers, "render_pdf", lambda document: printed.append(repr(document)) or b"%PDF-")
    streets = {"120112100": 3, "120112101": 4, "120112102": 12}
    with node_scope():
        for street, number in streets.items():
            for hour in range(number if street != STREET else 0):
                case(town, at - timedelta(minutes=hour), street=street)
    officer = client_of(Role.BULLETIN_OFFICER)
    officer.get(f"/bulletins/{drafted(officer, form(town, protect_below=0)).pk}/pdf/{language}")
    officer.get(f"/bulletins/{drafted(officer, form(town, protect_below=5)).pk}/pdf/{language}")
    whole, public = printed
    names = {
        street: getattr(divisions.get(street), "english" if language == "en" else "name")
        for street in streets
    }
    for street, number in streets.items():
        assert names[street] in whole
        assert (names[street] in public) is (number >= 5)


def test_a_text_is_read_back_into_figures_with_the_words_they_stand_in(
    client_of: Callable[[Role], Client],
) -> None:
    text = (
        "2022年2月1日0—24时，天津市新增本土确诊病例6例。\n"
        "自2022年1月8日至2022年2月1日24时，天津市累计报告本土确诊病例405例，累计治愈出院342例，现有确诊病例63例。"
    )
    page = client_of(Role.DUTY_OFFICER).post("/bulletins/read", {"text": text}).content.decode()
    assert re.search(r"<strong>405</strong>", page) and re.search(r"<mark[^>]*>[^<]*405", page)
    assert "405 = 342 + 63" in page


def test_a_text_without_figures_and_one_without_a_year_say_so(client_of: Callable[[Role], Client]) -> None:
    client = client_of(Role.DUTY_OFFICER)
    assert (
        "No figure of a bulletin was found"
        in client.post("/bulletins/read", {"text": "你好。2022年"}).content.decode()
    )
    answer = client.post("/bulletins/read", {"text": "1月8日0—24时，新增本土确诊病例6例。"})
    assert answer.status_code == 422
    assert 'id="id_year_error"' in answer.content.decode()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_in_the_browser_a_draft_fails_is_explained_signed_and_revised(
    page_of: Callable[[Role], "Page"],
    town: Town,
    three_cases: list[Case],
    at: datetime,
    axe: Callable[["Page"], None],
) -> None:
    page = page_of(Role.BULLETIN_OFFICER)
    page.goto("/bulletins/new")
    axe(page)
    page.fill("#id_day", DAY.isoformat())
    page.select_option("#id_row0-figure", "since|confirmed|in_hospital")
    page.fill("#id_row0-value", "4")
    page.click("[data-add-row]")
    page.click("main form button.btn-primary")
    page.wait_for_url(re.compile(r"/bulletins/\d+$"))
    axe(page)
    assert page.locator("#why-not").is_visible()
    while page.locator("[name=finding]").count():
        first = page.locator("details.dk-more", has=page.locator("[name=finding]")).first
        first.locator("summary").click()
        first.locator("[name=reason]").fill("一人在家等待转运")
        first.locator("button").click()
        page.wait_for_load_state()
    assert page.locator("#why-not").count() == 0
    address = page.url
    page = page_of(Role.COMMANDER)
    page.goto(address)
    page.click("form[action$='/sign'] button")
    page.click("[data-confirm-yes]")
    page.wait_for_selector(".lk-alert.is-good .icon")
    assert page.locator("form[action$='/sign']").count() == 0
    axe(page)
    explained = page.locator("details.is-explained")
    assert not explained.locator("table").is_visible()
    assert "一人在家等待转运" in explained.locator("summary").inner_text()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert explained.locator("table").is_visible()
    assert page.locator(".dk-group:not([open])").count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert not explained.locator("table").is_visible()
    with node_scope():
        case(town, at)
    page = page_of(Role.BULLETIN_OFFICER)
    page.goto(address)
    page.click("a[href*='again=']")
    page.fill("#id_reason", "补报一例")
    page.click("main form button.btn-primary")
    page.wait_for_url(re.compile(r"/bulletins/\d+$"))
    assert page.locator("#changes").is_visible()
