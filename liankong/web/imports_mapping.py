"""A mapping as a table that people edit: one line for each use of a column, and back to TOML.

The TOML text is the truth. Lines show what a table can show; parts that it cannot (constants, joined columns)
stay as they are and are edited as text.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as member
from itertools import islice
from typing import Any

from liankong.exchange.linelist_dates import DayError, DayReader, PartialDayError, find_order
from liankong.exchange.linelist_values import KINDS, ValueProblemError, code_table, plain, read_age
from liankong.exchange.mapping_model import AGES, DAYS
from liankong.exchange.tables import Table
from liankong.web.imports_toml import entries_of, inline, listed

SAMPLED_ROWS = 2000
SHOWN_VALUES = 40
SHOWN_SAMPLES = 4
LONGEST_SAMPLE = 400
_SIMPLE = frozenset(
    {
        "column",
        "missing",
        "pattern",
        "values",
        "format",
        "partial",
        "year",
        "unit",
        "key",
        "direction",
        "unmatched",
    }
)


@dataclass(slots=True)
class Column:
    """What stands in one column of the file, as far as it was sampled."""

    name: str
    filled: int
    distinct: int
    values: list[tuple[str, int]]

    @property
    def samples(self) -> list[str]:
        return [value for value, _count in self.values[:SHOWN_SAMPLES]]


def sample(table: Table) -> dict[str, Any]:
    """The columns of a file as plain values, from its first rows."""
    counts: list[Counter[str]] = [Counter() for _header in table.headers]
    rows = 0
    for row in islice(table.rows(), SAMPLED_ROWS):
        rows += 1
        if row.fault:
            continue
        for counter, cell in zip(counts, row.cells, strict=True):
            if cell:
                counter[cell[:LONGEST_SAMPLE]] += 1
    columns = [
        {
            "name": name,
            "filled": count.total(),
            "distinct": len(count),
            "values": count.most_common(SHOWN_VALUES),
        }
        for name, count in zip(table.headers, counts, strict=True)
    ]
    return {
        "rows": rows,
        "columns": columns,
        "encoding": table.encoding,
        "delimiter": table.delimiter,
        "sheet": table.sheet,
    }


def columns_of(sampled: Mapping[str, Any]) -> list[Column]:
    return [
        Column(
            item["name"],
            item["filled"],
            item["distinct"],
            [(value, count) for value, count in item["values"]],
        )
        for item in sampled["columns"]
    ]


# --- lines ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Line:
    """One use of one column. `field` is a field of the mapping, `personal.<name>`, or "" for not imported.

    `fixed` lines hold what the table cannot show; they are kept or dropped whole.
    """

    number: int
    column: str
    field: str
    entry: dict[str, Any]
    fixed: bool = False
    fault: str = ""
    codes: list[dict[str, Any]] = member(default_factory=list)
    read: tuple[int, int] | None = None
    unread: list[str] = member(default_factory=list)

    @property
    def kind(self) -> str:
        if self.field in DAYS:
            return "day"
        if self.field in KINDS:
            return "code"
        if self.field in AGES:
            return "age"
        return "links" if self.field == "infectors" else "text"

    @property
    def order(self) -> str:
        formats = listed(self.entry.get("format", "auto"))
        return next((item for item in formats if item != "excel"), "iso" if formats else "auto")

    @property
    def serials(self) -> bool:
        return "excel" in listed(self.entry.get("format", "auto"))

    @property
    def summary(self) -> str:
        """What a fixed line says, in the words of its file."""
        parts = {key: value for key, value in self.entry.items() if key != "column" or self.fixed}
        return ", ".join(f"{key} = {inline(value)}" for key, value in parts.items())


def lines(data: Mapping[str, Any], columns: list[Column]) -> list[Line]:
    """All uses in the order of the file's columns, then unused columns in their place, then fixed lines."""
    used: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    fixed: list[tuple[str, dict[str, Any]]] = []
    names = {column.name for column in columns}
    for name, entry in entries_of(data):
        column = " ".join(str(entry.get("column", "")).split())
        if set(entry) <= _SIMPLE and column in names:
            used.setdefault(column, []).append((name, {**entry, "column": column}))
        else:
            fixed.append((name, entry))
    found: list[Line] = []
    for item in columns:
        for name, entry in used.get(item.name, [("", {"column": item.name})]):
            found.append(Line(len(found), item.name, name, entry))
    for name, entry in fixed:
        found.append(Line(len(found), str(entry.get("column", "")), name, entry, fixed=True))
    return found


