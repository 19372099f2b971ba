"""What an operator can set or start is in the manual."""

import re
from pathlib import Path

import pytest

from liankong.cli.serve import serve

ROOT = Path(__file__).resolve().parents[2]
MANUAL = (ROOT / "docs" / "running.md").read_text(encoding="utf-8")
SOURCES = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "liankong").rglob("*.py"))


@pytest.mark.parametrize(
    "name",
    sorted(
        set(re.findall(r"""(?:environ\.get\(|environ\[|_flag\()["']((?:LIANKONG|DATABASE)_\w+)""", SOURCES))
    ),
)
def test_every_variable_that_the_code_reads_is_in_the_manual(name: str) -> None:
    assert f"`{name}`" in MANUAL


@pytest.mark.parametrize(
    "option", [text for one in serve.params for text in one.opts if text.startswith("--")]
)
def test_every_option_of_serve_is_in_the_manual(option: str) -> None:
    assert option in MANUAL


@pytest.mark.parametrize(
    "target", re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
)
def test_every_make_target_is_in_the_manual(target: str) -> None:
    assert target == "help" or f"make {target}" in MANUAL
