from odoo import api, fields, models
from odoo.tools import SQL

from .account_account import PROFIT_AND_LOSS
from .oms_statement_line import STATEMENTS


class OmsStatement(models.AbstractModel):
    _inherit = "oms.statement"

    @api.model
    def _drilled(self, date_from, date_to):
        """Return ``[(statement, code, name, amount shown, amount opened)]`` of every line of every
        statement; opened are the items that a click shows."""
        found = []
        days = {"date_from": date_from, "date_to": date_to}
        for statement in dict(STATEMENTS):
            result = self.get_statement(statement, **days)
            opened = self._opened_sums(statement, [row["code"] for row in result["lines"]], days)
            signs = self._line_signs(statement)
            for row, balance in zip(result["lines"], opened, strict=True):
                sign = signs.get(row["code"], 1 if row["kind"] == "cash" else -1)
                name = f"{result['title']}: {row['name']}"
                found.append((statement, row["code"], name, row["amounts"][0], sign * balance))
        return found

    def _line_signs(self, statement):
        """Which way a line turns debit less credit; a total does it as the lines that it adds."""
        lines, _definition = self.env["oms.statement.line"]._definition(statement)
        return {line.code: int(line._leaves()[:1].sign or line.sign) for line in lines}

    def _opened_sums(self, statement, codes, options):
        """Debit less credit of what a click on each of these lines opens.

        Lines of the same items differ by accounts and days alone, so the items are added up by
        these once, and all the lines from a few thousand sums.
        """
        alike = {}
        parts = self._line_parts(self._drill_options(statement, options), codes)
        for code, (items, accounts_and_days) in zip(codes, parts, strict=True):
            alike.setdefault(str(items), (items, {}))[1][code] = accounts_and_days
        sums = {}
        for items, by_code in alike.values():
            sums |= dict(zip(by_code, self._sums_of(items, by_code.values()), strict=True))
        return [float(sums[code]) for code in codes]

    def _sums_of(self, items, parts):
        """Debit less credit of these items, for each part: a domain on account and day."""
        Item = self.env["account.move.line"]
        query = Item._search(items)
        columns = [SQL.identifier(Item._table, name) for name in ("account_id", "date")]
        query.groupby = SQL(", ").join(columns)
        by_day = query.select(
            *columns, SQL("SUM(%s) AS balance", SQL.identifier(Item._table, "balance"))
        )
        terms = [
            SQL(
                "COALESCE(SUM(balance) FILTER (WHERE %s), 0)",
                part.optimize_full(Item)._to_sql(Item, Item._table, query),
            )
            for part in parts
        ]
        [row] = self.env.execute_query(
            SQL(
                "SELECT %s FROM (%s) AS %s",
                SQL(", ").join(terms),
                by_day,
                SQL.identifier(Item._table),
            )
        )
        return row


