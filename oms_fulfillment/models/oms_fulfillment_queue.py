from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .oms_fulfillment import OPEN_STATES


class OmsFulfillment(models.Model):
    """What the warehouse sorts its work by."""

    _inherit = "oms.fulfillment"

    single_line = fields.Boolean(
        string="One Product",
        compute="_compute_single_line",
        compute_sudo=True,
        search="_search_single_line",
        help="Everything in it is one product: picked together, packed without a list.",
    )
    batch_id = fields.Many2one(related="picking_id.batch_id", string="Batch")

    @api.depends("picking_id.move_ids.product_id", "picking_id.move_ids.state")
    def _compute_single_line(self):
        for work in self:
            moves = work.picking_id.move_ids.filtered(lambda move: move.state != "cancel")
            work.single_line = len(moves.product_id) == 1

    def _search_single_line(self, operator, value):
        if operator != "in":
            return NotImplemented
        if len(value) > 1:
            return Domain.TRUE
        query = SQL(
            """(SELECT work.id
                  FROM oms_fulfillment work
                  JOIN stock_move move ON move.picking_id = work.picking_id
                                      AND move.state != 'cancel'
                 WHERE work.state = ANY(%s)
              GROUP BY work.id
                HAVING COUNT(DISTINCT move.product_id) = 1)""",
            list(OPEN_STATES),
        )
        found = Domain("id", "in", query)
        return found if True in value else ~found & Domain("state", "in", OPEN_STATES)
