import logging

import psycopg2.errors

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL, split_every

from ..exceptions import OmsRefusal
from ..trusted import TRUSTED, is_trusted
from .oms_rpc import RETRYABLE

_logger = logging.getLogger(__name__)

# First key of this addon's advisory locks; the second one is the product's id.
LOCK_NAMESPACE = 0x04D5
BATCH = 200
ATTEMPTS = 5
WAITING = ("confirmed", "partially_available")


class OmsAllocator(models.AbstractModel):
    """The one place where stock is reserved for managed orders.

    How it works: a transaction that needs stock only *enqueues* products. Just before its commit
    the allocator tries to take, without waiting, the products' advisory locks, the waiting moves
    and the quants, in this order, and reserves for the oldest promise first. Nobody else wanted
    these products: that is the usual case.

    If one of the locks is taken, or a row changed since the transaction began, nothing is
    reserved. After the commit the allocator opens a transaction of its own, in READ COMMITTED (so
    that it sees what is true once it holds the locks, not what was true when it began to wait),
    and does the same, waiting. What is missed even so (a crash in between) is found by the cron.
    """

    _name = "oms.allocator"
    _description = "Stock Allocator"

    # RPC

    @api.model
    def run(self):
        """Reserve free stock for everything that waits for it.

        :return: number of stock moves that were looked at
        """
        if not self.env.su and not self.env.user.has_group("oms_fulfillment.group_oms_warehouse"):
            raise OmsRefusal(
                "access",
                self.env._("%(user)s may not run the allocator.", user=self.env.user.name),
                next_step=self.env._("Ask for the role OMS: Warehouse operator."),
            )
        return self.with_user(SUPERUSER_ID)._allocate(self._waiting_products())

    @api.model
    def _cron_allocate(self):
        for products in split_every(BATCH, self._waiting_products()):
            self._run_in_own_transaction(list(products))

    # QUEUE

    def _is_allocating(self):
        return is_trusted(self.env, "oms_allocating")

    def _enqueue(self, products):
        """Have ``products`` allocated at the end of this transaction, or right after it."""
        self.env["sale.order"]._oms_before_commit("oms.allocate").update(products.ids)

    @api.model
    def _run_pending(self):
        """Allocate what this transaction enqueued, if no other transaction is in the way."""
        product_ids = sorted(self.env.cr.precommit.data.pop("oms.allocate", ()))
        if not product_ids:
            return
        allocator = self.with_user(SUPERUSER_ID).with_context(tracking_disable=True)
        self.env.flush_all()
        try:
            with self.env.cr.savepoint(flush=False):
                allocator._allocate(product_ids, wait=False)
                self.env.flush_all()
        except (*RETRYABLE, OmsRefusal) as error:
            # Back to where the savepoint was; everything before it had been flushed.
            self.env.transaction.clear()
            _logger.info("allocation left to after the commit: %s", error)
            self._run_after_commit(product_ids)

    def _run_after_commit(self, product_ids):
        postcommit = self.env.cr.postcommit
        if "oms.allocate" not in postcommit.data:
            waiting = postcommit.data["oms.allocate"] = set()
            postcommit.add(lambda: self._after_commit(waiting))
        postcommit.data["oms.allocate"].update(product_ids)

    def _after_commit(self, product_ids):
        try:
            self._run_in_own_transaction(sorted(product_ids))
        except Exception:
            # The order is committed whatever happens here; the scheduled job tries again.
            _logger.exception("allocation of products %s failed", sorted(product_ids))

    @api.model
    def _run_in_own_transaction(self, product_ids):
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with self.env.registry.cursor() as cr:
                    cr.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
                    env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
                    return env["oms.allocator"]._allocate(product_ids)
            except RETRYABLE as error:
                _logger.info(
                    "allocation of %s products, try %s: %r", len(product_ids), attempt, error
                )
        _logger.info("allocation of %s products left to the scheduled job", len(product_ids))
        return 0

    # ALLOCATION

    def _allocate(self, product_ids, wait=True):
        """Reserve free stock of these products for the managed moves that wait for it.

        :param bool wait: wait for locks that others hold, or give up at once
        :return: number of moves that were looked at
        :raise psycopg2.errors.LockNotAvailable: not waiting, and somebody else is at it
        """
        if not product_ids:
            return 0
        self.env.flush_all()
        self._lock_products(self.env["product.product"].browse(product_ids), wait)
        move_ids = self._lock_waiting_moves(product_ids, wait)
        if not move_ids:
            return 0
        self._lock_quants(product_ids, wait)
        moves = self.env["stock.move"].browse(move_ids)
        pools = self._pools(moves)
        moves = moves.filtered(lambda move: pools.may_have(move))
        self._lock_documents(moves, wait)
        moves = (moves - moves._oms_held("reserve"))._oms_beside_parcels()
        moves = moves.with_context(oms_allocating=TRUSTED, oms_pools=pools)
        self._reserve_together(moves)
        moves._action_assign()
        self._check_not_oversold(product_ids)
        moves.sale_line_id.order_id._oms_touch()
        return len(moves)

    @api.model
    def _lock_products(self, products, wait=True):
        """Keep others from allocating these products until the commit."""
        ids = sorted(products.ids)
        if not ids:
            return
        lock = "pg_advisory_xact_lock" if wait else "pg_try_advisory_xact_lock"
        rows = self.env.execute_query(
            SQL(
                "SELECT %s(%s, id) FROM (SELECT unnest(%s::int[]) AS id ORDER BY 1) AS product",
                SQL.identifier(lock),
                LOCK_NAMESPACE,
                ids,
            )
        )
        if not wait and not all(locked for (locked,) in rows):
            raise psycopg2.errors.LockNotAvailable("a product is being allocated")

    def _fetch(self, query, wait=True):
        """Run a locking query; where we don't wait, a taken lock is no error worth a log line."""
        self.env.cr.execute(query, log_exceptions=wait)
        return self.env.cr.fetchall()

    def _lock_waiting_moves(self, product_ids, wait):
        """Return the ids of waiting moves, oldest promise first, locked against cancellation.

        Products without a free unit are left out: a long list of backorders costs nothing.
        """
        return [
            row[0]
            for row in self._fetch(
                SQL(
                    """
                    SELECT move.id
                      FROM stock_move move
                      JOIN sale_order_line line ON line.id = move.sale_line_id
                      JOIN sale_order ON sale_order.id = line.order_id
                      JOIN stock_location source ON source.id = move.location_id
                     WHERE move.product_id = ANY(%(products)s)
                       AND move.state IN %(waiting)s
                       AND move.procure_method = 'make_to_stock'
                       AND sale_order.oms_channel_id IS NOT NULL
                       AND source.usage IN ('internal', 'transit')
                       AND %(may)s
                       AND NOT EXISTS (SELECT 1 FROM stock_move_move_rel rel
                                        WHERE rel.move_dest_id = move.id)
                       AND EXISTS (SELECT 1
                                     FROM stock_quant quant
                                     JOIN stock_location place ON place.id = quant.location_id
                                    WHERE quant.product_id = move.product_id
                                      AND place.parent_path LIKE source.parent_path || '%%'
                                      AND place.usage IN ('internal', 'transit')
                                      AND quant.quantity > quant.reserved_quantity)
                  ORDER BY %(order)s
                       FOR UPDATE OF move %(wait)s
                    """,
                    order=self._order_sql(),
                    may=self._may_reserve_sql(),
                    wait=SQL("") if wait else SQL("NOWAIT"),
                    products=list(product_ids),
                    waiting=WAITING,
                ),
                wait,
            )
        ]

    @api.model
    def _order_sql(self):
        """Who is served first: urgent transfers, then the oldest promise.

        What was promised when the order was placed counts, not what is promised now: else an
        order would lose its place whenever a receipt that it waits for is late.
        """
        return SQL(
            "move.priority DESC, COALESCE(sale_order.oms_promise_due,"
            " sale_order.oms_promise_current) NULLS LAST, sale_order.date_order, move.id"
        )

    @api.model
    def _release_sql(self):
        """The moment before which a waiting move may not have goods: of a pre-order."""
        return SQL("(SELECT release_date FROM oms_preorder WHERE id = line.oms_preorder_id)")

    @api.model
    def _may_reserve_sql(self):
        """Neither before the release of a pre-order, nor for who did not pay in time."""
        return SQL(
            "sale_order.oms_unreserved_at IS NULL AND (line.oms_preorder_id IS NULL OR %s <= %s)",
            self._release_sql(),
            fields.Datetime.now(),
        )

    def _lock_documents(self, moves, wait):
        """Lock the transfers and orders whose state the reservation changes, in one order for all:
        two allocators of different products meet at an order that has both."""
        for records in (moves.picking_id, moves.sale_line_id.order_id):
            self._fetch(
                SQL(
                    "SELECT id FROM %s WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE %s",
                    SQL.identifier(records._table),
                    records.ids,
                    SQL("") if wait else SQL("NOWAIT"),
                ),
                wait,
            )

    def _lock_quants(self, product_ids, wait=True):
        """Lock all quants of these products: Odoo would go round one that somebody else holds."""
        self._fetch(
            SQL(
                """
                SELECT quant.id
                  FROM stock_quant quant
                  JOIN stock_location place ON place.id = quant.location_id
                 WHERE quant.product_id = ANY(%s) AND place.usage IN ('internal', 'transit')
              ORDER BY quant.id
                   FOR UPDATE OF quant %s
                """,
                list(product_ids),
                SQL("") if wait else SQL("NOWAIT"),
            ),
            wait,
        )

    def _check_not_oversold(self, product_ids):
        """The last line of defence: better no reservation than one unit promised twice."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT quant.product_id, quant.location_id, SUM(quant.quantity),
                       SUM(quant.reserved_quantity)
                  FROM stock_quant quant
                  JOIN stock_location place ON place.id = quant.location_id
                 WHERE quant.product_id = ANY(%s) AND place.usage = 'internal'
              GROUP BY quant.product_id, quant.location_id
                HAVING SUM(quant.reserved_quantity) > GREATEST(SUM(quant.quantity), 0) + 0.000001
                """,
                list(product_ids),
            )
        )
        for product_id, location_id, quantity, reserved in rows:
            product = self.env["product.product"].browse(product_id)
            _logger.info(
                "reserved %s of %s on %s in location %s",
                reserved,
                product_id,
                quantity,
                location_id,
            )
            raise OmsRefusal(
                "oversold",
                self.env._(
                    "%(reserved)s units of %(product)s would be reserved on %(quantity)s in stock.",
                    reserved=f"{reserved:g}",
                    product=product.display_name,
                    quantity=f"{quantity:g}",
                ),
                next_step=self.env._("Unreserve transfers of the product, then try again."),
            )

    def _waiting_products(self):
        """Ids of products that managed moves wait for and that have a free unit somewhere."""
        self.env.flush_all()
        return [
            row[0]
            for row in self.env.execute_query(
                SQL(
                    """
                    SELECT DISTINCT move.product_id
                      FROM stock_move move
                      JOIN sale_order_line line ON line.id = move.sale_line_id
                      JOIN sale_order ON sale_order.id = line.order_id
                     WHERE move.state IN %(waiting)s
                       AND move.procure_method = 'make_to_stock'
                       AND sale_order.oms_channel_id IS NOT NULL
                       AND %(may)s
                       AND EXISTS (SELECT 1 FROM stock_quant quant
                                    WHERE quant.product_id = move.product_id
                                      AND quant.quantity > quant.reserved_quantity)
                  ORDER BY move.product_id
                    """,
                    waiting=WAITING,
                    may=self._may_reserve_sql(),
                )
            )
        ]
