"""A mapping: the saved description of how one line list's columns become `CaseRecord` fields.

A mapping is a TOML file. Every field names its column and how its values read; `docs/linelists.md` explains
each key. A fault names the file, the key and what was expected.

```toml
title = "Example"
[file]
missing = ["", "NA"]
[fields.key]
column = "case_id"
[fields.onset]
column = "Onset"
format = "d/m/y"
[fields.sex]
column = "Sex"
values = { female = ["F"], male = ["M"] }
```
"""

import re
import tomllib
from collections.abc import Sequence
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

from liankong.exchange.linelist_dates import FORMATS
from liankong.exchange.linelist_values import KINDS
from liankong.exchange.mapping_model import (
    AGES,
    DAYS,
    DIRECTIONS,
    FIELDS,
    PERSONAL,
    LinkFile,
    Mapping,
    MappingError,
    Source,
    did_you_mean,
    find_column,
)
from liankong.exchange.tables import TableOptions

__all__ = ["Mapping", "MappingError", "find_column", "load", "loads", "shipped", "shipped_text"]

_UNANSWERED = "is '?', still to be answered"
_COLUMN_NAME = "the name of a column"
_COMMON = ("column", "columns", "join", "missing", "pattern", "value")
ALLOWED_KEYS = {
    "key": (*_COMMON, "row_number"),
    "text": _COMMON,
    "code": (*_COMMON, "values"),
    "age": (*_COMMON, "unit"),
    "day": (*_COMMON, "format", "partial", "year"),
    "infectors": (*_COMMON, "key", "direction", "unmatched"),
}


def load(path: Path | str) -> Mapping:
    """Read a mapping from a file, or a shipped one by its name (see `shipped`). Raises `MappingError`."""
    path = Path(path)
    if not path.is_file() and str(path) in shipped():
        return loads(shipped_text(str(path)), name=str(path))
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        near = did_you_mean(str(path), shipped())
        raise MappingError(
            path.name,
            "file",
            f"cannot be opened ({error.strerror}){near}",
            "a mapping file or a shipped name",
        ) from error
    except UnicodeDecodeError as error:
        raise MappingError(path.name, "file", "is not UTF-8 text", "a TOML file") from error
    return loads(text, name=path.name)


def shipped() -> tuple[str, ...]:
    """Names of the mappings that come with the library."""
    folder = files("liankong.exchange") / "maps"
    return tuple(sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".toml")))


def shipped_text(name: str) -> str:
    """The TOML text of a shipped mapping."""
    return (files("liankong.exchange") / "maps" / f"{name}.toml").read_text("utf-8")


