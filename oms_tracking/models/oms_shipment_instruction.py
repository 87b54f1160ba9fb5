from odoo import api, fields, models

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal

from ..engine.status import FINAL

KINDS = [
    ("reattempt", "Deliver again"),
    ("address", "Deliver to another address"),
    ("hold", "Keep at the counter"),
    ("return", "Send back"),
]


class OmsShipmentInstruction(models.Model):
    """What we told a courier to do with a parcel that it could not deliver."""

    _name = "oms.shipment.instruction"
    _description = "Instruction to the Courier"
    _order = "create_date DESC, id DESC"
    _rec_name = "kind"

    shipment_id = fields.Many2one(
        "oms.shipment", string="Parcel", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="shipment_id.company_id", store=True, index=True)
    courier_id = fields.Many2one(related="shipment_id.courier_id", store=True)
    kind = fields.Selection(KINDS, required=True, default="reattempt")
    wish_date = fields.Date(string="Not Before")
    phone = fields.Char()
    address = fields.Text()
    note = fields.Char()
    text = fields.Text(
        string="For the Courier", compute="_compute_text", help="What to tell the courier."
    )
    state = fields.Selection(
        [("open", "To tell"), ("told", "Told")], required=True, readonly=True, default="open"
    )
    told_at = fields.Datetime(readonly=True)
    told_by_id = fields.Many2one("res.users", readonly=True)

    @api.depends("kind", "wish_date", "phone", "address", "note", "shipment_id.resi")
    def _compute_text(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for instruction in self:
            parcel = instruction.shipment_id
            parts = [
                f"{parcel.resi or parcel.name}: {kinds.get(instruction.kind, '')}",
                instruction.wish_date
                and self.env._("not before %(date)s", date=instruction.wish_date),
                instruction.phone and self.env._("phone %(phone)s", phone=instruction.phone),
                instruction.address,
                instruction.note,
            ]
            instruction.text = ". ".join(filter(None, parts))

    @api.model_create_multi
    def create(self, vals_list):
        instructions = super().create(vals_list)
        for instruction in instructions:
            parcel = instruction.shipment_id
            if parcel.status in FINAL:
                raise OmsRefusal(
                    "final",
                    self.env._(
                        "Parcel %(parcel)s is %(status)s; the courier can do nothing more.",
                        parcel=parcel.name,
                        status=parcel._status_label(),
                    ),
                    next_step=self.env._("File a claim, or open a return."),
                )
            parcel.message_post(
                body=self.env._("To tell the courier: %(text)s", text=instruction.text)
            )
        instructions.shipment_id._instruct(instructions)
        return instructions

    def action_told(self):
        """Button: the courier knows. The parcel leaves the queue until there is news."""
        self.shipment_id._check_desk_access()
        open_ones = self.filtered(lambda instruction: instruction.state == "open")
        open_ones.write(
            {"state": "told", "told_at": fields.Datetime.now(), "told_by_id": self.env.uid}
        )
        open_ones.shipment_id.action_settle_exception()
        return True


class OmsShipment(models.Model):
    _inherit = "oms.shipment"

    def _instruct(self, instructions):
        """Hook: a connector whose courier takes instructions sends them, and calls
        :meth:`OmsShipmentInstruction.action_told` when they arrived. Without one, a person tells
        the courier and presses *Told*."""
