"""Writes a guessed mapping as TOML that a person can read and finish."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from liankong.exchange.mapping_model import FIELDS
from liankong.exchange.tables import Table


@dataclass(slots=True, kw_only=True)
class GuessedField:
    """One field of a guess. `sure`: the header is a usual name for it. `question` must be settled by a person;
    `unknown` are codes it is about; `note` says what the guess does. `keys` are further keys of the mapping.
    """

    name: str
    column: str
    sure: bool = True
    note: str = ""
    question: str = ""
    unknown: tuple[str, ...] = ()
    keys: dict[str, Any] = field(default_factory=dict)


def write(
    *,
    title: str,
    table: Table,
    missing: Sequence[str],
    fields: Sequence[GuessedField],
    personal: dict[str, str],
    unused: Sequence[str],
) -> str:
    """The mapping as TOML text, fields in their usual order."""
    lines = [f"title = {toml(title)}", "", "[file]"]
    if table.is_excel and table.sheet:
        lines.append(f"sheet = {toml(table.sheet)}")
    if not table.is_excel:
        lines += [f"encoding = {toml(table.encoding)}", f"delimiter = {toml(table.delimiter)}"]
    if table.options.header_row != 1:
        lines.append(f"header_row = {table.options.header_row}")
    lines.append(f"missing = {toml(list(missing))}")
    if not any(one.name == "key" for one in fields):
        lines += ["", "# No column identifies each case. Name one, or say row_number = true.", "[fields.key]"]
        lines.append('column = "?"')
    for one in sorted(fields, key=lambda one: FIELDS.index(one.name)):
        lines += ["", *_field(one)]
    if personal:
        lines += [
            "",
            "# For the registry alone: never part of a case, a log or an error message.",
            "[personal]",
        ]
        lines += [f"{name} = {toml(column)}" for name, column in personal.items()]
    if unused:
        lines += ["", "# Columns not used:", *(f"#   {' '.join(column.split())}" for column in unused)]
    return "\n".join(lines) + "\n"


def _field(one: GuessedField) -> list[str]:
    lines = []
    if one.question:
        lines.append(f"# QUESTION: {one.question}")
    if one.unknown:
        lines.append(f"# Not known yet: {', '.join(toml(' '.join(code.split())) for code in one.unknown)}")
    if not one.sure and not one.question:
        lines.append("# Please check: the header or the values left room for doubt.")
    if one.note:
        lines.append(f"# {one.note[0].upper()}{one.note[1:]}.")
    lines += [f"[fields.{one.name}]", f"column = {toml(one.column)}"]
    return lines + [f"{key} = {toml(value)}" for key, value in one.keys.items()]


def toml(value: Any) -> str:
    """A value as TOML. JSON strings are TOML strings, but for DEL, which TOML wants escaped."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    if isinstance(value, dict):
        return (
            "{ " + ", ".join(f"{key} = {toml(item)}" for key, item in value.items()) + " }" if value else "{}"
        )
    raise TypeError(f"{value!r} has no TOML form here")