def loads(text: str, *, name: str = "mapping") -> Mapping:
    """Read a mapping from TOML text. Raises `MappingError`."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MappingError(name, "TOML", str(error), "valid TOML") from error
    return _Reader(name).mapping(data)


class _Reader:
    """Turns plain TOML data into a `Mapping`, naming the key of whatever is wrong."""

    def __init__(self, name: str) -> None:
        self.name = name

    def fail(self, key: str, problem: str, expected: str) -> MappingError:
        return MappingError(self.name, key, problem, expected)

    def mapping(self, data: dict[str, Any]) -> Mapping:
        self.known(data, ("title", "file", "fields", "personal", "links", "checks"), "")
        file = self.table(data, "file")
        self.known(file, ("encoding", "delimiter", "sheet", "header_row", "short_rows", "missing"), "file")
        checks = self.table(data, "checks")
        self.known(checks, ("earliest", "latest"), "checks")
        return Mapping(
            name=self.name,
            title=self.one(data, "title", "", str, "title"),
            options=self.options(file, "file"),
            missing=self.texts(file, "missing", ("",), "file.missing"),
            fields=self.fields(self.table(data, "fields")),
            personal=self.personal(self.table(data, "personal")),
            links=self.links(self.table(data, "links")) if "links" in data else None,
            earliest=self.one(checks, "earliest", None, date, "checks.earliest"),
            latest=self.one(checks, "latest", None, date, "checks.latest"),
        )

    def options(self, file: dict[str, Any], at: str) -> TableOptions:
        header_row = self.one(file, "header_row", 1, int, f"{at}.header_row")
        if header_row < 1:
            raise self.fail(f"{at}.header_row", f"is {header_row}", "1 or more")
        delimiter = self.one(file, "delimiter", None, str, f"{at}.delimiter")
        if delimiter is not None and len(delimiter) != 1:
            raise self.fail(f"{at}.delimiter", f"is {delimiter!r}", "one character")
        encoding = self.one(file, "encoding", None, str, f"{at}.encoding")
        if encoding is not None:
            try:
                "".encode(encoding)
            except LookupError:
                raise self.fail(f"{at}.encoding", f"{encoding!r} is not known", "such as 'gb18030'") from None
        short = self.choice(file, "short_rows", ("reject", "pad"), "reject", f"{at}.short_rows")
        sheet = self.one(file, "sheet", None, str, f"{at}.sheet")
        return TableOptions(encoding, delimiter, sheet, header_row, short == "pad")

    def fields(self, tables: dict[str, Any]) -> dict[str, tuple[Source, ...]]:
        self.known(tables, FIELDS, "fields")
        if "key" not in tables:
            raise self.fail("fields.key", "is missing", "the column that identifies a case")
        read = {}
        for name, entry in tables.items():
            entries = entry if isinstance(entry, list) else [entry]
            several = isinstance(entry, list)
            read[name] = tuple(
                self.source(name, one, f"fields.{name}[{index}]" if several else f"fields.{name}")
                for index, one in enumerate(entries, start=1)
            )
        return read

    def source(self, name: str, entry: Any, at: str) -> Source:
        if isinstance(entry, str):
            entry = {"column": entry}  # onset = "Onset" is enough for the plain case
        if not isinstance(entry, dict):
            raise self.fail(at, "is not a table", 'column = "..."')
        kind = _kind(name)
        self.known(entry, ALLOWED_KEYS[kind], at)
        self.answered(entry, kind, at)
        columns = self.texts(entry, "columns", (), f"{at}.columns")
        if "column" in entry:
            columns = (self.one(entry, "column", "", str, f"{at}.column"), *columns)
        value = self.one(entry, "value", None, str, f"{at}.value")
        row_number = self.one(entry, "row_number", False, bool, f"{at}.row_number")
        if [bool(columns), value is not None, row_number].count(True) != 1:
            raise self.fail(at, "does not say where its value is", 'column = "...", or value = "..."')
        return Source(
            columns=columns,
            join=self.one(entry, "join", "-" if kind == "key" else " ", str, f"{at}.join"),
            value=value,
            row_number=row_number,
            missing=self.texts(entry, "missing", None, f"{at}.missing"),
            pattern=self.pattern(entry, "key" if kind == "infectors" else "value", f"{at}.pattern"),
            values=self.values(name, entry, f"{at}.values"),
            format=self.formats(entry, f"{at}.format"),
            partial=self.choice(entry, "partial", ("reject", "empty"), "reject", f"{at}.partial"),
            year=self.one(entry, "year", None, int, f"{at}.year"),
            unit=self.choice(entry, "unit", ("years", "months", "days"), "years", f"{at}.unit"),
            key=self.key_template(entry, f"{at}.key"),
            direction=self.choice(entry, "direction", DIRECTIONS, "infector", f"{at}.direction"),
            unmatched=self.choice(entry, "unmatched", ("note", "reject"), "note", f"{at}.unmatched"),
        )

    def answered(self, entry: dict[str, Any], kind: str, at: str) -> None:
        """A guess writes "?" where a person must decide; until then it is no mapping."""
        group = "key" if kind == "infectors" else "value"
        expected = {
            "column": "the column that identifies a case" if kind == "key" else _COLUMN_NAME,
            "columns": "the names of columns",
            "format": 'format = "d/m/y" or format = "m/d/y"',
            "pattern": f"(?P<{group}>...)",
            "year": _KIND_NAMES[int],
        }
        for key, wanted in expected.items():
            value = entry.get(key)
            if value == "?" or (isinstance(value, list) and "?" in value):
                raise self.fail(f"{at}.{key}", _UNANSWERED, wanted)

    def pattern(self, entry: dict[str, Any], group: str, at: str) -> re.Pattern[str] | None:
        text = self.one(entry, "pattern", None, str, at)
        if text is None:
            return None
        try:
            pattern = re.compile(text)
        except re.error as error:
            raise self.fail(at, f"is not a regular expression ({error})", f"(?P<{group}>...)") from error
        if group not in pattern.groupindex:
            raise self.fail(at, f"has no group named {group}", f"(?P<{group}>...)")
        return pattern

    def values(self, name: str, entry: dict[str, Any], at: str) -> dict[str, tuple[str, ...]]:
        table = self.table(entry, "values", at)
        if table:
            self.known(table, [kind.value for kind in KINDS[name]], at)
        return {kind: self.texts(table, kind, (), f"{at}.{kind}") for kind in table}

    def formats(self, entry: dict[str, Any], at: str) -> tuple[str, ...]:
        formats: tuple[str, ...] = self.texts(entry, "format", ("auto",), at)
        for item in formats:
            if item not in FORMATS:
                raise self.fail(at, f"{item!r} is not a format", "one of " + ", ".join(map(repr, FORMATS)))
        if {"d/m/y", "m/d/y"} <= set(formats):
            raise self.fail(at, "names both orders of day and month", "'d/m/y' or 'm/d/y'")
        return formats

    def key_template(self, entry: dict[str, Any], at: str) -> str:
        template: str = self.one(entry, "key", "{key}", str, at)
        if "{key}" not in template:
            raise self.fail(at, f"is {template!r}", "text with {key} in it, such as 'SK_{key}'")
        return template

    def personal(self, table: dict[str, Any]) -> dict[str, str]:
        self.known(table, PERSONAL, "personal")
        for name, column in table.items():
            if column == "?":
                raise self.fail(f"personal.{name}", _UNANSWERED, _COLUMN_NAME)
        return {name: self.one(table, name, "", str, f"personal.{name}") for name in table}

    def links(self, table: dict[str, Any]) -> LinkFile:
        own = ("file", "infector", "infectee", "direction", "key", "missing")
        self.known(table, (*own, "encoding", "delimiter", "sheet", "header_row", "short_rows"), "links")
        return LinkFile(
            file=self.one(table, "file", None, str, "links.file"),
            infector=self.one(table, "infector", None, str, "links.infector"),
            infectee=self.one(table, "infectee", None, str, "links.infectee"),
            direction=self.choice(table, "direction", ("infector", "related"), "infector", "links.direction"),
            key=self.key_template(table, "links.key"),
            options=self.options(table, "links"),
            missing=self.texts(table, "missing", ("", "NA"), "links.missing"),
        )

    # --- plain values, checked ---

    def known(self, table: dict[str, Any], allowed: Sequence[str], at: str) -> None:
        for key in table:
            if key not in allowed:
                full = f"{at}.{key}" if at else key
                near = did_you_mean(key, allowed)
                raise self.fail(full, f"is not known{near}", "one of " + ", ".join(allowed))

    def table(self, data: dict[str, Any], key: str, at: str | None = None) -> dict[str, Any]:
        value = data.get(key, {})
        if not isinstance(value, dict):
            raise self.fail(at or key, "is not a table", f"[{at or key}]")
        return value

    def one(self, table: dict[str, Any], key: str, default: Any, kind: type, at: str) -> Any:
        value = table.get(key, default)
        wrong_bool = isinstance(value, bool) and kind is not bool
        if value is not default and (not isinstance(value, kind) or wrong_bool):
            raise self.fail(at, f"is {value!r}", _KIND_NAMES[kind])
        return value

    def texts(self, table: dict[str, Any], key: str, default: Any, at: str) -> Any:
        if key not in table:
            return default
        value = table[key]
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
            raise self.fail(at, f"is {value!r}", "a list of texts")
        return tuple(items)

    def choice(self, table: dict[str, Any], key: str, allowed: Sequence[str], default: str, at: str) -> str:
        value: str = self.one(table, key, default, str, at)
        if value not in allowed:
            near = did_you_mean(value, allowed)
            raise self.fail(at, f"is {value!r}{near}", "one of " + ", ".join(allowed))
        return value


_KIND_NAMES: dict[type, str] = {
    str: "a text in quotes",
    int: "a whole number",
    bool: "true or false",
    date: "a day such as 2020-01-31",
}


def _kind(name: str) -> str:
    if name in ("key", "infectors"):
        return name
    if name in KINDS:
        return "code"
    return "age" if name in AGES else "day" if name in DAYS else "text"
