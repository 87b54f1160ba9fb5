"""Spreadsheets and text tables from marketplaces: opened safely, read by heading.

Everything is guarded before it is parsed (size, zip bombs, entity tricks), and every failure is a
:class:`WorkbookError` whose sentence tells the user what to do.
"""

import csv
import io
import re
import unicodedata
import zipfile
from itertools import islice

from . import xlsx
from .messages import WorkbookError, _lt

MAX_BYTES = 20 * 2**20
MAX_UNPACKED = 400 * 2**20
# What Excel writes shrinks to a tenth; a thousandth is no spreadsheet.
MAX_RATIO = 150
SMALL = 10 * 2**20
MAX_PARTS = 2000
MAX_ROWS = 100_000
MAX_COLUMNS = 400
HEADER_DEPTH = 25
DELIMITERS = ",;\t|"
CHUNK = 2**16
OLE_MAGIC = b"\xd0\xcf\x11\xe0"

__all__ = ["Sheet", "Table", "WorkbookError", "find_table", "heading_key", "open_workbook"]

EMPTY = _lt("%(file)s is empty. Export it again.")
TOO_LARGE = _lt("%(file)s has %(size)s MB, the limit is %(limit)s MB. Export a shorter period.")
OLD_EXCEL = _lt(
    "%(file)s is an old Excel file (.xls) or is protected by a password. Save it as .xlsx without "
    "a password."
)
UNREADABLE = _lt(
    "%(file)s can't be read (%(kind)s). Download it again from the seller centre, or open it and "
    "save it as .xlsx."
)
NO_ROWS = _lt("%(file)s has no rows. Export it again.")
BOMB = _lt(
    "%(file)s unpacks to %(size)s MB in %(count)s parts, which is too much. Export a shorter "
    "period."
)
DAMAGED = _lt("%(file)s is damaged or protected by a password. Download it again.")
TOO_MANY_ROWS = _lt("%(file)s has more than %(limit)s rows in one sheet. Export a shorter period.")
TOO_MANY_COLUMNS = _lt("%(file)s has a row of more than %(limit)s columns. Export it again.")
NO_TABLE = _lt("%(file)s is no table of columns. Choose an .xlsx or .csv file.")
NO_TEXT = _lt("%(file)s is neither a workbook nor text. Choose an .xlsx or .csv file.")


class Sheet:
    """One sheet of a file; its rows are read from the file each time they are asked for.

    :ivar str name: title of the tab, empty for text files
    :ivar list head: the first 25 rows, among which the headings are looked for
    """

    def __init__(self, file, name, read):
        self.file = file
        self.name = name
        self._read = read
        self.head = list(islice(self.rows, HEADER_DEPTH))

    @property
    def rows(self):
        """Yield tuples of cell values (``None``, ``str``, numbers, ``datetime``), blank rows too.

        :raise WorkbookError: the file turns out to be damaged or too long
        """
        at = 0
        try:
            for number, cells in self._read():
                if number > MAX_ROWS:
                    raise WorkbookError(TOO_MANY_ROWS, file=self.file, limit=MAX_ROWS)
                if len(cells) > MAX_COLUMNS:
                    raise WorkbookError(TOO_MANY_COLUMNS, file=self.file, limit=MAX_COLUMNS)
                if number > at + 1:
                    yield from ((),) * (number - at - 1)
                yield cells
                at = max(at, number)
        except WorkbookError:
            raise
        except Exception as error:  # a damaged file may fail anywhere and in any way
            raise WorkbookError(UNREADABLE, file=self.file, kind=type(error).__name__) from error


