from odoo import fields, models


class OmsRateShop(models.TransientModel):
    """Couriers side by side, for one order."""

    _name = "oms.rate.shop"
    _description = "Compare Couriers"

    order_id = fields.Many2one("sale.order", required=True, readonly=True)
    currency_id = fields.Many2one(related="order_id.currency_id")
    day_cost = fields.Monetary(
        string="A Day Costs", help="What one more day on the way is worth to you."
    )
    loss_cost = fields.Monetary(
        string="A Lost Parcel Costs", help="The whole order, unless you say otherwise."
    )
    line_ids = fields.One2many("oms.rate.shop.line", "shop_id", readonly=True)

    def _fill(self):
        for shop in self:
            offers = shop.order_id._oms_compare_rates(shop.day_cost, shop.loss_cost or None)
            shop.line_ids.unlink()
            shop.line_ids = [
                fields.Command.create(
                    {
                        "sequence": number,
                        "carrier_id": offer["carrier_id"],
                        "possible": offer["error"] is None,
                        "price": offer["price"] or 0.0,
                        "days": offer["days"] or 0.0,
                        "arrival_share": (offer["arrival_share"] or 0.0) * 100,
                        "reason": offer["reason"] or offer["error"],
                    }
                )
                for number, offer in enumerate(offers)
            ]

    def action_refresh(self):
        """Button: ask again, with the costs as they are now."""
        self._fill()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }


class OmsRateShopLine(models.TransientModel):
    _name = "oms.rate.shop.line"
    _description = "Offer of a Courier"
    _order = "sequence, id"

    shop_id = fields.Many2one("oms.rate.shop", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer()
    currency_id = fields.Many2one(related="shop_id.currency_id")
    carrier_id = fields.Many2one("delivery.carrier", string="Delivery Method")
    possible = fields.Boolean()
    price = fields.Monetary()
    days = fields.Float(string="Expected Days", digits=(6, 1))
    arrival_share = fields.Float(string="Arrive (%)", digits=(6, 1))
    reason = fields.Char()

    def action_choose(self):
        """Button: the order goes with this delivery method, at this price."""
        self.ensure_one()
        order = self.shop_id.order_id
        price = self.carrier_id._apply_margins(self.price, order)
        order.set_delivery_line(self.carrier_id, price)
        return {"type": "ir.actions.act_window_close"}
