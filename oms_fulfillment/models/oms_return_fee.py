from dataclasses import replace

from odoo import api, fields, models

from ..engine import return_policy as engine


class OmsReturn(models.Model):
    """What a return costs the customer: a line of the order, invoiced before money is paid back."""

    _inherit = "oms.return"

    fee_line_ids = fields.One2many("sale.order.line", "oms_return_id", string="Fee Lines")
    fee_amount = fields.Monetary(
        string="Fees",
        compute="_compute_fee_amount",
        groups="oms_fulfillment.group_oms_agent,oms_fulfillment.group_oms_finance",
        help="What the policy charges the customer for this return, before tax.",
    )
    fee_waived = fields.Char(
        string="No Fee Because", help="A reason here lets the customer off the fees."
    )

    @api.depends("state", "fee_waived", "reason_id", "fee_line_ids.price_unit", "refund_proposal")
    def _compute_fee_amount(self):
        for case in self:
            # sudo: who reads the return may know what it costs.
            known = case.sudo()
            if case.resolved_at or not case.is_open:
                case.fee_amount = sum(known.fee_line_ids.mapped("price_unit"))
            else:
                units = {line: line._units_to_refund() for line in known.line_ids}
                case.fee_amount = known._fee(units)[1]

    def _fee(self, units):
        """Return the policy that charges a fee for refunding ``{return line: units}``, and the fee.

        To be asked before the units are written.
        """
        self.ensure_one()
        policies = self.env["oms.return.policy"]
        if self.kind != "customer" or self.fee_waived or not policies._policies():
            return policies, 0.0
        parts = self._fee_parts(units)
        restocking, shipping = engine.fees(parts, self.order_id._oms_rounding())
        keys = [policy.key for policy, _fault, _worth in parts if policy.key]
        charging = policies.browse(keys).filtered("fee_product_id")[:1]
        if not charging:
            return charging, 0.0
        most = sum(worth for _policy, _fault, worth in parts)
        return charging, self._fee_within(charging.fee_product_id, restocking + shipping, most)

    def _fee_within(self, product, amount, most):
        """Return what of a fee, before its taxes, is with them no more than ``most``."""
        order = self.order_id
        taxes = product.taxes_id._filter_taxes_by_company(order.company_id)
        known = order.fiscal_position_id.map_tax(taxes).compute_all(
            float(amount), order.currency_id, product=product, partner=order.partner_shipping_id
        )
        total = order._oms_decimal(known["total_included"])
        if total > most:
            coin = order._oms_rounding()
            amount = amount * most / total // coin * coin
        return float(amount)

    def _fee_parts(self, units):
        """Return ``[(policy, fault, worth)]`` of the lines whose units are refunded."""
        order = self.order_id
        kept = order._oms_final_units()
        worth = order._oms_final_total(kept)
        parts = []
        for line in self.line_ids.filtered(units.get):
            key = line.sale_line_id.id
            kept[key] = max(kept[key] - units[line], 0.0)
            after = order._oms_final_total(kept)
            policy = self._policy_in_currency(line.sale_line_id)
            reason = line.reason_id or self.reason_id
            parts.append((policy, reason.fault, order._oms_decimal(worth - after)))
            worth = after
        return parts

    def _policy_in_currency(self, sale_line):
        """Return the policy of an order line, its price of the way back in the order's currency."""
        policy = self.env["oms.return.policy"]._policy_of(sale_line)
        order, company = self.order_id, self.company_id
        if not policy.shipping or order.currency_id == company.currency_id:
            return policy
        today = company._oms_local_date(fields.Datetime.now())
        amount = company.currency_id._convert(
            float(policy.shipping), order.currency_id, company, today
        )
        return replace(policy, shipping=order._oms_decimal(amount))

    def _charge_fee(self, policy, amount):
        """Put a fee on the order, where the next invoice finds it."""
        if not amount:
            return
        staff = self.company_id._oms_in_language(self)
        # sudo: the amount follows from the policy; who resolves a return may not edit orders.
        self.env["sale.order.line"].sudo().create(
            {
                "order_id": self.order_id.id,
                "product_id": policy.fee_product_id.id,
                "name": staff.env._("Fee for the return %(name)s", name=self.name),
                "product_uom_qty": 1.0,
                "price_unit": amount,
                "oms_kind": "fee",
                "oms_return_id": self.id,
            }
        )
