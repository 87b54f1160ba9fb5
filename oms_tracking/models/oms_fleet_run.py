from odoo import api, fields, models

from odoo.addons.oms_fulfillment import secret_link
from odoo.addons.oms_fulfillment.exceptions import OmsRefusal

STOP_STATES = [("open", "To deliver"), ("delivered", "Delivered"), ("failed", "Not delivered")]
# Why a delivery failed, and which canonical status that is.
REASONS = [
    ("nobody", "Nobody there"),
    ("address", "Address not found"),
    ("refused", "Refused"),
    ("no_cash", "Has no cash"),
    ("later", "Wants it later"),
]
REFUSED = ("refused",)


class OmsFleetRun(models.Model):
    """The parcels that one of our drivers has on one day, in the order in which they are stops."""

    _name = "oms.fleet.run"
    _description = "Driver's Round"
    _order = "date DESC, id DESC"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True)
    date = fields.Date(required=True, default=fields.Date.context_today)
    driver_id = fields.Many2one("res.partner", required=True, index=True)
    vehicle = fields.Char(string="Vehicle Plate")
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    token = fields.Char(
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: secret_link.new_token(),
        groups="oms_fulfillment.group_oms_courier",
    )
    link = fields.Char(
        string="Driver's Page", compute="_compute_link", groups="oms_fulfillment.group_oms_courier"
    )
    active = fields.Boolean(default=True)
    stop_ids = fields.One2many("oms.fleet.stop", "run_id", string="Stops")
    open_count = fields.Integer(string="Open", compute="_compute_counts")
    delivered_count = fields.Integer(string="Delivered", compute="_compute_counts")
    failed_count = fields.Integer(string="Not Delivered", compute="_compute_counts")
    cod_due = fields.Monetary(
        string="Cash to Bring", compute="_compute_counts", help="COD of the delivered parcels."
    )
    cod_collected = fields.Monetary(string="Cash Collected", compute="_compute_counts")
    cod_difference = fields.Monetary(string="Difference", compute="_compute_counts")

    _token_uniq = models.Constraint(
        "UNIQUE(token)", lambda env, diag: env._("Two rounds can't share a page.")
    )
    _driver_uniq = models.UniqueIndex(
        "(company_id, driver_id, date) WHERE active",
        lambda env, diag: env._("This driver has a round on this day already."),
    )

    @api.depends("driver_id.name", "date")
    def _compute_name(self):
        for run in self:
            run.name = f"{run.driver_id.name or ''} {fields.Date.to_string(run.date) or ''}".strip()

    @api.depends("token")
    def _compute_link(self):
        base = self.get_base_url()
        for run in self:
            run.link = f"{base}/oms/driver/{run.token}"

    @api.depends("stop_ids.state", "stop_ids.cod_collected", "stop_ids.cod_amount")
    def _compute_counts(self):
        for run in self:
            delivered = run.stop_ids.filtered(lambda stop: stop.state == "delivered")
            run.open_count = len(run.stop_ids.filtered(lambda stop: stop.state == "open"))
            run.delivered_count = len(delivered)
            run.failed_count = len(run.stop_ids) - run.open_count - len(delivered)
            run.cod_due = sum(delivered.mapped("cod_amount"))
            run.cod_collected = sum(delivered.mapped("cod_collected"))
            run.cod_difference = run.cod_collected - run.cod_due

    def action_new_link(self):
        """Button: the link got into wrong hands; the old one leads nowhere from now on."""
        self.check_access("write")
        for run in self:
            run.token = secret_link.new_token()
        return True

    def action_depart(self):
        """Button: the open stops are on their way."""
        self.check_access("write")
        parcels = self.stop_ids.filtered(lambda stop: stop.state == "open").shipment_id
        parcels.filtered(lambda p: p.status != "out_for_delivery")._record_own_event(
            "out_for_delivery", text=self.env._("With our driver")
        )
        return True

    @api.model
    def _find_by_token(self, token):
        """Return the round of a page's address, or none. Archived rounds have no page."""
        return secret_link.find(self, "token", token)

    def _add_parcels(self, parcels):
        """Put parcels at the end of the round; those that it has already stay where they are."""
        last = max(self.stop_ids.mapped("sequence"), default=0)
        new = parcels - self.stop_ids.shipment_id
        return self.env["oms.fleet.stop"].create(
            [
                {"run_id": self.id, "shipment_id": parcel.id, "sequence": last + number}
                for number, parcel in enumerate(new, 1)
            ]
        )


