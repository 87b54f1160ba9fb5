"""Adapters find their files here; the rest of the house names no marketplace.

An adapter is an object with

* ``code`` and ``name`` (for people), ``kind`` (``orders``),
* ``zone``: IANA name of the time zone in which its files are written,
* ``detect(sheets)``: the :class:`~.workbook.Table` it recognises, or ``None``,
* ``read_orders(table, zone)``: a list of :class:`FileOrder`.
"""

from dataclasses import dataclass, field

_adapters = {}


@dataclass(frozen=True, slots=True)
class FileOrder:
    """One order of a file: a canonical payload, where it stood, and what the adapter noticed.

    ``phase`` says how far the order has come at the marketplace: ``unpaid``, ``to_ship``,
    ``shipped``, ``delivered``, ``done``, ``cancelled``, ``returned`` or ``None`` (unknown).
    """

    payload: dict
    rows: tuple
    status: str = ""
    phase: str | None = None
    issues: tuple = field(default_factory=tuple)

    @property
    def open(self):
        """Whether somebody still has to ship it."""
        return self.phase in (None, "unpaid", "to_ship")


def register(adapter):
    """Make an adapter known; also usable as a decorator of its class."""
    instance = adapter() if isinstance(adapter, type) else adapter
    _adapters[instance.code] = instance
    return adapter


def adapters(kind=None):
    """All adapters in the order in which they were registered."""
    return [item for item in _adapters.values() if kind in (None, item.kind)]


def get(code):
    return _adapters.get(code)


def detect(sheets, kind="orders"):
    """Return ``(adapter, table)`` of the first adapter that knows the file, else ``None`` twice."""
    for adapter in adapters(kind):
        table = adapter.detect(sheets)
        if table is not None:
            return adapter, table
    return None, None
