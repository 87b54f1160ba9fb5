from odoo import fields, models
from odoo.tools import SQL

from ..exceptions import OmsRefusal
from ..trusted import TRUSTED, is_trusted


class StockPicking(models.Model):
    _inherit = "stock.picking"

    oms_fulfillment_ids = fields.One2many(
        "oms.fulfillment",
        "picking_id",
        string="Fulfilment",
        groups="oms_fulfillment.group_oms_user",
    )

    # couriers remit by parcel number
    _oms_tracking_ref_idx = models.Index(
        "(carrier_tracking_ref) WHERE carrier_tracking_ref IS NOT NULL"
    )

    def _oms_outgoing(self):
        """Transfers that bring goods of managed orders to their customers."""
        if not self.env["oms.channel"]._is_active():
            return self.browse()
        return self.filtered(
            lambda picking: picking._oms_is_delivery() and picking.sudo().sale_id.oms_channel_id
        )

    def _oms_is_delivery(self):
        """Whether the transfer hands goods over to a customer: from a warehouse, or from a vendor
        who sends them directly."""
        return self.picking_type_id.code in ("outgoing", "dropship")

    def write(self, vals):
        """Override: a state can be imported, too."""
        if vals.get("state") == "done":
            self._oms_guard_ship()
        return super().write(vals)

    def _pre_action_done_hook(self):
        """A hold stops the goods at the door, whoever validates the transfer."""
        self._oms_guard_ship()
        return super()._pre_action_done_hook()

    def _oms_guard_ship(self):
        """Refuse to let goods go that a hold keeps; lines of which nothing leaves don't matter.

        :raise OmsRefusal: ``on_hold``
        """
        moves = self._oms_outgoing().move_ids.filtered(
            lambda move: move.state not in ("done", "cancel")
        )
        leaving = moves.filtered("quantity")
        if any(move.picked for move in leaving):
            leaving = leaving.filtered("picked")
        (leaving or moves)._oms_guard("ship")

    def action_assign(self):
        """Say it when a hold is the reason why nothing would be reserved.

        :raise OmsRefusal: ``on_hold``
        """
        if not is_trusted(self.env, "oms_backorder"):
            waiting = self._oms_outgoing().move_ids.filtered(
                lambda move: move.state in ("waiting", "confirmed", "partially_available")
            )
            if waiting and waiting == waiting._oms_held("reserve"):
                waiting._oms_guard("reserve")
        return super().action_assign()

    def _create_backorder(self, backorder_moves=None):
        """What stays behind may be held; that is no reason against what leaves."""
        machine = self.with_context(oms_backorder=TRUSTED)
        backorders = super(StockPicking, machine)._create_backorder(backorder_moves)
        return backorders.with_env(self.env)

    def _action_done(self):
        self._oms_guard_ship()
        outgoing = self._oms_outgoing()
        result = super()._action_done()
        if outgoing:
            outgoing._oms_check_not_negative()
            outgoing._oms_check_ordered()
            outgoing._oms_handed_over()
        return result

    def _oms_handed_over(self):
        """Record the times of the hand-over on the fulfilments."""
        # sudo: warehouse operators validate transfers without rights on fulfilments' orders.
        orders = self.sudo().sale_id
        self.env["oms.fulfillment"].sudo()._create_missing(orders)
        work = self.sudo().oms_fulfillment_ids.filtered(lambda work: not work.handed_over_at)
        work._set_handed_over(fields.Datetime.now())
        orders._oms_touch()

    def _oms_check_not_negative(self):
        """Refuse to hand over goods that are not there.

        :raise OmsRefusal: ``not_in_stock``
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT picking.name, quant.product_id, quant.location_id, SUM(quant.quantity)
                  FROM stock_picking picking
                  JOIN stock_move_line line ON line.picking_id = picking.id
                  JOIN stock_quant quant ON quant.product_id = line.product_id
                                        AND quant.location_id = line.location_id
                  JOIN stock_location location ON location.id = quant.location_id
                 WHERE picking.id = ANY(%s) AND location.usage = 'internal'
              GROUP BY picking.name, quant.product_id, quant.location_id, line.id
                HAVING SUM(quant.quantity) < -0.000001
                 LIMIT 1
                """,
                list(self.ids),
            )
        )
        for picking_name, product_id, location_id, quantity in rows:
            product = self.env["product.product"].browse(product_id)
            raise OmsRefusal(
                "not_in_stock",
                self.env._(
                    "%(picking)s would leave %(quantity)s of %(product)s in %(location)s.",
                    picking=picking_name,
                    quantity=f"{quantity:g}",
                    product=product.display_name,
                    location=self.env["stock.location"].browse(location_id).display_name,
                ),
                next_step=self.env._("Count the stock, or ship only what is reserved."),
            )

    def _oms_check_ordered(self):
        """Refuse to hand over more than the customer ordered: the order was changed meanwhile, or
        somebody counted wrongly.

        :raise OmsRefusal: ``more_than_ordered``
        """
        # sudo: whoever validates transfers need not read their orders.
        lines = self.sudo().move_ids.filtered(lambda move: move.state == "done").sale_line_id
        for line_id, units in lines._oms_buckets().items():
            line = lines.browse(line_id)
            wanted = units.ordered - line.oms_qty_cancelled
            if line.product_uom_id.compare(units.handed_over, wanted) <= 0:
                continue
            raise OmsRefusal(
                "more_than_ordered",
                self.env._(
                    "%(units)s × %(product)s would have left for %(order)s, which wants "
                    "%(wanted)s.",
                    units=f"{units.handed_over:g}",
                    product=line.product_id.display_name,
                    order=line.order_id.name,
                    wanted=f"{wanted:g}",
                ),
                next_step=self.env._(
                    "Take the surplus out of the parcel and correct the transfer, or raise the "
                    "quantity on the order."
                ),
            )
