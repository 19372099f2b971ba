"""Programs issue, sign, wait, prove and return like people do: the same refusals, and nothing twice."""

import base64
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from liankong.store.access import node_scope
from liankong.store.models import Batch, Order
from liankong.vocabulary.kinds import OrderState, Role
from tests.support.programs import Program, problem
from tests.support.town import Town

MakeProgram = Callable[..., Program]
KEY = "Idempotency-Key"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


def words(at: datetime, **more: Any) -> dict[str, Any]:
    due = (at + timedelta(hours=4)).isoformat()
    return {"kind": "task", "title": "Check the masks", "due_at": due} | more


def test_an_order_is_issued_once_however_often_it_is_sent(
    program: MakeProgram, town: Town, at: datetime
) -> None:
    commander = program(Role.COMMANDER)
    body = words(at, addressee=town.cdc.pk)
    first = commander.post("/orders", body, **{KEY: "a"})
    again = commander.post("/orders", body, **{KEY: "a"})
    assert (first.status_code, first.json()["id"]) == (201, again.json()["id"])
    assert again["Idempotency-Replayed"] == "true"
    problem(commander.post("/orders", body | {"title": "other"}, **{KEY: "a"}), 422)
    with node_scope():
        assert Order.objects.count() == 1


def test_an_order_goes_its_whole_way_over_the_api(program: MakeProgram, town: Town, at: datetime) -> None:
    commander, doctor = program(Role.COMMANDER), program(Role.EPIDEMIOLOGIST)
    body = words(at, addressee=town.cdc.pk, asks=["figure", "file"], unit="households")
    order = commander.post("/orders", body).json()["id"]
    assert doctor.get("/orders?mine=true").json()["items"][0]["id"] == order
    assert commander.get("/orders?ours=true").json()["items"][0]["id"] == order
    assert doctor.post(f"/orders/{order}/start").json()["state"] == "started"
    told = problem(doctor.post(f"/orders/{order}/finish", {"proof": "seen", "figure": 3}), 422)
    assert told["field"] == "files"
    bad = SimpleUploadedFile("a.exe", b"MZ")
    assert problem(doctor.upload(f"/orders/{order}/files", {"file": bad}), 422)["field"] == "files"
    sent = [
        doctor.upload(f"/orders/{order}/files", {"file": SimpleUploadedFile("Zhang.png", PNG)}).json()
        for _ in range(2)
    ]
    assert sent[0] == sent[1]
    assert "Zhang" not in sent[0]["filename"]
    done = doctor.post(f"/orders/{order}/finish", {"proof": "seen", "figure": 3})
    assert done.json()["state"] == "done"
    full = commander.get(f"/orders/{order}").json()
    assert (full["asks"], full["unit"], len(full["files"])) == (["figure", "file"], "households", 1)
    read = commander.post(f"/orders/{order}/files/{sent[0]['id']}/read").json()
    assert base64.b64decode(read["content"]) == PNG


def test_drafts_are_signed_all_or_none_and_only_by_who_may_issue(
    program: MakeProgram, town: Town, at: datetime
) -> None:
    secretary, commander = program(Role.SECRETARY), program(Role.COMMANDER)
    body = words(at, addressees=[town.cdc.pk, town.district.pk], draft=True)
    batch = secretary.post("/order-batches", body, **{KEY: "b"}).json()["id"]
    keys = [row["id"] for row in commander.get(f"/orders?batch={batch}").json()["items"]]
    assert len(keys) == 2
    problem(secretary.post("/order-signatures", {"orders": keys}), 403)
    problem(commander.post("/order-signatures", {"orders": [*keys, 10**9]}), 422)
    assert commander.get(f"/order-batches/{batch}").json()["drafts"] == 2
    assert [row["state"] for row in commander.post("/order-signatures", {"orders": keys}).json()] == [
        "issued"
    ] * 2
    assert commander.get(f"/order-batches/{batch}").json()["silent"] == 2
    assert commander.post(f"/order-batches/{batch}/remind").json() == {"reminded": 2}
    assert [row["id"] for row in commander.get("/order-batches").json()["items"]] == [batch]


def test_waits_circles_and_emergencies_are_judged_as_everywhere(
    program: MakeProgram, town: Town, at: datetime
) -> None:
    commander, doctor = program(Role.COMMANDER), program(Role.EPIDEMIOLOGIST)
    first, second = (
        commander.post("/orders", words(at, addressee=town.cdc.pk)).json()["id"] for _ in range(2)
    )
    assert commander.post(f"/orders/{second}/wait", {"until_done": first}).status_code == 200
    told = problem(commander.post(f"/orders/{first}/wait", {"until_done": second}), 422)
    assert told["field"] == "until_done"
    problem(doctor.post(f"/orders/{second}/start"), 422)
    assert doctor.get(f"/orders/{second}").json()["waits"] == [
        {"order": second, "until_done": first, "released_at": None}
    ]
    assert commander.post(f"/orders/{second}/hurry", {"reason": "chest pain"}).json()["emergency"]
    assert doctor.post(f"/orders/{second}/start").json()["state"] == "started"
    body = words(at, addressee=town.cdc.pk, emergency=True, waits_for=[first])
    assert problem(commander.post("/orders", body), 422)["field"] == "waits_for"
    with node_scope():
        assert Order.objects.count() == 2


def test_what_comes_back_goes_out_again_once(program: MakeProgram, town: Town, at: datetime) -> None:
    commander, doctor = program(Role.COMMANDER), program(Role.EPIDEMIOLOGIST)
    order = commander.post("/orders", words(at, addressee=town.cdc.pk)).json()["id"]
    returned = doctor.post(f"/orders/{order}/return", {"reason": "no reagents"}).json()
    assert (returned["state"], returned["reason"]) == ("returned", "no reagents")
    body = {"due_at": (at + timedelta(hours=9)).isoformat()}
    again = commander.post(f"/orders/{order}/again", body, **{KEY: "c"}).json()
    assert (again["follows"], again["title"]) == (order, "Check the masks")
    assert commander.post(f"/orders/{order}/again", body, **{KEY: "c"}).json()["id"] == again["id"]
    problem(commander.post(f"/orders/{order}/again", body), 422)
    withdrawn = commander.post(f"/orders/{again['id']}/cancel", {"reason": "no need"})
    assert withdrawn.json()["state"] == OrderState.CANCELLED


@pytest.mark.parametrize("title", ["call 13800138000", "visit 120101199003071234"])
def test_a_persons_number_in_a_title_is_refused_and_not_repeated(
    program: MakeProgram, town: Town, at: datetime, title: str
) -> None:
    body = words(at, addressees=[town.cdc.pk, town.district.pk]) | {"title": title}
    told = problem(program(Role.COMMANDER).post("/order-batches", body), 422)
    assert told["field"] == "title"
    assert title.split()[1] not in str(told)
    with node_scope():
        assert not Batch.objects.exists()
