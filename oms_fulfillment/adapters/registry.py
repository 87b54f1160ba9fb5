"""Formats find their orders here; the rest of the house names no marketplace.

A format is an object with

* ``code`` and ``name`` (for people), ``kind`` (``orders``), ``media`` (``table`` or ``json``),
* ``zone``: IANA name of the time zone in which its files are written,
* for tables ``detect(sheets)``: the :class:`~.workbook.Table` it recognises, or ``None``, and
  ``read_orders(table, zone)``: an iterable of :class:`FileOrder` that knows its length,
* for JSON ``recognises(item)`` and ``order(item)``: one object as a :class:`FileOrder`.
"""

from dataclasses import dataclass, field

# How far an order has come at the marketplace; it only ever moves to the right.
PHASES = ("unpaid", "to_ship", "shipped", "delivered", "done", "returned", "cancelled")

_adapters = {}


@dataclass(frozen=True, slots=True)
class FileOrder:
    """One order: a canonical payload, where it stood, and what the format noticed.

    ``phase`` is one of :data:`PHASES`, ``None`` when unknown.
    """

    payload: dict
    rows: tuple = ()
    status: str = ""
    phase: str | None = None
    issues: tuple = field(default_factory=tuple)

    @property
    def number(self):
        """The channel's order number, ``None`` where there is none."""
        number = self.payload.get("external_id") if isinstance(self.payload, dict) else None
        return number if isinstance(number, str) else None

    @property
    def open(self):
        """Whether somebody still has to ship it."""
        return self.phase in (None, "unpaid", "to_ship")


def register(adapter):
    """Make an adapter known; also usable as a decorator of its class."""
    instance = adapter() if isinstance(adapter, type) else adapter
    _adapters[instance.code] = instance
    return adapter


def adapters(kind=None, media=None):
    """All adapters in the order in which they were registered."""
    return [
        item
        for item in _adapters.values()
        if kind in (None, item.kind) and media in (None, item.media)
    ]


def get(code):
    return _adapters.get(code)


def detect(sheets, kind="orders"):
    """Return ``(adapter, table)`` of the first adapter that knows the file, else ``None`` twice."""
    for adapter in adapters(kind, "table"):
        table = adapter.detect(sheets)
        if table is not None:
            return adapter, table
    return None, None


def orders_from_json(payload, format=None):  # noqa: A002  (what callers call it)
    """Return the canonical orders in a message of any known JSON format.

    :param payload: what ``json.loads`` gave: one order, a list of orders, or the envelope in which
        an API sends them
    :param str format: code of the format, ``shopify`` is short for ``shopify_api``; recognised from
        the keys of each order by default
    :return: list of canonical payloads. Never fails: what isn't understood comes back as it is,
        for the intake to store and to refuse with a reason.
    :raise KeyError: there is no format of that code
    """
    return [order.payload for order in read_json(payload, format)]


def read_json(payload, format=None):  # noqa: A002
    """Return the orders of :func:`orders_from_json` as a list of :class:`FileOrder`."""
    known = adapters("orders", "json")
    codes = {one.code: one for one in known}
    chosen = codes[format if format in codes else f"{format}_api"] if format else None
    return [
        _read_item(item, chosen or next((one for one in known if one.recognises(item)), None))
        for item in unwrap(payload)
    ]


def unwrap(payload):
    """Return the orders inside the envelopes that APIs use: ``response``, ``data``, ``orders``."""
    for _level in range(3):
        if not isinstance(payload, dict):
            break
        inner = [payload[key] for key in _ENVELOPES if isinstance(payload.get(key), dict | list)]
        if not inner:
            break
        payload = inner[0]
    return payload if isinstance(payload, list) else [payload]


_ENVELOPES = ("response", "data", "order_list", "orders", "order")


def _read_item(item, adapter):
    if adapter is None or not isinstance(item, dict):
        return FileOrder(item)
    try:
        return adapter.order(item)
    except (TypeError, ValueError, KeyError, AttributeError, ArithmeticError, RecursionError):
        # Fields of unheard-of types: the message is kept as it came and refused with a reason.
        return FileOrder(item)
