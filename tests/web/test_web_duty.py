"""The duty page: who is on now, the week, its gaps, the note handed over, and the calendar file."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar
from support.town import seat

from liankong.actions import duty
from liankong.store.access import node_scope
from liankong.store.models import Handover, Shift
from liankong.vocabulary.kinds import Role

if TYPE_CHECKING:
    from django.test import Client
    from support.town import Town

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def client(client_of: "Callable[[Role], Client]") -> "Client":
    return client_of(Role.COMMANDER)


def test_an_empty_roster_says_who_stands_in_and_shows_the_gap(client: "Client", town: "Town") -> None:
    page = client.get("/duty")
    assert "Nobody is on duty" in page.text and "duty_officer-jinnan" in page.text
    assert len(page.context["gaps"]) == 1


def test_a_shift_by_hand_stands_on_the_page_and_a_refused_one_says_why(
    client: "Client", town: "Town"
) -> None:
    form = {
        "shift-user": town[Role.DUTY_OFFICER].user, "shift-from_at": "2022-01-08T08:00",
        "shift-until_at": "2022-01-08T16:00", "shift-leads": "on",
    }  # fmt: skip
    assert client.post("/duty/plan/shift", form).status_code == 302
    page = client.get("/duty")
    assert [line["name"] for line in page.context["now"]] == ["duty_officer-jinnan"]
    assert len(page.context["gaps"]) == 1  # from 16:00 on
    wrong = client.post("/duty/plan/shift", form | {"shift-until_at": "2022-01-08T07:00"})
    assert wrong.status_code == 422 and "ends after it begins" in wrong.text


def test_a_pattern_fills_the_week_and_a_list_counts_its_rows(client: "Client", town: "Town") -> None:
    people = [town[role].user for role in (Role.DUTY_OFFICER, Role.SECRETARY, Role.DISPATCHER)]
    form = {
        "pattern-first": "2022-01-08",
        "pattern-days": "8",
        "pattern-together": "1",
        "pattern-users": people,
    }
    assert client.post("/duty/plan/pattern", form).status_code == 302
    page = client.get("/duty")
    assert page.context["gaps"] == () and "Somebody is always there" in page.text
    few = client.post("/duty/plan/pattern", form | {"pattern-users": people[:1]})
    assert few.status_code == 422 and "two shifts in a row" in few.text
    rows = "user,day,from,until\nduty_officer-jinnan,2022-02-01,08:00,16:00\nnobody,2022-02-01,08:00,16:00\n"
    file = SimpleUploadedFile("duty.csv", rows.encode())
    taken = client.post("/duty/plan/list", {"list-file": file})
    assert "2 rows = 1 planned + 0 duplicate + 1 rejected" in taken.text
    assert "no user of this name is in sight" in taken.text
    broken = client.post("/duty/plan/list", {"list-file": SimpleUploadedFile("x.csv", b"a,b\n1,2\n")})
    assert broken.status_code == 422


def test_a_note_is_handed_over_and_taken_by_a_colleague(
    client_of: "Callable[[Role], Client]", town: "Town", at: datetime
) -> None:
    officer, colleague = client_of(Role.DUTY_OFFICER), client_of(Role.DISPATCHER)
    assert officer.post("/duty/handovers/new", {"note-text": ""}).status_code == 422
    assert officer.post("/duty/handovers/new", {"note-text": "order 12 is late"}).status_code == 302
    with node_scope():
        note = Handover.objects.get()
    assert "I take over" not in officer.get("/duty").text
    assert "I take over" in colleague.get("/duty").text
    assert "order 12 is late" in colleague.get("/").text
    colleague.post(f"/duty/handovers/{note.pk}/take")
    assert "I take over" not in colleague.get("/duty").text
    assert "order 12 is late" not in colleague.get("/").text


def test_the_calendar_file_holds_the_shifts_and_only_mine_if_asked(
    client_of: "Callable[[Role], Client]", town: "Town", at: datetime
) -> None:
    with node_scope():
        for role, begin in ((Role.DUTY_OFFICER, at), (Role.SECRETARY, at + 8 * HOUR)):
            duty.plan(
                organisation=town.district.pk, user=town[role].user or 0, from_at=begin, until_at=begin + 8 * HOUR,
                by=town[Role.COMMANDER], at=at,
            )  # fmt: skip
    client = client_of(Role.DUTY_OFFICER)
    answer = client.get("/duty/calendar.ics")
    assert answer["Content-Type"].startswith("text/calendar")
    assert len(Calendar.from_ical(answer.content).walk("VEVENT")) == 2
    assert len(Calendar.from_ical(client.get("/duty/calendar.ics?mine=1").content).walk("VEVENT")) == 1


def test_another_districts_roster_is_not_shown(client: "Client", town: "Town") -> None:
    assert client.get(f"/duty?organisation={town.city.pk}").status_code == 404
    assert client.get(f"/duty?organisation={town.cdc.pk}").status_code == 200
    for day in ("y", "9999-12-31", "0001-01-01", "2022-01-01"):
        assert client.get(f"/duty?organisation=x&from={day}").status_code == 200


def test_a_shift_is_taken_off_with_a_reason(client: "Client", town: "Town", at: datetime) -> None:
    with node_scope():
        duty.plan(
            organisation=town.district.pk, user=town[Role.SECRETARY].user or 0, from_at=at + HOUR,
            until_at=at + 2 * HOUR, by=town[Role.COMMANDER], at=at,
        )  # fmt: skip
        shift = Shift.objects.get()
    client.post(f"/duty/shifts/{shift.pk}/remove", {"reason": ""})
    client.post(f"/duty/shifts/{shift.pk}/remove", {"reason": "ill"})
    with node_scope():
        assert not Shift.objects.exists()


def test_the_page_needs_no_more_queries_for_more_shifts(client: "Client", town: "Town", at: datetime) -> None:
    def plan(first: int, count: int) -> None:
        with node_scope():
            for number in range(first, first + count):
                duty.plan(
                    organisation=town.district.pk, user=town[Role.DUTY_OFFICER].user or 0,
                    from_at=at + number * HOUR, until_at=at + (number + 1) * HOUR, by=town[Role.COMMANDER], at=at,
                )  # fmt: skip

    plan(0, 2)
    client.get("/duty")
    with CaptureQueriesContext(connection) as few:
        client.get("/duty")
    plan(2, 12)
    with CaptureQueriesContext(connection) as many:
        client.get("/duty")
    assert len(many) == len(few)


def test_the_desk_sees_who_is_on_duty_in_all_below(client: "Client", town: "Town", at: datetime) -> None:
    with node_scope():
        worker = seat(Role.DUTY_OFFICER, town.cdc, at=at - timedelta(days=1))
        duty.plan(
            organisation=town.cdc.pk, user=worker.user or 0, from_at=at, until_at=at + HOUR,
            by=town[Role.COMMANDER], at=at,
        )  # fmt: skip
    page = client.get("/duty/now")
    assert "duty_officer-jinnan-cdc" in page.text and "nobody" in page.text
