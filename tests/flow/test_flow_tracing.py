"""Contacts of a positive: proposed by rules, signed by people, explained; and what a case that changes makes of them."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from support import rows
from support import town as towns
from support.town import COMMUNITY, Town
from support.tracing import family, met, propose, settled, sign, swabbed

from liankong import flow
from liankong.actions import cases, tracing, tracing_contacts
from liankong.store import log
from liankong.store.access import node_scope
from liankong.store.log import Actor
from liankong.store.models import Case, Check, Contact, Entry, Exposure, Investigation, Person, Place, Stay
from liankong.vocabulary.facts import TrackConfirmed
from liankong.vocabulary.kinds import (
    CheckKind,
    CheckState,
    ContactState,
    PersonClass,
    ResultValue,
    Role,
    StayMode,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def town(at: datetime) -> Iterator[Town]:
    with node_scope():
        yield towns.build(at)


def test_those_who_live_with_a_positive_wait_for_a_signature_and_nobody_else_is_bound(
    town: Town, at: datetime
) -> None:
    first, *others = family(at, 4)
    swabbed(town, first, at, ResultValue.POSITIVE, code="T1")
    contacts = list(Contact.objects.order_by("pk"))
    assert {row.person_id for row in contacts} == {one.pk for one in others}
    assert {(row.state, row.classification) for row in contacts} == {
        (ContactState.PROPOSED, PersonClass.CLOSE_CONTACT)
    }
    # The last exposure is today, and fourteen days of isolation follow.
    assert {row.release_on for row in contacts} == {date(2022, 1, 22)}
    assert {row.followed_until for row in contacts} == {date(2022, 1, 29)}
    assert set(Exposure.objects.values_list("criterion", flat=True)) == {1}
    assert not Check.objects.exists()


def test_a_signature_makes_the_schedule_of_the_protocol(town: Town, at: datetime) -> None:
    first, _other = family(at, 2)
    swabbed(town, first, at, ResultValue.POSITIVE, code="T1")
    contact = Contact.objects.get()
    assert sign(town, at, contact) == [contact.pk]
    tests = Check.objects.filter(kind=CheckKind.TEST).order_by("due_on", "turn").values_list("day", "turn")
    # Days 1, 4, 7 and 14, and on the day of release two samples tested apart.
    assert list(tests) == [(1, 1), (4, 1), (7, 1), (14, 1), (14, 2)]
    temperatures = Check.objects.filter(kind=CheckKind.TEMPERATURE)
    assert temperatures.filter(due_on=date(2022, 1, 10)).count() == 2
    assert temperatures.latest("due_on").due_on == date(2022, 1, 29)
    signed = Entry.objects.get(kind="ContactSigned")
    assert (signed.by, signed.protocol) == (town[Role.EPIDEMIOLOGIST].user, "CN-COV-v8")
    assert sign(town, at, contact) == []
    assert Entry.objects.filter(kind="ContactSigned").count() == 1


def test_under_class_b_nobody_is_a_contact_and_the_reason_is_said(at: datetime) -> None:
    with node_scope():
        town = towns.build(at, protocol="CN-COV-BB")
        first, other = family(at, 2)
        swabbed(town, first, at, ResultValue.POSITIVE, code="T1")
        found = propose(town, at, [met(other, at)], case=Case.objects.get().pk)
        assert not Contact.objects.exists()
        ((_place, why),) = found.nobody
        assert "乙类乙管" in why.sentence()


def test_a_contact_who_turns_positive_becomes_a_case_and_those_who_met_them_are_promoted(
    town: Town, at: datetime
) -> None:
    first, wife = family(at, 2)
    friend = rows.person(division=COMMUNITY, at=at)
    swabbed(town, first, at, ResultValue.POSITIVE, code="T1")
    linked = Contact.objects.get(person=wife)
    propose(town, at, [met(friend, at)], via=linked.pk)
    secondary = Contact.objects.get(person=friend)
    assert secondary.classification == PersonClass.SECONDARY_CONTACT
    assert secondary.release_on == date(2022, 1, 15)
    sign(town, at, linked, secondary)
    day2 = at + timedelta(days=1)
    swabbed(town, wife, day2, ResultValue.POSITIVE, code="T2")
    linked.refresh_from_db()
    secondary.refresh_from_db()
    assert (linked.state, linked.case.person_id) == (ContactState.CASE, wife.pk)
    assert not Check.objects.filter(contact=linked, state=CheckState.DUE).exists()
    assert secondary.classification == PersonClass.CLOSE_CONTACT
    assert secondary.release_on == date(2022, 1, 22)
    told = Entry.objects.get(kind="ContactReclassified", subject=secondary.pk)
    assert told.body["after"] == "close_contact"
    # The schedule follows: the last test now falls on the new day of release.
    last = Check.objects.filter(contact=secondary, kind=CheckKind.TEST, state=CheckState.DUE).latest("due_on")
    assert last.due_on == date(2022, 1, 22)


def test_an_earlier_onset_brings_in_those_whom_the_case_met_before(town: Town, at: datetime) -> None:
    (first,) = family(at, 1)
    guest = rows.person(division=COMMUNITY, at=at)
    swabbed(town, first, at, ResultValue.POSITIVE, code="T1")
    case = Case.objects.get()
    long_ago = at - timedelta(days=4)
    found = propose(town, at, [met(guest, long_ago)], case=case.pk)
    assert (found.proposed, len(found.nobody)) == ([], 1)
    settled(
        cases.record_course,
        case=case.pk,
        onset_on=date(2022, 1, 6),
        by=town[Role.EPIDEMIOLOGIST],
        at=at,
    )
    found = propose(town, at, [met(guest, long_ago)], case=case.pk)
    assert len(found.proposed) == 1
    # And when the onset turns out later after all, the proposal is withdrawn by the same rule.
    settled(
        cases.record_course,
        case=case.pk,
        onset_on=date(2022, 1, 8),
        by=town[Role.EPIDEMIOLOGIST],
        at=at + timedelta(hours=1),
    )
    contact = Contact.objects.get()
    assert contact.state == ContactState.REJECTED
    assert "outside the days that count" in contact.reason


def test_when_the_case_is_excluded_its_contacts_go_free_and_who_became_it_is_followed_again(
    town: Town, at: datetime
) -> None:
    first, wife = family(at, 2)
    friend = rows.person(division=COMMUNITY, at=at)
    swabbed(town, first, at, ResultValue.POSITIVE, code="T1")
    linked = Contact.objects.get(person=wife)
    sign(town, at, linked)
    swabbed(town, wife, at + timedelta(days=1), ResultValue.POSITIVE, code="T2")
    second = Case.objects.get(person=wife)
    propose(town, at, [met(friend, at)], case=second.pk)
    settled(
        cases.classify,
        case=second.pk,
        classification=PersonClass.EXCLUDED,
        reason="second laboratory negative",
        by=town[Role.CLINICIAN],
        at=at + timedelta(days=1, hours=2),
    )
    linked.refresh_from_db()
    assert linked.state == ContactState.CONFIRMED
    assert linked.release_on == date(2022, 1, 22)
    assert Check.objects.filter(contact=linked, state=CheckState.DUE).exists()
    assert Contact.objects.get(person=friend).state == ContactState.REJECTED


def test_shared_stays_are_found_and_graded_once(town: Town, at: datetime) -> None:
    (first,) = family(at, 1)
    diner, passenger, later = (rows.person(division=COMMUNITY, at=at) for _ in range(3))
    swabbed(town, first, at, ResultValue.POSITIVE, code="T1")
    case = Case.objects.get()
    place = Place.objects.create(name="Restaurant", kind="restaurant", division=COMMUNITY)
    investigation, _made = Investigation.objects.get_or_create(
        case=case,
        defaults={"division": case.division, "organisation": town.cdc, "opened_at": at},
    )
    noon = at - timedelta(days=1)

    def stay(person: Person, start: datetime, hours: float, **where: Any) -> Stay:
        return Stay.objects.create(
            person=person,
            division=COMMUNITY,
            from_at=start,
            until_at=start + timedelta(hours=hours),
            confirmed_at=at,
            recorded_at=at,
            **where,
        )

    stay(first, noon, 1, place=place, mode=StayMode.DINING)
    stay(first, noon + timedelta(hours=2), 1, vehicle="Bus 619", mode=StayMode.BUS)
    stay(diner, noon + timedelta(minutes=50), 1, place=place, mode=StayMode.DINING)
    stay(passenger, noon + timedelta(hours=2), 1, vehicle="Bus 619", mode=StayMode.BUS)
    stay(later, noon + timedelta(hours=5), 1, place=place, mode=StayMode.DINING)
    for _again in range(2):
        with log.collecting() as consequences:
            log.record(
                TrackConfirmed(investigation=investigation.pk, case=case.pk, stays=2),
                subject=investigation.pk,
                division=case.division,
                by=town[Role.EPIDEMIOLOGIST],
                at=at,
            )
        flow.answer_now(consequences)
    found = {row.person_id: row.classification for row in Contact.objects.all()}
    # Ten shared minutes at a table are a close contact; in a bus the distance is not known.
    assert found == {diner.pk: PersonClass.CLOSE_CONTACT, passenger.pk: PersonClass.GENERAL_CONTACT}
    assert Exposure.objects.count() == 2
    assert Exposure.objects.get(contact__person=diner).minutes == 10


def test_a_hundred_contacts_are_proposed_in_one_transaction_with_few_statements(
    town: Town, at: datetime, django_assert_max_num_queries: Any
) -> None:
    (first,) = family(at, 1)
    swabbed(town, first, at, ResultValue.POSITIVE, code="T1")
    case = Case.objects.get()
    people = Person.objects.bulk_create(Person(division=COMMUNITY, created_at=at) for _ in range(100))
    with django_assert_max_num_queries(40):
        found = tracing_contacts.propose(
            met=[met(one, at) for one in people], case=case.pk, by=town[Role.EPIDEMIOLOGIST], at=at
        )
    assert len(found.proposed) == 100
    with django_assert_max_num_queries(40):
        tracing_contacts.sign(contacts=found.proposed, by=town[Role.EPIDEMIOLOGIST], at=at)
    assert Check.objects.count() == 100 * Check.objects.filter(contact=found.proposed[0]).count()
    assert Entry.objects.filter(kind="ContactSigned").count() == 100


def test_whoever_is_registered_in_another_district_stays_in_sight_of_those_who_trace_and_says_where_to_ask(
    town: Town, at: datetime
) -> None:
    from support.town import NANKAI

    (first,) = family(at, 1)
    far, near = rows.person(division=f"{NANKAI}001001", at=at), rows.person(division="120112102001", at=at)
    swabbed(town, first, at, ResultValue.POSITIVE, code="T1")
    case = Case.objects.get()
    propose(town, at, [met(far, at), met(near, at)], case=case.pk)
    elsewhere = Contact.objects.get(person=far)
    assert (elsewhere.division, elsewhere.lives_in) == (case.division, f"{NANKAI}001001")
    assert Contact.objects.get(person=near).division == "120112102001"


def test_every_reaction_run_twice_leaves_what_one_run_leaves(town: Town, at: datetime) -> None:
    first, wife = family(at, 2)
    friend = rows.person(division=COMMUNITY, at=at)
    swabbed(town, first, at, ResultValue.POSITIVE, code="T1")
    propose(town, at, [met(friend, at)], via=Contact.objects.get(person=wife).pk)
    sign(town, at, *Contact.objects.all())
    swabbed(town, wife, at + timedelta(days=1), ResultValue.POSITIVE, code="T2")

    def standing() -> list[Any]:
        return [
            list(Contact.objects.order_by("pk").values_list("state", "classification", "release_on", "case")),
            list(Exposure.objects.order_by("pk").values_list("contact", "gives")),
            sorted(Check.objects.values_list("contact", "kind", "due_on", "turn", "state")),
        ]

    before = standing()
    for kind, verb in (
        ("CaseOpened", tracing.contact_became_case),
        ("CaseOpened", tracing.propose_household),
        ("CaseOpened", tracing.recompute_of_case),
        ("ResultReported", tracing.on_result),
    ):
        for entry in Entry.objects.filter(kind=kind).order_by("pk"):
            with log.collecting():
                verb(cause=entry, by=Actor(rule="again"), at=entry.occurred_at)
    assert standing() == before


def test_an_infected_wife_is_no_contact_of_her_husband_when_both_are_cases_already(
    town: Town, at: datetime
) -> None:
    first, _wife = family(at, 2)
    other = rows.person(division=COMMUNITY, at=at)
    swabbed(town, other, at, ResultValue.POSITIVE, code="T0")
    swabbed(town, first, at, ResultValue.POSITIVE, code="T1")
    found = propose(town, at, [met(first, at)], case=Case.objects.get(person=other).pk)
    ((_place, why),) = found.nobody
    assert "case themselves" in why.sentence()
