"""Financial statements from balances of accounts: no database, no dates, no words.

A statement is a list of lines in the order in which they are read. A line of accounts adds up the
accounts that were assigned to it; a total adds up other lines. Every account is assigned to one
line exactly, by a tag if one of its tags is named, else by its type; an account that fits nowhere
goes to the line ``None`` and is shown as not classified, never dropped.
"""

from typing import NamedTuple


class Line(NamedTuple):
    code: str
    sign: int = 1  # of debit less credit, as the reader expects to see it
    types: frozenset = frozenset()  # account types; empty for headings and totals
    tags: frozenset = frozenset()  # ids of account tags, which win over types
    terms: tuple = ()  # codes of the lines that a total adds up


class Account(NamedTuple):
    id: int
    type: str
    tags: frozenset = frozenset()


def assign(lines, accounts):
    """Return ``{account id: code}``, ``None`` for accounts that no line takes.

    The first line of two that would take an account gets it.
    """
    by_type = {}
    by_tag = {}
    for line in lines:
        for account_type in line.types:
            by_type.setdefault(account_type, line.code)
        for tag in line.tags:
            by_tag.setdefault(tag, line.code)
    order = {line.code: index for index, line in enumerate(lines)}

    def code_of(account):
        tagged = [by_tag[tag] for tag in account.tags if tag in by_tag]
        return min(tagged, key=order.get) if tagged else by_type.get(account.type)

    return {account.id: code_of(account) for account in accounts}


def amounts(lines, assigned, balances, columns, extra=None):
    """Return ``{code: [amount per column]}``, under ``None`` what no line takes.

    :param lines: as in :func:`assign`
    :param assigned: ``{account id: code}``
    :param balances: ``{account id: [debit less credit per column]}``
    :param int columns: how many
    :param extra: ``{code: [debit less credit per column]}`` of lines that no account is assigned to
        (earnings of earlier years)
    :raise ValueError: a total adds up itself
    """
    own = {code: list(values) for code, values in (extra or {}).items()}
    for account, values in balances.items():
        kept = own.setdefault(assigned.get(account), [0.0] * columns)
        for index, value in enumerate(values):
            kept[index] += value
    known = {line.code: line for line in lines}
    result = {}

    def total(code, path=()):
        if code in path:
            raise ValueError(f"{code} adds up itself: {' > '.join((*path, code))}")
        if code not in result:
            line = known[code]
            values = [line.sign * value for value in own.get(code, [0.0] * columns)]
            for term in line.terms:
                values = [a + b for a, b in zip(values, total(term, (*path, code)), strict=True)]
            result[code] = values
        return result[code]

    for line in lines:
        total(line.code)
    if None in own:
        result[None] = own[None]
    return result
