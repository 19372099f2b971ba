"""The built site: complete, strict, and content to lie on a machine without a network."""

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from docs_pages import ROOT

LIBRARY = ("vocabulary", "protocols", "rules", "epi", "exchange", "drill", "lake")


@pytest.mark.parametrize("floor", LIBRARY)
def test_every_module_of_the_library_is_in_the_reference(floor: str) -> None:
    page = (ROOT / "docs" / "reference" / f"{floor}.md").read_text(encoding="utf-8")
    shown = re.findall(r"^::: liankong\.(\S+)$", page, re.MULTILINE)
    modules = [
        ".".join(path.relative_to(ROOT / "liankong").with_suffix("").parts)
        for path in (ROOT / "liankong" / floor).rglob("*.py")
        if path.stem != "__init__"
    ]
    assert sorted(shown) == sorted(modules)


def test_every_guide_is_in_the_navigation() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    guides = [path.name for path in (ROOT / "docs").glob("*.md")]
    assert [guide for guide in guides if f" {guide}\n" not in navigation] == []


class _Fetched(HTMLParser):
    """What a browser would fetch by itself to show the page: scripts, styles, fonts, pictures, frames."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in {"script", "img", "iframe", "source", "video", "audio", "embed"}:
            self.addresses.add(values.get("src") or "")
        elif tag == "link" and values.get("rel") not in {"canonical", "next", "prev", "edit"}:
            self.addresses.add(values.get("href") or "")


@pytest.mark.slow
def test_the_site_builds_strictly_and_fetches_nothing_from_elsewhere(tmp_path: Path) -> None:
    built = subprocess.run(
        [
            sys.executable,
            "-m",
            "mkdocs",
            "build",
            "--strict",
            "--quiet",
            "--site-dir",
            str(tmp_path / "site"),
        ],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    made = list((tmp_path / "site").rglob("*.html"))
    assert len(made) > 30
    fetched = set()
    for path in made:
        parser = _Fetched()
        parser.feed(path.read_text(encoding="utf-8"))
        fetched |= parser.addresses
    assert [address for address in fetched if re.match(r"(?:[a-z]+:)?//", address)] == []
    styles = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "site").rglob("*.css"))
    assert re.findall(r"""(?:url\(|@import)\s*["']?https?:""", styles) == []
