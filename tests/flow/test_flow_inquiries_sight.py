"""Headquarters see of an inquiry only what they were told, and answer for nobody but themselves."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from support import inquiries as story
from support.inquiries import NAME, NANKAI_HOME, NUMBER, Neighbours, signed_contact
from support.town import BUILDER

from liankong.actions import Refused, inquiries_in, inquiries_out, registry
from liankong.protocols.standing import IdentityField
from liankong.store import inquiries as store
from liankong.store.access import node_scope, scope
from liankong.store.models import Entry, Identity, Inquiry, InquiryJob, InquiryStep, Order, Outbox, Person
from liankong.vocabulary.kinds import InquiryState, OrderKind, Role

pytestmark = pytest.mark.django_db
S = InquiryState
HOUR = timedelta(hours=1)


@pytest.fixture
def near(at: datetime) -> Iterator[Neighbours]:
    with node_scope():
        yield story.build(at)


# --- sight ---------------------------------------------------------------------------------------------------


def test_a_third_district_sees_nothing_of_an_inquiry_between_two_others(
    near: Neighbours, at: datetime
) -> None:
    row = story.sent(near, at)
    story.receive(near, row, at)
    with scope(near.hexi.division):
        for model in (Inquiry, InquiryJob, InquiryStep, Outbox, Order):
            assert not model.objects.exists(), model.__name__
        assert not Entry.objects.filter(subject_kind__startswith="inquiry").exists()
        with pytest.raises(Refused, match="no such inquiry"):
            inquiries_in.reveal(inquiry=row.pk, why="curious", by=near.officer(near.hexi), at=at)
    with scope(near.town.district.division):
        assert Inquiry.objects.count() == 1 and InquiryStep.objects.count() == 3
        assert not InquiryJob.objects.exists(), "the receiver's work is the receiver's"


def test_the_receiver_reads_what_was_disclosed_and_not_the_senders_register(
    near: Neighbours, at: datetime
) -> None:
    row = story.sent(near, at)
    story.receive(near, row, at)
    by = near.officer(near.nankai)
    with scope(by.division, by.user):
        assert not Person.objects.exists() and not Identity.objects.exists()
        with pytest.raises(Refused):
            registry.reveal(person=row.person_id or 0, fields=("name",), why="inquiry", by=by, at=at)
        told = inquiries_in.reveal(inquiry=row.pk, why="to find them", by=by, at=at)
    assert told == {
        IdentityField.NAME: NAME,
        IdentityField.ID_NUMBER: NUMBER,
        IdentityField.PHONE: story.PHONE,
    }
    entry = Entry.objects.get(kind="InquiryRead")
    assert (entry.by, entry.division) == (by.user, near.nankai.division)
    assert entry.body == {"inquiry": row.pk, "fields": ["name", "id_number", "phone"], "why": "to find them"}


def test_whoever_is_no_party_reads_nothing_even_inside_the_jurisdiction(
    near: Neighbours, at: datetime
) -> None:
    row = story.sent(near, at)
    city = near.officer(near.town.city)
    with scope(city.division, city.user), pytest.raises(Refused, match="between other headquarters"):
        inquiries_in.reveal(inquiry=row.pk, why="the city is curious", by=city, at=at)


def test_nobody_answers_for_another_and_the_sender_does_not_answer_itself(
    near: Neighbours, at: datetime
) -> None:
    row = story.sent(near, at)
    with pytest.raises(Refused, match="another headquarters"):
        inquiries_in.receive(inquiries_of=[row.pk], by=near.officer(near.town.district), at=at)
    with pytest.raises(Refused, match="another headquarters"):
        inquiries_out.close(inquiries_of=[row.pk], by=near.officer(near.nankai), at=at)


def test_a_letter_does_not_open_the_receivers_register_to_its_sender(near: Neighbours, at: datetime) -> None:
    """The contact was found by number in Nankai's register: the letter carries what Jinnan may not read."""
    row = signed_contact(near, at)
    assert row is not None
    story.send(near, row, at)
    assert store.opened(row)[IdentityField.NAME] == NAME
    by = near.officer(near.town.district)
    with scope(by.division, by.user), pytest.raises(Refused, match="not of your register"):
        inquiries_in.reveal(inquiry=row.pk, why="curious", by=by, at=at)
    story.receive(near, row, at)
    to = near.officer(near.nankai)
    with scope(to.division, to.user):
        assert (
            inquiries_in.reveal(inquiry=row.pk, why="to find them", by=to, at=at)[IdentityField.NAME] == NAME
        )
    assert row.job.person is None or row.job.person == row.person


# --- the receiver's own register -----------------------------------------------------------------------------


def test_who_is_registered_at_the_receiver_is_linked_by_the_exact_id_number(
    near: Neighbours, at: datetime
) -> None:
    row = story.drafted(near, at)
    Identity.objects.filter(person=row.person_id).update(id_hash=None)  # entered there without the number
    own = story.known(at, division=NANKAI_HOME)
    story.send(near, row, at)
    story.receive(near, row, at)
    assert InquiryJob.objects.get().person == own
    story.advance(near, row, S.CONTROLLED, at)
    assert Entry.objects.get(kind="InquiryControlled").body["person"] == own.pk
    assert Order.objects.get(kind=OrderKind.INQUIRY).person == own


def test_a_subject_is_registered_at_the_receiver_from_what_was_disclosed(
    near: Neighbours, at: datetime
) -> None:
    row = story.sent(near, at)
    story.receive(near, row, at)
    by = near.officer(near.nankai)
    with scope(by.division, by.user):
        made = inquiries_in.register_subject(inquiry=row.pk, division=NANKAI_HOME, by=by, at=at)
        assert (made.division, made.sex, made.birth_date.isoformat()) == (NANKAI_HOME, "male", "1980-05-04")
        assert InquiryJob.objects.get().person == made
        opened = registry.reveal(person=made.pk, fields=("name", "id_number"), why="check", by=by, at=at)
    assert opened == {"name": NAME, "id_number": NUMBER}
    assert made.pk != row.person_id
    with pytest.raises(Refused, match="registered here already"):
        inquiries_in.register_subject(inquiry=row.pk, division=NANKAI_HOME, by=by, at=at)


def test_a_head_of_an_office_speaks_for_its_headquarters(near: Neighbours, at: datetime) -> None:
    from support import town as towns

    from liankong.actions import organisations
    from liankong.vocabulary.kinds import OrganisationKind

    office = organisations.found(
        code="nankai-office",
        kind=OrganisationKind.OFFICE,
        division=near.nankai.division,
        name="办公室",
        parent=near.nankai,
        from_at=at - HOUR,
        by=BUILDER,
        at=at - HOUR,
    )
    clerk = towns.seat(Role.INQUIRY_OFFICER, office, at=at - HOUR)
    row = story.sent(near, at)
    story.told(lambda: inquiries_in.receive(inquiries_of=[row.pk], by=clerk, at=at), clerk)
    row.refresh_from_db()
    assert row.state == S.RECEIVED
