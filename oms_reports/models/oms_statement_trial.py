from datetime import date

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

TRIAL = ("opening", "debit", "credit", "closing")


class OmsStatement(models.AbstractModel):
    """Trial balance and general ledger."""

    _inherit = "oms.statement"

    @api.model
    @api.readonly
    def get_trial_balance(self, date_from, date_to, draft=False):
        """Return opening balance, debit, credit and closing balance of every account.

        Income and expense accounts open at zero on the first day of the fiscal year; what they
        held before is the row *earnings of earlier years*. The closing column adds up to zero.

        :param str date_from: first day, ``YYYY-MM-DD``, by accounting date
        :param str date_to: last day, included
        :param bool draft: count draft entries too
        :return: ``{company, currency_id, draft, rows: [{id, code, name, opening, debit, credit,
            closing}], totals: {opening, debit, credit, closing}}``; amounts in the currency of the
            company, debit positive; ``id`` is empty for the earnings
        :raise AccessError: the caller may not read the books
        """
        self._check_rights()
        options = self._options("balance", date_from, date_to, "none", 0, None, draft)
        [period] = options["columns"]
        currency = self.env.company.currency_id
        rows = []
        earlier = 0.0
        for account, opening, before_year, debit, credit in self._trial_rows(options, period):
            earlier += before_year
            amounts = {
                "opening": currency.round(opening),
                "debit": currency.round(debit),
                "credit": currency.round(credit),
                "closing": currency.round(opening + debit - credit),
            }
            if any(amounts.values()):
                name = {"id": account.id, "code": account.code or "", "name": account.name}
                rows.append(name | amounts)
        rows.sort(key=lambda row: (row["code"], row["id"]))
        if earlier := currency.round(earlier):
            name = self.env._("Earnings of earlier years")
            amounts = {"opening": earlier, "debit": 0.0, "credit": 0.0, "closing": earlier}
            rows.append({"id": False, "code": "", "name": name} | amounts)
        return {
            "company": self.env.company.name,
            "currency_id": currency.id,
            "draft": options["draft"],
            "rows": rows,
            "totals": {name: currency.round(sum(row[name] for row in rows)) for name in TRIAL},
        }

    def _trial_rows(self, options, period):
        """``[(account, opening, earnings before the fiscal year, debit, credit)]``"""
        year = self.env.company.compute_fiscalyear_dates(period.since)["date_from"]
        results = self._accounts("income")
        by_id = {account.id: account for account in results | self._accounts("balance")}
        self.env["account.move.line"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT account_id,
                       COALESCE(SUM(balance) FILTER (WHERE date < %(since)s AND (
                           date >= %(year)s OR NOT account_id = ANY(%(results)s))), 0),
                       COALESCE(SUM(balance) FILTER (WHERE date < %(year)s
                           AND account_id = ANY(%(results)s)), 0),
                       COALESCE(SUM(debit) FILTER (WHERE date >= %(since)s), 0),
                       COALESCE(SUM(credit) FILTER (WHERE date >= %(since)s), 0)
                  FROM (
                        SELECT item.account_id,
                               item.date,
                               SUM(item.balance) AS balance,
                               SUM(item.debit) AS debit,
                               SUM(item.credit) AS credit
                          FROM account_move_line item
                         WHERE item.company_id = %(company)s
                           AND item.parent_state IN %(states)s
                           AND item.date < %(until)s
                      GROUP BY item.account_id, item.date
                       ) by_day
              GROUP BY account_id
                """,
                since=period.since,
                until=period.until,
                year=year,
                results=results.ids,
                company=self.env.company.id,
                states=self._states(options),
            )
        )
        return [
            (by_id[account_id], *amounts) for account_id, *amounts in rows if account_id in by_id
        ]

    @api.model
    @api.readonly
    def get_ledger(self, account_id, date_from, date_to, offset=0, limit=80, draft=False):
        """Return one page of an account's items in the order of their dates, each with the balance
        that it leaves.

        :param int account_id: database id of an account of the company
        :param str date_from: first day, ``YYYY-MM-DD``, by accounting date
        :param str date_to: last day, included
        :return: ``{currency_id, draft, opening, count, items: [{id, date, move_id, move_name,
            partner, label, debit, credit, balance}]}``; ``opening`` is the balance before
            ``date_from``: of all time, for income and expenses of the fiscal year, as in the trial
            balance
        :raise AccessError: the caller may not read the books
        """
        self._check_rights()
        options = self._options("balance", date_from, date_to, "none", 0, None, draft)
        [period] = options["columns"]
        self.env["account.move.line"].flush_model()
        self.env["account.move"].flush_model(["name"])
        base = {
            "account": int(account_id),
            "begin": self._ledger_begin(account_id, period),
            "company": self.env.company.id,
            "states": self._states(options),
            "since": period.since,
            "until": period.until,
        }
        [(opening, count)] = self.env.execute_query(
            SQL(
                """
                SELECT COALESCE(SUM(balance) FILTER (
                           WHERE date < %(since)s AND date >= %(begin)s), 0),
                       COUNT(*) FILTER (WHERE date >= %(since)s)
                  FROM account_move_line
                 WHERE account_id = %(account)s AND company_id = %(company)s
                   AND parent_state IN %(states)s AND date < %(until)s
                """,
                **base,
            )
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT item.id, item.date, item.move_id, move.name, partner.name, item.name,
                       item.debit, item.credit,
                       SUM(item.balance) OVER (ORDER BY item.date, item.move_id, item.id)
                  FROM account_move_line item
                  JOIN account_move move ON move.id = item.move_id
             LEFT JOIN res_partner partner ON partner.id = item.partner_id
                 WHERE item.account_id = %(account)s AND item.company_id = %(company)s
                   AND item.parent_state IN %(states)s
                   AND item.date >= %(since)s AND item.date < %(until)s
              ORDER BY item.date, item.move_id, item.id
                OFFSET %(offset)s LIMIT %(limit)s
                """,
                **base,
                offset=max(int(offset), 0),
                limit=min(max(int(limit), 1), 1000),
            )
        )
        currency = self.env.company.currency_id
        names = ("id", "date", "move_id", "move_name", "partner", "label", "debit", "credit")
        return {
            "currency_id": currency.id,
            "draft": options["draft"],
            "opening": currency.round(opening),
            "count": count,
            "items": [
                {
                    **dict(zip(names, row[:-1], strict=True)),
                    "date": fields.Date.to_string(row[1]),
                    "balance": currency.round(opening + row[-1]),
                }
                for row in rows
            ],
        }

    @api.model
    @api.readonly
    def get_drill(self, statement, code, column, account_id=None, options=None):
        """Override: the items of an account that an amount of the trial balance adds up."""
        if statement != "trial":
            return super().get_drill(statement, code, column, account_id, options)
        self._check_rights()
        days = (options["date_from"], options["date_to"])
        options = self._options("balance", *days, "none", 0, None, options.get("draft"))
        [period] = options["columns"]
        name = TRIAL[column]
        domain = Domain("company_id", "=", self.env.company.id)
        domain &= Domain("account_id", "=", int(account_id))
        domain &= Domain("parent_state", "in", self._states(options))
        domain &= Domain("date", "<", period.since if name == "opening" else period.until)
        begin = self._ledger_begin(account_id, period)
        if name in ("debit", "credit"):
            begin = period.since
            domain &= Domain(name, "!=", 0)
        if begin > date.min:
            domain &= Domain("date", ">=", begin)
        return {"model": "account.move.line", "domain": list(domain), "context": {}}

    def _ledger_begin(self, account_id, period):
        """The first day whose items are in the opening balance of an account."""
        if int(account_id) in self._accounts("income").ids:
            return self.env.company.compute_fiscalyear_dates(period.since)["date_from"]
        return date.min
