from odoo import fields, models

from ..engine import return_policy as engine
from ..exceptions import OmsRefusal


class SaleOrder(models.Model):
    """The return policies, applied to the lines of an order."""

    _inherit = "sale.order"

    def _oms_check_return_policy(self, lines, reason=None, photos=None):
        """Refuse returns that a policy does not allow.

        :param list lines: ``[(sale line, {reason_id, ...})]``
        :param reason: id of the reason of the whole return
        :param photos: number of photos that come with it; ``None`` where staff ask
        :raise OmsRefusal: ``not_returnable``, ``window_closed``, ``reason_refused``,
            ``photo_needed``
        """
        for line, values in lines:
            refusal = line._oms_return_refusal(values.get("reason_id") or reason, photos)
            if refusal:
                raise refusal


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    oms_return_id = fields.Many2one(
        "oms.return",
        string="Fee of the Return",
        index="btree_not_null",
        copy=False,
        readonly=True,
        help="The return whose fee this line charges.",
    )

    def _oms_return_refusal(self, reason=None, photos=None):
        """Return the refusal of the policy for this line, or ``None``."""
        self.ensure_one()
        policy = self.env["oms.return.policy"]._policy_of(self)
        delivered_at, accepted_at = self._oms_arrived_at()
        code = engine.judge(
            policy, delivered_at, accepted_at, fields.Datetime.now(), reason or None, photos
        )
        if not code:
            return None
        return self._oms_policy_refusal(code, policy, delivered_at, accepted_at)

    def _oms_arrived_at(self):
        """Return when the last units of this line were delivered, and accepted."""
        # sudo: whoever asks for a return need not read transfers.
        work = self.sudo().move_ids.picking_id.oms_fulfillment_ids
        delivered = [one.delivered_at for one in work if one.delivered_at]
        accepted = [one.accepted_at for one in work if one.accepted_at]
        return max(delivered, default=None), max(accepted, default=None)

    def _oms_policy_refusal(self, code, policy, delivered_at, accepted_at):
        order, override = self.order_id, self.env._("An OMS manager may allow it with a reason.")
        product = self.product_id.with_context(display_default_code=False).display_name
        if code == "not_returnable":
            message = self.env._("%(product)s can't be returned.", product=product)
        elif code == "window_closed":
            closed = engine.closes_at(policy, delivered_at, accepted_at)
            message = self.env._(
                "%(product)s of %(order)s could be returned until %(date)s, %(days)s days after it "
                "arrived.",
                product=product,
                order=order.name,
                date=order._oms_local_date(closed),
                days=policy.days,
            )
        elif code == "reason_refused":
            message = self.env._("%(product)s can't be returned for this reason.", product=product)
            allowed = self.env["oms.return.reason"].sudo().browse(policy.reasons)
            override = self.env._(
                "Accepted are: %(reasons)s.", reasons=", ".join(allowed.mapped("name"))
            )
        else:
            message = self.env._(
                "%(product)s can only be returned with a photo of it.", product=product
            )
            override = self.env._("Add a photo and send it again.")
        fields_ = {"reason_refused": "reason", "photo_needed": "photos"}
        return OmsRefusal(code, message, field=fields_.get(code), next_step=override)
