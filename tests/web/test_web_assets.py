"""What the browser gets is what was published: vendored files against their lock, pages without inline code."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "liankong" / "web"
VENDOR = WEB / "static" / "vendor"
TOOL = ROOT / "tools" / "vendor_check.py"


def run(tool: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, str(tool)], capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A checkout with nothing but the tool and the vendored files."""
    shutil.copytree(VENDOR, tmp_path / "liankong" / "web" / "static" / "vendor")
    (tmp_path / "tools").mkdir()
    shutil.copy(TOOL, tmp_path / "tools")
    return tmp_path


def test_every_vendored_file_is_the_one_that_the_lock_names() -> None:
    found = run(TOOL)
    assert (found.returncode, found.stderr) == (0, "")


def test_a_changed_file_is_found(copy: Path) -> None:
    file = copy / "liankong/web/static/vendor/htmx/htmx.min.js"
    file.write_bytes(file.read_bytes() + b"\n")
    found = run(copy / "tools/vendor_check.py")
    assert found.returncode == 1
    assert "htmx/htmx.min.js: differs from the lock" in found.stderr


def test_a_file_that_nobody_declared_is_found(copy: Path) -> None:
    (copy / "liankong/web/static/vendor/htmx/extra.js").write_text("1")
    assert "htmx/extra.js: not in the lock" in run(copy / "tools/vendor_check.py").stderr


def test_a_package_without_its_licence_is_found(copy: Path) -> None:
    (copy / "liankong/web/static/vendor/cytoscape/LICENSE").unlink()
    found = run(copy / "tools/vendor_check.py").stderr
    assert "cytoscape/LICENSE: missing" in found
    assert "cytoscape: no LICENSE file" in found


def test_the_lock_says_name_version_and_licence_and_holds_no_address() -> None:
    text = (VENDOR / "vendor.lock.json").read_text(encoding="utf-8")
    assert "://" not in text
    for package in json.loads(text).values():
        assert package["name"]
        assert re.fullmatch(r"\d+\.\d+\.\d+", package["version"])
        assert package["licence"]


@pytest.mark.parametrize("template", sorted(WEB.glob("templates/**/*.html")), ids=lambda path: path.stem)
def test_no_template_has_inline_code_or_style(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"|javascript:|hx-on", text)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))


def test_every_icon_that_pages_name_is_there() -> None:
    named: set[str] = set()
    for template in WEB.glob("templates/**/*.html"):
        text = template.read_text(encoding="utf-8")
        named |= set(re.findall(r"{%\s*icon\s+\"([a-z0-9-]+)\"", text))
        named |= set(re.findall(r"\bicon=\"([a-z0-9-]+)\"", text))
    from liankong.web.labels import LABELS

    named |= {item.icon for group in LABELS.values() for item in group.values() if item.icon}
    missing = sorted(name for name in named if not (VENDOR / "tabler-icons" / f"{name}.svg").is_file())
    assert missing == []


@pytest.mark.parametrize(
    "group", ["role", "organisation", "orderkind", "need", "zoneunit", "inquiry", "stay", "exposure"]
)
def test_every_member_of_a_closed_list_has_its_words(group: str) -> None:
    from liankong.web.labels import LABELS

    lists = {type(member) for member in LABELS[group]}
    assert len(lists) == 1
    assert set(LABELS[group]) == set(lists.pop())


def test_no_icon_is_shipped_that_nothing_names() -> None:
    """Every name stands somewhere in quotes, whoever draws it: a tag, a label, a door of the navigation."""
    sources = [*WEB.rglob("*.py"), *WEB.glob("templates/**/*.html")]
    quoted = {word for file in sources for word in re.findall(r"\"([a-z0-9-]+)\"", file.read_text("utf-8"))}
    shipped = {file.stem for file in (VENDOR / "tabler-icons").glob("*.svg")}
    assert sorted(shipped - quoted) == []


def test_charts_and_chains_are_loaded_only_where_they_are_used() -> None:
    base = (WEB / "templates/base_root.html").read_text() + (WEB / "templates/base.html").read_text()
    assert "echarts" not in base
    assert "cytoscape" not in base
