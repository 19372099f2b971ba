"""One word for one thing, in two languages and in the code."""

import enum
import re

import pytest
from code_names import exists
from docs_pages import ROOT, prose

from liankong import protocols
from liankong.protocols.checks import walk
from liankong.vocabulary import kinds
from liankong.vocabulary.facts import KINDS

TEXT = (ROOT / "GLOSSARY.md").read_text(encoding="utf-8")
LINES = [line for line in prose(TEXT).splitlines() if line.startswith("| ") and not line.startswith("| 中文")]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")] for line in LINES if not line.startswith("| ---")
]
NAMES = sorted({name for row in ROWS for name in re.findall(r"`([^`]+)`", row[2])})


def _stated() -> set[str]:
    """Dotted names of what the shipped protocols state, with and without places in lists: `clocks.report`."""
    found = set()
    for protocol in protocols.available():
        for path, _ in walk(protocol.document):
            parts = re.sub(r"\[\d+\]", "", path).split(".")
            found |= {".".join(parts[:length]) for length in range(2, len(parts) + 1)}
    return found


def test_every_line_has_both_languages_and_a_name() -> None:
    assert len(ROWS) > 150
    for row in ROWS:
        assert len(row) == 3, row
        assert re.search(r"[\u4e00-\u9fff]", row[0]), row
        assert re.search(r"[a-z]", row[1]), row
        assert re.search(r"`[^`]+`", row[2]), row


def test_no_line_stands_twice() -> None:
    seen = [tuple(row) for row in ROWS]
    assert [row for row in seen if seen.count(row) > 1] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_in_the_code(name: str) -> None:
    # Codes of zones and the like are words of protocol files; `TOML: x.y` is what the files state.
    if name.startswith("TOML: "):
        assert name.removeprefix("TOML: ") in _stated()
    else:
        assert exists(name)


@pytest.mark.parametrize(
    "member",
    [
        f"{kind.__name__}.{member.name}"
        for kind in vars(kinds).values()
        if isinstance(kind, type) and issubclass(kind, enum.StrEnum) and kind is not enum.StrEnum
        for member in kind
    ],
)
def test_every_kind_has_a_line(member: str) -> None:
    assert member in NAMES


@pytest.mark.parametrize("fact", KINDS)
def test_every_fact_has_a_line(fact: str) -> None:
    assert fact in NAMES
