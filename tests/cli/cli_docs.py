"""What docs/cli.md promises, and how to compare it with what a command prints."""

import re
from pathlib import Path
from typing import Any

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "cli.md"
# Objects whose keys are values of the data: each key is documented as {value}.
OPEN = {"set_aside", "counts", "counts.{value}", "curves", "quality.counts"}


def documented(command: str) -> set[str]:
    """The keys listed in a command's section: what stands in backticks before the colon of each list item."""
    section = re.split(r"^## ", DOCUMENT.read_text("utf-8"), flags=re.MULTILINE)
    body = next(part for part in section if part.startswith(f"`liankong {command}`\n"))
    items = re.findall(r"^- .*(?:\n  .*)*", body, flags=re.MULTILINE)
    return {key for item in items for key in re.findall(r"`([^`]+)`", re.split(r":\s", item)[0])}


def sections() -> set[str]:
    """The commands that have a section."""
    return set(re.findall(r"^## `liankong ([^`]+)`$", DOCUMENT.read_text("utf-8"), flags=re.MULTILINE))


def printed(data: Any, path: str = "") -> set[str]:
    """Every key of a JSON result as a path; a list of plain values or an empty object is a leaf."""
    if isinstance(data, dict) and data:
        found = set()
        for key, value in data.items():
            name = "{value}" if path in OPEN else key
            found |= printed(value, f"{path}.{name}" if path else name)
        return found
    if isinstance(data, list) and any(isinstance(item, dict) for item in data):
        return {key for item in data for key in printed(item, f"{path}[]")}
    return {path}
