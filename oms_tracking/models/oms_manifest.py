from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal

REOPEN_HOURS = 24


class OmsManifest(models.Model):
    """The hand-over of packed parcels to one courier at one counter (*serah terima*).

    What is expected is not written down: it is what is packed for this courier in this warehouse
    and has not left. Only what was scanned, who took it and when, are facts of their own. Whatever
    is not scanned when the manifest is closed is expected by the next one.
    """

    _name = "oms.manifest"
    _description = "Manifest"
    _inherit = ["mail.thread"]
    _order = "date desc, id desc"
    _check_company_auto = True

    name = fields.Char(required=True, readonly=True, copy=False, default="/")
    state = fields.Selection(
        [("open", "Open"), ("closed", "Handed Over")],
        default="open",
        required=True,
        readonly=True,
        tracking=True,
    )
    company_id = fields.Many2one(related="warehouse_id.company_id", store=True, index=True)
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        required=True,
        index=True,
        default=lambda self: self.env["stock.warehouse"].search(
            [("company_id", "=", self.env.company.id)], limit=1
        ),
    )
    courier_id = fields.Many2one("oms.courier", required=True, index=True, ondelete="restrict")
    date = fields.Date(required=True, default=fields.Date.context_today)
    slot = fields.Char(string="Pick-up Slot", help="As agreed with the courier: 14:00-16:00.")
    line_ids = fields.One2many("oms.manifest.line", "manifest_id", string="Parcels")
    expected_ids = fields.Many2many(
        "oms.fulfillment", string="Not Scanned", compute="_compute_expected_ids"
    )
    scanned_count = fields.Integer(string="Scanned Parcels", compute="_compute_counts")
    expected_count = fields.Integer(string="Still Expected", compute="_compute_expected_ids")
    failed_count = fields.Integer(string="Did Not Leave", compute="_compute_counts")
    missed = fields.Json(readonly=True, copy=False, help="What was not scanned at the close.")
    missed_text = fields.Text(string="Left Behind", compute="_compute_missed_text")
    weight_kg = fields.Float(string="Weight (kg)", compute="_compute_counts", digits="Stock Weight")
    cod_total = fields.Monetary(string="COD Total", compute="_compute_counts")
    currency_id = fields.Many2one(related="company_id.currency_id")

    driver_name = fields.Char(string="Taken By", readonly=True, copy=False)
    driver_phone = fields.Char(string="Telephone", readonly=True, copy=False)
    vehicle = fields.Char(readonly=True, copy=False)
    signature = fields.Image(readonly=True, copy=False, max_width=1024, max_height=1024)
    closed_at = fields.Datetime(string="Handed Over At", readonly=True, copy=False)
    closed_by_id = fields.Many2one("res.users", string="Handed Over By", readonly=True, copy=False)
    note = fields.Char()

    _name_uniq = models.Constraint(
        "UNIQUE(name)", lambda env, diag: env._("Another manifest already has this name.")
    )
    _open_uniq = models.UniqueIndex(
        "(warehouse_id, courier_id, date, COALESCE(slot, '')) WHERE state = 'open'",
        lambda env, diag: env._("This courier already has an open manifest for this slot."),
    )

    # COMPUTES

    @api.depends("line_ids.state", "line_ids.cod_amount", "line_ids.weight_kg")
    def _compute_counts(self):
        for manifest in self:
            lines = manifest.line_ids
            manifest.scanned_count = len(lines)
            manifest.failed_count = len(lines.filtered(lambda line: line.state == "failed"))
            manifest.cod_total = sum(lines.mapped("cod_amount"))
            manifest.weight_kg = sum(lines.mapped("weight_kg"))

    def _compute_expected_ids(self):
        for manifest in self:
            expected = manifest._expected() if manifest.state == "open" else None
            manifest.expected_ids = expected
            manifest.expected_count = len(expected or ())

    @api.depends("missed")
    def _compute_missed_text(self):
        for manifest in self:
            manifest.missed_text = "\n".join(manifest.missed or ()) or False

    # CRUD

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("name", "/") == "/":
                vals["name"] = self.env["ir.sequence"].next_by_code("oms.manifest") or "/"
        return super().create(vals_list)

    def write(self, vals):
        frozen = {"warehouse_id", "courier_id", "date", "slot"} & set(vals)
        for manifest in self if frozen else ():
            if manifest.state == "closed" or (manifest.line_ids and frozen - {"slot", "date"}):
                manifest._refuse_change()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_empty(self):
        for manifest in self:
            if manifest.state == "closed" or manifest.line_ids:
                manifest._refuse_change()

    def _refuse_change(self):
        raise OmsRefusal(
            "not_changeable",
            self.env._("Manifest %(name)s has parcels or is signed.", name=self.name),
            next_step=self.env._("Take the parcels off first, or make another manifest."),
        )

    # EXPECTED

    def _expected(self):
        """The packed fulfilments that this courier should take here and that nobody scanned."""
        self.ensure_one()
        self.env["oms.fulfillment"].flush_model()
        self.env["oms.shipment"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT work.id
                  FROM oms_fulfillment work
                  JOIN stock_picking picking ON picking.id = work.picking_id
             LEFT JOIN delivery_carrier carrier ON carrier.id = picking.carrier_id
             LEFT JOIN LATERAL (
                       SELECT MIN(courier_id) AS courier_id FROM oms_shipment
                        WHERE fulfillment_id = work.id AND status != 'cancelled'
                          AND kind = 'out') parcel ON TRUE
                 WHERE work.company_id = %(company)s
                   AND work.state = 'packed'
                   AND work.lead_id IS NULL
                   AND work.warehouse_id = %(warehouse)s
                   AND COALESCE(parcel.courier_id, carrier.oms_courier_id) = %(courier)s
                   AND NOT EXISTS (
                       SELECT 1 FROM oms_manifest_line line
                        WHERE line.fulfillment_id = work.id AND line.state = 'scanned')
              ORDER BY work.ship_by, work.id
                """,
                company=self.company_id.id,
                warehouse=self.warehouse_id.id,
                courier=self.courier_id.id,
            )
        )
        return self.env["oms.fulfillment"].browse([row[0] for row in rows])

    # BUTTONS

    def action_scan(self):
        """Button: the screen for scanning."""
        self.ensure_one()
        return {
            "type": "ir.actions.client",
            "tag": "oms_manifest_scan",
            "name": self.name,
            "params": {"manifest_id": self.id},
            "context": {"active_id": self.id},
        }

    def action_close(self):
        """Button: ask for name and signature of the courier's staff."""
        self.ensure_one()
        self._ensure_open()
        if not self.line_ids:
            raise OmsRefusal(
                "nothing_scanned",
                self.env._("Nothing was scanned on manifest %(name)s.", name=self.name),
                next_step=self.env._("Scan the parcels that the courier takes, then close it."),
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Hand Over to %(courier)s", courier=self.courier_id.name),
            "res_model": "oms.manifest.close",
            "view_mode": "form",
            # The scanning screen opens it without Odoo's button, which would add them.
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_manifest_id": self.id},
        }

    def action_retry(self):
        """Button: try what did not leave once more."""
        self.ensure_one()
        self._check_role()
        self.line_ids.filtered(lambda line: line.state == "failed")._set_scanned()
        self._hand_over()
        return True

    def action_print(self):
        return self.env.ref("oms_tracking.report_oms_manifest").report_action(self)

    def action_reopen(self):
        """Button: open a signed manifest again; what has left stays left, and it is signed anew.

        :raise OmsRefusal: ``access``, ``too_late``
        """
        self._check_role()
        for manifest in self.filtered(lambda m: m.state == "closed"):
            manifest._ensure_reopenable()
            manifest.message_post(
                body=self.env._(
                    "Opened again. It was signed by %(name)s.", name=manifest.driver_name or ""
                )
            )
            manifest.write({"state": "open", "signature": False, "missed": False})
        return True

    def _ensure_reopenable(self):
        limit = fields.Datetime.now() - timedelta(hours=REOPEN_HOURS)
        if self.closed_at and self.closed_at < limit:
            raise OmsRefusal(
                "too_late",
                self.env._(
                    "Manifest %(name)s was signed more than %(hours)s hours ago.",
                    name=self.name,
                    hours=REOPEN_HOURS,
                ),
                next_step=self.env._("Make a new manifest for what is still here."),
            )

    # CLOSE

    def _close(self, driver_name, signature, driver_phone=None, vehicle=None):
        """Record who took the parcels, and hand them over."""
        self.ensure_one()
        self._ensure_open()
        self.write(
            {
                "state": "closed",
                "driver_name": driver_name,
                "driver_phone": driver_phone,
                "vehicle": vehicle,
                "signature": signature,
                "closed_at": fields.Datetime.now(),
                "closed_by_id": self.env.uid,
                "missed": [
                    f"{work.name} ({work.order_id.name}, {work.recipient or ''})"
                    for work in self._expected()
                ],
            }
        )
        self._hand_over()

    def _ensure_open(self):
        self._check_role()
        if self.state != "open":
            raise OmsRefusal(
                "closed",
                self.env._("Manifest %(name)s was handed over already.", name=self.name),
                next_step=self.env._("Open it again, or make another one."),
            )

    @api.model
    def _check_role(self):
        user = self.env.user
        groups = ("group_oms_warehouse", "group_oms_courier")
        if not self.env.su and not any(user.has_group(f"oms_fulfillment.{g}") for g in groups):
            raise OmsRefusal(
                "access",
                self.env._("%(user)s may not hand over parcels.", user=user.name),
                next_step=self.env._(
                    "Ask for the role OMS: Warehouse operator or OMS: Courier desk."
                ),
            )
