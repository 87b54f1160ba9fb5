"""Payouts: what a file adds to what is known, and what kind a difference is.

What is known of one thing that was settled is kept row by row. A file that says the same again
adds nothing, whatever the order of its rows or the file they come in; one that says something else
adds the difference.
"""

from dataclasses import dataclass
from decimal import Decimal

ZERO = Decimal(0)
AMOUNTS = ("gross", "refund", "voucher", "net")


def part(amounts):
    """Return the amounts of a row as they are stored: text, and nothing that is zero."""
    stored = {name: f"{amounts[name]:f}" for name in AMOUNTS if amounts.get(name)}
    fees = {key: f"{amount:f}" for key, amount in amounts.get("fees", {}).items() if amount}
    return {**stored, **({"fees": fees} if fees else {})}


def _difference(after, before):
    result = {}
    for name in AMOUNTS:
        amount = Decimal(after.get(name, 0)) - Decimal(before.get(name, 0))
        if amount:
            result[name] = f"{amount:f}"
    new, old = after.get("fees", {}), before.get("fees", {})
    fees = {key: Decimal(new.get(key, 0)) - Decimal(old.get(key, 0)) for key in {**new, **old}}
    fees = {key: f"{amount:f}" for key, amount in sorted(fees.items()) if amount}
    return {**result, **({"fees": fees} if fees else {})}


def _sum(first, second):
    negative = {name: f"{-Decimal(second[name]):f}" for name in AMOUNTS if name in second}
    fees = {key: f"{-Decimal(amount):f}" for key, amount in second.get("fees", {}).items()}
    return _difference(first, {**negative, "fees": fees})


def news(known, parts):
    """Return the parts that are to be added to ``known`` so that it says what ``parts`` says.

    Rows that ``parts`` doesn't mention stay: files come in pieces.
    """
    changes = {row: _difference(after, known.get(row, {})) for row, after in parts.items()}
    return {row: change for row, change in changes.items() if change}


def merged(known, changes):
    """Return ``known`` with ``changes`` added, row by row."""
    result = dict(known)
    for row, change in changes.items():
        result[row] = _sum(result.get(row, {}), change)
    return result


def totals(parts):
    """Add the rows up: ``{gross, refund, voucher, net, fees: {key: amount}}``."""
    result = dict.fromkeys(AMOUNTS, ZERO)
    fees = {}
    for amounts in parts.values():
        for name in AMOUNTS:
            result[name] += Decimal(amounts.get(name, 0))
        for key, amount in amounts.get("fees", {}).items():
            fees[key] = fees.get(key, ZERO) + Decimal(amount)
    return {**result, "fees": {key: amount for key, amount in sorted(fees.items()) if amount}}


@dataclass(frozen=True, slots=True)
class Compared:
    """What was paid for an order beside what was expected.

    :ivar expected: what was open for the order
    :ivar paid: what the payout closes of it
    :ivar refund: what the payout says was given back to the buyer, part of ``paid``
    :ivar voucher: what it says the seller's vouchers took off, part of ``paid``
    :ivar unexplained: what the fees leave between ``paid`` and what came
    :ivar fee, expected_fee: what was kept; ``None`` where nothing is expected
    :ivar before: whether the order was paid out before
    """

    expected: Decimal
    paid: Decimal
    refund: Decimal = ZERO
    voucher: Decimal = ZERO
    unexplained: Decimal = ZERO
    fee: Decimal = ZERO
    expected_fee: Decimal | None = None
    before: bool = False

    @property
    def difference(self):
        return self.paid - self.expected


def allowed(expected, amount, percent):
    """How much a payout may differ: the larger of an amount and a share of what was expected."""
    return max(amount, abs(expected) * percent / 100)


def kind(case, tolerance):
    """Return the kind of the difference, ``None`` where payout and order agree.

    ``refund``: the buyer got money back that isn't credited here yet; ``voucher``: a voucher of
    the seller that the order doesn't have; ``doubled``: paid out before; ``not_expected``,
    ``short``, ``over``; ``unexplained``: the fees don't explain what came; ``fee``: more or less
    was kept than agreed.
    """
    difference = case.difference
    if abs(difference) > tolerance:
        if difference > 0 and case.before:
            return "doubled"
        if difference < 0 < case.refund and abs(difference + case.refund) <= tolerance:
            return "refund"
        if difference < 0 < case.voucher and abs(difference + case.voucher) <= tolerance:
            return "voucher"
        if not case.expected:
            return "not_expected"
        return "short" if difference < 0 else "over"
    if abs(case.unexplained) > tolerance:
        return "unexplained"
    if case.expected_fee is not None and abs(case.fee - case.expected_fee) > max(tolerance, 1):
        return "fee"
    return None
