"""Contacts who are followed: their checks, what is missed or learnt later, and when they are free."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from support import rows
from support import town as towns
from support.town import COMMUNITY, Town
from support.tracing import family, met, propose, settled, sign, swabbed

from liankong.actions import Refused, tracing, tracing_checks, tracing_contacts
from liankong.store.access import node_scope
from liankong.store.log import Actor
from liankong.store.models import Case, Check, Contact, Entry, Exposure, Order
from liankong.vocabulary.kinds import (
    CheckKind,
    CheckState,
    ContactState,
    ExposureKind,
    OrderKind,
    OrderState,
    PersonClass,
    Protection,
    ResultValue,
    Role,
)

pytestmark = pytest.mark.django_db
RULE = Actor(rule="clock:test")


@pytest.fixture
def town(at: datetime) -> Iterator[Town]:
    with node_scope():
        yield towns.build(at)


@pytest.fixture
def town9(at: datetime) -> Iterator[Town]:
    with node_scope():
        yield towns.build(at, protocol="CN-COV-v9")


def test_under_the_ninth_edition_a_secondary_contact_hangs_on_the_first_two_tests_of_the_linked_one(
    town9: Town, at: datetime
) -> None:
    town = town9
    first, wife = family(at, 2)
    friend, other = (rows.person(division=COMMUNITY, at=at) for _ in range(2))
    swabbed(town, first, at, ResultValue.POSITIVE, code="T1")
    linked = Contact.objects.get(person=wife)
    propose(town, at, [met(friend, at), met(other, at, ExposureKind.VISIT)], via=linked.pk)
    # The ninth edition narrows: a visitor of a contact is none.
    assert not Contact.objects.filter(person=other).exists()
    secondary = Contact.objects.get(person=friend)
    assert (secondary.classification, secondary.release_on) == (
        PersonClass.SECONDARY_CONTACT,
        date(2022, 1, 15),
    )
    sign(town, at, linked, secondary)
    for day, code in ((1, "L1"), (2, "L2")):
        moment = at + timedelta(days=day)
        swabbed(town, wife, moment, ResultValue.NEGATIVE, code=code)
    for day in (1, 4, 7):
        moment = at + timedelta(days=day)
        swabbed(town, friend, moment, ResultValue.NEGATIVE, code=f"F{day}")
    with pytest.raises(Refused, match="not yet"):
        tracing_contacts.release(
            contact=secondary.pk, by=town[Role.EPIDEMIOLOGIST], at=at + timedelta(days=6)
        )
    done = settled(
        tracing_contacts.release,
        contact=secondary.pk,
        by=town[Role.EPIDEMIOLOGIST],
        at=at + timedelta(days=7),
    )
    assert done.state == ContactState.RELEASED


def test_release_waits_for_the_linked_contacts_tests(town9: Town, at: datetime) -> None:
    town = town9
    first, wife = family(at, 2)
    friend = rows.person(division=COMMUNITY, at=at)
    swabbed(town, first, at, ResultValue.POSITIVE, code="T1")
    linked = Contact.objects.get(person=wife)
    propose(town, at, [met(friend, at)], via=linked.pk)
    secondary = Contact.objects.get(person=friend)
    sign(town, at, secondary)
    for day in (1, 4, 7):
        swabbed(town, friend, at + timedelta(days=day), ResultValue.NEGATIVE, code=f"F{day}")
    with pytest.raises(Refused, match="2 of the first tests"):
        tracing_contacts.release(
            contact=secondary.pk, by=town[Role.EPIDEMIOLOGIST], at=at + timedelta(days=7)
        )


def test_whoever_arrives_at_a_site_meets_nobody_any_more(town: Town, at: datetime) -> None:
    first, wife = family(at, 2)
    friend = rows.person(division=COMMUNITY, at=at)
    swabbed(town, first, at, ResultValue.POSITIVE, code="T1")
    linked = Contact.objects.get(person=wife)
    sign(town, at, linked)
    settled(tracing_contacts.control, contact=linked.pk, by=town[Role.EPIDEMIOLOGIST], at=at)
    later = at + timedelta(hours=3)
    found = propose(town, later, [met(friend, later)], via=linked.pk)
    ((_place, why),) = found.nobody
    assert "under control" in why.sentence()


def test_a_missed_check_rings_once_and_a_visit_is_drafted_once_for_a_person(town: Town, at: datetime) -> None:
    first, _wife = family(at, 2)
    swabbed(town, first, at, ResultValue.POSITIVE, code="T1")
    contact = Contact.objects.get()
    sign(town, at, contact)
    next_day = at + timedelta(days=1, hours=8)
    rang = tracing.mark_missed(by=RULE, at=next_day)
    # That evening's temperature, and the next day's two; the test was due two hours ago and rings in a moment.
    assert rang == 3
    assert tracing.mark_missed(by=RULE, at=next_day) == 0
    assert Entry.objects.filter(kind="CheckMissed").count() == 3
    order = Order.objects.get(kind=OrderKind.DOOR_KNOCK)
    assert (order.state, order.person_id, order.addressee) == (OrderState.DRAFT, contact.person_id, town.cdc)
    tracing.mark_missed(by=RULE, at=next_day + timedelta(days=1))
    assert Order.objects.filter(kind=OrderKind.DOOR_KNOCK).count() == 1


def test_a_late_result_still_answers_the_missed_test(town: Town, at: datetime) -> None:
    first, wife = family(at, 2)
    swabbed(town, first, at, ResultValue.POSITIVE, code="T1")
    contact = Contact.objects.get()
    sign(town, at, contact)
    tracing.mark_missed(by=RULE, at=at + timedelta(days=2))
    swabbed(town, wife, at + timedelta(days=2), ResultValue.NEGATIVE, code="W1")
    check = Check.objects.get(contact=contact, kind=CheckKind.TEST, day=1)
    assert (check.state, check.value) == (CheckState.DONE, "negative")


def test_the_day_list_is_entered_at_once_or_not_at_all(town: Town, at: datetime) -> None:
    first, *_others = family(at, 3)
    swabbed(town, first, at, ResultValue.POSITIVE, code="T1")
    sign(town, at, *Contact.objects.all())
    checks = list(Check.objects.filter(kind=CheckKind.TEMPERATURE, due_on=date(2022, 1, 8)))
    worker, evening = town[Role.COMMUNITY_WORKER], at + timedelta(hours=5)
    wrong = [
        tracing_checks.Measured(check=one.pk, celsius=celsius)
        for one, celsius in zip(checks, (36.5, 365), strict=True)
    ]
    with pytest.raises(Refused, match="temperature between"):
        tracing_checks.record_checks(measured=wrong, by=worker, at=evening)
    assert not Check.objects.filter(state=CheckState.DONE).exists()
    right = [tracing_checks.Measured(check=one.pk, celsius=36.5) for one in checks]
    assert len(settled(tracing_checks.record_checks, measured=right, by=worker, at=evening)) == 2
    assert Check.objects.filter(state=CheckState.DONE, done_by=worker.user).count() == 2


def test_effective_protection_learnt_later_makes_a_general_contact(town: Town, at: datetime) -> None:
    (first,) = family(at, 1)
    nurse = rows.person(division=COMMUNITY, at=at)
    swabbed(town, first, at, ResultValue.POSITIVE, code="T1")
    propose(town, at, [met(nurse, at, ExposureKind.CARE)], case=Case.objects.get().pk)
    contact = Contact.objects.get()
    sign(town, at, contact)
    settled(
        tracing_contacts.amend_exposure,
        exposure=Exposure.objects.get().pk,
        protection=Protection.FULL,
        reason="full protective clothing on the ward's record",
        by=town[Role.EPIDEMIOLOGIST],
        at=at,
    )
    contact.refresh_from_db()
    assert (contact.classification, contact.release_on) == (PersonClass.GENERAL_CONTACT, None)
    assert not Check.objects.filter(state=CheckState.DUE).exists()


def test_somebody_released_is_proposed_anew_when_they_meet_another_case(town: Town, at: datetime) -> None:
    first, wife = family(at, 2)
    swabbed(town, first, at, ResultValue.POSITIVE, code="T1")
    contact = Contact.objects.get()
    sign(town, at, contact)
    for number, day in enumerate((1, 4, 7, 14, 14)):
        moment = at + timedelta(days=day)
        swabbed(
            town,
            wife,
            moment,
            ResultValue.NEGATIVE,
            code=f"W{number}",
            sampled_at=moment - timedelta(hours=6, minutes=number),
        )
    free = at + timedelta(days=14)
    settled(tracing_contacts.release, contact=contact.pk, by=town[Role.EPIDEMIOLOGIST], at=free)
    propose(town, free, [met(wife, free)], case=Case.objects.get().pk)
    contact.refresh_from_db()
    assert (contact.state, contact.signed_by_id) == (ContactState.PROPOSED, None)
    assert contact.release_on == date(2022, 2, 5)
