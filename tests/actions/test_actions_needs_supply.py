"""What comes again and what is brought: standing needs by the clock, rounds of baskets, and what a hospital takes."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from support import inside as insides
from support import rows
from support import town as towns
from support.inside import Inside, kinds_of
from support.town import CITY, COMMUNITY, Town, seat

from liankong.actions import Refused, needs, needs_care, needs_deliveries, needs_standing
from liankong.store import zones
from liankong.store.access import node_scope
from liankong.store.log import Actor
from liankong.store.models import Household, Order, StandingNeed
from liankong.vocabulary.kinds import NeedKind, OrderKind, Role

pytestmark = pytest.mark.django_db
CLOCK = Actor(rule="clock:needs_standing.make_turns")


@pytest.fixture
def town(at: datetime) -> Iterator[Town]:
    with node_scope():
        yield towns.build(at)


@pytest.fixture
def inside(town: Town, at: datetime) -> Inside:
    return insides.build(town, at)


# --- what comes again -------------------------------------------------------------------------------------------------


def list_dialysis(inside: Inside, at: datetime, **more: object) -> StandingNeed:
    values: dict[str, object] = {
        "kind": NeedKind.DIALYSIS, "household": inside.household.pk, "person": inside.person.pk,
        "what": "haemodialysis", "next_on": date(2022, 1, 9), "every_days": 2, "hospital": inside.near.pk,
    } | more  # fmt: skip
    return needs_standing.put_on_list(**values, by=inside.worker, at=at)  # type: ignore[arg-type]  # a test's keywords


def test_dialysis_is_ordered_a_day_ahead_by_the_clock_and_each_turn_once(
    inside: Inside, at: datetime
) -> None:
    standing = list_dialysis(inside, at)
    assert needs_standing.make_turns(by=CLOCK, at=at) == 2
    assert needs_standing.make_turns(by=CLOCK, at=at + timedelta(minutes=1)) == 0
    made = Order.objects.filter(kind=OrderKind.NEED, detail__standing=standing.pk).order_by("pk")
    assert [order.addressee for order in made] == [inside.community, inside.near]
    assert {order.detail["turn"] for order in made} == {"2022-01-09"}
    assert all(order.issuer == inside.community and not order.emergency for order in made)
    assert needs_standing.make_turns(by=CLOCK, at=at + timedelta(days=2)) == 2
    standing.refresh_from_db()
    assert standing.next_on == date(2022, 1, 13)


def test_an_expected_birth_is_told_once_and_leaves_the_list(inside: Inside, at: datetime) -> None:
    standing = list_dialysis(inside, at, kind=NeedKind.BIRTH, what="birth expected", every_days=None)
    assert needs_standing.make_turns(by=CLOCK, at=at) == 2
    standing.refresh_from_db()
    assert standing.ended_at == at
    # The hospital that keeps the place refuses: the same rule as for any other emergency.
    care = Order.objects.get(addressee=inside.near, detail__standing=standing.pk)
    assert care.emergency
    after = needs.report_refusal(order=care.pk, reason="no test", by=inside.worker, at=at)
    assert Order.objects.get(pk=after.pk).addressee == inside.far


def test_who_is_taken_off_the_list_has_no_more_turns(inside: Inside, at: datetime) -> None:
    standing = list_dialysis(inside, at)
    with pytest.raises(Refused):
        needs_standing.take_off_list(standing=standing.pk, reason="", by=inside.worker, at=at)
    needs_standing.take_off_list(standing=standing.pk, reason="moved away", by=inside.worker, at=at)
    assert needs_standing.make_turns(by=CLOCK, at=at) == 0


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"what": " "}, "what"), ({"what": "13800138000"}, "what"), ({"next_on": date(2021, 1, 1)}, "next_on"),
        ({"every_days": 0}, "every_days"), ({"hospital": 10**9}, "hospital"), ({"household": 10**9}, "household"),
        ({"person": 10**9}, "person"),
    ],
)  # fmt: skip
def test_a_list_takes_no_nonsense(inside: Inside, at: datetime, wrong: dict[str, object], field: str) -> None:
    with pytest.raises(Refused) as refused:
        list_dialysis(inside, at, **wrong)
    assert refused.value.field == field


# --- what is brought --------------------------------------------------------------------------------------------------


def test_a_round_of_baskets_for_a_zone_counts_its_households_from_the_register(
    town: Town, inside: Inside, at: datetime
) -> None:
    for _ in range(4):
        Household.objects.create(division=COMMUNITY, dwelling=inside.dwelling)
    Household.objects.create(division=COMMUNITY)  # lives elsewhere
    zone = insides.zone(town, inside, at)
    found = needs_deliveries.deliver_to_zone(
        zone=zone.pk, basket="standard", parcels=10, by=town[Role.COMMANDER], at=at
    )
    assert (found.households, found.orders, found.stock.needed, found.stock.suffices) == (5, 1, 15, False)
    order = Order.objects.get(kind=OrderKind.DELIVERY)
    assert order.addressee == inside.community and order.detail["households"] == 5
    assert kinds_of(order.pk) == ["OrderIssued"]
    with pytest.raises(Refused, match="under way"):
        needs_deliveries.deliver_to_zone(zone=zone.pk, basket="standard", by=town[Role.COMMANDER], at=at)
    each = needs_deliveries.deliver_to_zone(
        zone=zone.pk, basket="baby", each_household=True, by=town[Role.COMMANDER], at=at
    )
    homes = Order.objects.filter(batch=each.batch).values_list("household", flat=True)
    assert len(set(homes)) == each.orders == zones.households(zone).count() == 5


def test_a_round_costs_no_more_queries_for_more_households(town: Town, inside: Inside, at: datetime) -> None:
    zone = insides.zone(town, inside, at)
    Household.objects.bulk_create(
        [Household(division=COMMUNITY, dwelling=inside.dwelling) for _ in range(300)]
    )
    with CaptureQueriesContext(connection) as captured:
        found = needs_deliveries.deliver_to_zone(
            zone=zone.pk, basket="standard", each_household=True, by=town[Role.COMMANDER], at=at
        )
    assert found.orders == 301
    assert len(captured) < 30


def test_only_a_zone_in_force_is_supplied_and_only_with_a_basket_there_is(
    town: Town, inside: Inside, at: datetime
) -> None:
    zone = insides.zone(town, inside, at)
    with pytest.raises(Refused) as refused:
        needs_deliveries.deliver_to_zone(zone=zone.pk, basket="gold", by=town[Role.COMMANDER], at=at)
    assert refused.value.field == "basket"
    with pytest.raises(Refused) as refused:
        needs_deliveries.deliver_to_zone(zone=10**9, basket="standard", by=town[Role.COMMANDER], at=at)
    assert refused.value.field == "zone"
    one = needs_deliveries.deliver_to_household(
        household=inside.household.pk, basket="baby", by=town[Role.DUTY_OFFICER], at=at
    )
    assert (one.household_id, one.addressee) == (inside.household.pk, inside.community)


# --- what a hospital takes --------------------------------------------------------------------------------------------


def test_a_hospital_says_what_it_takes_and_another_headquarters_cannot_say_it_for_it(
    town: Town, inside: Inside, at: datetime
) -> None:
    row = needs_care.set_care_point(
        organisation=inside.near.pk, takes=[NeedKind.DIALYSIS], longitude=117.3, latitude=39.0,
        by=town[Role.COMMANDER], at=at,
    )  # fmt: skip
    assert row.takes == ["dialysis"]
    with pytest.raises(Refused):
        needs_care.set_care_point(organisation=inside.far.pk, takes=[], by=town[Role.COMMANDER], at=at)
    city = seat(Role.COMMANDER, town.city, at=at - timedelta(days=1))
    assert not needs_care.set_care_point(
        organisation=inside.far.pk, takes=[], open=False, by=city, at=at
    ).open
    with pytest.raises(Refused):
        needs_care.set_care_point(organisation=inside.near.pk, takes=[], longitude=1.0, by=city, at=at)
    assert CITY and rows
