"""A contact is elsewhere: drafted by a rule, sent by a person, delivered once, worked on, answered in time."""

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from support import inquiries as story
from support.inquiries import NAME, NUMBER, Neighbours, signed_contact
from support.town import BUILDER, COMMUNITY

from liankong import flow
from liankong.actions import Refused, inquiries, inquiries_out
from liankong.protocols.standing import IdentityField
from liankong.store import inquiries as store
from liankong.store import log
from liankong.store.access import node_scope, scope
from liankong.store.models import Entry, Inquiry, InquiryJob, InquiryStep, Order, Outbox
from liankong.vocabulary.kinds import InquiryState, OrderKind, OrderState, StayMode

pytestmark = pytest.mark.django_db
S = InquiryState
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def near(at: datetime) -> Iterator[Neighbours]:
    with node_scope():
        yield story.build(at)


# --- drafts --------------------------------------------------------------------------------------------------


def test_a_contact_in_another_city_is_asked_for_once(near: Neighbours, at: datetime) -> None:
    row = signed_contact(near, at, story.OTHER_DISTRICT)
    assert row is not None
    assert (row.state, row.sender, row.receiver) == (S.DRAFT, near.town.district, near.other)
    assert row.whereabouts == story.OTHER_DISTRICT
    # Signed again, run again: the same question is not asked twice.
    story.signed(row.contact, at + HOUR)
    for entry in Entry.objects.filter(kind="ContactsSigned"):
        flow.answer_now([("inquiries.draft_if_elsewhere", entry.pk)])
    assert Inquiry.objects.count() == 1
    # Nor after it was answered and closed: it was the same exposure.
    story.send(near, row, at)
    story.receive(near, row, at)
    story.answer(near, row, at, outcome=S.NOT_FOUND, text="never lived there")
    story.close(near, row, at)
    story.signed(row.contact, at + 3 * HOUR)
    assert Inquiry.objects.count() == 1
    # A later exposure is a new question.
    row.contact.last_exposed_at = at + 5 * HOUR
    row.contact.save()
    story.signed(row.contact, at + 6 * HOUR)
    assert Inquiry.objects.count() == 2


def test_a_contact_at_home_needs_no_inquiry(near: Neighbours, at: datetime) -> None:
    assert signed_contact(near, at, COMMUNITY) is None
    assert not Inquiry.objects.exists()


def test_a_contact_where_nobody_answers_goes_to_the_next_higher_headquarters(
    near: Neighbours, at: datetime
) -> None:
    inside = signed_contact(near, at, "120105001001")
    assert inside is not None and inside.receiver == near.town.city
    person = story.known(at, division="310101001001", number="", phone="+8613900139000")
    contact = story.contact_of(story.case_in_jinnan(near, at), person, at)
    story.signed(contact, at)
    outside = Inquiry.objects.get(contact=contact)
    assert outside.receiver == near.town.city, (
        "no headquarters of Shanghai is on this node: our superior passes it on"
    )


def test_where_somebody_was_seen_after_the_exposure_counts_before_where_they_live(
    near: Neighbours, at: datetime
) -> None:
    person = story.known(at, division=COMMUNITY)
    contact = story.contact_of(story.case_in_jinnan(near, at), person, at, met_at=at - 20 * HOUR)
    for division, hours in (("120103001001", 2), ("411702001001", 60)):
        person.stays.create(
            division=division,
            place_text="hotel",
            from_at=at - hours * HOUR - HOUR,
            until_at=at - hours * HOUR,
            mode=StayMode.OTHER,
            recorded_at=at,
        )
    story.signed(contact, at)
    assert Inquiry.objects.get().receiver == near.hexi


def test_a_draft_holds_no_value_of_the_register(near: Neighbours, at: datetime) -> None:
    row = signed_contact(near, at)
    assert row is not None
    assert row.disclosed == ["name", "id_number", "phone"]
    assert bytes(row.disclosed_sealed) == b"" and row.subject_keys == []
    assert not Outbox.objects.exists()


