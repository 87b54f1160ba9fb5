from odoo import api, fields, models
from odoo.tools import format_amount, formatLang


class OmsSourcingDecision(models.Model):
    """Where an order ships from, and what spoke for and against each warehouse at that moment."""

    _name = "oms.sourcing.decision"
    _description = "Sourcing Decision"
    _order = "id desc"
    _rec_name = "order_id"

    order_id = fields.Many2one("sale.order", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="order_id.company_id", store=True, index=True)
    rule_id = fields.Many2one("oms.sourcing.rule", ondelete="set null", index="btree_not_null")
    at = fields.Datetime(required=True, default=fields.Datetime.now)
    strategy = fields.Char(help="How the rule put the warehouses in order.")
    manual = fields.Boolean(help="A person had chosen the warehouse.")
    rivals = fields.Integer(help="Orders that wanted the same units at the same moment.")
    reasons = fields.Json(
        help="[{warehouse, name, code, has, of, units, cost, km, late}], the chosen ones first."
    )
    text = fields.Text(compute="_compute_text")

    @api.depends("reasons")
    @api.depends_context("lang")
    def _compute_text(self):
        for decision in self:
            decision.text = "\n".join(decision._sentences())

    def _sentences(self):
        """One sentence per warehouse, in the language of the reader."""
        return [self._sentence(reason) for reason in self.reasons or ()]

    def _sentence(self, reason):
        values = {
            "warehouse": reason["name"],
            "has": self._units(reason["has"]),
            "of": self._units(reason["of"]),
            "units": self._units(reason["units"]),
            "price": self._price(reason),
        }
        if self.manual and reason["units"]:
            return self.env._(
                "%(warehouse)s: chosen by a person (%(has)s of %(of)s units there).", **values
            )
        return self._templates()[reason["code"]] % values

    def _templates(self):
        """What each code says, as text with placeholders."""
        return {
            "alone": self.env._("%(warehouse)s: the only warehouse that the rule allows."),
            "best": self.env._("%(warehouse)s: has all %(of)s units; %(price)s."),
            "together": self.env._(
                "%(warehouse)s: ships %(units)s of %(of)s units, since no single warehouse has all."
            ),
            "waits": self.env._(
                "%(warehouse)s: %(units)s of %(of)s units ship from here; what is short waits here."
            ),
            "short": self.env._("Not %(warehouse)s: has only %(has)s of %(of)s units."),
            "given": self.env._(
                "Not %(warehouse)s: its units go to orders that were promised theirs earlier, or "
                "that only it can serve."
            ),
            "late": self.env._("Not %(warehouse)s: from there it would leave after its deadline."),
            "full": self.env._("Not %(warehouse)s: it has as many orders as it can ship today."),
            "dearer": self.env._("Not %(warehouse)s: %(price)s."),
            "later": self.env._("Not %(warehouse)s: as good, and later in the list."),
        }

    def _units(self, units):
        return formatLang(self.env, units, digits=0 if float(units).is_integer() else 2)

    def _price(self, reason):
        """What the rule's strategy looks at, for one warehouse."""
        if self.strategy == "cost":
            amount = format_amount(self.env, reason["cost"], self.company_id.currency_id)
            return self.env._("a parcel costs %(amount)s", amount=amount)
        if self.strategy == "distance":
            if reason["km"] is None:
                return self.env._("how far it is, is not known")
            return self.env._("%(km)s km to the customer", km=self._units(round(reason["km"])))
        if self.strategy == "stock":
            return self.env._("most or least stock decides")
        return self.env._("number %(place)s of the list", place=self._units(reason["cost"]))
