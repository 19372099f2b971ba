"""Programs do what people do on the console: the same verbs, the same refusals, and nothing twice."""

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from liankong.actions import organisations
from liankong.store.access import node_scope
from liankong.store.models import Case, Entry, LineListImport, Order, Organisation, Post, Result
from liankong.vocabulary.kinds import OrderKind, OrganisationKind, Role
from liankong.web.api import linelists
from tests.support import rows
from tests.support.programs import Program, problem
from tests.support.town import BUILDER, CITY, COMMUNITY, JINNAN, Town, seat

MakeProgram = Callable[..., Program]
KEY = "Idempotency-Key"


def city(town: Town, role: Role, at: datetime) -> Any:
    with node_scope():
        return seat(role, town.city, at=at - timedelta(days=1))


# --- laboratory -------------------------------------------------------------------------------------------------


def test_a_laboratory_registers_a_tube_and_reports_it_once(
    program: MakeProgram, town: Town, at: datetime
) -> None:
    with node_scope():
        person = rows.person(division=COMMUNITY, at=at).pk
    laboratory = program(Role.LAB_OFFICER)
    body = {
        "code": "T-9",
        "kind": "single",
        "persons": [person],
        "division": COMMUNITY,
        "sampled_at": at.isoformat(),
    }
    assert laboratory.post("/tubes", body).json()["persons"] == [person]
    assert problem(laboratory.post("/tubes", body), 422)["field"] == "code"
    report = {"tube": "T-9", "value": "positive", "ct": 24.5, "message": "LIS-1"}
    first, again = laboratory.post("/results", report), laboratory.post("/results", report)
    assert first.json()["id"] == again.json()["id"]
    with node_scope():
        assert Result.objects.count() == 1
        assert Entry.objects.filter(kind="ResultReported").count() == 1


# --- cases ------------------------------------------------------------------------------------------------------


