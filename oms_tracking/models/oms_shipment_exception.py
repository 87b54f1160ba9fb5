from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal

from ..engine import watch
from ..engine.message import tells_address
from ..engine.status import FINAL

CLAIM_KINDS = {"lost": "lost", "damaged": "damaged", "weight": "weight", "late": "late"}
ATTEMPTS = ("attempt_failed", "problem")


class OmsShipment(models.Model):
    """What goes wrong: found by events and by the clock, given to somebody, done until a time."""

    _inherit = "oms.shipment"

    exception_since = fields.Datetime(readonly=True, copy=False)
    exception_due = fields.Datetime(string="Due", copy=False, tracking=True)
    exception_owner_id = fields.Many2one(
        "res.users", string="Owner", copy=False, index="btree_not_null", tracking=True
    )
    instruction_ids = fields.One2many(
        "oms.shipment.instruction", "shipment_id", string="Instructions to the Courier"
    )
    claim_ids = fields.One2many("oms.claim", "shipment_id", string="Claims")
    claim_count = fields.Integer(compute="_compute_claim_count")

    # Parcels that the clock looks at: few, whatever the history.
    _under_way_idx = models.Index("(shipped_at) WHERE rested_at IS NULL")

    @api.depends("claim_ids")
    def _compute_claim_count(self):
        for parcel in self:
            parcel.claim_count = len(parcel.claim_ids)

    # FIND

    def _exception_of(self, state):
        """Add what the courier's words and the clock say to what the events say."""
        code = super()._exception_of(state)
        if code in ATTEMPTS and self._address_trouble():
            return "address"
        if code or self.kind != "out":
            return code
        facts = watch.Watched(
            state.current,
            self.shipped_at or None,
            state.picked_up_at,
            state.last_event_at,
            self.promised_to or None,
            self.weight_excess_kg if self.billed_kg or self.corrected_kg else 0.0,
        )
        return self._judge(facts)

    def _judge(self, facts):
        if facts.status in FINAL and not facts.weight_excess:
            return False
        now, courier = fields.Datetime.now(), self.courier_id
        today = self._local_day(now) if facts.promised_to else None
        hours = (courier.no_scan_hours, courier.stuck_hours) if courier else (24, 72)
        return watch.judge(facts, now, today, *hours) or False

    def _address_trouble(self):
        """Whether the newest failure speaks of the address."""
        failed = self.event_ids.filtered(lambda e: e.status == "attempt_failed" or e.problem)
        newest = failed.sorted(lambda e: (e.occurred_at, e.id))[-1:]
        return tells_address(newest.text)

    @api.model
    def _cron_watch(self):
        """Each hour: raise what the clock says of parcels under way."""
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM oms_shipment WHERE shipped_at IS NOT NULL "
                "AND rested_at IS NULL AND kind = 'out' ORDER BY id"
            )
        )
        parcels = self.browse(id_ for (id_,) in rows)
        for start in range(0, len(parcels), 1000):
            parcels[start : start + 1000]._watch()

    def _watch(self):
        """Raise and end what only the clock says; what events say stays."""
        for parcel in self:
            if parcel.exception_code and parcel.exception_code not in watch.CODES:
                continue
            code = parcel._judge(
                watch.Watched(
                    parcel.status,
                    parcel.shipped_at or None,
                    parcel.picked_up_at or None,
                    parcel.last_event_at or None,
                    parcel.promised_to or None,
                    parcel.weight_excess_kg,
                )
            )
            if code != (parcel.exception_code or False):
                parcel.with_context(tracking_disable=True).write({"exception_code": code})

    # RAISE AND END

    def write(self, vals):
        if "exception_code" in vals:
            changed = self.filtered(
                lambda parcel: (parcel.exception_code or False) != vals["exception_code"]
            )
            for parcel in changed:
                super(OmsShipment, parcel).write(parcel._prepare_exception_vals(vals))
        result = super().write(vals)
        if {"billed_kg", "corrected_kg", "weight_kg"} & set(vals):
            self._watch()
        return result

    def _prepare_exception_vals(self, vals):
        """Another trouble is a new case: it needs an owner and a time, settled or not before."""
        code = vals["exception_code"]
        settled = {"exception_settled_at": False, "exception_settled_by_id": False}
        if not code:
            return {"exception_due": False, **settled}
        now = fields.Datetime.now()
        return {
            "exception_since": now,
            "exception_due": now + timedelta(hours=watch.DUE_HOURS[code]),
            "exception_owner_id": self.exception_owner_id.id or self.courier_id.desk_user_id.id,
            **settled,
        }

    # ACTIONS

    def action_take(self):
        """Button: I take care of these."""
        self._check_desk_access()
        self.write({"exception_owner_id": self.env.uid})
        return True

    def action_claim(self):
        """Button: open the claim of this parcel; it is made, filled in, when there is none."""
        self.ensure_one()
        self.check_access("write")
        claim = self.claim_ids.filtered("is_open")[:1]
        if not claim:
            claim = self.env["oms.claim"].create(self._prepare_claim_vals())
        return {
            "type": "ir.actions.act_window",
            "res_model": "oms.claim",
            "res_id": claim.id,
            "views": [(False, "form")],
        }

    def _prepare_claim_vals(self):
        kind = CLAIM_KINDS.get(self.exception_code, "lost")
        amount = self._contents_value()
        if kind == "weight":
            amount = max(self.cost_billed - self.cost_estimated, 0.0)
        elif kind == "late":
            amount = self.cost_final
        return {
            "shipment_id": self.id,
            "kind": kind,
            "amount": amount,
            "reason": self.exception_reason or False,
        }

    def _contents_value(self):
        """What the customer paid for the contents."""
        # sudo: the courier desk claims what it may not see on orders: the sum of a parcel.
        total = sum(content._worth() for content in self.sudo().line_ids)
        return self.currency_id.round(total) if self.currency_id else total

    def action_open_return(self):
        """Button: goods on their way back get a return of their order, in which they are received
        and judged; a shared parcel is as many returns as it holds orders."""
        self.ensure_one()
        self._check_desk_access()
        self.check_access("write")
        # sudo: the courier desk reads no orders; the returns below are found with its own rights.
        orders = self.sudo()._orders()
        cases = self.env["oms.return"].search(
            [("order_id", "in", orders.ids), ("kind", "=", "rts"), ("is_open", "=", True)]
        )
        for order in orders - cases.order_id.sudo():
            cases |= self._request_return(order)
        action = {"type": "ir.actions.act_window", "res_model": "oms.return"}
        if len(cases) == 1:
            return {**action, "res_id": cases.id, "views": [(False, "form")]}
        return {
            **action,
            "name": self.env._("Returns of %(parcel)s", parcel=self.name),
            "domain": [("id", "in", cases.ids)],
            "views": [(False, "list"), (False, "form")],
        }

    def _orders_without_return(self):
        """The orders in this parcel whose goods no closed return accounts for."""
        closed = self._orders().oms_return_ids.filtered(
            lambda case: case.kind == "rts" and case.state == "closed"
        )
        lines = closed.line_ids.sale_line_id
        return self._orders().filtered(
            lambda order: self._lines_of(order) and not self._lines_of(order).sale_line_id & lines
        )

    def _request_return(self, order):
        (answer,) = self.env["oms.return"].request(
            [
                {
                    "order": order._oms_page_reference(),
                    "kind": "rts",
                    "reference": self.name,
                    "reason": "cod_payment_rejected" if self.cod_amount else "undeliverable",
                    "wish": "refund",
                    "lines": [
                        {
                            "line_id": line.sale_line_id.oms_line_ref or line.sale_line_id.id,
                            "quantity": line.quantity,
                        }
                        for line in self.sudo()._lines_of(order)
                    ],
                }
            ]
        )
        if answer["status"] == "error":
            error = answer["errors"][0]
            raise OmsRefusal(error["code"], error["message"], next_step=error["next_step"])
        return self.env["oms.return"].browse(answer["id"])
