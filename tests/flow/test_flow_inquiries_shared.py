"""Many ask for one, and one is passed on: every asker is answered, and nobody is told more than they may know."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from support import inquiries as story
from support.inquiries import NANKAI_HOME, NUMBER, Neighbours

from liankong.actions import Refused, inquiries_in, inquiries_out
from liankong.store import inquiries as store
from liankong.store.access import node_scope
from liankong.store.models import Entry, Identity, Inquiry, InquiryJob, Order
from liankong.vocabulary.kinds import InquiryState, InquirySubject, OrderKind

pytestmark = pytest.mark.django_db
S = InquiryState
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def near(at: datetime) -> Iterator[Neighbours]:
    with node_scope():
        yield story.build(at)


# --- many ask for one ----------------------------------------------------------------------------------------


def test_three_cities_ask_for_one_person_and_get_three_answers_from_one_job(
    near: Neighbours, at: datetime
) -> None:
    first = story.sent(near, at)
    # Hexi knows the phone and the name only, the other city has the ID number from its own interview.
    second = story.sent(near, at + MINUTE, sender=near.hexi, number="")
    Identity.objects.filter(person=first.person_id).update(id_hash=None)
    third = story.sent(near, at + 2 * MINUTE, sender=near.other, phone="+8613900000000")
    assert InquiryJob.objects.count() == 1
    assert first.job == second.job == third.job
    merged = Entry.objects.filter(kind="InquiryDelivered").order_by("pk")
    assert [entry.body["merged"] for entry in merged] == [False, True, True]
    for row in (first, second):
        story.receive(near, row, at + 5 * MINUTE)
    assert Order.objects.filter(kind=OrderKind.INQUIRY).count() == 1
    story.advance(near, first, S.CONTROLLED, at + HOUR)
    # The third is acknowledged late: it stands at once where the work stands.
    story.receive(near, third, at + 2 * HOUR)
    assert (third.state, third.controlled_at) == (S.CONTROLLED, at + HOUR)
    story.advance(near, second, S.VERIFIED, at + 3 * HOUR)
    story.answer(near, third, at + 4 * HOUR, outcome=S.HOME, text="watched at home")
    for row in (first, second, third):
        row.refresh_from_db()
        assert (row.state, row.outcome, row.answer) == (S.FEEDBACK, S.HOME, "watched at home")
    for row in (first, second):
        story.close(near, row, at + 5 * HOUR)
    assert InquiryJob.objects.get().closed_at is None
    story.close(near, third, at + 6 * HOUR)
    assert InquiryJob.objects.get().closed_at == at + 6 * HOUR


def test_a_family_that_shares_a_phone_is_not_one_person(near: Neighbours, at: datetime) -> None:
    story.sent(near, at, number="")
    story.sent(near, at, sender=near.hexi, number="", name="丁戊")
    assert InquiryJob.objects.count() == 2


def test_a_letter_that_comes_after_the_answer_is_answered_by_it(near: Neighbours, at: datetime) -> None:
    first = story.sent(near, at)
    story.receive(near, first, at)
    story.advance(near, first, S.CONTROLLED, at)
    story.advance(near, first, S.VERIFIED, at)
    story.answer(near, first, at, outcome=S.TRANSFERRED)
    second = story.sent(near, at + HOUR, sender=near.hexi, number="")
    story.receive(near, second, at + HOUR)
    assert second.state == S.TRANSFERRED
    story.answer(near, second, at + HOUR)
    assert second.outcome == S.TRANSFERRED


# --- forwarding ----------------------------------------------------------------------------------------------


def test_the_forwarder_owes_it_until_the_next_ones_receipt_and_the_answer_comes_back_through_it(
    near: Neighbours, at: datetime
) -> None:
    row = story.sent(near, at)
    story.receive(near, row, at)
    onward = story.forward(near, row, near.hexi, at + HOUR)
    assert (row.state, row.handed_over_at) == (S.FORWARDED, None)
    assert store.owed_by(row) == near.nankai.pk
    assert onward.receive_by == at + HOUR + 30 * MINUTE
    story.receive(near, onward, at + 2 * HOUR)
    row.refresh_from_db()
    assert row.handed_over_at == at + 2 * HOUR
    assert store.owed_by(row) == near.hexi.pk
    further = story.forward(near, onward, near.other, at + 3 * HOUR)
    assert store.owed_by(row) == near.hexi.pk
    story.receive(near, further, at + 4 * HOUR)
    assert store.owed_by(row) == near.other.pk
    story.advance(near, further, S.CONTROLLED, at + 4 * HOUR)
    story.advance(near, further, S.VERIFIED, at + 5 * HOUR)
    story.answer(near, further, at + 6 * HOUR, outcome=S.HOME, text="watched at home in the other city")
    for leg in (row, onward, further):
        leg.refresh_from_db()
    assert (row.state, row.outcome) == (S.FEEDBACK, S.HOME)
    assert row.answer == "watched at home in the other city"
    assert (onward.state, further.state) == (S.CLOSED, S.CLOSED)
    assert store.owed_by(row) == near.town.district.pk
    story.close(near, row, at + 7 * HOUR)
    assert store.owed_by(row) is None
    assert not InquiryJob.objects.filter(closed_at__isnull=True).exists()


def test_an_inquiry_is_not_sent_in_circles(near: Neighbours, at: datetime) -> None:
    row = story.sent(near, at)
    story.receive(near, row, at)
    for back in (near.town.district, near.nankai):
        with pytest.raises(Refused, match="had this inquiry"):
            story.forward(near, row, back, at)
    onward = story.forward(near, row, near.hexi, at)
    story.receive(near, onward, at)
    with pytest.raises(Refused, match="had this inquiry"):
        story.forward(near, onward, near.town.district, at)


def test_a_forwarder_passes_on_no_more_than_it_was_told(near: Neighbours, at: datetime) -> None:
    row = story.sent(near, at)
    story.receive(near, row, at)
    story.told(
        lambda: inquiries_in.register_subject(
            inquiry=row.pk, division=NANKAI_HOME, by=near.officer(near.nankai), at=at
        )
    )
    onward = story.forward(near, row, near.hexi, at)
    assert onward.disclosed == row.disclosed
    assert store.opened(onward) == store.opened(row)
    assert onward.person is None and onward.contact is None


def test_several_askers_are_all_forwarded_and_all_answered(near: Neighbours, at: datetime) -> None:
    first = story.sent(near, at)
    second = story.sent(near, at, sender=near.hexi, number="")
    for row in (first, second):
        story.receive(near, row, at)
    story.forward(near, first, near.other, at + HOUR)
    second.refresh_from_db()
    assert second.state == S.FORWARDED
    legs = list(Inquiry.objects.filter(receiver=near.other).order_by("pk"))
    assert len(legs) == 2 and legs[0].job == legs[1].job
    for leg in legs:
        story.receive(near, leg, at + HOUR)
    story.answer(near, legs[0], at + 2 * HOUR, outcome=S.NOT_FOUND, text="gone abroad")
    for row in (first, second):
        row.refresh_from_db()
        assert (row.state, row.answer) == (S.FEEDBACK, "gone abroad")


# --- trips, places, goods ------------------------------------------------------------------------------------


def test_two_cities_ask_for_one_train_and_nothing_of_a_person_travels(near: Neighbours, at: datetime) -> None:
    def ask(sender: object, vehicle: str) -> Inquiry:
        by = near.officer(sender)  # type: ignore[arg-type]  # an organisation
        asked = inquiries_out.Asked(
            subject=InquirySubject.TRIP,
            what="Tianjin South to Zhumadian West",
            vehicle=vehicle,
            seat="5 车",
            last_exposed_at=at - 3 * HOUR,
            whereabouts=story.OTHER_CITY,
        )
        row = story.told(lambda: inquiries_out.draft(asked=asked, by=by, at=at), by)
        story.send(near, row, at)
        return row

    first, second = ask(near.town.district, "g1709"), ask(near.hexi, "G 1709")
    assert first.receiver == near.other
    assert first.disclosed == [] and bytes(first.disclosed_sealed) == b""
    assert first.job == second.job
    assert first.control_by is None
    story.receive(near, first, at)
    story.answer(near, first, at, outcome=S.VERIFIED, text="61 passengers found, 61 in isolation")
    assert first.state == S.FEEDBACK


def test_a_text_that_names_somebody_is_refused(near: Neighbours, at: datetime) -> None:
    by = near.officer(near.town.district)
    for text in (f"dinner with {NUMBER}", "call 138 0013 8000"):
        with pytest.raises(Refused, match="sealed fields") as refused:
            inquiries_out.draft(
                asked=inquiries_out.Asked(subject=InquirySubject.PLACE, what=text, whereabouts=story.HEXI),
                by=by,
                at=at,
            )
        assert text not in str(refused.value) and refused.value.field == "what"
