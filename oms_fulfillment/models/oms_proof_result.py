from odoo import api, fields, models

from .oms_proof import BOOKS


class OmsProofResult(models.Model):
    _name = "oms.proof.result"
    _description = "Result of a Conservation Proof"
    _order = "at desc, id desc"
    _rec_name = "at"

    at = fields.Datetime(required=True, default=fields.Datetime.now, readonly=True)
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company, index=True)
    user_id = fields.Many2one("res.users", default=lambda self: self.env.user)
    violation_count = fields.Integer(readonly=True)
    violations = fields.Json(readonly=True, groups=",".join(BOOKS))
    summary = fields.Text(compute="_compute_summary")

    @api.depends("violations")
    @api.depends_context("uid")
    def _compute_summary(self):
        for result in self:
            result.summary = "\n".join(result._messages()) or self.env._(
                "Every unit and every amount is accounted for."
            )

    def _messages(self):
        """What the caller may know of what was found, one sentence each."""
        # sudo: amounts are taken out for who may not read the books.
        violations = [one for result in self.sudo() for one in result.violations or ()]
        return [violation["message"] for violation in self.env["oms.proof"]._told(violations)]

    @api.model
    def prove(self):
        """Run the proof of each of the caller's companies and keep the results.

        :return: the result of the company where most is wrong
        """
        self.env["oms.proof"]._check_reader()
        return self._prove(self.env.companies)[-1].sudo(self.env.su)

    @api.model
    def _prove(self, companies):
        """One result per company, so that nobody reads of another one; the worst is the latest,
        which is the one that boards of several companies show."""
        found = []
        for company in companies:
            proof = self.env["oms.proof"].with_context(allowed_company_ids=company.ids)
            found.append((company, company._oms_in_language(proof)._run()))
        found.sort(key=lambda item: len(item[1]))
        # sudo: readers may run the proof; its results are written by nobody else.
        return self.sudo().create(
            [
                {
                    "company_id": company.id,
                    "violations": violations,
                    "violation_count": len(violations),
                }
                for company, violations in found
            ]
        )

    @api.model
    def _latest(self, companies):
        """The latest result of each of these companies, the worst first."""
        newest = self._read_group(
            [("company_id", "in", [False, *companies.ids])], ["company_id"], ["id:max"]
        )
        results = self.browse(result_id for _company, result_id in newest)
        return results.sorted(lambda result: (-result.violation_count, -result.id))

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
