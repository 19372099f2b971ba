"""A mapping as a table that people edit: one line for each use of a column, and back to TOML.

The TOML text is the truth. Lines show what a table can show; parts that it cannot (constants, joined columns)
stay as they are and are edited as text.
"""

import csv
import io
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Any

from liankong.exchange import mapping
from liankong.exchange.linelist_dates import DayError, DayReader, PartialDayError, find_order
from liankong.exchange.linelist_values import KINDS, ValueProblemError, code_table, plain, read_age
from liankong.exchange.mapping_model import AGES, DAYS, FIELDS, PERSONAL, MappingError
from liankong.exchange.tables import Table, TableOptions

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
    codes: list[dict[str, Any]] = field(default_factory=list)
    read: tuple[int, int] | None = None
    unread: list[str] = field(default_factory=list)

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
        formats = _listed(self.entry.get("format", "auto"))
        return next((item for item in formats if item != "excel"), "iso" if formats else "auto")

    @property
    def serials(self) -> bool:
        return "excel" in _listed(self.entry.get("format", "auto"))

    @property
    def summary(self) -> str:
        """What a fixed line says, in the words of its file."""
        parts = {key: value for key, value in self.entry.items() if key != "column" or self.fixed}
        return ", ".join(f"{key} = {_toml(value)}" for key, value in parts.items())


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [str(item) for item in value]


def parse(text: str) -> dict[str, Any]:
    """The plain content of a mapping. Raises MappingError when it is not TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MappingError("mapping", "TOML", str(error), "valid TOML") from error


def lines(data: Mapping[str, Any], columns: list[Column]) -> list[Line]:
    """All uses in the order of the file's columns, then unused columns in their place, then fixed lines."""
    used: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    fixed: list[tuple[str, dict[str, Any]]] = []
    names = {column.name for column in columns}
    for name, entry in _entries(data):
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


def _entries(data: Mapping[str, Any]) -> Iterable[tuple[str, dict[str, Any]]]:
    for name, entry in dict(data.get("fields", {})).items():
        for one in entry if isinstance(entry, list) else [entry]:
            yield name, {"column": one} if isinstance(one, str) else dict(one)
    for name, column in dict(data.get("personal", {})).items():
        yield f"personal.{name}", {"column": column}


def explain(found: list[Line], columns: list[Column], data: Mapping[str, Any]) -> None:
    """Say for each line how its sampled values read."""
    by_name = {column.name: column for column in columns}
    general = data.get("file", {}).get("missing", [""])
    for line in found:
        column = by_name.get(line.column)
        if line.fixed or column is None or not line.field:
            continue
        missing = {plain(word) for word in _listed(line.entry.get("missing", general))}
        values = [(value, count) for value, count in column.values if plain(value) not in missing]
        if line.kind == "code":
            line.codes = _codes(line, values)
        elif line.kind in ("day", "age") and "pattern" not in line.entry:
            _try(line, values)


def _codes(line: Line, values: list[tuple[str, int]]) -> list[dict[str, Any]]:
    stated = {kind: _listed(words) for kind, words in dict(line.entry.get("values", {})).items()}
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


# --- from a form ---------------------------------------------------------------------------------------------------


def from_form(posted: Mapping[str, str], data: dict[str, Any], found: list[Line]) -> dict[str, Any]:
    """The mapping that a posted table means; `found` are the lines that were shown."""
    fields: dict[str, list[dict[str, Any]]] = {}
    personal: dict[str, str] = {}
    for line in found:
        name, entry = _posted_line(posted, line)
        if name.startswith("personal."):
            personal[name.removeprefix("personal.")] = str(entry["column"])
        elif name:
            fields.setdefault(name, []).append(entry)
    extra, column = posted.get("add-field", ""), posted.get("add-column", "")
    if extra in FIELDS and column:
        fields.setdefault(extra, []).append({"column": column})
    elif extra.removeprefix("personal.") in PERSONAL and column:
        personal[extra.removeprefix("personal.")] = column
    for name, entries in fields.items():
        # A column that the guess left open is settled once another is named for the field.
        fields[name] = [one for one in entries if one.get("column") != "?"] or entries
    return {
        **data,
        "title": posted.get("title", "").strip() or data.get("title", ""),
        "file": _posted_file(posted, dict(data.get("file", {}))),
        "fields": {
            name: fields[name][0] if len(fields[name]) == 1 else fields[name]
            for name in FIELDS
            if name in fields
        },
        "personal": personal,
    }


def _posted_line(posted: Mapping[str, str], line: Line) -> tuple[str, dict[str, Any]]:
    prefix = f"line-{line.number}-"
    if line.fixed:
        return ("", {}) if posted.get(prefix + "drop") else (line.field, line.entry)
    name = posted.get(prefix + "field", line.field)
    if name and name not in FIELDS and name.removeprefix("personal.") not in PERSONAL:
        name = ""
    entry: dict[str, Any] = {"column": line.column}
    if name != line.field:
        # Another field asks other questions: answers to the old ones would only confuse.
        return name, entry
    entry |= {key: line.entry[key] for key in ("missing", "pattern", "values") if key in line.entry}
    if line.kind == "day":
        entry |= _posted_day(posted, prefix)
    elif line.kind == "age":
        unit = posted.get(prefix + "unit", "years")
        entry |= {"unit": unit} if unit != "years" else {}
    elif line.kind == "code":
        entry |= {"values": _posted_codes(posted, prefix, line)}
    elif line.kind == "links":
        entry |= _posted_links(posted, prefix, line)
    return name, entry


