"""The investigation at the console: one line a stay, a text to stays, sources side by side."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from support import rows
from support.town import COMMUNITY, JINNAN, NANKAI
from web_cases import many
from web_investigation import LINE, opened

from liankong.actions import investigation as verbs
from liankong.actions.investigation import StayTold
from liankong.actions.investigation_sources import propose_source
from liankong.store.access import node_scope
from liankong.store.models import Case, Investigation, Order, Place, SourceHypothesis, Stay
from liankong.vocabulary.kinds import OrderKind, Role, StayMode
from liankong.vocabulary.spans import SHANGHAI

if TYPE_CHECKING:
    from django.test import Client
    from playwright.sync_api import Page
    from support.town import Town

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def row(town: "Town", at: datetime) -> Investigation:
    return opened(town, at)


def said(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).strftime("%m-%d %H:%M")


def test_one_line_is_one_stay_and_the_next_begins_where_it_ended(
    row: Investigation, client_of: "Callable[[Role], Client]"
) -> None:
    client = client_of(Role.EPIDEMIOLOGIST)
    answer = client.post(f"/investigations/{row.pk}/stays", LINE, headers={"HX-Target": "track"})
    assert answer.status_code == 200
    with node_scope():
        stay = Stay.objects.get()
    assert (said(stay.from_at), said(stay.until_at)) == ("01-07 08:30", "01-07 09:30")
    assert (stay.place_text, stay.mode, stay.companions, stay.protection) == (
        "新华超市",
        "shopping",
        2,
        "mask",
    )
    form = answer.context["form"]
    assert (form["day"].value(), form["begin"].value(), form["protection"].value()) == (
        "1-7",
        "09:30",
        "mask",
    )
    assert answer.text.lstrip().startswith('<div id="track"')


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"day": "32"}, "day"),
        ({"begin": "25"}, "begin"),
        ({"end": "861"}, "end"),
        ({"place": "", "mode": "other"}, "place"),
        ({"day": "9"}, "begin"),
        ({"place": "电话13812345678"}, "place"),
    ],
)
def test_a_line_that_cannot_be_comes_back_with_the_fault_at_its_field(
    row: Investigation, client_of: "Callable[[Role], Client]", given: dict[str, str], field: str
) -> None:
    answer = client_of(Role.EPIDEMIOLOGIST).post(f"/investigations/{row.pk}/stays", LINE | given)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    with node_scope():
        assert not Stay.objects.exists()


def test_a_night_ends_on_the_next_day(row: Investigation, client_of: "Callable[[Role], Client]") -> None:
    night = LINE | {"day": "1-6", "begin": "2200", "end": "0600", "mode": "work", "place": "宏达公司"}
    client_of(Role.EPIDEMIOLOGIST).post(f"/investigations/{row.pk}/stays", night)
    with node_scope():
        assert said(Stay.objects.get().until_at) == "01-07 06:00"


def test_hours_without_a_stay_and_stays_at_one_time_are_shown(
    town: "Town", row: Investigation, client_of: "Callable[[Role], Client]", at: datetime
) -> None:
    told = [
        StayTold(
            from_at=at - 20 * HOUR, until_at=at - 18 * HOUR, mode=StayMode.SHOPPING, place_text="新华超市"
        ),
        StayTold(from_at=at - 19 * HOUR, until_at=at - 17 * HOUR, mode=StayMode.DINING, place_text="福满楼"),
    ]
    with node_scope():
        verbs.record_stays(investigation=row.pk, stays=told, by=town[Role.EPIDEMIOLOGIST], at=at)
    answer = client_of(Role.EPIDEMIOLOGIST).get(f"/investigations/{row.pk}")
    track = answer.context["track"]
    assert (track.stays, track.clashes, track.gaps) == (2, 1, 2)
    assert "no stay known" in answer.text
    clashing = {line.number: line.clashes for line in track.lines if line.stay}
    assert clashing == {1: (2,), 2: (1,)}
    gap = next(line for line in track.lines if line.stay is None)
    filled = client_of(Role.EPIDEMIOLOGIST).get(
        f"/investigations/{row.pk}", {"day": gap.day, "begin": gap.begin, "end": gap.end}
    )
    assert filled.context["form"]["begin"].value() == gap.begin


def test_a_stay_is_corrected_and_taken_out(
    town: "Town", row: Investigation, client_of: "Callable[[Role], Client]"
) -> None:
    client = client_of(Role.EPIDEMIOLOGIST)
    client.post(f"/investigations/{row.pk}/stays", LINE)
    with node_scope():
        stay = Stay.objects.get()
    form = client.get(f"/investigations/{row.pk}?edit={stay.pk}").context["form"]
    typed = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    assert typed["end"] == "09:30"
    client.post(f"/investigations/{row.pk}/stays", typed | {"place": "东风超市"})
    with node_scope():
        assert Stay.objects.get().place_text == "东风超市"
    client.post(f"/investigations/{row.pk}/stays/{stay.pk}/remove")
    with node_scope():
        assert not Stay.objects.exists()


def test_places_of_the_register_are_offered_by_name_inside_the_jurisdiction_alone(
    town: "Town", row: Investigation, client_of: "Callable[[Role], Client]"
) -> None:
    with node_scope():
        here = Place.objects.create(
            name="新华超市", kind="market", division=COMMUNITY, longitude=1, latitude=1
        )
        Place.objects.create(name="新华影院", kind="cinema", division=COMMUNITY, longitude=2, latitude=3)
        there = Place.objects.create(name="新华书店", kind="shop", division=NANKAI)
    client = client_of(Role.EPIDEMIOLOGIST)
    offered = client.get("/investigations/places", {"place": "新华"}).text
    assert f"新华超市 #{here.pk}" in offered
    assert "新华书店" not in offered
    client.post(f"/investigations/{row.pk}/stays", LINE | {"place": f"新华超市 #{here.pk}"})
    with node_scope():
        assert Stay.objects.get().place == here
    # A number out of sight is not a place here: it stays words.
    client.post(f"/investigations/{row.pk}/stays", LINE | {"place": f"新华书店 #{there.pk}"})
    with node_scope():
        assert Stay.objects.latest("pk").place is None
    nearby = client.get(f"/investigations/{row.pk}/nearby")
    assert len(nearby.context["dots"]) == 2
    picked = client.get(f"/investigations/{row.pk}?place={here.pk}").context["form"]["place"].value()
    assert picked == f"新华超市 #{here.pk}"


TEXT = "1月6日8:30乘坐1路公交到新华超市购物，约9时30分步行回家；1月7日全天未外出。每天买菜。1月5日起咳嗽。"


def test_a_text_becomes_lines_beside_their_words_and_nothing_is_kept_before_it_is_confirmed(
    town: "Town", row: Investigation, client_of: "Callable[[Role], Client]"
) -> None:
    with node_scope():
        shop = Place.objects.create(name="新华超市", kind="market", division=COMMUNITY)
    client = client_of(Role.EPIDEMIOLOGIST)
    answer = client.post(f"/investigations/{row.pk}/paste", {"text": TEXT, "first_day": "2022-01-06"})
    assert answer.status_code == 200
    read = answer.context["rows"]
    assert [row.form["mode"].value() for row in read] == ["bus", "shopping", "walk", "home", "home"]
    assert read[1].form["place"].value() == f"新华超市 #{shop.pk}"
    assert not read[1].from_said
    assert len(answer.context["unread"]) == 1
    assert str(answer.context["onset_read"]) == "2022-01-05"
    with node_scope():
        assert not Stay.objects.exists()
    sent: dict[str, Any] = {"count": len(read)}
    for item in read[:3]:
        sent[f"take-{item.number}"] = "1"
        for name in item.form.fields:
            value = item.form[name].value()
            sent[item.form.add_prefix(name)] = "" if value is None else value
    done = client.post(f"/investigations/{row.pk}/paste/confirm", sent)
    assert done.status_code == 302
    with node_scope():
        modes = list(Stay.objects.order_by("pk").values_list("mode", flat=True))
        assert modes == ["bus", "shopping", "walk"]
    # One line that cannot be: none is recorded, and its fault stands at it.
    again = client.post(f"/investigations/{row.pk}/paste/confirm", sent | {"s2-end": "99"})
    assert again.status_code == 422
    with node_scope():
        assert Stay.objects.count() == 3


def test_the_track_is_confirmed_and_the_report_filed_from_the_page(
    town: "Town", row: Investigation, client_of: "Callable[[Role], Client]"
) -> None:
    client = client_of(Role.EPIDEMIOLOGIST)
    assert client.post(f"/investigations/{row.pk}/confirm").status_code == 422
    client.post(f"/investigations/{row.pk}/stays", LINE)
    assert client.post(f"/investigations/{row.pk}/report/file").status_code == 422
    assert client.post(f"/investigations/{row.pk}/confirm").status_code == 302
    assert client.post(f"/investigations/{row.pk}/report/file").status_code == 302
    with node_scope():
        row.refresh_from_db()
    assert row.reported_at is not None
    assert client.get("/investigations").context["rows"] == []
    assert [item["row"] for item in client.get("/investigations?state=done").context["rows"]] == [row]


def test_onset_and_notes_are_taken_and_notes_opened_for_a_reason(
    town: "Town", row: Investigation, client_of: "Callable[[Role], Client]"
) -> None:
    client = client_of(Role.EPIDEMIOLOGIST)
    client.post(f"/investigations/{row.pk}/onset", {"onset-onset_on": "2022-01-06"})
    with node_scope():
        assert str(Case.objects.get().onset_on) == "2022-01-06"
    client.post(f"/investigations/{row.pk}/notes", {"notes-text": "老师姓王"})
    assert "老师姓王" not in client.get(f"/investigations/{row.pk}").text
    assert client.post(f"/investigations/{row.pk}/notes/open", {"read-why": ""}).status_code == 422
    opened = client.post(f"/investigations/{row.pk}/notes/open", {"read-why": "second call"})
    assert "老师姓王" in opened.text
    assert "no-store" in opened["Cache-Control"]


def test_sources_stand_side_by_side_and_one_is_taken(
    town: "Town", row: Investigation, client_of: "Callable[[Role], Client]", at: datetime
) -> None:
    client = client_of(Role.EPIDEMIOLOGIST)
    with node_scope():
        infector = rows.case(outbreak=town.outbreak, division=COMMUNITY, at=at)
    sent = {
        "source-text": "one table",
        "source-infector": infector.number,
        "source-speaks_for": "same table",
        "source-likelihood": "70",
    }
    assert client.post(f"/investigations/{row.pk}/sources", sent).status_code == 302
    wrong = client.post(f"/investigations/{row.pk}/sources", {"source-text": "x", "source-infector": "99999"})
    assert wrong.status_code == 422
    assert "infector" in wrong.context["form"].errors
    with node_scope():
        other = propose_source(investigation=row.pk, text="goods", by=town[Role.EPIDEMIOLOGIST], at=at)
        first = SourceHypothesis.objects.exclude(pk=other.pk).get()
    base = f"/investigations/{row.pk}/sources"
    assert client.post(f"{base}/{other.pk}/reject", {f"reject-{other.pk}-reason": ""}).status_code == 422
    client.post(f"{base}/{first.pk}/weigh", {f"weigh-{first.pk}-likelihood": "90"})
    assert client.post(f"{base}/{first.pk}/accept").status_code == 302
    cards = client.get(base).context["cards"]
    assert [(card["row"].pk, bool(card["row"].accepted_at)) for card in cards] == [
        (first.pk, True),
        (other.pk, False),
    ]
    assert cards[0]["row"].likelihood == 90
    assert client.post(f"{base}/{first.pk}/eat").status_code == 404


def test_the_queries_of_the_pages_do_not_grow(
    town: "Town",
    row: Investigation,
    client_of: "Callable[[Role], Client]",
    at: datetime,
    django_assert_max_num_queries: Any,
) -> None:
    with node_scope():
        for case in many(town, at, 20):
            Investigation.objects.create(
                case=case, division=case.division, organisation=town.cdc, opened_at=at
            )
            Order.objects.create(
                kind=OrderKind.CORE_TRACK,
                title="t",
                division=case.division,
                issuer=town.district,
                addressee=town.cdc,
                case=case,
                issued_at=at,
                due_at=at + 4 * HOUR,
            )
        place = Place.objects.create(name="新华超市", kind="market", division=COMMUNITY)
        told = [
            StayTold(from_at=at - n * HOUR, until_at=at - n * HOUR + HOUR / 2, place=place.pk)
            for n in range(1, 41)
        ]
        verbs.record_stays(investigation=row.pk, stays=told, by=town[Role.EPIDEMIOLOGIST], at=at)
    client = client_of(Role.EPIDEMIOLOGIST)
    with django_assert_max_num_queries(24):
        assert len(client.get("/investigations").context["rows"]) == 21
    with django_assert_max_num_queries(24):
        assert client.get(f"/investigations/{row.pk}").context["track"].stays == 40


def test_another_district_sees_none_of_it(
    town: "Town", row: Investigation, client_of: "Callable[[Role], Client]", at: datetime
) -> None:
    with node_scope():
        Investigation.objects.filter(pk=row.pk).update(division=NANKAI)
    client = client_of(Role.EPIDEMIOLOGIST)
    for address in ("", "/sources", "/report", "/report/public.pdf", "/paste"):
        assert client.get(f"/investigations/{row.pk}{address}").status_code == 404
    assert client.get("/investigations").context["rows"] == []
    assert row.division.startswith(JINNAN)


# --- in the browser -----------------------------------------------------------------------------------------------


@pytest.mark.browser
def test_an_itinerary_is_typed_with_the_keyboard_alone(
    page_of: "Callable[[Role], Page]", row: Investigation, at: datetime, axe: "Callable[[Page], None]"
) -> None:
    with node_scope():
        Place.objects.create(name="新华超市", kind="market", division=COMMUNITY)
    from playwright.sync_api import expect

    page = page_of(Role.EPIDEMIOLOGIST)
    page.goto(f"/investigations/{row.pk}", timeout=30_000)
    page.wait_for_selector("#line")
    keys = page.keyboard

    def field() -> str:
        return str(page.evaluate("document.activeElement.name"))

    assert field() == "end"  # day and hour of the look-back stand there already
    keys.press("Shift+Tab")
    keys.press("Shift+Tab")
    assert field() == "day"
    for text in ("1-6", "830", "930"):
        keys.press("ControlOrMeta+A")
        keys.type(text)
        keys.press("Tab")
    keys.type("新华超市")
    keys.press("Tab")
    keys.type("b")
    keys.press("Tab")
    keys.press("Tab")
    keys.press("Tab")
    keys.type("2")
    keys.press("Tab")
    keys.type("m")
    keys.press("Enter")
    page.wait_for_selector("tr[id^=stay-]")
    # The next line begins where this one ended; the cursor waits for its end.
    expect(page.locator("#id_end")).to_be_focused()
    assert page.input_value("#id_begin") == "09:30"
    keys.type("1015")
    keys.press("Tab")
    keys.press("Tab")
    keys.type("f")
    keys.press("Enter")
    expect(page.locator("tr[id^=stay-]")).to_have_count(2)
    axe(page)
    with node_scope():
        first, second = Stay.objects.order_by("from_at")
    assert (first.mode, first.place_text, first.protection, first.companions) == (
        "shopping",
        "新华超市",
        "mask",
        2,
    )
    assert (second.mode, said(second.until_at), second.place_text) == ("walk", "01-06 10:15", "途中")
