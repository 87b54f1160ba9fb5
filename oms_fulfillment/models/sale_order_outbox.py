import hashlib
import json

from odoo import api, fields, models
from odoo.tools import SQL

from .oms_outbox import Event


class SaleOrder(models.Model):
    """What the channel of an order must hear: derived from the facts, at every refresh."""

    _inherit = "sale.order"

    oms_outbox_trouble = fields.Char(
        string="Channel Not Told",
        compute="_compute_oms_outbox_trouble",
        search="_search_oms_outbox_trouble",
        help="What the channel should know about this order and could not be told.",
    )

    @api.depends_context("uid")
    def _compute_oms_outbox_trouble(self):
        sentences = self._oms_outbox_troubles()
        for order in self:
            order.oms_outbox_trouble = sentences.get(order.id, False)

    def _oms_outbox_troubles(self):
        """Return ``{order id: sentence}`` for orders with an event that did not arrive."""
        if not self.env["oms.channel"]._outbox_channel_ids():
            return {}
        # sudo: whoever sees the order may know that its channel doesn't.
        messages = (
            self.env["oms.outbox"]
            .sudo()
            .search(
                [("order_id", "in", self.ids), ("state", "in", ("failed", "dead"))],
                order="sequence desc",
            )
        )
        labels = dict(messages._fields["event"]._description_selection(self.env))
        return {
            message.order_id.id: self.env._(
                "%(channel)s does not know yet: %(event)s (%(count)s tries, %(error)s).",
                channel=message.channel_id.name,
                event=labels[message.event],
                count=message.attempts,
                error=message.last_error or "",
            )
            for message in messages
        }

    def _search_oms_outbox_trouble(self, operator, value):
        if operator != "in" or False not in value or len(value) > 1:
            return NotImplemented
        troubled = self.env["oms.outbox"].sudo()._search([("state", "in", ("failed", "dead"))])
        return [("id", "not in", troubled.subselect("order_id"))]

    def action_oms_outbox(self):
        """What the channel was told about this order, and what not."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("oms_fulfillment.action_oms_outbox")
        return {**action, "domain": [("order_id", "=", self.id)], "context": {}}

    def _oms_explain_batch(self):
        """Add what the channel does not know, as ``notices``: sentences beside the blocker."""
        answers = super()._oms_explain_batch()
        troubles = self._oms_outbox_troubles()
        for answer in answers:
            answer["notices"] = [troubles[answer["id"]]] if answer["id"] in troubles else []
        return answers

    # DERIVE

    def _oms_write_positions(self, positions, uid):
        """The stages are known: so is what the channels must hear."""
        result = super()._oms_write_positions(positions, uid)
        told = self.env["oms.channel"]._outbox_channel_ids()
        if told:
            self.filtered(lambda order: order.oms_channel_id.id in told)._oms_tell_channels()
        return result

    def _oms_tell_channels(self):
        """Write the events of these orders that were not written before, in one insert."""
        if not self:
            return
        self.env.flush_all()
        outbox = self.env["oms.outbox"]
        streams = {order.id: (order.oms_channel_id.id, order._oms_stream()) for order in self}
        told = outbox._told(set(streams.values()))
        news = self._oms_outbox_news(
            {order_id: told.get(stream, []) for order_id, stream in streams.items()}
        )
        events = []
        for order in self:
            since = order.oms_channel_id.outbox_since
            old = since and order.create_date < since
            for key, event, at, data in news[order.id]:
                # What happened before anybody listened is history, not news.
                if not (old and at and at < since):
                    events.append(order._oms_prepare_event(key, event, at, data))
        outbox._add(events, told)

    def _oms_stream(self):
        return f"sale.order,{self.id}"

    def _oms_prepare_event(self, key, event, at, data):
        return Event(
            self._oms_stream(),
            self.id,
            self.oms_channel_id.id,
            self.company_id.id,
            key,
            event,
            at or fields.Datetime.now(),
            data,
        )

    def _oms_outbox_news(self, told):
        """Return ``{order id: [(key, event, at, data)]}`` in the order in which it happened.

        The key names the fact, so that it is told once; ``told`` has the keys of earlier events.
        """
        times = self._oms_decided_at(told)
        returns = self._oms_outbox_returns()
        refunds = self._oms_outbox_refunds()
        holds = self._oms_outbox_holds()
        ended = self._oms_outbox_released(told)
        parcels = self.oms_fulfillment_ids._outbox_parcels()
        return {
            order.id: [
                *ended.get(order.id, ()),
                *order._oms_outbox_confirmed(told[order.id], times),
                *holds.get(order.id, ()),
                *order._oms_outbox_units(),
                *order.oms_fulfillment_ids.sorted("id")._outbox_events(told[order.id], parcels),
                *returns.get(order.id, ()),
                *order._oms_outbox_cancelled(told[order.id], times),
                *refunds.get(order.id, ()),
            ]
            for order in self
        }

    # THE FACTS

    @staticmethod
    def _oms_decisions(told):
        """Confirmations and cancellations so far: an order may start again."""
        return [key for key in told if key.split(":")[0] in ("confirmed", "cancelled")]

    def _oms_decided_at(self, told):
        """Return ``{(order id, stage code): time}`` of orders whose decision is news."""
        fresh = [
            order.id
            for order in self
            if order.state in ("sale", "cancel")
            and not (self._oms_decisions(told[order.id]) or [""])[-1].startswith(
                "confirmed" if order.state == "sale" else "cancelled"
            )
        ]
        if not fresh:
            return {}
        return {
            (order_id, code): at
            for order_id, code, at in self.env.execute_query(
                SQL(
                    "SELECT log.order_id, stage.code, max(log.at) FROM oms_stage_log log"
                    " JOIN oms_stage stage ON stage.id = log.to_stage_id"
                    " WHERE log.order_id = ANY(%s)"
                    " AND stage.code IN ('inventory_check', 'cancelled') GROUP BY 1, 2",
                    fresh,
                )
            )
        }

    def _oms_outbox_confirmed(self, told, times):
        decisions = self._oms_decisions(told)
        if self.state != "sale" or (decisions and decisions[-1].startswith("confirmed")):
            return []
        at = times.get((self.id, "inventory_check"))
        data = {
            "ship_by": self._oms_outbox_time(self.oms_ship_by),
            "promise": self._oms_outbox_time(self.oms_promise_current),
        }
        return [(f"confirmed:{len(decisions) + 1}", "confirmed", at, data)]

    def _oms_outbox_cancelled(self, told, times):
        decisions = self._oms_decisions(told)
        if self.state != "cancel" or (decisions and decisions[-1].startswith("cancelled")):
            return []
        at = times.get((self.id, "cancelled"))
        data = {"whole": True, "reason": self.oms_cancel_reason or None}
        return [(f"cancelled:{len(decisions) + 1}", "cancelled", at, data)]

    def _oms_outbox_units(self):
        """Units of an order that goes on, of which some will not be shipped any more."""
        if self.state != "sale":
            return []
        lines = [
            {**line._oms_outbox_line(), "quantity": line.oms_qty_cancelled}
            for line in self.order_line
            if line.oms_qty_cancelled
        ]
        if not lines:
            return []
        digest = hashlib.sha256(json.dumps(lines, sort_keys=True).encode()).hexdigest()[:16]
        data = {"whole": False, "lines": lines, "reason": self.oms_cancel_reason or None}
        return [(f"units:{digest}", "cancelled", fields.Datetime.now(), data)]

    def _oms_outbox_holds(self):
        """Holds that stop something. The channel hears the customer's sentence, not ours."""
        result = {}
        for hold in self._oms_active_holds():
            code = hold.code_id.with_context(lang=hold.company_id.partner_id.lang)
            blocks = [
                name for name in ("confirm", "reserve", "ship", "invoice") if code[f"blocks_{name}"]
            ]
            if blocks:
                data = {
                    "code": code.code,
                    "sentence": code.customer_text or None,
                    "blocks": blocks,
                }
                result.setdefault(hold.order_id.id, []).append(
                    (f"held:{hold.id}", "held", hold.since, data)
                )
        return result

    def _oms_outbox_released(self, told):
        """Holds that the channel heard of and that stop nothing any more; a cancelled order does
        not go on."""
        ended = {
            int(key[5:])
            for order in self
            if order.state != "cancel"
            for key in told[order.id]
            if key.startswith("held:") and f"released:{key[5:]}" not in told[order.id]
        }
        if not ended:
            return {}
        # sudo: as for the holds that are told.
        holds = self.env["oms.hold"].sudo().browse(sorted(ended)).exists()
        result = {}
        for hold in holds.filtered(lambda hold: hold.state != "active"):
            data = hold.order_id._oms_outbox_going_on(hold)
            result.setdefault(hold.order_id.id, []).append(
                (f"released:{hold.id}", "released", hold.released_at, data)
            )
        return result

    def _oms_outbox_going_on(self, hold):
        """What the end of a hold means: the customer hears it when nothing else stops the order."""
        staff = self.company_id._oms_in_language(self)
        goes_on = not any(other.state == "active" for other in self.sudo().oms_hold_ids)
        sentence = staff.env._("Your order goes on.") if goes_on else None
        return {"code": hold.code_id.code, "goes_on": goes_on, "sentence": sentence}

    def _oms_outbox_returns(self):
        """Goods that came back."""
        result = {}
        for case in self.oms_return_ids.filtered("received_at").sorted("id"):
            data = {
                "return": case.name,
                "reference": case.reference or None,
                "kind": case.kind,
                "lines": [
                    {**line.sale_line_id._oms_outbox_line(), "quantity": line.received}
                    for line in case.line_ids
                ],
            }
            result.setdefault(case.order_id.id, []).append(
                (f"returned:{case.id}", "returned", case.received_at, data)
            )
        return result

    def _oms_outbox_refunds(self):
        """Money that was paid back."""
        result = {}
        payments = self.env["account.payment"].search(
            [
                ("oms_order_id", "in", self.ids),
                ("oms_role", "=", "refund"),
                ("state", "in", ("in_process", "paid")),
            ],
            order="id",
        )
        for payment in payments:
            data = {
                "amount": payment.amount,
                "currency": payment.currency_id.name,
                "reference": payment.name or None,
            }
            result.setdefault(payment.oms_order_id.id, []).append(
                (f"refunded:{payment.id}", "refunded", payment.create_date, data)
            )
        return result

    @staticmethod
    def _oms_outbox_time(moment):
        return moment.replace(microsecond=0).isoformat() + "Z" if moment else None


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _oms_outbox_line(self):
        return {
            "line_id": self.oms_line_ref or None,
            "sku": self.product_id.default_code or None,
        }


