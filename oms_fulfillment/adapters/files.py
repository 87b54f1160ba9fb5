"""Opening a file of orders, whatever it is."""

import json
from dataclasses import dataclass

from . import generic, registry
from .messages import WorkbookError, _lt
from .workbook import EMPTY, MAX_BYTES, TOO_LARGE, open_workbook

BAD_JSON = _lt("%(file)s is no valid JSON. Export it again.")


@dataclass(slots=True)
class OrderFile:
    """What a file turned out to be.

    :ivar orders: the orders, an iterable that knows its length and can start anywhere
        (``starting(position)``), with ``notes`` about the file; ``None`` for an unknown format
    :ivar table: the table that looks most like orders, for a mapping; only for unknown formats
    """

    code: str | None = None
    orders: object = None
    table: object = None


class JsonOrders:
    """The orders of a JSON file, in the shape of :class:`.rows.Orders`."""

    notes = ()

    def __init__(self, orders):
        self._orders = orders

    def __len__(self):
        return len(self._orders)

    def __iter__(self):
        return iter(self._orders)

    def starting(self, start):
        yield from self._orders[start:]


def open_orders(name, content, zone=None, mappings=()):
    """Return the :class:`OrderFile` in ``content``.

    :param str name: the file's name, for the messages
    :param str zone: time zone of times that name none
    :param mappings: :class:`.generic.GenericOrders` to try before the known formats
    :raise WorkbookError: the file can't be read
    """
    if content[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")):
        return _open_json(name, content)
    sheets = open_workbook(name, content)
    for form in (*mappings, *registry.adapters("orders", "table")):
        table = form.detect(sheets)
        if table is not None:
            return OrderFile(form.code, form.read_orders(table, zone))
    return OrderFile(table=generic.find_headings(sheets))


def _open_json(name, content):
    if not content:
        raise WorkbookError(EMPTY, file=name)
    if len(content) > MAX_BYTES:
        size, limit = len(content) // 2**20, MAX_BYTES // 2**20
        raise WorkbookError(TOO_LARGE, file=name, size=size, limit=limit)
    try:
        orders = registry.read_json(json.loads(content.decode("utf-8-sig")))
    except (ValueError, RecursionError) as error:
        raise WorkbookError(BAD_JSON, file=name) from error
    codes = {_format_of(order) for order in orders}
    code = codes.pop() if len(codes) == 1 else None
    return OrderFile(code or "canonical", JsonOrders(orders))


def _format_of(order):
    extra = order.payload.get("extra") if isinstance(order.payload, dict) else None
    return extra.get("format") if isinstance(extra, dict) else None
