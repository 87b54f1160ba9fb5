from odoo import fields, models

from ..exceptions import OmsRefusal
from .oms_intake_order import KEPT_PRICE


class OmsReturn(models.Model):
    """The other ways to make it good: the same goods again, or money without the goods."""

    _inherit = "oms.return"

    goods_stay = fields.Boolean(
        string="Goods Stay with the Customer",
        readonly=True,
        help="Refund without return: nothing is sent back, a manager said why.",
    )
    replacement_ids = fields.One2many("sale.order", "oms_replaces_id", string="Replacements")
    replacement_count = fields.Integer(compute="_compute_replacement_count", compute_sudo=True)

    def _compute_replacement_count(self):
        for case in self:
            case.replacement_count = len(case.replacement_ids)

    def _check_goods_stay(self, order, goods_stay, override):
        """A refund without return needs a manager and a reason.

        :raise OmsRefusal: ``goods_stay``
        """
        if goods_stay and not override:
            raise OmsRefusal(
                "goods_stay",
                self.env._("%(order)s: a refund without return needs a reason.", order=order.name),
                field="goods_stay",
                next_step=self.env._("An OMS manager may allow it with an override reason."),
            )

    def _do_resolve(self, decisions, note=None):
        """Units that a manager lets the customer keep carry that reason; replacements follow."""
        if self.goods_stay:
            known = {line: (line._default_refund(), None) for line in self.line_ids}
            decisions = {
                line: (units, reason or self.override_reason)
                for line, (units, reason) in {**known, **decisions}.items()
            }
        resolved = super()._do_resolve(decisions, note)
        if self.resolved_at:
            lines = self.line_ids.filtered(lambda line: line.wish == "replace")
            self._send_again({line: line.accepted for line in lines if line.accepted > 0})
        return resolved

    def _replace_in_advance(self):
        """What the customer gets before theirs is back."""
        lines = self.line_ids.filtered(lambda line: line.wish == "advance")
        self._send_again({line: line.quantity for line in lines})

    def _send_again(self, units):
        """Send ``{return line: units}`` once more, free of charge, by an order of its own.

        The order and its invoice stay as they are: nothing was taken back, so nothing is billed
        again.
        """
        if not units:
            return
        # sudo: who decides about a return causes an order that they may not enter by hand.
        order = self.env["sale.order"].sudo().create(self._prepare_replacement(units))
        order._oms_run_step("_oms_confirm")
        self.sudo().message_post(
            body=self.env._("%(order)s is sent as a replacement.", order=order.name)
        )

    def _prepare_replacement(self, units):
        order = self.order_id.sudo()
        return {
            "partner_id": order.partner_id.id,
            "partner_invoice_id": order.partner_invoice_id.id,
            "partner_shipping_id": order.partner_shipping_id.id,
            "company_id": order.company_id.id,
            "warehouse_id": order.warehouse_id.id,
            "pricelist_id": order.pricelist_id.id,
            "oms_channel_id": order.oms_channel_id.id,
            "oms_payment_policy": "terms",
            "oms_ship_to": order.oms_ship_to,
            "oms_replaces_id": self.id,
            "origin": self.name,
            "order_line": [
                fields.Command.create(
                    {
                        "product_id": line.product_id.id,
                        "product_uom_id": line.uom_id.id,
                        "product_uom_qty": quantity,
                        "price_unit": 0.0,
                        "technical_price_unit": KEPT_PRICE,
                        "discount": 0.0,
                        "tax_ids": [fields.Command.clear()],
                    }
                )
                for line, quantity in units.items()
            ],
        }

    def action_view_replacements(self):
        self.ensure_one()
        return self.replacement_ids._get_records_action(name=self.env._("Replacements"))


class OmsReturnLine(models.Model):
    _inherit = "oms.return.line"

    def _sent_again(self):
        """Units that the customer gets, or got, free of charge for those of this line."""
        self.ensure_one()
        if self.wish == "replace":
            return self.accepted
        # sudo: who decides about a return may have no rights on orders.
        line = self.sudo()
        case, product = line.return_id, line.product_id
        orders = case.replacement_ids.filtered(lambda order: order.state != "cancel")
        sent = sum(
            item.product_uom_id._compute_quantity(
                item.product_uom_qty - item.oms_qty_cancelled, line.uom_id, round=False
            )
            for item in orders.order_line
            if item.product_id == product
        )
        others = (case.line_ids - line).filtered(
            lambda other: other.product_id == product and other.wish == "advance"
        )
        return max(sent - sum(others.mapped("quantity")) - line.charged_quantity, 0.0)


class SaleOrder(models.Model):
    _inherit = "sale.order"

    oms_replaces_id = fields.Many2one(
        "oms.return",
        string="Replaces",
        index="btree_not_null",
        copy=False,
        readonly=True,
        help="The return whose goods this order sends again.",
    )
