"""The recap of value added tax from amounts per month and tax: no database, no words."""

from .period import Period, month

SALE, PURCHASE = "sale", "purchase"


def recap(amounts, uses):
    """Return ``[(first of month, [five amounts], {tax: [five amounts]})]``, oldest first.

    The amounts are the base and the tax of sales, the base and the tax of purchases, and what is
    to be paid: output less input.

    :param amounts: ``[(first of month, tax, base, tax amount)]``, debit less credit
    :param uses: ``{tax: "sale" or "purchase"}``
    """
    months = {}
    for day, tax, base, amount in amounts:
        base, amount = float(base), float(amount)
        if uses[tax] == SALE:
            row = [-base, -amount, 0.0, 0.0, -amount]
        else:
            row = [0.0, 0.0, base, amount, -amount]
        months.setdefault(day, {})[tax] = row
    return [(day, total(by_tax.values()), by_tax) for day, by_tax in sorted(months.items())]


def total(rows):
    """Return the sum of rows of five amounts."""
    return [sum(column) for column in zip(*rows, strict=True)] or [0.0] * 5


def clip(day, period):
    """Return the part of the month of ``day`` that lies in ``period``."""
    whole = month(day)
    return Period(max(whole.since, period.since), min(whole.until, period.until))
