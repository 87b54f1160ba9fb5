from odoo import api, fields, models

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal

from ..connectors.base import TRACK

KINDS = [("book", "Book"), ("cancel", "Cancel"), ("track", "Track"), ("label", "Fetch the label")]
STATES = [
    ("waiting", "Waiting"),
    ("answered", "Answered"),
    ("done", "Done"),
    ("stopped", "Needs a person"),
    ("undone", "Cancelled"),
]
OPEN = ("waiting", "answered")
LOOK_SOON = 10
CRON = "oms_tracking.cron_courier_jobs"
CRON_2 = "oms_tracking.cron_courier_jobs_2"


class OmsCourierJob(models.Model):
    """Something that a courier's server is to be asked, after the commit and until it answered.

    ``reference`` is the number under which the provider knows a booking. It is unique and never
    used for another parcel, so that asking twice can't book twice. ``unsure`` says that an earlier
    try may have got through: then the provider is asked before anything is sent again.
    """

    _name = "oms.courier.job"
    _description = "Call to a Courier"
    _order = "id DESC"
    _rec_name = "reference"

    kind = fields.Selection(KINDS, required=True, readonly=True)
    state = fields.Selection(STATES, required=True, readonly=True, default="waiting")
    shipment_id = fields.Many2one(
        "oms.shipment",
        string="Parcel",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    account_id = fields.Many2one(
        "oms.courier.account", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="account_id.company_id", store=True)
    reference = fields.Char(required=True, readonly=True)
    tries = fields.Integer(readonly=True)
    next_try = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    asked_at = fields.Datetime(readonly=True, help="A worker is asking the courier since then.")
    unsure = fields.Boolean(readonly=True, help="An earlier try may have got through.")
    error = fields.Char(string="Reason", readonly=True)
    error_code = fields.Char(readonly=True)
    answer = fields.Json(readonly=True)
    done_at = fields.Datetime(readonly=True)

    _reference_uniq = models.Constraint(
        "UNIQUE(kind, reference)",
        lambda env, diag: env._("This call is known already."),
    )
    _one_booking = models.UniqueIndex(
        "(shipment_id) WHERE kind = 'book' AND state != 'undone'",
        lambda env, diag: env._("This parcel is booked already."),
    )
    _queue_idx = models.Index("(next_try, id) WHERE state IN ('waiting', 'answered')")

    # ENQUEUE

    @api.model
    def _enqueue(self, kind, parcels, later=0):
        """Have the couriers of these parcels asked, right after the commit.

        :param int later: seconds to wait
        """
        next_try = fields.Datetime.add(fields.Datetime.now(), seconds=later)
        # sudo: jobs follow from what the caller was allowed to do with the parcels.
        references = {parcel.sudo()._call_reference(kind): parcel for parcel in parcels}
        known = self.sudo().search([("kind", "=", kind), ("reference", "in", list(references))])
        known.filtered(lambda job: job.state in ("stopped", "waiting"))._restart(later)
        for job in known:
            references.pop(job.reference)
        jobs = self.sudo().create(
            [
                {
                    "kind": kind,
                    "shipment_id": parcel.id,
                    "account_id": parcel.account_id.id,
                    "reference": reference,
                    "next_try": next_try,
                }
                for reference, parcel in references.items()
            ]
        )
        if jobs and not later:
            self._wake()
        return known | jobs

    @api.model
    def _look_now(self, parcel):
        """A courier says that something changed: ask it soon, once for several such messages."""
        if not parcel.account_id._can(TRACK) or parcel.booking_state != "booked":
            return
        job = parcel.job_ids.filtered(lambda job: job.kind == "track" and job.state != "undone")
        soon = fields.Datetime.add(fields.Datetime.now(), seconds=LOOK_SOON)
        if job.state == "waiting" and job.next_try <= soon:
            return
        self._enqueue("track", parcel)
        if job.state == "done":
            job.state = "waiting"
            job._restart()

    @api.model
    def _wake(self):
        self.env["oms.rpc"]._wake(CRON)

    # ACTIONS

    def action_retry(self):
        """Button: ask again, from the first try on."""
        self.check_access("read")
        if not self.env.user.has_group("oms_fulfillment.group_oms_courier"):
            raise OmsRefusal(
                "access",
                self.env._("%(user)s may not send calls to couriers.", user=self.env.user.name),
                next_step=self.env._("Ask for the role OMS: Courier desk."),
            )
        # sudo: the role was checked just now; jobs are written by the queue only.
        stopped = self.sudo().filtered(lambda job: job.state in ("waiting", "stopped"))
        stopped._restart()
        stopped.account_id.write({"quiet_until": False})
        return True

    def _restart(self, later=0):
        """From the first try on; what was answered already is only applied again.

        A job that a worker is asking for right now is left to that worker.
        """
        now = fields.Datetime.now()
        next_try = fields.Datetime.add(now, seconds=later)
        for job in self.filtered(lambda job: not job.asked_at or job.next_try <= now):
            state = "answered" if job.answer else "waiting"
            job.write({"state": state, "tries": 0, "next_try": next_try})
        if self and not later:
            self._wake()

    # STATES

    def _set_done(self, **values):
        self.write(
            {
                "state": "done",
                "done_at": fields.Datetime.now(),
                "error": False,
                "error_code": False,
                "asked_at": False,
                "unsure": False,
                **values,
            }
        )

    def _set_failed(self, refusal, wait, unsure, stop):
        """Keep the reason, and when it is tried again, if at all."""
        self.write(
            {
                "state": "stopped" if stop else self.state,
                "error": str(refusal)[:1000],
                "error_code": refusal.code,
                "asked_at": False,
                "unsure": unsure,
                "next_try": fields.Datetime.add(fields.Datetime.now(), seconds=wait),
            }
        )
