"""Protocols as pages of the documentation."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from liankong import protocols
from liankong.protocols import Protocol, render_markdown
from liankong.protocols.checks import walk
from liankong.protocols.leaves import Duration, duration_text

SHIPPED = protocols.available()


@pytest.mark.parametrize("protocol", SHIPPED, ids=lambda one: one.id)
def test_a_page_shows_every_duration_with_its_key_source_and_grade(protocol: Protocol) -> None:
    rows = {
        line.split("|")[1].strip(): line
        for line in render_markdown(protocol).splitlines()
        if line.startswith("| `")
    }
    durations = [(path, leaf) for path, leaf in walk(protocol.document) if isinstance(leaf, Duration)]
    assert durations
    for path, leaf in durations:
        row = rows[f"`{path}`"]
        assert duration_text(leaf.value) in row
        assert protocol.instrument(leaf.instrument) in row
        assert f"| {leaf.grade.value} |" in row


@pytest.mark.parametrize("protocol", SHIPPED, ids=lambda one: one.id)
def test_a_page_shows_every_worked_example(protocol: Protocol) -> None:
    page = render_markdown(protocol)
    assert all(f"**{example.name}**" in page for example in protocol.examples)


@pytest.mark.parametrize("protocol", SHIPPED, ids=lambda one: one.id)
def test_tables_are_rectangular(protocol: Protocol) -> None:
    width = 0
    for line in render_markdown(protocol).splitlines():
        if not line.startswith("|"):
            width = 0
            continue
        cells = line.replace("\\|", "").count("|")
        assert width in (0, cells), line
        width = cells


def test_a_retired_concept_is_shown_as_retired() -> None:
    assert "| zones | **retired** |" in render_markdown(protocols.load("CN-COV-BB"))
    assert "| zones | not stated |" in render_markdown(protocols.load("CN-MEA-2009"))


def test_the_tool_writes_a_page_a_protocol_and_an_index_and_leaves_what_is_the_same(tmp_path: Path) -> None:
    tool = _tool()
    pages = tool.write(tmp_path)
    assert [page.name for page in pages] == ["index.md", *(f"{one.id}.md" for one in SHIPPED)]
    assert "CN-COV-20.md" in pages[0].read_text(encoding="utf-8")
    before = pages[1].stat().st_mtime_ns
    tool.write(tmp_path)
    assert pages[1].stat().st_mtime_ns == before


def test_the_documentations_build_gets_its_pages_by_the_hook(tmp_path: Path) -> None:
    _tool().on_pre_build({"docs_dir": str(tmp_path)})
    assert (tmp_path / "protocols" / "CN-COV-v9.md").is_file()


def _tool() -> ModuleType:
    path = Path(__file__).parents[2] / "tools" / "protocol_docs.py"
    spec = importlib.util.spec_from_file_location("protocol_docs", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
