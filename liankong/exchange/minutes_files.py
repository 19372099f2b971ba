"""The text of a file that somebody was sent: plain text, HTML or a Word document (.docx)."""

import io
import zipfile
from importlib import import_module
from typing import Any

from charset_normalizer import from_bytes

# A meeting's report is some pages; a document that unpacks to more is not opened.
LARGEST_FILE = 8 * 1024 * 1024
LARGEST_UNPACKED = 64 * 1024 * 1024
_DOCX = "docx"
_TEXTS = ("txt", "htm", "html", "md")


class UnreadableFile(ValueError):
    """The file is of another kind, too large, or broken; the message says what was expected."""


def text_of(name: str, content: bytes) -> str:
    """The text of a file by its name's ending. Raises UnreadableFile."""
    kind = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    if len(content) > LARGEST_FILE:
        raise UnreadableFile(f"the file is larger than {LARGEST_FILE // 1024 // 1024} MB")
    if kind == _DOCX:
        return _docx(content)
    if kind not in _TEXTS:
        raise UnreadableFile("expected a file of .txt, .html or .docx")
    return plain(content)


def plain(content: bytes) -> str:
    """Text in UTF-8, UTF-16 with its mark, GB18030, or what its bytes look like."""
    for encoding in ("utf-8-sig", "gb18030"):
        if encoding == "gb18030" and content[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return content.decode("utf-16", errors="replace")
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    best = from_bytes(content).best()
    if best is None:
        raise UnreadableFile("expected text in UTF-8 or GB18030")
    return str(best)


def _docx(content: bytes) -> str:
    """Paragraphs and tables' cells of the body in their order. Automatic numbers of a list are no text: they are
    written out, so that 一、二、三 made by the word processor is read like one that was typed."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            if sum(part.file_size for part in parts.infolist()) > LARGEST_UNPACKED:
                raise UnreadableFile("the document unpacks to more than a meeting's report")
        document: Any = import_module("docx").Document(io.BytesIO(content))
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        if isinstance(error, UnreadableFile):
            raise
        raise UnreadableFile("this is not a readable .docx document") from error
    lines: list[str] = []
    counts: dict[tuple[str, str], int] = {}
    for block in document.iter_inner_content():
        if hasattr(block, "rows"):
            lines += ["\t".join(cell.text for cell in row.cells) for row in block.rows]
        else:
            lines.append(_numbered(block, counts))
    return "\n".join(lines)


def _numbered(paragraph: Any, counts: dict[tuple[str, str], int]) -> str:
    """The paragraph's text, with the number that its list gives it."""
    text = str(paragraph.text)
    told = _list_of(paragraph._p) or _list_of(paragraph.style.element if paragraph.style else None)
    if told is None or told.numId is None or not text.strip():
        return text
    level = "0" if told.ilvl is None else str(told.ilvl.val)
    key = (str(told.numId.val), level)
    counts[key] = counts.get(key, 0) + 1
    for deeper in [one for one in counts if one[0] == key[0] and one[1] > level]:
        del counts[deeper]
    return f"{counts[key]}.{text}" if level == "0" else f"（{counts[key]}）{text}"


def _list_of(element: Any) -> Any:
    """The list that a paragraph or its style belongs to."""
    properties = None if element is None else element.pPr
    return None if properties is None else properties.numPr
