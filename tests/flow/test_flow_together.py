"""Contacts signed together: what follows for all at once is what would follow for each in turn, in few statements."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from support import inquiries as neighbours
from support import rows, rows_response, sites
from support import town as towns
from support import zones as zone_stories
from support.town import COMMUNITY, Town

from liankong.actions import inquiries, isolation, tracing_contacts, zones
from liankong.protocols import load
from liankong.rules import isolation as rules
from liankong.rules.isolation_rooms import RoomFacts, RoomNeed, choose_room
from liankong.store import isolation as store
from liankong.store import log
from liankong.store.access import node_scope
from liankong.store.isolation_propose import Asked, propose_person
from liankong.store.isolation_sign import Desk
from liankong.store.log import Actor
from liankong.store.models import (
    Case,
    Contact,
    Entry,
    Hold,
    Household,
    Inquiry,
    InquiryStep,
    Isolation,
    Order,
    Person,
    Room,
    Zone,
    ZoneStep,
)
from liankong.vocabulary.facts import ContactsSigned, Fact, OrderIssued
from liankong.vocabulary.kinds import (
    ContactState,
    FactSource,
    Mobility,
    OrderKind,
    OrganisationKind,
    PersonClass,
    Role,
    RoomState,
    StayMode,
)
from liankong.vocabulary.spans import local_day

pytestmark = pytest.mark.django_db
RULE = Actor(rule="flow:test")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FEW = 60
CLOSE, SECONDARY = PersonClass.CLOSE_CONTACT, PersonClass.SECONDARY_CONTACT
settings_ = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def town(at: datetime) -> Iterator[Town]:
    with node_scope():
        yield towns.build(at)


@pytest.fixture
def near(town: Town, at: datetime) -> neighbours.Neighbours:
    return neighbours.build(at, town)


class Undone(Exception):
    """Ends a savepoint whose rows are not to stay."""


def apart(tell: Callable[[], Any]) -> Any:
    """What something leads to, and then it has not happened."""
    found: list[Any] = []
    try:
        with transaction.atomic(), log.collecting():
            found.append(tell())
            raise Undone
    except Undone:
        return found[0]


def fact(contacts: Sequence[Contact], at: datetime) -> Entry:
    told = tracing_contacts.together(contacts)
    return log.record(told.fact, subject=told.subject, division=told.division, by=RULE, at=at)


def sign_all(contacts: Sequence[Contact], town: Town, at: datetime) -> None:
    Contact.objects.filter(pk__in=[row.pk for row in contacts]).update(
        state=ContactState.CONFIRMED, signed_at=at, signed_by=town[Role.EPIDEMIOLOGIST].user
    )


def hundred(town: Town, case: Case, at: datetime, *, division: str = COMMUNITY) -> list[Contact]:
    """A hundred signed close contacts, two to a household."""
    homes = Household.objects.bulk_create(Household(division=division) for _ in range(50))
    people = Person.objects.bulk_create(
        Person(division=division, household=homes[number // 2], created_at=at) for number in range(100)
    )
    return contacts_of(town, case, people, at)


def contacts_of(town: Town, case: Case, people: Sequence[Person], at: datetime) -> list[Contact]:
    found = [rows_response.contact(case=case, person=one, at=at) for one in people]
    sign_all(found, town, at)
    return found


def statements(act: Callable[[], Any]) -> int:
    with log.collecting(), CaptureQueriesContext(connection) as queries:
        act()
    return len(queries)


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


# --- places ------------------------------------------------------------------------------------------------------

SOMEBODY = st.fixed_dictionaries(
    {
        "home": st.sampled_from([None, 0, 1, 2]),
        "age": st.sampled_from([None, 4, 20, 70]),
        "class": st.sampled_from([CLOSE, SECONDARY, PersonClass.GENERAL_CONTACT]),
        "protocol": st.sampled_from(["CN-COV-v8", "CN-COV-v9"]),
        # What stood before: nothing (mostly), a proposal under another class, a signed move, a stay.
        "before": st.sampled_from(["", "", "", "proposed", "signed", "inside"]),
    }
)


def _somebody(**more: object) -> dict[str, object]:
    return {"home": 0, "age": 40, "class": CLOSE, "protocol": "CN-COV-v8", "before": ""} | more


@given(people=st.lists(SOMEBODY, min_size=1, max_size=7))
@example(people=[_somebody(age=4), _somebody(), _somebody(home=None), _somebody(home=1, age=4)])
@example(people=[_somebody(age=4), _somebody(before="proposed"), _somebody(home=None)])
@example(people=[_somebody(age=4, protocol="CN-COV-v9"), _somebody()])
@settings_
def test_a_hundred_placed_at_once_are_placed_as_one_by_one(
    town: Town, at: datetime, people: list[dict[str, Any]]
) -> None:
    def story() -> tuple[Any, Any]:
        contacts = _contacts(town, at, people)
        one_by_one = apart(lambda: _in_turn(contacts, at))
        together = apart(lambda: (isolation.propose(cause=fact(contacts, at), by=RULE, at=at), _places())[1])
        return one_by_one, together

    one_by_one, together = apart(story)
    assert together == one_by_one


def _contacts(town: Town, at: datetime, people: list[dict[str, Any]]) -> list[Contact]:
    case = rows.case(outbreak=town.outbreak, division=COMMUNITY, at=at)
    homes = [Household.objects.create(division=COMMUNITY) for _ in range(3)]
    found = []
    for one in people:
        person = Person.objects.create(
            division=COMMUNITY,
            household=None if one["home"] is None else homes[one["home"]],
            birth_date=None if one["age"] is None else date(at.year - one["age"], 1, 1),
            created_at=at,
        )
        row = rows_response.contact(case=case, person=person, at=at)
        row.classification, row.protocol = one["class"], one["protocol"]
        row.save()
        if one["before"]:
            _before(row, one["before"], at - DAY)
        found.append(row)
    sign_all(found, town, at)
    return found


def _before(contact: Contact, what: str, at: datetime) -> None:
    """An isolation that stands already, for another reason."""
    row = propose_person(
        Asked(
            person=contact.person,
            subject=rules.SUBJECT_OF[SECONDARY],
            protocol=load("CN-COV-v8"),
            starts_on=local_day(at),
            determined_at=at,
        ),
        by=RULE,
        at=at,
        cause=None,
    )
    assert row is not None
    if what != "proposed":
        arrived = at + HOUR if what == "inside" else None
        Isolation.objects.filter(pk=row.pk).update(signed_at=at, arrived_at=arrived)


def _in_turn(contacts: Sequence[Contact], at: datetime) -> list[tuple[Any, ...]]:
    """The oracle: a fact for each contact, and the proposal of one person on it."""
    for row in Contact.objects.filter(pk__in=[one.pk for one in contacts]).order_by("pk"):
        asked = Asked(
            person=row.person,
            subject=rules.SUBJECT_OF.get(PersonClass(row.classification)),
            protocol=load(row.protocol),
            starts_on=local_day(row.last_exposed_at or row.found_at),
            determined_at=at,
            contact=row,
        )
        propose_person(asked, by=RULE, at=at, cause=fact([row], at))
    return _places()


_OWN = (
    "subject",
    "protocol",
    "starts_on",
    "placement",
    "party",
    "infected",
    "grounds",
    "home_granted",
    "mobility",
)
_CLOCKS = (
    "determined_at",
    "due_at",
    "signed_at",
    "release_on",
    "release_proposed_at",
    "released_at",
    "created_at",
)
_ORDER = (
    "kind",
    "title",
    "state",
    "issuer_id",
    "addressee_id",
    "division",
    "household_id",
    "due_at",
    "due_fixed",
)


def _places() -> list[tuple[Any, ...]]:
    """Everything that stands of everybody, by person, with what was recorded of it."""
    found = []
    for row in Isolation.objects.select_related("order").order_by("person", "created_at"):
        order = row.order
        kinds = set(
            Entry.objects.filter(subject_kind="isolation", subject=row.pk).values_list("kind", flat=True)
        )
        orders = set(
            Entry.objects.filter(subject_kind="order", subject=row.order_id or 0).values_list(
                "kind", flat=True
            )
        )
        found.append(
            (
                row.person_id,
                row.contact_id,
                *(getattr(row, name) for name in (*_OWN, *_CLOCKS, "why", "ended", "division")),
                None
                if order is None
                else tuple(getattr(order, name) for name in (*_ORDER, "basis", "issued_at")),
                frozenset(kinds),
                frozenset(orders),
            )
        )
    return found


def test_a_hundred_places_are_proposed_in_few_statements(town: Town, at: datetime) -> None:
    case = rows.case(outbreak=town.outbreak, division=COMMUNITY, at=at)
    entry = fact(hundred(town, case, at), at)
    assert statements(lambda: isolation.propose(cause=entry, by=RULE, at=at)) <= FEW
    assert Isolation.objects.filter(order__isnull=False).count() == 100
    assert Entry.objects.filter(kind="TransferProposed", cause=entry.pk).count() == 100
    assert Order.objects.filter(kind=OrderKind.TRANSFER).count() == 100
    again = fact(list(Contact.objects.order_by("pk")), at)
    isolation.propose(cause=again, by=RULE, at=at)
    assert Isolation.objects.count() == 100, "told twice, proposed once"


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


def test_whoever_moves_people_is_the_fleet_or_the_community_and_headquarters_where_there_is_none(
    town: Town, at: datetime
) -> None:
    from liankong.protocols.words import Placement

    central, home = Placement.CENTRAL, Placement.HOME_ISOLATION
    fleet = rows.organisation(division="120112", at=at, kind=OrganisationKind.TRANSPORT, name="fleet")
    moves = {(central, COMMUNITY), (home, COMMUNITY), (central, "120104001001")}
    found = store.movers(moves, at)
    assert found == {
        (central, COMMUNITY): fleet,
        (home, COMMUNITY): town.district,
        (central, "120104001001"): town.city,
    }
    assert all(store.mover(*move, at) == body for move, body in found.items())


# --- inquiries ---------------------------------------------------------------------------------------------------

HOMES = (COMMUNITY, neighbours.NANKAI_HOME, neighbours.OTHER_DISTRICT, "120105001001", "310101001001")


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


def test_the_fact_carries_numbers_of_contacts_and_nothing_else() -> None:
    assert ContactsSigned(contacts=(3, 4)).body() == {"contacts": [3, 4]}


# --- rooms -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_the_room_that_is_given_is_the_one_a_look_at_all_rooms_would_give(
    town: Town, at: datetime, seed: int, django_assert_num_queries: Any
) -> None:
    draw = Random(seed)
    ground = sites.build(town, at)
    made = Room.objects.bulk_create(
        Room(
            site=ground.site,
            number=f"R{number}",
            floor=draw.randint(1, 3),
            beds=draw.randint(1, 3),
            accessible=draw.random() < 0.3,
            state=draw.choice([RoomState.READY, RoomState.READY, RoomState.CLEANING]),
            state_since=at,
        )
        for number in range(40)
    )
    for room in draw.sample(made, 10):
        Hold.objects.create(division=ground.site.division, room=room, from_at=at, at=at)
    row = Isolation(person=Person(division=COMMUNITY))
    with transaction.atomic():
        desk = Desk(ground.site.division, at)
        with django_assert_num_queries(0):
            desk.near(row)
        for _turn in range(30):
            need = RoomNeed(
                people=draw.randint(1, 3),
                infected=draw.random() < 0.2,
                mobility=(draw.choice(list(Mobility)),),
            )
            given = choose_room(need, desk.near(row), desk.floors)
            away = {one.site: one.distance for one in desk.near(row)}
            looked = choose_room(need, _all_rooms(away, at), desk.floors)
            assert (given.room, given.hindrance) == (looked.room, looked.hindrance)
            if given.room is not None:
                room = Room.objects.select_related("site").get(pk=given.room)
                assert store.hold_room(room, from_at=at, by=RULE, at=at) is not None
                desk.take(room.pk, infected=need.infected)


def _all_rooms(away: dict[int, float], at: datetime) -> list[RoomFacts]:
    """The oracle: every room as it stands in the database."""
    held = set(Hold.objects.filter(store.holding(at), room__isnull=False).values_list("room_id", flat=True))
    return [
        RoomFacts(
            key=row.pk,
            site=row.site_id,
            floor=row.floor,
            beds=row.beds,
            accessible=row.accessible,
            state=RoomState(row.state),
            held=row.pk in held,
            distance=away.get(row.site_id, 0.0),
        )
        for row in Room.objects.all()
    ]
