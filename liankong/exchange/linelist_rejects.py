"""The rejected rows as a file to mend and import again through the same mapping.

Three columns say what is wrong; the row's own cells follow as they were. The columns of reasons are not in the
mapping, so they need not be removed before the mended file is imported.
"""

import csv
import io

from liankong.exchange.linelist import LineList
from liankong.exchange.mapping_model import Mapping

REASONS = ("rejected row", "rejected field", "rejected because")


def rejected_csv(line_list: LineList, mapping: Mapping) -> bytes:
    """CSV that reads through the same mapping: its encoding and delimiter if it states them (else UTF-8 with a
    byte-order mark, which Excel wants, and commas), its header row.

    Holds the rows' own cells, so it may hold personal data: treat it like the file it comes from.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=mapping.options.delimiter or ",")
    for _ in range(mapping.options.header_row - 1):
        writer.writerow([])
    # A mended file may be rejected in part again: its old reasons make way for the new ones.
    kept = [index for index, header in enumerate(line_list.headers) if header not in REASONS]
    writer.writerow([*REASONS, *(line_list.headers[index] for index in kept)])
    for row in line_list.rejected:
        fields = "; ".join(dict.fromkeys(error.field for error in row.errors))
        reasons = "; ".join(
            f"{error.field}: {error.problem}, expected {error.expected}" for error in row.errors
        )
        whole = len(row.cells) == len(line_list.headers)
        cells = [row.cells[index] for index in kept] if whole else row.cells
        writer.writerow([row.row, fields, reasons, *cells])
    encoding = mapping.options.encoding or "utf-8-sig"
    return text.getvalue().encode(encoding)
