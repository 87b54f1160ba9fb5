from odoo import api, fields, models


class AccountPayment(models.Model):
    _inherit = "account.payment"

    oms_order_id = fields.Many2one(
        "sale.order",
        string="Managed Order",
        index="btree_not_null",
        copy=False,
        readonly=True,
        ondelete="set null",
    )
    oms_role = fields.Selection(
        [
            ("prepayment", "Paid by the buyer in advance"),
            ("cod", "Collected by the courier"),
            ("refund", "Paid back to the buyer"),
        ],
        string="Role in the Order",
        copy=False,
        readonly=True,
    )

    # An order is prepaid once and its cash is collected once, whoever tries again.
    _oms_role_uniq = models.UniqueIndex(
        "(oms_order_id, oms_role) WHERE oms_role IN ('prepayment', 'cod') "
        "AND state NOT IN ('canceled', 'rejected')",
        lambda env, diag: env._("This payment of the order has been booked already."),
    )

    def _generate_move_vals(self, *args, **kwargs):
        vals = super()._generate_move_vals(*args, **kwargs)
        if self.oms_order_id:
            vals["oms_order_id"] = self.oms_order_id.id
        return vals

    @api.depends("state")
    def _compute_reconciliation_status(self):
        """Money at the marketplace or the courier arrived: the order's stage may follow."""
        result = super()._compute_reconciliation_status()
        if self.env["oms.channel"]._is_active():
            # sudo: as for the entries, see account.move.
            self.sudo().oms_order_id._oms_touch()
        return result
