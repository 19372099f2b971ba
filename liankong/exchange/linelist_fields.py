"""A mapping bound to the columns of one file: reads each field of a row."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from liankong.exchange.linelist_dates import DayError, DayReader, OrderFinding, PartialDayError, find_order
from liankong.exchange.linelist_values import (
    KINDS,
    ValueProblemError,
    code_table,
    plain,
    read_age,
    read_code,
    shown,
)
from liankong.exchange.mapping_model import AGES, DAYS, Mapping, MappingError, Source, find_column
from liankong.exchange.tables import Row, Table

_SPLIT = re.compile(r"[,;，；、/|&+]|\band\b|和|及", re.I)
_PARTIAL_DAY = object()
_NOT_FOUND = object()


@dataclass(frozen=True, slots=True)
class StatedLink:
    """A link as a row states it; `direction` tells what `other` is to the row's case (see DIRECTIONS)."""

    other: str
    direction: str


@dataclass(slots=True)
class Notices:
    """What was set aside without rejecting a row: counted by field and reason, with the first row."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    first: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, name: str, what: str, row: int) -> None:
        self.counts[name, what] += 1
        self.first.setdefault((name, what), row)


class BoundSource:
    """One source of a field, with the positions of its columns and its converter.

    Converted values are remembered: columns of days and codes repeat themselves, and that makes reading fast.
    """

    def __init__(self, source: Source, columns: tuple[int, ...], missing: tuple[str, ...]) -> None:
        self.source = source
        self.columns = columns
        self.convert: Callable[[str], Any] = str
        self._missing = frozenset(plain(code) for code in (*missing, ""))
        # Folding a text is slow, and a long text is no missing code: notes need not be folded.
        self._longest = 2 * max(len(code) for code in self._missing) + 8
        self._memory: dict[str, Any] = {}

    def text(self, row: Row) -> str:
        """The cell's text, "" when missing."""
        if len(self.columns) == 1:
            text = row.cells[self.columns[0]]
            return "" if self._is_missing(text) else text
        if self.source.value is not None:
            return self.source.value
        if self.source.row_number:
            return str(row.number)
        parts = [row.cells[column] for column in self.columns]
        return self.source.join.join(part for part in parts if not self._is_missing(part))

    def _is_missing(self, text: str) -> bool:
        return not text or (len(text) <= self._longest and plain(text) in self._missing)

    def read(self, row: Row) -> Any:
        """The value, None when missing. Raises `ValueProblemError`."""
        if len(self.columns) == 1 and self.convert is not str:
            raw = row.cells[self.columns[0]]
            if raw in self._memory:
                value = self._memory[raw]
            else:
                value = self._memory[raw] = self._read(row)
        else:
            value = self._read(row)
        if isinstance(value, ValueProblemError):
            raise value
        return value

    def _read(self, row: Row) -> Any:
        text = self.text(row)
        if text and self.source.pattern is not None:
            match = self.source.pattern.search(text)
            if match is None:
                return _NOT_FOUND
            text = (match["value"] or "").strip()
        if not text:
            return None
        try:
            return self.convert(text)
        except ValueProblemError as problem:
            return problem

    def links(self, row: Row, notices: Notices) -> Iterator[StatedLink]:
        """All case keys that the cell names. Raises `ValueProblemError` if it must name one and does not."""
        text = self.text(row)
        if not text:
            return
        if self.source.pattern is None:
            keys = [part.strip() for part in _SPLIT.split(text)]
        else:
            keys = [match["key"] for match in self.source.pattern.finditer(text) if match["key"]]
        found = False
        for key in keys:
            if not self._is_missing(key):
                found = True
                yield StatedLink(self.source.key.replace("{key}", key), self.source.direction)
        if not found and self.source.unmatched == "reject":
            raise ValueProblemError("names no case", "a text that the pattern finds a case key in")
        if not found:
            notices.add("infectors", "text without a case key", row.number)


