from odoo import fields, models

from ..exceptions import OmsRefusal


class SaleOrder(models.Model):
    """Entries that move what an order owes or is owed, without money."""

    _inherit = "sale.order"

    def _oms_book_entry(self, items, label, **vals):
        """Post ``[(account, amount in the order's currency, order)]`` on the order's customer.

        Amounts are debits where positive and sum to nothing. The orders' items are reconciled.

        :param str label: text of the items
        :param vals: more values of the entry
        :return: the posted entry
        """
        self.ensure_one()
        company, currency = self.company_id, self.currency_id
        today = self._oms_local_date(fields.Datetime.now())
        partner = self.partner_invoice_id.commercial_partner_id
        balances = [
            currency._convert(amount, company.currency_id, company, today)
            for _account, amount, _order in items[:-1]
        ]
        # what rounding leaves is on the last item
        balances.append(-sum(balances))
        lines = [
            fields.Command.create(
                {
                    "name": label,
                    "account_id": account.id,
                    "partner_id": partner.id,
                    "oms_order_id": order.id,
                    "currency_id": currency.id,
                    "amount_currency": amount,
                    "balance": balance,
                }
            )
            for (account, amount, order), balance in zip(items, balances, strict=True)
        ]
        move = (
            self.env["account.move"]
            .with_company(company)
            .with_context(tracking_disable=True)
            .create(
                {
                    "move_type": "entry",
                    "journal_id": self._oms_general_journal().id,
                    "date": today,
                    "ref": label,
                    "line_ids": lines,
                    **vals,
                }
            )
        )
        move._post(soft=False)
        move.line_ids.oms_order_id._oms_reconcile()
        return move

    def _oms_general_journal(self):
        """Return the journal of entries that are neither sale nor payment.

        :raise OmsRefusal: ``missing_journal``
        """
        company = self.company_id
        special = company.account_stock_journal_id | company.currency_exchange_journal_id
        journals = self.env["account.journal"].search(
            [("company_id", "=", company.id), ("type", "=", "general")]
        )
        journal = (journals - special)[:1] or journals[:1]
        if not journal:
            raise OmsRefusal(
                "missing_journal",
                self.env._(
                    "%(company)s has no journal of type Miscellaneous.", company=company.name
                ),
                next_step=self.env._("Make one under Invoicing > Configuration > Journals."),
            )
        return journal

    def _oms_receivable(self):
        """Return the account on which the order's customer owes, or is owed."""
        self.ensure_one()
        item = self.env["account.move.line"].search(
            [
                ("oms_order_id", "=", self.id),
                ("parent_state", "=", "posted"),
                ("account_id.account_type", "=", "asset_receivable"),
            ],
            order="reconciled, id",
            limit=1,
        )
        partner = self.partner_invoice_id.commercial_partner_id.with_company(self.company_id)
        return item.account_id or partner.property_account_receivable_id
