"""Contacts on the console: found, signed, followed, explained, and entered at speed."""

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import Workbook
from support import rows
from support.town import COMMUNITY

from liankong.actions import tracing_contacts
from liankong.store.access import node_scope
from liankong.store.models import Case, Check, Contact, Exposure, Household, Identity, Person
from liankong.store.tracing_proposals import Met
from liankong.vocabulary.identifiers import make_id_number
from liankong.vocabulary.kinds import CheckKind, CheckState, ContactState, ExposureKind, PersonClass, Role

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from support.town import Town

pytestmark = pytest.mark.django_db
Clients = "Callable[[Role], Client]"
EARLIER = timedelta(hours=1)


def case_of(town: "Town", at: datetime) -> Case:
    case = rows.case(outbreak=town.outbreak, division=COMMUNITY, at=at, classification=PersonClass.CONFIRMED)
    Case.objects.filter(pk=case.pk).update(onset_on=at.date())
    case.refresh_from_db()
    return case


def met(case: Case, town: "Town", at: datetime, count: int) -> list[Contact]:
    """So many people at one table with the case, proposed."""
    people = [rows.person(division=COMMUNITY, at=at) for _ in range(count)]
    found = tracing_contacts.propose(
        met=[
            Met(person=one.pk, kind=ExposureKind.SHARED_MEAL, from_at=at - EARLIER, until_at=at)
            for one in people
        ],
        case=case.pk,
        by=town[Role.EPIDEMIOLOGIST],
        at=at,
    )
    return list(Contact.objects.filter(pk__in=found.proposed).order_by("pk"))


def signed(case: Case, town: "Town", at: datetime, count: int) -> list[Contact]:
    contacts = met(case, town, at, count)
    tracing_contacts.sign(contacts=[row.pk for row in contacts], by=town[Role.EPIDEMIOLOGIST], at=at)
    return contacts


def shown(answer: Any) -> list[int]:
    return [row.pk for row in answer.context["page"].rows]


def test_the_list_narrows_by_class_state_division_and_day_of_release(
    town: "Town", client_of: Clients, at: datetime
) -> None:
    with node_scope():
        first, second = met(case_of(town, at), town, at, 2)
        tracing_contacts.sign(contacts=[first.pk], by=town[Role.EPIDEMIOLOGIST], at=at)
    client = client_of(Role.EPIDEMIOLOGIST)
    assert shown(client.get("/contacts")) == [second.pk, first.pk]
    assert shown(client.get("/contacts?state=confirmed")) == [first.pk]
    assert shown(client.get("/contacts?class=secondary_contact")) == []
    assert shown(client.get("/contacts?release=2022-01-22&division=120112")) == [second.pk, first.pk]
    assert shown(client.get("/contacts?release=2022-01-23")) == []
    assert shown(client.get(f"/contacts?q={first.pk}")) == [first.pk]
    assert shown(client.get("/contacts?only=free&q=x&division=nowhere")) == []


def test_a_district_sees_none_of_another_districts_contacts(
    town: "Town", client_of: Clients, at: datetime
) -> None:
    with node_scope():
        case = rows.case(outbreak=town.outbreak, division="120104001001", at=at)
        rows.response.contact(case=case, person=case.person, at=at)
    assert shown(client_of(Role.EPIDEMIOLOGIST).get("/contacts")) == []


def test_empty_lists_say_what_would_fill_them(town: "Town", client_of: Clients) -> None:
    client = client_of(Role.EPIDEMIOLOGIST)
    assert "No contacts yet" in client.get("/contacts").text
    assert "No contact fits these filters" in client.get("/contacts?state=confirmed").text
    assert "Nobody waits to be signed" in client.get("/contacts/sign").text
    assert "Nothing is due on this day" in client.get("/contacts/checks").text


def test_query_counts_do_not_grow_with_the_rows(
    town: "Town", client_of: Clients, at: datetime, django_assert_max_num_queries: Any
) -> None:
    client = client_of(Role.EPIDEMIOLOGIST)
    with node_scope():
        case = case_of(town, at)
    counts: dict[str, list[int]] = {}
    for more in (2, 30):
        with node_scope():
            signed(case, town, at - timedelta(minutes=more), more)
            (one, *_rest) = met(case, town, at - timedelta(minutes=2 * more), more)
        for address in (
            "/contacts",
            "/contacts/sign",
            "/contacts/checks",
            f"/contacts/of-case/{case.pk}",
            f"/contacts/{one.pk}",
        ):
            with django_assert_max_num_queries(45) as captured:
                assert client.get(address).status_code == 200
            counts.setdefault(address.rstrip("0123456789"), []).append(len(captured))
    assert {address: pair[0] for address, pair in counts.items()} == {
        address: pair[1] for address, pair in counts.items()
    }


