"""May this small number be printed? Suppression that arithmetic cannot undo.

Hiding the cells below a threshold is not enough: the totals give them back. So further cells are hidden
until every hidden cell has at least two values that fit all that is printed, even for a reader who knows the
method, and so knows that every hidden number is at least 1 (zeros are printed).

A table is a network: rows and columns are nodes, cells are arcs. A hidden cell can take another value exactly
if it lies on a cycle along which one unit can be moved through hidden cells without any falling below 1
(D. Gusfield, "A graph theoretic approach to statistical data security", SIAM J. Comput. 17, 1988, extended
here to that lower bound). The cheapest such cycle is hidden with it; totals are cells too, of higher price.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import networkx as nx

Cell = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Protected:
    """What to print: None where a number is hidden. Sizes are those of the table given."""

    cells: tuple[tuple[int | None, ...], ...]
    row_totals: tuple[int | None, ...]
    column_totals: tuple[int | None, ...]
    total: int | None
    small: int  # hidden because small
    further: int  # hidden so that the small ones stay hidden


def protect_table(cells: Sequence[Sequence[int]], *, threshold: int) -> Protected:
    """Hide every cell from 1 to `threshold` - 1, and what would give it back from row and column totals.

    Raises ValueError for a ragged table or a negative count.
    """
    table = _with_totals(cells)
    rows, columns = len(table) - 1, len(table[0]) - 1
    hidden = {(r, c) for r in range(rows) for c in range(columns) if 0 < table[r][c] < threshold}
    small = len(hidden)
    for cell in sorted(hidden, key=lambda cell: (table[cell[0]][cell[1]], cell)):
        hidden |= _cheapest_cycle(table, cell, hidden)

    def printed(row: int, column: int) -> int | None:
        return None if (row, column) in hidden else table[row][column]

    return Protected(
        cells=tuple(tuple(printed(r, c) for c in range(columns)) for r in range(rows)),
        row_totals=tuple(printed(r, columns) for r in range(rows)),
        column_totals=tuple(printed(rows, c) for c in range(columns)),
        total=printed(rows, columns),
        small=small,
        further=len(hidden) - small,
    )


def protect_list(values: Sequence[int], *, threshold: int) -> tuple[tuple[int | None, ...], int | None]:
    """The same for one list with its total: (the printed values, the printed total)."""
    small = [i for i, value in enumerate(values) if 0 < value < threshold]
    hidden = set(small)
    # Two hidden numbers that sum to 2 are both 1: room to move needs a sum above their count.
    others = sorted((v, i) for i, v in enumerate(values) if v >= threshold)
    while hidden and (len(hidden) < 2 or sum(values[i] for i in hidden) == len(hidden)) and others:
        hidden.add(others.pop(0)[1])
    open_total = not hidden or (len(hidden) >= 2 and sum(values[i] for i in hidden) > len(hidden))
    return tuple(None if i in hidden else v for i, v in enumerate(values)), (
        sum(values) if open_total else None
    )


def _with_totals(cells: Sequence[Sequence[int]]) -> list[list[int]]:
    if not cells or not cells[0] or len({len(row) for row in cells}) != 1:
        raise ValueError("a table needs rows of one length, and at least one cell")
    if any(value < 0 for row in cells for value in row):
        raise ValueError("a count is not below zero")
    table = [[*row, sum(row)] for row in cells]
    return [*table, [sum(column) for column in zip(*table, strict=True)]]


def _cheapest_cycle(table: list[list[int]], cell: Cell, hidden: set[Cell]) -> set[Cell]:
    """The cells of the cheapest cycle through `cell` on which one unit can move."""
    arcs = _arcs(table, hidden)
    row, column = ("row", cell[0]), ("column", cell[1])
    best: list[tuple[float, list[tuple[str, int]]]] = []
    for start, end in ((column, row), (row, column)):
        if (end, start) not in arcs.edges:
            continue  # this cell itself cannot move that way
        way = arcs.copy()
        if (start, end) in way.edges:
            way.remove_edge(start, end)  # back through the cell itself is no cycle
        try:
            best.append(nx.single_source_dijkstra(way, start, end))
        except nx.NetworkXNoPath:
            continue
    _, path = min(best, key=lambda found: found[0])
    return {cell, *(_cell(a, b) for a, b in pairwise(path))}


def _arcs(table: list[list[int]], hidden: set[Cell]) -> "nx.DiGraph[tuple[str, int]]":
    """row -> column: the cell's signed variable may rise by one; column -> row: it may fall."""
    last_row, last_column = len(table) - 1, len(table[0]) - 1
    dearest = table[last_row][last_column] + 1
    arcs: nx.DiGraph[tuple[str, int]] = nx.DiGraph()
    for r, line in enumerate(table):
        for c, value in enumerate(line):
            if value == 0:
                continue  # zeros are printed
            totals = (r == last_row) + (c == last_column)
            price = 0 if (r, c) in hidden else value + totals * dearest
            # A row or column total enters its equation with a minus, so its rise is the variable's fall.
            up, down = (value >= 2, True) if totals == 1 else (True, value >= 2)
            if up:
                arcs.add_edge(("row", r), ("column", c), weight=price)
            if down:
                arcs.add_edge(("column", c), ("row", r), weight=price)
    return arcs


def _cell(a: tuple[str, int], b: tuple[str, int]) -> Cell:
    return (a[1], b[1]) if a[0] == "row" else (b[1], a[1])
