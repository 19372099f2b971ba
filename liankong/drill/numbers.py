"""The drill's numbers: TOML tables in `data/`, each number with unit, source and grade.

A table of alike numbers may state `unit`, `source` and `grade` once for all of them. `table()` refuses a
number of which one of the three is missing, so that no figure enters a drill unexplained.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

GRADES = ("S1", "S2", "S3", "G", "X", "D")
_SHARED = ("unit", "source", "grade")


class NumbersError(ValueError):
    """A drill data file holds a number without unit, source or grade, or with an unknown grade."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """A checked file. `value("defaults", "people")` is one number, `values("surnames")` a whole table."""

    name: str
    tree: Mapping[str, Any]

    def node(self, *path: str) -> Any:
        node: Any = self.tree
        for key in path:
            if not isinstance(node, Mapping) or key not in node:
                raise NumbersError(f"{self.name}.toml has no {'.'.join(path)}")
            node = node[key]
        return node

    def value(self, *path: str) -> Any:
        return self.node(*path)["value"]

    def number(self, *path: str) -> float:
        return float(self.value(*path))

    def values(self, *path: str) -> dict[str, Any]:
        """Key -> value of a table of alike numbers, in the file's order."""
        table = self.node(*path)
        return {
            key: item["value"] for key, item in table.items() if isinstance(item, Mapping) and "value" in item
        }


@cache
def load(name: str) -> Numbers:
    """Read and check `data/<name>.toml`."""
    text = resources.files(__package__).joinpath("data", f"{name}.toml").read_text(encoding="utf-8")
    tree = tomllib.loads(text)
    _check(name, tree, (), {})
    return Numbers(name, tree)


def _check(name: str, node: Any, path: tuple[str, ...], shared: Mapping[str, Any]) -> None:
    if isinstance(node, list):
        for index, item in enumerate(node):
            _check(name, item, (*path, str(index)), shared)
    if not isinstance(node, Mapping):
        return
    shared = {**shared, **{key: node[key] for key in _SHARED if key in node}}
    if "value" in node or "distribution" in node:
        missing = [key for key in _SHARED if not shared.get(key)]
        if missing:
            raise NumbersError(f"{name}.toml: {'.'.join(path)} lacks {', '.join(missing)}")
        if shared["grade"] not in GRADES:
            raise NumbersError(
                f"{name}.toml: {'.'.join(path)} has grade {shared['grade']!r}, expected one of {GRADES}"
            )
    for key, item in node.items():
        _check(name, item, (*path, key), shared)