def test_cases_are_paged_without_gap_or_repeat_while_new_ones_come_in(
    program: MakeProgram, town: Town, at: datetime
) -> None:
    with node_scope():
        made = [
            rows.case(outbreak=town.outbreak, division=COMMUNITY, at=at - timedelta(minutes=number // 3)).pk
            for number in range(25)
        ]
    caller = program(Role.EPIDEMIOLOGIST)
    seen: list[int] = []
    after = ""
    while True:
        page = caller.get(f"/cases?limit=4{after}").json()
        seen += [case["id"] for case in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
        with node_scope():
            rows.case(outbreak=town.outbreak, division=COMMUNITY, at=at + timedelta(hours=1))
    assert sorted(seen) == sorted(made)


def test_a_case_is_told_with_its_course_and_why(program: MakeProgram, town: Town, at: datetime) -> None:
    with node_scope():
        case = rows.case(outbreak=town.outbreak, division=COMMUNITY, at=at).pk
    caller = program(Role.EPIDEMIOLOGIST)
    answer = caller.post(
        f"/cases/{case}/classify",
        {"classification": "confirmed", "severity": "mild", "reason": "two positive tests"},
    )
    assert answer.json()["classification"] == "confirmed", answer.content
    source = {"origin": "local", "exposure": "school"}
    assert caller.post(f"/cases/{case}/source", source).status_code == 200
    told = caller.get(f"/cases/{case}").json()
    assert [change["classification"] for change in told["changes"]] == ["confirmed", "confirmed"]
    assert {entry["kind"] for entry in told["timeline"]} == {"CaseClassified", "CaseSourceSet"}


def test_filters_hold_together(program: MakeProgram, town: Town, at: datetime) -> None:
    with node_scope():
        rows.case(outbreak=town.outbreak, division=COMMUNITY, at=at)
        rows.case(outbreak=town.outbreak, division="120112102001", at=at)
        late = rows.case(outbreak=town.outbreak, division=COMMUNITY, at=at + timedelta(days=1)).pk
    caller = program(Role.EPIDEMIOLOGIST)
    found = caller.get("/cases?division=120112101&found_from=2022-01-09&classification=pending_review")
    assert [case["id"] for case in found.json()["items"]] == [late]


# --- orders -----------------------------------------------------------------------------------------------------


def test_an_order_is_received_and_finished_by_its_addressee_only(
    program: MakeProgram, town: Town, at: datetime
) -> None:
    with node_scope():
        order = Order.objects.create(
            kind=OrderKind.TASK,
            title="t",
            division=JINNAN,
            issuer=town.district,
            addressee=town.cdc,
            issued_at=at,
            due_at=at + timedelta(hours=2),
        ).pk
    cdc, district = program(Role.EPIDEMIOLOGIST), program(Role.COMMANDER)
    problem(district.post(f"/orders/{order}/receive"), 422)
    assert cdc.post(f"/orders/{order}/receive").json()["state"] == "received"
    assert problem(cdc.post(f"/orders/{order}/finish", {"proof": ""}), 422)["field"] == "proof"
    assert cdc.post(f"/orders/{order}/finish", {"proof": "card 7"}).json()["state"] == "done"
    assert cdc.get("/orders?mine=true&open=true").json()["items"] == []


# --- registry ---------------------------------------------------------------------------------------------------


def test_a_person_is_found_and_named_only_with_a_reason_and_on_record(
    program: MakeProgram, town: Town
) -> None:
    clerk = program(Role.REGISTRY_CLERK)
    person = clerk.post("/persons", {"division": COMMUNITY, "name": "甲", "phone": "13800000000"}).json()[
        "id"
    ]
    found = clerk.post("/persons/find", {"phone": "13800000000", "why": "caller asks back"})
    assert [one["id"] for one in found.json()] == [person]
    assert problem(clerk.post("/persons/find", {"phone": "13800000000", "why": "x"}), 422)["field"] == "why"
    told = clerk.post(f"/persons/{person}/reveal", {"fields": ["name"], "why": "hospital transfer"})
    assert told.json()["values"] == {"name": "甲"}
    assert "甲" not in clerk.get(f"/persons/{person}").content.decode()
    problem(
        program(Role.LAB_OFFICER).post(f"/persons/{person}/reveal", {"fields": ["name"], "why": "curious"}),
        403,
    )
    with node_scope():
        assert Entry.objects.filter(kind="IdentityRead", subject=person, by=clerk.actor.user).count() == 1


# --- bulletins --------------------------------------------------------------------------------------------------


def test_a_bulletin_is_drafted_by_one_signed_by_another_and_printed(
    program: MakeProgram, town: Town, at: datetime
) -> None:
    officer = program(city(town, Role.BULLETIN_OFFICER, at))
    commander = program(city(town, Role.COMMANDER, at))
    body = {"outbreak": town.outbreak.pk, "division": CITY, "day": "2022-01-08"}
    draft = officer.post("/bulletins", body)
    assert draft.status_code == 201, draft.content
    number = draft.json()["id"]
    assert draft.json()["may_sign"] is True
    problem(officer.post(f"/bulletins/{number}/sign"), 403)
    assert commander.post(f"/bulletins/{number}/sign").json()["state"] == "signed"
    assert commander.get(f"/bulletins/{number}/verify").json()["intact"] is True
    pdf = commander.get(f"/bulletins/{number}/pdf?language=en")
    assert (pdf["Content-Type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")


def test_a_district_drafts_no_bulletin_of_the_city(program: MakeProgram, town: Town) -> None:
    body = {"outbreak": town.outbreak.pk, "division": CITY, "day": "2022-01-08"}
    problem(program(Role.BULLETIN_OFFICER).post("/bulletins", body), 403)


def test_a_text_is_read_and_checked(program: MakeProgram) -> None:
    caller = program(Role.EPIDEMIOLOGIST)
    text = "2022年1月13日0—24时，天津市新增本土确诊病例6例（津南区4例、南开区2例）。"
    read = caller.post("/bulletins/read", {"text": text}).json()
    assert sorted(figure["value"] for figure in read["figures"]) == [2, 4, 6]
    checked = caller.post("/bulletins/check", {"bulletin": read["bulletin"]}).json()
    assert checked["may_sign"] is True
    read["bulletin"]["figures"][0]["value"] += 1
    assert caller.post("/bulletins/check", {"bulletin": read["bulletin"]}).json()["may_sign"] is False
    assert problem(caller.post("/bulletins/check", {"bulletin": {"place": 1}}), 422)["field"] == "bulletin"


# --- line lists -------------------------------------------------------------------------------------------------

LIST = "id,sex,age,confirmed\n1,M,40,2022-01-04\n2,F,30,2022-01-03\n3,Q,8,2022-01-09\n2,F,30,2022-01-03\n"
MAP = '[fields]\nkey = "id"\nsex = "sex"\nage = "age"\nconfirmed = "confirmed"\n'


def listed(text: str = LIST, name: str = "list.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode())


def test_a_line_list_is_guessed_tried_and_taken_in_once(
    program: MakeProgram, town: Town, at: datetime
) -> None:
    caller = program(city(town, Role.EPIDEMIOLOGIST, at))
    assert "[fields" in caller.upload("/line-lists/guess", {"file": listed()}).json()["mapping"]
    tried = caller.upload("/line-lists/preview", {"file": listed(), "mapping": MAP}).json()
    assert [tried[key] for key in ("rows_in", "accepted", "rejected", "duplicate")] == [4, 2, 1, 1]
    assert (tried["errors"][0]["row"], tried["errors"][0]["field"]) == (4, "sex")
    with node_scope():
        assert not Case.objects.exists()
    taken = caller.upload("/line-lists", {"file": listed(), "mapping": MAP, "outbreak": town.outbreak.pk})
    assert taken.status_code == 201, taken.content
    number = taken.json()["id"]
    assert [row["row"] for row in caller.get(f"/line-lists/{number}/rejections").json()["items"]] == [4]
    again = caller.upload(
        "/line-lists", {"file": listed(), "mapping": MAP, "outbreak": town.outbreak.pk}
    ).json()
    assert (again["accepted"], again["duplicate"]) == (0, 3)
    curve = caller.get(f"/outbreaks/{town.outbreak.pk}/curve").json()["confirmed"]
    assert sum(point["cases"] for point in curve["points"]) == 2
    chains = caller.get(f"/outbreaks/{town.outbreak.pk}/chains?graph=true").json()
    assert chains["links"]["linked_cases"] == 0


def test_a_mapping_cannot_open_a_file_of_the_server(
    program: MakeProgram, town: Town, at: datetime, tmp_path: Any
) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("infector,infectee\n1,2\n")
    caller = program(city(town, Role.EPIDEMIOLOGIST, at))
    mapping = MAP + f'[links]\nfile = "{secret}"\ninfector = "infector"\ninfectee = "infectee"\n'
    tried = caller.upload("/line-lists/preview", {"file": listed(), "mapping": mapping})
    assert tried.status_code == 200, tried.content
    assert all(not record["infectors"] for record in tried.json()["sample"])


def test_a_workbook_that_unpacks_to_more_than_a_disk_is_refused(
    program: MakeProgram, town: Town, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linelists, "UNPACKED", 1_000_000)
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 2_000_000)
    upload = SimpleUploadedFile("list.xlsx", packed.getvalue())
    caller = program(city(town, Role.EPIDEMIOLOGIST, at))
    problem(caller.upload("/line-lists/preview", {"file": upload, "mapping": MAP}), 413)


def test_a_file_or_a_mapping_that_is_none_is_refused_with_its_field(
    program: MakeProgram, town: Town, at: datetime
) -> None:
    caller = program(city(town, Role.EPIDEMIOLOGIST, at))
    bad_mapping = {"file": listed(), "mapping": "[fields"}
    assert problem(caller.upload("/line-lists/preview", bad_mapping), 422)["field"] == "mapping"
    bad_file = {"file": SimpleUploadedFile("list.xlsx", b"PK\x03\x04"), "mapping": MAP}
    assert problem(caller.upload("/line-lists/preview", bad_file), 422)["field"] == "file"
    with node_scope():
        assert not LineListImport.objects.exists()


# --- structure --------------------------------------------------------------------------------------------------


def test_a_body_is_founded_renamed_and_dissolved_with_dates(
    program: MakeProgram, town: Town, at: datetime
) -> None:
    administrator = program(Role.ADMINISTRATOR)
    body = {
        "code": "jinnan-sub",
        "kind": "sub_headquarters",
        "division": JINNAN,
        "name": "津南分指挥部",
        "parent": town.district.pk,
        "from_at": at.isoformat(),
    }
    founded = administrator.post("/organisations", body).json()["organisation"]
    renamed = administrator.post(
        f"/organisations/{founded}/rearrange",
        {
            "name": "津南前方指挥部",
            "parent": town.district.pk,
            "from_at": (at + timedelta(days=1)).isoformat(),
        },
    )
    assert renamed.status_code == 200, renamed.content
    ended = {"until_at": (at + timedelta(days=2)).isoformat()}
    assert administrator.post(f"/organisations/{founded}/dissolve", ended).status_code == 200
    names = [term["name"] for term in administrator.get(f"/organisations/{founded}/terms").json()]
    assert names == ["津南分指挥部", "津南前方指挥部"]
    later = (at + timedelta(days=3)).isoformat().replace("+", "%2B")
    codes = {one["code"] for one in administrator.get(f"/organisations?at={later}").json()}
    assert "jinnan-sub" not in codes


def test_a_district_arranges_no_neighbours_and_seats_nobody_above_itself(
    program: MakeProgram, town: Town, at: datetime
) -> None:
    with node_scope():
        neighbour = organisations.found(
            code="nankai", kind=OrganisationKind.HEADQUARTERS, division="120104", name="n",
            from_at=at - timedelta(days=1), by=BUILDER, at=at,
        )  # fmt: skip
        post = Post.objects.create(organisation=town.city, title="c", role=Role.COMMANDER)
    administrator = program(Role.ADMINISTRATOR)
    rename = {"name": "x", "from_at": at.isoformat()}
    problem(administrator.post(f"/organisations/{neighbour.pk}/rearrange", rename), 403)
    problem(
        administrator.post(f"/organisations/{neighbour.pk}/posts", {"title": "x", "role": "commander"}), 403
    )
    problem(administrator.post(f"/posts/{post.pk}/fill", {"user": town[Role.LAB_OFFICER].user}), 403)
    body = {
        "code": "x", "kind": "headquarters", "division": "12", "name": "x", "from_at": at.isoformat(),
    }  # fmt: skip
    problem(administrator.post("/organisations", body), 403)
    with node_scope():
        assert Organisation.objects.filter(code="x").count() == 0


def test_a_user_is_added_seated_and_locked_out(program: MakeProgram, town: Town) -> None:
    administrator = program(Role.ADMINISTRATOR)
    body = {"username": "newcomer", "division": JINNAN, "password": "a long enough password"}
    user = administrator.post("/users", body).json()["id"]
    post = administrator.post(
        f"/organisations/{town.district.pk}/posts", {"title": "second clerk", "role": "registry_clerk"}
    ).json()["id"]
    holding = administrator.post(f"/posts/{post}/fill", {"user": user}).json()["id"]
    assert administrator.post(f"/holdings/{holding}/vacate").status_code == 200
    assert administrator.post(f"/users/{user}/active", {"active": False}).json()["is_active"] is False
    weak = {**body, "username": "other", "password": "123"}
    assert problem(administrator.post("/users", weak), 422)["field"] == "password"


# --- audit ------------------------------------------------------------------------------------------------------


def test_an_auditor_reads_who_did_what_and_others_do_not(program: MakeProgram, town: Town) -> None:
    clerk = program(Role.REGISTRY_CLERK)
    person = clerk.post("/persons", {"division": COMMUNITY, "name": "甲"}).json()["id"]
    clerk.post(f"/persons/{person}/reveal", {"fields": ["name"], "why": "hospital transfer"})
    auditor = program(Role.AUDITOR)
    (entry,) = auditor.get(f"/audit/entries?kind=IdentityRead&by={clerk.actor.user}").json()["items"]
    assert entry["body"]["why"] == "hospital transfer"
    assert auditor.get(f"/audit/entries/{entry['id']}/causes").json()[0]["id"] == entry["id"]
    problem(clerk.get("/audit/entries"), 403)
    assert auditor.post("/audit/verify").status_code == 200
