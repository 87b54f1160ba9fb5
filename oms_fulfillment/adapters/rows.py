"""What the formats of spreadsheets share: columns by heading, rows by order, one order a group.

A format is a subclass of :class:`TableFormat` that says what its headings are called and what the
rows of one order mean. Everything between is done here: headings are found in any order and under
older names, money is read in the file's own locale, rows of one order are brought together, and
what the format doesn't know is reported instead of lost.
"""

import re
from collections import Counter
from functools import cached_property

from .cells import Money, RoundedNumber, as_text, compact, local_time, vote, whole
from .messages import _lt, issue
from .registry import FileOrder
from .spill import Spill
from .values import is_zero
from .workbook import find_table, heading_key

ROUNDED = _lt(
    "Row %(row)s: %(value)s is a number that lost digits. Export the file again and don't save it "
    "in Excel."
)
UNKNOWN_STATUS = _lt('Row %(row)s: the status "%(status)s" is not known.')
UNKNOWN_HEADING = _lt('The column "%(heading)s" is not known and was not read.')
LOST_HEADING = _lt('There is no column "%(heading)s"; the channel may have renamed it.')
UNKNOWN = "?"
ROW_KEYS = ("item", "sku_id", "sku", "parent_sku", "product", "variation", "price", "quantity")


class TableFormat:
    """A spreadsheet of orders.

    :cvar texts, times, quantities, amounts: ``{key: headings}``, the newest heading first; a key
        in none of the file's columns reads as ``None``
    :cvar ignored: headings that are known and not needed
    :cvar required: keys without which a table isn't of this format
    :cvar phases: beginnings of the channel's words for a status, in lower case, and the phase
    :cvar tuple sheets: titles of the sheet that holds the orders; an unknown title is no obstacle
    """

    kind = "orders"
    media = "table"
    zone = "Asia/Jakarta"
    thousands = "."
    time_formats = ()
    sheets = ()
    texts = {}
    times = {}
    quantities = {}
    amounts = {}
    ignored = ()
    required = ()
    expected = ()
    phases = {}
    number_pattern = None
    # rows without an order number belong to the order above
    continued = False

    # ------------------------------------------------------------ recognition

    @cached_property
    def fields(self):
        return {**self.texts, **self.times, **self.quantities, **self.amounts}

    def detect(self, sheets):
        """Return the table of orders, the sheet with the right title first."""
        titles = {title.casefold() for title in self.sheets}
        for sheet in sorted(sheets, key=lambda sheet: sheet.name.strip().casefold() not in titles):
            table = find_table(sheet, [self.fields[key] for key in self.required])
            if table:
                return table
        return None

    def drift(self, table):
        """Return warnings for headings that are new, and for expected ones that are gone."""
        known = {heading_key(alias) for aliases in self.fields.values() for alias in aliases} | {
            heading_key(heading) for heading in self.ignored
        }
        strange = [
            issue("unknown_heading", title, UNKNOWN_HEADING, heading=title)
            for title, key in zip(table.titles, table.headings, strict=True)
            if key and key not in known
        ]
        lost = [
            issue("lost_heading", self.fields[key][0], LOST_HEADING, heading=self.fields[key][0])
            for key in self.expected
            if not table.columns(*self.fields[key])
        ]
        return lost + strange

    # ---------------------------------------------------------------- reading

    def read_orders(self, table, zone=None):
        """Return the :class:`Orders` of ``table``.

        :param str zone: IANA name of the zone in which times without one are meant
        :raise WorkbookError: the file turns out to be damaged
        """
        return Orders(self, table, zone or self.zone)

    def bound(self, table):
        """Return the format as it reads this table: what headings say about the orders."""
        return self

    def accepts(self, row):
        """Whether a row is about an order: totals, remarks and descriptions are not."""
        if row["number"] and self.number_pattern:
            return bool(re.fullmatch(self.number_pattern, row["number"])) or bool(row["issues"])
        return bool(row["number"] or row["issues"] or (row.get("sku") and row.get("quantity")))

    def order(self, rows):
        """Return the :class:`FileOrder` that ``rows`` (dicts of plain values) make."""
        rows = sorted(rows, key=_row_key)
        first = rows[0]
        status = self.status(rows)
        phase = self.phase(rows)
        issues = [issue(*details[:3], **details[3]) for row in rows for details in row["issues"]]
        if phase is None:
            issues.append(
                issue("unknown_status", "status", UNKNOWN_STATUS, row=first["row"], status=status)
            )
        payload = compact(self.payload(rows, phase))
        payload["status"] = canonical_status(phase, status)
        payload["extra"] = {
            "format": self.code,
            "channel_status": status,
            **payload.get("extra", {}),
            **({"phase": phase} if phase else {}),
        }
        numbers = tuple(sorted(row["row"] for row in rows))
        return FileOrder(payload, numbers, status, phase, tuple(issues))

    def status(self, rows):
        """The channel's own word for how far the order is."""
        return rows[0]["status"] or ""

    def phase(self, rows):
        """One of :data:`.registry.PHASES`, ``None`` for a status that nobody has seen yet."""
        return phase_of(self.status(rows), self.phases)

    def payload(self, rows, phase):
        """Return the canonical order but for ``status``; what can't be understood is passed on to
        be refused there."""
        raise NotImplementedError


