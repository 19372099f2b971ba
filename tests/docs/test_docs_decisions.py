"""Decisions are numbered without gaps, say whether they hold, and can be found."""

import re
from pathlib import Path

import pytest
from docs_pages import ROOT

FOLDER = ROOT / "docs" / "adr"
PAGES = sorted(path for path in FOLDER.glob("*.md") if path.name != "index.md")


def test_numbers_run_from_one_without_gaps() -> None:
    assert [path.name[:4] for path in PAGES] == [f"{number:04d}" for number in range(1, len(PAGES) + 1)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_decision_bears_its_number_its_status_and_its_parts(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"# {page.name[:4]}. ")
    status = re.search(r"^Status: (\w+)(?: by (\d{4}))?$", text, re.MULTILINE)
    assert status is not None
    assert status[1] in {"accepted", "superseded"}
    if status[1] == "superseded":
        assert list(FOLDER.glob(f"{status[2]}-*.md"))
    parts = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert [part for part in parts if part != "Measured"] == ["Question", "Decision", "Consequences"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_decision_is_in_the_navigation(page: Path) -> None:
    assert f"adr/{page.name}" in (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
