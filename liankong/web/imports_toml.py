"""A mapping's text and its plain content: read, judged against a file, and written again."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from liankong.exchange import mapping
from liankong.exchange.mapping_model import MappingError
from liankong.exchange.tables import TableOptions


def parse(text: str) -> dict[str, Any]:
    """The plain content of a mapping. Raises MappingError when it is not TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MappingError("mapping", "TOML", str(error), "valid TOML") from error


def entries_of(data: Mapping[str, Any]) -> Iterable[tuple[str, dict[str, Any]]]:
    for name, entry in dict(data.get("fields", {})).items():
        for one in entry if isinstance(entry, list) else [entry]:
            yield name, {"column": one} if isinstance(one, str) else dict(one)
    for name, column in dict(data.get("personal", {})).items():
        yield f"personal.{name}", {"column": column}


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
    for _name, entry in entries_of(data):
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


def to_toml(data: Mapping[str, Any]) -> str:
    """A mapping's content as TOML in its usual order."""
    out = [f"title = {inline(data.get('title', ''))}", ""]
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
    return [head, *(f"{key} = {inline(value)}" for key, value in entry.items()), ""]


def inline(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(inline(item) for item in value) + "]"
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(key)} = {inline(item)}" for key, item in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    return _text(str(value))


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _text(key)


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() or c == " " else f"\\U{ord(c):08x}" for c in escaped) + '"'


def listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [str(item) for item in value]
