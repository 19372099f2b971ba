"""Contacts signed together: what follows for all at once is what would follow for each in turn, in few statements."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import example, given
from hypothesis import strategies as st
from support import inquiries as neighbours
from support import rows, rows_response
from support import town as towns
from support import zones as zone_stories
from support.together import FEW, RULE, apart, contacts_of, fact, hundred, settings_, sign_all, statements
from support.town import COMMUNITY, Town

from liankong.actions import inquiries, tracing_contacts, zones
from liankong.store import log
from liankong.store.access import node_scope
from liankong.store.models import Contact, Entry, Inquiry, InquiryStep, Order, Person, Zone, ZoneStep
from liankong.vocabulary.facts import ContactsSigned, Fact, OrderIssued
from liankong.vocabulary.kinds import ContactState, FactSource, OrderKind, Role, StayMode

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def town(at: datetime) -> Iterator[Town]:
    with node_scope():
        yield towns.build(at)


@pytest.fixture
def near(town: Town, at: datetime) -> neighbours.Neighbours:
    return neighbours.build(at, town)


# --- the signature -----------------------------------------------------------------------------------------------


def test_one_signature_is_one_fact_for_all_and_one_for_each(town: Town, at: datetime) -> None:
    case = rows.case(outbreak=town.outbreak, division=COMMUNITY, at=at)
    met = [
        rows_response.contact(case=case, person=rows.person(division=home, at=at), at=at)
        for home in (COMMUNITY, COMMUNITY, "120112102001")
    ]
    Contact.objects.filter(pk=met[2].pk).update(division="120112102001")
    with log.collecting() as following:
        tracing_contacts.sign(contacts=[row.pk for row in met], by=town[Role.EPIDEMIOLOGIST], at=at)
    assert Entry.objects.filter(kind="ContactSigned").count() == 3
    entry = Entry.objects.get(kind="ContactsSigned")
    assert entry.body["contacts"] == [row.pk for row in met]
    assert (entry.subject_kind, entry.subject, entry.division) == ("outbreak", town.outbreak.pk, "120112")
    assert sorted(job for job, _entry in following) == [
        "inquiries.draft_if_elsewhere",
        "isolation.propose",
        "zones.on_contact",
    ]
    with log.collecting() as again:
        tracing_contacts.sign(contacts=[row.pk for row in met], by=town[Role.EPIDEMIOLOGIST], at=at)
    assert again == [] and Entry.objects.filter(kind="ContactsSigned").count() == 1


# --- inquiries ---------------------------------------------------------------------------------------------------

HOMES = (COMMUNITY, neighbours.NANKAI_HOME, neighbours.OTHER_DISTRICT, "120105001001", "310101001001")


def test_the_fact_carries_numbers_of_contacts_and_nothing_else() -> None:
    assert ContactsSigned(contacts=(3, 4)).body() == {"contacts": [3, 4]}


def test_orders_issued_together_go_out_and_are_told_as_one_is(town: Town, at: datetime) -> None:
    from liankong.store import orders

    new = [
        Order(
            kind=OrderKind.TASK,
            title=f"call {number}",
            issuer=town.district,
            addressee=town.district,
            division=town.district.division,
            due_at=at + HOUR,
            basis="b" * 300,
        )
        for number in range(3)
    ]
    with transaction.atomic():
        made = orders.issue_many(new, by=RULE, at=at, protocol="CN-COV-v8")
    for row in made:
        entry = Entry.objects.get(kind="OrderIssued", subject=row.pk)
        wanted: Fact = OrderIssued(
            order=row.pk, order_kind=OrderKind.TASK, addressee=town.district.pk, due_at=at + HOUR
        )
        assert (entry.body, entry.protocol) == (wanted.body(), "CN-COV-v8")
        assert len(row.basis) == 200
    with transaction.atomic():
        assert orders.issue_many([], by=RULE, at=at) == []


@given(
    people=st.lists(
        st.tuples(st.sampled_from(HOMES), st.sampled_from([None, *HOMES]), st.booleans()),
        min_size=1,
        max_size=6,
    )
)
@example(people=[(home, None, index % 2 == 1) for index, home in enumerate(HOMES)])
@settings_
def test_those_who_are_elsewhere_are_asked_for_at_once_as_one_by_one(
    near: neighbours.Neighbours, at: datetime, people: list[tuple[str, str | None, bool]]
) -> None:
    def story() -> tuple[Any, Any]:
        contacts = _met(near, at, people)
        one_by_one = apart(lambda: _asked(lambda: [_ask([row], at) for row in contacts]))
        return one_by_one, apart(lambda: _asked(lambda: _ask(contacts, at)))

    one_by_one, together = apart(story)
    assert together == one_by_one


def _ask(contacts: Sequence[Contact], at: datetime) -> list[Inquiry]:
    return inquiries.draft_if_elsewhere(cause=fact(contacts, at), by=RULE, at=at)


def _met(
    near: neighbours.Neighbours, at: datetime, people: list[tuple[str, str | None, bool]]
) -> list[Contact]:
    case = neighbours.case_in_jinnan(near, at)
    found: list[Contact] = []
    for division, stayed, linked in people:
        row = neighbours.contact_of(case, rows.person(division=division, at=at), at)
        if linked and found:
            row.exposures.update(case=None, via=found[-1])
        if stayed is not None:
            row.person.stays.create(
                division=stayed,
                place_text="hotel",
                from_at=at - 2 * HOUR,
                until_at=at - HOUR,
                mode=StayMode.VISIT,
                source=FactSource.INTERVIEW,
                recorded_at=at,
            )
        found.append(row)
    sign_all(found, near.town, at)
    return found


def _asked(act: Callable[[], Any]) -> list[tuple[Any, ...]]:
    act()
    fields = (
        "number",
        "contact_id",
        "case_id",
        "sender_id",
        "receiver_id",
        "whereabouts",
        "what",
        "role",
        "basis",
    )
    more = ("division", "to_division", "disclosed", "state", "protocol", "asks", "vehicle", "last_exposed_at")
    return [
        (
            *(getattr(row, name) for name in (*fields, *more)),
            list(InquiryStep.objects.filter(inquiry=row).values_list("state", "organisation", "note")),
            Entry.objects.filter(kind="InquiryDrafted", subject=row.pk, division=row.division).count(),
        )
        for row in Inquiry.objects.order_by("contact")
    ]


def test_a_hundred_who_are_elsewhere_are_asked_for_in_few_statements(town: Town, at: datetime) -> None:
    near = neighbours.build(at, town)
    case = neighbours.case_in_jinnan(near, at)
    entry = fact(hundred(town, case, at, division=neighbours.NANKAI_HOME), at)
    assert statements(lambda: inquiries.draft_if_elsewhere(cause=entry, by=RULE, at=at)) <= FEW
    rows_ = list(Inquiry.objects.order_by("pk"))
    assert len({row.number for row in rows_}) == 100 and {row.receiver_id for row in rows_} == {
        near.nankai.pk
    }
    again = fact(list(Contact.objects.order_by("pk")), at)
    assert inquiries.draft_if_elsewhere(cause=again, by=RULE, at=at) == []


# --- zones -------------------------------------------------------------------------------------------------------


def test_a_zone_in_which_a_hundred_contacts_live_is_computed_once(town: Town, at: datetime) -> None:
    """v8: the days count from the transfer of the last contact of a contact who fell ill."""
    estate = zone_stories.estate(at)
    first = zone_stories.positive(town, estate.at(estate.stair)[0], at, code="P1")
    zone = zone_stories.approved(town, Zone.objects.get(case=first), at)
    moved = estate.at(estate.other_building)[0]
    linked = rows_response.contact(case=first, person=moved, at=at)
    fell_ill = zone_stories.positive(town, moved, at + 3 * DAY, code="P2")
    Contact.objects.filter(pk=linked.pk).update(
        state=ContactState.CASE, case=fell_ill, controlled_at=at, signed_at=at
    )
    neighbour = estate.at(estate.stair)[1]
    people = Person.objects.bulk_create(
        Person(division=COMMUNITY, household=neighbour.household, created_at=at) for _ in range(100)
    )
    contacts = contacts_of(town, fell_ill, people, at + 3 * DAY)
    gone_at = at + 4 * DAY
    Contact.objects.filter(pk__in=[row.pk for row in contacts]).update(
        state=ContactState.CONTROLLED, controlled_at=gone_at
    )

    def after(act: Callable[[], Any]) -> tuple[Any, ...]:
        act()
        now = Zone.objects.get(pk=zone.pk)
        return now.clock_from, now.pending_kind, ZoneStep.objects.filter(zone=zone).count()

    def one_at_a_time() -> None:
        for row in contacts[:10]:
            zones.on_contact(cause=fact([row], gone_at), by=RULE, at=gone_at)

    one_by_one = apart(lambda: after(one_at_a_time))
    entry = fact(contacts, gone_at)
    assert statements(lambda: zones.on_contact(cause=entry, by=RULE, at=gone_at)) <= FEW
    assert after(lambda: None) == one_by_one
