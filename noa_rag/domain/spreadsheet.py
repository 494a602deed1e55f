"""Tables as files that spreadsheets open, in which nothing that people wrote acts as a formula."""

import csv
import io
from collections.abc import Iterable

# A spreadsheet set to French opens semicolons as columns, and reads UTF-8 when a byte order mark says so.
SEPARATOR, BYTE_ORDER_MARK = ";", "\N{ZERO WIDTH NO-BREAK SPACE}"
_FORMULA_SIGNS = tuple("=+-@＝＋－＠")  # the wide ones count as formulas in some spreadsheets

Cell = str | int | float | None


def csv_text(rows: Iterable[Iterable[Cell]], *, decimal_mark: str = ".") -> str:
    """Return the rows as a file's text; text that a spreadsheet would read as a formula is led by an apostrophe."""
    written = io.StringIO()
    writer = csv.writer(written, delimiter=SEPARATOR, lineterminator="\r\n")
    for row in rows:
        writer.writerow([_written(cell, decimal_mark) for cell in row])
    return BYTE_ORDER_MARK + written.getvalue()


def guarded(text: str) -> str:
    """Return a text on one line that no spreadsheet takes for a formula."""
    line = " ".join(text.split())
    return "'" + line if line.startswith(_FORMULA_SIGNS) else line


def _written(cell: Cell, decimal_mark: str) -> str | int:
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:.6g}".replace(".", decimal_mark)
    return cell if isinstance(cell, int) else guarded(cell)
