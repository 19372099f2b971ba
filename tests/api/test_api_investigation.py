"""Programs investigate: stays in, contradictions and gaps out, a text read, a source taken, the report on paper."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from liankong.actions import investigation as verbs
from liankong.store.access import node_scope
from liankong.store.models import Entry, Investigation
from liankong.vocabulary.kinds import Role
from tests.support import rows
from tests.support.programs import Program
from tests.support.town import COMMUNITY, NANKAI, Town

MakeProgram = Callable[..., Program]
HOUR = timedelta(hours=1)


@pytest.fixture
def row(town: Town, at: datetime) -> Investigation:
    with node_scope():
        case = rows.case(outbreak=town.outbreak, division=COMMUNITY, at=at)
        return Investigation.objects.create(
            case=case, division=COMMUNITY, organisation=town.cdc, opened_at=at
        )


def stay(at: datetime, hours: float, length: float = 1, **more: object) -> dict[str, object]:
    begin = at - hours * HOUR
    return {
        "from_at": begin.isoformat(),
        "until_at": (begin + length * HOUR).isoformat(),
        "mode": "shopping",
        "place_text": "新华超市",
    } | more


def test_an_investigation_from_stays_to_report(
    town: Town, row: Investigation, program: MakeProgram, at: datetime
) -> None:
    asking = program(Role.EPIDEMIOLOGIST)
    base = f"/investigations/{row.pk}"
    made = asking.post(f"{base}/stays", {"stays": [stay(at, 10, 2), stay(at, 9)]})
    assert made.status_code == 201
    first, second = (one["id"] for one in made.json())
    told = asking.get(base).json()
    assert sorted(told["overlapping"]) == [[first, second], [second, first]]
    assert told["gaps"]
    assert told["window"]["until_at"] is not None
    changed = asking.call("PUT", f"/stays/{second}", stay(at, 7))
    assert changed.status_code == 200
    assert asking.get(base).json()["overlapping"] == []
    assert asking.call("DELETE", f"/stays/{first}").json() == {"removed": first}
    assert asking.post(f"{base}/report", {}).status_code == 422
    assert asking.post(f"{base}/confirm", {}).json()["track_confirmed_at"] is not None
    assert asking.post(f"{base}/report", {}).json()["reported_at"] is not None
    paper = asking.get(f"{base}/report/public/docx")
    assert paper.content.startswith(b"PK")
    assert asking.get(f"{base}/report/public/pdf").content.startswith(b"%PDF")
    listed = asking.get(f"/investigations?reported=true&outbreak={town.outbreak.pk}").json()["items"]
    assert [one["id"] for one in listed] == [row.pk]
    assert asking.get("/investigations?reported=false").json()["items"] == []


def test_a_text_is_read_and_nothing_is_recorded(town: Town, program: MakeProgram) -> None:
    asking = program(Role.EPIDEMIOLOGIST)
    sent = {"text": "1月6日8:30到新华超市购物，9:30步行回家。每天买菜。", "first_day": "2022-01-06"}
    told = asking.post("/itineraries/read", sent).json()
    assert [one["mode"] for one in told["stays"]] == ["shopping", "walk", "home"]
    for one in told["stays"]:
        assert told["text"][one["start"] : one["end"]] == one["words"]
    assert told["stays"][1]["until_at"] is None
    assert [one["why"] for one in told["unread"]] == ["nothing"]
    assert program(Role.BULLETIN_OFFICER).post("/itineraries/read", sent).status_code == 403


def test_sources_are_weighed_and_one_is_taken(
    town: Town, row: Investigation, program: MakeProgram, at: datetime
) -> None:
    asking = program(Role.EPIDEMIOLOGIST)
    first, second = (
        asking.post(f"/investigations/{row.pk}/sources", {"text": text}).json()["id"] for text in ("a", "b")
    )
    assert asking.post(f"/sources/{first}/weigh", {"likelihood": 60}).json()["likelihood"] == 60
    assert asking.post(f"/sources/{first}/accept", {}).json()["accepted_at"] is not None
    told = {one["id"]: one for one in asking.get(f"/investigations/{row.pk}").json()["sources"]}
    assert told[second]["rejected_at"] is not None
    again = asking.post(f"/sources/{second}/reject", {"reason": "no link"})
    assert again.status_code == 422


def test_notes_are_opened_for_a_reason(town: Town, row: Investigation, program: MakeProgram) -> None:
    asking = program(Role.EPIDEMIOLOGIST)
    base = f"/investigations/{row.pk}/notes"
    assert asking.post(base, {"text": "老师姓王"}).status_code == 200
    assert asking.post(f"{base}/open", {"why": "x"}).status_code == 422
    assert asking.post(f"{base}/open", {"why": "second call"}).json() == {"text": "老师姓王"}
    with node_scope():
        assert "王" not in str(list(Entry.objects.values_list("body", flat=True)))


@pytest.mark.parametrize(
    ("method", "address", "body"),
    [
        ("get", "/investigations/{row}", None),
        ("post", "/investigations/{row}/stays", {"stays": [{}]}),
        ("post", "/investigations/{row}/confirm", {}),
        ("get", "/investigations/{row}/report/public/pdf", None),
        ("delete", "/stays/{stay}", None),
        ("post", "/sources/999/accept", {}),
    ],
)
def test_what_lies_outside_the_jurisdiction_does_not_exist(
    town: Town, row: Investigation, program: MakeProgram, at: datetime, method: str, address: str, body: Any
) -> None:
    with node_scope():
        (made,) = verbs.record_stays(
            investigation=row.pk,
            stays=[verbs.StayTold(from_at=at - HOUR, until_at=at, place_text="x")],
            by=town[Role.EPIDEMIOLOGIST],
            at=at,
        )
        Investigation.objects.filter(pk=row.pk).update(division=NANKAI)
        made.division = NANKAI
        made.save()
    if body and body.get("stays"):
        body = {"stays": [stay(at, 3)]}
    asking = program(Role.EPIDEMIOLOGIST)
    answer = asking.call(method.upper(), address.format(row=row.pk, stay=made.pk), body)
    assert answer.status_code == 404


def test_whoever_does_not_investigate_reads_the_public_paper_alone(
    town: Town, row: Investigation, program: MakeProgram, at: datetime
) -> None:
    asking = program(Role.BULLETIN_OFFICER)
    assert asking.get(f"/investigations/{row.pk}/report/internal/pdf").status_code == 403
    assert asking.get(f"/investigations/{row.pk}/report/public/docx").status_code == 200
    assert asking.post(f"/investigations/{row.pk}/stays", {"stays": [stay(at, 3)]}).status_code == 403
