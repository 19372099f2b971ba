"""Rosters: three shifts in turn, nobody twice, and the hours in which nobody is there."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liankong.protocols.inside import inside
from liankong.rules import duty as rules
from liankong.rules.duty import Gap, Turn
from liankong.vocabulary.spans import SHANGHAI, local

FIRST = date(2022, 1, 8)
HOUR = timedelta(hours=1)


def test_a_day_is_cut_in_three_from_midnight_to_midnight() -> None:
    hours = [(begin.astimezone(SHANGHAI).hour, end - begin) for begin, end in rules.slots(FIRST, 1)]
    assert hours == [(0, 8 * HOUR), (8, 8 * HOUR), (16, 8 * HOUR)]
    assert list(inside().duty.starts.value) == [0, 8, 16]


@given(
    users=st.integers(2, 12),
    together=st.integers(1, 4),
    days=st.integers(1, 30),
    leaders=st.sampled_from((0, 2, 3)),
)
def test_a_pattern_leaves_no_gap_gives_all_alike_and_nobody_two_in_a_row(
    users: int, together: int, days: int, leaders: int
) -> None:
    people, leads = list(range(users)), list(range(100, 100 + leaders))
    judged = rules.may_rotate(people, days=days, together=together, leaders=leads)
    if not judged.allowed:
        assert users < 2 * together
        with pytest.raises(ValueError, match="two shifts in a row"):
            rules.rotate(people, first=FIRST, days=days, together=together, leaders=leads)
        return
    turns = rules.rotate(people, first=FIRST, days=days, together=together, leaders=leads)
    assert len(turns) == 3 * days * (together + bool(leaders))
    spans = [(turn.from_at, turn.until_at) for turn in turns]
    assert rules.gaps(spans, start=local(FIRST), end=local(FIRST + timedelta(days=days))) == ()
    counts = [sum(turn.user == user for turn in turns) for user in people]
    assert max(counts) - min(counts) <= 1
    for user in {turn.user for turn in turns}:
        own = [turn for turn in turns if turn.user == user]
        assert all(one.until_at < other.from_at for one, other in pairwise(own))


@pytest.mark.parametrize(
    ("users", "leaders", "days", "field"),
    [
        ([1], [], 7, "users"),
        ([1, 1], [], 7, "users"),
        ([1, 2], [3], 7, "leaders"),
        ([1, 2], [2, 3], 7, "leaders"),
        ([1, 2], [], 0, "days"),
    ],
)
def test_a_pattern_that_cannot_be_says_where(
    users: list[int], leaders: list[int], days: int, field: str
) -> None:
    judged = rules.may_rotate(users, days=days, together=1, leaders=leaders)
    assert (judged.allowed, judged.field) == (False, field)
    assert "{" not in judged.message


def test_a_night_without_anybody_is_a_gap() -> None:
    start = local(FIRST)
    day = (start + 8 * HOUR, start + 16 * HOUR)
    assert rules.gaps([day], start=start, end=start + 24 * HOUR) == (
        Gap(start, start + 8 * HOUR),
        Gap(start + 16 * HOUR, start + 24 * HOUR),
    )


SPANS = st.lists(st.tuples(st.integers(0, 100), st.integers(1, 30)), max_size=8)


@given(drawn=SPANS)
def test_gaps_are_what_an_hour_by_hour_count_finds(drawn: list[tuple[int, int]]) -> None:
    start = datetime(2022, 1, 8, tzinfo=UTC)
    spans = [(start + begin * HOUR, start + (begin + length) * HOUR) for begin, length in drawn]
    found = rules.gaps(spans, start=start, end=start + 72 * HOUR)
    empty = {hour for hour in range(72) if not any(b <= start + hour * HOUR < e for b, e in spans)}
    counted = {
        hour for hour in range(72) for gap in found if gap.from_at <= start + hour * HOUR < gap.until_at
    }
    assert counted == empty
    assert all(one.until_at < other.from_at for one, other in pairwise(found))


def test_a_shift_that_ends_before_it_begins_or_lasts_for_days_cannot_stand() -> None:
    begin = local(FIRST)
    for hours, allowed in ((0, False), (8, True), (48, True), (49, False)):
        turn = Turn(user=1, from_at=begin, until_at=begin + hours * HOUR)
        assert rules.may_stand(turn).allowed is allowed


def test_a_note_is_taken_by_somebody_else_and_once() -> None:
    assert rules.may_take(writer=1, taker=2, taken=False).allowed
    assert not rules.may_take(writer=1, taker=1, taken=False).allowed
    assert not rules.may_take(writer=1, taker=2, taken=True).allowed