def explain(found: list[Line], columns: list[Column], data: Mapping[str, Any]) -> None:
    """Say for each line how its sampled values read."""
    by_name = {column.name: column for column in columns}
    general = data.get("file", {}).get("missing", [""])
    for line in found:
        column = by_name.get(line.column)
        if line.fixed or column is None or not line.field:
            continue
        missing = {plain(word) for word in listed(line.entry.get("missing", general))}
        values = [(value, count) for value, count in column.values if plain(value) not in missing]
        if line.kind == "code":
            line.codes = _codes(line, values)
        elif line.kind in ("day", "age") and "pattern" not in line.entry:
            _try(line, values)


def _codes(line: Line, values: list[tuple[str, int]]) -> list[dict[str, Any]]:
    stated = {kind: listed(words) for kind, words in dict(line.entry.get("values", {})).items()}
    try:
        table = code_table(line.field, stated)
    except ValueError:
        table = code_table(line.field, None)
    return [
        {
            "value": value,
            "count": count,
            "kind": getattr(table.get(plain(value)) or table.get("*"), "value", ""),
        }
        for value, count in values
    ]


def _try(line: Line, values: list[tuple[str, int]]) -> None:
    """How many of the sampled cells read, and some that do not."""
    reader = _reader(line, [value for value, _count in values])
    good = total = 0
    for value, count in values:
        total += count
        if reader(value):
            good += count
        elif len(line.unread) < SHOWN_SAMPLES:
            line.unread.append(value)
    line.read = (good, total)


def _reader(line: Line, values: list[str]) -> Any:
    if line.kind == "age":
        return _reads_age
    order: str | None = line.order if line.order in ("d/m/y", "m/d/y") else None
    serials = line.serials
    if line.order == "auto":
        finding = find_order(values)
        order, serials = finding.decided, finding.serials > 0
    year = line.entry.get("year")
    days = DayReader(order, serials, year if isinstance(year, int) else None)
    lenient = line.entry.get("partial") == "empty"

    def reads(text: str) -> bool:
        try:
            days.read(text)
        except PartialDayError:
            return lenient
        except DayError:
            return False
        return True

    return reads


def _reads_age(text: str) -> bool:
    try:
        read_age(text)
    except ValueProblemError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class LinkText:
    """A text of the links' column in pieces: (words, whether they are a case's key)."""

    pieces: tuple[tuple[str, bool], ...]
    keys: tuple[str, ...]


def matches(pattern: str, template: str, texts: Iterable[str]) -> tuple[list[LinkText], str]:
    """What a pattern finds in sampled texts, or what is wrong with it."""
    if pattern in ("", "?"):
        return [], ""
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        return [], str(error)
    if "key" not in compiled.groupindex:
        return [], "(?P<key>…)"
    return [_matched(compiled, template or "{key}", text) for text in texts], ""


def _matched(pattern: re.Pattern[str], template: str, text: str) -> LinkText:
    pieces: list[tuple[str, bool]] = []
    keys, at = [], 0
    for match in pattern.finditer(text):
        if not match["key"]:
            continue
        start, end = match.span("key")
        pieces += [(text[at:start], False), (text[start:end], True)]
        keys.append(template.replace("{key}", match["key"]))
        at = end
    pieces.append((text[at:], False))
    return LinkText(tuple(piece for piece in pieces if piece[0]), tuple(keys))
