import secrets
from datetime import timedelta

from odoo import api, fields, models

from ..adapters import registry
from ..exceptions import OmsRefusal

KEY_BYTES = 32
# After a new key is made the old one works on for this long.
GRACE = timedelta(hours=24)
EXAMPLE = """curl -sS {url} \\
  -H 'Authorization: Bearer {key}' \\
  -H 'Content-Type: application/json' \\
  -d '{{"external_id": "A-1001", "ordered_at": "{now}+00:00",
       "ship_to": {{"name": "Siti Rahma", "street": "Jl. Melati 1",
                   "city": "Bandung", "country": "ID"}},
       "lines": [{{"sku": "{sku}", "quantity": 1, "unit_price": 50000}}],
       "payment": {{"method": "prepaid"}}}}'
"""


class OmsChannel(models.Model):
    """The web door: where a channel posts its orders, and how it proves that it is the channel."""

    _inherit = "oms.channel"

    door_token = fields.Char(
        string="Address Token",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups="oms_fulfillment.group_oms_manager",
    )
    door_key = fields.Char(
        string="Key",
        readonly=True,
        copy=False,
        groups="oms_fulfillment.group_oms_manager",
        help="Sent as a bearer key, or used to sign the body (HMAC-SHA256).",
    )
    door_key_old = fields.Char(
        string="Old Key", readonly=True, copy=False, groups="oms_fulfillment.group_oms_manager"
    )
    door_key_old_until = fields.Datetime(
        string="Old Key Works Until",
        readonly=True,
        copy=False,
        groups="oms_fulfillment.group_oms_manager",
    )
    door_url = fields.Char(
        string="Address for Orders",
        compute="_compute_door",
        groups="oms_fulfillment.group_oms_manager",
    )
    door_example = fields.Text(
        string="Example Call",
        compute="_compute_door",
        groups="oms_fulfillment.group_oms_manager",
    )

    _door_token_uniq = models.Constraint(
        "UNIQUE(door_token)", lambda env, diag: env._("This address is taken.")
    )

    @api.depends("door_token", "door_key")
    def _compute_door(self):
        base = self.get_base_url()
        now = fields.Datetime.now().isoformat(timespec="seconds")
        product = self.env["product.product"].search(
            [("default_code", "!=", False), ("sale_ok", "=", True)], limit=1
        )
        for channel in self:
            channel.door_url = channel.door_token and f"{base}/oms/intake/{channel.door_token}"
            channel.door_example = channel.door_token and EXAMPLE.format(
                url=channel.door_url,
                key=channel.door_key,
                now=now,
                sku=(product.default_code or "SKU-1").replace("'", ""),
            )

    # ACTIONS

    def action_door_open(self):
        """Give the channel an address and a key, or a new key; the old one works for a day."""
        self.check_access("write")
        if not self.env.user.has_group("oms_fulfillment.group_oms_manager"):
            raise OmsRefusal(
                "access",
                self.env._("%(user)s may not make keys.", user=self.env.user.name),
                next_step=self.env._("Ask somebody with the role OMS: Manager."),
            )
        for channel in self:
            channel.write(
                {
                    "door_token": channel.door_token or secrets.token_urlsafe(18),
                    "door_key_old": channel.door_key,
                    "door_key_old_until": channel.door_key and fields.Datetime.now() + GRACE,
                    "door_key": secrets.token_urlsafe(KEY_BYTES),
                }
            )
        return True

    def action_door_forget_old(self):
        """The old key leaked, or everybody has the new one: it stops working now."""
        self.check_access("write")
        self.write({"door_key_old": False, "door_key_old_until": False})
        return True

    def action_door_close(self):
        """Take the address away: calls are refused from now on."""
        self.check_access("write")
        self.write(
            {
                "door_token": False,
                "door_key": False,
                "door_key_old": False,
                "door_key_old_until": False,
            }
        )
        return True

    # CALLED BY THE CONTROLLER, WITH ALL RIGHTS

    @api.model
    def _door_channel(self, token):
        """Return the channel of an address, or none."""
        if not token.isascii() or not 16 <= len(token) <= 64:
            return self.browse()
        return self.search([("door_token", "=", token)], limit=1)

    def _door_keys(self):
        """The keys that open the door now; one that nobody has where there is no door."""
        keys = [self.door_key] if self.door_key else []
        if self.door_key_old and self.door_key_old_until > fields.Datetime.now():
            keys.append(self.door_key_old)
        return keys or [secrets.token_urlsafe(KEY_BYTES)]

    def _door_take(self, payload, format_code):
        """Store the orders of a message; the queue makes them.

        :return: per order ``{status, external_id, intake_id, id, name, errors}``; ``status`` is
            ``received``, ``duplicate``, or ``quarantined`` when it could not even be kept whole
        :raise OmsRefusal: ``unknown_format``, ``too_many``
        """
        payloads, originals = self._door_read(payload, format_code)
        self._check_items(payloads)
        channel = self.with_env(self.env["oms.intake"]._channel_env(self))
        results = channel.env["oms.intake"]._accept(channel, payloads, "http", originals)
        return [channel._door_answer(intake, known) for intake, known in results]

    def _door_read(self, payload, format_code):
        """Return the canonical orders of a message in any known format, and what they were."""
        try:
            return registry.orders_from_json(payload, format_code), registry.unwrap(payload)
        except KeyError as error:
            raise OmsRefusal(
                "unknown_format",
                self.env._("There is no format %(format)s.", format=str(format_code)[:40]),
                field="format",
                next_step=self.env._("Leave it out: the format is recognised from the orders."),
            ) from error

    def _door_answer(self, intake, known):
        order = intake.order_id
        waits = intake.state == "quarantined"
        return {
            "status": "duplicate" if known else "quarantined" if waits else "received",
            "external_id": intake.external_id or None,
            "intake_id": intake.id,
            "id": order.id,
            "name": order.name,
            "errors": self._error_details(intake.errors),
        }
