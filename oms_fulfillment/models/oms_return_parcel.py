from odoo import api, fields, models

from ..exceptions import OmsRefusal
from .oms_return import VOID

STATES = [
    ("announced", "Announced"),
    ("arrived", "Arrived, to receive"),
    ("unclaimed", "Without a return"),
    ("done", "Done"),
    ("cancelled", "Cancelled"),
]
TO_RECEIVE = ("approved", "in_transit")


class OmsReturnParcel(models.Model):
    """One parcel of goods that come back: announced or not, with goods of one order or of several.

    It is received once. What becomes of the goods and of the money stays with the returns in it.
    """

    _name = "oms.return.parcel"
    _description = "Return Parcel"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(required=True, readonly=True, copy=False, default="/")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    warehouse_id = fields.Many2one(
        "stock.warehouse", required=True, readonly=True, index=True, check_company=True
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", readonly=True, index="btree_not_null"
    )
    resi = fields.Char(copy=False, index="btree_not_null", tracking=True)
    courier_name = fields.Char(string="Courier's Name", copy=False)
    return_ids = fields.One2many("oms.return", "parcel_id", string="Returns", readonly=True)
    return_line_ids = fields.One2many("oms.return.line", "parcel_id", string="Announced Goods")
    order_names = fields.Char(string="Orders", compute="_compute_order_names", compute_sudo=True)
    state = fields.Selection(STATES, compute="_compute_state", store=True, index=True)
    to_inspect = fields.Boolean(compute="_compute_to_inspect")
    arrived_at = fields.Datetime(readonly=True, copy=False, tracking=True)
    note = fields.Text()

    _arrived_idx = models.Index("(company_id, arrived_at) WHERE state IN ('arrived', 'unclaimed')")

    # COMPUTES

    @api.depends("return_ids.order_id.name")
    def _compute_order_names(self):
        for parcel in self:
            parcel.order_names = ", ".join(parcel.return_ids.order_id.sorted("id").mapped("name"))

    @api.depends("arrived_at", "return_ids.state", "line_ids.units_left")
    def _compute_state(self):
        for parcel in self:
            parcel.state = parcel._state_now()

    def _state_now(self):
        if any(line.units_left > 0 for line in self.line_ids):
            return "unclaimed"
        cases = self.return_ids.filtered(lambda case: case.state not in VOID)
        if cases and all(case.received_at for case in cases):
            return "done"
        if not cases and self.line_ids:
            return "done"
        if self.arrived_at:
            # Also where nobody wants the return any more: the goods are here.
            return "arrived"
        return "cancelled" if self.return_ids and not cases else "announced"

    @api.depends("return_ids.state")
    def _compute_to_inspect(self):
        for parcel in self:
            parcel.to_inspect = "received" in parcel.return_ids.mapped("state")

    # CRUD

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._clean(vals)
            if vals.get("name", "/") == "/":
                sequence = self.env["ir.sequence"].with_company(vals["company_id"])
                vals["name"] = sequence.next_by_code("oms.return.parcel") or "/"
        return super().create(vals_list)

    def write(self, vals):
        return super().write(self._clean(dict(vals)))

    @api.model
    def _clean(self, vals):
        if vals.get("resi"):
            vals["resi"] = self._clean_number(vals["resi"])
        return vals

    @api.model
    def _clean_number(self, text):
        """Numbers are compared as scanners send them: capitals, without spaces."""
        return "".join(str(text or "").split()).upper()[:80]

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise OmsRefusal(
            "kept",
            self.env._(
                "Return parcels are kept (%(names)s).", names=", ".join(self.mapped("name"))
            ),
            next_step=self.env._("Cancel the returns in it instead."),
        )

    # ARRIVAL

    def _set_arrived(self, at=None):
        """Record that these parcels are here; return those of which nobody knew it."""
        new = self.filtered(lambda parcel: not parcel.arrived_at)
        new.write({"arrived_at": at or fields.Datetime.now()})
        return new

    def _cases_to_receive(self):
        return self.return_ids.filtered(lambda case: case.state in TO_RECEIVE)

    def _do_receive(self, received=None):
        """Receive the returns in this parcel, all at once.

        :param dict received: ``{return line: units}``; a line that is not in it did not come;
            default: everything came as announced
        :raise OmsRefusal: ``nothing_to_receive``, and those of the returns
        """
        self.ensure_one()
        cases = self._cases_to_receive()
        if not cases:
            raise OmsRefusal(
                "nothing_to_receive",
                self.env._("No return in %(name)s waits to be received.", name=self.name),
                field="parcel",
                next_step=self.env._(
                    "Approve its returns first, or take the goods in without a return."
                ),
            )
        # sudo: the arrival follows from the receipt, whose role the callers checked.
        self.sudo()._set_arrived()
        for case in cases:
            case._do_receive(
                {
                    line: line.quantity if received is None else received.get(line, 0.0)
                    for line in case.line_ids
                }
            )
        return cases

    # ACTIONS

    def action_receive(self):
        """Button: receive what the lines say; where none says anything, all came as announced."""
        for parcel in self:
            self.env["oms.return"]._ensure_role("group_oms_warehouse")
            lines = parcel._cases_to_receive().line_ids
            typed = {line: line.received for line in lines if line.received}
            parcel._do_receive(typed or None)
        return True

    def action_arrived(self):
        """Button: it is here; it will be opened later."""
        self.env["oms.return"]._ensure_role("group_oms_warehouse", "group_oms_courier")
        self.check_access("write")
        # sudo: the role was checked.
        self.sudo()._set_arrived()
        return True

    def action_inspect(self):
        """Button: inspect all that came in this parcel, in one go."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "oms_fulfillment.action_oms_return_inspect"
        )
        return {**action, "context": {"default_parcel_id": self.id}}
