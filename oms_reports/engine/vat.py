"""The recap of value added tax from amounts per month and tax: no database, no words."""

from .period import Period, month

SALE, PURCHASE = "sale", "purchase"


def recap(amounts, uses, bases=None):
    """Return ``[(first of month, [five amounts], {tax: [five amounts]})]``, oldest first.

    The amounts are the base and the tax of sales, the base and the tax of purchases, and what is
    to be paid: output less input.

    :param amounts: ``[(first of month, tax, base, tax amount)]``, debit less credit
    :param uses: ``{tax: "sale" or "purchase"}``
    :param bases: ``{(first of month, use): base}``, debit less credit, where items may be the base
        of several taxes: they count once in the month, and once for each of their taxes below it
    """
    months = {}
    for day, tax, base, amount in amounts:
        base, amount = float(base), float(amount)
        if uses[tax] == SALE:
            row = [-base, -amount, 0.0, 0.0, -amount]
        else:
            row = [0.0, 0.0, base, amount, -amount]
        months.setdefault(day, {})[tax] = row
    totals = {day: total(by_tax.values()) for day, by_tax in months.items()}
    for (day, use), base in (bases or {}).items():
        totals[day][0 if use == SALE else 2] = -float(base) if use == SALE else float(base)
    return [(day, totals[day], by_tax) for day, by_tax in sorted(months.items())]


def total(rows):
    """Return the sum of rows of five amounts."""
    return [sum(column) for column in zip(*rows, strict=True)] or [0.0] * 5


def clip(day, period):
    """Return the part of the month of ``day`` that lies in ``period``."""
    whole = month(day)
    return Period(max(whole.since, period.since), min(whole.until, period.until))