class BoundField:
    """All sources of one field, tried in order."""

    def __init__(self, name: str, sources: list[BoundSource], headers: tuple[str, ...]) -> None:
        self.name = name
        self.sources = sources
        self.column = ", ".join(headers[column] for source in sources for column in source.columns)

    def read(self, row: Row, notices: Notices) -> Any:
        """The first value found, or None. Raises `ValueProblemError`."""
        unfound = ""
        for source in self.sources:
            value = source.read(row)
            if value is _NOT_FOUND:
                unfound = unfound or source.text(row)
                continue
            if value is _PARTIAL_DAY:
                notices.add(self.name, "only a month or year is known, left empty", row.number)
                continue
            if value is not None:
                return value
        if unfound and self.name == "age":
            # Everyone has an age: a text without one is a way of writing it that nobody thought of. Elsewhere a
            # pattern may ask for one remark of many, and no upper bound (age_high) stands in an exact age.
            raise ValueProblemError(
                f"{shown(unfound)} is not an age", "a text in which the pattern finds an age"
            )
        return None

    def links(self, row: Row, notices: Notices) -> list[StatedLink]:
        """All links of all sources, each once, in the order stated."""
        found = [link for source in self.sources for link in source.links(row, notices)]
        return list(dict.fromkeys(found))


def bind(mapping: Mapping, table: Table) -> dict[str, BoundField]:
    """Find every column of the mapping in the table and settle the order of day and month.

    Raises `MappingError` for a column that is not there, or days that can be read both ways.
    """
    return {name: _bind_field(mapping, table, name, sources) for name, sources in mapping.fields.items()}


def _bind_field(mapping: Mapping, table: Table, name: str, sources: tuple[Source, ...]) -> BoundField:
    bound = []
    for index, source in enumerate(sources, start=1):
        at = f"fields.{name}" + (f"[{index}]" if len(sources) > 1 else "")
        columns = tuple(
            find_column(column, table.headers, file=mapping.name, key=f"{at}.column")
            for column in source.columns
        )
        missing = mapping.missing if source.missing is None else source.missing
        one = BoundSource(source, columns, missing)
        one.convert = _converter(name, one, mapping, table, at)
        bound.append(one)
    return BoundField(name, bound, table.headers)


def _converter(
    name: str, bound: BoundSource, mapping: Mapping, table: Table, at: str
) -> Callable[[str], Any]:
    source = bound.source
    if name in KINDS:
        codes = code_table(name, source.values)
        return lambda text: read_code(text, codes)
    if name in AGES:
        return lambda text: read_age(text, unit=source.unit)
    if name in DAYS:
        return _day_converter(_day_reader(bound, mapping, table, at), source, mapping)
    return str


def _day_reader(bound: BoundSource, mapping: Mapping, table: Table, at: str) -> DayReader:
    source = bound.source
    order = next((item for item in source.format if item in ("d/m/y", "m/d/y")), None)
    if "auto" not in source.format or order:
        return DayReader(order, "excel" in source.format, source.year)
    finding = find_order(bound.text(row) for row in table.rows() if not row.fault)
    _refuse_doubt(finding, mapping, at, table.headers[bound.columns[0]] if bound.columns else "")
    return DayReader(finding.decided, finding.serials > 0, source.year)


def _refuse_doubt(finding: OrderFinding, mapping: Mapping, at: str, column: str) -> None:
    expected = 'format = "d/m/y" or format = "m/d/y"'
    if finding.mixed:
        problem = f"column {column!r} holds days that are only d/m/y and days that are only m/d/y"
        raise MappingError(mapping.name, f"{at}.format", problem, expected)
    if finding.ambiguous and finding.decided is None:
        problem = (
            f"column {column!r} can be read as d/m/y and as m/d/y "
            f"({finding.ambiguous} days, none with a number above 12)"
        )
        raise MappingError(mapping.name, f"{at}.format", problem, expected)


def _day_converter(reader: DayReader, source: Source, mapping: Mapping) -> Callable[[str], Any]:
    def convert(text: str) -> Any:
        try:
            day = reader.read(text)
        except PartialDayError as error:
            if source.partial == "empty":
                return _PARTIAL_DAY
            expected = f'{error.expected} (or set partial = "empty" for this column)'
            raise ValueProblemError(f"{shown(text)} is not a whole day", expected) from error
        except DayError as error:
            raise ValueProblemError(f"{shown(text)} is not a day", error.expected) from error
        _within(day, mapping.earliest, mapping.latest)
        return day

    return convert


def _within(day: date, earliest: date | None, latest: date | None) -> None:
    if earliest is not None and day < earliest:
        raise ValueProblemError(f"{day} is too early", f"{earliest} or later, by [checks] earliest")
    if latest is not None and day > latest:
        raise ValueProblemError(f"{day} is too late", f"{latest} or earlier, by [checks] latest")
