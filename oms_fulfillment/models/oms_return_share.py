from odoo import fields, models

# What the customer may take instead of money, in the order in which it is counted.
INSTEAD = ("credit", "exchange")
# Wishes of which the units are taken off what the customer pays.
CREDITED = ("refund", *INSTEAD)


class OmsReturn(models.Model):
    """How the refund of a return is divided: money, and what the customer takes instead."""

    _inherit = "oms.return"

    store_credit_amount = fields.Monetary(
        string="As Store Credit",
        readonly=True,
        copy=False,
        groups="oms_fulfillment.group_oms_agent,oms_fulfillment.group_oms_finance",
        help="What of the refund the customer takes as store credit.",
    )
    store_credit_ids = fields.One2many("oms.store.credit", "return_id", readonly=True)

    def _worths(self, units):
        """Return ``{wish: worth}`` of refunding ``{return line: units}``, for what is no money.

        To be asked before the units are written. Money comes first, so shipping that is given back
        because nothing is kept follows the last unit. The parts sum to the whole.
        """
        order = self.order_id
        kept = order._oms_final_units()
        worth, result = 0.0, {}
        for wish in (False, *INSTEAD):
            for line in self.line_ids.filtered(units.get):
                if wish == (line.wish in INSTEAD and line.wish):
                    key = line.sale_line_id.id
                    kept[key] = max(kept[key] - units[line], 0.0)
            after = order._oms_final_total(kept)
            result[wish] = self.currency_id.round(worth - after)
            worth = after
        return result

    def _prepare_shares(self, units):
        """Return what :meth:`_divide_refund` needs, or nothing where all is money.

        :raise OmsRefusal: ``missing_account``
        """
        if not any(line.wish in INSTEAD and units.get(line) for line in self.line_ids):
            return None
        worths = self._worths(units)
        if worths["credit"] or self.rest_as_credit:
            self.company_id._oms_need_store_credit_account()
        return worths

    def _divide_refund(self, worths):
        """Decide what of the refund is no money; return how much of it is left to be divided."""
        limit = self._refund_limit()
        self.store_credit_amount = self.currency_id.round(min(worths["credit"], limit))
        return limit - self.store_credit_amount

    def _refund_limit(self):
        """Return the most that is given instead of money.

        Fees are kept from the money first; what the customer had not paid is nothing to give.
        """
        order = self.order_id
        money = order._oms_money()[order.id]
        fees = sum(self.fee_line_ids.mapped("price_total"))
        open_ = max(money.refund_due - money.unagreed_credit, 0.0)
        return max(min(self.refund_amount - fees, open_), 0.0)

    def _store_credit_due(self):
        """Return what is still to be given as store credit."""
        self.ensure_one()
        if not self.store_credit_amount:
            return 0.0
        given = sum(
            self.store_credit_ids.filtered(lambda credit: not credit.undone).mapped("amount")
        )
        undone = sum(self.store_credit_ids.filtered("undone").mapped("amount"))
        return max(self.currency_id.round(self.store_credit_amount - given - undone), 0.0)
