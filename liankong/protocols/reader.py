"""From TOML to a `Document`: overlays applied, every key and type checked, every fault found and named."""

import dataclasses
import difflib
import hashlib
import json
import tomllib
import typing
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from liankong.protocols.checks import contradictions
from liankong.protocols.errors import Problem, ProtocolError
from liankong.protocols.model import Document
from liankong.protocols.words import PATHS_OF

T = TypeVar("T")
Table = dict[str, Any]
Find = Callable[[str], Path | None]

# What an overlay never takes over from the protocol that it extends.
_OWN = (
    "schema",
    "id",
    "name",
    "english",
    "summary",
    "in_force",
    "divisions",
    "example",
    "extends",
    "without",
)
_PLAIN = {
    "missing": "this key is required",
    "string_type": "expected text in quotes",
    "int_type": "expected a whole number",
    "float_type": "expected a number",
    "bool_type": "expected true or false",
    "tuple_type": "expected an array [...]",
    "list_type": "expected an array [...]",
    "dict_type": "expected a table",
    "dataclass_type": "expected a table",
    "date_type": "expected a day such as 2022-01-08",
    "date_parsing": "expected a day such as 2022-01-08",
    "date_from_datetime_parsing": "expected a day such as 2022-01-08",
}


def read(path: Path, find: Find) -> tuple[Document, str]:
    """The protocol of a file and the SHA-256 over it and all files it extends.

    `find` gives the file of an id that `extends` names. Raises `ProtocolError` with every fault found.
    """
    layers = _layers(path, find)
    merged = layers[-1][1]
    for file, table in reversed(layers[:-1]):
        merged = _overlay(merged, table, file)
    document = _typed(merged, Document, layers)
    faults = [
        Problem(_file_of(key.split("."), layers), key, expected) for key, expected in contradictions(document)
    ]
    if faults:
        raise ProtocolError(tuple(faults))
    digest = hashlib.sha256(b"".join(file.read_bytes() for file, _ in layers)).hexdigest()
    return document, digest


def read_standing(path: Path, kind: type[T]) -> T:
    """A file of another shape than a protocol's, checked just as strictly."""
    table = parse(path)
    return _typed(table, kind, [(path, table)])


