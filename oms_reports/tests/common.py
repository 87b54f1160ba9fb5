from odoo import Command, fields
from odoo.tools import SQL

from odoo.addons.oms_fulfillment.tests.common_accounting import OmsAccountingCase


class OmsReportsCase(OmsAccountingCase):
    """Orders with accounting, and documents that no channel knows of."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.channel.write(
            {
                "shipping_product_id": cls.shipping_product.id,
                "discount_product_id": cls.discount_product.id,
            }
        )
        cls.other_income = cls._account("438100", "Interest", "income_other")
        cls.sales_journal = cls.env["account.journal"].search(
            [("type", "=", "sale"), ("company_id", "=", cls.env.company.id)], limit=1
        )

    def _document(self, amounts, move_type="out_invoice", day=None, post=True, **values):
        """Make an invoice by hand; ``amounts`` is ``[(product or empty, account, amount)]``."""
        move = self.env["account.move"].create(
            {
                "move_type": move_type,
                "partner_id": self.partner.id,
                "invoice_date": day or fields.Date.today(),
                "date": day or fields.Date.today(),
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Line",
                            "product_id": product.id,
                            "account_id": account.id,
                            "price_unit": amount,
                            "tax_ids": [Command.clear()],
                        }
                    )
                    for product, account, amount in amounts
                ],
                **values,
            }
        )
        if post:
            move.action_post()
        return move

    def _entry(self, account, amount, day=None):
        """Post ``amount`` to the credit of an account by a journal entry."""
        entry = self.env["account.move"].create(
            {
                "move_type": "entry",
                "date": day or fields.Date.today(),
                "line_ids": [
                    Command.create({"account_id": account.id, "credit": amount}),
                    Command.create({"account_id": self.fees.id, "debit": amount}),
                ],
            }
        )
        entry.action_post()
        return entry

    def _ledger(self, companies=None):
        """Income of the companies in plain SQL, and the number of its items."""
        self.env.flush_all()
        [(amount, items)] = self.env.execute_query(
            SQL(
                """
                SELECT COALESCE(SUM(item.credit - item.debit), 0), COUNT(*)
                  FROM account_move_line item
                  JOIN account_move move ON move.id = item.move_id AND move.state = 'posted'
                  JOIN account_account account ON account.id = item.account_id
                 WHERE account.account_type IN ('income', 'income_other')
                   AND item.company_id = ANY(%s)
                """,
                (companies or self.env.companies).ids,
            )
        )
        return float(amount), items

    def _reported(self, *domain):
        [(amount, rows)] = self.env["oms.report.sales"]._read_group(
            [("company_id", "in", self.env.companies.ids), *domain], [], ["amount:sum", "__count"]
        )
        return amount or 0.0, rows

    def _data(self, **kwargs):
        self.env["sale.order"]._oms_refresh_touched()
        return self.env["oms.report.dashboard"].get_data(**kwargs)

    def assertTied(self):
        self.assertEqual(self._reported(), self._ledger())

    def assertAddsUp(self, figure, model="oms.report.sales", field="amount", sign=1):
        """The rows that a click opens add up to what was shown."""
        [(amount,)] = self.env[model]._read_group(figure["domain"], [], [f"{field}:sum"])
        self.assertEqual(sign * (amount or 0.0), figure["amount"])
