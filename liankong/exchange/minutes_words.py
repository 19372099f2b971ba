"""The words of `minutes_words.toml`, read once on first use."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(files("liankong.exchange").joinpath("minutes_words.toml").read_text("utf-8"))


@cache
def words(group: str, name: str) -> tuple[str, ...]:
    """A list of words, the longest first, so that an alternation made of it takes the longest."""
    found = _table()[group][name]
    return tuple(sorted(dict.fromkeys(found), key=lambda word: (-len(word), word)))


@cache
def in_order(group: str) -> dict[str, tuple[str, ...]]:
    """All lists of a group, in the order of the file."""
    return {name: tuple(found) for name, found in _table()[group].items()}


@cache
def surnames() -> frozenset[str]:
    return frozenset(_table()["names"]["surnames"]) - {"\n", " "}
