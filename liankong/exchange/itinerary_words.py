"""The words of `itinerary_words.toml`, read once on first use."""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def table() -> dict[str, Any]:
    return tomllib.loads(files("liankong.exchange").joinpath("itinerary_words.toml").read_text("utf-8"))


@cache
def meanings(group: str) -> dict[str, str]:
    """Word -> the name of the list that it stands in."""
    return {word: name for name, listed in table()[group].items() for word in listed}


@cache
def any_of(group: str, *names: str) -> str:
    """An alternation of a group's words (of some of its lists), the longest first."""
    listed = table()[group]
    chosen = [word for name in (names or listed) for word in listed[name]]
    return "|".join(map(re.escape, sorted(dict.fromkeys(chosen), key=lambda word: (-len(word), word))))


@cache
def periods() -> dict[str, tuple[int, int]]:
    """Part of the day -> its first and last hour."""
    return {word: (int(first), int(last)) for word, (first, last) in table()["periods"].items()}
