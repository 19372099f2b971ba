"""What a page points to exists, and what it tells people to type works."""

import re
from pathlib import Path
from urllib.parse import unquote

import click
import pytest
from docs_pages import ROOT, anchors, blocks, name, pages, prose

from liankong.cli import main

PAGES = pages()
_LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\[\]]*\])*\]\(([^()\s]+)\)")
# Written at build time by tools/protocol_docs.py.
MADE = ROOT / "docs" / "protocols"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for target in _LINK.findall(prose(page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, part = target.partition("#")
        place = (page.parent / unquote(path)).resolve() if path else page
        if place.is_relative_to(MADE):
            continue
        if not place.exists() or (part and unquote(part) not in anchors(place.read_text(encoding="utf-8"))):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_page_has_one_title_and_closes_its_blocks(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert len(re.findall(r"^# ", prose(text), re.MULTILINE)) == 1
    assert len(re.findall(r"^```", text, re.MULTILINE)) % 2 == 0


def _typed(text: str) -> list[str]:
    """Everything that a page tells people to type: `code` and the lines of blocks that are not programs."""
    code = re.findall(r"`([^`\n]+)`", prose(text))
    for block in blocks(text):
        if block.language in {"", "console", "sh", "bash", "text"}:
            code += [line.removeprefix("$ ") for line in block.body.splitlines()]
    return code


TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_make_target_named_exists(page: Path) -> None:
    named = [re.match(r"make ([a-z]+)", line) for line in _typed(page.read_text(encoding="utf-8"))]
    assert {found[1] for found in named if found} - TARGETS == set()


def _command(words: list[str]) -> str:
    """The part of a command line that is not there, or ""."""
    group: click.Command = main
    for word in words:
        if not isinstance(group, click.Group) or not re.fullmatch(r"[a-z]+", word):
            return ""
        found = group.get_command(click.Context(group), word)
        if found is None:
            return word
        group = found
    return ""


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_command_named_exists_and_knows_its_options(page: Path) -> None:
    missing = []
    for line in _typed(page.read_text(encoding="utf-8")):
        found = re.match(r"(?:\.venv/bin/)?liankong ([a-z][^|#&]*)", line)
        if found is None:
            continue
        words = re.split(r"[\s|]+", found[1].strip())
        if word := _command(words):
            missing.append(f"{line}: {word}")
            continue
        options = {word.split("=")[0] for word in words if re.fullmatch(r"--[a-z-]+(=.*)?", word)}
        known = {text for one in _of(words).params for text in (*one.opts, *one.secondary_opts)}
        missing += [f"{line}: {option}" for option in options - known - {"--help"}]
    assert missing == []


def _of(words: list[str]) -> click.Command:
    group: click.Command = main
    for word in words:
        found = group.get_command(click.Context(group), word) if isinstance(group, click.Group) else None
        if found is None:
            break
        group = found
    return group


# A page speaks of the project: not of one machine, of a package index, or of how the page came to be.
FOREIGN = {
    "a machine's own path": r"(?<![\w.~/:])/(?:work|root|tmp|home|mnt|Users)/",
    "a package index": r"pypi\.org|pythonhosted\.org|registry\.npmjs",
    "the making of the page": r"(?i)\b(?:as an ai|language model|chatgpt|claude|sub-?agents?|this session|previous session)\b",
    "unfinished work": r"\b(?:TODO|FIXME|XXX|TBD)\b|(?i:lorem ipsum)",
}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_page_speaks_of_the_project_alone(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert {what: found[0] for what, pattern in FOREIGN.items() if (found := re.search(pattern, text))} == {}
