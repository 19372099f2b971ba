"""A contact is signed, a place proposed, signed, driven to: what everybody on the way must see."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from support import sites
from support import town as towns
from support.sites import Ground
from support.town import COMMUNITY, Town

from liankong.actions import Refused, isolation, isolation_stay, isolation_trips, orders
from liankong.protocols.words import Placement
from liankong.store.access import node_scope
from liankong.store.models import Entry, Hold, Isolation, Order
from liankong.vocabulary.facts import ContactBecameCase
from liankong.vocabulary.kinds import (
    HomeGround,
    Mobility,
    OrderKind,
    OrderState,
    PersonClass,
    Role,
    RoomState,
)
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


def test_a_signed_contact_is_proposed_a_single_room_within_eight_hours_and_nobody_is_bound_yet(
    town: Town, ground: Ground, at: datetime
) -> None:
    row = sites.proposal(town, ground, at)
    assert (row.placement, row.due_at, row.signed_at) == (Placement.CENTRAL, at + 8 * HOUR, None)
    assert row.order is not None
    assert (row.order.kind, row.order.state, row.order.due_at) == (
        OrderKind.TRANSFER,
        OrderState.DRAFT,
        at + 8 * HOUR,
    )
    assert "第八版" in str(row.why["numbers"])
    assert not Hold.objects.exists(), "a proposal holds nothing"
    entry = Entry.objects.get(kind="TransferProposed", subject=row.pk)
    assert Entry.objects.get(pk=entry.cause).kind == "ContactsSigned"


def test_from_the_signature_to_the_room(town: Town, ground: Ground, at: datetime) -> None:
    row = sites.proposal(town, ground, at)
    signed = sites.sign(town, row, at=at + HOUR)
    assert signed.signed == (row.pk,) and not signed.refused and not signed.unplanned
    row.refresh_from_db()
    assert row.order is not None and row.hold is not None and row.trip is not None
    row.order.refresh_from_db()
    assert (row.order.state, row.order.due_at) == (OrderState.ISSUED, at + 8 * HOUR), (
        "the clock did not restart"
    )
    assert row.hold.room is not None and row.hold.room.state == RoomState.READY
    van = row.trip.hold
    assert van is not None and van.vehicle_id in [one.pk for one in ground.vans] and row.stop == 1
    sites.bring(town, row, at + 2 * HOUR)
    row = Isolation.objects.select_related("order", "hold__room", "trip__hold").get(pk=row.pk)
    assert (
        row.order is not None and row.hold is not None and row.hold.room is not None and row.trip is not None
    )
    assert row.hold.room.state == RoomState.OCCUPIED
    assert (row.order.state, row.order.done_at) == (OrderState.DONE, row.arrived_at)
    assert row.trip.ended_at == row.arrived_at
    assert row.trip.hold is not None and row.trip.hold.until_at == row.arrived_at
    kinds = list(Entry.objects.filter(subject_kind="isolation", subject=row.pk).order_by("id"))
    assert [one.kind for one in kinds] == [
        "TransferProposed",
        "TransferOrdered",
        "PersonAtDoor",
        "PersonAboard",
        "PersonArrived",
    ]


def test_a_contacts_contact_has_twelve_hours_and_isolates_at_home_under_v9(
    town: Town, ground: Ground, at: datetime
) -> None:
    second = PersonClass.SECONDARY_CONTACT
    central = sites.proposal(town, ground, at, classification=second)
    assert (central.placement, central.due_at) == (Placement.CENTRAL, at + 12 * HOUR)
    home = sites.proposal(town, ground, at, classification=second, protocol="CN-COV-v9")
    assert home.placement == Placement.HOME_ISOLATION
    assert home.order is not None and home.order.kind == OrderKind.DOOR_KNOCK
    assert sites.sign(town, home, at=at).signed == (home.pk,)
    home.refresh_from_db()
    assert home.hold is None and home.trip is None
    with sites.answered():
        orders.finish(order=home.order.pk, proof="sealed and told", by=town[Role.DUTY_OFFICER], at=at + HOUR)
    home.refresh_from_db()
    assert home.arrived_at == at + HOUR, "the community's own report begins the isolation"


@pytest.mark.parametrize("protocol", ["CN-COV-BB"])
def test_nobody_is_moved_under_a_protocol_without_isolation(
    town: Town, ground: Ground, at: datetime, protocol: str
) -> None:
    met = sites.contact(town, ground, at, protocol=protocol)
    sites.sign_contact(town, met, at)
    assert not Isolation.objects.exists() and not Order.objects.filter(kind=OrderKind.TRANSFER).exists()


def test_a_general_contact_is_left_at_home_in_peace(town: Town, ground: Ground, at: datetime) -> None:
    met = sites.contact(town, ground, at, classification=PersonClass.GENERAL_CONTACT)
    sites.sign_contact(town, met, at)
    assert not Isolation.objects.exists()


def test_a_contact_who_lives_elsewhere_is_not_proposed_here(town: Town, ground: Ground, at: datetime) -> None:
    met = sites.contact(town, ground, at)
    met.lives_in = "120104"
    met.save()
    sites.sign_contact(town, met, at)
    assert not Isolation.objects.exists()


def test_a_case_from_elsewhere_is_proposed_by_a_dispatcher_and_a_sites_manager_may_not(
    town: Town, ground: Ground, at: datetime
) -> None:
    from support import rows

    from liankong.actions import Forbidden
    from liankong.protocols import Subject

    sites.hospital(at)
    who = rows.person(division=COMMUNITY, at=at)
    with pytest.raises(Forbidden):
        isolation.propose_somebody(
            person=who.pk, subject=Subject.CASE, starts_on=local_day(at), by=town[Role.SITE_MANAGER], at=at
        )
    row = isolation.propose_somebody(
        person=who.pk,
        subject=Subject.CASE,
        starts_on=local_day(at),
        infected=True,
        by=town[Role.DISPATCHER],
        at=at,
    )
    assert row.placement == Placement.HOSPITAL


# --- families, carers, home ---------------------------------------------------------------------------------------


def test_a_mother_and_her_child_are_signed_together_into_one_room_and_one_seat_row(
    town: Town, ground: Ground, at: datetime
) -> None:
    household = sites.home()
    child = sites.proposal(town, ground, at, household=household, age=4)
    assert "name a carer" in child.why["missing"]
    refused = sites.sign(town, child, at=at).refused
    assert "name a carer" in refused[child.pk].sentence()
    mother = sites.proposal(town, ground, at, household=household, age=33)
    child.refresh_from_db()
    assert child.why["missing"] == "" and child.party == mother.party
    signed = sites.sign(town, child, at=at)
    assert signed.signed == (child.pk, mother.pk), "whoever belongs together is signed together"
    child.refresh_from_db()
    mother.refresh_from_db()
    assert child.hold_id == mother.hold_id and child.trip_id == mother.trip_id and child.stop == mother.stop
    assert child.hold is not None and child.hold.room is not None and child.hold.room.beds == 2


def test_a_child_who_is_found_after_the_mother_was_brought_joins_her_room(
    town: Town, ground: Ground, at: datetime
) -> None:
    household = sites.home()
    father = sites.inside(town, ground, at, household=household, age=36)
    two_beds = isolation_stay.move_room(
        isolation=father.pk, room=ground.rooms["102"].pk, by=town[Role.SITE_MANAGER], at=at + HOUR
    )
    child = sites.proposal(town, ground, at + 2 * HOUR, household=household, age=4)
    assert sites.sign(town, child, at=at + 2 * HOUR).signed == (child.pk,)
    child.refresh_from_db()
    assert child.hold_id == two_beds.hold_id


def test_a_carer_who_is_no_contact_comes_under_the_same_rule_by_name(
    town: Town, ground: Ground, at: datetime
) -> None:
    child = sites.proposal(town, ground, at, age=4)
    aunt = sites.contact(town, ground, at).person
    isolation.assess(
        isolation=child.pk,
        home=False,
        grounds=[],
        mobility=Mobility.WALKS,
        carer=aunt.pk,
        by=town[Role.DISPATCHER],
        at=at,
    )
    child.refresh_from_db()
    companion = Isolation.objects.get(person=aunt)
    assert companion.party == child.party and companion.subject == child.subject
    assert companion.due_at == child.due_at and child.why["missing"] == ""


def test_a_pregnant_contact_is_assessed_and_her_draft_becomes_a_knock_at_the_door(
    town: Town, ground: Ground, at: datetime
) -> None:
    row = sites.proposal(town, ground, at, age=29)
    before = row.order_id
    isolation.assess(
        isolation=row.pk,
        home=True,
        grounds=[HomeGround.PREGNANT],
        mobility=Mobility.WALKS,
        by=town[Role.DISPATCHER],
        at=at,
    )
    row.refresh_from_db()
    assert row.placement == Placement.HOME_ISOLATION and row.order_id == before
    assert row.order is not None and row.order.kind == OrderKind.DOOR_KNOCK
    assert row.release_on == local_day(at) + timedelta(days=14), "home lasts as long as the site would have"


def test_home_without_a_ground_is_refused(town: Town, ground: Ground, at: datetime) -> None:
    row = sites.proposal(town, ground, at)
    with pytest.raises(Refused, match="no ground"):
        isolation.assess(
            isolation=row.pk, home=True, grounds=[], mobility=Mobility.WALKS, by=town[Role.DISPATCHER], at=at
        )


# --- never mixed, never twice -------------------------------------------------------------------------------------


def test_rooms_run_out_and_whoever_gets_none_is_told_why_while_the_others_are_signed(
    town: Town, at: datetime
) -> None:
    ground = sites.build(town, at, numbers=("101", "201"))
    waiting = [sites.proposal(town, ground, at) for _ in range(3)]
    signed = sites.sign(town, *waiting, at=at)
    assert len(signed.signed) == 2 and len(signed.refused) == 1
    assert "No room is ready" in next(iter(signed.refused.values())).sentence()
    rooms = list(Isolation.objects.filter(signed_at__isnull=False).values_list("hold__room", flat=True))
    assert len(set(rooms)) == 2


def test_vehicles_run_out_and_the_rest_wait_to_be_planned(town: Town, at: datetime) -> None:
    ground = sites.build(town, at, numbers=("101", "103", "104", "105", "106"), vans=1)
    waiting = [sites.proposal(town, ground, at) for _ in range(5)]
    signed = sites.sign(town, *waiting, at=at)
    assert len(signed.signed) == 5 and len(signed.trips) == 1 and len(signed.unplanned) == 1
    trip = signed.trips[0]
    for rider in trip.riders.all():
        sites.bring(town, rider, at + HOUR)
    planned = isolation_trips.plan(by=town[Role.DISPATCHER], at=at + 2 * HOUR)
    assert len(planned.trips) == 1 and not planned.left
    assert planned.trips[0].hold is not None and trip.hold is not None
    assert planned.trips[0].hold.vehicle_id == trip.hold.vehicle_id, "the van came back"


def test_a_contact_who_became_a_case_is_proposed_for_hospital_and_shares_no_van_with_the_others(
    town: Town, ground: Ground, at: datetime
) -> None:
    clinic = sites.hospital(at)
    ill = sites.inside(town, ground, at)
    sites.told(
        town,
        ContactBecameCase(contact=ill.contact_id or 0, case=ground.case.pk),
        ill.contact_id or 0,
        at + HOUR,
    )
    ill.refresh_from_db()
    assert ill.infected and ill.released_at is None, "they are still in the room until they are fetched"
    move = Isolation.objects.get(person=ill.person, signed_at__isnull=True)
    assert (move.placement, move.infected) == (Placement.HOSPITAL, True)
    other = sites.proposal(town, ground, at + HOUR)
    signed = sites.sign(town, move, other, at=at + HOUR)
    assert set(signed.signed) == {move.pk, other.pk}
    move.refresh_from_db()
    other.refresh_from_db()
    assert move.hospital == clinic and move.trip_id != other.trip_id
    assert other.hold is not None and other.hold.room is not None and ill.hold is not None
    assert other.hold.room.floor != ill.hold.room.floor, "no healthy person on an infected one's floor"  # type: ignore[union-attr]
    sites.bring(town, move, at + 2 * HOUR)
    ill.refresh_from_db()
    move.refresh_from_db()
    assert (ill.ended, move.ended) == ("moved", "hospital")
    room = ground.rooms["101"] if ill.hold.room_id == ground.rooms["101"].pk else ill.hold.room
    assert room is not None
    room.refresh_from_db()
    assert room.state == RoomState.CLEANING
