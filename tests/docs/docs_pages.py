"""The project's pages: which there are, and what is in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Made at build time or by tools, not written by people.
MADE = {
    "docs/protocols",
    ".venv",
    "build",
    "site",
    "data",
    "dist",
    "node_modules",
    "liankong/web/static/vendor",
}
_FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_TITLE = re.compile(r'title="([^"]+)"')


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the title that names its file (or ""), its text."""

    language: str
    title: str
    body: str


def pages() -> list[Path]:
    """Every Markdown page that a person wrote."""
    found = []
    for path in sorted(ROOT.rglob("*.md")):
        place = path.relative_to(ROOT)
        parents = {parent.as_posix() for parent in place.parents}
        if not parents & MADE and not any(part.startswith(".") for part in place.parts):
            found.append(path)
    return found


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def blocks(text: str) -> Iterator[Block]:
    for found in _FENCE.finditer(text):
        language, _, rest = found["info"].strip().partition(" ")
        title = _TITLE.search(rest)
        yield Block(language, title[1] if title else "", found["body"])


def prose(text: str) -> str:
    """The page without its fenced blocks."""
    return _FENCE.sub("", text)


def anchors(text: str) -> set[str]:
    """The addresses of a page's headings, as GitHub and the site make them."""
    heads = re.findall(r"^#{1,6} +(.+?) *$", prose(text), re.MULTILINE)
    plain = (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", head).lower() for head in heads)
    return {re.sub(r"[^\w\- ]", "", head).replace(" ", "-") for head in plain}


def between(text: str, mark: str) -> str:
    """What stands between `<!-- mark ... -->` and `<!-- /mark -->`."""
    found = re.search(rf"<!-- {mark}\b[^\n]*-->\n(.*?)<!-- /{mark} -->", text, re.DOTALL)
    assert found is not None, f"no <!-- {mark} --> ... <!-- /{mark} -->"
    return found[1]


def table(text: str) -> list[list[str]]:
    """The cells of the rows of the first table in the text, without its head."""
    found = re.search(r"(?:^\|.*\n)+", text, re.MULTILINE)
    lines = found[0].splitlines()[2:] if found else []
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
