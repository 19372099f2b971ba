"""What follows when a hospital sends a need back or does not answer, and when a sample is positive."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from support import inside as insides
from support import town as towns
from support.inside import Inside
from support.town import Town

from liankong import flow
from liankong.actions import disinfection, needs, orders, orders_clocks
from liankong.store import log
from liankong.store.access import node_scope
from liankong.store.log import Actor
from liankong.store.models import Order, Zone
from liankong.vocabulary.kinds import NeedKind, OrderKind, OrderState, Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def town(at: datetime) -> Iterator[Town]:
    with node_scope():
        yield towns.build(at)


@pytest.fixture
def inside(town: Town, at: datetime) -> Inside:
    return insides.build(town, at)


def care(inside: Inside, at: datetime) -> Order:
    taken = needs.take(kind=NeedKind.BIRTH, person=inside.person.pk, by=inside.worker, at=at)
    return next(order for order in taken.orders if order.addressee == inside.near)


def test_a_hospital_that_returns_the_order_starts_the_same_as_one_that_shuts_its_door(
    town: Town, inside: Inside, at: datetime
) -> None:
    order = care(inside, at)
    with log.collecting() as consequences:
        orders.send_back(order=order.pk, reason="no beds", by=inside.clinician, at=at)
    flow.answer_now(consequences)
    after = Order.objects.get(follows=order)
    assert (after.addressee, after.state) == (inside.far, OrderState.ISSUED)
    assert Order.objects.get(kind=OrderKind.INCIDENT).addressee == town.district
    flow.answer_now(consequences)
    assert Order.objects.filter(follows=order).count() == 1


def test_a_hospital_that_does_not_answer_in_time_is_an_incident_and_another_is_told_as_well(
    town: Town, inside: Inside, at: datetime
) -> None:
    order = care(inside, at)
    later = order.due_at + timedelta(minutes=1)
    with log.collecting() as consequences:
        orders_clocks.mark_overdue(by=Actor(rule="clock:orders"), at=later)
    flow.answer_now(consequences)
    order.refresh_from_db()
    assert order.state == OrderState.ISSUED  # it may still come
    assert Order.objects.get(follows=order).addressee == inside.far
    incident = Order.objects.filter(kind=OrderKind.INCIDENT, detail__refused=order.pk).get()
    assert incident.detail["late"] is True


def test_other_orders_that_come_back_or_ring_start_nothing_of_the_kind(
    town: Town, inside: Inside, at: datetime
) -> None:
    taken = needs.take(kind=NeedKind.CLINIC, household=inside.household.pk, by=inside.worker, at=at)
    with log.collecting() as consequences:
        orders.send_back(order=taken.order.pk, reason="not here", by=inside.worker, at=at)
        orders_clocks.mark_overdue(by=Actor(rule="clock:orders"), at=at + timedelta(days=2))
    flow.answer_now(consequences)
    assert not Order.objects.filter(kind=OrderKind.INCIDENT).exists()


@pytest.mark.parametrize("edition", ["CN-COV-v8"])
def test_the_result_of_a_place_reaches_the_zone_that_holds_it(
    town: Town, inside: Inside, at: datetime, edition: str
) -> None:
    zone = insides.zone(town, inside, at - timedelta(days=2))
    made = disinfection.order_for_zone(
        zone=zone.pk, what=[OrderKind.ENVIRONMENT_SAMPLE], by=town[Role.COMMANDER], at=at
    )
    sampler = towns.seat(Role.CLINICIAN, town.cdc, at=at - timedelta(days=1))
    with log.collecting() as consequences:
        disinfection.report(order=made.orders[0].pk, samples=12, positive=2, by=sampler, at=at)
    assert "zones.on_disinfection" in {job for job, _entry in consequences}
    flow.answer_now(consequences)
    from liankong.store import zones_facts

    sample = zones_facts.clock_facts(Zone.objects.get(pk=zone.pk)).samples[0]
    assert sample.positive and sample.at == at
