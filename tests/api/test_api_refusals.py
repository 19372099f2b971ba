"""Refusals help, tell a stranger nothing, and what is sent again makes nothing twice."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from liankong.store.access import node_scope
from liankong.store.models import Entry, Person
from liankong.vocabulary.kinds import Role, TubeKind
from liankong.web.api.limits import Rate
from tests.support import rows
from tests.support.programs import Program, problem
from tests.support.town import COMMUNITY, Town, tube

MakeProgram = Callable[..., Program]
KEY = "Idempotency-Key"


# --- refusals that help ---------------------------------------------------------------------------------------


def test_a_refusal_names_the_field_at_fault(program: MakeProgram, town: Town, at: datetime) -> None:
    with node_scope():
        case = rows.case(outbreak=town.outbreak, division=COMMUNITY, at=at).pk
    epidemiologist = program(Role.EPIDEMIOLOGIST)
    told = problem(epidemiologist.post(f"/cases/{case}/report", {"card": " "}), 422)
    assert told["field"] == "card"
    told = problem(epidemiologist.post(f"/cases/{case}/classify", {"classification": "ill"}), 422)
    assert {fault["field"] for fault in told["errors"]} == {"classification", "reason"}


def test_a_body_that_is_no_json_is_malformed(program: MakeProgram) -> None:
    problem(program(Role.LAB_OFFICER).post("/results", "{not json"), 400)


def test_an_address_with_nothing_behind_it_says_so_to_whoever_has_a_token(
    program: MakeProgram, client: Any
) -> None:
    caller = program(Role.EPIDEMIOLOGIST)
    existing = client.get("/api/v1/cases").json()
    addresses = ("", "/", "/cases/", "/cases/1/nothing", "/cases/1/report/", "/docs/x", "/a%0Ab", "/../v2")
    asked = [("GET", address) for address in addresses]
    asked += [(method, "/nothing") for method in ("GET", "POST", "DELETE", "OPTIONS", "PROPFIND")]
    for method, address in asked:
        told = problem(caller.call(method, address), 404)
        assert told["type"] == "urn:liankong:problem:not-found"
        # A stranger learns nothing: an address that does exist answers the same.
        assert problem(client.generic(method, f"/api/v1{address}"), 401) == existing


def test_nothing_is_no_object_of_which_nothing_was_given(program: MakeProgram) -> None:
    dispatcher = program(Role.DISPATCHER)
    assert dispatcher.post("/trips", {}).status_code == 200
    problem(dispatcher.post("/trips", "null"), 400)


def test_guessing_addresses_is_counted_like_any_request(program: MakeProgram, settings: Any) -> None:
    settings.LIANKONG_API_RATES = {"token": Rate(per_minute=1, burst=2)}
    caller = program(Role.EPIDEMIOLOGIST)
    assert [caller.get("/nothing").status_code for _ in range(3)] == [404, 404, 429]


def test_a_method_that_does_not_fit(program: MakeProgram) -> None:
    answer = program(Role.EPIDEMIOLOGIST).call("DELETE", "/cases")
    assert (answer.status_code, answer["Allow"]) == (405, "GET")


def test_a_body_larger_than_any_is_refused_before_it_is_read(program: MakeProgram) -> None:
    caller = program(Role.EPIDEMIOLOGIST)
    answer = caller.client.post(
        "/api/v1/line-lists/preview",
        b"x",
        content_type="multipart/form-data; boundary=b",
        headers={"Authorization": f"Bearer {caller.secret}"},
        CONTENT_LENGTH=str(10**9),
    )
    problem(answer, 413)


def test_a_json_body_beyond_the_limit_of_memory_is_too_large(program: MakeProgram) -> None:
    text = '{"text": "' + "x" * (6 * 1024 * 1024) + '"}'
    problem(program(Role.EPIDEMIOLOGIST).post("/bulletins/read", text), 413)


def test_text_that_a_database_cannot_hold_is_refused_at_the_door(program: MakeProgram) -> None:
    clerk = program(Role.REGISTRY_CLERK)
    for text in ("a\x00b", "\ud800"):
        problem(clerk.post("/persons", {"division": COMMUNITY, "name": text}), 422)


def test_a_cursor_of_somebodys_own_making_is_refused(program: MakeProgram) -> None:
    caller = program(Role.EPIDEMIOLOGIST)
    for cursor in ("x", "W10", "WyJhIiwgMV0", "bnVsbA", "W1tdLCB7fV0", "%00"):
        assert problem(caller.get(f"/cases?after={cursor}"), 422)["field"] == "after"


# --- nothing twice ----------------------------------------------------------------------------------------------


def test_a_message_sent_again_is_answered_with_what_it_made_the_first_time(
    program: MakeProgram, town: Town
) -> None:
    clerk = program(Role.REGISTRY_CLERK)
    body = {"division": COMMUNITY, "name": "甲", "id_number": "11010519491231002X"}
    first = clerk.post("/persons", body, **{KEY: "m-1"})
    again = clerk.post("/persons", body, **{KEY: "m-1"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again["Idempotency-Replayed"] == "true"
    with node_scope():
        assert Person.objects.count() == 1
        entry = Entry.objects.get(kind="MessageTaken")
        assert "11010519491231002X" not in str(entry.body)
        assert "m-1" not in (entry.message or "")


def test_a_key_used_for_another_message_is_refused(program: MakeProgram) -> None:
    clerk = program(Role.REGISTRY_CLERK)
    clerk.post("/persons", {"division": COMMUNITY}, **{KEY: "m-1"})
    problem(clerk.post("/persons", {"division": COMMUNITY, "sex": "male"}, **{KEY: "m-1"}), 422)
    # Another program's key of the same name is another key.
    assert (
        program(Role.REGISTRY_CLERK).post("/persons", {"division": COMMUNITY}, **{KEY: "m-1"}).status_code
        == 201
    )


def test_a_refused_message_leaves_its_key_free(program: MakeProgram, town: Town) -> None:
    laboratory = program(Role.LAB_OFFICER)
    body = {"tube": "T1", "value": "negative"}
    problem(laboratory.post("/results", body, **{KEY: "m-1"}), 422)
    with node_scope():
        tube(town, town.outbreak.opened_at, kind=TubeKind.SINGLE, code="T1")
    assert laboratory.post("/results", body, **{KEY: "m-1"}).status_code == 201
