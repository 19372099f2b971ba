"""MkDocs hook: brings the pages of the repository's root into the site, and keeps links right in both places.

A page is written once, with links that work where it lies in the repository. On the way into the site a link to
another page is turned to where that page is served; a link to a file that the site does not hold (source code, the
licence) keeps its words and loses its address.
"""

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parent.parent
# Page in the repository -> page of the site. Not SECURITY.md as it stands: where case does not count it would be the
# guide security.md.
ROOT_PAGES = {
    "ARCHITECTURE.md": "architecture.md",
    "GLOSSARY.md": "glossary.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "reporting.md",
}

_LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\(([^()\s]+)\)")
_FENCE = re.compile(r"^( *)(```|~~~)")


def on_files(files: Files, config: Any) -> Files:
    """Add the root's pages beside those of `docs/`."""
    for name, served in ROOT_PAGES.items():
        files.append(File.generated(config, served, content=(ROOT / name).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, *, page: Page, files: Files, **_: Any) -> str:
    """Turn the links of one page to where the site serves them."""
    lines, fenced = [], False
    for line in markdown.split("\n"):
        if _FENCE.match(line):
            fenced = not fenced
        lines.append(line if fenced else turn(line, page.file.src_uri, files))
    return "\n".join(lines)


def turn(text: str, page: str, files: Files) -> str:
    """`text` with its links as the site needs them; `page` is where the site holds the page it stands on."""
    folder = "" if page in ROOT_PAGES.values() else posixpath.join("docs", posixpath.dirname(page))

    def replace(found: re.Match[str]) -> str:
        mark, words, target = found.groups()
        path, hash_, part = target.partition("#")
        if not path or re.match(r"[a-z]+:", path):
            return found[0]
        place = posixpath.normpath(posixpath.join(folder, path))
        held = ROOT_PAGES.get(place, place.removeprefix("docs/"))
        if files.get_file_from_path(held) is None:
            # What exists and is not served is named; what does not exist is left for the build to refuse.
            return words if (ROOT / place).exists() and not mark else found[0]
        turned = posixpath.relpath(held, posixpath.dirname(page) or ".")
        return f"{mark}[{words}]({turned}{hash_}{part})"

    return _LINK.sub(replace, text)
