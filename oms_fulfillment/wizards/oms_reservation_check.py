from odoo import Command, api, fields, models


class OmsReservationCheck(models.TransientModel):
    """The window in which a manager sees what is wrong with reservations, and repairs it."""

    _name = "oms.reservation.check"
    _description = "Check of Reservations"

    line_ids = fields.One2many("oms.reservation.check.line", "check_id", readonly=True)
    done = fields.Boolean(readonly=True)
    released = fields.Char(string="Wait Again", readonly=True)

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        if "line_ids" in fields_list:
            values["line_ids"] = self._lines(self.env["oms.allocator"].check())
        return values

    @api.model
    def _lines(self, findings):
        keys = ("code", "product_id", "location_id", "on_hand", "reserved", "in_transfers")
        return [Command.create({key: item[key] for key in keys}) for item in findings]

    def action_repair(self):
        self.ensure_one()
        answer = self.env["oms.allocator"].repair()
        self.write(
            {
                "done": True,
                "released": ", ".join(answer["released"]),
                "line_ids": [Command.clear(), *self._lines(answer["left"])],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "name": self.env._("Check of Reservations"),
        }


class OmsReservationCheckLine(models.TransientModel):
    _name = "oms.reservation.check.line"
    _description = "Reservation That Can't Be True"

    check_id = fields.Many2one("oms.reservation.check", required=True, ondelete="cascade")
    code = fields.Selection(
        [
            ("over_reserved", "More reserved than on hand"),
            ("no_transfer", "Reserved by no transfer"),
            ("drift", "Stock and transfers disagree"),
            ("negative_reserved", "Less than nothing reserved"),
            ("negative_stock", "Stock below zero: count it"),
        ],
        string="Finding",
        readonly=True,
    )
    product_id = fields.Many2one("product.product", readonly=True)
    location_id = fields.Many2one("stock.location", readonly=True)
    on_hand = fields.Float(digits="Product Unit", readonly=True)
    reserved = fields.Float(digits="Product Unit", readonly=True)
    in_transfers = fields.Float(string="By Transfers", digits="Product Unit", readonly=True)
