from datetime import timedelta

from odoo import api, fields, models

from ..engine import request as engine
from ..exceptions import OmsRefusal
from .oms_fulfillment import OPEN_STATES

REQUEST_STATES = [
    ("unsubmitted", "Not Sent"),
    ("submitted", "Sent"),
    ("accepted", "Accepted"),
    ("rejected", "Rejected"),
    ("cancellation_requested", "Asked to Cancel"),
    ("cancellation_accepted", "Given Back"),
    ("cancellation_rejected", "Goes On"),
    ("closed", "Given Up"),
]
HOLD = "provider_returned"
PROTECTED = frozenset(
    {
        "request_state",
        "submitted_at",
        "fetched_at",
        "answered_at",
        "answered_by_id",
        "answer_due",
        "reject_reason_id",
        "cancel_wanted",
    }
)


class OmsFulfillment(models.Model):
    """The talk with the 3PL that runs the warehouse: request, answer, request to cancel, answer.

    Work is sent by itself as soon as its stock is reserved. What comes back unfinished is put on
    hold, with the reason of the 3PL and the next step, in the queue of the warehouse; releasing
    that hold sends it again, moving or cancelling the fulfilment ends it.
    """

    _inherit = "oms.fulfillment"

    request_state = fields.Selection(
        REQUEST_STATES, string="3PL Request", default="unsubmitted", required=True, readonly=True
    )
    submitted_at = fields.Datetime(string="Sent to 3PL At", readonly=True)
    fetched_at = fields.Datetime(string="Fetched by 3PL At", readonly=True)
    answered_at = fields.Datetime(string="3PL Answered At", readonly=True)
    answered_by_id = fields.Many2one("res.users", string="3PL Answer Recorded By", readonly=True)
    answer_due = fields.Datetime(
        string="3PL Answers By", readonly=True, help="When the 3PL should have answered."
    )
    answer_hours = fields.Float(
        string="Hours to Answer",
        compute="_compute_answer_hours",
        store=True,
        aggregator="avg",
        help="From sending the work to the answer.",
    )
    answered_late = fields.Boolean(string="3PL Answered Late", readonly=True)
    provider_ref = fields.Char(string="3PL Reference", readonly=True)
    provider_note = fields.Char(string="Note of the 3PL", readonly=True)
    reject_reason_id = fields.Many2one(
        "oms.reject.reason", string="3PL Reason", readonly=True, ondelete="restrict"
    )
    cancel_wanted = fields.Char(
        string="Cancel the Order Because",
        readonly=True,
        help="The order is cancelled as soon as the 3PL agrees to stop.",
    )

    _work_idx = models.Index(
        "(provider_id, ship_by) WHERE request_state IN ('submitted', 'cancellation_requested')"
    )
    _answer_due_idx = models.Index("(answer_due) WHERE answer_due IS NOT NULL")

    @api.depends("submitted_at", "answered_at")
    def _compute_answer_hours(self):
        for work in self:
            answered = work.answered_at and work.submitted_at
            wait = work.answered_at - work.submitted_at if answered else timedelta()
            work.answer_hours = max(wait.total_seconds(), 0.0) / 3600

    def write(self, vals):
        if PROTECTED & set(vals) and not self.env.su:
            raise OmsRefusal(
                "request_not_writable",
                self.env._("What was said to a 3PL is not a field to fill in."),
                next_step=self.env._("Send the work, record an answer, or ask to cancel."),
            )
        return super().write(vals)

    # BUTTONS

    def action_submit(self):
        """Button: send the work to its 3PL now; a hold because it came back ends."""
        self._check_work_access()
        self.check_access("read")
        # sudo: the role was checked; the transition checks the rest.
        works = self.sudo().filtered("provider_id")
        for work in works:
            work._ensure_submittable()
        works._end_provider_holds(self.env._("Sent to the 3PL again."))
        works._set_submitted()
        return True

    def action_request_cancellation(self):
        """Button: ask the 3PL to stop."""
        self._check_work_access()
        self.check_access("read")
        # sudo: the role was checked; the transition checks the rest.
        self.sudo().filtered("provider_id")._set_cancellation_requested()
        return True

    def action_record_answer(self):
        """Button: write down what the 3PL said on the telephone or by mail."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Answer of the 3PL"),
            "res_model": "oms.provider.answer",
            "view_mode": "form",
            "target": "new",
            "context": {"default_fulfillment_ids": self.ids},
        }

    def _ensure_submittable(self):
        if self.state == "waiting":
            self._ensure_reserved()
        elsewhere = self.order_id._oms_active_holds("ship").filtered(lambda h: h.code != HOLD)
        lines = self.picking_id.move_ids.sale_line_id
        if self.state not in OPEN_STATES or self.handed_over_at:
            self._ensure_open(lines)
        concerning = elsewhere._concerning(lines, self)
        if concerning:
            sentence = concerning._refusal_reasons(self.env._("shipped"))
            raise OmsRefusal(
                "on_hold",
                sentence,
                next_step=self.env._("Clear the hold first; then it is sent by itself."),
            )

    # SYNC

    def _sync_state(self):
        result = super()._sync_state()
        # sudo: what is sent to whom follows from the facts, whoever changed them.
        self.sudo().filtered("provider_id")._sync_requests()
        return result

    def _sync_requests(self):
        """Send what is ready, and take back what was cancelled."""
        gone = self.filtered(lambda work: work.state == "cancelled")
        gone._end_provider_holds(self.env._("The fulfilment was cancelled."))
        gone.filtered(lambda work: work.request_state == "submitted")._set_cancellation_requested()
        ready = self.filtered(
            lambda work: work.state in OPEN_STATES
            and work.state != "waiting"
            and not work.handed_over_at
            and engine.after(work.request_state, "submit")
            and work.warehouse_id.oms_provider_auto
            and not work.cancel_wanted
        )
        (ready - ready._held_from_shipping())._set_submitted()

    def _held_from_shipping(self):
        """The fulfilments of which a hold keeps the goods; one query."""
        holds = self.order_id._oms_active_holds("ship").grouped("order_id")
        nothing = self.env["oms.hold"]
        return self.filtered(
            lambda work: holds.get(work.order_id, nothing)._concerning(
                work.picking_id.move_ids.sale_line_id, work
            )
        )

    # TRANSITIONS

    def _set_submitted(self):
        """Send the work to its 3PL, which has to answer in time."""
        now = fields.Datetime.now()
        for warehouse, works in self.grouped("warehouse_id").items():
            works._transition(
                "submit",
                submitted_at=now,
                fetched_at=False,
                answer_due=now + timedelta(hours=warehouse.oms_answer_hours),
                reject_reason_id=False,
            )
        return self

    def _set_accepted_by_provider(self, note=None, reference=None):
        return self._answer("accept", note, reference)

    def _set_rejected(self, reason, note=None):
        """The 3PL does not do it: the work is ours again, on hold with the reason."""
        for work in self:
            work._answer(engine.refusal_act(work.request_state), note, reject_reason_id=reason.id)
        self._put_back(reason)
        return self

    def _set_cancellation_requested(self, note=None):
        """Ask the 3PL to stop; work that nobody fetched is taken back at once."""
        unseen = self.filtered(lambda w: w.request_state == "submitted" and not w.fetched_at)
        unseen._transition("withdraw", answer_due=False)
        asked = self - unseen
        values = {"note": note} if note else {}
        now = fields.Datetime.now()
        for warehouse, works in asked.grouped("warehouse_id").items():
            due = now + timedelta(hours=warehouse.oms_answer_hours)
            works._transition("request_cancellation", answer_due=due, **values)
        unseen._after_cancellation()
        return self

    def _set_cancellation_accepted(self, note=None):
        self._answer("accept_cancellation", note)
        self._after_cancellation()
        return self

    def _set_cancellation_rejected(self, note=None):
        self._answer("reject_cancellation", note)
        orders = self.order_id.sudo().filtered(
            lambda order: any(order.oms_fulfillment_ids.mapped("cancel_wanted"))
        )
        wanted = orders.oms_fulfillment_ids.filtered("cancel_wanted")
        wanted.cancel_wanted = False
        # The order goes on in part: people decide about the part that was given back.
        wanted.filtered(lambda work: work.request_state == "cancellation_accepted")._put_back()
        for work in self:
            work._tell_order(
                self.env._(
                    "%(provider)s does not stop %(name)s: %(note)s",
                    provider=work.provider_id.name,
                    name=work.name,
                    note=work.provider_note or self.env._("no reason given"),
                )
            )
        return self

    def _answer(self, act, note=None, reference=None, **values):
        if reference:
            values["provider_ref"] = reference
        now = fields.Datetime.now()
        overdue = self.filtered(lambda work: work.answer_due and work.answer_due < now)
        self._transition(
            act,
            answered_at=now,
            answered_by_id=self.env.uid,
            answer_due=False,
            provider_note=note or False,
            answered_late=False,
            **values,
        )
        # sudo: part of the transition.
        overdue.sudo().answered_late = True
        return self

    def _transition(self, act, **values):
        """Take the transition ``act`` on all of these, or on none.

        :raise OmsRefusal: ``not_possible``
        """
        for work in self:
            if not engine.after(work.request_state, act):
                work._refuse_act()
        if self:
            # sudo: transitions are the only way to write these; callers checked the role.
            self.sudo().write({"request_state": engine.ACTS[act][1], **values})
        return self

    def _refuse_act(self):
        steps = {
            "unsubmitted": self.env._("It is sent when its stock is reserved."),
            "submitted": self.env._("The 3PL accepts or rejects it first."),
            "accepted": self.env._("The 3PL ships it, gives it up, or is asked to cancel it."),
            "cancellation_requested": self.env._("The 3PL says whether it stops."),
        }
        raise OmsRefusal(
            "not_possible",
            self.env._(
                "%(name)s is at the 3PL as: %(state)s.",
                name=self.name,
                state=self._request_label(),
            ),
            field="fulfillment",
            next_step=steps.get(
                self.request_state, self.env._("Send it again, move it or cancel it.")
            ),
        )

    def _request_label(self):
        labels = dict(self._fields["request_state"]._description_selection(self.env))
        return labels[self.request_state]

    # WHAT FOLLOWS

    def _after_cancellation(self):
        """Cancel the orders whose cancellation waited for this; hold what is ours again."""
        for work in self.filtered(lambda work: work.state != "cancelled"):
            if work.cancel_wanted:
                work.order_id._oms_channel_cancel(work.cancel_wanted)
            else:
                work._put_back()

    def _put_back(self, reason=None):
        """Put the work into the queue of the warehouse, with the reason and the next step."""
        for work in self:
            staff = work.company_id._oms_in_language(work)
            sentence = staff._returned_sentence(reason and reason.with_env(staff.env))
            work.order_id._oms_raise_hold(HOLD, sentence, work.name, fulfillment_id=work.id)
            staff._tell_order(sentence)

    def _returned_sentence(self, reason):
        said = ": ".join(text for text in (reason and reason.name, self.provider_note) if text)
        sentence = self.env._(
            "%(provider)s gave %(name)s back: %(said)s.",
            provider=self.provider_id.name,
            name=self.name,
            said=said or self.env._("as we asked"),
        )
        return f"{sentence} {reason.next_step}" if reason and reason.next_step else sentence

    def _tell_order(self, sentence):
        # sudo: the 3PL's answer is kept in the order's history, whoever recorded it.
        self.order_id.sudo().message_post(body=sentence)

    def _end_provider_holds(self, reason):
        if self:
            holds = self.order_id._oms_active_holds()
            holds.filtered(
                lambda hold: hold.code == HOLD and hold.fulfillment_id in self
            )._auto_release(reason)

    # GUARDS

    def _at_provider(self):
        """The fulfilments whose goods the 3PL may have in its hands."""
        return self.filtered(
            lambda work: work.request_state in engine.BUSY
            and work.state in OPEN_STATES
            and not work.handed_over_at
        )

    def _ensure_not_at_provider(self):
        """Refuse to take work away from a 3PL that has accepted it.

        :raise OmsRefusal: ``at_provider``
        """
        for work in self._at_provider():
            raise OmsRefusal(
                "at_provider",
                self.env._(
                    "%(provider)s has accepted %(name)s and may be packing it.",
                    provider=work.provider_id.name,
                    name=work.name,
                ),
                field="fulfillment",
                next_step=self.env._("Ask the 3PL to cancel it; go on when it agrees."),
            )

    def _ship(self, item):
        """Work that leaves was accepted, whatever was said before."""
        if self.provider_id and not self.handed_over_at:
            self._shipping_answers()
        return super()._ship(item)

    def _shipping_answers(self):
        provider = self._bound_provider()
        try:
            act = engine.implied_by_shipping(self.request_state)
        except ValueError:
            if provider:
                self._refuse_act()
            return
        if act == "accept":
            self._set_accepted_by_provider()
        elif act:
            self._set_cancellation_rejected(self.env._("It has left already."))