def test_a_draft_is_the_senders_alone_until_it_is_sent(near: Neighbours, at: datetime) -> None:
    row = story.drafted(near, at)
    with scope(near.nankai.division):
        assert not Inquiry.objects.exists() and not InquiryStep.objects.exists()
    story.send(near, row, at)
    with scope(near.nankai.division):
        assert Inquiry.objects.get() == row


def test_a_rule_drafts_and_only_a_person_sends(near: Neighbours, at: datetime) -> None:
    row = signed_contact(near, at)
    assert row is not None
    with pytest.raises(PermissionError):
        inquiries_out.send(inquiries_of=[row.pk], by=log.Actor(rule="flow:anything"), at=at)


def test_drafts_are_sent_all_or_none(near: Neighbours, at: datetime) -> None:
    first = story.drafted(near, at)
    second = story.drafted(near, at, number="", phone="+8613900139000")
    Inquiry.objects.filter(pk=second.pk).update(receiver=None)
    by = near.officer(near.town.district)
    with pytest.raises(Refused, match="no addressee"):
        inquiries_out.send(inquiries_of=[first.pk, second.pk], by=by, at=at)
    assert set(Inquiry.objects.values_list("state", flat=True)) == {S.DRAFT}
    inquiries_out.address(inquiry=second.pk, receiver=near.hexi.pk, by=by, at=at)
    assert len(inquiries_out.send(inquiries_of=[first.pk, second.pk], by=by, at=at)) == 2


def test_a_discarded_draft_asked_nobody(near: Neighbours, at: datetime) -> None:
    row = story.drafted(near, at)
    by = near.officer(near.town.district)
    with pytest.raises(Refused, match="say why"):
        inquiries_out.discard(inquiry=row.pk, reason=" ", by=by, at=at)
    inquiries_out.discard(inquiry=row.pk, reason="came home", by=by, at=at)
    row.refresh_from_db()
    assert (row.state, row.issued_at) == (S.CLOSED, None)
    with pytest.raises(Refused, match="sent already"):
        inquiries_out.send(inquiries_of=[row.pk], by=by, at=at)


def test_numbers_run_by_division_and_year(near: Neighbours, at: datetime) -> None:
    numbers = [
        story.drafted(near, at, number="", phone="").number,
        story.drafted(near, at, number="", phone="").number,
        story.drafted(near, at, number="", phone="", sender=near.hexi).number,
        story.drafted(near, at + timedelta(days=365), number="", phone="").number,
    ]
    assert numbers == [
        "协查〔2022〕120112-0001号",
        "协查〔2022〕120112-0002号",
        "协查〔2022〕120103-0001号",
        "协查〔2023〕120112-0001号",
    ]


def test_the_database_keeps_one_open_inquiry_for_one_contact(near: Neighbours, at: datetime) -> None:
    from django.db import IntegrityError

    row = signed_contact(near, at)
    assert row is not None
    row.pk, row.number, row.message = None, "another", uuid.uuid4()
    with pytest.raises(IntegrityError, match="inquiry_contact_once"), transaction.atomic():
        row.save(force_insert=True)


# --- delivery ------------------------------------------------------------------------------------------------


def test_sending_starts_the_clocks_and_lays_the_letter_before_the_receiver(
    near: Neighbours, at: datetime
) -> None:
    row = story.sent(near, at)
    assert row.state == S.ISSUED and row.delivered_at == at
    assert row.receive_by == at + 30 * MINUTE
    assert row.control_by == at + 3 * HOUR
    assert row.feedback_by == at + 24 * HOUR
    assert row.due_at == row.receive_by
    message = Outbox.objects.get()
    assert (message.receipt_at, message.attempts, bytes(message.body_sealed)) == (at, 1, b"")
    assert NAME not in str(message.body) and NUMBER not in str(message.body)
    job = InquiryJob.objects.get()
    assert (job.receiver, row.job) == (near.nankai, job)


