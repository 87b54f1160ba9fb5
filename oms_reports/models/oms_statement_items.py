from bisect import bisect_left

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL


class OmsStatement(models.AbstractModel):
    """Which journal items an amount adds up: the query, and the domain that a click opens."""

    _inherit = "oms.statement"

    def _cash_accounts(self):
        # sudo: readers of the books need no right on the chart of accounts itself.
        return (
            self.env["account.account"]
            .sudo()
            .with_context(active_test=False)
            .search(
                [
                    ("account_type", "=", "asset_cash"),
                    ("company_ids", "parent_of", self.env.company.ids),
                ]
            )
        )

    # QUERY

    def _balances(self, accounts, ranges, options, whole_moves=False):
        """Return ``{account id: [debit less credit per range]}`` in one query.

        The items are added up between all dates at which a range begins or ends, and the ranges are
        put together from that: twelve columns cost what one costs.

        :param ranges: ``[(first day or None, day after the last)]``
        :param whole_moves: the items themselves, not those beside cash, on a cash flow
        """
        dates = sorted({day for day_range in ranges for day in day_range if day})
        if not accounts or not dates:
            return {}
        beside_cash = options["statement"] == "cash" and not whole_moves
        begin = None if any(since is None for since, _until in ranges) else dates[0]
        wanted = set(accounts.ids)
        slots = {}
        for account_id, slot, balance in self.env.execute_query(
            self._balances_query(accounts, begin, dates, options, beside_cash)
        ):
            slots.setdefault(account_id, {})[slot] = balance
        spans = [
            (bisect_left(dates, since) + 1 if since else 0, bisect_left(dates, until) + 1)
            for since, until in ranges
        ]
        return {
            account_id: [
                sum(balance for slot, balance in by_slot.items() if first <= slot < last)
                for first, last in spans
            ]
            for account_id, by_slot in slots.items()
            if account_id in wanted
        }

    def _balances_query(self, accounts, begin, dates, options, beside_cash):
        """Rows ``(account, slot, debit less credit)``; slot n lies before the date n.

        Every column that the query names is in one index (``_oms_statement_idx``), so that it
        reads that alone. A balance sheet is about nearly all accounts, and reading the index as it
        lies is faster than looking for each of them.
        """
        self.env["account.move.line"].flush_model()
        return SQL(
            """
            SELECT account_id, width_bucket(date, %(dates)s::date[]) AS slot, SUM(balance)
              FROM (
                    SELECT item.account_id, item.date, SUM(item.balance) AS balance
                      FROM account_move_line item
                     WHERE item.company_id = %(company)s
                       AND item.parent_state IN %(states)s
                       AND %(days)s
                           %(only_accounts)s %(only_channel)s %(only_beside_cash)s
                  GROUP BY item.account_id, item.date
                   ) by_day
          GROUP BY account_id, slot
            """,
            dates=dates,
            company=self.env.company.id,
            states=self._states(options),
            only_accounts=SQL("AND item.account_id = ANY(%s)", accounts.ids)
            if options["statement"] != "balance"
            else SQL(),
            days=self._between("item", begin, dates[-1]),
            only_channel=SQL(
                "AND item.oms_order_id IN (SELECT id FROM sale_order WHERE oms_channel_id = %s)",
                options["channel_id"],
            )
            if options["channel_id"]
            else SQL(),
            only_beside_cash=SQL(
                # The items of an entry are of one day and in one state.
                "AND item.move_id IN (SELECT cash.move_id FROM account_move_line cash"
                " WHERE cash.account_id = ANY(%s) AND cash.company_id = %s"
                " AND cash.parent_state IN %s AND %s)",
                self._cash_accounts().ids,
                self.env.company.id,
                self._states(options),
                self._between("cash", begin, dates[-1]),
            )
            if beside_cash
            else SQL(),
        )

    def _between(self, alias, begin, end):
        """The items of an alias from a day (empty: the first) to the day before another."""
        before = SQL("%s < %s", SQL.identifier(alias, "date"), end)
        if begin is None:
            return before
        return SQL("%s AND %s >= %s", before, SQL.identifier(alias, "date"), begin)

    def _states(self, options):
        return ("posted", "draft") if options["draft"] else ("posted",)

    # DRILL-DOWN

    @api.model
    @api.readonly
    def get_items_domain(self, statement, code, column, account_id=None, options=None):
        """Return the domain of the journal items that add up to one amount of a statement.

        :param str code: the line, as :meth:`get_statement` returns it
        :param int column: which column
        :param int account_id: one account of the line; all of them by default
        :param dict options: the other arguments of :meth:`get_statement`
        :return: domain on ``account.move.line``
        :raise AccessError: the caller may not read the books
        """
        self._check_rights()
        options = self._drill_options(statement, options)
        if not account_id:
            [domain] = self._line_domains(options, [code], column)
        else:
            domain = self._items_domain(options, code) & Domain("account_id", "=", account_id)
            domain &= self._days(statement, None, options["columns"][column])
        return list(domain)

    def _drill_options(self, statement, options):
        defaults = {"compare": "none", "periods": 1, "channel_id": None, "draft": False}
        return self._options(statement, **{**defaults, **(options or {})})

    def _line_domains(self, options, codes, column=0):
        """The items of each of these lines of a statement."""
        return [
            items & accounts_and_days
            for items, accounts_and_days in self._line_parts(options, codes, column)
        ]

    def _line_parts(self, options, codes, column=0):
        """Return ``[(items, accounts and days)]``: two domains for each of these lines, whose
        accounts are looked up once."""
        period = options["columns"][column]
        lines, by_code = self._line_accounts(options["statement"])
        return [
            (
                self._items_domain(options, code),
                Domain.OR(self._leaf_domains(options["statement"], code, period, lines, by_code)),
            )
            for code in codes
        ]

    def _items_domain(self, options, code):
        """The items that a line of a statement may add up, whatever its accounts and days."""
        domain = Domain("company_id", "=", self.env.company.id)
        domain &= Domain("parent_state", "in", self._states(options))
        if options["channel_id"]:
            domain &= Domain("oms_order_id.oms_channel_id", "=", options["channel_id"])
        if options["statement"] == "cash" and code not in ("opening", "closing"):
            domain &= Domain("move_id.line_ids.account_id", "in", self._cash_accounts().ids)
        return domain

    def _line_accounts(self, statement):
        """Return ``(lines, {code: account ids})`` of a statement: which accounts a line adds up;
        those of no line are under ``None``."""
        lines, definition = self.env["oms.statement.line"]._definition(statement)
        by_code = {}
        for account_id, code in self._assigned(definition, self._accounts(statement)).items():
            by_code.setdefault(code, []).append(account_id)
        earnings = lines.filtered(lambda line: line.kind.startswith("earnings"))
        if earnings:
            by_code |= dict.fromkeys(earnings.mapped("code"), self._accounts("income").ids)
        return lines, by_code

    def _leaf_domains(self, statement, code, period, lines, by_code):
        """One domain per line of accounts below ``code``: its accounts, and its days."""
        if code in ("opening", "closing"):
            until = period.since if code == "opening" else period.until
            return [
                Domain("account_id", "in", self._cash_accounts().ids) & Domain("date", "<", until)
            ]
        if code == "unclassified":
            return [
                Domain("account_id", "in", by_code.get(None, []))
                & self._days(statement, None, period)
            ]
        line = lines.filtered(lambda line: line.code == code)
        return [
            Domain("account_id", "in", by_code.get(leaf.code, []))
            & self._days(statement, leaf, period)
            for leaf in line._leaves()
        ]

    def _days(self, statement, leaf, period):
        if leaf and leaf.kind.startswith("earnings"):
            since, until = self._earnings_range(leaf, period)
        elif statement == "balance":
            since, until = None, period.until
        else:
            since, until = period
        days = Domain("date", "<", until)
        return days & Domain("date", ">=", since) if since else days
