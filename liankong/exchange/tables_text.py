"""Which encoding and which delimiter a text file is in.

UTF-8 is recognised by strict decoding: text of another encoding is hardly ever valid UTF-8 by chance.
GB18030 decodes almost anything, so there the characters must also be common Chinese: UTF-8 or Big5 text
misread as GB18030 turns into characters outside of GB/T 2312.
"""

import codecs
import csv
import io
from pathlib import Path

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DELIMITERS = (",", "\t", ";", "|")
_SAMPLE_BYTES = 262_144
_COMMON_SHARE = 0.9
_SAMPLE_ROWS = 50


class TableError(ValueError):
    """The file cannot be read as a table. Names the file and what was expected."""


def detect_encoding(path: Path) -> str:
    """The encoding of the whole file: utf-8-sig, utf-8, utf-16, utf-32 or gb18030.

    Any other has to be stated: raises `TableError`, which names likely ones.
    """
    with path.open("rb") as file:
        sample = file.read(_SAMPLE_BYTES)
    for mark, name in _BOMS:
        if sample.startswith(mark):
            return name
    if b"\0" in sample:
        return _utf16_without_mark(sample, path)
    if _decodes(path, "utf-8"):
        return "utf-8"
    if _looks_like_chinese(sample) and _decodes(path, "gb18030"):
        return "gb18030"
    # Single-byte encodings hardly differ but in a few letters: a guess would silently corrupt names of places.
    from charset_normalizer import from_bytes  # only needed for this hint

    likely = dict.fromkeys(match.encoding for match in from_bytes(sample))
    perhaps = f" (perhaps {', '.join(list(likely)[:3])})" if likely else ""
    raise TableError(
        f"{path.name}: is neither UTF-8 nor GB18030{perhaps}; expected [file] encoding in the mapping, "
        "such as 'cp1252' or 'big5'"
    )


def detect_delimiter(path: Path, encoding: str) -> str:
    """The delimiter that splits the first rows into the most columns of equal number; ',' if none does."""
    with path.open("rb") as file:
        text = codecs.getincrementaldecoder(encoding)(errors="replace").decode(file.read(_SAMPLE_BYTES))
    best, best_score = ",", 0.0
    for delimiter in _DELIMITERS:
        widths = _widths(text, delimiter)
        if not widths or max(widths) < 2:
            continue
        usual = max(set(widths), key=widths.count)
        if usual < 2:
            continue
        # Agreement counts before width: text cells may hold many commas, but not the same number each.
        score = widths.count(usual) / len(widths) * 1000 + usual
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _widths(text: str, delimiter: str) -> list[int]:
    widths = []
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if cells:
                widths.append(len(cells))
            if len(widths) == _SAMPLE_ROWS:
                break
    except csv.Error:
        return widths
    return widths


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)(errors="strict")
    try:
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _looks_like_chinese(sample: bytes) -> bool:
    text = codecs.getincrementaldecoder("gb18030")(errors="replace").decode(sample)
    foreign = [char for char in text if ord(char) > 127]
    if not foreign:
        return False
    return sum(_in_gb2312(char) for char in foreign) / len(foreign) >= _COMMON_SHARE


def _in_gb2312(char: str) -> bool:
    try:
        char.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _utf16_without_mark(sample: bytes, path: Path) -> str:
    # Latin letters and digits leave every second byte zero; which one tells the byte order.
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    name = "utf-16-le" if odd >= even else "utf-16-be"
    if not _decodes(path, name):
        raise TableError(f"{path.name}: holds zero bytes; expected a text file or an .xlsx workbook")
    return name
