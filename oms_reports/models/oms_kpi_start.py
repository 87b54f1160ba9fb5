from odoo import api, models


class OmsKpi(models.Model):
    """What there is to report about, and what to do as long as there is nothing."""

    _inherit = "oms.kpi"

    @api.model
    @api.readonly
    def get_start(self):
        """Return whether there is anything yet that reports could tell about.

        :return: ``{has_channel, has_orders, has_items, zone, can: {configure, import_orders,
            invoice}}`` of the chosen companies: orders of channels, posted journal items, the time
            zone of the days, and which next step the caller may take
        :raise AccessError: the caller may read neither key figures nor the books
        """
        if not self.env["oms.pnl.line"].has_access("read"):
            self._check_reader()
        mine = [("company_id", "in", self.env.companies.ids)]
        # sudo: whether there are any, no more; the reports have rules of their own.
        orders, items = self.env["sale.order"].sudo(), self.env["account.move.line"].sudo()
        return {
            "has_channel": self.env["oms.channel"]._is_active(),
            "has_orders": bool(orders.search([*mine, ("oms_channel_id", "!=", False)], limit=1)),
            "has_items": bool(items.search([*mine, ("parent_state", "=", "posted")], limit=1)),
            "zone": self.env.company.partner_id.tz or "UTC",
            "can": {
                "configure": self.env["oms.channel"].has_access("create"),
                "import_orders": self.env["oms.import"].has_access("create"),
                "invoice": self.env["account.move"].has_access("create"),
            },
        }
