"""Tables of text from CSV and Excel files, whatever their encoding, delimiter and shape.

Every cell comes out as stripped text: days as `2020-11-03`, whole numbers without `.0`. So a list saved as
CSV and the same list saved as a workbook read alike.
"""

import csv
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from liankong.exchange.tables_text import TableError, detect_delimiter, detect_encoding

__all__ = ["Row", "Table", "TableError", "TableOptions", "file_digest"]

# First bytes of .xlsx (a ZIP archive) and of .xls.
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `number` is the row's number as a spreadsheet shows it; `fault` says why it is unusable."""

    number: int
    cells: tuple[str, ...]
    fault: str = ""


@dataclass(frozen=True, slots=True)
class TableOptions:
    """How to open a file. What is None is found out from the file itself."""

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_row: int = 1
    pad_short_rows: bool = False


class Table:
    """A file opened as a table: `headers`, then `rows()` as often as needed.

    `headers` are single-spaced; a repeated header gets " (2)", " (3)" so that each can be named.
    `position` is the share of the file read so far (0..1), or None where it cannot be known.
    """

    def __init__(self, path: Path, options: TableOptions | None = None) -> None:
        self.path = path
        self.options = options or TableOptions()
        self.position: float | None = None
        self.encoding = ""
        self.delimiter = ""
        self.sheet = ""
        try:
            with path.open("rb") as file:
                head = file.read(4)
        except OSError as error:
            raise TableError(f"{path.name}: cannot be opened ({error.strerror})") from error
        self.is_excel = head in _WORKBOOKS
        if not self.is_excel:
            self.encoding = self.options.encoding or detect_encoding(path)
            self.delimiter = self.options.delimiter or detect_delimiter(path, self.encoding)

    @cached_property
    def headers(self) -> tuple[str, ...]:
        """The column names. Raises `TableError` when the header row holds none."""
        for number, cells in self._raw():
            if number == self.options.header_row:
                headers = _unique([" ".join(cell.split()) for cell in _trim(cells)])
                if not any(headers):
                    break
                return headers
        raise TableError(f"{self.path.name}: row {self.options.header_row} holds no column names")

    def rows(self) -> Iterator[Row]:
        """All rows below the header that hold anything, in the order of the file."""
        width = len(self.headers)
        for number, raw in self._raw():
            if number <= self.options.header_row:
                continue
            if isinstance(raw, csv.Error):
                yield Row(number, (), f"cannot be split into cells ({raw})")
                continue
            cells = [cell.strip() for cell in raw]
            if not any(cells):
                continue
            yield self._fit(number, cells, width)

    def first_rows(self, limit: int) -> list[tuple[int, list[str]]]:
        """The first rows as they stand, header or not: (row number, cells without empty ones at the end)."""
        return [(number, _trim(cells)) for number, cells in islice(self._raw(), limit)]

    def _fit(self, number: int, cells: list[str], width: int) -> Row:
        if len(cells) < width and (self.is_excel or self.options.pad_short_rows):
            cells += [""] * (width - len(cells))
        if len(cells) > width and not any(cells[width:]):
            del cells[width:]
        fault = "" if len(cells) == width else f"has {len(cells)} cells where the header has {width}"
        return Row(number, tuple(cells), fault)

    def _raw(self) -> Iterator[tuple[int, Any]]:
        return self._excel_rows() if self.is_excel else self._csv_rows()

    def _csv_rows(self) -> Iterator[tuple[int, Any]]:
        size = max(self.path.stat().st_size, 1)
        number = 0
        # A byte-order mark is part of the encoding, not of the first header.
        encoding = (
            "utf-8-sig" if self.encoding.lower().replace("_", "-") in ("utf-8", "utf8") else self.encoding
        )
        try:
            with self.path.open("rb") as binary:
                text = io.TextIOWrapper(binary, encoding=encoding, newline="")
                reader = csv.reader(text, delimiter=self.delimiter, strict=True)
                while True:
                    number += 1
                    try:
                        cells = next(reader)
                    except StopIteration:
                        return
                    except csv.Error as error:
                        if "unexpected end" in str(error):
                            raise TableError(
                                f"{self.path.name}: row {number} opens a quotation mark that is never closed"
                            ) from error
                        yield number, error
                        continue
                    self.position = min(binary.tell() / size, 1.0)
                    yield number, cells
        except (UnicodeDecodeError, LookupError) as error:
            raise TableError(
                f"{self.path.name}: near row {number}: is not {self.encoding} text; "
                "expected the right [file] encoding, such as 'utf-8', 'gb18030' or 'utf-16'"
            ) from error

    def _excel_rows(self) -> Iterator[tuple[int, Any]]:
        # By the file's bytes, not its name: uploads come under any name.
        with self.path.open("rb") as file:
            try:
                book = CalamineWorkbook.from_filelike(file)
                sheet = book.get_sheet_by_name(self._choose_sheet(book))
            except PasswordError as error:
                raise TableError(
                    f"{self.path.name}: has a password; expected a workbook without one"
                ) from error
            except (CalamineError, OSError) as error:
                raise TableError(
                    f"{self.path.name}: is not a readable workbook; expected .xlsx or .xls"
                ) from error
        self.sheet = sheet.name
        total = max(sheet.total_height, 1)
        for number, values in enumerate(sheet.iter_rows(), start=1):
            self.position = min(number / total, 1.0)
            yield number, [_cell_text(value) for value in values]

    def _choose_sheet(self, book: CalamineWorkbook) -> str:
        if self.options.sheet is not None:
            if self.options.sheet not in book.sheet_names:
                names = ", ".join(repr(name) for name in book.sheet_names)
                raise TableError(
                    f"{self.path.name}: has no sheet {self.options.sheet!r}; expected one of {names}"
                )
            return self.options.sheet
        for sheet in book.sheets_metadata:
            if sheet.visible == SheetVisibleEnum.Visible and sheet.typ == SheetTypeEnum.WorkSheet:
                return str(sheet.name)
        raise TableError(f"{self.path.name}: has no visible worksheet")


def file_digest(path: Path) -> str:
    """SHA-256 of the file's bytes, in hex: tells whether exactly this file was imported before."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _cell_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time(0) else value.isoformat(sep=" ")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def _trim(cells: Any) -> list[str]:
    """Header cells without the empty ones at the end (Excel keeps formatted but empty columns)."""
    if isinstance(cells, csv.Error):
        return []
    kept = [str(cell) for cell in cells]
    while kept and not kept[-1].strip():
        kept.pop()
    return kept


def _unique(headers: list[str]) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    unique = []
    for header in headers:
        seen[header] = seen.get(header, 0) + 1
        unique.append(header if seen[header] == 1 else f"{header} ({seen[header]})")
    return tuple(unique)
