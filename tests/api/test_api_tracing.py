"""Programs propose, sign and follow contacts as the console does, and are told why."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from liankong.store.access import node_scope
from liankong.store.models import Case, Contact
from liankong.vocabulary.identifiers import make_id_number
from liankong.vocabulary.kinds import CheckState, Role
from tests.support import rows
from tests.support.programs import Program, problem
from tests.support.town import COMMUNITY, Town

MakeProgram = Callable[..., Program]


@pytest.fixture
def case(town: Town, at: datetime) -> Case:
    with node_scope():
        return rows.case(outbreak=town.outbreak, division=COMMUNITY, at=at)


def meeting(at: datetime, person: int, **more: Any) -> dict[str, Any]:
    return {
        "person": person,
        "kind": "shared_meal",
        "from_at": (at - timedelta(hours=1)).isoformat(),
        "until_at": at.isoformat(),
        **more,
    }


def people(at: datetime, count: int) -> list[int]:
    with node_scope():
        return [rows.person(division=COMMUNITY, at=at).pk for _ in range(count)]


def test_contacts_are_proposed_signed_and_told_why(
    program: MakeProgram, town: Town, case: Case, at: datetime
) -> None:
    caller = program(Role.EPIDEMIOLOGIST)
    one, two = people(at, 2)
    body = {"case": case.pk, "met": [meeting(at, one), meeting(at, one), meeting(at, two, protection="full")]}
    answer = caller.post("/contacts", body).json()
    assert (answer["rows"], answer["proposed_rows"], answer["duplicate"]) == (3, 2, [1])
    assert caller.post("/contacts", body).json()["duplicate"] == [0, 1, 2]
    signed = caller.post("/contacts/sign", {"contacts": answer["proposed"]}).json()
    assert signed["contacts"] == answer["proposed"]
    assert caller.post("/contacts/sign", {"contacts": answer["proposed"]}).json()["contacts"] == []
    page = caller.get("/contacts?classification=close_contact&release_on=2022-01-22").json()["items"]
    (close,) = page
    told = caller.get(f"/contacts/{close['id']}/why").json()
    assert told["because"]["rule"] == "tracing.recompute"
    assert {number["grade"] for number in told["because"]["numbers"]} >= {"S2", "S3"}
    assert told["signed"]["by"] == town[Role.EPIDEMIOLOGIST].user
    assert {one["code"] for one in told["otherwise"]} >= {"own_positive", "case_excluded", "protected"}
    (general,) = caller.get("/contacts?classification=general_contact").json()["items"]
    assert general["release_on"] is None


def test_whom_the_register_does_not_know_or_the_caller_does_not_see_is_refused(
    program: MakeProgram, town: Town, case: Case, at: datetime
) -> None:
    caller = program(Role.EPIDEMIOLOGIST)
    assert (
        problem(caller.post("/contacts", {"case": case.pk, "met": [meeting(at, 999_999)]}), 422)["field"]
        == "person"
    )
    with node_scope():
        far = rows.case(outbreak=town.outbreak, division="120104001001", at=at)
    (one,) = people(at, 1)
    assert (
        problem(caller.post("/contacts", {"case": far.pk, "met": [meeting(at, one)]}), 422)["field"] == "case"
    )
    assert problem(caller.post("/contacts", {"met": [meeting(at, one)]}), 422)["field"] == "case"
    backwards = meeting(at, one, until_at=(at - timedelta(days=1)).isoformat())
    assert (
        problem(caller.post("/contacts", {"case": case.pk, "met": [backwards]}), 422)["field"] == "until_at"
    )


def test_a_roster_sent_by_a_program_is_accounted_for_row_by_row(
    program: MakeProgram, case: Case, at: datetime
) -> None:
    number = make_id_number("120112", date(2010, 3, 4), 12)
    body = {
        "case": case.pk,
        "kind": "same_room",
        "from_at": (at - timedelta(hours=8)).isoformat(),
        "until_at": at.isoformat(),
        "source": "school_roster",
        "people": [
            {"id_number": number, "name": "甲"},
            {"phone": "123"},
            {"name": "乙"},
            {"id_number": number},
        ],
    }
    account = program(Role.EPIDEMIOLOGIST).post("/contacts/roster", body).json()
    assert (account["rows"], account["accepted"], account["duplicate"]) == (4, 1, 1)
    assert [row["row"] for row in account["rejected"]] == [2, 3]


def test_a_community_records_its_days_list_and_a_signer_releases(
    program: MakeProgram, town: Town, case: Case, at: datetime
) -> None:
    epidemiologist, worker = program(Role.EPIDEMIOLOGIST), program(Role.COMMUNITY_WORKER)
    (one,) = people(at, 1)
    (contact,) = epidemiologist.post("/contacts", {"case": case.pk, "met": [meeting(at, one)]}).json()[
        "proposed"
    ]
    problem(worker.post("/contacts/sign", {"contacts": [contact]}), 403)
    epidemiologist.post("/contacts/sign", {"contacts": [contact]})
    assert worker.post(f"/contacts/{contact}/control", {}).json()["state"] == "controlled"
    due = worker.get("/contacts/checks?day=2022-01-08&kind=temperature").json()["items"]
    body = {"measured": [{"check": check["id"], "celsius": 36.4} for check in due]}
    done = worker.post("/contacts/checks", body).json()["checks"]
    assert {check["state"] for check in done} == {CheckState.DONE}
    assert problem(worker.post("/contacts/checks", body), 422)["field"] == "check"
    refused = problem(epidemiologist.post(f"/contacts/{contact}/release"), 422)
    assert "2022-01-22" in str(refused)


def test_a_household_is_proposed_and_a_rejection_keeps_its_reason(
    program: MakeProgram, case: Case, at: datetime
) -> None:
    caller = program(Role.EPIDEMIOLOGIST)
    assert caller.post("/contacts/household", {"case": case.pk}).json()["rows"] == 0
    (one,) = people(at, 1)
    (contact,) = caller.post("/contacts", {"case": case.pk, "met": [meeting(at, one)]}).json()["proposed"]
    caller.post("/contacts/reject", {"contacts": [contact], "reason": "another table, says the camera"})
    assert caller.get(f"/contacts/{contact}").json()["reason"] == "another table, says the camera"
    with node_scope():
        assert not Contact.objects.get().checks.exists()
