from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ..engine import vat
from .account_account import PROFIT_AND_LOSS

COLUMNS = ("output_base", "output_tax", "input_base", "input_tax", "net")


class OmsStatement(models.AbstractModel):
    """Value added tax per month and tax, from the tax items and the items that they were
    computed on; it ties to the movement of the tax accounts."""

    _inherit = "oms.statement"

    @api.model
    @api.readonly
    def get_vat(self, date_from, date_to):
        """Return base and tax of sales and purchases per month, and what is to be paid.

        Tax: the journal items that a tax made (``tax_line_id``). Base: the items that it was
        computed on (``tax_ids``); both by accounting date, credit notes deducted. Taxes with a
        negative rate are withheld, not value added, and left out; so is input tax booked as a
        cost. Cash-basis taxes count when they become due.

        :param str date_from: first day, ``YYYY-MM-DD``
        :param str date_to: last day, included
        :return: as :meth:`get_statement`, with ``headings`` in place of ``columns``: sales base,
            output tax, purchases base, input tax, to pay (negative: overpaid); one line per month
            with one row per tax. The last lines compare with the tax accounts. In Indonesia
            sales with and without an e-Faktur and the other-value base (DPP nilai lain) are told
            below the total; ``computed`` marks lines to which no journal items add up.
        :raise AccessError: the caller may not read the books
        """
        self._check_rights()
        period = self._vat_period(date_from, date_to)
        taxes = self._vat_taxes()
        amounts = self._vat_amounts(period, taxes)
        rows = vat.recap(
            amounts,
            {tax.id: tax.type_tax_use for tax in taxes},
            self._vat_bases(period, taxes, amounts),
        )
        company = self.env.company
        by_id = {tax.id: tax for tax in taxes}
        lines = [
            {
                "code": fields.Date.to_string(month),
                "name": format_date(self.env, month, date_format="LLLL yyyy"),
                "kind": "accounts",
                "level": 1,
                "amounts": self._rounded(total),
                "accounts": [
                    {
                        "id": tax_id,
                        "code": "",
                        "name": by_id[tax_id].display_name,
                        "amounts": self._rounded(amounts),
                    }
                    for tax_id, amounts in by_tax.items()
                ],
            }
            for month, total, by_tax in rows
        ]
        totals = vat.total([total for _month, total, _by_tax in rows])
        movement, untaxed = self._vat_movement(period, taxes)
        lines += [
            self._vat_line("total", self.env._("Total"), self._rounded(totals), "total", 0),
            *self._vat_country_lines(period, taxes, totals),
            self._vat_line("movement", self.env._("Movement of the tax accounts"), movement),
            self._vat_line(
                "untaxed", self.env._("of it paid or corrected, without a tax"), untaxed, level=2
            ),
        ]
        expected, actual = self._rounded([movement - untaxed, totals[-1]])
        return {
            "statement": "vat",
            "title": self.env._("VAT Recap"),
            "company": company.name,
            "currency_id": company.currency_id.id,
            "draft": False,
            "headings": [
                self.env._("Sales base"),
                self.env._("Output tax"),
                self.env._("Purchases base"),
                self.env._("Input tax"),
                self.env._("To pay"),
            ],
            "lines": lines,
            "checks": [
                {
                    "code": "vat_ties",
                    "name": self.env._("Tax = movement of the tax accounts"),
                    "expected": [expected],
                    "actual": [actual],
                    "difference": self._rounded([actual - expected]),
                }
            ],
        }

    def _vat_line(self, code, name, amounts, kind="accounts", level=1):
        """A line below the months; those about the accounts have an amount at the end only."""
        if not isinstance(amounts, list):
            amounts = [None] * (len(COLUMNS) - 1) + self._rounded([amounts])
        return {
            "code": code,
            "name": name,
            "kind": kind,
            "level": level,
            "amounts": amounts,
            "accounts": [],
        }

    @api.model
    def _vat_country_lines(self, period, taxes, totals):
        """What the return of the company's country asks for besides.

        :param totals: the five amounts of the period
        """
        return []

    def _vat_period(self, date_from, date_to):
        options = self._options("balance", date_from, date_to, "none", 0, None, False)
        return options["columns"][0]

    def _vat_taxes(self):
        """The taxes that a recap tells apart: of sales and purchases, archived ones included."""
        # sudo: readers of the books need no right on the settings of taxes.
        return (
            self.env["account.tax"]
            .sudo()
            .with_context(active_test=False)
            .search(
                [
                    ("company_id", "parent_of", self.env.company.ids),
                    ("type_tax_use", "in", ("sale", "purchase")),
                    ("amount_type", "!=", "group"),
                    ("amount", ">=", 0),
                ]
            )
        )

    def _vat_groups(self, taxes):
        # sudo: as for the taxes
        groups = self.env["account.tax"].sudo().with_context(active_test=False)
        return groups.search([("children_tax_ids", "in", taxes.ids)])

    def _vat_accounts(self, taxes):
        """The balance-sheet accounts that these taxes are booked on."""
        shares = taxes.invoice_repartition_line_ids | taxes.refund_repartition_line_ids
        accounts = shares.account_id.filtered(
            lambda account: account.account_type not in PROFIT_AND_LOSS
        )
        return accounts - taxes.cash_basis_transition_account_id

    def _vat_named(self, taxes):
        """How items name these taxes, as rows (named, tax, use): a tax by itself, or its group."""
        named = [(tax.id, tax.id, tax.type_tax_use) for tax in taxes]
        for group in self._vat_groups(taxes):
            parts = group.children_tax_ids & taxes
            named += [(group.id, tax.id, tax.type_tax_use) for tax in parts]
        return SQL(
            "UNNEST(%s::int[], %s::int[], %s::varchar[]) AS named(id, tax_id, use)",
            *(list(column) for column in zip(*named, strict=True)),
        )

    def _vat_filter(self, period, taxes, tax_id):
        """The posted items of the period. Taxes on cash basis (``tax_id`` is the column that has
        the tax) count in the entry that makes them due and not in the invoice."""
        for model in ("account.move.line", "account.move", "account.account", "account.tax"):
            self.env[model].flush_model()
        cash = taxes.filtered(lambda tax: tax.tax_exigibility == "on_payment")
        due = SQL(
            """
            (%s <> ALL(%s) OR item.move_id IN (
                SELECT id FROM account_move
                 WHERE always_tax_exigible OR tax_cash_basis_rec_id IS NOT NULL))
            """,
            tax_id,
            cash.ids,
        )
        return SQL(
            """
            item.company_id = %s AND item.parent_state = 'posted'
            AND item.date >= %s AND item.date < %s AND %s
            """,
            self.env.company.id,
            period.since,
            period.until,
            due if cash else SQL("TRUE"),
        )

    def _vat_amounts(self, period, taxes):
        """Return ``[(month, tax id, base, tax)]``, debit less credit."""
        if not taxes:
            return []
        bases = SQL(
            """
            SELECT item.date, named.tax_id, SUM(item.balance)
              FROM account_move_line item
              JOIN account_move_line_account_tax_rel rel ON rel.account_move_line_id = item.id
              JOIN %s ON named.id = rel.account_tax_id
             WHERE %s
          GROUP BY 1, 2
            """,
            self._vat_named(taxes),
            self._vat_filter(period, taxes, SQL("named.tax_id")),
        )
        amounts = SQL(
            """
            SELECT item.date, item.tax_line_id, SUM(item.balance)
              FROM account_move_line item
              JOIN account_account account ON account.id = item.account_id
             WHERE item.tax_line_id = ANY(%s) AND NOT account.account_type = ANY(%s) AND %s
          GROUP BY 1, 2
            """,
            taxes.ids,
            list(PROFIT_AND_LOSS),
            self._vat_filter(period, taxes, SQL("item.tax_line_id")),
        )
        months = {}
        for place, query in enumerate((bases, amounts)):
            for day, tax_id, balance in self.env.execute_query(query):
                months.setdefault((day.replace(day=1), tax_id), [0.0, 0.0])[place] += float(balance)
        return [(month, tax_id, *sums) for (month, tax_id), sums in sorted(months.items())]

    def _vat_bases(self, period, taxes, amounts):
        """Return ``{(month, use): base}``, debit less credit; of two taxes an item is one base."""
        uses = {tax.id: tax.type_tax_use for tax in taxes}
        bases = defaultdict(float)
        for month, tax_id, base, _tax in amounts:
            bases[month, uses[tax_id]] += base
        for day, use, surplus in self._vat_surplus(period, taxes):
            bases[day.replace(day=1), use] -= float(surplus)
        return bases

    def _vat_surplus(self, period, taxes):
        """Return ``[(day, use, amount)]``: what the bases of several taxes count too often."""
        if not taxes or not self._vat_several(taxes):
            return []
        named = self._vat_named(taxes)
        return self.env.execute_query(
            SQL(
                """
                SELECT day, use, SUM(balance * (times - 1))
                  FROM (
                        SELECT item.date AS day, named.use, item.balance, COUNT(*) AS times
                          FROM (
                                SELECT rel.account_move_line_id AS id
                                  FROM account_move_line_account_tax_rel rel
                                  JOIN %(named)s ON named.id = rel.account_tax_id
                              GROUP BY 1
                                HAVING COUNT(*) > 1
                               ) several
                          JOIN account_move_line item ON item.id = several.id
                          JOIN account_move_line_account_tax_rel rel
                               ON rel.account_move_line_id = item.id
                          JOIN %(named)s ON named.id = rel.account_tax_id
                         WHERE %(filter)s
                      GROUP BY item.id, named.use
                       ) base
              GROUP BY 1, 2
                """,
                named=named,
                filter=self._vat_filter(period, taxes, SQL("named.tax_id")),
            )
        )

    def _vat_several(self, taxes):
        """Whether any item is the base of several taxes, as an index alone tells: it names two,
        or a group."""
        [(found,)] = self.env.execute_query(
            SQL(
                """
                SELECT EXISTS (
                    SELECT FROM account_move_line_account_tax_rel
                  GROUP BY account_move_line_id
                    HAVING COUNT(*) > 1 OR BOOL_OR(account_tax_id = ANY(%s)))
                """,
                self._vat_groups(taxes).ids,
            )
        )
        return found

    def _vat_movement(self, period, taxes):
        """Return credit less debit of the tax accounts, and the part that no tax made."""
        domain = self._vat_account_domain(period, taxes)
        items = self.env["account.move.line"]
        movement, taxed = (
            items._read_group(part, [], ["balance:sum"])[0][0] or 0.0
            for part in (domain, domain & Domain("tax_line_id", "in", taxes.ids))
        )
        return -movement, taxed - movement

    def _vat_account_domain(self, period, taxes):
        return (
            Domain("company_id", "=", self.env.company.id)
            & Domain("parent_state", "=", "posted")
            & Domain("account_id", "in", self._vat_accounts(taxes).ids)
            & Domain("date", ">=", fields.Date.to_string(period.since))
            & Domain("date", "<", fields.Date.to_string(period.until))
        )

    # SAME DOORS AS THE STATEMENTS

    @api.model
    @api.readonly
    def get_statement(self, statement, date_from, date_to, *args, **kwargs):
        if statement == "vat":
            return self.get_vat(date_from, date_to)
        return super().get_statement(statement, date_from, date_to, *args, **kwargs)

    @api.model
    @api.readonly
    def get_drill(self, statement, code, column, account_id=None, options=None):
        if statement != "vat":
            return super().get_drill(statement, code, column, account_id, options)
        self._check_rights()
        period = self._vat_period(options["date_from"], options["date_to"])
        taxes = self._vat_taxes()
        if code in ("movement", "untaxed"):
            domain = self._vat_account_domain(period, taxes)
            if code == "untaxed":
                domain &= Domain("tax_line_id", "not in", taxes.ids)
        else:
            domain = self._vat_items_domain(code, COLUMNS[column], account_id, period, taxes)
        return {"model": "account.move.line", "domain": list(domain), "context": {}}

    def _vat_items_domain(self, code, column, tax_id, period, taxes):
        if code != "total":
            month = fields.Date.to_date(code)
            period = vat.clip(month, period)
        if tax_id:
            taxes = taxes.filtered(lambda tax: tax.id == tax_id)
        use = {"output": "sale", "input": "purchase"}.get(column.split("_")[0])
        if use:
            taxes = taxes.filtered(lambda tax: tax.type_tax_use == use)
        last_day = period.until - timedelta(days=1)
        domain = (
            Domain("company_id", "=", self.env.company.id)
            & Domain("parent_state", "=", "posted")
            & Domain("date", ">=", fields.Date.to_string(period.since))
            & Domain("date", "<=", fields.Date.to_string(last_day))
        )
        cash = taxes.filtered(lambda tax: tax.tax_exigibility == "on_payment")
        name = "tax_ids" if column.endswith("_base") else "tax_line_id"
        if name == "tax_line_id":
            domain &= Domain("account_id.account_type", "not in", PROFIT_AND_LOSS)
        groups = self._vat_groups(taxes)
        due = Domain("move_id.always_tax_exigible", "=", True) | Domain(
            "move_id.tax_cash_basis_rec_id", "!=", False
        )
        wanted = (taxes - cash) | (groups if name == "tax_ids" else groups.browse())
        return domain & (Domain(name, "in", wanted.ids) | (Domain(name, "in", cash.ids) & due))
