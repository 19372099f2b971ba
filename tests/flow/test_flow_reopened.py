"""A contact becomes a case, the case is excluded, the contact is followed again: a place is proposed anew, once."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from support import rows, sites
from support import town as towns
from support.sites import Ground
from support.town import COMMUNITY, Town

from liankong import flow
from liankong.actions import cases, isolation_trips, lab
from liankong.protocols.words import Placement
from liankong.store.access import node_scope
from liankong.store.models import Case, Contact, Entry, Hold, Isolation, Order
from liankong.vocabulary.kinds import ContactState, OrderState, PersonClass, ResultValue, Role

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
CLOSE = PersonClass.CLOSE_CONTACT


@pytest.fixture
def town(at: datetime) -> Iterator[Town]:
    with node_scope():
        yield towns.build(at)


@pytest.fixture
def ground(town: Town, at: datetime) -> Ground:
    sites.hospital(at)
    return sites.build(town, at)


def found_positive(town: Town, contact: Contact, at: datetime) -> Case:
    """The contact's own tube is positive, and everything that follows has followed."""
    by = town[Role.LAB_OFFICER]
    lab.register_tube(
        code="T1", kind="single", persons=[contact.person_id], division=COMMUNITY,
        sampled_at=at - HOUR, by=by, at=at,
    )  # fmt: skip
    with sites.answered():
        lab.report_result(tube="T1", value=ResultValue.POSITIVE, by=by, at=at)
    contact.refresh_from_db()
    assert contact.state == ContactState.CASE
    return Case.objects.get(person=contact.person_id)


def exclude(town: Town, case: Case, at: datetime) -> None:
    with sites.answered():
        cases.classify(
            case=case.pk,
            classification=PersonClass.EXCLUDED,
            reason="second laboratory negative",
            by=town[Role.CLINICIAN],
            at=at,
        )


def waiting(contact: Contact) -> list[Isolation]:
    found = Isolation.objects.filter(
        person=contact.person_id, released_at__isnull=True, signed_at__isnull=True
    )
    return list(found.select_related("order").order_by("pk"))


def proposed_since(contact: Contact, moment: datetime) -> list[Any]:
    """What was proposed for the contact from a moment on, as the log tells it."""
    mine = Isolation.objects.filter(person=contact.person_id).values_list("pk", flat=True)
    told = Entry.objects.filter(kind="TransferProposed", subject__in=mine, occurred_at__gte=moment)
    return [entry.body["placement"] for entry in told.order_by("pk")]


def test_who_was_brought_to_hospital_as_a_case_is_proposed_a_room_again_when_the_case_is_excluded(
    town: Town, ground: Ground, at: datetime
) -> None:
    room = sites.inside(town, ground, at)
    contact = Contact.objects.get(pk=room.contact_id)
    case = found_positive(town, contact, at + 5 * HOUR)
    (move,) = waiting(contact)
    assert move.placement == Placement.HOSPITAL
    assert sites.sign(town, move, at=at + 6 * HOUR).signed == (move.pk,)
    sites.bring(town, move, at + 7 * HOUR)
    room.refresh_from_db()
    assert room.ended == "moved" and not waiting(contact)

    out = at + 30 * HOUR
    exclude(town, case, out)
    contact.refresh_from_db()
    assert contact.state == ContactState.CONTROLLED
    (again,) = waiting(contact)
    assert (again.placement, again.infected, again.contact_id) == (Placement.CENTRAL, False, contact.pk)
    assert again.due_at == out + 8 * HOUR, "the clock runs from the exclusion"
    assert again.release_on == contact.release_on, "the days still count from the last exposure"
    assert again.order is not None and again.order.state == OrderState.DRAFT
    assert proposed_since(contact, out) == [Placement.CENTRAL]
    assert sites.sign(town, again, at=out).signed == (again.pk,), "and it can be signed like any other"


def test_who_was_not_fetched_yet_stays_in_their_room_and_counts_as_healthy_there(
    town: Town, ground: Ground, at: datetime
) -> None:
    room = sites.inside(town, ground, at)
    contact = Contact.objects.get(pk=room.contact_id)
    case = found_positive(town, contact, at + 5 * HOUR)
    (move,) = waiting(contact)
    room.refresh_from_db()
    assert room.infected

    out = at + 6 * HOUR
    exclude(town, case, out)
    room.refresh_from_db()
    move.refresh_from_db()
    assert (room.infected, room.released_at) == (False, None)
    assert move.ended == "case_excluded"
    assert Order.objects.get(pk=move.order_id).state == OrderState.CANCELLED
    assert not waiting(contact) and proposed_since(contact, out) == []
    assert room.release_on == Contact.objects.get(pk=contact.pk).release_on


def test_a_signed_way_to_hospital_is_called_off_and_van_and_nobodys_room_are_held_for_it(
    town: Town, ground: Ground, at: datetime
) -> None:
    room = sites.inside(town, ground, at)
    contact = Contact.objects.get(pk=room.contact_id)
    case = found_positive(town, contact, at + 5 * HOUR)
    (move,) = waiting(contact)
    sites.sign(town, move, at=at + 6 * HOUR)
    move.refresh_from_db()
    assert move.trip is not None and move.trip.hold is not None

    exclude(town, case, at + 7 * HOUR)
    move.refresh_from_db()
    assert move.ended == "case_excluded" and move.trip is None
    assert not Hold.objects.filter(
        vehicle__isnull=False, until_at__isnull=True, released_at__isnull=True
    ).exists()
    room.refresh_from_db()
    assert room.released_at is None and not waiting(contact), "they are kept apart where they are"


