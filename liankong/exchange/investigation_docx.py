"""An official document as .docx, to be worked on and filed: the form of GB/T 9704-2012 by named styles.

The official typefaces are named and not shipped: a word processor that has them sets the document in them. Needs
python-docx, which comes with the `server` extra.
"""

from io import BytesIO
from typing import Any

from liankong.exchange.pdf import (
    WATERMARKS,
    Check,
    Checks,
    Document,
    Heading,
    Paragraph,
    Table,
    date_words,
)

MEDIA = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
BODY, HEAD, TITLE = "仿宋_GB2312", "黑体", "方正小标宋简体"
LATIN = "Times New Roman"
RED = "D7000F"


class DocxUnavailableError(RuntimeError):
    """python-docx is not installed."""


def render_docx(document: Document) -> bytes:
    """The document as .docx: red head, number, title, text, tables, signature, imprint. Raises DocxUnavailableError."""
    try:
        import docx
    except ImportError as error:
        raise DocxUnavailableError(
            "a .docx needs python-docx, which comes with the server: pip install 'liankong[server]'"
        ) from error
    made = docx.Document()
    _page(made)
    mark = WATERMARKS.get((document.language, document.standing), "")
    if mark:
        _line(made, mark, font=HEAD, size=14, align="right", red=True)
    _line(made, document.banner, font=TITLE, size=36, align="center", red=True, after=10)
    _line(made, document.number, size=16, align="center", after=4, ruled=True)
    for part in document.title.split("\n"):
        _line(made, part, font=TITLE, size=22, align="center", before=6)
    _line(made, "", size=16)
    if document.addressees:
        _line(made, f"{document.addressees}：", size=16)
    for block in document.blocks:
        _block(made, block)
    _line(made, "", size=16)
    if document.signed:
        _line(made, document.signed, size=16, align="right")
    for text in (document.issuer, date_words(document.dated, document.language), document.seal):
        _line(made, text, size=16, align="right")
    for left, right in document.imprint:
        _line(made, f"{left}　{right}".strip(), size=14)
    if document.trace:
        _line(made, document.trace, size=9)
    properties = made.core_properties
    properties.title = document.title.replace("\n", "")
    properties.author = document.issuer
    properties.comments = ""
    stream = BytesIO()
    made.save(stream)
    return stream.getvalue()


def _page(made: Any) -> None:
    """A4 with the standard's margins."""
    from docx.shared import Mm

    section = made.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)


def _block(made: Any, block: Heading | Paragraph | Table | Checks) -> None:
    if isinstance(block, Heading):
        _line(made, block.text, font=HEAD, size=16, indented=True)
    elif isinstance(block, Paragraph):
        _line(made, block.text, size=16, indented=True)
    elif isinstance(block, Table):
        _table(made, block)
    else:
        _line(made, block.caption, font=HEAD, size=14)
        for check in block.lines:
            _line(made, _said(check), size=12)


def _said(check: Check) -> str:
    return " ".join(part for part in (check.label, check.arithmetic, check.note) if part)


def _table(made: Any, block: Table) -> None:
    if block.caption:
        _line(made, block.caption, font=HEAD, size=14, align="center")
    table = made.add_table(rows=1, cols=len(block.columns))
    table.style = "Table Grid"
    for cell, text in zip(table.rows[0].cells, block.columns, strict=True):
        _run(cell.paragraphs[0], text.replace("\n", ""), font=HEAD, size=12)
    for number, row in enumerate(block.rows):
        cells = table.add_row().cells
        for cell, text in zip(cells, row, strict=True):
            _run(cell.paragraphs[0], text, font=HEAD if number in block.strong else BODY, size=12)
    if block.note:
        _line(made, block.note, size=12)


def _line(
    made: Any,
    text: str,
    *,
    font: str = BODY,
    size: float,
    align: str = "left",
    red: bool = False,
    indented: bool = False,
    before: float = 0,
    after: float = 0,
    ruled: bool = False,
) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt

    line = made.add_paragraph()
    form = line.paragraph_format
    form.alignment = getattr(WD_ALIGN_PARAGRAPH, align.upper())
    form.space_before, form.space_after = Pt(before), Pt(after)
    form.line_spacing = Pt(max(29, size * 1.3))
    if indented:
        # Two characters; both attributes, since word processors differ in which they heed.
        form.first_line_indent = Pt(size * 2)
        line._p.get_or_add_pPr().get_or_add_ind().set(qn("w:firstLineChars"), "200")
    if ruled:
        borders = OxmlElement("w:pBdr")
        rule = OxmlElement("w:bottom")
        for name, value in (("val", "single"), ("sz", "12"), ("space", "6"), ("color", RED)):
            rule.set(qn(f"w:{name}"), value)
        borders.append(rule)
        line._p.get_or_add_pPr().append(borders)
    _run(line, text, font=font, size=size, red=red)


def _run(line: Any, text: str, *, font: str, size: float, red: bool = False) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    run = line.add_run(text)
    run.font.size = Pt(size)
    run.font.name = LATIN
    # The name of the Chinese typeface stands in an attribute of its own.
    run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
    if red:
        run.font.color.rgb = RGBColor.from_string(RED)