class Orders:
    """The orders of one file: counted, and read as often as one likes, one at a time.

    :ivar list notes: issues about the file as a whole
    """

    def __init__(self, form, table, zone):
        self.form = form = form.bound(table)
        self.notes = form.drift(table)
        self._zone = zone
        self._columns = {
            key: (table.columns(*aliases) or [None])[0] for key, aliases in form.fields.items()
        }
        self._votes = {key: Counter() for key in form.amounts}
        self._spill = Spill()
        self._spill.extend(self._rows(table))
        self._money = Money(self._votes, form.thousands)

    def __len__(self):
        return len(self._spill)

    def __iter__(self):
        return self.starting(0)

    def starting(self, start):
        """Yield the orders from position ``start`` on."""
        for rows in self._spill.groups(start):
            for row in rows:
                for key in self.form.amounts:
                    row[key] = self._money.amount(row[key], key)
            yield self.form.order(rows)

    def _rows(self, table):
        last = None
        for number, cells in table.rows():
            row = {"row": number, "issues": []}
            for key, column in self._columns.items():
                value = cells[column] if column is not None and column < len(cells) else None
                row[key] = self._read(row, key, value)
            if self.form.continued and not row["number"] and last:
                row["number"] = last
            if self.form.accepts(row):
                last = row["number"]
                yield row["number"] or f"row {number}", number, row

    def _read(self, row, key, value):
        form = self.form
        if key in form.amounts:
            if isinstance(value, str):
                self._votes[key].update(vote([value]))
            return value if isinstance(value, str | int | float) else None
        if key in form.times:
            return local_time(value, form.time_formats, self._zone)
        if key in form.quantities:
            return whole(value)
        try:
            return as_text(value)
        except RoundedNumber as error:
            values = {"row": row["row"], "value": str(error)}
            row["issues"].append(("rounded_id", key, ROUNDED, values))
            return None


def _row_key(row):
    """Rows of an order in an order of their own: a file that was sorted anew is no news.

    Where the order's columns are filled in one row only, that row comes first.
    """
    return (
        row.get("total") is None,
        *(str(row.get(key) or "") for key in ROW_KEYS),
        row["row"],
    )


# ----------------------------------------------------------- for the payloads


def phase_of(status, phases):
    """Return the phase whose beginning fits ``status`` best, ``None`` if none does."""
    text = (status or "").strip().casefold()
    fitting = [start for start in phases if text.startswith(start)]
    return phases[max(fitting, key=len)] if fitting else None


def canonical_status(phase, status):
    """``placed`` or ``cancelled``; a status that nobody knows is passed on to be refused."""
    if phase == "cancelled":
        return "cancelled"
    return "placed" if phase else status or UNKNOWN


def filled(rows, key):
    """The first value of ``key`` that isn't blank: order-level cells repeat, or stand once."""
    return next((row[key] for row in rows if row[key] not in (None, "")), None)


def distinct(values):
    """The values that aren't blank, each once, in order."""
    return list(dict.fromkeys(value for value in values if value not in (None, "")))


def title_of(row):
    return " - ".join(filter(None, (row.get("product"), row.get("variation"))))


def number_lines(rows, name, order_by):
    """Return an id for each row: its ``name``, with ``#2``, ``#3`` for repeats.

    Repeats are counted in the order of ``order_by``, so a re-sorted file gives the same ids.
    """
    seen = Counter()
    ids = {}
    for index in sorted(range(len(rows)), key=lambda index: order_by(rows[index])):
        text = name(rows[index])
        seen[text] += 1
        ids[index] = text[:120] if seen[text] == 1 else f"{text[:120]}#{seen[text]}"
    return [ids[index] for index in range(len(rows))]


def item_lines(rows, sku, tie):
    """Lines of a file with one row per item, and no ids of its own: equal rows are legitimate.

    :param sku: the SKU of a row
    :param str tie: the column that tells rows of one SKU apart, before their price
    """
    ids = number_lines(rows, sku, lambda row: (row[tie] or "", row["price"] or ""))
    return [
        {
            "line_id": line_id,
            "sku": sku(row),
            "name": title_of(row),
            "quantity": row["quantity"],
            "unit_price": row["price"],
            "gift": True if is_zero(row["price"]) else None,
        }
        for line_id, row in zip(ids, rows, strict=True)
    ]


def parcels(rows):
    """Return ``[{resi, courier, package}]`` of an order that may have been split."""
    known = {}
    for row in rows:
        if row.get("resi"):
            known.setdefault(
                row["resi"], compact({key: row.get(key) for key in ("resi", "courier", "package")})
            )
    return list(known.values())
