"""Clocks, windows and gaps of an investigation, under the protocol of the case."""

from datetime import UTC, date, datetime, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liankong import protocols
from liankong.rules.investigation import (
    SHORTEST_GAP,
    Held,
    exposure_window,
    gaps,
    look_back,
    overlaps,
    report_deadline,
    stay_fault,
    track_deadline,
)
from liankong.rules.tracing import Infected
from liankong.vocabulary.spans import Span, local

NOON = datetime(2022, 1, 8, 4, tzinfo=UTC)
V8, MEASLES, CLASS_B = (protocols.load(name) for name in ("CN-COV-v8", "CN-MEA-2009", "CN-COV-BB"))


def test_the_track_is_due_in_four_hours_and_the_report_in_a_day() -> None:
    track, report = track_deadline(NOON, V8), report_deadline(NOON, V8)
    assert track is not None
    assert report is not None
    assert (track.due_at - NOON, report.due_at - NOON) == (timedelta(hours=4), timedelta(days=1))
    assert "core_track" in track.why.basis


def test_a_protocol_without_the_clock_sets_no_deadline() -> None:
    assert track_deadline(NOON, MEASLES) is None
    assert report_deadline(NOON, MEASLES) is None


def test_the_itinerary_reaches_from_two_days_before_onset_to_isolation() -> None:
    window = look_back(Infected(found_at=NOON, onset_on=date(2022, 1, 7)), V8, until=NOON)
    assert window == Span(local(date(2022, 1, 5)), NOON)


def test_where_nobody_is_a_contact_no_day_must_be_covered() -> None:
    assert look_back(Infected(found_at=NOON), CLASS_B, until=NOON) is None


def test_infection_lies_one_to_fourteen_days_before_the_onset() -> None:
    window = exposure_window(date(2022, 1, 15), V8)
    assert window == Span(local(date(2022, 1, 1)), local(date(2022, 1, 15)))
    assert exposure_window(None, V8) is None
    # A protocol that states no incubation gives no window.
    assert exposure_window(date(2022, 1, 15), protocols.load("CN-COV-v9")) is None


def test_hours_without_a_stay_are_gaps_and_short_ways_between_are_not() -> None:
    window = Span(NOON, NOON + timedelta(hours=8))
    hour = timedelta(hours=1)
    stays = [
        Held(1, NOON - hour, NOON + hour),
        Held(2, NOON + hour + SHORTEST_GAP / 2, NOON + 2 * hour),
        Held(3, NOON + 5 * hour, NOON + 6 * hour),
    ]
    assert gaps(stays, window) == [
        Span(NOON + 2 * hour, NOON + 5 * hour),
        Span(NOON + 6 * hour, NOON + 8 * hour),
    ]
    assert gaps([], window) == [window]


def test_a_window_without_an_end_has_no_gaps_to_name() -> None:
    with pytest.raises(ValueError, match="without an end"):
        gaps([], Span(NOON))


HELD = st.lists(st.tuples(st.integers(-300, 900), st.integers(0, 400)), max_size=12).map(
    lambda found: [
        Held(key, NOON + timedelta(minutes=begin), NOON + timedelta(minutes=begin + length))
        for key, (begin, length) in enumerate(found)
    ]
)


@given(HELD)
def test_every_minute_of_a_window_is_in_a_stay_or_in_a_gap(stays: list[Held]) -> None:
    window = Span(NOON, NOON + timedelta(minutes=600))
    found = gaps(stays, window, shortest=timedelta(minutes=1))
    for minute in range(600):
        at = NOON + timedelta(minutes=minute)
        known = any(stay.from_at <= at < stay.until_at for stay in stays)
        assert known != any(gap.holds(at) for gap in found)


@given(HELD)
def test_overlaps_are_what_comparing_every_pair_finds(stays: list[Held]) -> None:
    plainly = {
        frozenset((one.key, other.key))
        for one, other in combinations([stay for stay in stays if stay.until_at > stay.from_at], 2)
        if max(one.from_at, other.from_at) < min(one.until_at, other.until_at)
    }
    found = overlaps(stays)
    assert {frozenset(pair) for pair in found} == plainly
    assert len(found) == len(plainly)


def test_a_stay_is_somewhere_in_the_past_and_ends_after_it_begins() -> None:
    hour = timedelta(hours=1)
    assert stay_fault(from_at=NOON - hour, until_at=NOON, now=NOON, somewhere=True) is None
    faults = [
        stay_fault(from_at=NOON, until_at=NOON - hour, now=NOON, somewhere=True),
        stay_fault(from_at=NOON + hour, until_at=NOON + hour, now=NOON, somewhere=True),
        stay_fault(from_at=NOON - hour, until_at=NOON, now=NOON, somewhere=False),
    ]
    assert [fault[0] if fault else None for fault in faults] == ["until_at", "from_at", "place"]