class OmsFleetStop(models.Model):
    """One parcel on a driver's round, and what became of it there."""

    _name = "oms.fleet.stop"
    _description = "Stop of a Round"
    _order = "run_id, sequence, id"
    _rec_name = "shipment_id"
    _check_company_auto = True

    run_id = fields.Many2one(
        "oms.fleet.run", string="Round", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="run_id.company_id", store=True)
    currency_id = fields.Many2one(related="shipment_id.currency_id")
    shipment_id = fields.Many2one(
        "oms.shipment",
        string="Parcel",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    sequence = fields.Integer(default=10)
    partner_id = fields.Many2one(related="shipment_id.partner_id")
    cod_amount = fields.Monetary(related="shipment_id.cod_amount", string="COD")
    cod_collected = fields.Monetary(string="Collected", readonly=True)
    state = fields.Selection(STOP_STATES, required=True, readonly=True, default="open")
    reason = fields.Selection(REASONS, readonly=True)
    done_at = fields.Datetime(readonly=True)

    _parcel_uniq = models.Constraint(
        "UNIQUE(run_id, shipment_id)",
        lambda env, diag: env._("This parcel is on the round already."),
    )

    # CALLED BY THE DRIVER'S PAGE, WITH ALL RIGHTS

    def _deliver(self, receiver, cod, photo, signature):
        """The customer has it. A repeat changes nothing.

        :raise OmsRefusal: ``no_receiver``, ``no_proof``, ``no_cash``
        """
        if not self._lock_open():
            return
        parcel = self.shipment_id
        if not receiver:
            raise OmsRefusal(
                "no_receiver",
                self.env._("Who received parcel %(parcel)s?", parcel=parcel.name),
                field="receiver",
                next_step=self.env._("Type the name of the person."),
            )
        if not (photo or signature):
            raise OmsRefusal(
                "no_proof",
                self.env._(
                    "Parcel %(parcel)s has neither photo nor signature.", parcel=parcel.name
                ),
                field="photo",
                next_step=self.env._("Take a photo, or let the person sign."),
            )
        if parcel.cod_amount and cod is None:
            raise OmsRefusal(
                "no_cash",
                self.env._(
                    "How much of %(amount)s was collected?",
                    amount=parcel.currency_id.format(parcel.cod_amount),
                ),
                field="cod",
                next_step=self.env._("Count the cash and type the amount."),
            )
        self.write(
            {"state": "delivered", "done_at": fields.Datetime.now(), "cod_collected": cod or 0.0}
        )
        parcel.write(
            {"pod_receiver": receiver[:80], "pod_photo": photo, "pod_signature": signature}
        )
        self._tell("delivered", self.env._("Received by %(name)s", name=receiver[:80]))

    def _fail(self, reason):
        """Nobody took it. A repeat changes nothing.

        :raise OmsRefusal: ``no_reason``
        """
        if not self._lock_open():
            return
        words = dict(self._fields["reason"]._description_selection(self.env))
        if reason not in words:
            raise OmsRefusal(
                "no_reason",
                self.env._("Why was it not delivered?"),
                field="reason",
                next_step=self.env._("Choose a reason."),
            )
        self.write({"state": "failed", "reason": reason, "done_at": fields.Datetime.now()})
        self._tell("refused" if reason in REFUSED else "attempt_failed", words[reason])

    def _lock_open(self):
        """Whether the stop is still open, for this transaction alone."""
        self.lock_for_update()
        return self.state == "open"

    def _tell(self, status, text):
        self.shipment_id._record_own_event(status, self.done_at, text=text)
        self.env["sale.order"]._oms_refresh_touched()