def test_a_message_delivered_twice_makes_one_row_and_one_job(near: Neighbours, at: datetime) -> None:
    row = story.sent(near, at)
    Outbox.objects.update(receipt_at=None)
    inquiries.deliver_waiting(by=BUILDER, at=at + MINUTE)
    for entry in Entry.objects.filter(kind="InquirySent"):
        flow.answer_now([("inquiries.deliver", entry.pk)])
    assert Inquiry.objects.count() == InquiryJob.objects.count() == 1
    assert Entry.objects.filter(kind="InquiryDelivered", subject=row.pk).count() == 1
    assert Outbox.objects.get().receipt_at is not None


def test_a_letter_whose_delivery_failed_arrives_with_the_next_minute(near: Neighbours, at: datetime) -> None:
    row = story.drafted(near, at)
    with log.collecting():  # the worker is down: nothing follows
        inquiries_out.send(inquiries_of=[row.pk], by=near.officer(near.town.district), at=at)
    assert not InquiryJob.objects.exists()
    assert inquiries.deliver_waiting(by=BUILDER, at=at + 5 * MINUTE) == 1
    row.refresh_from_db()
    assert row.delivered_at == at + 5 * MINUTE
    assert row.receive_by == at + 30 * MINUTE, "the clock runs from the signature, not from the worker"


def test_a_message_of_another_node_becomes_a_row_here(near: Neighbours, at: datetime) -> None:
    """What a peer's outbox will bring: the body alone is enough."""
    row = story.drafted(near, at)
    with log.collecting():
        inquiries_out.send(inquiries_of=[row.pk], by=near.officer(near.town.district), at=at)
    message = Outbox.objects.get()
    # As if the sender's row were on the other node.
    Inquiry.objects.filter(pk=row.pk).update(message=None)
    inquiries.deliver_waiting(by=BUILDER, at=at)
    made = Inquiry.objects.get(message=message.message)
    assert (made.receiver, made.sender_name, made.their_number) == (near.nankai, "jinnan", row.number)
    assert store.opened(made)[IdentityField.NAME] == NAME


# --- the work ------------------------------------------------------------------------------------------------


def test_the_whole_way_of_a_contact_elsewhere(near: Neighbours, at: datetime) -> None:
    row = story.sent(near, at)
    assert store.owed_by(row) == near.town.district.pk, "until the receipt, the sender owes it"
    story.receive(near, row, at + 10 * MINUTE)
    assert store.owed_by(row) == near.nankai.pk
    order = Order.objects.get(kind=OrderKind.INQUIRY)
    assert (order.issuer, order.due_at, order.title) == (near.nankai, at + 3 * HOUR, row.number)
    assert NAME not in order.title + order.text
    story.advance(near, row, S.CONTROLLED, at + HOUR)
    order.refresh_from_db()
    assert order.state == OrderState.DONE
    controlled = Entry.objects.get(kind="InquiryControlled")
    assert controlled.body == {"inquiry": row.pk, "job": row.job_id, "person": None}
    assert controlled.division == near.nankai.division
    story.advance(near, row, S.VERIFIED, at + 2 * HOUR)
    story.answer(near, row, at + 4 * HOUR, outcome=S.TRANSFERRED)
    assert (row.state, row.outcome, row.answer) == (S.FEEDBACK, S.TRANSFERRED, "at site 3")
    assert store.owed_by(row) == near.town.district.pk
    story.close(near, row, at + 5 * HOUR)
    assert row.state == S.CLOSED and store.owed_by(row) is None
    assert InquiryJob.objects.get().closed_at == at + 5 * HOUR
    states = list(InquiryStep.objects.filter(inquiry=row).order_by("pk").values_list("state", flat=True))
    assert states == [
        "draft", "issued", "received", "controlled", "verified", "transferred", "feedback", "closed",
    ]  # fmt: skip