def test_a_whole_desk_is_signed_with_one_button_and_the_exceptions_rejected_with_the_reason(
    town: "Town", client_of: Clients, at: datetime
) -> None:
    with node_scope():
        one, two, three = met(case_of(town, at), town, at, 3)
    client = client_of(Role.EPIDEMIOLOGIST)
    page = client.get("/contacts/sign")
    assert page.text.count("checked") == 3
    refused = client.post("/contacts/sign", {"way": "reject", "contact": [three.pk], "reason": "no"})
    assert (refused.status_code, "give the reason in words" in refused.text) == (422, True)
    client.post("/contacts/sign", {"way": "reject", "contact": [three.pk], "reason": "was abroad that week"})
    client.post("/contacts/sign", {"way": "sign", "contact": [one.pk, two.pk]})
    with node_scope():
        assert list(Contact.objects.order_by("pk").values_list("state", flat=True)) == [
            ContactState.CONFIRMED,
            ContactState.CONFIRMED,
            ContactState.REJECTED,
        ]
        assert Contact.objects.get(pk=one.pk).signed_by_id == town[Role.EPIDEMIOLOGIST].user


def test_signing_is_not_for_everybody(town: "Town", client_of: Clients, at: datetime) -> None:
    with node_scope():
        (one,) = met(case_of(town, at), town, at, 1)
    client = client_of(Role.COMMUNITY_WORKER)
    assert client.get("/contacts/sign").status_code == 403
    assert client.post("/contacts/sign", {"way": "sign", "contact": [one.pk]}).status_code == 403
    assert "Sign or reject" not in client.get(f"/contacts/{one.pk}").text


def test_the_page_of_a_contact_says_why_by_which_instrument_and_what_would_change_it(
    town: "Town", client_of: Clients, at: datetime
) -> None:
    with node_scope():
        (one,) = signed(case_of(town, at), town, at, 1)
    text = client_of(Role.EPIDEMIOLOGIST).get(f"/contacts/{one.pk}").text
    assert "Criterion 5" in text
    assert "第八版" in text
    assert "2022-01-22" in text
    assert "if a test of theirs is positive" in text
    assert (
        "if a further meeting of the same kind is recorded today" not in text
    )  # today is the last exposure already
    assert "if it turns out that there was effective protection" in text
    chinese = client_of(Role.EPIDEMIOLOGIST, "zh-hans").get(f"/contacts/{one.pk}")
    assert chinese.status_code == 200


def test_one_contact_is_signed_or_rejected_on_its_own_page(
    town: "Town", client_of: Clients, at: datetime
) -> None:
    with node_scope():
        one, two = met(case_of(town, at), town, at, 2)
    client = client_of(Role.EPIDEMIOLOGIST)
    assert client.post(f"/contacts/{one.pk}/sign").status_code == 302
    assert client.post(f"/contacts/{two.pk}/reject", {"reject-reason": "no"}).status_code == 422
    client.post(f"/contacts/{two.pk}/reject", {"reject-reason": "sat in the other hall"})
    with node_scope():
        states = list(Contact.objects.order_by("pk").values_list("state", "reason"))
    assert states == [(ContactState.CONFIRMED, ""), (ContactState.REJECTED, "sat in the other hall")]
    assert "sat in the other hall" in client.get(f"/contacts/{two.pk}").text


def test_a_meeting_is_corrected_on_the_page_and_the_class_follows(
    town: "Town", client_of: Clients, at: datetime
) -> None:
    with node_scope():
        (one,) = met(case_of(town, at), town, at, 1)
        exposure = Exposure.objects.get(contact=one)
    client = client_of(Role.EPIDEMIOLOGIST)
    bad = client.post(f"/contacts/meetings/{exposure.pk}", {"amend-protection": "full"})
    assert bad.status_code == 422
    client.post(
        f"/contacts/meetings/{exposure.pk}",
        {"amend-protection": "full", "amend-reason": "wore full clothing, says the ward"},
    )
    with node_scope():
        one.refresh_from_db()
        assert one.classification == PersonClass.GENERAL_CONTACT


