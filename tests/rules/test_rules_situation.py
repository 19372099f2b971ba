"""Which hand-over holds up the response: legs against the protocol's clocks."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liankong import protocols
from liankong.rules.situation import Leg, LegFigures, Span, bottleneck, figures, limits

NOW = datetime(2022, 1, 8, 12, tzinfo=UTC)
V8 = protocols.load("CN-COV-v8")


def ago(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


def leg(which: Leg, *spans: Span) -> LegFigures:
    return figures(which, spans, now=NOW, protocol=V8)


def test_each_leg_has_the_limit_that_the_protocol_states() -> None:
    stated = {name: limit.length for name, limit in limits(V8).items()}
    assert stated == {
        Leg.DETECTION_TO_REPORT: timedelta(hours=2),
        # Four hours from the opening, of which the report may take two.
        Leg.REPORT_TO_TRACK: timedelta(hours=2),
        Leg.TRACK_TO_CONTACTS: timedelta(minutes=30),
        Leg.CONTACT_TO_ROOM: timedelta(hours=8),
        Leg.SAMPLE_TO_RESULT: timedelta(hours=24),
    }


def test_a_protocol_without_contacts_has_no_limit_for_moving_them() -> None:
    assert Leg.CONTACT_TO_ROOM not in limits(protocols.load("CN-COV-BB"))


def test_what_still_waits_counts_with_the_time_it_has_waited() -> None:
    found = leg(Leg.CONTACT_TO_ROOM, Span(ago(5), ago(3)), Span(ago(10)), Span(ago(1)))
    assert (found.arrived, found.waiting, found.late) == (1, 2, 1)
    assert found.median == timedelta(hours=2)
    assert found.longest_wait == timedelta(hours=10)
    assert found.pressure == pytest.approx(0.25)


def test_the_leg_that_uses_most_of_its_clock_is_the_bottleneck() -> None:
    slow = leg(Leg.CONTACT_TO_ROOM, Span(ago(7)), Span(ago(6)))
    quick = leg(Leg.SAMPLE_TO_RESULT, Span(ago(8)), Span(ago(9)))
    assert bottleneck({one.leg: one for one in (slow, quick)}) is Leg.CONTACT_TO_ROOM


def test_a_leg_on_which_nothing_waits_any_more_is_not_the_bottleneck() -> None:
    was_slow = leg(Leg.DETECTION_TO_REPORT, Span(ago(9), ago(1)))
    assert bottleneck({was_slow.leg: was_slow}) is None


def test_nothing_on_its_way_gives_no_median_and_no_bottleneck() -> None:
    empty = leg(Leg.DETECTION_TO_REPORT)
    assert (empty.median, empty.pressure, empty.longest_wait) == (None, None, None)
    assert bottleneck({empty.leg: empty}) is None


@given(st.lists(st.tuples(st.floats(0, 90), st.one_of(st.none(), st.floats(0, 1)))))
def test_everything_has_either_arrived_or_waits(drawn: list[tuple[float, float | None]]) -> None:
    spans = [Span(ago(hours), None if share is None else ago(hours * (1 - share))) for hours, share in drawn]
    found = leg(Leg.CONTACT_TO_ROOM, *spans)
    assert found.arrived + found.waiting == len(spans)
    assert 0 <= found.late <= len(spans)
    if found.median is not None:
        assert timedelta(0) <= found.median <= timedelta(hours=90)
