from odoo import fields, models


class StockWarehouse(models.Model):
    _inherit = "stock.warehouse"

    oms_return_location_id = fields.Many2one(
        "stock.location",
        string="Return Location",
        check_company=True,
        domain="[('usage', '=', 'internal')]",
        help="Where returned goods wait for their inspection. It lies beside the stock, not in it, "
        "so nothing there can be promised to anybody.",
    )

    oms_provider_id = fields.Many2one(
        "res.partner",
        string="3PL",
        help="The logistics partner who runs this warehouse for us; empty for our own.",
    )
    oms_provider_auto = fields.Boolean(
        string="Send by Itself",
        default=True,
        help="Work goes to the 3PL as soon as its stock is reserved and no hold keeps it.",
    )
    oms_answer_hours = fields.Float(
        string="3PL Answers Within (hours)",
        default=4.0,
        help="A request without an answer after this time is shown as overdue.",
    )
    _oms_answer_positive = models.Constraint(
        "CHECK(oms_answer_hours >= 0)", lambda env, diag: env._("Hours can't be negative.")
    )

    def _oms_get_return_location(self):
        """Return the location for returned goods; it is created when it is needed first."""
        self.ensure_one()
        if not self.oms_return_location_id:
            # sudo: the set-up of the warehouse, whoever is the first to approve a return.
            warehouse = self.sudo()
            staff = self.company_id._oms_in_language(self)
            warehouse.oms_return_location_id = (
                self.env["stock.location"]
                .sudo()
                .create(
                    {
                        "name": staff.env._("Returns"),
                        "usage": "internal",
                        "location_id": warehouse.view_location_id.id,
                        "company_id": warehouse.company_id.id,
                    }
                )
            )
        return self.oms_return_location_id
