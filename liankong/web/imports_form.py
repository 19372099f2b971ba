"""The mapping that a posted table of lines means."""

import csv
import io
from collections.abc import Mapping
from typing import Any

from liankong.exchange.linelist_values import KINDS
from liankong.exchange.mapping_model import FIELDS, PERSONAL
from liankong.web.imports_mapping import SHOWN_VALUES, Line
from liankong.web.imports_toml import listed


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
            values[kind] += [word for word in listed(words) if word not in shown]
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
