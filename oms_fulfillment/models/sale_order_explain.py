from odoo import api, fields, models
from odoo.tools import format_date, formatLang

from ..engine import stage as engine


class SaleOrder(models.Model):
    """An order that says where it is, what it waits for and whose move it is."""

    _inherit = "sale.order"

    oms_explanation = fields.Char(string="What Happens Next", compute="_compute_oms_explanation")
    oms_explanation_party = fields.Selection(
        [
            ("agent", "Order agent"),
            ("warehouse", "Warehouse"),
            ("courier", "Courier"),
            ("customer", "Customer"),
            ("channel", "Channel"),
            ("finance", "Finance"),
            ("manager", "Manager"),
            ("done", "Nobody"),
        ],
        string="Whose Move",
        compute="_compute_oms_explanation",
    )

    def _compute_oms_explanation(self):
        # sudo: whoever may read the order may know what it waits for.
        managed = self.filtered("oms_stage_id").sudo()
        (self - managed).write({"oms_explanation": False, "oms_explanation_party": False})
        answers = managed._oms_explain_batch()
        for order, answer in zip(managed.sudo(self.env.su), answers, strict=True):
            blocker = answer["blocker"] or {}
            order.oms_explanation = blocker.get("message") or answer["message"]
            order.oms_explanation_party = blocker.get("whose_move") or "done"

    # RPC

    @api.model
    def oms_explain(self, names):
        """Explain orders: the stage, the next blocker and what would clear it.

        :param list names: order names, or ``{channel, external_id}``
        :return: per item ``{status, id, name, stage, since, message, blocker, errors}``;
            ``blocker`` is ``None`` when nothing is left to do, else ``{code, message, since,
            whose_move, action, call, deadline, evidence: {model, id, name}}``; ``call`` is what
            clears it: ``{model, method, ids, args, inputs}``, with words in angle brackets where
            somebody has to say something (``inputs`` says what); times are UTC
        """
        staff = self.env.su or self.env.user.has_group("oms_fulfillment.group_oms_user")
        return self._oms_answer(names, lambda orders: orders._oms_explain_batch(), not staff)

    def _oms_answer(self, names, describe, managed=True):
        """Answer per name with ``describe(orders)``: one dict per order, for the whole batch.

        :param bool managed: leave out the orders that belong to no channel
        """
        user = self.env.user
        if not (self.env.su or user.has_group("oms_fulfillment.group_oms_user")):
            self.env["oms.channel"]._check_integration_access()
        self._oms_refresh_touched()
        rpc = self.env["oms.rpc"]
        names = [names] if isinstance(names, str | dict) else names
        if not isinstance(names, list | tuple):
            return rpc._run_items(names, None)
        orders = rpc._find_orders(names, managed)
        answers = {answer["id"]: answer for answer in describe(orders)}
        return rpc._run_items(
            [{"order": name} for name in names],
            lambda item: answers[rpc._order_named(orders, item["order"]).id],
        )

    # EXPLAIN

    def _oms_explain_batch(self):
        """Explain these orders; a few queries for the whole batch."""
        holds = self._oms_active_holds().grouped(lambda hold: hold.order_id.id)
        tracking = self._oms_tracking_facts()
        return [
            order._oms_explain_one(
                order._oms_telling_hold(holds.get(order.id)), tracking.get(order.id, {})
            )
            if order.oms_channel_id
            else order._oms_explain_unmanaged()
            for order in self
        ]

    def _oms_telling_hold(self, holds):
        """The hold that keeps the order where it is, or else the first one."""
        stage = self.oms_stage_id.code
        blocks = {
            "placement": ("blocks_confirm",),
            "processing": ("blocks_confirm",),
            "inventory_check": ("blocks_reserve", "blocks_ship"),
            "fulfillment": ("blocks_reserve", "blocks_ship"),
            "payment": ("blocks_invoice",),
        }.get(stage, ())
        for name in blocks:
            for hold in holds or ():
                if hold[name]:
                    return hold
        return holds[:1] if holds else None

    def _oms_explain_one(self, hold, tracking):
        code = self.oms_blocker
        stage = self.oms_stage_id
        answer = {
            "id": self.id,
            "name": self.name,
            "stage": stage.code,
            "since": fields.Datetime.to_string(self.oms_stage_since),
            "message": self.env._("%(order)s: %(stage)s.", order=self.name, stage=stage.name),
            "blocker": None,
        }
        if not code:
            if hold:
                code = "hold"
            else:
                return answer
        party, action = engine.PARTY.get(code, ("manager", None))
        # sudo: the call names records; whether the caller may make it is checked when they do.
        call = self.sudo()._oms_blocker_call(code, hold)
        if call:
            action = f"{call['model']}.{call['method']}"
        evidence, since, deadline = self._oms_evidence(code, hold, tracking)
        if code == "hold" and hold and hold.owner_group_id:
            party = "manager"
            if hold.owner_group_id == self.env.ref("oms_fulfillment.group_oms_finance"):
                party = "finance"
        answer["blocker"] = {
            "code": code,
            "message": self._oms_blocker_sentence(code, hold, tracking),
            "since": fields.Datetime.to_string(since or self.oms_stage_since),
            "whose_move": party,
            "action": action,
            "call": call,
            "deadline": fields.Datetime.to_string(deadline) if deadline else None,
            "evidence": {
                "model": evidence._name,
                "id": evidence.id,
                "name": evidence.display_name,
            },
        }
        return answer

    def _oms_evidence(self, code, hold, tracking):
        """Return the record that proves the blocker, since when, and the deadline."""
        if code == "hold" and hold:
            return hold, hold.since, hold.due
        work = self.oms_fulfillment_ids
        if code in ("stock_short", "to_pick", "to_pack", "to_hand_over"):
            states = {
                "stock_short": "waiting",
                "to_pick": "ready",
                "to_pack": "picked",
                "to_hand_over": "packed",
            }
            found = work.filtered(lambda w: w.state == states[code])[:1] or work[:1]
            return found or self, None, found.ship_by or self.oms_ship_by
        if code in ("in_transit", "parcel_exception"):
            if tracking.get("record"):
                model, record_id, _name = tracking["record"]
                record = self.env[model].sudo().browse(record_id)
                return record, tracking.get("last_event_at"), self.oms_promise_current
            found = work.filtered(lambda w: w.state == "handed_over")[:1]
            return found or self, found.handed_over_at, self.oms_promise_current
        if code == "awaiting_acceptance":
            found = work.filtered(lambda w: w.state == "delivered")[:1]
            return found or self, found.delivered_at, found.auto_accept_at
        if code == "return_open":
            # sudo: as the call, it names a record; who may open it is checked when they do.
            case = self.sudo().oms_return_ids.filtered("is_open")[:1]
            return case or self, case.requested_at, None
        return self._oms_money_evidence(code) or (self, None, None)

    def _oms_money_evidence(self, code):
        """Extended where money and returns are kept: ``(record, since, deadline)`` or ``None``."""
        return None

    def _oms_blocker_sentence(self, code, hold, tracking):
        """The one sentence under the stage bar."""
        if code == "hold" and hold:
            return self.env._(
                "On hold: %(reason)s %(next_step)s",
                reason=hold.reason,
                next_step=hold.next_step or "",
            ).strip()
        if code == "stock_short":
            return self._oms_short_sentence()
        if code == "in_transit" and tracking.get("last_status"):
            return self.env._(
                "On its way to the customer; the courier last said: %(status)s.",
                status=tracking["last_status"],
            )
        if code == "parcel_exception" and tracking.get("exception"):
            return tracking["exception"]
        sentences = {
            "missing_lines": self.env._("No products on the order yet. Add the lines."),
            "missing_address": self.env._("Nobody knows where to ship to. Fill in the address."),
            "missing_payment": self.env._("How the customer pays is not known. Choose a policy."),
            "hold": self.env._("On hold. Release the hold with a reason."),
            "to_confirm": self.env._("Every check passed. Confirm the order."),
            "to_pick": self.env._("Reserved. The warehouse picks the goods."),
            "to_pack": self.env._("Picked. The warehouse packs the goods."),
            "to_hand_over": self.env._("Packed. Hand the parcel over to the courier."),
            "in_transit": self.env._("On its way to the customer."),
            "parcel_exception": self.env._("A parcel did not arrive. Decide about it."),
            "awaiting_acceptance": self.env._("Delivered. The customer has time to look at it."),
            "return_open": self.env._("A return is open. Receive, inspect and resolve it."),
            "to_invoice": self.env._("Ready to be invoiced. Run the automatic steps."),
            "awaiting_payment": self.env._("Invoiced. The customer has not paid yet."),
            "cod_to_collect": self.env._("Delivered. The cash collected is not booked yet."),
            "cod_with_courier": self.env._("The courier holds the cash and must remit it."),
            "payout_pending": self.env._("The channel holds the money and must pay it out."),
            "refund_pending": self.env._("The customer is still to be refunded."),
            "prepayment_to_refund": self.env._("Cancelled, but the prepayment is still here."),
        }
        return sentences.get(code, code)

    def _oms_short_sentence(self):
        """Name what is short, by how much, and when more comes."""
        line_buckets = self.order_line._oms_buckets()
        short = [
            (line, line_buckets[line.id].unallocated)
            for line in self.order_line
            if line.id in line_buckets and line_buckets[line.id].unallocated > engine.EPSILON
        ]
        if not short:
            return self.env._("Waiting for stock to be reserved.")
        line, quantity = short[0]
        warehouse = line._oms_waiting_moves().location_id.warehouse_id[:1] or self.warehouse_id
        values = {
            "quantity": self._oms_units(quantity),
            "sku": line._oms_short_name(),
            "warehouse": warehouse.name,
        }
        release = line.sudo().oms_preorder_id.release_date
        if release and release > fields.Datetime.now():
            return self.env._(
                "Pre-order: %(quantity)s × %(sku)s are released on %(date)s.",
                quantity=values["quantity"],
                sku=values["sku"],
                date=format_date(self.env, self.company_id._oms_local_date(release)),
            )
        known = {item["line"]: item for item in self.oms_expected or ()}.get(line.id, {})
        at = fields.Datetime.to_datetime(known.get("at"))
        if at and not known["short"]:
            return self.env._(
                "%(quantity)s × %(sku)s short in %(warehouse)s; "
                "next receipt %(date)s (%(receipt)s).",
                date=format_date(self.env, self.company_id._oms_local_date(at)),
                receipt=known["source"] or self.env._("planned"),
                **values,
            )
        if at:
            return self.env._(
                "%(quantity)s × %(sku)s short in %(warehouse)s; %(units)s of them come on %(date)s "
                "(%(receipt)s), nothing planned brings the rest.",
                units=self._oms_units(known["units"]),
                date=format_date(self.env, self.company_id._oms_local_date(at)),
                receipt=known["source"] or self.env._("planned"),
                **values,
            )
        if self._oms_next_receipt(line.product_id):
            return self.env._(
                "%(quantity)s × %(sku)s short in %(warehouse)s; what is planned to come was "
                "promised to older orders.",
                **values,
            )
        return self.env._(
            "%(quantity)s × %(sku)s short in %(warehouse)s; no receipt is planned.",
            **values,
        )

    def _oms_units(self, quantity):
        """A quantity as the reader writes it: 1.200 in Indonesian, no useless decimals."""
        digits = 0 if float(quantity).is_integer() else 2
        return formatLang(self.env, quantity, digits=digits)

    def _oms_next_receipt(self, product):
        return self.env["stock.move"].search(
            [
                ("product_id", "=", product.id),
                ("state", "in", ("waiting", "confirmed", "partially_available", "assigned")),
                ("location_dest_id.warehouse_id", "=", self.warehouse_id.id),
                ("location_id.usage", "in", ("supplier", "production", "transit")),
            ],
            order="date",
            limit=1,
        )
