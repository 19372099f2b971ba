"""A hundred signed together need places: proposed in few statements, the same as one by one, and the same rooms."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.db import transaction
from hypothesis import example, given
from hypothesis import strategies as st
from support import rows, rows_response, sites
from support import town as towns
from support.together import FEW, RULE, apart, fact, hundred, settings_, sign_all, statements
from support.town import COMMUNITY, Town

from liankong.actions import isolation
from liankong.protocols import load
from liankong.rules import isolation as rules
from liankong.rules.isolation_rooms import RoomFacts, RoomNeed, choose_room
from liankong.store import isolation as store
from liankong.store.access import node_scope
from liankong.store.isolation_propose import Asked, propose_person
from liankong.store.isolation_sign import Desk
from liankong.store.models import Contact, Entry, Hold, Household, Isolation, Order, Person, Room
from liankong.vocabulary.kinds import Mobility, OrderKind, OrganisationKind, PersonClass, RoomState
from liankong.vocabulary.spans import local_day

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CLOSE, SECONDARY = PersonClass.CLOSE_CONTACT, PersonClass.SECONDARY_CONTACT


@pytest.fixture
def town(at: datetime) -> Iterator[Town]:
    with node_scope():
        yield towns.build(at)


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
