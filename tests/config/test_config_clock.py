"""A demo node lives in its outbreak's days; its clock stands still while it is stopped and never runs backwards."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liankong.config import clock
from liankong.config.clock import BEAT, Shift

WALL = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)
DEMO = datetime(2022, 1, 12, 1, 0, tzinfo=UTC)


def test_a_node_without_a_demo_lives_in_the_present(tmp_path: Path) -> None:
    before = datetime.now(UTC)

    assert before <= clock.now(tmp_path) <= datetime.now(UTC)


def test_the_demo_clock_runs_as_fast_as_ours() -> None:
    shift = Shift(DEMO, WALL, running=True)

    assert shift.at(WALL + timedelta(hours=2)) == DEMO + timedelta(hours=2)


def test_a_night_without_the_node_costs_no_deadline() -> None:
    stopped = Shift(DEMO, WALL, running=True).paused(WALL + timedelta(hours=1))

    started = stopped.resumed(WALL + timedelta(hours=12))

    assert stopped.at(WALL + timedelta(hours=9)) == DEMO + timedelta(hours=1)
    assert started.at(WALL + timedelta(hours=13)) == DEMO + timedelta(hours=2)


def test_after_a_crash_the_clock_goes_on_behind_what_was_recorded() -> None:
    written = Shift(DEMO, WALL, running=True)
    last_fact = written.at(WALL + BEAT)

    resumed = written.resumed(WALL + timedelta(days=3))

    assert last_fact < resumed.demo_at < last_fact + BEAT


STEPS = st.sampled_from(["beat", "pause", "resume", "look"])


def follow(happenings: list[tuple[str, int]]) -> list[tuple[Shift, datetime]]:
    """Each moment that a reader sees, with the clock as last written."""
    shift, wall, seen = Shift(DEMO, WALL, running=False), WALL, []
    for what, seconds in happenings:
        wall += timedelta(seconds=seconds)
        if what == "beat":
            shift = shift.beaten(wall)
        elif what == "pause":
            shift = shift.paused(wall)
        elif what == "resume" and not shift.running:
            shift = shift.resumed(wall)
        seen.append((shift, shift.at(wall)))
    return seen


@given(st.lists(st.tuples(STEPS, st.integers(0, 100_000)), max_size=30))
def test_the_clock_never_runs_backwards(happenings: list[tuple[str, int]]) -> None:
    moments = [moment for _, moment in follow(happenings)]

    assert moments == sorted(moments)


@given(st.lists(st.tuples(STEPS, st.integers(-100_000, 100_000)), max_size=30))
def test_a_wall_clock_that_is_set_back_does_not_undo_what_was_written(
    happenings: list[tuple[str, int]],
) -> None:
    seen = follow(happenings)
    written = [shift.demo_at for shift, _ in seen]

    assert written == sorted(written)
    assert all(moment >= shift.demo_at for shift, moment in seen)


def test_the_file_carries_the_clock_from_one_run_to_the_next(tmp_path: Path) -> None:
    clock.begin(tmp_path, DEMO)
    assert clock.now(tmp_path) == DEMO

    clock.resume(tmp_path)
    running = clock.now(tmp_path)
    clock.beat(tmp_path)
    clock.pause(tmp_path)
    stopped = clock.now(tmp_path)

    assert DEMO <= running <= stopped < DEMO + timedelta(minutes=1)
    assert clock.now(tmp_path) == stopped
    assert json.loads((tmp_path / "clock.json").read_text())["running"] is False


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"demo_at": "2022-01-12T01:00:00", "wall_at": "2026-05-01T08:00:00", "running": true}'],
)
def test_a_damaged_clock_is_reported_not_guessed(tmp_path: Path, text: str) -> None:
    (tmp_path / "clock.json").write_text(text)

    with pytest.raises(clock.ClockError, match="expected demo_at, wall_at and running"):
        clock.now(tmp_path)
