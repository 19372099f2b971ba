"""Write the page of every shipped protocol, and an index, into a folder: python tools/protocol_docs.py
[docs/protocols]

The documentation's build calls `write` before it reads its pages.
"""

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from liankong import protocols

DEFAULT = Path(__file__).resolve().parent.parent / "docs" / "protocols"


def write(folder: Path = DEFAULT) -> list[Path]:
    """Write the pages; a page whose text is the same stays untouched. Returns all pages, the index first."""
    every = protocols.available()
    pages = {"index.md": protocols.render_index(every)}
    pages |= {f"{one.id}.md": protocols.render_markdown(one) for one in every}
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in pages.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
        written.append(path)
    return written


def on_pre_build(config: Any) -> None:
    """MkDocs calls this when the file is listed under `hooks`: the pages are made before they are collected."""
    write(Path(config["docs_dir"]) / "protocols")


if __name__ == "__main__":
    for page in write(Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT):
        print(page)
