"""What changes the mind after a place was proposed or signed, and what happens when something is done twice."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from support import sites
from support import town as towns
from support.sites import Ground
from support.town import JINNAN, Town

from liankong.actions import Refused, isolation_trips
from liankong.protocols.words import Placement
from liankong.store.access import node_scope
from liankong.store.models import Contact, Entry, Hold, Inquiry, InquiryJob, Isolation
from liankong.vocabulary.facts import ContactReclassified, ContactRedated, ContactRejected, InquiryControlled
from liankong.vocabulary.kinds import InquirySubject, OrderState, PersonClass, Role
from liankong.vocabulary.spans import local_day

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def town(at: datetime) -> Iterator[Town]:
    with node_scope():
        yield towns.build(at)


@pytest.fixture
def ground(town: Town, at: datetime) -> Ground:
    return sites.build(town, at)


# --- what changes the mind ----------------------------------------------------------------------------------------


def test_a_promoted_contact_moves_from_home_to_a_site_when_that_is_signed_and_not_before(
    town: Town, ground: Ground, at: datetime
) -> None:
    home = sites.proposal(
        town, ground, at, classification=PersonClass.SECONDARY_CONTACT, protocol="CN-COV-v9"
    )
    sites.sign(town, home, at=at)
    isolation_trips.begin_home(isolation=home.pk, by=town[Role.DISPATCHER], at=at + HOUR)
    met = Contact.objects.get(pk=home.contact_id)
    met.classification = PersonClass.CLOSE_CONTACT
    met.save()
    later = at + 5 * HOUR
    fact = ContactReclassified(
        contact=met.pk, before=PersonClass.SECONDARY_CONTACT, after=PersonClass.CLOSE_CONTACT
    )
    sites.told(town, fact, met.pk, later)
    sites.told(town, fact, met.pk, later)
    home.refresh_from_db()
    move = Isolation.objects.get(contact=met, signed_at__isnull=True, released_at__isnull=True)
    assert home.released_at is None and move.placement == Placement.CENTRAL
    assert move.due_at == later + 8 * HOUR, "another class is another determination"
    sites.sign(town, move, at=later)
    home.refresh_from_db()
    assert home.released_at is None
    sites.bring(town, move, later + HOUR)
    home.refresh_from_db()
    assert home.ended == "moved"


def test_a_rejected_contact_is_not_fetched_and_the_room_is_free_again(
    town: Town, ground: Ground, at: datetime
) -> None:
    row = sites.proposal(town, ground, at)
    sites.sign(town, row, at=at)
    row.refresh_from_db()
    hold, trip = row.hold, row.trip
    sites.told(
        town,
        ContactRejected(contact=row.contact_id or 0, reason="other room"),
        row.contact_id or 0,
        at + HOUR,
    )
    row.refresh_from_db()
    assert row.ended == "not_a_contact" and row.order is not None
    row.order.refresh_from_db()
    assert row.order.state == OrderState.CANCELLED
    assert hold is not None and trip is not None
    hold.refresh_from_db()
    trip.refresh_from_db()
    assert hold.until_at == at + HOUR and trip.ended_at == at + HOUR
    assert sites.sign(town, sites.proposal(town, ground, at + HOUR), at=at + HOUR).signed


def test_a_rejected_contact_who_is_inside_is_proposed_for_release_and_signed_out_by_a_person(
    town: Town, ground: Ground, at: datetime
) -> None:
    row = sites.inside(town, ground, at)
    sites.told(
        town,
        ContactRejected(contact=row.contact_id or 0, reason="other room"),
        row.contact_id or 0,
        at + HOUR,
    )
    row.refresh_from_db()
    assert row.released_at is None and row.release_proposed_at == at + HOUR


def test_an_order_cancelled_at_the_orders_board_gives_room_and_van_back(
    town: Town, ground: Ground, at: datetime
) -> None:
    from liankong.store.isolation import call_off

    row = sites.proposal(town, ground, at)
    sites.sign(town, row, at=at)
    row.refresh_from_db()
    assert row.order is not None
    with sites.answered():
        from django.db import transaction

        with transaction.atomic():
            call_off(row.order, "wrong person", by=town[Role.COMMANDER], at=at + HOUR)
    row.refresh_from_db()
    assert row.ended == "order_cancelled"
    assert not Hold.objects.filter(until_at__isnull=True, released_at__isnull=True).exists()


def test_a_later_exposure_moves_the_day_of_release(town: Town, ground: Ground, at: datetime) -> None:
    row = sites.inside(town, ground, at)
    met = Contact.objects.get(pk=row.contact_id)
    met.last_exposed_at = at + timedelta(days=2)
    met.save()
    sites.told(town, ContactRedated(contact=met.pk, before=None, after=None), met.pk, at + timedelta(days=2))
    row.refresh_from_db()
    assert row.release_on == local_day(at) + timedelta(days=16)


def test_somebody_whom_another_city_asked_for_is_isolated_by_our_protocol(
    town: Town, ground: Ground, at: datetime
) -> None:
    person = sites.contact(town, ground, at).person
    job = InquiryJob.objects.create(division=JINNAN, receiver=town.district, person=person, opened_at=at)
    letter = Inquiry.objects.create(
        number="Q-1",
        outbreak=town.outbreak,
        division="120104",
        to_division=JINNAN,
        sender=town.city,
        receiver=town.district,
        subject=InquirySubject.PERSON,
        role=PersonClass.CLOSE_CONTACT,
        what="G123",
        last_exposed_at=at - timedelta(days=1),
        created_at=at,
        job=job,
    )
    sites.told(town, InquiryControlled(inquiry=letter.pk, job=job.pk, person=person.pk), letter.pk, at)
    row = Isolation.objects.get(inquiry=letter)
    assert (row.person, row.placement, row.due_at) == (person, Placement.CENTRAL, at + 8 * HOUR)
    assert row.release_on == local_day(at) + timedelta(days=13)


# --- doing it twice -------------------------------------------------------------------------------------------------


def test_every_tap_and_every_reaction_may_come_twice(town: Town, ground: Ground, at: datetime) -> None:
    met = sites.contact(town, ground, at)
    sites.sign_contact(town, met, at)
    sites.sign_contact(town, met, at)
    row = Isolation.objects.get()
    sites.sign(town, row, at=at)
    again = sites.sign(town, row, at=at + HOUR)
    assert again.signed == () and "signed or ended" in again.refused[row.pk].sentence()
    sites.bring(town, row, at)
    sites.bring(town, row, at + 5 * HOUR)
    row.refresh_from_db()
    assert row.arrived_at == at + timedelta(minutes=20)
    assert Entry.objects.filter(kind="PersonArrived", subject=row.pk).count() == 1


def test_a_trip_that_is_called_off_frees_the_van_and_keeps_the_room(
    town: Town, ground: Ground, at: datetime
) -> None:
    row = sites.proposal(town, ground, at)
    (trip,) = sites.sign(town, row, at=at).trips
    isolation_trips.call_off(trip=trip.pk, reason="tyre", by=town[Role.DISPATCHER], at=at + HOUR)
    row.refresh_from_db()
    assert row.trip is None and row.hold is not None and row.hold.until_at is None
    planned = isolation_trips.plan(by=town[Role.DISPATCHER], at=at + HOUR)
    assert [one.riders.count() for one in planned.trips] == [1]


def test_nobody_aboard_is_forgotten_by_calling_the_trip_off(town: Town, ground: Ground, at: datetime) -> None:
    row = sites.proposal(town, ground, at)
    (trip,) = sites.sign(town, row, at=at).trips
    isolation_trips.aboard(isolation=row.pk, by=town[Role.DISPATCHER], at=at)
    with pytest.raises(Refused, match="aboard"):
        isolation_trips.call_off(trip=trip.pk, reason="tyre", by=town[Role.DISPATCHER], at=at)


def test_a_proposal_that_was_never_signed_cannot_be_driven(town: Town, ground: Ground, at: datetime) -> None:
    row = sites.proposal(town, ground, at)
    with pytest.raises(Refused, match="signed"):
        isolation_trips.at_door(isolation=row.pk, by=town[Role.DISPATCHER], at=at)
