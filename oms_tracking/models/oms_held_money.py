from odoo import fields, models

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal


class OmsHeldMoney(models.Model):
    """From the list of cash that a courier should have remitted to the claim on that courier."""

    _inherit = "oms.held.money"

    def action_claim(self):
        """Button: claim this cash from its couriers; what is claimed already is not claimed again.

        :raise OmsRefusal: ``access``, ``not_claimable``
        """
        self._check_claim_access()
        self.check_access("read")
        claims = self.env["oms.claim"]
        for row in self:
            claims |= row._claim()
        return claims._get_records_action(name=self.env._("Claims"))

    def _claim(self):
        """Return the claim for this row, made when there is none."""
        # sudo: finance claims for parcels that it need not see; only this row's are read.
        parcels = self.order_id.sudo().oms_shipment_ids.filtered(lambda one: one.kind == "out")
        if self.holder != "cod" or not self.delivered_at or not parcels:
            raise OmsRefusal(
                "not_claimable",
                self.env._(
                    "There is no cash of %(order)s to claim: no COD parcel of it was delivered.",
                    order=self.order_id.name,
                ),
                next_step=self.env._("Choose delivered parcels whose cash was not remitted."),
            )
        # sudo: the role was checked by action_claim.
        claims = self.env["oms.claim"].sudo()
        known = claims.search(
            [("shipment_id", "in", parcels.ids), ("kind", "=", "cod"), ("is_open", "=", True)]
        )
        if known:
            return known.sudo(self.env.su)
        return claims.create(
            {
                "shipment_id": parcels[-1].id,
                "kind": "cod",
                "amount": self.amount,
                "reason": self.env._(
                    "Delivered on %(day)s, not remitted.",
                    day=fields.Date.to_string(self.delivered_at),
                ),
            }
        ).sudo(self.env.su)

    def _check_claim_access(self):
        if self.env.su or self.env.user.has_group("oms_fulfillment.group_oms_finance"):
            return
        raise OmsRefusal(
            "access",
            self.env._("%(user)s may not claim cash from couriers.", user=self.env.user.name),
            next_step=self.env._("Ask somebody with the role OMS: Finance."),
        )