def test_release_before_the_day_is_refused_with_what_is_missing(
    town: "Town", client_of: Clients, at: datetime
) -> None:
    with node_scope():
        (one,) = signed(case_of(town, at), town, at, 1)
    answer = client_of(Role.EPIDEMIOLOGIST).post(f"/contacts/{one.pk}/release", {})
    assert answer.status_code == 422
    assert "0 of 5 tests are negative" in answer.text


def test_control_from_the_page_ends_their_meetings(town: "Town", client_of: Clients, at: datetime) -> None:
    with node_scope():
        (one,) = signed(case_of(town, at), town, at, 1)
    client = client_of(Role.COMMUNITY_WORKER)
    early = client.post(f"/contacts/{one.pk}/control", {"control-controlled_at": "2022-01-01T00:00"})
    assert early.status_code == 422
    assert client.post(f"/contacts/{one.pk}/control", {}).status_code == 302
    with node_scope():
        one.refresh_from_db()
        assert (one.state, one.controlled_at) == (ContactState.CONTROLLED, at)


# --- a day's list ------------------------------------------------------------------------------------------------


def test_a_days_list_is_recorded_and_a_slip_records_nothing_but_keeps_what_was_typed(
    town: "Town", client_of: Clients, at: datetime
) -> None:
    morning = at - timedelta(hours=6)
    with node_scope():
        signed(case_of(town, morning), town, morning, 2)
        checks = list(
            Check.objects.filter(kind=CheckKind.TEMPERATURE, due_on="2022-01-08", turn=1).order_by("pk")
        )
    client = client_of(Role.COMMUNITY_WORKER)
    assert client.get("/contacts/checks?kind=temperature").context["figures"]["due"] == 4
    slip = client.post("/contacts/checks", {f"check-{checks[0].pk}": "36,6", f"check-{checks[1].pk}": "56.0"})
    assert slip.status_code == 422
    assert slip.context["at_fault"] == checks[1].pk
    assert 'value="36,6"' in slip.text
    with node_scope():
        assert not Check.objects.filter(state=CheckState.DONE).exists()
    # A finger that forgets the point is understood.
    client.post("/contacts/checks", {f"check-{checks[0].pk}": "366", f"check-{checks[1].pk}": "37.9"})
    with node_scope():
        assert sorted(Check.objects.filter(state=CheckState.DONE).values_list("celsius", flat=True)) == [
            36.6,
            37.9,
        ]
    assert client.get("/contacts/checks?state=done").text.count("fever") == 1


# --- taking people in --------------------------------------------------------------------------------------------


INTERVIEW = {
    "met-kind": "shared_meal",
    "met-from_at": "2022-01-08T10:00",
    "met-until_at": "2022-01-08T11:00",
    "met-protection": "unknown",
}


def test_people_of_an_interview_are_taken_one_by_one_and_registered_when_new(
    town: "Town", client_of: Clients, at: datetime
) -> None:
    with node_scope():
        case = case_of(town, at)
    client = client_of(Role.EPIDEMIOLOGIST)
    address = f"/contacts/new?case={case.pk}"
    assert client.get(address).status_code == 200
    nobody = client.post(address, INTERVIEW)
    assert nobody.status_code == 422
    assert client.post(address, {**INTERVIEW, "met-phone": "12345"}).status_code == 422
    for _twice in range(2):
        taken = client.post(address, {**INTERVIEW, "met-phone": "13800000001", "met-name": "甲"})
        assert taken.status_code == 302
    assert "kind=shared_meal" in taken.headers["Location"]
    with node_scope():
        assert Contact.objects.count() == Exposure.objects.count() == 1
        assert Identity.objects.count() == 1
    late = {**INTERVIEW, "met-from_at": "2022-01-01T10:00", "met-until_at": "2022-01-01T11:00"}
    said = client.post(address, {**late, "met-phone": "13800000002"}, follow=True)
    assert "Not a contact" in said.text
    assert client.get("/contacts/new").status_code == 404


