"""Spreadsheets and text tables from marketplaces: opened safely, read by heading.

Everything is guarded before it is parsed (size, zip bombs, entity tricks), and every failure is a
:class:`WorkbookError` whose sentence tells the user what to do.
"""

import csv
import io
import re
import unicodedata
import zipfile
from dataclasses import dataclass

import openpyxl

MAX_BYTES = 20 * 2**20
MAX_UNPACKED = 200 * 2**20
MAX_PARTS = 2000
MAX_ROWS = 100_000
MAX_COLUMNS = 400
HEADER_DEPTH = 25
OLE_MAGIC = b"\xd0\xcf\x11\xe0"


class WorkbookError(Exception):
    """The file can't be read; the message says why and what to do instead."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """``rows`` are tuples of cell values (``None``, ``str``, numbers, ``datetime``)."""

    name: str
    rows: list


def open_workbook(name, content):
    """Return the sheets of an xlsx or csv file.

    :param str name: the file's name, for the messages
    :param bytes content:
    :raise WorkbookError:
    """
    if not content:
        raise WorkbookError(f"{name} is empty.")
    if len(content) > MAX_BYTES:
        raise WorkbookError(
            f"{name} has {len(content) // 2**20} MB, the limit is {MAX_BYTES // 2**20} MB. "
            "Export a shorter period."
        )
    if content.startswith(b"PK"):
        return _open_xlsx(name, content)
    if content.startswith(OLE_MAGIC):
        raise WorkbookError(
            f"{name} is an old Excel file (.xls) or is protected by a password. "
            "Save it as .xlsx without a password."
        )
    return [Sheet("", _read_csv(name, content))]


def _open_xlsx(name, content):
    _guard_zip(name, content)
    try:
        # Never read_only: marketplaces write wrong dimensions and one cell per <row>, which
        # openpyxl's streaming reader silently cuts to a single cell.
        book = openpyxl.load_workbook(io.BytesIO(content), data_only=True, keep_links=False)
        sheets = [_read_sheet(name, sheet) for sheet in book.worksheets]
    except WorkbookError:
        raise
    except Exception as error:  # openpyxl raises anything on a damaged file
        raise WorkbookError(
            f"{name} can't be read ({type(error).__name__}). Download it again from the seller "
            "centre, or open it and save it as .xlsx."
        ) from error
    if not any(sheet.rows for sheet in sheets):
        raise WorkbookError(f"{name} has no rows.")
    return sheets


def _guard_zip(name, content):
    """Refuse archives that would unpack to too much, and XML with a document type."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            unpacked = sum(part.file_size for part in parts)
            if len(parts) > MAX_PARTS or unpacked > MAX_UNPACKED:
                raise WorkbookError(
                    f"{name} unpacks to {unpacked // 2**20} MB in {len(parts)} parts, which is "
                    "too much. Export a shorter period."
                )
            for part in parts:
                if part.filename.lower().endswith((".xml", ".rels")):
                    with archive.open(part) as stream:
                        head = stream.read(4096).replace(b"\0", b"")
                    if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
                        raise WorkbookError(f"{name} holds XML definitions and was refused.")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        raise WorkbookError(
            f"{name} is damaged or protected by a password. Download it again."
        ) from error


def _read_sheet(name, sheet):
    if sheet.max_row > MAX_ROWS or sheet.max_column > MAX_COLUMNS:
        raise WorkbookError(
            f"Sheet {sheet.title} of {name} has {sheet.max_row} rows and {sheet.max_column} "
            f"columns, the limit is {MAX_ROWS} and {MAX_COLUMNS}. Export a shorter period."
        )
    return Sheet(sheet.title, list(sheet.iter_rows(values_only=True)))


def _read_csv(name, content):
    text = _decode(name, content)
    lines = text.splitlines()
    if len(lines) > MAX_ROWS:
        raise WorkbookError(
            f"{name} has {len(lines)} rows, the limit is {MAX_ROWS}. Export a shorter period."
        )
    head = "\n".join(lines[:HEADER_DEPTH])
    delimiter = max(",;\t|", key=head.count)
    try:
        rows = [
            tuple(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        ]
    except csv.Error as error:
        raise WorkbookError(f"{name} is no table: {error}. Save it as .xlsx or .csv.") from error
    if not head.count(delimiter) or max(map(len, rows)) > MAX_COLUMNS:
        raise WorkbookError(f"{name} is no table of columns. Choose an .xlsx or .csv file.")
    return rows


def _decode(name, content):
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise WorkbookError(f"{name} is neither a workbook nor text. Choose an .xlsx or .csv file.")


# headings


def heading_key(value):
    """Return a heading in the form in which headings are compared.

    >>> heading_key("  Status Pembatalan/\\u00a0Pengembalian ")
    'status pembatalan/pengembalian'
    """
    text = unicodedata.normalize("NFKC", str(value if value is not None else ""))
    text = re.sub(r"\s+", " ", text.replace("\ufeff", "")).strip().rstrip("*").strip()
    return re.sub(r"\s*/\s*", "/", text).casefold()


class Table:
    """The rows below a header row, read by heading; the first of equal headings counts."""

    def __init__(self, sheet, header):
        self.sheet = sheet
        self.header = header
        self.headings = [heading_key(cell) for cell in sheet.rows[header]]
        self._columns = {}
        for index, heading in enumerate(self.headings):
            if heading:
                self._columns.setdefault(heading, []).append(index)

    def columns(self, *aliases):
        """Indexes of all columns that carry one of ``aliases``, the preferred alias first."""
        return [index for alias in aliases for index in self._columns.get(heading_key(alias), ())]

    def rows(self):
        """Yield ``(row number as the user sees it, cells)`` for each row that isn't blank."""
        for index, cells in enumerate(self.sheet.rows[self.header + 1 :], self.header + 2):
            if any(cell not in (None, "") for cell in cells):
                yield index, cells

    def values(self, column):
        return [cells[column] for _number, cells in self.rows() if column < len(cells)]


def find_table(sheet, required):
    """Return the :class:`Table` whose header holds all ``required`` headings, or ``None``.

    The header is looked for in the first 25 rows: titles, notes and totals may stand above it.
    """
    keys = [{heading_key(alias) for alias in aliases} for aliases in required]
    for index, cells in enumerate(sheet.rows[:HEADER_DEPTH]):
        found = {heading_key(cell) for cell in cells if isinstance(cell, str)}
        if all(aliases & found for aliases in keys):
            return Table(sheet, index)
    return None