class OmsFulfillment(models.Model):
    _inherit = "oms.fulfillment"

    def _outbox_parcels(self):
        """Return ``{fulfilment id: [{courier, service, resi, link}]}``, for the whole batch.

        Without the tracking addon: what the channel itself said about the parcel.
        """
        parcels = {}
        for work in self:
            sent = work.order_id.oms_ship_to or {}
            if sent.get("resi"):
                parcel = {name: sent.get(name) for name in ("courier", "service", "resi")}
                parcels[work.id] = [{**parcel, "link": None}]
        return parcels

    def _outbox_events(self, told, parcels):
        """What left and what arrived; a resi that comes later, or changes, is told as well."""
        events = []
        for work in self.filtered(lambda work: work.handed_over_at and work.state != "cancelled"):
            known = parcels.get(work.id, [])
            numbers = ",".join(parcel["resi"] or "" for parcel in known).strip(",")
            before = f"shipped:{work.id}:"
            again = any(key.startswith(before) for key in told)
            if numbers or not again:
                at = fields.Datetime.now() if again else work.handed_over_at
                key = before + hashlib.sha256(numbers.encode()).hexdigest()[:16]
                events.append((key, "shipped", at, work._outbox_contents(known)))
            if work.delivered_at:
                data = {"fulfillment": work.name}
                events.append((f"delivered:{work.id}", "delivered", work.delivered_at, data))
        return events

    def _outbox_contents(self, parcels):
        done = self.picking_id.move_ids.filtered(
            lambda move: move.sale_line_id and move.state == "done"
        )
        lines = [
            {**line._oms_outbox_line(), "quantity": line._oms_units_completed(moves)}
            for line, moves in done.grouped("sale_line_id").items()
        ]
        return {"fulfillment": self.name, "lines": lines, "parcels": parcels}