def test_a_household_is_one_click_and_the_case_page_shows_its_contacts(
    town: "Town", client_of: Clients, at: datetime
) -> None:
    with node_scope():
        case = case_of(town, at)
        home = Household.objects.create(division=COMMUNITY)
        wife = rows.person(division=COMMUNITY, at=at)
        Person.objects.filter(pk__in=[wife.pk, case.person_id]).update(household=home)
    client = client_of(Role.EPIDEMIOLOGIST)
    assert f"/contacts/of-case/{case.pk}" in client.get(f"/cases/{case.pk}").text
    assert client.post(f"/contacts/household/{case.pk}").status_code == 302
    card = client.get(f"/contacts/of-case/{case.pk}")
    assert card.context["counts"]["classes"] == [("close_contact", 1)]
    assert "1 waits for a signature" in card.text


def test_a_roster_is_taken_whole_with_every_row_accounted_for(
    town: "Town", client_of: Clients, at: datetime
) -> None:
    with node_scope():
        case = case_of(town, at)
    book = Workbook()
    sheet = book.active
    sheet.append(["姓名", "身份证号", "手机号"])
    from datetime import date

    good = make_id_number("120112", date(2010, 3, 4), 12)
    sheet.append(["甲", good, ""])
    sheet.append(["乙", "", "13800000003"])
    sheet.append(["丙", "120112201003040000", ""])
    sheet.append(["甲", good, ""])
    sheet.append(["丁", "", ""])
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    file.name = "class.xlsx"
    answer = client_of(Role.EPIDEMIOLOGIST).post(
        f"/contacts/roster?case={case.pk}",
        {
            "roster-file": file,
            "roster-source": "school_roster",
            "roster-kind": "same_room",
            "roster-from_at": "2022-01-07T08:00",
            "roster-until_at": "2022-01-07T16:00",
        },
    )
    account = answer.context["account"]
    assert (account.rows, account.accepted, len(account.rejected), account.duplicate) == (5, 2, 2, 1)
    assert [fault.row for fault in account.rejected] == [4, 6]
    assert good not in answer.text
    with node_scope():
        assert Contact.objects.filter(classification=PersonClass.CLOSE_CONTACT).count() == 2
        assert set(Exposure.objects.values_list("source", flat=True)) == {"school_roster"}


def test_a_file_without_a_column_that_says_who_is_refused_at_its_field(
    town: "Town", client_of: Clients, at: datetime
) -> None:
    with node_scope():
        case = case_of(town, at)
    file = io.BytesIO(b"name,seat\nA,1\n")
    file.name = "list.csv"
    answer = client_of(Role.EPIDEMIOLOGIST).post(
        f"/contacts/roster?case={case.pk}",
        {
            "roster-file": file,
            "roster-source": "workplace",
            "roster-kind": "same_room",
            "roster-from_at": "2022-01-07T08:00",
            "roster-until_at": "2022-01-07T16:00",
        },
    )
    assert answer.status_code == 422
    assert "no column says who" in answer.text


# --- in the browser ------------------------------------------------------------------------------------------------


@pytest.mark.browser
def test_the_pages_are_clean_for_screen_readers_and_narrow_ones_do_not_scroll_sideways(
    town: "Town", page_of: "Callable[[Role], Page]", axe: "Callable[[Page], None]", at: datetime
) -> None:
    with node_scope():
        case = case_of(town, at)
        (one,) = signed(case, town, at, 1)
        met(case, town, at - timedelta(minutes=5), 2)
    page = page_of(Role.EPIDEMIOLOGIST)
    for address in (
        "/contacts",
        "/contacts/sign",
        "/contacts/checks",
        f"/contacts/{one.pk}",
        f"/contacts/new?case={case.pk}",
        f"/contacts/roster?case={case.pk}",
        f"/cases/{case.pk}",
    ):
        page.goto(address)
        page.wait_for_timeout(300)
        axe(page)
        page.set_viewport_size({"width": 390, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), address
        page.set_viewport_size({"width": 1366, "height": 768})


@pytest.mark.browser
def test_temperatures_are_entered_without_the_mouse(
    town: "Town", page_of: "Callable[[Role], Page]", at: datetime
) -> None:
    morning = at - timedelta(hours=6)
    with node_scope():
        signed(case_of(town, morning), town, morning, 3)
    page = page_of(Role.COMMUNITY_WORKER)
    page.goto("/contacts/checks?kind=temperature")
    for _row in range(3):
        page.keyboard.type("36.5")
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.wait_for_selector(".lk-toast, [role=status]")
    with node_scope():
        assert Check.objects.filter(state=CheckState.DONE).count() == 3
