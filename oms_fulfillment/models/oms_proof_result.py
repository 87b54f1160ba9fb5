from odoo import api, fields, models


class OmsProofResult(models.Model):
    _name = "oms.proof.result"
    _description = "Result of a Conservation Proof"
    _order = "at desc, id desc"
    _rec_name = "at"

    at = fields.Datetime(required=True, default=fields.Datetime.now, readonly=True)
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company, index=True)
    user_id = fields.Many2one("res.users", default=lambda self: self.env.user)
    violation_count = fields.Integer(readonly=True)
    violations = fields.Json(readonly=True)
    summary = fields.Text(compute="_compute_summary")

    @api.depends("violations")
    def _compute_summary(self):
        for result in self:
            messages = [violation["message"] for violation in result.violations or ()]
            result.summary = "\n".join(messages) or self.env._(
                "Every unit and every amount is accounted for."
            )

    @api.model
    def prove(self):
        """Run the proof and keep its result."""
        violations = self.env.company._oms_in_language(self.env["oms.proof"]).run()
        # sudo: readers may run the proof; its results are written by nobody else.
        return self.sudo().create({"violations": violations, "violation_count": len(violations)})

    @api.model
    def action_prove(self):
        """Button: prove now and show the result."""
        result = self.prove()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Conservation Proof"),
            "res_model": self._name,
            "res_id": result.id,
            "view_mode": "form",
        }
