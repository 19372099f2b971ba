"""A program reads the minutes and drafts the orders; what comes twice is made once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from liankong.store.access import node_scope
from liankong.store.models import Batch, Order
from liankong.vocabulary.kinds import OrderState, Role
from tests.support import minutes as made
from tests.support.programs import Program, problem
from tests.support.town import Town

MakeProgram = Callable[..., Program]
KEY = "Idempotency-Key"
TEXT = made.report(
    "一是区疾控中心要加快流调，明天12时前报告。二是做好接诊。三是核实110101199003074514人员。",
    opening="2022年1月8日上午10时，津南区疫情防控指挥部召开会议。",
)


def kept(one: dict[str, Any], town: Town, at: datetime) -> dict[str, Any]:
    due = one["due"] or (at + timedelta(days=1)).isoformat()
    return {
        "start": one["start"],
        "end": one["end"],
        "title": one["title"],
        "addressees": one["addressees"] or [town.cdc.pk],
        "due_at": due,
    }


def test_minutes_are_read_drafted_once_and_found_again(
    program: MakeProgram, town: Town, at: datetime
) -> None:
    secretary = program(Role.SECRETARY)
    found = secretary.post("/minutes/read", {"text": TEXT}).json()
    first, second, third = found["meetings"][0]["directives"]
    assert found["text"][first["start"] : first["end"]] == first["sentence"]
    assert first["addressees"] == [town.cdc.pk]
    assert first["due"] == "2022-01-09T12:00:00+08:00"
    assert third["refused"] == "id_number"
    assert "199003" not in found["text"]
    body = {
        "text": found["text"],
        "title": "夜间调度",
        "kept": [kept(one, town, at) for one in (first, second)],
        "set_aside": [{"start": third["start"], "end": third["end"], "reason": "id_number"}],
    }
    answer = secretary.post("/minutes", body, **{KEY: "m"})
    assert answer.status_code == 201, answer.content
    again = secretary.post("/minutes", body, **{KEY: "m"})
    assert again.json()["id"] == answer.json()["id"]
    with node_scope():
        assert Batch.objects.count() == 1
        assert set(Order.objects.values_list("state", flat=True)) == {OrderState.DRAFT}
    told = secretary.get(f"/minutes/{answer.json()['id']}").json()
    assert len(told["orders"]) == 2
    assert [one["sentence"] for one in told["set_aside"]] == [third["sentence"]]
    assert [one["id"] for one in secretary.get("/minutes").json()["items"]] == [told["id"]]
    assert len(secretary.get(f"/orders?batch={told['id']}").json()["items"]) == 2


def test_what_must_not_become_an_order_is_refused_at_its_field(
    program: MakeProgram, town: Town, at: datetime
) -> None:
    secretary = program(Role.SECRETARY)
    found = secretary.post("/minutes/read", {"text": TEXT}).json()
    first, _second, third = found["meetings"][0]["directives"]
    body = {"text": found["text"], "title": "夜间调度", "kept": [kept(first, town, at)]}
    masked = kept(third, town, at) | {"title": "核实"}
    assert problem(secretary.post("/minutes", body | {"kept": [masked]}), 422)["field"] == "kept.0.start"
    assert problem(secretary.post("/minutes", body | {"text": TEXT}), 422)["field"] == "text"
    assert problem(secretary.post("/minutes", body | {"kept": []}), 422)["field"] == "kept"
    late = kept(first, town, at) | {"due_at": at.isoformat()}
    assert problem(secretary.post("/minutes", body | {"kept": [late]}), 422)["field"] == "kept.0.due_at"
    with node_scope():
        assert not Batch.objects.exists()


def test_who_may_not_draft_reads_no_minutes(program: MakeProgram, town: Town) -> None:
    problem(program(Role.EPIDEMIOLOGIST).post("/minutes/read", {"text": TEXT}), 403)
    problem(program(Role.EPIDEMIOLOGIST).get("/minutes/1"), 404)
