"""Programs of headquarters that ask each other: each sees its own side."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from liankong.store.access import node_scope
from liankong.store.log import Actor
from liankong.store.models import Entry, Inquiry
from liankong.vocabulary.kinds import InquiryState
from tests.support import inquiries as story
from tests.support.inquiries import NAME, NUMBER, Neighbours
from tests.support.programs import problem

if TYPE_CHECKING:
    from tests.support.programs import Program
    from tests.support.town import Town

pytestmark = pytest.mark.django_db
S = InquiryState


@pytest.fixture
def near(town: "Town", at: datetime) -> Neighbours:
    with node_scope():
        return story.build(at, town)


def test_a_program_drafts_previews_sends_and_the_other_side_works_it_off(
    near: Neighbours, program: "Callable[[Actor], Program]", at: datetime
) -> None:
    with node_scope():
        person = story.known(at, division="120112001001").pk
    asker, asked = (program(near.officer(body)) for body in (near.town.district, near.nankai))
    letter = {
        "subject": "person",
        "person": person,
        "role": "close_contact",
        "what": "dinner",
        "whereabouts": "120104",
    }
    made = asker.post("/inquiries", letter, **{"Idempotency-Key": "a"})
    assert made.status_code == 201, made.content
    key = made.json()["id"]
    again = asker.post("/inquiries", letter, **{"Idempotency-Key": "a"})
    assert again.json()["id"] == key and again["Idempotency-Replayed"] == "true"
    told = asker.get(f"/inquiries/{key}/disclosure").json()
    assert told["fields_told"] == ["name", "id_number", "phone"]
    problem(asked.get(f"/inquiries/{key}"), 404)
    sent = story.told(lambda: asker.post("/inquiries/send", {"inquiries": [key]}))
    assert [one["state"] for one in sent.json()] == ["issued"]
    listed = asked.get("/inquiries?box=in").json()["items"]
    assert [one["id"] for one in listed] == [key]
    assert NAME not in str(listed) and NUMBER not in str(listed)
    assert (
        story.told(lambda: asked.post("/inquiries/receive", {"inquiries": [key]})).json()[0]["state"]
        == "received"
    )
    early = problem(asked.post(f"/inquiries/{key}/step", {"state": "verified"}), 422)
    assert "cannot become" in early["detail"]
    for state in ("controlled", "verified"):
        story.told(lambda state=state: asked.post(f"/inquiries/{key}/step", {"state": state}))
    refused = problem(asked.post(f"/inquiries/{key}/answer", {"answer": "", "outcome": "home"}), 422)
    assert refused["field"] == "answer"
    told = {"answer": "watched at home", "outcome": "home", "figures": {"tests": 2}}
    story.told(lambda: asked.post(f"/inquiries/{key}/answer", told))
    whole = asker.get(f"/inquiries/{key}").json()
    assert (whole["state"], whole["outcome"], whole["owed_by"]) == ("feedback", "home", near.town.district.pk)
    assert [step["state"] for step in whole["steps"]][-2:] == ["home", "feedback"]
    back = asker.post(f"/inquiries/{key}/ask-again", {"reason": "no test result"})
    assert back.json()["state"] == "received"


def test_a_third_program_sees_nothing_and_the_receiver_opens_only_the_letter(
    near: Neighbours, program: "Callable[[Actor], Program]", at: datetime
) -> None:
    with node_scope():
        row = story.sent(near, at)
    third, asked = (program(near.officer(body)) for body in (near.hexi, near.nankai))
    assert third.get("/inquiries").json()["items"] == []
    for call in (
        "step",
        "answer",
        "forward",
        "reveal",
        "link",
        "register",
        "discard",
        "ask-again",
        "address",
    ):
        body = {
            "state": "controlled", "answer": "x", "receiver": near.hexi.pk, "reason": "x", "why": "curious",
            "person": 1, "division": "120103",
        }  # fmt: skip
        problem(third.post(f"/inquiries/{row.pk}/{call}", body), 404)
    problem(asked.post(f"/persons/{row.person_id}/reveal", {"fields": ["name"], "why": "inquiry"}), 404)
    assert problem(asked.post(f"/inquiries/{row.pk}/reveal", {"why": "x"}), 422)["field"] == "why"
    opened = asked.post(f"/inquiries/{row.pk}/reveal", {"why": "to find them"}).json()
    assert opened["values"] == {"name": NAME, "id_number": NUMBER, "phone": story.PHONE}
    with node_scope():
        assert Entry.objects.get(kind="InquiryRead").body["why"] == "to find them"


def test_what_is_forwarded_registered_and_closed_by_programs(
    near: Neighbours, program: "Callable[[Actor], Program]", at: datetime
) -> None:
    with node_scope():
        row = story.sent(near, at)
        story.receive(near, row, at)
    asked, third = (program(near.officer(body)) for body in (near.nankai, near.hexi))
    registered = asked.post(f"/inquiries/{row.pk}/register", {"division": story.NANKAI_HOME})
    assert registered.status_code == 200, registered.content
    gone = story.told(
        lambda: asked.post(f"/inquiries/{row.pk}/forward", {"receiver": near.hexi.pk, "reason": "moved"})
    ).json()
    assert asked.get(f"/inquiries/{row.pk}").json()["owed_by"] == near.nankai.pk
    onward = gone[0]["id"]
    story.told(lambda: third.post("/inquiries/receive", {"inquiries": [onward]}))
    story.told(
        lambda: third.post(f"/inquiries/{onward}/answer", {"answer": "abroad", "outcome": "not_found"})
    )
    sender = program(near.officer(near.town.district))
    assert sender.get(f"/inquiries/{row.pk}").json()["answer"] == "abroad"
    closed = story.told(lambda: sender.post("/inquiries/close", {"inquiries": [row.pk]}))
    assert closed.json()[0]["state"] == "closed"
    with node_scope():
        assert not Inquiry.objects.exclude(state=S.CLOSED).exists()


def test_a_draft_is_addressed_and_discarded(
    near: Neighbours, program: "Callable[[Actor], Program]", at: datetime
) -> None:
    with node_scope():
        row = story.drafted(near, at)
    sender = program(near.officer(near.town.district))
    assert (
        sender.post(f"/inquiries/{row.pk}/address", {"receiver": near.hexi.pk}).json()["receiver"]
        == near.hexi.pk
    )
    wrong = problem(sender.post(f"/inquiries/{row.pk}/address", {"receiver": near.town.district.pk}), 422)
    assert wrong["field"] == "receiver"
    assert sender.post(f"/inquiries/{row.pk}/discard", {"reason": "came home"}).json()["state"] == "closed"


def test_a_token_without_the_right_sends_nothing(
    near: Neighbours, program: "Callable[..., Program]", at: datetime
) -> None:
    with node_scope():
        row = story.drafted(near, at)
    reader = program(near.officer(near.town.district), "look", "inquiries.handle")
    problem(reader.post("/inquiries/send", {"inquiries": [row.pk]}), 403)