def test_what_was_disclosed_goes_when_the_inquiry_is_closed(near: Neighbours, at: datetime) -> None:
    row = story.sent(near, at)
    assert row.disclosed == ["name", "id_number", "phone"] and row.subject_keys
    story.receive(near, row, at)
    story.answer(near, row, at, outcome=S.NOT_FOUND, text="wrong number")
    story.close(near, row, at)
    assert bytes(row.disclosed_sealed) == b"" and row.subject_keys == []
    assert row.disclosed == ["name", "id_number", "phone"], "which fields were told stays on record"


def test_what_was_disclosed_goes_when_the_outbreak_ends(near: Neighbours, at: datetime) -> None:
    row = story.sent(near, at)
    assert inquiries.forget(by=BUILDER, at=at + HOUR) == 0
    row.outbreak.closed_at = at + 2 * HOUR
    row.outbreak.save()
    assert inquiries.forget(by=BUILDER, at=at + 3 * HOUR) == 1
    row.refresh_from_db()
    assert bytes(row.disclosed_sealed) == b"" and row.subject_keys == []


def test_a_person_is_controlled_before_anything_else_is_found_out(near: Neighbours, at: datetime) -> None:
    row = story.sent(near, at)
    with pytest.raises(Refused, match="acknowledge"):
        story.advance(near, row, S.CONTROLLED, at)
    story.receive(near, row, at)
    with pytest.raises(Refused, match="cannot become"):
        story.advance(near, row, S.VERIFIED, at)
    with pytest.raises(Refused, match="say why"):
        story.advance(near, row, S.NOT_FOUND, at)
    with pytest.raises(Refused, match="no outcome"):
        story.answer(near, row, at)


def test_an_answer_that_is_not_enough_goes_back(near: Neighbours, at: datetime) -> None:
    row = story.sent(near, at)
    story.receive(near, row, at)
    story.answer(near, row, at, outcome=S.NOT_FOUND, text="no answer on the phone")
    by = near.officer(near.town.district)
    story.told(
        lambda: inquiries_out.ask_again(inquiry=row.pk, reason="knock at the door", by=by, at=at + HOUR), by
    )
    row.refresh_from_db()
    assert (row.state, row.outcome, row.feedback_by) == (S.RECEIVED, "", at + 25 * HOUR)
    assert store.owed_by(row) == near.nankai.pk
    story.advance(near, row, S.CONTROLLED, at + 2 * HOUR)
    story.advance(near, row, S.VERIFIED, at + 2 * HOUR)
    story.answer(near, row, at + 3 * HOUR, outcome=S.HOME)
    story.close(near, row, at + 3 * HOUR)
    assert row.outcome == S.HOME


# --- clocks --------------------------------------------------------------------------------------------------


def test_each_clock_rings_once_and_an_unread_letter_becomes_an_order_that_escalates(
    near: Neighbours, at: datetime
) -> None:
    row = story.sent(near, at)
    ring = lambda minutes: inquiries.mark_overdue(by=BUILDER, at=at + minutes * MINUTE)  # noqa: E731
    assert ring(30) == 0
    assert ring(31) == 1
    assert ring(32) == 0
    order = Order.objects.get(kind=OrderKind.INQUIRY)
    assert order.addressee == near.nankai
    assert ring(181) == 1
    story.receive(near, row, at + 200 * MINUTE)
    assert Order.objects.filter(kind=OrderKind.INQUIRY).count() == 1
    assert ring(24 * 60 + 1) == 1
    assert ring(30 * 60) == 0
    rung = Entry.objects.filter(kind="InquiryOverdue").order_by("pk")
    assert [entry.body["clock"] for entry in rung] == ["receive", "control", "feedback"]
    row.refresh_from_db()
    assert row.overdue_at == at + 31 * MINUTE


def test_what_was_controlled_in_time_rings_for_nothing_but_its_answer(near: Neighbours, at: datetime) -> None:
    row = story.sent(near, at)
    story.receive(near, row, at + MINUTE)
    story.advance(near, row, S.CONTROLLED, at + HOUR)
    assert row.due_at == at + 24 * HOUR
    assert inquiries.mark_overdue(by=BUILDER, at=at + 5 * HOUR) == 0
