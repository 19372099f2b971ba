"""What the pages show is what the program says: consoles are run, Python is run, excerpts are compared."""

import doctest
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from docs_pages import ROOT, Block, blocks, name, pages

from liankong.cli import main

TUTORIALS = ROOT / "docs" / "tutorials"


def _with(language: str) -> list[Path]:
    return [
        page for page in pages() if any(_is(b, language) for b in blocks(page.read_text(encoding="utf-8")))
    ]


def _is(block: Block, language: str) -> bool:
    return block.language == language


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the tutorials' files, where the reader stands."""
    folder = tmp_path / "desk"
    shutil.copytree(TUTORIALS, folder)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "80")
    return folder


@pytest.mark.parametrize("page", _with("console"), ids=name)
def test_a_console_shows_what_the_commands_print(page: Path, desk: Path) -> None:
    """`...` stands for anything. What a person reads below a command is its output and its complaints."""
    ran = 0
    for block in blocks(page.read_text(encoding="utf-8")):
        if not _is(block, "console"):
            continue
        for command, shown in re.findall(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", block.body, re.MULTILINE):
            words = command.split()
            if words[0] != "liankong":
                continue
            done = CliRunner().invoke(main, words[1:])
            printed = _lines(done.stdout + done.stderr)
            wanted = _lines(shown)
            assert not wanted or doctest.OutputChecker().check_output(wanted, printed, doctest.ELLIPSIS), (
                f"{command}\n{printed}"
            )
            assert done.exit_code in {0, 3}, f"{command}\n{done.output}"
            ran += 1
    assert ran


def _lines(text: str) -> str:
    return (
        "".join(f"{line.rstrip()}\n" for line in text.strip("\n").splitlines() if line.strip())
        if text.strip()
        else ""
    )


@pytest.mark.parametrize("page", _with("pycon"), ids=name)
def test_python_on_a_page_gives_what_it_shows(page: Path, desk: Path) -> None:
    failed, tried = doctest.testfile(str(page), module_relative=False)
    assert (failed, tried > 0) == (0, True)


def _excerpts() -> list[tuple[str, Block]]:
    return [
        (name(page), block)
        for page in pages()
        for block in blocks(page.read_text(encoding="utf-8"))
        if block.title
    ]


@pytest.mark.parametrize(
    ("page", "block"), _excerpts(), ids=lambda value: value.title if isinstance(value, Block) else value
)
def test_an_excerpt_is_in_its_file(page: str, block: Block) -> None:
    """Line by line, in order; a line of `...` alone leaves lines out."""
    source = (ROOT / block.title).read_text(encoding="utf-8")
    place = 0
    for part in re.split(r"^ *\.\.\.\n", block.body, flags=re.MULTILINE):
        found = source.find(part, place)
        assert found >= 0, f"not in {block.title}:\n{part}"
        place = found + len(part)
