"""Small numbers stay hidden from a reader who can add, subtract, and knows the method."""

from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liankong.rules.bulletins import Protected, protect_list, protect_table

tables = st.integers(1, 3).flatmap(
    lambda rows: st.integers(1, 3).flatmap(
        lambda columns: st.lists(
            st.lists(st.integers(0, 7), min_size=columns, max_size=columns), min_size=rows, max_size=rows
        )
    )
)


def readings(shown: Protected, cells: list[list[int]]) -> Iterator[list[list[int]]]:
    """Every table near the true one that fits what is printed, hidden numbers being at least 1."""
    places = [(r, c) for r, row in enumerate(shown.cells) for c, value in enumerate(row) if value is None]
    near = [range(max(1, cells[r][c] - 1), cells[r][c] + 2) for r, c in places]
    for guess in product(*near):
        table = [list(row) for row in cells]
        for (r, c), value in zip(places, guess, strict=True):
            table[r][c] = value
        sums = [sum(row) for row in table], [sum(column) for column in zip(*table, strict=True)]
        printed = (*shown.row_totals, *shown.column_totals, shown.total)
        if all(p in (None, t) for p, t in zip(printed, (*sums[0], *sums[1], sum(sums[0])), strict=True)):
            yield table


@settings(deadline=None)
@given(tables, st.integers(2, 5))
def test_no_hidden_cell_can_be_told_from_what_is_printed(cells: list[list[int]], threshold: int) -> None:
    shown = protect_table(cells, threshold=threshold)
    fitting = list(readings(shown, cells))
    assert cells in fitting
    for r, row in enumerate(shown.cells):
        for c, value in enumerate(row):
            if value is None:
                assert len({table[r][c] for table in fitting}) > 1, (shown, cells)
            else:
                assert value == cells[r][c]
                assert value == 0 or value >= threshold


@settings(deadline=None)
@given(tables)
def test_a_table_without_small_numbers_is_printed_whole(cells: list[list[int]]) -> None:
    shown = protect_table(cells, threshold=1)
    assert shown.cells == tuple(tuple(row) for row in cells)
    assert (shown.small, shown.further) == (0, 0)


def test_hiding_one_cell_hides_its_partners_and_keeps_the_totals() -> None:
    shown = protect_table([[2, 40, 30], [50, 60, 70], [80, 90, 99]], threshold=5)
    assert shown.cells[0][0] is None
    assert (shown.small, shown.further) == (1, 3)
    assert None not in shown.row_totals
    assert shown.total == 521


def test_a_lone_row_gives_up_its_totals_when_nothing_else_can_move() -> None:
    shown = protect_table([[1, 0, 0]], threshold=5)
    assert shown.cells == ((None, 0, 0),)
    assert shown.total is None


@settings(deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=5), st.integers(2, 5))
def test_a_list_with_its_total_tells_no_hidden_number(values: list[int], threshold: int) -> None:
    shown, total = protect_list(values, threshold=threshold)
    hidden = [i for i, value in enumerate(shown) if value is None]
    assert all(shown[i] == values[i] for i in range(len(values)) if i not in hidden)
    assert set(hidden) >= {i for i, value in enumerate(values) if 0 < value < threshold}
    if total is not None and hidden:
        room = total - sum(value for value in shown if value is not None)
        assert len(hidden) > 1
        assert room > len(hidden)


def test_a_ragged_or_negative_table_is_refused() -> None:
    with pytest.raises(ValueError, match="one length"):
        protect_table([[1, 2], [3]], threshold=5)
    with pytest.raises(ValueError, match="below zero"):
        protect_table([[1, -2]], threshold=5)
