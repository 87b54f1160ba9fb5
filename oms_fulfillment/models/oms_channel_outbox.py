import secrets

from odoo import api, fields, models, tools

from ..exceptions import OmsRefusal

MAX_SHOWN = 20


class OmsChannel(models.Model):
    """How a channel hears what became of its orders."""

    _inherit = "oms.channel"

    outbox_mode = fields.Selection(
        [
            ("off", "Not at all"),
            ("pull", "It asks (RPC)"),
            ("push", "It is called (webhook)"),
        ],
        string="Tell the Channel",
        required=True,
        default="off",
        help="Confirmed, held, shipped with resi, delivered, cancelled, returned, refunded, and "
        "changes of stock.",
    )
    outbox_since = fields.Datetime(
        string="Told Since", readonly=True, copy=False, help="What happened before is not told."
    )
    outbox_stock = fields.Boolean(
        string="Tell Stock Changes", help="The available quantity of every product for sale."
    )
    outbox_position = fields.Integer(string="Read Up To", readonly=True, copy=False)
    outbox_url = fields.Char(string="Webhook Address", copy=False)
    outbox_secret = fields.Char(
        string="Webhook Secret",
        copy=False,
        groups="oms_fulfillment.group_oms_manager",
        help="Every call is signed with it: X-OMS-Signature is the HMAC-SHA256 of the timestamp, "
        "a full stop and the body.",
    )
    outbox_max_attempts = fields.Integer(
        string="Tries Before Giving Up", default=10, help="About a day of tries."
    )
    outbox_keep_days = fields.Integer(
        string="Keep What Was Told (days)",
        default=90,
        help="Events that the channel knows are dropped after that. 0 keeps them for ever.",
    )
    outbox_timeout = fields.Integer(string="Answer Within (seconds)", default=10)
    outbox_paused = fields.Char(
        string="Calls Stopped Because", readonly=True, copy=False, help="Empty: calls go on."
    )
    outbox_open_count = fields.Integer(
        string="Still to Tell", compute="_compute_outbox_counts", compute_sudo=True
    )
    outbox_dead_count = fields.Integer(
        string="Could Not Be Told", compute="_compute_outbox_counts", compute_sudo=True
    )
    outbox_last_at = fields.Datetime(
        string="Last Told", compute="_compute_outbox_counts", compute_sudo=True
    )

    _outbox_limits = models.Constraint(
        "CHECK(outbox_max_attempts BETWEEN 1 AND 50 AND outbox_timeout BETWEEN 1 AND 60"
        " AND outbox_keep_days >= 0)",
        lambda env, diag: env._(
            "Choose 1 to 50 tries, 1 to 60 seconds for the answer, and no negative number of days."
        ),
    )

    def _compute_outbox_counts(self):
        messages = self.env["oms.outbox"]
        counts = {
            (channel.id, state): count
            for channel, state, count in messages._read_group(
                [("channel_id", "in", self.ids), ("state", "in", ("pending", "failed", "dead"))],
                ["channel_id", "state"],
                ["__count"],
            )
        }
        last = dict(
            messages._read_group(
                [("channel_id", "in", self.ids), ("sent_at", "!=", False)],
                ["channel_id"],
                ["sent_at:max"],
            )
        )
        for channel in self:
            channel.outbox_open_count = sum(
                counts.get((channel.id, state), 0) for state in ("pending", "failed")
            )
            channel.outbox_dead_count = counts.get((channel.id, "dead"), 0)
            channel.outbox_last_at = last.get(channel)

    # SWITCH

    @api.model
    @tools.ormcache()
    def _outbox_channel_ids(self):
        """The channels that want to hear anything; nobody else pays for the outbox."""
        if not self._is_active():
            return frozenset()
        self.flush_model(["outbox_mode"])
        self.env.cr.execute("SELECT id FROM oms_channel WHERE outbox_mode != 'off'")
        return frozenset(row[0] for row in self.env.cr.fetchall())

    @api.constrains("outbox_mode", "outbox_url")
    def _check_outbox_url(self):
        for channel in self.filtered(lambda channel: channel.outbox_mode == "push"):
            url = (channel.outbox_url or "").strip()
            if not url.startswith(("https://", "http://")) or len(url) < 10:
                raise OmsRefusal(
                    "bad_url",
                    self.env._(
                        "%(channel)s can't be called at %(url)s.",
                        channel=channel.name,
                        url=url or self.env._("an empty address"),
                    ),
                    field="outbox_url",
                    next_step=self.env._("Enter an address that begins with https://."),
                )

    @api.model_create_multi
    def create(self, vals_list):
        channels = super().create(vals_list)
        channels._outbox_switched()
        return channels

    def write(self, vals):
        result = super().write(vals)
        if "outbox_mode" in vals:
            self.env.registry.clear_cache()
            self._outbox_switched()
        if {"outbox_url", "outbox_mode"} & set(vals):
            self.filtered("outbox_paused").outbox_paused = False
        return result

    def _outbox_switched(self):
        """Remember since when the channel listens; make the secret of its calls."""
        # sudo: who may switch it on, may have a secret made that only managers read.
        for channel in self.sudo().filtered(lambda channel: channel.outbox_mode != "off"):
            if not channel.outbox_since:
                channel.outbox_since = self.env.cr.now().replace(microsecond=0, tzinfo=None)
            if not channel.outbox_secret:
                channel.outbox_secret = secrets.token_urlsafe(32)

    # ACTIONS

    def action_outbox_resume(self):
        """Call the channel again after it said that its address is gone."""
        self.check_access("write")
        self.outbox_paused = False
        self.env["oms.outbox"]._trigger_push()
        return True

    @api.readonly
    def action_view_outbox(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("oms_fulfillment.action_oms_outbox")
        return {**action, "domain": [("channel_id", "=", self.id)], "context": {}}