def open_workbook(name, content):
    """Return the sheets of an xlsx or csv file.

    :param str name: the file's name, for the messages
    :param bytes content:
    :raise WorkbookError:
    """
    if not content:
        raise WorkbookError(EMPTY, file=name)
    if len(content) > MAX_BYTES:
        size, limit = len(content) // 2**20, MAX_BYTES // 2**20
        raise WorkbookError(TOO_LARGE, file=name, size=size, limit=limit)
    if content.startswith(b"PK"):
        return _open_xlsx(name, content)
    if content.startswith(OLE_MAGIC):
        raise WorkbookError(OLD_EXCEL, file=name)
    return [_open_csv(name, content)]


def _open_xlsx(name, content):
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        _guard_zip(name, archive, len(content))
        book = xlsx.Book(name, archive)
    except WorkbookError:
        raise
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        raise WorkbookError(DAMAGED, file=name) from error
    except Exception as error:  # as in Sheet.rows
        raise WorkbookError(UNREADABLE, file=name, kind=type(error).__name__) from error
    sheets = [Sheet(name, title, lambda part=part: book.rows(part)) for title, part in book.sheets]
    if not any(sheet.head for sheet in sheets):
        raise WorkbookError(NO_ROWS, file=name)
    return sheets


def _guard_zip(name, archive, size):
    """Refuse archives that would unpack to too much; parts are never written to disk by name."""
    parts = archive.infolist()
    unpacked = sum(part.file_size for part in parts)
    bomb = unpacked > SMALL and unpacked > MAX_RATIO * size
    if len(parts) > MAX_PARTS or unpacked > MAX_UNPACKED or bomb:
        raise WorkbookError(BOMB, file=name, size=unpacked // 2**20, count=len(parts))


def _open_csv(name, content):
    encoding = _encoding(name, content)

    def lines():
        return io.TextIOWrapper(io.BytesIO(content), encoding, newline="")

    head = "".join(islice(lines(), HEADER_DEPTH))
    delimiter = max(DELIMITERS, key=head.count)
    if not head.count(delimiter):
        raise WorkbookError(NO_TABLE, file=name)

    def read():
        rows = csv.reader(lines(), delimiter=delimiter)
        for number, row in enumerate(rows, 1):
            if len(row) == 1:
                # seen in the wild: a heading with commas above rows with tabs
                other = max(DELIMITERS, key=row[0].count)
                if row[0].count(other) > 1:
                    row = next(csv.reader([row[0]], delimiter=other))
            yield number, tuple(row)

    return Sheet(name, "", read)


def _encoding(name, content):
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            with io.TextIOWrapper(io.BytesIO(content), encoding, newline="") as stream:
                if not any("\0" in chunk for chunk in iter(lambda: stream.read(CHUNK), "")):
                    return encoding
        except UnicodeError:
            continue
    raise WorkbookError(NO_TEXT, file=name)


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
        cells = ["" if cell is None else str(cell) for cell in sheet.head[header]]
        self.titles = [cell.strip("\ufeff \t\r\n") for cell in cells]
        self.headings = [heading_key(cell) for cell in cells]
        self._columns = {}
        for index, heading in enumerate(self.headings):
            if heading:
                self._columns.setdefault(heading, []).append(index)

    def columns(self, *aliases):
        """Indexes of all columns that carry one of ``aliases``, the preferred alias first."""
        return [index for alias in aliases for index in self._columns.get(heading_key(alias), ())]

    def rows(self):
        """Yield ``(row number as the user sees it, cells)`` for each row that isn't blank."""
        for number, cells in enumerate(self.sheet.rows, 1):
            if number > self.header + 1 and any(cell not in (None, "") for cell in cells):
                yield number, cells


def find_table(sheet, required):
    """Return the :class:`Table` whose header holds all ``required`` headings, or ``None``.

    The header is looked for in the first 25 rows: titles, notes and totals may stand above it.
    """
    keys = [{heading_key(alias) for alias in aliases} for aliases in required]
    for index, cells in enumerate(sheet.head):
        found = {heading_key(cell) for cell in cells if isinstance(cell, str)}
        if all(aliases & found for aliases in keys):
            return Table(sheet, index)
    return None