def _posted_day(posted: Mapping[str, str], prefix: str) -> dict[str, Any]:
    order = posted.get(prefix + "order", "auto")
    formats = [order, "excel"] if posted.get(prefix + "serials") and order != "auto" else [order]
    found: dict[str, Any] = {"format": formats[0] if len(formats) == 1 else formats}
    if posted.get(prefix + "partial"):
        found["partial"] = "empty"
    year = posted.get(prefix + "year", "").strip()
    if year.isdecimal():
        found["year"] = int(year)
    return found


def _posted_codes(posted: Mapping[str, str], prefix: str, line: Line) -> dict[str, list[str]]:
    """Every value that was shown goes where the form says; values beyond those shown keep their place."""
    values: dict[str, list[str]] = {kind: [] for kind in KINDS[line.field]}
    shown = {posted.get(f"{prefix}code-{at}-value", "") for at in range(SHOWN_VALUES)}
    for kind, words in dict(line.entry.get("values", {})).items():
        if kind in values:
            values[kind] += [word for word in _listed(words) if word not in shown]
    for at in range(SHOWN_VALUES):
        value, kind = posted.get(f"{prefix}code-{at}-value", ""), posted.get(f"{prefix}code-{at}-kind", "")
        if value and kind in values:
            values[kind].append(value)
    return {kind: words for kind, words in values.items() if words}


def _posted_links(posted: Mapping[str, str], prefix: str, line: Line) -> dict[str, Any]:
    pattern, template = posted.get(prefix + "pattern", "").strip(), posted.get(prefix + "key", "").strip()
    direction = posted.get(prefix + "direction", "infector")
    # A pattern that the guess left open stays open until somebody writes one.
    pattern = pattern or ("?" if line.entry.get("pattern") == "?" else "")
    found: dict[str, Any] = {"pattern": pattern} if pattern else {}
    if template and template != "{key}":
        found["key"] = template
    if direction != "infector":
        found["direction"] = direction
    return found


def _posted_file(posted: Mapping[str, str], file: dict[str, Any]) -> dict[str, Any]:
    if "missing" in posted:
        words = next(csv.reader(io.StringIO(posted["missing"]), skipinitialspace=True), [])
        file["missing"] = ["", *dict.fromkeys(word.strip() for word in words if word.strip())]
    for name in ("encoding", "delimiter", "sheet"):
        if name in posted:
            value = posted[name] if name == "delimiter" else posted[name].strip()
            if value:
                file[name] = value
            else:
                file.pop(name, None)
    row = posted.get("header_row", "").strip()
    if row.isdecimal():
        file["header_row"] = int(row)
    return file


def options_of(data: Mapping[str, Any]) -> TableOptions:
    """How the mapping opens its file, leniently: what is wrong is reported when the mapping is loaded."""
    file = data.get("file", {})
    row = file.get("header_row", 1)
    return TableOptions(
        encoding=file.get("encoding") or None,
        delimiter=file.get("delimiter") or None,
        sheet=file.get("sheet") or None,
        header_row=row if isinstance(row, int) and row > 0 else 1,
        pad_short_rows=file.get("short_rows") == "pad",
    )


def fits(data: Mapping[str, Any], headers: Iterable[str]) -> bool:
    """Whether a mapping finds every column that it names."""
    have = set(headers)
    wanted: set[str] = set()
    for _name, entry in _entries(data):
        wanted |= {entry["column"]} if "column" in entry else set()
        wanted |= set(entry.get("columns", ()))
    return bool(wanted) and {" ".join(str(name).split()) for name in wanted} <= have


def checked(text: str, name: str) -> tuple[mapping.Mapping | None, MappingError | None]:
    """The mapping, or what is wrong with it."""
    try:
        return mapping.loads(text, name=name), None
    except MappingError as error:
        return None, error


def field_of(error: MappingError) -> str:
    """The field that a fault of a mapping is about, "" when it is about the file."""
    match = re.match(r"(?:fields\.(\w+)|(personal\.\w+))", error.key)
    return (match[1] or match[2]) if match else ""


# --- to TOML -------------------------------------------------------------------------------------------------------


def to_toml(data: Mapping[str, Any]) -> str:
    """A mapping's content as TOML in its usual order."""
    out = [f"title = {_toml(data.get('title', ''))}", ""]
    out += _table("file", data.get("file", {}))
    for name, entry in dict(data.get("fields", {})).items():
        if isinstance(entry, list):
            for one in entry:
                out += _table(f"fields.{name}", {"column": one} if isinstance(one, str) else one, many=True)
        else:
            out += _table(f"fields.{name}", {"column": entry} if isinstance(entry, str) else entry)
    for name in ("personal", "links", "checks"):
        if data.get(name):
            out += _table(name, data[name])
    return "\n".join(out).rstrip() + "\n"


def _table(name: str, entry: Mapping[str, Any], *, many: bool = False) -> list[str]:
    head = f"[[{name}]]" if many else f"[{name}]"
    return [head, *(f"{key} = {_toml(value)}" for key, value in entry.items()), ""]


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(key)} = {_toml(item)}" for key, item in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    return _text(str(value))


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _text(key)


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() or c == " " else f"\\U{ord(c):08x}" for c in escaped) + '"'
