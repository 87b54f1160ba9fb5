from decimal import Decimal

from odoo import api, fields, models

from ..engine import refund


class OmsSettlement(models.Model):
    _inherit = "oms.settlement"

    @api.model
    def _orders_sharing(self, numbers, company):
        """Return ``{parcel number: orders that share the parcel}``, one search for all numbers;
        extended as :meth:`_orders_by_resi`."""
        return self._orders_by_resi(numbers, company)


class OmsSettlementLine(models.Model):
    """The courier remits a shared parcel as one sum: it is shared out over the parcel's orders."""

    _inherit = "oms.settlement.line"

    part_of_id = fields.Many2one(
        "oms.settlement.line",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
        help="The line of the parcel in which several orders were paid together.",
    )
    part_ids = fields.One2many("oms.settlement.line", "part_of_id", string="Other Parts")

    def _match(self):
        result = super()._match()
        lines = self.filtered(
            lambda line: line.state == "new" and line.resi and not line.order_ref and line.gross
        )
        if lines:
            numbers = list(set(lines.mapped("resi")))
            shared = lines.settlement_id._orders_sharing(numbers, lines.company_id)
            for line in lines:
                orders = shared.get(line.resi, self.env["sale.order"])
                line._share_out(orders.filtered(lambda order: order.oms_payment_policy == "cod"))
        return result

    def _post_matched(self):
        return super(OmsSettlementLine, self | self.part_ids)._post_matched()

    def _share_out(self, orders):
        """Keep the first order's part of this line and make a line for each of the others.

        Gross, each fee and what the fees leave unexplained are shared out by largest remainder
        over what is open for the orders, so that each adds up to what came.
        """
        if len(orders) < 2:
            return
        money = orders._oms_money()
        open_amounts = [money[order.id].clearing_open or money[order.id].to_pay for order in orders]
        fees = self.fees or {}
        split = {name: self._shares(fees[name], open_amounts) for name in fees}
        gross = self._shares(self.gross, open_amounts)
        rest = self._shares(self.gross - self.fee_amount - self.net, open_amounts)
        parts = []
        for index, order in enumerate(orders):
            own = {name: amounts[index] for name, amounts in split.items()}
            total = sum(own.values())
            parts.append(
                {
                    "order_id": order.id,
                    "gross": gross[index],
                    "fees": own,
                    "fee_amount": total,
                    "net": gross[index] - total - rest[index],
                }
            )
        self.write(parts[0])
        self.create(
            [
                {
                    **part,
                    "settlement_id": self.settlement_id.id,
                    "key": f"{self.key}/{number}",
                    "resi": self.resi,
                    "paid_at": self.paid_at,
                    "part_of_id": self.id,
                }
                for number, part in enumerate(parts[1:], start=2)
            ]
        )

    def _shares(self, amount, weights):
        rounding = Decimal(repr(self.currency_id.rounding))
        total = refund.rounded(Decimal(repr(amount)), rounding)
        shares = refund.shares(total, [Decimal(repr(weight)) for weight in weights], rounding)
        return [float(share) for share in shares]
