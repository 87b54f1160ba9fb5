from odoo import api, fields, models

from ..engine import return_policy as engine
from ..exceptions import OmsRefusal

# Goods can be put into a parcel, or into another one, as long as they are not here.
NOT_HERE = ("requested", "approved", "in_transit")


class OmsReturn(models.Model):
    """The way back: the parcel in which the goods come, alone or with those of other returns."""

    _inherit = "oms.return"

    parcel_id = fields.Many2one(
        "oms.return.parcel",
        string="Return Parcel",
        readonly=True,
        copy=False,
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    way_back_payer = fields.Selection(
        [("shop", "We do"), ("customer", "The customer")],
        string="Who Pays the Way Back",
        compute="_compute_way_back",
        compute_sudo=True,
    )
    way_back_fee = fields.Monetary(
        string="Price of the Way Back",
        compute="_compute_way_back",
        compute_sudo=True,
        groups="oms_fulfillment.group_oms_agent,oms_fulfillment.group_oms_finance",
        help="What the policy takes off the refund for it, before tax.",
    )

    @api.depends("kind", "fee_waived", "reason_id", "line_ids.reason_id")
    def _compute_way_back(self):
        Policy = self.env["oms.return.policy"]
        for case in self:
            parts = []
            if case.kind == "customer" and not case.fee_waived and Policy._policies():
                parts = [
                    (
                        case._policy_in_currency(line.sale_line_id),
                        (line.reason_id or case.reason_id).fault,
                    )
                    for line in case.line_ids
                ]
            payer, price = engine.way_back(parts)
            case.way_back_payer = payer
            case.way_back_fee = float(price)

    @api.constrains("parcel_id")
    def _check_parcel(self):
        for case in self.filtered("parcel_id"):
            buyers = case.parcel_id.sudo().return_ids.order_id.partner_id.commercial_partner_id
            if len(buyers) > 1:
                raise OmsRefusal(
                    "other_buyer",
                    self.env._(
                        "%(parcel)s holds returns of %(buyers)s.",
                        parcel=case.parcel_id.name,
                        buyers=", ".join(buyers.mapped("name")),
                    ),
                    field="return",
                    next_step=self.env._("One parcel is of one customer; make two."),
                )

    def _way_back_warehouse(self):
        """The warehouse from which most of the goods left: there they come back."""
        # sudo: whoever decides about a return need not read transfers.
        moves = self.sudo().line_ids.sale_line_id.move_ids.filtered(
            lambda move: move.state == "done" and move.location_dest_id._is_outgoing()
        )
        return moves.picking_type_id.warehouse_id[:1] or self.order_id.sudo().warehouse_id[:1]

    def _put_in_parcel(self, **vals):
        """Return the one parcel in which all these returns come; it is made when there is none.

        :raise OmsRefusal: ``goods_arrived``, ``goods_stay``, ``other_buyer``, ``other_parcel``
        """
        parcel = self.parcel_id
        for case in self:
            case._ensure_travels()
        if len(parcel) > 1:
            raise OmsRefusal(
                "other_parcel",
                self.env._(
                    "%(returns)s are announced in %(parcels)s.",
                    returns=", ".join(self.mapped("name")),
                    parcels=", ".join(parcel.mapped("name")),
                ),
                field="returns",
                next_step=self.env._("Name returns of one parcel, or such without."),
            )
        # sudo: a parcel follows from the returns, which the callers may decide about.
        if not parcel:
            order = self.order_id.sudo()[:1]
            parcel = (
                self.env["oms.return.parcel"]
                .sudo()
                .create(
                    {
                        "company_id": order.company_id.id,
                        "warehouse_id": self[:1]._way_back_warehouse().id,
                        "partner_id": order.partner_id.commercial_partner_id.id,
                    }
                )
            )
        (self - parcel.sudo().return_ids).sudo().write({"parcel_id": parcel.id})
        if vals:
            parcel.sudo().write(vals)
        return parcel.with_env(self.env)

    def _ensure_travels(self):
        if self.goods_stay:
            raise OmsRefusal(
                "goods_stay",
                self.env._("The goods of %(name)s stay with the customer.", name=self.name),
                field="return",
                next_step=self.env._("Nothing comes back; there is nothing to book."),
            )
        if self.state not in NOT_HERE and not self.parcel_id:
            raise OmsRefusal(
                "goods_arrived",
                self.env._("The goods of %(name)s are not on their way any more.", name=self.name),
                field="return",
                next_step=self.env._("A parcel is announced before the goods are received."),
            )

    # ACTIONS

    def action_parcel(self):
        """Button: open the parcel of the way back; these returns come in one."""
        self._ensure_role("group_oms_agent", "group_oms_courier", "group_oms_warehouse")
        return self._put_in_parcel()._get_records_action(name=self.env._("Return Parcel"))


class OmsReturnLine(models.Model):
    _inherit = "oms.return.line"

    parcel_id = fields.Many2one(
        related="return_id.parcel_id", store=True, index="btree_not_null", string="Return Parcel"
    )
