import json

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..adapters import canonical

STATES = [
    ("received", "Received"),
    ("accepted", "Became an Order"),
    ("updated", "Updated an Order"),
    ("duplicate", "Already Known"),
    ("quarantined", "To Fix"),
    ("failed", "Failed"),
    ("dead", "Given Up"),
    ("missing", "Announced, Not Here"),
    ("superseded", "Set Aside"),
]
# Rows that nobody has acted on: their payload may still be replaced or edited.
OPEN_STATES = ("received", "quarantined", "failed", "dead")
# What somebody has to look at.
ATTENTION_STATES = ("quarantined", "failed", "dead", "missing")


class OmsIntake(models.Model):
    """One incoming order message, stored before anybody tried to understand it."""

    _name = "oms.intake"
    _description = "Incoming Order"
    _order = "attention desc, id desc"
    _rec_names_search = ["external_id"]
    _check_company_auto = True

    channel_id = fields.Many2one("oms.channel", required=True, readonly=True, ondelete="restrict")
    company_id = fields.Many2one(related="channel_id.company_id", store=True, index=True)
    external_id = fields.Char(string="Channel Order", readonly=True, index="trigram")
    revision = fields.Integer(readonly=True)
    state = fields.Selection(STATES, required=True, default="received", readonly=True)
    attention = fields.Boolean(compute="_compute_attention", store=True)
    source = fields.Selection(
        [
            ("rpc", "API"),
            ("http", "Web Endpoint"),
            ("file", "File"),
            ("mail", "E-mail"),
            ("web", "Screen"),
        ],
        default="rpc",
        readonly=True,
    )
    import_id = fields.Many2one("oms.import.file", readonly=True, index="btree_not_null")
    file_name = fields.Char(related="import_id.name", string="File")
    file_row = fields.Char(string="File Rows", readonly=True)

    payload = fields.Json(string="Payload (as processed)", readonly=True)
    payload_received = fields.Json(
        string="Payload as Received",
        readonly=True,
        help="Filled when it was in another format, or when somebody edited the payload.",
    )
    payload_hash = fields.Char(
        string="SHA-256", readonly=True, help="Of the payload as received, in canonical JSON."
    )
    payload_text = fields.Text(
        string="Payload", compute="_compute_payload_text", inverse="_inverse_payload_text"
    )
    edited_by_id = fields.Many2one("res.users", readonly=True)
    edited_at = fields.Datetime(readonly=True)

    errors = fields.Json(readonly=True)
    warnings = fields.Json(readonly=True)
    error_code = fields.Char(string="Reason Code", compute="_compute_error_code", store=True)
    reason = fields.Text(compute="_compute_reason")
    preview = fields.Html(compute="_compute_preview", sanitize=False)

    order_id = fields.Many2one(
        "sale.order", readonly=True, index="btree_not_null", check_company=True
    )
    conflict_of_id = fields.Many2one(
        "oms.intake",
        string="Other Version Of",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    attempts = fields.Integer(readonly=True, help="How often this message arrived or was replayed.")
    received_at = fields.Datetime(readonly=True)
    processed_at = fields.Datetime(readonly=True)

    _message_uniq = models.UniqueIndex(
        "(channel_id, external_id, revision)"
        " WHERE external_id IS NOT NULL AND conflict_of_id IS NULL",
        lambda env, diag: env._("This revision of the order was already received."),
    )
    _conflict_uniq = models.UniqueIndex(
        "(channel_id, external_id, revision, payload_hash) WHERE conflict_of_id IS NOT NULL",
        lambda env, diag: env._("This version of the order was already received."),
    )
    _nameless_uniq = models.UniqueIndex(
        "(channel_id, payload_hash) WHERE external_id IS NULL",
        lambda env, diag: env._("This message was already received."),
    )
    _attention_idx = models.Index("(channel_id) WHERE attention")

    @api.depends("state")
    def _compute_attention(self):
        for intake in self:
            intake.attention = intake.state in ATTENTION_STATES

    @api.depends("errors")
    def _compute_error_code(self):
        for intake in self:
            intake.error_code = (intake.errors or [{}])[0].get("code") or False

    @api.depends("errors", "warnings")
    def _compute_reason(self):
        for intake in self:
            details = intake.errors or intake.warnings or []
            sentences = [detail.get("message") or "" for detail in details[:3]]
            steps = [detail["next_step"] for detail in details[:1] if detail.get("next_step")]
            if len(details) > 3:
                sentences.append(self.env._("%(count)s more.", count=len(details) - 3))
            intake.reason = " ".join(sentences + steps) or False

    @api.depends("external_id", "revision", "channel_id")
    def _compute_display_name(self):
        for intake in self:
            name = intake.external_id or self.env._("No order number")
            intake.display_name = f"{name} / {intake.revision}" if intake.revision else name

    @api.depends("payload")
    def _compute_payload_text(self):
        for intake in self:
            intake.payload_text = json.dumps(intake.payload or {}, indent=2, ensure_ascii=False)

    def _inverse_payload_text(self):
        for intake in self:
            if intake.state not in OPEN_STATES or intake.conflict_of_id:
                raise UserError(
                    self.env._(
                        "%(intake)s was already processed; only messages that wait can be edited. "
                        "Open its order and change that.",
                        intake=intake.display_name,
                    )
                )
            payload = intake._read_edited(intake.payload_text)
            if payload == intake.payload:
                continue
            # sudo: the fields of a message are read-only for people but for this one door.
            intake.sudo().write(
                {
                    "payload": payload,
                    "payload_received": intake.payload_received or intake.payload,
                    "edited_by_id": self.env.uid,
                    "edited_at": fields.Datetime.now(),
                }
            )

    def _read_edited(self, text):
        try:
            payload = json.loads(text or "")
        except (ValueError, RecursionError) as error:
            raise ValidationError(
                self.env._(
                    "The payload of %(intake)s is no valid JSON: %(error)s. Mend that place, or "
                    "discard the edit.",
                    intake=self.display_name,
                    error=error,
                )
            ) from error
        if not isinstance(payload, dict):
            raise ValidationError(
                self.env._(
                    "The payload of %(intake)s is no JSON object. Put the order between { and }.",
                    intake=self.display_name,
                )
            )
        same = payload.get("external_id") == (self.payload or {}).get("external_id")
        if self.external_id and not same:
            raise ValidationError(
                self.env._(
                    "%(intake)s keeps its order number. Enter another order as a new message.",
                    intake=self.display_name,
                )
            )
        return payload

    @api.depends("payload", "channel_id")
    def _compute_preview(self):
        qweb = self.env["ir.qweb"]
        for intake in self:
            order, _errors, warnings = self._parse(intake.payload or {})
            matches = intake._resolve_skus(
                intake.channel_id, {line.sku for line in order.lines} if order else set()
            )
            intake.preview = (
                qweb._render(
                    "oms_fulfillment.oms_intake_preview",
                    {
                        "intake": intake,
                        "order": order,
                        "errors": intake.errors or [],
                        "warnings": intake.warnings or self.env["oms.rpc"]._issue_details(warnings),
                        "matches": matches,
                        "number": canonical.plain_number,
                        "money": intake._format_money,
                    },
                )
                or Markup()
            )

    def _format_money(self, amount):
        channel = self.channel_id
        return (channel.pricelist_id.currency_id or channel.currency_id).format(float(amount))

    # CRUD

    def write(self, vals):
        if not self.env.su and set(vals) - {"payload_text"}:
            raise AccessError(
                self.env._(
                    "Incoming orders are kept as they came (%(intakes)s). Edit the payload of one "
                    "that waits, or change its order.",
                    intakes=", ".join(self[:3].mapped("display_name")),
                )
            )
        return super().write(vals)

    # ACTIONS

    def action_replay(self):
        """Process the selected messages again; the ones that were processed stay as they are."""
        self.check_access("write")
        # sudo: the check above is the right that replaying asks for; writing orders on behalf of
        # the channel is the system's act.
        for intake in self.sudo():
            intake.write({"attempts": intake.attempts + 1, "tries": 0})
        self.sudo()._process()
        return True

    def action_apply_version(self):
        """Take a message that contradicted a processed one as the order's next revision."""
        self.check_access("write")
        for intake in self.sudo().filtered("conflict_of_id"):
            latest = self.sudo().search(
                [
                    ("channel_id", "=", intake.channel_id.id),
                    ("external_id", "=", intake.external_id),
                    ("conflict_of_id", "=", False),
                ],
                order="revision desc",
                limit=1,
            )
            intake.write(
                {"conflict_of_id": False, "revision": latest.revision + 1, "state": "received"}
            )
            intake._process()
        return True

    def action_set_aside(self):
        """Take the selected messages off the list; they can be replayed at any time."""
        self.check_access("write")
        for intake in self.sudo().filtered("attention"):
            warning = {
                "code": "set_aside",
                "field": "",
                "message": self.env._("Set aside by %(user)s.", user=self.env.user.name),
            }
            intake.write({"state": "superseded", "warnings": (intake.warnings or []) + [warning]})
        return True

    def action_view_order(self):
        self.ensure_one()
        return self.order_id._get_records_action()
