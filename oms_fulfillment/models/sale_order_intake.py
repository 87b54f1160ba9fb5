from odoo import fields, models

from ..exceptions import OmsRefusal


class SaleOrder(models.Model):
    """The order's link to the message it came from, and cancellation by its channel."""

    _inherit = "sale.order"

    oms_intake_id = fields.Many2one(
        "oms.intake",
        string="Incoming Message",
        copy=False,
        readonly=True,
        index="btree_not_null",
        check_company=True,
        groups="oms_fulfillment.group_oms_agent",
        help="The latest message that this order follows.",
    )

    oms_cancel_reason_id = fields.Many2one(
        "oms.cancel.reason", string="Cancelled Because", copy=False, readonly=True
    )
    oms_cancel_fault = fields.Selection(
        related="oms_cancel_reason_id.fault", string="Whose Fault", store=True
    )

    def _oms_channel_cancel(self, reason=None, code="channel"):
        """Cancel one order because its channel, its buyer or one of us says so.

        :param reason: a text, or the code of an ``oms.cancel.reason``
        :param str code: that code where ``reason`` is only a text
        :return: list of sentences: what was undone; empty when it was cancelled before
        :raise OmsRefusal: ``already_shipped``
        """
        self.ensure_one()
        if self.state == "cancel":
            return []
        shipped = self._oms_shipped_pickings()
        if shipped:
            raise OmsRefusal(
                "already_shipped",
                self.env._(
                    "%(order)s has left with %(pickings)s and can't be cancelled any more.",
                    order=self.name,
                    pickings=", ".join(shipped.mapped("name")),
                ),
                field="external_id",
                next_step=self.env._(
                    "Let the parcel come back: ask for a return with oms.return.request."
                ),
            )
        undone = self._oms_what_cancel_undoes()
        if self.locked:
            self.action_unlock()
        self._oms_set_cancel_reason(reason, code)
        self.action_cancel()
        return undone

    def _oms_set_cancel_reason(self, reason, code):
        """Keep why, as text and as one of the reasons that are counted."""
        Reason = self.env["oms.cancel.reason"]
        known = Reason._id_of(reason)
        self.oms_cancel_reason_id = known or Reason._id_of(code)
        if known:
            reason = self.company_id._oms_in_language(self.oms_cancel_reason_id.sudo()).name
        if reason:
            self.oms_cancel_reason = str(reason)[:500]

    def _oms_shipped_pickings(self):
        return self.picking_ids.filtered(
            lambda picking: picking.state == "done" and picking.location_dest_id.usage == "customer"
        )

    def _oms_what_cancel_undoes(self):
        undone = [self.env._("Order %(order)s was cancelled.", order=self.name)]
        for picking in self.picking_ids:
            if picking.state == "done":
                undone.append(
                    self.env._(
                        "Transfer %(picking)s was done: put its goods back.", picking=picking.name
                    )
                )
            elif picking.state not in ("cancel", "draft"):
                undone.append(
                    self.env._("Transfer %(picking)s was cancelled.", picking=picking.name)
                )
        for invoice in self.invoice_ids.filtered(lambda move: move.state == "posted"):
            undone.append(
                self.env._(
                    "Invoice %(invoice)s stays: it needs a credit note.", invoice=invoice.name
                )
            )
        return undone
