from odoo import fields, models

from .oms_return_finding import DISPOSITIONS


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

    def _oms_get_aside_location(self, disposition):
        """Return the place beside the stock for goods of one ``disposition``."""
        self.ensure_one()
        return self._oms_get_place(disposition, "internal", self._oms_get_return_location())

    def _oms_get_loss_location(self):
        """Return the place to which goods are written off; its account takes their value."""
        self.ensure_one()
        return self._oms_get_place("scrap", "inventory", self.env["stock.location"])

    def _oms_get_place(self, disposition, usage, parent):
        # sudo: the set-up of the warehouse, whoever is the first to inspect a return.
        Location = self.env["stock.location"].sudo()
        own = [
            ("company_id", "=", self.company_id.id),
            ("oms_disposition", "=", disposition),
            ("usage", "=", usage),
        ]
        found = Location.search([*own, ("location_id", "child_of", parent.ids)] if parent else own)
        if found:
            return found[0].sudo(False)
        staff = self.company_id._oms_in_language(self)
        labels = dict(DISPOSITIONS)
        if staff.env.lang:
            field = staff.env["oms.return.finding"]._fields["disposition"]
            labels = dict(field._description_selection(staff.env))
        name = staff.env._("Return Losses") if usage == "inventory" else labels[disposition]
        vals = {
            "name": name,
            "usage": usage,
            "company_id": self.company_id.id,
            "oms_disposition": disposition,
            "location_id": parent.id,
        }
        if usage == "inventory":
            # As Odoo's own loss location, from which it can be told apart in the ledger later.
            known = Location.search(
                [
                    ("company_id", "=", self.company_id.id),
                    ("usage", "=", "inventory"),
                    ("valuation_account_id", "!=", False),
                ],
                limit=1,
            )
            vals["valuation_account_id"] = known.valuation_account_id.id
            vals["location_id"] = known.location_id.id
        return Location.create(vals).sudo(False)


class StockLocation(models.Model):
    _inherit = "stock.location"

    oms_disposition = fields.Selection(
        DISPOSITIONS,
        string="For Returned Goods",
        help="Where the inspection of returns puts goods with that verdict.",
    )
