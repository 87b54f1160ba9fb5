from odoo import fields, models


class StockWarehouse(models.Model):
    _inherit = "stock.warehouse"

    oms_provider_id = fields.Many2one(
        "res.partner",
        string="3PL",
        help="The logistics partner who runs this warehouse for us; empty for our own.",
    )