class OmsProof(models.AbstractModel):
    """The books themselves: entries balance, an invoice line is of one order, accounts end where
    their items end, and what is shown is what a click opens."""

    _inherit = "oms.proof"

    @api.model
    def _get_checks(self):
        return [
            *super()._get_checks(),
            "_check_balanced",
            "_check_one_order",
            "_check_trial_balance",
            "_check_drill_down",
        ]

    def _check_balanced(self):
        """Debit is credit in every posted entry."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT move_id, SUM(debit), SUM(credit)
                  FROM account_move_line
                 WHERE parent_state = 'posted' AND company_id = ANY(%s)
              GROUP BY move_id
                HAVING ABS(SUM(debit) - SUM(credit)) > 0.000001
              ORDER BY move_id
                """,
                self.env.companies.ids,
            )
        )
        violations = []
        for move_id, debit, credit in rows:
            move = self.env["account.move"].browse(move_id)
            message = self.env._(
                "%(document)s: debit %(debit)s is not credit %(credit)s.",
                document=move.display_name,
                debit=move.company_currency_id.format(debit),
                credit=move.company_currency_id.format(credit),
            )
            violations.append(self._violation("balanced", move, debit, credit, message))
        return violations

    @api.model
    def _shared_items_query(self):
        """Rows ``(document, item, orders)`` of invoice lines that are of more than one order."""
        return SQL(
            """
            SELECT item.move_id, item.id, COUNT(DISTINCT line.order_id)
              FROM (
                    SELECT invoice_line_id AS id
                      FROM sale_order_line_invoice_rel
                  GROUP BY invoice_line_id
                    HAVING COUNT(*) > 1
                   ) several
              JOIN account_move_line item ON item.id = several.id
              JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = item.id
              JOIN sale_order_line line ON line.id = rel.order_line_id
             WHERE item.parent_state = 'posted' AND item.company_id = ANY(%s)
          GROUP BY item.move_id, item.id
            HAVING COUNT(DISTINCT line.order_id) > 1
          ORDER BY item.id
            """,
            self.env.companies.ids,
        )

    def _check_one_order(self):
        """An invoice line belongs to one order: else the order P&L gives it to the first."""
        self.env.flush_all()
        violations = []
        for move_id, item_id, orders in self.env.execute_query(self._shared_items_query()):
            move = self.env["account.move"].browse(move_id)
            item = self.env["account.move.line"].browse(item_id)
            message = self.env._(
                "%(document)s: the line %(line)s is of %(orders)s orders.",
                document=move.display_name,
                line=item.name or "",
                orders=orders,
            )
            violations.append(self._violation("one_order", move, 1, orders, message))
        return violations

    def _check_trial_balance(self):
        """The trial balance of the fiscal year closes at zero, and each account of it where its
        items end."""
        violations = []
        for company, statements, year in self._books():
            trial = statements.get_trial_balance(**year)
            totals, ends = trial["totals"], self._account_ends(company, **year)
            name = self.env._("trial balance")
            found = [
                (name, 0.0, totals["closing"]),
                (name, totals["debit"], totals["credit"]),
                *(
                    (f"{row['code']} {row['name']}", ends.get(row["id"], 0.0), row["closing"])
                    for row in trial["rows"]
                    if row["id"]
                ),
            ]
            violations += self._book_violations("trial_balance", company, found)
        return violations

    def _account_ends(self, company, date_from, date_to):
        """``{account id: debit less credit of its items}``; those of income and expenses of the
        year only."""
        items = self.env["account.move.line"]
        domain = [
            ("company_id", "=", company.id),
            ("parent_state", "=", "posted"),
            ("date", "<=", date_to),
            "|",
            ("date", ">=", date_from),
            ("account_id.account_type", "not in", PROFIT_AND_LOSS),
        ]
        groups = items._read_group(domain, ["account_id"], ["balance:sum"])
        return {account.id: balance for account, balance in groups}

    def _check_drill_down(self):
        """Each amount of the fiscal year's statements is the sum of the items that it opens."""
        violations = []
        for company, statements, year in self._books():
            found = [
                (name, opened, shown)
                for _statement, _code, name, shown, opened in statements._drilled(**year)
            ]
            violations += self._book_violations("drill_down", company, found)
        return violations

    def _books(self):
        """Yield ``(company, statements, fiscal year)``."""
        for company in self.env.companies:
            # sudo: the proof reads what its caller may not; it tells differences only.
            statements = self.env["oms.statement"].sudo().with_company(company)
            today = company._oms_local_date(fields.Datetime.now())
            yield company, statements, company.compute_fiscalyear_dates(today)

    def _book_violations(self, code, company, found):
        """Turn ``[(what, expected, actual)]`` into violations where the two differ."""
        currency = company.currency_id
        return [
            self._violation(
                code,
                company,
                expected,
                actual,
                self.env._(
                    "%(company)s, %(what)s: %(expected)s expected, %(actual)s shown.",
                    company=company.name,
                    what=what,
                    expected=currency.format(expected),
                    actual=currency.format(actual),
                ),
            )
            for what, expected, actual in found
            if currency.compare_amounts(expected, actual)
        ]
