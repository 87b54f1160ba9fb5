"""Opening a file of payouts, whatever it is."""

from dataclasses import dataclass

from .. import registry
from ..workbook import Table, open_workbook
from .remittance import guess


@dataclass(slots=True)
class StatementFile:
    """What a file turned out to be.

    :ivar statement: the :class:`.statement.Statement`; ``None`` for an unknown format
    :ivar form: the format that read it
    :ivar table: the table that looks most like a remittance; only for unknown formats
    """

    statement: object = None
    form: object = None
    table: object = None


def open_statement(name, content, zone=None, mappings=()):
    """Return the :class:`StatementFile` in ``content``.

    :param str name: the file's name, for the messages
    :param str zone: time zone of times that name none
    :param mappings: :class:`.remittance.Remittance` to try before the known formats
    :raise WorkbookError: the file can't be read
    """
    sheets = open_workbook(name, content)
    for form in (*mappings, *registry.adapters("settlement", "table")):
        table = form.detect(sheets)
        if table is not None:
            return StatementFile(form.read_statement(sheets, table, zone), form)
    return StatementFile(table=find_headings(sheets))


def find_headings(sheets):
    """Return the table whose header row has most headings with a known name, or the first row
    with several texts; ``None`` for an empty file."""
    best = None
    for sheet in sheets:
        for index, cells in enumerate(sheet.head):
            texts = [cell for cell in cells if isinstance(cell, str) and cell.strip()]
            score = (len(guess(texts)), len(texts) > 2, -index)
            if len(texts) > 1 and (best is None or score > best[0]):
                best = (score, Table(sheet, index))
    return best[1] if best else None