def test_who_sits_in_the_van_already_arrives_and_is_proposed_a_room_beside_it(
    town: Town, ground: Ground, at: datetime
) -> None:
    contact = sites.contact(town, ground, at)
    sites.sign_contact(town, contact, at)
    case = found_positive(town, contact, at + HOUR)
    (move,) = waiting(contact)
    sites.sign(town, move, at=at + 2 * HOUR)
    isolation_trips.aboard(isolation=move.pk, by=town[Role.DISPATCHER], at=at + 3 * HOUR)

    out = at + 4 * HOUR
    exclude(town, case, out)
    move.refresh_from_db()
    assert move.released_at is None and move.trip is not None, "nobody is put out on the road"
    (again,) = waiting(contact)
    assert again.placement == Placement.CENTRAL
    with sites.answered():
        isolation_trips.arrived(isolation=move.pk, by=town[Role.DISPATCHER], at=out + HOUR)
    assert [one.pk for one in waiting(contact)] == [again.pk]
    assert proposed_since(contact, out) == [Placement.CENTRAL]


def test_who_never_had_a_place_because_the_case_came_first_is_proposed_one_now(
    town: Town, ground: Ground, at: datetime
) -> None:
    """Signed as a contact, positive before anybody was fetched, and taken to hospital from home."""
    contact = sites.contact(town, ground, at)
    sites.sign_contact(town, contact, at)
    case = found_positive(town, contact, at + HOUR)
    (move,) = waiting(contact)
    isolation_trips.to_hospital(isolation=move.pk, by=town[Role.SITE_MANAGER], at=at + 2 * HOUR)
    assert not waiting(contact)
    exclude(town, case, at + 3 * HOUR)
    (again,) = waiting(contact)
    assert again.placement == Placement.CENTRAL
    assert proposed_since(contact, at + 3 * HOUR) == [Placement.CENTRAL]


def test_who_was_never_signed_as_a_contact_waits_for_that_signature_and_no_hospital_waits_for_them(
    town: Town, ground: Ground, at: datetime
) -> None:
    contact = sites.contact(town, ground, at)
    case = found_positive(town, contact, at + HOUR)
    assert [one.placement for one in waiting(contact)] == [Placement.HOSPITAL]
    exclude(town, case, at + 2 * HOUR)
    contact.refresh_from_db()
    assert contact.state == ContactState.PROPOSED
    assert waiting(contact) == []
    sites.sign_contact(town, contact, at + 3 * HOUR)
    assert [one.placement for one in waiting(contact)] == [Placement.CENTRAL]


def test_who_has_served_their_days_by_then_is_left_in_peace(town: Town, ground: Ground, at: datetime) -> None:
    room = sites.inside(town, ground, at)
    contact = Contact.objects.get(pk=room.contact_id)
    case = found_positive(town, contact, at + 5 * HOUR)
    (move,) = waiting(contact)
    sites.sign(town, move, at=at + 6 * HOUR)
    sites.bring(town, move, at + 7 * HOUR)
    late = at + timedelta(days=40)
    exclude(town, case, late)
    assert waiting(contact) == [] and proposed_since(contact, late) == []


def test_who_is_a_case_of_another_outbreak_still_is_not_taken_for_healthy(
    town: Town, ground: Ground, at: datetime
) -> None:
    room = sites.inside(town, ground, at)
    contact = Contact.objects.get(pk=room.contact_id)
    case = found_positive(town, contact, at + 5 * HOUR)
    other = rows.case(outbreak=rows.outbreak(division="12", at=at), division=COMMUNITY, at=at)
    Case.objects.filter(pk=other.pk).update(person=contact.person_id)
    exclude(town, case, at + 6 * HOUR)
    room.refresh_from_db()
    assert room.infected
    assert [one.placement for one in waiting(contact)] == [Placement.HOSPITAL]


def test_the_reaction_that_runs_twice_proposes_once(town: Town, ground: Ground, at: datetime) -> None:
    room = sites.inside(town, ground, at)
    contact = Contact.objects.get(pk=room.contact_id)
    case = found_positive(town, contact, at + 5 * HOUR)
    (move,) = waiting(contact)
    sites.sign(town, move, at=at + 6 * HOUR)
    sites.bring(town, move, at + 7 * HOUR)
    out = at + 8 * HOUR
    exclude(town, case, out)
    before = [one.pk for one in waiting(contact)]
    entry = Entry.objects.get(kind="ContactReopened")
    verb = flow.FLOW[type_of(entry)][0]
    with sites.answered():
        verb(cause=entry, by=town[Role.DISPATCHER], at=entry.occurred_at)
    assert [one.pk for one in waiting(contact)] == before
    assert proposed_since(contact, out) == [Placement.CENTRAL]
    assert Order.objects.filter(person=contact.person_id, state=OrderState.DRAFT).count() == 1


def type_of(entry: Entry) -> Any:
    return next(fact for fact in flow.FLOW if fact.__name__ == entry.kind)
