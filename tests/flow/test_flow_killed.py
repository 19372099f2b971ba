"""The worker is killed with SIGKILL at every single step of a positive's consequences, and started again."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from django.db import connection
from support import town as towns
from support.databases import reset

from liankong.actions import cases, lab
from liankong.store.access import node_scope
from liankong.store.models import Case, Entry, Order, Tube
from liankong.vocabulary.kinds import PersonClass, ResultValue, Role, Severity, TubeKind

ROOT = Path(__file__).resolve().parents[2]
Worker = Callable[[int], tuple[int, int]]


@pytest.fixture
def worker(transactional_db: None) -> Iterator[Worker]:
    """Workers on demand, from a process that has the platform loaded."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "liankong.config.settings",
        "LIANKONG_TEST_DATABASE": str(connection.settings_dict["NAME"]),
        "PYTHONPATH": str(ROOT),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "support.mortal_worker"],
        cwd=ROOT / "tests",
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None

    def work(dies_at: int) -> tuple[int, int]:
        process.stdin.write(f"{dies_at}\n")
        process.stdin.flush()
        status, steps = process.stdout.readline().split()
        return int(status), int(steps)

    yield work
    process.stdin.close()
    process.wait(10)
    process.stdout.close()


def morning(at: datetime) -> towns.Town:
    """A single positive and a positive pool of two are reported."""
    town = towns.build(at)
    towns.tube(town, at, code="S")
    towns.tube(town, at, code="P", kind=TubeKind.POOL, people=2)
    for code in ("S", "P"):
        lab.report_result(tube=code, value=ResultValue.POSITIVE, by=town[Role.LAB_OFFICER], at=at)
    return town


def noon(town: towns.Town, at: datetime) -> None:
    """The case is reported: its review is asked for."""
    cases.report(case=Case.objects.get().pk, card="K-1", by=town[Role.EPIDEMIOLOGIST], at=at)


def afternoon(town: towns.Town, at: datetime) -> None:
    """The case is reviewed; one re-swab comes back negative."""
    cases.classify(
        case=Case.objects.get().pk,
        classification=PersonClass.CONFIRMED,
        severity=Severity.MILD,
        reason="review",
        by=town[Role.CLINICIAN],
        at=at,
    )
    member = Tube.objects.get(code="P").members.order_by("pk").first()
    towns.tube_of(town, [member], at, code="R")
    lab.report_result(tube="R", value=ResultValue.NEGATIVE, by=town[Role.LAB_OFFICER], at=at)


def outcome() -> list[object]:
    facts = Entry.objects.order_by("kind", "subject_kind").values_list("kind", "subject_kind")
    orders = Order.objects.order_by("kind", "state").values_list("kind", "state")
    return [list(facts), list(orders), Case.objects.count()]


def a_day(
    worker: Worker, at: datetime, *, parts: int = 3, dies_at: int = 0
) -> list[tuple[int, list[object]]]:
    """The first parts of the day, the worker dying at a step of the last of them.

    Returns the steps of each part and what stands after it.
    """
    with node_scope():
        told = []
        for part in range(1, parts + 1):
            if part == 1:
                town = morning(at)
            else:
                (noon if part == 2 else afternoon)(town, at)
            told.append((_part(worker, dies_at if part == parts else 0), outcome()))
        return told


def _part(worker: Worker, dies_at: int) -> int:
    if dies_at:
        status, _ = worker(dies_at)
        assert status == -signal.SIGKILL
    status, steps = worker(0)
    assert status == 0
    return steps


@pytest.mark.slow
def test_a_worker_killed_at_any_step_loses_nothing_and_doubles_nothing(worker: Worker, at: datetime) -> None:
    whole = a_day(worker, at)
    with node_scope():
        assert set(Order.objects.values_list("kind", flat=True)) == {
            "core_track",
            "preliminary_report",
            "report",
            "reswab",
            "review",
        }
    assert sum(steps for steps, _stands in whole) > 20
    for part, (steps, stands) in enumerate(whole, start=1):
        for step in range(1, steps + 1):
            reset()
            # What follows a part starts from what stands after it: the day need not go on.
            assert a_day(worker, at, parts=part, dies_at=step)[-1][1] == stands, f"killed at {part}.{step}"


def test_a_workers_own_consequences_wait_for_its_commit(worker: Worker, at: datetime) -> None:
    """Deferred on another connection they would run before their cause exists, fail, and come back seconds later."""
    with node_scope():
        morning(at)
        status, _ = worker(0)
        assert status == 0
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT task_name, attempts, status FROM procrastinate_jobs WHERE queue_name = 'default'"
            )
            ran = cursor.fetchall()
    assert len(ran) > 5
    assert {(attempts, status) for _, attempts, status in ran} == {(1, "succeeded")}, ran
