from dataclasses import replace

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import MissingError
from odoo.tools import SQL

from ..engine import stage as engine
from ..engine.buckets import Buckets


class SaleOrder(models.Model):
    """The stage of an order: a cache of what its documents say, refreshed once per transaction."""

    _inherit = "sale.order"

    oms_stage_id = fields.Many2one(
        "oms.stage",
        string="Stage",
        readonly=True,
        copy=False,
        index="btree_not_null",
        group_expand="_oms_expand_stages",
    )
    oms_stage_code = fields.Char(related="oms_stage_id.code", string="Stage Code")
    oms_stage_furthest_id = fields.Many2one(
        "oms.stage", string="Furthest Stage", readonly=True, copy=False
    )
    oms_stage_since = fields.Datetime(string="In Stage Since", readonly=True, copy=False)
    oms_blocker = fields.Char(
        string="Waits For", readonly=True, copy=False, help="Code of the next blocker."
    )
    oms_stage_log_ids = fields.One2many(
        "oms.stage.log",
        "order_id",
        string="Stage Changes",
        groups="oms_fulfillment.group_oms_user",
    )

    _oms_stage_idx = models.Index("(oms_stage_id, oms_stage_since) WHERE oms_stage_id IS NOT NULL")

    @api.model
    def _oms_expand_stages(self, stages, domain):
        return self.env["oms.stage"].search([("code", "!=", "cancelled")])

    # TOUCH AND REFRESH

    def _oms_touch(self):
        """Remember that facts of these orders changed; the stage follows before the commit."""
        managed = self._oms_managed()
        if not managed:
            return
        self._oms_before_commit("oms.touched").update(managed.ids)
        self.env.cr.precommit.data.get("oms.verified", set()).difference_update(managed.ids)

    # What is remembered until just before the commit.
    _OMS_QUEUES = frozenset({"oms.touched", "oms.allocate", "oms.credit", "oms.receipts"})

    @api.model
    def _oms_before_commit(self, key):
        """Return the set of ids to look at before the commit, under ``key``."""
        precommit = self.env.cr.precommit
        if not self._OMS_QUEUES & set(precommit.data):
            precommit.add(self.env["sale.order"]._oms_refresh_touched)
        return precommit.data.setdefault(key, set())

    @api.model
    def _oms_refresh_touched(self):
        """Reserve what was asked for and refresh the orders touched so far in this transaction."""
        customers = self.env.cr.precommit.data.pop("oms.credit", None)
        if customers:
            # sudo: a payment clears these holds, whoever booked it.
            self.env["oms.hold"].sudo()._touch_credit(customers)
        receipts = self.env.cr.precommit.data.pop("oms.receipts", None)
        if receipts:
            self.env.flush_all()
            self._oms_touch_waiting(receipts)
        self.env["oms.allocator"]._run_pending()
        touched = self.env.cr.precommit.data.pop("oms.touched", None)
        if touched:
            self.browse(sorted(touched))._oms_refresh()

    def _oms_refresh(self):
        """Bring fulfilments, holds and stage of these orders in line with their documents."""
        # Superuser and no context: the result is a fact, the same for whoever caused it.
        plain = self.with_user(SUPERUSER_ID).with_context(tracking_disable=True)
        try:
            orders = plain._oms_managed()
        except MissingError:
            orders = plain.exists()._oms_managed()
        if not orders:
            return
        drafts = orders.filtered(lambda order: order.state in ("draft", "sent"))
        orders.env["oms.fulfillment"]._sync_orders(orders - drafts)
        drafts._oms_verify()
        units = orders.order_line._oms_buckets()
        orders._oms_renew_promises(units, self.env.uid)
        orders._oms_write_positions(orders._oms_positions(units), self.env.uid)
        # What the refresh itself touched is up to date by now.
        self.env.flush_all()
        self.env.cr.precommit.data.pop("oms.touched", None)

    def _oms_write_positions(self, positions, uid):
        """Store changed positions; one log row per change of stage, inserted together."""
        ids_by_code = self.env["oms.stage"]._ids_by_code()
        rank = {ids_by_code[code]: index for index, code in enumerate(engine.STAGES)}
        now = fields.Datetime.now()
        logs, unchanged = [], []
        for order in self:
            position = positions[order.id]
            vals = {}
            stage_id = ids_by_code[position.stage]
            if order.oms_stage_id.id != stage_id:
                source = order.oms_stage_id.code or None
                for code in engine.passed(source, position.stage):
                    cause = position.blocker if code == position.stage else None
                    logs.append(
                        (order.id, ids_by_code.get(source), ids_by_code[code], now, cause, uid)
                    )
                    source = code
                vals = {"oms_stage_id": stage_id, "oms_stage_since": now}
            furthest_id = ids_by_code[position.furthest]
            if rank[furthest_id] > rank.get(order.oms_stage_furthest_id.id, -1):
                vals["oms_stage_furthest_id"] = furthest_id
            if (order.oms_blocker or None) != position.blocker:
                vals["oms_blocker"] = position.blocker
            attention = engine.attention(position)
            if order.oms_attention != attention:
                vals["oms_attention"] = attention
            if vals:
                order.write({**vals, "oms_check_at": now})
            else:
                unchanged.append(order.id)
        self.env["oms.stage.log"]._insert(logs)
        self._oms_collide(unchanged)

    @api.model
    def _oms_collide(self, order_ids):
        """Make transactions that refresh the same order at the same time collide.

        Each derives the stage from the facts that it sees. Two that reserve one line each, say,
        would both find the other line short, write nothing, and nobody would see that the order
        is complete. The one that comes second is tried again by Odoo. The same statement has the
        monitor look at them: a fact changed, if not the stage.
        """
        if order_ids:
            self.env.cr.execute(
                SQL(
                    "UPDATE sale_order SET oms_check_at = now() AT TIME ZONE 'UTC' "
                    "WHERE id = ANY(%s)",
                    order_ids,
                ),
                # That it collides is what it is for: no error in the log.
                log_exceptions=False,
            )
            self.browse(order_ids).invalidate_recordset(["oms_check_at"], flush=False)

    # FACTS

    def _oms_positions(self, units=None):
        """Return ``{order id: engine.stage.Position}``, the whole batch in a few queries.

        :param units: what ``_oms_buckets`` says of the orders' lines, where it is known already
        """
        facts = self._oms_facts(self.order_line._oms_buckets() if units is None else units)
        waiting = self.filtered(lambda order: engine.needs_money(facts[order.id]))
        blockers = waiting._oms_money_blockers()
        positions = {}
        for order in self:
            known = facts[order.id]
            if order.id in blockers:
                known = replace(known, money_blocker=blockers[order.id])
            positions[order.id] = engine.derive(known)
        return positions

    def _oms_facts(self, line_buckets):
        """Return ``{order id: engine.stage.Facts}`` without the money."""
        goods = {}
        for line in self.order_line:
            if line.id in line_buckets:
                known = goods.get(line.order_id.id)
                goods[line.order_id.id] = (
                    known + line_buckets[line.id] if known else line_buckets[line.id]
                )
        holds = self._oms_hold_counts()
        tracking = self._oms_tracking_facts()
        returns = self._oms_return_facts()
        return {
            order.id: engine.Facts(
                state="draft" if order.state == "sent" else order.state,
                missing=order._oms_missing() if order.state in ("draft", "sent") else (),
                confirm_holds=holds.get(order.id, {}).get("confirm", 0),
                ship_holds=holds.get(order.id, {}).get("ship", 0),
                invoice_holds=holds.get(order.id, {}).get("invoice", 0),
                goods=goods.get(order.id) or Buckets(),
                wait_accepted=bool(order.oms_wait_accepted_at),
                closed_exceptions=returns.get(order.id, {}).get("closed_exceptions", 0.0),
                parcel_exception=bool(tracking.get(order.id, {}).get("exception")),
                open_returns=returns.get(order.id, {}).get("open", 0),
                open_rts=returns.get(order.id, {}).get("open_rts", 0),
            )
            for order in self
        }

    def _oms_missing(self):
        """What placement still lacks, in the order in which a person would ask for it."""
        self.ensure_one()
        missing = []
        if not any(not line.display_type and line.product_id for line in self.order_line):
            missing.append("lines")
        if not self.oms_ship_to and self._oms_ships_to_nobody():
            missing.append("address")
        if not self.oms_payment_policy:
            missing.append("payment")
        return tuple(missing)

    def _oms_ships_to_nobody(self):
        """Whether the delivery address is the contact that stands for all masked buyers."""
        # sudo: whoever confirms orders need not read the channel's settings.
        shared = self.oms_channel_id.sudo().buyer_id
        return not self.partner_shipping_id or self.partner_shipping_id == shared

    # HOOKS: other rooms of the house add what they know

    def _oms_tracking_facts(self):
        """Return ``{order id: {parcels, without_resi, exception, last_status, last_event_at,
        record}}``; empty without parcels."""
        return {}

    def _oms_return_facts(self):
        """Return ``{order id: {open, open_rts, closed_exceptions}}``: open returns, those of goods
        that never arrived, and shipped units whose loss or return to sender is closed."""
        return {}

    def _oms_money_blockers(self):
        """Return ``{order id: blocker code or None}``; ``None`` means that the money is settled."""
        return {}
