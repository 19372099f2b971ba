"""One room, many hands: the database gives it to exactly one, whoever tries and however many at once."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connections, transaction
from support import rows
from support import town as towns

from liankong.store.access import node_scope
from liankong.store.isolation import hold_room, hold_vehicle, let_go
from liankong.store.log import Actor
from liankong.store.models import Hold, Room, Site, Vehicle

BY = Actor(rule="test")
HANDS = 50


def make_room(at: datetime, number: str = "101") -> Room:
    body = rows.organisation(division=towns.JINNAN, at=at)
    site = Site.objects.create(organisation=body, division=towns.JINNAN)
    return Room.objects.create(site=site, number=number, state_since=at)


def at_once(work: Callable[[int], Any], hands: int = HANDS) -> list[Any]:
    """Run the work in as many threads, each on a connection of its own, let loose together."""
    gate, found, faults = threading.Barrier(hands), [], []

    def run(hand: int) -> None:
        try:
            with node_scope():
                gate.wait(60)
                found.append(work(hand))
        except Exception as error:
            faults.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(hand,)) for hand in range(hands)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert faults == []
    return found


@pytest.mark.django_db(transaction=True)
def test_fifty_who_reach_for_one_room_at_once_and_exactly_one_gets_it(at: datetime) -> None:
    with node_scope():
        room = make_room(at)

    def reach(_hand: int) -> bool:
        with transaction.atomic():
            return (
                hold_room(Room.objects.select_related("site").get(pk=room.pk), from_at=at, by=BY, at=at)
                is not None
            )

    assert sorted(at_once(reach)) == [False] * (HANDS - 1) + [True]
    with node_scope():
        assert Hold.objects.filter(room=room).count() == 1


@pytest.mark.django_db(transaction=True)
def test_ten_who_reach_for_five_rooms_in_any_order_get_one_each_and_nobody_is_stuck(at: datetime) -> None:
    """Each takes what is free, in an order of their own: no two wait for each other for ever."""
    with node_scope():
        site = make_room(at).site
        rooms = [Room.objects.create(site=site, number=str(key), state_since=at) for key in range(5)]

    def take(hand: int) -> int:
        with transaction.atomic():
            order = rooms[hand % 5 :] + rooms[: hand % 5]
            held = [room for room in order if hold_room(room, from_at=at, by=BY, at=at) is not None]
            return len(held)

    assert sum(at_once(take, hands=10)) == 5


@pytest.mark.django_db
def test_the_database_itself_refuses_a_second_hold_even_past_the_mutator(at: datetime) -> None:
    with node_scope():
        room = make_room(at)
        division = room.site.division
        Hold.objects.create(room=room, division=division, from_at=at, at=at)
        with pytest.raises(DatabaseError, match="room_held_once"), transaction.atomic():
            Hold.objects.create(
                room=room,
                division=division,
                from_at=at + timedelta(days=3),
                until_at=at + timedelta(days=4),
                at=at,
            )


@pytest.mark.django_db
def test_a_hold_ends_when_it_is_let_go_and_the_next_may_begin_at_that_minute(at: datetime) -> None:
    with node_scope():
        room = make_room(at)
        first = hold_room(room, from_at=at, by=BY, at=at)
        assert first is not None
        assert hold_room(room, from_at=at + timedelta(days=1), by=BY, at=at) is None
        let_go(first, at=at + timedelta(days=1))
        assert hold_room(room, from_at=at + timedelta(days=1), by=BY, at=at) is not None
        unbegun = Hold.objects.get(until_at__isnull=True)
        let_go(unbegun, at=at)
        unbegun.refresh_from_db()
        assert unbegun.released_at == at, "a hold that never began is taken back whole"


@pytest.mark.django_db
def test_a_vehicle_may_be_held_for_two_trips_that_do_not_overlap(at: datetime) -> None:
    hour = timedelta(hours=1)
    with node_scope():
        body = rows.organisation(division=towns.JINNAN, at=at)
        van = Vehicle.objects.create(organisation=body, division=towns.JINNAN, plate="津A00001", seats=4)
        assert hold_vehicle(van, from_at=at, until_at=at + hour, by=BY, at=at)
        assert hold_vehicle(van, from_at=at + hour, until_at=at + 2 * hour, by=BY, at=at)
        assert hold_vehicle(van, from_at=at + hour / 2, until_at=at + 3 * hour, by=BY, at=at) is None