def parse(path: Path) -> Table:
    """The raw table of a file. Raises `ProtocolError` when it is missing or no TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ProtocolError(
            (Problem(path, "", f"expected a readable UTF-8 file: {type(error).__name__}"),)
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise ProtocolError((Problem(path, "", f"expected valid TOML: {error}"),)) from None


# --- overlays ---------------------------------------------------------------------------------------------


def _layers(path: Path, find: Find) -> list[tuple[Path, Table]]:
    """The file and what it extends, the file itself first."""
    layers: list[tuple[Path, Table]] = []
    here: Path = path
    while True:
        if here in (file for file, _ in layers):
            raise ProtocolError(
                (Problem(path, "extends", f"expected no circle, but it comes back to {here.name}"),)
            )
        table = parse(here)
        layers.append((here, table))
        base = table.get("extends", "")
        if not base:
            return layers
        found = find(base) if isinstance(base, str) else None
        if found is None:
            raise ProtocolError((Problem(here, "extends", f"expected the id of a protocol, got {base!r}"),))
        here = found


def _overlay(base: Table, over: Table, file: Path) -> Table:
    kept = {key: value for key, value in base.items() if key not in _OWN}
    for index, path in enumerate(over.get("without", ())):
        fewer = _without(kept, str(path).split("."))
        if fewer == kept:
            raise ProtocolError(
                (Problem(file, f"without[{index}]", f"expected a key of the base, got {path!r}"),)
            )
        kept = fewer
    for concept in over.get("retired", {}):
        for path in PATHS_OF.get(concept, ()):
            kept = _without(kept, path.split("."))
    return _merge(kept, over)


def _merge(base: Table, over: Table) -> Table:
    merged = dict(base)
    for key, value in over.items():
        under = merged.get(key)
        # A sourced value is replaced whole: a new number must not inherit the old one's instrument and grade.
        whole = isinstance(value, dict) and "grade" in value
        merged[key] = (
            _merge(under, value)
            if isinstance(under, dict) and isinstance(value, dict) and not whole
            else value
        )
    return merged


def _without(table: Table, path: Sequence[str]) -> Table:
    head, *rest = path
    if head not in table:
        return table
    if not rest:
        return {key: value for key, value in table.items() if key != head}
    under = table[head]
    return {**table, head: _without(under, rest)} if isinstance(under, dict) else table


def _typed(table: Table, kind: type[T], layers: Sequence[tuple[Path, Table]]) -> T:
    try:
        # By way of JSON, because only there strict types still take arrays as tuples and text as a word of a
        # list.
        typed: T = _adapter(cast("Any", kind)).validate_json(json.dumps(table, default=_plain), strict=True)
    except ValidationError as error:
        raise ProtocolError(tuple(_problem(fault, kind, layers) for fault in error.errors())) from None
    return typed


# --- faults -----------------------------------------------------------------------------------------------


def _problem(fault: Mapping[str, Any], kind: type[Any], layers: Sequence[tuple[Path, Table]]) -> Problem:
    steps = tuple(step for step in fault["loc"] if step != "[key]")
    return Problem(
        _file_of([str(step) for step in steps], layers), _dotted(steps), _expected(fault, kind, steps)
    )


def _expected(fault: Mapping[str, Any], document: type[Any], steps: tuple[int | str, ...]) -> str:
    kind = str(fault["type"])
    if kind == "unexpected_keyword_argument":
        return _unknown_key(document, steps)
    if kind == "enum":
        allowed = str(fault["ctx"]["expected"])
        near = difflib.get_close_matches(
            str(fault["input"]), [word.strip("'") for word in allowed.split(", ")], 1
        )
        return f"expected {allowed}, got {fault['input']!r}" + (
            f"; did you mean {near[0]!r}?" if near else ""
        )
    if kind == "value_error":
        return str(fault["ctx"]["error"])
    text = _PLAIN.get(kind, str(fault["msg"]))
    return text if kind == "missing" else f"{text}, got {fault['input']!r}"


def _unknown_key(document: type[Any], steps: tuple[int | str, ...]) -> str:
    known = [field.name for field in dataclasses.fields(_table_at(document, steps[:-1]))]
    near = difflib.get_close_matches(str(steps[-1]), known, 1)
    return (
        f"unknown key; did you mean {near[0]!r}?"
        if near
        else f"unknown key; expected one of {', '.join(known)}"
    )


def _table_at(document: type[Any], steps: Sequence[int | str]) -> type[Any]:
    """The dataclass that stands at a place of the document."""
    here: Any = document
    for step in steps:
        if dataclasses.is_dataclass(here):
            here = typing.get_type_hints(here)[str(step)]
            if isinstance(here, UnionType):
                here = typing.get_args(here)[0]
        else:
            arguments = typing.get_args(here)
            here = arguments[1] if typing.get_origin(here) is dict else arguments[0]
    return typing.cast("type[Any]", here)


def _dotted(steps: Sequence[int | str]) -> str:
    text = ""
    for step in steps:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _file_of(steps: Sequence[str], layers: Sequence[tuple[Path, Table]]) -> Path:
    """The layer that states the deepest part of the path; the overlay itself when none does."""

    def depth(table: Any) -> int:
        for reached, step in enumerate(steps):
            name, _, index = step.partition("[")
            if isinstance(table, dict) and name in table:
                table = table[name]
            elif isinstance(table, list) and step.isdigit() and int(step) < len(table):
                table = table[int(step)]
            else:
                return reached
            if index and isinstance(table, list) and int(index.rstrip("]")) < len(table):
                table = table[int(index.rstrip("]"))]
        return len(steps)

    return max(layers, key=lambda layer: depth(layer[1]))[0]


def _plain(value: object) -> str:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is no TOML value")


@cache
def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
