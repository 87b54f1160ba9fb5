from odoo import api, fields, models
from odoo.tools import SQL, format_datetime

from ..engine import monitor as engine

BATCH = 500


class SaleOrder(models.Model):
    """Orders that somebody should look at, found when they are due and at no other time.

    Each order stores when it has to be looked at next. A refresh of the order (a fact changed)
    says "now"; the job then asks every rule and stores the earliest moment at which an answer can
    change.
    """

    _inherit = "sale.order"

    oms_check_at = fields.Datetime(string="Next Check", readonly=True, copy=False)

    _oms_check_idx = models.Index("(oms_check_at) WHERE oms_check_at IS NOT NULL")

    # JOB

    @api.model
    def _cron_oms_monitor(self):
        """Ask the rules about the orders that are due, a batch at a time."""
        cron = self.env["ir.cron"]
        while count := self._oms_monitor_due():
            # A full batch: there may be more.
            if not cron._commit_progress(count, remaining=BATCH if count == BATCH else 0):
                break

    @api.model
    def _oms_monitor_due(self):
        """Ask the rules about one batch of due orders; return how many orders it had."""
        rules = self.env["oms.monitor.rule"].browse(self.env["oms.monitor.rule"]._active_ids())
        if not rules or not self.env["oms.channel"]._is_active():
            return 0
        orders = self._oms_due()
        if not orders:
            return 0
        orders._oms_monitor(rules).exists()._notify_owners()
        return len(orders)

    @api.model
    def _oms_due(self, limit=BATCH):
        """Lock and return the orders whose next check has come; other workers' orders are left."""
        self.flush_model(["oms_check_at"])
        rows = self.env.execute_query(self._oms_due_query(limit))
        return self.browse([row[0] for row in rows])

    @api.model
    def _oms_due_query(self, limit):
        return SQL(
            """
            SELECT id FROM sale_order
             WHERE oms_check_at <= %s
          ORDER BY oms_check_at LIMIT %s
               FOR NO KEY UPDATE SKIP LOCKED
            """,
            fields.Datetime.now(),
            limit,
        )

    def _oms_monitor(self, rules):
        """Ask ``rules`` about these orders, follow with alerts, store the next checks.

        :return: new alerts
        """
        orders = self.sudo()
        now = fields.Datetime.now()
        facts = orders._oms_monitor_facts()
        causes = {}
        again = {order.id: [] for order in orders}
        new = self.env["oms.alert"].sudo()
        for rule in rules.sudo():
            asked = rule._as_engine()
            told = {}
            for order in orders.filtered(rule._concerns):
                verdict = engine.check(asked, facts[order.id], now)
                again[order.id].append(verdict)
                if verdict.alert:
                    if order not in causes:
                        causes[order] = order._oms_alert_cause()
                    cause = order._oms_cause_for(rule, causes[order], facts[order.id], now)
                    told[order] = (verdict, cause)
            new |= new._follow(rule, orders, told)
        self._oms_store_checks({key: engine.next_check(value) for key, value in again.items()})
        return new

    @api.model
    def _oms_store_checks(self, checks):
        """Store ``{order id: next check or None}`` in one statement."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE sale_order SET oms_check_at = told.at FROM "
                "unnest(%s::int[], %s::timestamp[]) AS told(id, at) WHERE sale_order.id = told.id",
                list(checks),
                list(checks.values()),
            )
        )
        self.browse(checks).invalidate_recordset(["oms_check_at"])

    # FACTS

    def _oms_monitor_facts(self):
        """Return ``{order id: engine.monitor.Facts}``; a few queries for the whole batch."""
        holds = {}
        for hold in self._oms_active_holds():
            holds.setdefault(hold.order_id.id, []).append((hold.code, hold.since))
        confirmed = self._oms_confirmed_times()
        stages = self.env["oms.stage"].sudo().search([("code", "!=", False)])
        leads = {stage.code: stage.sla_hours for stage in stages}
        facts = {}
        for order in self:
            works = order.oms_fulfillment_ids.filtered(lambda work: work.state != "cancelled")
            own = dict(leads)
            if order.oms_channel_id.transit_days:
                own["tracking"] = order.oms_channel_id.transit_days * 24.0
            facts[order.id] = engine.Facts(
                stage=order.oms_stage_code or "placement",
                since=order.oms_stage_since or order.create_date,
                times=order._oms_monitor_times(works, confirmed.get(order.id)),
                holds=tuple(holds.get(order.id, ())),
                leads=own,
                answer_due=min(filter(None, works.mapped("answer_due")), default=None),
            )
        return facts

    def _oms_monitor_times(self, works, confirmed):
        """``{date or milestone: time}``; a milestone is reached when the last fulfilment has it."""
        times = {
            "ordered": self.date_order,
            "paid": self.oms_paid_at,
            "ship_by": self.oms_ship_by,
            "promised": self.oms_promise_current,
            "requested": self.oms_promise_requested,
            "confirmed": confirmed if self.state == "sale" else None,
        }
        for name in ("picked", "packed", "handed_over", "delivered", "accepted"):
            reached = works.mapped(f"{name}_at")
            times[name] = max(reached) if reached and all(reached) else None
        return {name: moment for name, moment in times.items() if moment}

    def _oms_confirmed_times(self):
        """When these orders went on to the check of stock: confirmed, as the stage log says."""
        stage = self.env["oms.stage"]._ids_by_code()["inventory_check"]
        self.env["oms.stage.log"].flush_model()
        return dict(
            self.env.execute_query(
                SQL(
                    "SELECT order_id, MIN(at) FROM oms_stage_log "
                    "WHERE order_id = ANY(%s) AND to_stage_id = %s GROUP BY order_id",
                    self.ids,
                    stage,
                )
            )
        )

    # CAUSE: what orders have in common that wait for the same thing

    def _oms_alert_cause(self):
        """Return ``(key, label, next step)`` of what this order waits for."""
        order = self.company_id._oms_in_language(self)
        return order._oms_cause_of(order.oms_blocker or "")

    def _oms_cause_of(self, code):
        hold = self._oms_telling_hold(self._oms_active_holds()) if code == "hold" else None
        step = self._oms_blocker_sentence(code, hold, {}) if code else ""
        if hold:
            return f"hold:{hold.code}", hold.code_id.name, hold.next_step or ""
        if code == "stock_short":
            return self._oms_short_cause(step)
        if code in ("to_pick", "to_pack", "to_hand_over"):
            works = self.oms_fulfillment_ids.filtered(lambda work: not work.handed_over_at)
            place = works[:1].warehouse_id or self.warehouse_id
            labels = {
                "to_pick": self.env._("to be picked in %(place)s", place=place.name),
                "to_pack": self.env._("to be packed in %(place)s", place=place.name),
                "to_hand_over": self.env._("to be handed over in %(place)s", place=place.name),
            }
            return f"{code}:{place.id}", labels[code], step
        if code == "in_transit":
            carrier = self.carrier_id
            return f"{code}:{carrier.id}", carrier.name or self.env._("Courier"), step
        channel = self.oms_channel_id
        return f"{code}:{channel.id}", channel.name or "", step

    def _oms_cause_for(self, rule, cause, facts, now):
        """What the order waits for, as this kind of rule tells it."""
        if rule.kind == "answer":
            return self._oms_answer_cause()
        if rule.kind == "promise":
            return self._oms_promise_cause(cause, facts, now)
        return cause

    def _oms_short_cause(self, step):
        line_buckets = self.order_line._oms_buckets()
        short = self.order_line.filtered(
            lambda line: line.id in line_buckets and line_buckets[line.id].unallocated > 0
        )
        product = short[:1].product_id
        label = self.env._("short of %(product)s", product=product.display_name or "")
        return f"stock_short:{product.id}", label, step

    def _oms_answer_cause(self):
        """Return the cause of an answer that a 3PL owes."""
        order = self.company_id._oms_in_language(self)
        works = order.oms_fulfillment_ids.filtered("answer_due").sorted("answer_due")
        provider = works[:1].provider_id
        step = order.env._("Call the 3PL, and write down what it says.")
        return f"3pl:{provider.id}", provider.name or "", step

    def _oms_promise_cause(self, cause, facts, now):
        """Say what is promised, what is expected, and which lead times are left."""
        order = self.company_id._oms_in_language(self)
        return (cause[0], order._oms_promise_sentence(cause[1], facts, now), cause[2])

    def _oms_promise_sentence(self, label, facts, now):
        left = ", ".join(
            f"{stage.name} {facts.leads.get(stage.code, 0.0):g} h"
            for stage in self.env["oms.stage"].search([("code", "in", engine.stages_left(facts))])
        )
        zone = self.company_id.partner_id.tz or "UTC"
        return self.env._(
            "%(label)s. %(order)s: promised %(promised)s, expected %(expected)s (%(left)s).",
            label=label,
            order=self.name,
            promised=format_datetime(self.env, facts.times["promised"], tz=zone, dt_format="short"),
            expected=format_datetime(
                self.env, engine.expected(facts, now), tz=zone, dt_format="short"
            ),
            left=left,
        )
