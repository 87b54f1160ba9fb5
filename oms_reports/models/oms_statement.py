from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..engine import period
from ..engine import statement as engine
from .account_account import PROFIT_AND_LOSS
from .oms_statement_line import STATEMENTS

MAX_COLUMNS = 13
# Who may read the books.
READERS = (
    "oms_fulfillment.group_oms_finance",
    "account.group_account_readonly",
    "account.group_account_invoice",
)


class OmsStatement(models.AbstractModel):
    """Income statement, balance sheet and cash flow of one company, from posted journal items.

    One query per statement, whatever the number of columns; the lines come from
    ``oms.statement.line``. Screen, PDF and workbook render the same dictionary. Every amount can be
    opened: the domain of its journal items comes from the same assignment of accounts.
    """

    _name = "oms.statement"
    _description = "Financial Statements"

    @api.model
    @api.readonly
    def get_statement(
        self, statement, date_from, date_to, compare="none", periods=1, channel_id=None, draft=False
    ):
        """Return a financial statement of the current company, in its currency.

        Sources: PSAK 201 and 207 (IAS 1 and 7) for the layout; amounts are debit less credit of
        the journal items, turned by the line's sign so that income, assets, liabilities, equity and
        money coming in are positive, costs and money going out negative.

        :param str statement: ``income``, ``balance``, ``cash`` or ``cash_indirect``
        :param str date_from: first day, ``YYYY-MM-DD``, by accounting date; the balance sheet
            only uses ``date_to``
        :param str date_to: last day, included
        :param str compare: ``none``, ``previous`` (periods before this one) or ``year`` (the same
            days of the years before)
        :param int periods: how many periods to compare with, at most 12
        :param int channel_id: income statement only: items of this channel's orders
        :param bool draft: count draft entries too; the result says so
        :return: ``{statement, title, company, currency_id, draft, columns: [{date_from, date_to}],
            lines: [{code, name, kind, level, amounts, accounts: [{id, code, name, amounts}]}],
            checks: [{code, name, expected, actual, difference}]}``, amounts one per column
        :raise AccessError: the caller may not read the books
        :raise UserError: no such statement, or no such period
        """
        self._check_rights()
        options = self._options(statement, date_from, date_to, compare, periods, channel_id, draft)
        lines, definition = self.env["oms.statement.line"]._definition(statement)
        accounts = self._accounts(statement)
        assigned = self._assigned(definition, accounts)
        balances, extra = self._figures(options, lines, accounts)
        columns = len(options["columns"])
        amounts = engine.amounts(definition, assigned, balances, columns, extra)
        company = self.env.company
        result = {
            "statement": statement,
            "title": self.env["oms.statement.line"]._title(statement),
            "company": company.name,
            "currency_id": company.currency_id.id,
            "draft": options["draft"],
            "columns": [
                {
                    "date_from": fields.Date.to_string(column.since),
                    "date_to": fields.Date.to_string(column.until - timedelta(days=1)),
                }
                for column in options["columns"]
            ],
            "lines": self._rows(lines, accounts, assigned, balances, amounts),
        }
        result["lines"] += self._cash_rows(options, result["lines"])
        result["checks"] = self._checks(statement, result["lines"])
        return result

    def _may_read(self):
        """Whether the user may read the books."""
        return any(self.env.user.has_group(group) for group in READERS)

    def _check_rights(self):
        if not self.env.su and not self._may_read():
            raise AccessError(
                self.env._(
                    "%(user)s may not read the financial statements. Ask for the role OMS: "
                    "Finance.",
                    user=self.env.user.name,
                )
            )

    def _options(self, statement, date_from, date_to, compare, periods, channel_id, draft):
        since, until = fields.Date.to_date(date_from), fields.Date.to_date(date_to)
        if statement not in dict(STATEMENTS):
            raise UserError(
                self.env._(
                    "There is no statement %(statement)s. Ask for one of: %(known)s.",
                    statement=statement,
                    known=", ".join(dict(STATEMENTS)),
                )
            )
        if not since or not until or since > until:
            raise UserError(
                self.env._(
                    "%(first)s to %(last)s is no period. Choose a first day that is not after the "
                    "last day.",
                    first=date_from,
                    last=date_to,
                )
            )
        first = period.Period(since, until + timedelta(days=1))
        count = min(max(int(periods), 0), MAX_COLUMNS - 1) if compare != "none" else 0
        return {
            "statement": statement,
            "columns": [
                period.shifted(first, index, by_year=compare == "year")
                for index in range(count + 1)
            ],
            "channel_id": channel_id if statement == "income" else None,
            "draft": bool(draft),
        }

    # FIGURES

    def _accounts(self, statement):
        """The accounts that a statement must show, archived ones included; a branch books on those
        of its parent."""
        if statement == "income":
            domain = Domain("account_type", "in", PROFIT_AND_LOSS)
        elif statement == "balance":
            domain = Domain("account_type", "not in", [*PROFIT_AND_LOSS, "off_balance"])
        else:
            domain = Domain("account_type", "not in", ["asset_cash", "off_balance"])
        # sudo: readers of the books need no right on the chart of accounts itself.
        return (
            self.env["account.account"]
            .sudo()
            .with_context(active_test=False)
            .search(domain & Domain("company_ids", "parent_of", self.env.company.ids))
        )

    def _assigned(self, definition, accounts):
        """Return ``{account id: code of its line}``."""
        return engine.assign(
            definition,
            [
                engine.Account(account.id, account.account_type, frozenset(account.tag_ids.ids))
                for account in accounts
            ],
        )

    def _figures(self, options, lines, accounts):
        """Return ``({account id: [debit less credit per column]}, {code: [...]})``, the second of
        the lines of earnings."""
        columns = options["columns"]
        if options["statement"] != "balance":
            return self._balances(accounts, columns, options), {}
        # Earnings add up other accounts over other days; one query finds both.
        earnings = lines.filtered(lambda line: line.kind.startswith("earnings"))
        ends = [(None, column.until) for column in columns]
        ranges = [self._earnings_range(line, column) for line in earnings for column in columns]
        results = self._accounts("income")
        rows = self._balances(accounts | results, ends + ranges, options)
        sums = [
            sum(rows[account.id][number] for account in results if account.id in rows)
            for number in range(len(ends), len(ends) + len(ranges))
        ]
        extra = {
            line.code: sums[number * len(columns) : (number + 1) * len(columns)]
            for number, line in enumerate(earnings)
        }
        ids = set(accounts.ids)
        return {id: row[: len(ends)] for id, row in rows.items() if id in ids}, extra

    def _earnings_range(self, line, column):
        """The days whose income and expenses a line of earnings adds up."""
        last_day = column.until - timedelta(days=1)
        year = self.env.company.compute_fiscalyear_dates(last_day)["date_from"]
        return (year, column.until) if line.kind == "earnings_now" else (None, year)

    # ROWS

    def _rows(self, lines, accounts, assigned, balances, amounts):
        by_line = {}
        for account in accounts:
            if any(balances.get(account.id, ())):
                by_line.setdefault(assigned[account.id], []).append(account)
        rows = [
            {
                "code": line.code,
                "name": line.name,
                "kind": line.kind,
                "level": line.level,
                "amounts": self._rounded(amounts[line.code]),
                "accounts": self._account_rows(
                    by_line.get(line.code, ()), balances, int(line.sign)
                ),
            }
            for line in lines
        ]
        if any(amounts.get(None, ())):
            rows.append(
                {
                    "code": "unclassified",
                    "name": self.env._("Not classified"),
                    "kind": "accounts",
                    "level": 1,
                    "amounts": self._rounded([-amount for amount in amounts[None]]),
                    "accounts": self._account_rows(by_line[None], balances, -1),
                }
            )
        return rows

    def _account_rows(self, accounts, balances, sign):
        return [
            {
                "id": account.id,
                "code": account.code or "",
                "name": account.name,
                "amounts": self._rounded([sign * amount for amount in balances[account.id]]),
            }
            for account in sorted(accounts, key=lambda account: (account.code or "", account.id))
        ]

    def _rounded(self, amounts):
        currency = self.env.company.currency_id
        return [currency.round(amount) + 0.0 for amount in amounts]

    def _cash_rows(self, options, rows):
        """Money at the beginning and at the end, read from the cash accounts themselves."""
        if not options["statement"].startswith("cash"):
            return []
        cash = self._cash_accounts()
        columns = options["columns"]
        names = {
            "opening": self.env._("Cash at the beginning"),
            "closing": self.env._("Cash at the end"),
        }
        ranges = {
            "opening": [(None, column.since) for column in columns],
            "closing": [(None, column.until) for column in columns],
        }
        return [
            {
                "code": code,
                "name": names[code],
                "kind": "cash",
                "level": 0,
                "amounts": self._rounded(
                    [
                        sum(amounts)
                        for amounts in zip(
                            *self._balances(cash, ranges[code], options, whole_moves=True).values(),
                            strict=True,
                        )
                    ]
                    or [0.0] * len(columns)
                ),
                "accounts": [],
            }
            for code in ("opening", "closing")
        ]

    # CHECKS

    def _checks(self, statement, rows):
        """What must be equal on every statement, per column; a difference is shown in red."""
        by_code = {row["code"]: row["amounts"] for row in rows}
        nothing = [0.0] * len(rows[0]["amounts"]) if rows else []
        unclassified = by_code.get("unclassified", nothing)
        if statement == "balance":
            name = self.env._("Assets = liabilities + equity")
            sides = by_code["assets"], by_code["claims"]
        elif statement == "income":
            name = self.env._("Net profit = all income and expense accounts")
            leaves = [row["amounts"] for row in rows if row["kind"] == "accounts"]
            sides = [sum(column) for column in zip(*leaves, strict=True)], by_code["net_profit"]
        else:
            name = self.env._("Opening cash + flows = closing cash")
            flows = (by_code["opening"], by_code["net_flow"], unclassified)
            sides = by_code["closing"], [sum(column) for column in zip(*flows, strict=True)]
        return [
            {
                "code": f"{statement}_ties",
                "name": name,
                "expected": self._rounded(sides[0]),
                "actual": self._rounded(sides[1]),
                "difference": self._rounded(
                    [actual - expected for expected, actual in zip(*sides, strict=True)]
                ),
            }
        ]
