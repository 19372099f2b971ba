"""The counters of the API's door: an oracle, several processes, and what they do not remember."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liankong.web.api.limits import CALLERS, Limiter, Rate


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limiter(tmp_path: Path, clock: Clock) -> Limiter:
    return Limiter(tmp_path / "limits", key=b"k", clock=clock)


def test_a_burst_is_let_in_and_then_one_request_an_interval(limiter: Limiter, clock: Clock) -> None:
    rate = Rate(per_minute=60, burst=5)
    assert [limiter.hit("t", "a", rate) for _ in range(5)] == [0] * 5
    wait = limiter.hit("t", "a", rate)
    assert wait == pytest.approx(1.0)
    clock.now += wait
    assert limiter.hit("t", "a", rate) == 0
    assert limiter.hit("t", "a", rate) > 0


def test_who_waits_as_told_gets_in_and_who_is_turned_away_loses_nothing(
    limiter: Limiter, clock: Clock
) -> None:
    rate = Rate(per_minute=6, burst=1)
    assert limiter.hit("t", "a", rate) == 0
    wait = limiter.hit("t", "a", rate)
    for _ in range(100):
        limiter.hit("t", "a", rate)
    clock.now += wait
    assert limiter.hit("t", "a", rate) == 0


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(st.floats(0, 5, allow_nan=False), min_size=1, max_size=60),
    per_minute=st.integers(6, 600),
    burst=st.integers(1, 20),
)
def test_no_span_of_time_ever_holds_more_than_the_rate_allows(
    tmp_path_factory: pytest.TempPathFactory, steps: list[float], per_minute: int, burst: int
) -> None:
    clock = Clock()
    limiter = Limiter(tmp_path_factory.mktemp("l") / "limits", key=b"k", clock=clock)
    rate = Rate(per_minute=per_minute, burst=burst)
    let_in: list[float] = []
    for step in steps:
        clock.now += step
        if limiter.hit("t", "a", rate) == 0:
            let_in.append(clock.now)
    limiter.close()
    for first, begin in enumerate(let_in):
        for last in range(first, len(let_in)):
            allowed = burst + (let_in[last] - begin) / rate.interval
            assert last - first + 1 <= allowed + 1e-6


def test_two_processes_count_together(tmp_path: Path) -> None:
    path = tmp_path / "limits"
    program = (
        "import pathlib, sys\n"
        "import django\n"
        "django.setup()\n"
        "from liankong.web.api.limits import Limiter, Rate\n"
        "limiter = Limiter(pathlib.Path(sys.argv[1]), key=b'k', clock=lambda: 1e6)\n"
        "print(sum(limiter.hit('t', 'a', Rate(per_minute=60, burst=50)) == 0 for _ in range(40)))\n"
    )
    root = str(Path(__file__).resolve().parents[2])
    running = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True, cwd=root
        )
        for _ in range(2)
    ]
    assert sum(int(process.communicate(timeout=60)[0]) for process in running) == 50


def test_threads_count_together(limiter: Limiter) -> None:
    rate, let_in = Rate(per_minute=60, burst=30), []

    def ask() -> None:
        let_in.extend(limiter.hit("t", "a", rate) == 0 for _ in range(20))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(let_in) == 30


def test_a_restart_forgets_nothing(tmp_path: Path, clock: Clock) -> None:
    rate = Rate(per_minute=1, burst=1)
    first = Limiter(tmp_path / "limits", key=b"k", clock=clock)
    assert first.hit("t", "a", rate) == 0
    first.close()
    assert Limiter(tmp_path / "limits", key=b"k", clock=clock).hit("t", "a", rate) > 0


def test_a_clock_that_was_set_back_locks_nobody_out(limiter: Limiter, clock: Clock) -> None:
    rate = Rate(per_minute=60, burst=1)
    limiter.hit("t", "a", rate)
    clock.now -= 3600
    assert limiter.hit("t", "a", rate) == 0


def test_more_callers_than_slots_are_still_all_served(limiter: Limiter) -> None:
    rate = Rate(per_minute=60, burst=1)
    assert all(limiter.hit("t", str(number), rate) == 0 for number in range(CALLERS + 1000))


def test_kinds_of_callers_do_not_share_a_count(limiter: Limiter) -> None:
    rate = Rate(per_minute=1, burst=1)
    assert limiter.hit("token", "7", rate) == 0
    assert limiter.hit("address", "7", rate) == 0
