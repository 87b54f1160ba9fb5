from odoo import fields, models


class OmsProviderAnswer(models.TransientModel):
    """Write down what a 3PL said on the telephone or by mail."""

    _name = "oms.provider.answer"
    _description = "Answer of a 3PL"

    fulfillment_ids = fields.Many2many("oms.fulfillment", string="Fulfilments", required=True)
    answer = fields.Selection(
        [
            ("accept", "Takes the work"),
            ("reject", "Does not do it"),
            ("stop", "Stops, as we asked"),
            ("go_on", "Does not stop"),
        ],
        required=True,
        default="accept",
    )
    reason_id = fields.Many2one("oms.reject.reason")
    reference = fields.Char(string="3PL Reference")
    note = fields.Char(string="Note of the 3PL")

    def action_record(self):
        """Take the transition on all of the fulfilments, or on none."""
        self.ensure_one()
        self.fulfillment_ids._check_work_access()
        self.fulfillment_ids.check_access("write")
        # sudo: the role was checked; the transition checks the rest.
        works = self.fulfillment_ids.sudo()
        if self.answer == "accept":
            works._set_accepted_by_provider(self.note, self.reference)
        elif self.answer == "reject":
            works._set_rejected(self.reason_id, self.note)
        elif self.answer == "stop":
            works._set_cancellation_accepted(self.note)
        else:
            works._set_cancellation_rejected(self.note)
        return {"type": "ir.actions.act_window_close"}
