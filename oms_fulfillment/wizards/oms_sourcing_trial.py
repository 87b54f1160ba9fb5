from odoo import api, fields, models

LIMIT = 500


class OmsSourcingTrial(models.TransientModel):
    """Which warehouse open orders would get, and why; nothing is changed."""

    _name = "oms.sourcing.trial"
    _description = "Trial of the Sourcing Rules"

    looked_at = fields.Integer(string="Open Orders", readonly=True)
    complete = fields.Integer(readonly=True)
    split = fields.Integer(readonly=True)
    elsewhere = fields.Integer(string="Not From Their Own Warehouse", readonly=True)
    truncated = fields.Boolean(readonly=True)
    line_ids = fields.One2many("oms.sourcing.trial.line", "trial_id", readonly=True)

    @api.model
    def _make(self, rules):
        """Source all open orders together, as if they were confirmed now.

        Orders that nobody confirmed yet, and what confirmed ones still wait for.
        """
        orders = self._open_orders(rules.company_id)
        wanted = {}
        for line_id, units in orders.order_line._oms_buckets().items():
            line = orders.order_line.browse(line_id)
            if units.unallocated > 0 and line._oms_is_sourced():
                wanted[line] = units.unallocated
        active = rules.sudo()._of_company(rules.company_id)
        _plan, decisions = orders._oms_decide(wanted, (active | rules.sudo()).sorted("sequence"))
        lines = [self._prepare_line(values) for values in decisions]
        return self.create(
            {
                "looked_at": len(orders),
                "complete": sum(not line["short"] for line in lines),
                "split": sum(line["places"].count(",") > 0 for line in lines),
                "elsewhere": sum(line["elsewhere"] for line in lines),
                "truncated": len(orders) == LIMIT,
                "line_ids": [fields.Command.create(line) for line in lines],
            }
        )

    @api.model
    def _open_orders(self, company):
        return self.env["sale.order"].search(
            [
                ("company_id", "=", company.id),
                ("oms_channel_id", "!=", False),
                ("oms_stage_id.code", "in", ("placement", "processing", "inventory_check")),
            ],
            order="oms_promise_current, id",
            limit=LIMIT,
        )

    @api.model
    def _prepare_line(self, values):
        chosen = [reason for reason in values["reasons"] if reason["units"]]
        order = self.env["sale.order"].browse(values["order_id"])
        names = ", ".join(reason["name"] for reason in chosen)
        # A record that is never stored says it in words.
        decision = self.env["oms.sourcing.decision"].new(values)
        return {
            "order_id": order.id,
            "rule_id": values["rule_id"],
            "places": names,
            "short": any(reason["code"] == "waits" for reason in chosen),
            "elsewhere": any(reason["warehouse"] != order.warehouse_id.code for reason in chosen),
            "text": "\n".join(decision._sentences()),
        }


class OmsSourcingTrialLine(models.TransientModel):
    """One order and where it would ship from."""

    _name = "oms.sourcing.trial.line"
    _description = "Order in a Sourcing Trial"

    trial_id = fields.Many2one("oms.sourcing.trial", required=True, ondelete="cascade")
    order_id = fields.Many2one("sale.order", required=True, ondelete="cascade")
    recipient = fields.Char(related="order_id.oms_recipient")
    rule_id = fields.Many2one("oms.sourcing.rule", ondelete="set null")
    places = fields.Char(string="Would Ship From")
    short = fields.Boolean(string="Waits")
    elsewhere = fields.Boolean(string="Not Its Own Warehouse")
    text = fields.Text(string="Why")
