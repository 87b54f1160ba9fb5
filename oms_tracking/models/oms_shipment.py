import secrets

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.oms_fulfillment import secret_link
from odoo.addons.oms_fulfillment.exceptions import OmsRefusal

from ..engine.message import RESI_MAX, clean_resi
from ..engine.status import RANK
from .selection import EXCEPTIONS, STATUSES


class OmsShipment(models.Model):
    """One parcel: who carries it, its number, what is inside, and what its events say."""

    _name = "oms.shipment"
    _description = "Parcel"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id DESC"
    _check_company_auto = True
    _rec_names_search = ["name", "resi", "order_id.name"]

    name = fields.Char(string="Parcel", required=True, readonly=True, copy=False, default="/")
    access_token = fields.Char(
        string="Tracking Token",
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: secret_link.new_token(),
    )
    fulfillment_id = fields.Many2one(
        "oms.fulfillment", string="Fulfilment", required=True, index=True, ondelete="restrict"
    )
    order_id = fields.Many2one(
        related="fulfillment_id.order_id", string="Order", store=True, index=True
    )
    company_id = fields.Many2one(related="fulfillment_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(related="order_id.partner_shipping_id", string="Ship To")
    currency_id = fields.Many2one(related="order_id.currency_id")

    courier_id = fields.Many2one("oms.courier", index=True, ondelete="restrict", tracking=True)
    service = fields.Char(help="As the courier calls it: REG, YES, EZ.")
    resi = fields.Char(copy=False, tracking=True)
    resi_active = fields.Boolean(
        default=True,
        readonly=True,
        copy=False,
        help="The number belongs to this parcel alone until the parcel has come to rest.",
    )
    resi_ids = fields.One2many("oms.shipment.resi", "shipment_id", string="Resi History")
    courier_url = fields.Char(string="Courier's Page", compute="_compute_courier_url")
    line_ids = fields.One2many("oms.shipment.line", "shipment_id", string="Contents")
    weight_kg = fields.Float(string="Declared Weight (kg)", digits="Stock Weight")
    cod_amount = fields.Monetary(string="COD Amount", help="Cash that the courier collects.")
    eta = fields.Datetime(string="Expected At")
    return_of_id = fields.Many2one(
        "oms.shipment",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        help="The parcel whose contents come back in this one.",
    )
    event_ids = fields.One2many("oms.shipment.event", "shipment_id", string="Events")

    # A cache of what the events say; only ``_derive`` writes these. What every scan changes is in
    # no index, on purpose: an end comes once, so ``rested_at`` is what indexes are made of.
    status = fields.Selection(
        STATUSES, required=True, readonly=True, default="label_created", copy=False
    )
    rested_at = fields.Datetime(
        string="Journey Ended At",
        readonly=True,
        copy=False,
        help="Since when the status is a final one. Empty: the parcel is under way.",
    )
    status_since = fields.Datetime(readonly=True, copy=False)
    shipped_at = fields.Datetime(
        string="Handed Over At",
        readonly=True,
        copy=False,
        help="Empty: the parcel is planned, for its label or its booking, and has not left yet.",
    )
    picked_up_at = fields.Datetime(string="First Scan At", readonly=True, copy=False)
    delivered_at = fields.Datetime(readonly=True, copy=False)
    returned_at = fields.Datetime(readonly=True, copy=False)
    attempts = fields.Integer(string="Delivery Attempts", readonly=True, copy=False)
    last_event_at = fields.Datetime(string="Latest Event", readonly=True, copy=False)
    event_count = fields.Integer(readonly=True, copy=False)
    found = fields.Boolean(
        string="Found Again", readonly=True, copy=False, help="Reported lost, and seen since then."
    )
    exception_code = fields.Selection(EXCEPTIONS, string="Exception", readonly=True, copy=False)
    exception = fields.Boolean(
        string="Needs Somebody", compute="_compute_exception", store=True, index=True
    )
    exception_reason = fields.Char(compute="_compute_exception_reason")
    exception_settled_at = fields.Datetime(string="Settled At", readonly=True, copy=False)
    exception_settled_by_id = fields.Many2one("res.users", string="Settled By", readonly=True)

    _token_uniq = models.Constraint(
        "UNIQUE(access_token)", lambda env, diag: env._("Two parcels can't share a tracking page.")
    )
    _name_uniq = models.Constraint(
        "UNIQUE(name)", lambda env, diag: env._("Another parcel already has this name.")
    )
    # Couriers use their numbers again, so only parcels on their way are exclusive.
    _resi_uniq = models.UniqueIndex(
        "(courier_id, resi) WHERE resi IS NOT NULL AND resi_active",
        lambda env, diag: env._("This resi is already used by another parcel on its way."),
    )
    _amounts_positive = models.Constraint(
        "CHECK(weight_kg >= 0 AND cod_amount >= 0)",
        lambda env, diag: env._("Weight and COD amount of a parcel can't be negative."),
    )

    # COMPUTES

    @api.depends("name", "courier_id.name", "resi")
    def _compute_display_name(self):
        for parcel in self:
            number = " ".join(filter(None, (parcel.courier_id.name, parcel.resi)))
            parcel.display_name = f"{parcel.name} ({number})" if number else parcel.name

    @api.depends("courier_id.tracking_url", "resi")
    def _compute_courier_url(self):
        for parcel in self:
            parcel.courier_url = parcel.courier_id._tracking_link(parcel.resi)

    @api.depends("exception_code", "exception_settled_at")
    def _compute_exception(self):
        for parcel in self:
            parcel.exception = bool(parcel.exception_code and not parcel.exception_settled_at)

    @api.depends("exception_code", "status_since", "resi", "courier_id")
    def _compute_exception_reason(self):
        reasons = dict(self._fields["exception_code"]._description_selection(self.env))
        for parcel in self:
            code = parcel.exception_code
            parcel.exception_reason = code and self.env._(
                "Parcel %(parcel)s: %(reason)s (%(courier)s %(resi)s).",
                parcel=parcel.name,
                reason=reasons[code],
                courier=parcel.courier_id.name or self.env._("no courier"),
                resi=parcel.resi or self.env._("without resi"),
            )

    @api.onchange("resi")
    def _onchange_resi(self):
        if self.resi and not self.courier_id:
            fitting = self.env["oms.courier"]._suggest(self.resi)
            if len(fitting) == 1:
                self.courier_id = fitting

    # CRUD

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._clean_vals(vals)
            if vals.get("name", "/") == "/":
                sequence = self.env["ir.sequence"]
                vals["name"] = sequence.next_by_code("oms.shipment") or secrets.token_hex(4)
            if vals.get("resi"):
                courier = self.env["oms.courier"].browse(vals.get("courier_id"))
                self._ensure_resi_free(courier, vals["resi"])
        parcels = super().create(vals_list)
        parcels.filtered("resi")._number_changed()
        parcels._orders()._oms_touch()
        return parcels

    def write(self, vals):
        vals = self._clean_vals(dict(vals))
        if not {"resi", "courier_id"} & set(vals):
            return super().write(vals)
        before = {parcel: (parcel.courier_id, parcel.resi) for parcel in self}
        for parcel in self:
            courier = self.env["oms.courier"].browse(vals.get("courier_id", parcel.courier_id.id))
            resi = vals.get("resi", parcel.resi)
            if resi and (courier, resi) != before[parcel]:
                self._ensure_resi_free(courier, resi, parcel)
        result = super().write(vals)
        changed = self.filtered(lambda p: (p.courier_id, p.resi) != before[p])
        changed._number_changed()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._(
                "Parcels are kept (%(parcels)s). Void a parcel that was never handed over.",
                parcels=", ".join(self[:3].mapped("name")),
            )
        )

    @api.model
    def _clean_vals(self, vals):
        if vals.get("resi"):
            vals["resi"] = clean_resi(vals["resi"])
            if len(vals["resi"]) > RESI_MAX:
                raise OmsRefusal(
                    "bad_resi",
                    self.env._("%(resi)s is too long for a resi.", resi=vals["resi"][:60]),
                    field="resi",
                    next_step=self.env._("Scan the number's barcode, not the one of the link."),
                )
        if "resi" in vals:
            vals["resi"] = vals["resi"] or False
        return vals

    # ACTIONS

    def action_void(self):
        """Button: the label was never used."""
        for parcel in self:
            if RANK[parcel.status] > RANK["pickup_requested"]:
                raise OmsRefusal(
                    "not_voidable",
                    self.env._(
                        "Parcel %(parcel)s is %(status)s at the courier and can't be voided.",
                        parcel=parcel.name,
                        status=parcel._status_label(),
                    ),
                    next_step=self.env._("Wait for the courier's events, or record what happened."),
                )
        self._record_own_event("cancelled", text=self.env._("Voided"))
        return True

    def action_settle_exception(self):
        """Button: somebody took care of it; it leaves the queue until something new happens."""
        self.filtered("exception").write(
            {
                "exception_settled_at": fields.Datetime.now(),
                "exception_settled_by_id": self.env.uid,
            }
        )
        self._touch_orders()
        return True

    def action_open_courier_page(self):
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": self.courier_url, "target": "new"}

    def action_open_tracking_page(self):
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": self._tracking_path(), "target": "new"}

    # HELPERS

    def _status_label(self):
        return dict(self._fields["status"]._description_selection(self.env))[self.status]

    def _fill(self, vals):
        """Let a planned parcel be the one that was handed over; what nobody said stays."""
        self.line_ids.unlink()
        self.write({name: value for name, value in vals.items() if value})

    def _orders(self):
        """The orders whose goods travel in these parcels."""
        return self.order_id | self.fulfillment_id.follower_ids.order_id

    def _lines_of(self, order):
        """The contents that belong to one of the orders in the parcel."""
        return self.line_ids.filtered(lambda line: line.order_id == order)
