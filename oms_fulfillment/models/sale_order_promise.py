from odoo import api, fields, models
from odoo.tools import SQL, format_date

from ..engine.promise import renew
from ..engine.stage import EPSILON

EARLY = (False, "placement", "processing")
OPEN = ("inventory_check", "fulfillment")


class SaleOrder(models.Model):
    """What the customer was promised: asked for, said first, said now; and why it moved."""

    _inherit = "sale.order"

    oms_promise_drift = fields.Integer(
        string="Days Later Than Promised",
        compute="_compute_oms_promise_drift",
        store=True,
        help="Days between the first promise and the current one.",
    )
    oms_expected = fields.Json(
        string="Expected",
        readonly=True,
        copy=False,
        help="What is short and when it comes: [{line, units, short, at, source}].",
    )
    oms_promise_log_ids = fields.One2many(
        "oms.promise.log",
        "order_id",
        string="Changes of the Promise",
        groups="oms_fulfillment.group_oms_user",
    )

    @api.depends("oms_promise_original", "oms_promise_current")
    def _compute_oms_promise_drift(self):
        for order in self:
            first, now = order.oms_promise_original, order.oms_promise_current
            order.oms_promise_drift = (now - first).days if first and now else 0

    # RENEW: called at every refresh, and when receipts move

    @api.model
    def _oms_touch_waiting(self, product_ids):
        """Receipts of these products changed: the orders that wait for them are looked at."""
        orders = self.env.execute_query(
            SQL(
                "SELECT DISTINCT line.order_id FROM stock_move move"
                "  JOIN sale_order_line line ON line.id = move.sale_line_id"
                "  JOIN sale_order ON sale_order.id = line.order_id"
                " WHERE move.product_id = ANY(%s)"
                "   AND move.state IN ('waiting', 'confirmed', 'partially_available')"
                "   AND sale_order.oms_channel_id IS NOT NULL",
                list(product_ids),
            )
        )
        # sudo: whoever plans receipts need not see the orders that wait for them.
        self.sudo().browse(row[0] for row in orders)._oms_touch()

    @api.model
    def _cron_oms_promises(self, limit=2000):
        """Time passes: receipts that are overdue move what waits for them."""
        orders = self.search(
            [
                ("oms_channel_id", "!=", False),
                ("state", "=", "sale"),
                ("oms_stage_id.code", "in", ("inventory_check", "fulfillment")),
                ("oms_expected", "!=", False),
            ],
            limit=limit,
            order="id",
        )
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(orders))
        for start in range(0, len(orders), 200):
            some = orders[start : start + 200]
            some._oms_touch()
            some._oms_refresh_touched()
            if not cron._commit_progress(len(some)):
                break

    def _oms_renew_promises(self, units, uid):
        """Bring the promises of these orders in line with stock and receipts.

        What was promised first stays; what is promised now is never earlier than that, and moves
        only with a row in the log. An order that gets all it needs has nothing to renew.

        :param units: what ``_oms_buckets`` says of the orders' lines
        :param uid: whose change this follows from
        """
        wanted = self._oms_wanted(units)
        plans = self._oms_plans(wanted)
        logs, now = [], fields.Datetime.now()
        for order in self:
            plan = plans.get(order.id)
            vals, log = order._oms_renewed_promise(plan, now)
            expected = plan["expected"] if plan else False
            if (order.oms_expected or False) != (expected or False):
                vals["oms_expected"] = expected or False
            if log:
                logs.append((*log, uid))
            if vals:
                order.write(vals)
        self.env["oms.promise.log"]._insert(logs)

    def _oms_wanted(self, buckets):
        """Return ``{order id: {line id: units}}`` of goods that are not reserved yet."""
        wanted = {}
        for order in self.filtered(lambda order: order.state != "cancel"):
            short = {
                line.id: buckets[line.id].unallocated
                for line in order.order_line
                if line.id in buckets
                and (line.product_id.is_storable or line.oms_parts)
                and buckets[line.id].unallocated > EPSILON
            }
            if short:
                wanted[order.id] = short
        return wanted

    def _oms_plans(self, wanted):
        """Return ``{order id: {ready, short, expected}}`` for the orders in ``wanted``."""
        orders = self.browse(wanted)
        plans = {}
        lines = self.env["sale.order.line"].browse(
            line_id for units in wanted.values() for line_id in units
        )
        for (channel, partner), some in orders.grouped(
            lambda order: (order.oms_channel_id, order._oms_class_partner())
        ).items():
            mine = lines.filtered(lambda line, some=some: line.order_id in some)
            asked = mine.filtered(lambda line: line.state != "sale")._oms_asked(wanted)
            waiting = mine._oms_waiting_moves()
            answers, names = self.env["oms.promise"]._plan(
                list({*waiting.product_id.ids, *(product for _key, product, *_what in asked)}),
                (some.warehouse_id | waiting.location_id.warehouse_id).ids,
                asked,
                channel.id,
                partner.id,
            )
            for order in some:
                own = mine & order.order_line
                plans[order.id] = order._oms_plan_of(own, answers, names)
        return plans

    def _oms_plan_of(self, lines, answers, names):
        """Put the answers for the lines of this order together."""
        self.ensure_one()
        ready, missing, expected = None, False, []
        for line in lines:
            shares, units, short = line._oms_coming(answers)
            missing = missing or short > EPSILON
            at = max((share.at for share in shares), default=None)
            ready = max(filter(None, (ready, at, line._oms_not_before())), default=None)
            if shares or short > EPSILON:
                last = max(shares, key=lambda share: share.at, default=None)
                expected.append(
                    {
                        "line": line.id,
                        "units": round(units, 6),
                        "short": round(short, 6),
                        "at": fields.Datetime.to_string(at) or None,
                        "source": (names.get(last.supply) or None) if last else None,
                    }
                )
        return {"ready": ready, "short": missing, "expected": expected}

    def _oms_renewed_promise(self, plan, now):
        """Return ``(values to write, log row without the user or None)``."""
        self.ensure_one()
        early = self.oms_stage_id.code in EARLY
        if early and not plan and not self.oms_expected:
            return {}, None
        if not early and self.oms_stage_id.code not in OPEN or self.state == "cancel":
            return {}, None
        clock = self.oms_channel_id._promise_clock()
        before, first = self.oms_promise_current or None, self.oms_promise_original or None
        floor = self.oms_promise_requested or (not early and first) or self.oms_promise_due
        after = renew(
            floor or None,
            before,
            arrival=clock.arrives(plan["ready"]) if plan and plan["ready"] else None,
            unknown=bool(plan and plan["short"]),
            here=clock.arrives(now) if not plan else None,
            early=early,
        )
        if not after or after == before:
            return {}, None
        if early or not before:
            # Nothing was promised yet: the first promise is the one at confirmation.
            return {"oms_promise_original": after, "oms_promise_current": after}, None
        cause = self._oms_promise_moved_by(plan)
        return {"oms_promise_current": after}, (self.id, now, before, after, after > before, cause)

    def _oms_promise_moved_by(self, plan):
        """Name what the order waits for, for the log."""
        if not plan:
            return self.env._("Everything is reserved.")
        last = max(plan["expected"], key=lambda item: item["at"] or "", default=None)
        if not last or not last["at"]:
            return self.env._("Nothing planned brings the goods.")
        at = fields.Datetime.to_datetime(last["at"])
        return self.env._(
            "%(receipt)s is expected on %(date)s.",
            receipt=last["source"] or self.env._("A receipt"),
            date=format_date(self.env, self.company_id._oms_local_date(at)),
        )


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _oms_asked(self, wanted):
        """The lines of orders that are not confirmed, as demand of :meth:`oms.promise._plan`."""
        return [
            (
                ("line", line.id, product.id),
                product.id,
                line.order_id.warehouse_id.id,
                units,
                line._oms_not_before(),
            )
            for line in self
            for product, units in line._oms_needs(wanted[line.order_id.id][line.id]).items()
        ]

    def _oms_coming(self, answers):
        """Return ``(shares that receipts bring, their units, units that nothing brings)`` of what
        this line waits for, in the unit of its product; of a kit, what its components allow."""
        product = self.product_id
        asked = [(move.id, move.product_id) for move in self._oms_waiting_moves()]
        if self.state != "sale":
            asked += [(("line", self.id, part.id), part) for part in self._oms_needs(1.0)]
        found = {}
        for key, part in asked:
            if key in answers:
                found.setdefault(part, []).append(answers[key])
        own = product.uom_id._compute_quantity(1.0, self.product_uom_id, round=False)
        parts = self._oms_parts() if found.keys() - {product} else {product: 1.0 / own}
        shares, coming, short = [], [], [0.0]
        for part, got in found.items():
            need = parts.get(part, 1.0) * own
            new = [share for answer in got for share in answer.shares if share.at]
            shares += new
            coming.append(sum(share.units for share in new) / need)
            short.append(sum(answer.short for answer in got) / need)
        return shares, min(coming, default=0.0), max(short)

    def _oms_not_before(self):
        """Goods of this line may not leave before; extended by pre-orders."""
        return None

    def _oms_waiting_moves(self):
        """The moves of this line that take from the shelf and are not reserved."""
        # sudo: sales people see dates, not transfers.
        return self.sudo().move_ids.filtered(
            lambda move: move.state in ("waiting", "confirmed", "partially_available")
            and not move.move_orig_ids
        )
