from odoo import api, fields, models
from odoo.tools.sql import column_exists, create_column


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    oms_order_id = fields.Many2one(
        "sale.order",
        string="Managed Order",
        compute="_compute_oms_order_id",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        copy=False,
        help="The order of a sales channel that this item belongs to. A settlement has one item "
        "per order, so every rupiah of it is on an order.",
    )
    oms_settlement_line_id = fields.Many2one(
        "oms.settlement.line", string="Settlement Line", index="btree_not_null", copy=False
    )
    oms_fee_family = fields.Char(string="Fee Family", copy=False)

    def _auto_init(self):
        # Journal items that are older than this addon have no managed order: an empty column
        # saves computing millions of rows at installation.
        if not column_exists(self.env.cr, self._table, "oms_order_id"):
            create_column(self.env.cr, self._table, "oms_order_id", "int4")
        return super()._auto_init()

    @api.depends("move_id.oms_order_id")
    def _compute_oms_order_id(self):
        for line in self:
            if line.move_id.oms_order_id:
                line.oms_order_id = line.move_id.oms_order_id
            elif not line.oms_order_id:
                line.oms_order_id = False
