from odoo import SUPERUSER_ID, api, models
from odoo.tools import SQL

from ..exceptions import OmsRefusal

EPSILON = 1e-6


class OmsAllocator(models.AbstractModel):
    """Finds reservations that can't be true, and repairs them."""

    _inherit = "oms.allocator"

    @api.model
    def check(self):
        """Compare what the stock says is reserved with what the transfers say, place by place.

        :return: list of ``{code, product_id, product, location_id, location, on_hand, reserved,
            in_transfers, message}`` in the product's own unit; ``code`` is ``over_reserved`` (more
            than is on hand), ``no_transfer`` (reserved, but by no transfer), ``drift`` (stock and
            transfers disagree), ``negative_reserved`` or ``negative_stock``; an empty list is good
        :raise OmsRefusal: ``access``
        """
        self._check_manager()
        return self.with_user(SUPERUSER_ID)._check()

    @api.model
    def repair(self):
        """Make what the stock says agree with the transfers, then free what is promised twice.

        The transfers are right about who has what; where together they have more than is on hand,
        the youngest promises let go first, and wait again. Repeating it changes nothing. Stock
        below zero is left: only a count can say what is there.

        :return: ``{found: [...], left: [...], released: [names of transfers]}``, as :meth:`check`
        :raise OmsRefusal: ``access``
        """
        self._check_manager()
        allocator = self.with_user(SUPERUSER_ID)
        found = allocator._check()
        products = self.env["product.product"].browse({item["product_id"] for item in found})
        if not products:
            return {"found": [], "left": [], "released": []}
        allocator._lock_products(products)
        allocator._lock_quants(products.ids)
        allocator._sync_reserved(products.ids)
        released = allocator._release_surplus(products.ids)
        allocator._enqueue(products)
        self.env["sale.order"]._oms_refresh_touched()
        return {"found": found, "left": allocator._check(), "released": released}

    @api.model
    def _check_manager(self):
        if not self.env.su and not self.env.user.has_group("oms_fulfillment.group_oms_manager"):
            raise OmsRefusal(
                "access",
                self.env._("%(user)s may not check reservations.", user=self.env.user.name),
                next_step=self.env._("Ask somebody with the role OMS: Manager."),
            )

    @api.model
    def _check(self):
        self.env.flush_all()
        products, places = self.env["product.product"], self.env["stock.location"]
        findings = []
        for (
            product_id,
            place_id,
            on_hand,
            reserved,
            in_transfers,
            negative,
        ) in self.env.execute_query(self._check_query()):
            product, place = products.browse(product_id), places.browse(place_id)
            code = self._finding(on_hand, reserved, in_transfers, negative)
            values = {
                "product": product.display_name,
                "location": place.display_name,
                "on_hand": on_hand,
                "reserved": reserved,
                "in_transfers": in_transfers,
            }
            findings.append(
                {
                    "code": code,
                    "product_id": product_id,
                    "location_id": place_id,
                    **values,
                    "message": self.env._(
                        "%(product)s in %(location)s: %(on_hand)s on hand, %(reserved)s reserved, "
                        "%(in_transfers)s of them by transfers.",
                        **{
                            key: f"{value:g}" if isinstance(value, float) else value
                            for key, value in values.items()
                        },
                    ),
                }
            )
        return findings

    @api.model
    def _finding(self, on_hand, reserved, in_transfers, negative):
        if negative:
            return "negative_reserved"
        if abs(reserved - in_transfers) > EPSILON:
            return "drift" if in_transfers > EPSILON else "no_transfer"
        return "over_reserved" if reserved > max(on_hand, 0.0) + EPSILON else "negative_stock"

    @api.model
    def _check_query(self):
        """Rows ``(product, place, on hand, reserved, in transfers, negative)`` that can't be."""
        return SQL(
            """
            WITH stock AS (
                SELECT product_id, location_id, SUM(quantity) AS on_hand,
                       SUM(reserved_quantity) AS reserved,
                       BOOL_OR(reserved_quantity < -%(noise)s) AS negative
                  FROM stock_quant GROUP BY product_id, location_id
            ), transfer AS (
                %(lines)s
            ), known AS (
                SELECT product_id, location_id, COALESCE(on_hand, 0)::float AS on_hand,
                       COALESCE(reserved, 0)::float AS reserved, COALESCE(units, 0)::float AS units,
                       COALESCE(negative, false) AS negative
                  FROM stock FULL JOIN transfer USING (product_id, location_id)
            )
            SELECT known.product_id, place.id, on_hand, reserved, units, negative
              FROM known
              JOIN stock_location place ON place.id = known.location_id
             WHERE place.usage IN ('internal', 'transit')
               AND (ABS(reserved - units) > %(noise)s
                    OR reserved > GREATEST(on_hand, 0) + %(noise)s
                    OR on_hand < -%(noise)s
                    OR negative)
          ORDER BY known.product_id, place.id
            """,
            noise=EPSILON,
            lines=self._reserving_query(SQL("product_id, location_id")),
        )

    @api.model
    def _reserving_query(self, keys, product_ids=None):
        """What open transfers have reserved, by ``keys``, in the product's own unit."""
        return SQL(
            "SELECT %(keys)s, SUM(line.quantity_product_uom) AS units FROM ("
            " SELECT line.*, product.is_storable_now FROM stock_move_line line"
            "   JOIN (SELECT product.id, template.is_storable AS is_storable_now"
            "           FROM product_product product"
            "           JOIN product_template template ON template.id = product.product_tmpl_id"
            "        ) AS product ON product.id = line.product_id"
            "  WHERE line.state NOT IN ('done', 'cancel', 'draft') %(products)s"
            ") AS line WHERE is_storable_now GROUP BY %(keys)s",
            keys=keys,
            products=SQL("AND line.product_id = ANY(%s)", list(product_ids))
            if product_ids is not None
            else SQL(),
        )

    @api.model
    def _sync_reserved(self, product_ids):
        """Write on the quants of these products what the transfers have reserved.

        The largest quant of a place, lot, package and owner takes it all, the others nothing.
        """
        keys = SQL("product_id, location_id, lot_id, package_id, owner_id")
        self.env.cr.execute(
            SQL(
                """
                WITH wanted AS (%(lines)s), ranked AS (
                    SELECT id, product_id, location_id, lot_id, package_id, owner_id,
                           ROW_NUMBER() OVER (PARTITION BY %(keys)s
                                              ORDER BY quantity DESC, id) AS place
                      FROM stock_quant WHERE product_id = ANY(%(products)s))
                UPDATE stock_quant quant
                   SET reserved_quantity =
                       CASE WHEN ranked.place = 1 THEN COALESCE(wanted.units, 0) ELSE 0 END
                  FROM ranked
             LEFT JOIN wanted
                    ON (wanted.product_id, wanted.location_id) = (ranked.product_id,
                                                                  ranked.location_id)
                   AND wanted.lot_id IS NOT DISTINCT FROM ranked.lot_id
                   AND wanted.package_id IS NOT DISTINCT FROM ranked.package_id
                   AND wanted.owner_id IS NOT DISTINCT FROM ranked.owner_id
                  JOIN stock_location location ON location.id = ranked.location_id
                 WHERE quant.id = ranked.id AND location.usage IN ('internal', 'transit')
                """,
                lines=self._reserving_query(keys, product_ids),
                keys=keys,
                products=list(product_ids),
            )
        )
        self.env["stock.quant"].invalidate_model(["reserved_quantity"])

    @api.model
    def _release_surplus(self, product_ids):
        """Where transfers have more than is on hand, let the youngest promises go."""
        released = []
        for item in self._check():
            if item["product_id"] not in product_ids:
                continue
            surplus = item["in_transfers"] - max(item["on_hand"], 0.0)
            for move in self._youngest_first(item["product_id"], item["location_id"]):
                if surplus <= EPSILON:
                    break
                surplus -= sum(
                    line.quantity_product_uom
                    for line in move.move_line_ids
                    if line.location_id.id == item["location_id"]
                )
                move._do_unreserve()
                move.sale_line_id.order_id._oms_touch()
                released.append(move.picking_id.name or move.reference)
        self.env.flush_all()
        self._sync_reserved(product_ids)
        return released

    @api.model
    def _youngest_first(self, product_id, location_id):
        lines = self.env["stock.move.line"].search(
            [
                ("product_id", "=", product_id),
                ("location_id", "=", location_id),
                ("state", "not in", ("done", "cancel", "draft")),
                ("picked", "=", False),
            ]
        )

        def rank(move):
            order = move.sale_line_id.order_id
            due = order.oms_promise_due or order.oms_promise_current or move.date
            return move.priority or "0", -due.timestamp(), -move.id

        return lines.move_id.sorted(rank)
