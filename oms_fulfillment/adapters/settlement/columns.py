"""The amounts of a file of payouts: which columns they are, and what stands in them.

A column whose heading nobody knows but that stands among the amounts is an amount too: it is
counted in the family that its name suggests, or under its own name, and reported. Nothing is lost
because a marketplace renamed a fee.
"""

import re
from collections import Counter
from decimal import Decimal, InvalidOperation
from itertools import islice

from ..cells import Money, RoundedNumber, amount_text, as_text, local_time, vote
from ..messages import _lt, issue
from ..rows import ROUNDED
from ..workbook import heading_key
from .families import family_of, fee_key

NEW_FEE = _lt('The column "%(heading)s" is new; it is counted as %(family)s.')
NO_AMOUNT = _lt('Row %(row)s: "%(value)s" in the column "%(heading)s" is no amount.')
AMOUNT = re.compile(r"-|-?[0-9][0-9.,]*")
# So many rows tell whether a file writes its amounts as text.
SAMPLE = 50


class AmountColumns:
    """Which columns of a table are amounts, and what each of them is.

    :ivar dict roles: ``{index: role}``: ``gross``, ``refund``, ``net`` or the key of a fee
    :ivar set vouchers: indexes of those that are the seller's vouchers
    """

    def __init__(self, form, table):
        self.form = form
        self.table = table
        self.titles = table.titles
        self.notes = []
        self.roles = {}
        self._known = {
            **{heading_key(name): fee_key(name) for name in form.fees},
            **{heading_key(name): fee_key(name, kept) for name, kept in form.families.items()},
            **{heading_key(name): "gross" for name in form.gross},
            **{heading_key(name): "refund" for name in form.refund},
            **{heading_key(name): "net" for name in form.net},
        }
        self._texts = {
            heading_key(name)
            for names in (*form.texts.values(), *form.times.values(), form.ignored)
            for name in names
        }
        self._find()
        vouchers = {heading_key(name) for name in form.voucher}
        self.vouchers = {index for index in self.roles if table.headings[index] in vouchers}

    def _find(self):
        headings = self.table.headings
        known = [index for index, key in enumerate(headings) if key in self._known]
        if not known:
            return
        ends = {heading_key(name) for name in self.form.block_end}
        end = next(
            (index for index, key in enumerate(headings) if index > known[0] and key in ends),
            known[-1] + 1,
        )
        # of two columns with the total one counts; of two fees with one name both do
        total = next((index for index in known if self._known[headings[index]] == "net"), None)
        for index in range(known[0], end):
            role = self._role(index)
            if role and (role != "net" or index == total):
                self.roles[index] = role
        if total is not None:
            self.roles[total] = "net"
        self._drop_parts()

    def _drop_parts(self):
        """Of a fee and what it is made of, one counts."""
        for whole, part in self.form.made_of:
            if any(self._is(index, whole) for index in self.roles):
                for index in [index for index in self.roles if self._is(index, part)]:
                    del self.roles[index]

    def _is(self, index, pattern):
        return bool(re.fullmatch(pattern, self.table.headings[index]))

    def _role(self, index):
        key, title = self.table.headings[index], self.titles[index]
        if not key or key in self._texts:
            return None
        if key in self._known:
            return self._known[key]
        if self.form.closed or not self._holds_amounts(index):
            return None
        if not any(self._is(index, one) for one in self.form.patterns):
            family = family_of(title)
            self.notes.append(issue("new_fee", title, NEW_FEE, heading=title, family=family))
        return fee_key(title)

    def _holds_amounts(self, index):
        """Whether a column that nobody knows holds amounts: the first rows tell."""
        values = [
            cells[index]
            for _number, cells in islice(self.table.rows(), SAMPLE)
            if index < len(cells) and cells[index] not in (None, "")
        ]
        return all(
            isinstance(value, int | float) or AMOUNT.fullmatch(amount_text(value))
            for value in values
        )

    @property
    def has_net(self):
        return "net" in self.roles.values()


class RawRow:
    """One row: its texts by key, its amounts by column, what is wrong with it."""

    __slots__ = ("amounts", "issues", "number", "values")

    def __init__(self, number):
        self.number = number
        self.values = {}
        self.amounts = {}
        self.issues = []

    def __getitem__(self, key):
        return self.values[key]


class RawRows:
    """Iterates over the rows of a table as :class:`RawRow`."""

    def __init__(self, form, table, columns, zone):
        self._form = form
        self._table = table
        self._zone = zone
        self._titles = table.titles
        self._columns = {
            key: (table.columns(*names) or [None])[0]
            for key, names in {**form.texts, **form.times}.items()
        }
        self._amounts = columns.roles
        self._money = Money(self._votes(), form.thousands)

    def _votes(self):
        """Whether a dot or a comma groups thousands: all text of a column decides."""
        votes = {index: Counter() for index in self._amounts}
        sample = islice(self._table.rows(), SAMPLE)
        if any(isinstance(value, str) for _number, cells in sample for value in self._of(cells)):
            for _number, cells in self._table.rows():
                for index in self._amounts:
                    if index < len(cells) and isinstance(cells[index], str):
                        votes[index].update(vote([cells[index]]))
        return votes

    def _of(self, cells):
        return (cells[index] for index in self._amounts if index < len(cells))

    def __iter__(self):
        for number, cells in self._table.rows():
            row = RawRow(number)
            for key, index in self._columns.items():
                value = cells[index] if index is not None and index < len(cells) else None
                row.values[key] = self._read(row, key, value)
            for index in self._amounts:
                value = cells[index] if index < len(cells) else None
                if value not in (None, "", 0):
                    self._amount(row, index, value)
            yield row

    def _read(self, row, key, value):
        if key in self._form.times:
            return local_time(value, self._form.time_formats, self._zone)
        try:
            return as_text(value)
        except RoundedNumber as error:
            values = {"row": row.number, "value": str(error)}
            row.issues.append(issue("rounded_id", key, ROUNDED, **values))
            return None

    def _amount(self, row, index, value):
        text = self._money.amount(value, index)
        if text is None:
            return
        try:
            amount = Decimal(text)
        except InvalidOperation:
            amount = None
        if amount is None or not amount.is_finite() or abs(amount) >= Decimal("1e15"):
            heading = self._titles[index]
            values = {"row": row.number, "value": str(value)[:40], "heading": heading}
            row.issues.append(issue("no_amount", heading, NO_AMOUNT, **values))
        elif amount:
            row.amounts[index] = amount
