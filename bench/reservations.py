"""Fifty hands reach for one room at once: exactly one gets it, a thousand times over."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from bench import stage

HANDS = 50
ROUNDS, SMALL = 1000, 30


def run(report: stage.Report) -> None:
    """50 concurrent reservations of one room, each on a connection of its own; rounds of an hour each."""
    rounds = SMALL if report.small else ROUNDS
    with stage.node():
        room = _room()
        ours = _rounds(room, rounds, _by_mutator)
        _report(report, "one room, 50 at once", ours, rounds)
        # The same room taken by a plain insert that leaves everything to the exclusion constraint, for comparison.
        plain = _rounds(_room(), max(rounds // 10, 5), _by_plain_insert)
        report.measures[-2].peer = "plain insert against the constraint alone"
        report.measures[-2].peer_value = stage.percentiles(plain.samples)[0] * 1000
        _account(plain)


class _Outcome:
    """What the hands found: winners of each round, and the time that each reach took, in seconds."""

    def __init__(self, rounds: int) -> None:
        self.winners = [0] * rounds
        self.samples: list[float] = []
        self.faults: list[Exception] = []
        self.deadlocks = 0
        self.wall = 0.0
        self.lock = threading.Lock()


def _room() -> Any:
    from liankong.store.access import node_scope
    from liankong.store.models import Organisation, Room, Site
    from liankong.vocabulary.kinds import OrganisationKind

    at = datetime(2022, 1, 8, 4, tzinfo=UTC)
    with node_scope():
        number = Site.objects.count()
        body = Organisation.objects.create(
            code=f"site-{number}", kind=OrganisationKind.ISOLATION_SITE, division="120112"
        )
        site = Site.objects.create(organisation=body, division="120112", open_from=at)
        return Room.objects.create(site=site, number="101", state_since=at)


def _by_mutator(room: Any, from_at: datetime, until_at: datetime) -> bool:
    from liankong.store.isolation import hold_room
    from liankong.store.log import Actor

    return hold_room(room, from_at=from_at, until_at=until_at, by=Actor(rule="bench"), at=from_at) is not None


def _by_plain_insert(room: Any, from_at: datetime, until_at: datetime) -> bool:
    from liankong.store.models import Hold

    Hold.objects.create(room=room, division="120112", from_at=from_at, until_at=until_at, at=from_at)
    return True


def _rounds(room: Any, rounds: int, reach: Callable[[Any, datetime, datetime], bool]) -> _Outcome:
    """Each round is another hour of the same room, so nothing has to be cleared between them."""
    outcome = _Outcome(rounds)
    start, hour = datetime(2022, 1, 8, 4, tzinfo=UTC), timedelta(hours=1)
    gate = threading.Barrier(HANDS)

    def hand(first: bool) -> None:
        from django.db import IntegrityError, OperationalError, connections, transaction

        from liankong.store.access import node_scope

        with node_scope():
            for number in range(rounds):
                from_at = start + hour * number
                gate.wait(120)
                if first and number == 0:
                    outcome.wall = time.perf_counter()
                began = time.perf_counter()
                won = False
                try:
                    with transaction.atomic():
                        won = reach(room, from_at, from_at + hour)
                except IntegrityError:
                    won = False
                except OperationalError:
                    with outcome.lock:
                        outcome.deadlocks += 1
                except Exception as error:
                    outcome.faults.append(error)
                took = time.perf_counter() - began
                with outcome.lock:
                    outcome.samples.append(took)
                    outcome.winners[number] += won
        gate.wait(120)
        if first:
            outcome.wall = time.perf_counter() - outcome.wall
        connections.close_all()

    threads = [threading.Thread(target=hand, args=(number == 0,)) for number in range(HANDS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcome


def _account(outcome: _Outcome) -> None:
    """Never two winners; a fault of any other kind ends the benchmark."""
    if outcome.faults or max(outcome.winners) > 1:
        raise SystemExit(f"faults: {outcome.faults[:1]}; most winners of a round: {max(outcome.winners)}")


def _report(report: stage.Report, what: str, outcome: _Outcome, rounds: int) -> None:
    _account(outcome)
    alone = sum(won == 1 for won in outcome.winners)
    median, ninetieth = stage.percentiles(outcome.samples)
    report.add(f"{what}: rounds with exactly one winner, of {rounds}", alone, "rounds")
    report.add(f"{what}: rounds", rounds / outcome.wall, "rounds/s")
    report.add(f"{what}: one reservation, median", median * 1000, "ms")
    report.add(f"{what}: one reservation, 90th percentile", ninetieth * 1000, "ms")
    if alone != rounds:
        raise SystemExit(f"{rounds - alone} of {rounds} rounds had no winner or several")


if __name__ == "__main__":
    stage.main("reservations", run)
