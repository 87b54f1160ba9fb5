import json
import time
from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from odoo.addons.oms_fulfillment import secret_link
from odoo.addons.oms_fulfillment.exceptions import OmsRefusal

from ..connectors import registry, values
from ..connectors.base import BOOK, WEBHOOK, Connector
from .oms_courier_account import MANAGER

SCHEMES = [
    ("header", "A header with a fixed value"),
    ("hmac_hex", "HMAC-SHA256 of the body, hexadecimal"),
    ("hmac_base64", "HMAC-SHA256 of the body, base64"),
    ("timestamp", "HMAC-SHA256 with a timestamp"),
]
SAMPLE = b"{}"


class OmsCourierAccount(models.Model):
    """Where a courier's server calls us, and how it proves who it is."""

    _inherit = "oms.courier.account"

    webhook_token = fields.Char(readonly=True, copy=False, index="btree_not_null", groups=MANAGER)
    webhook_scheme = fields.Selection(SCHEMES, string="Proof", default="header")
    webhook_header = fields.Char(string="Header", help="Its name, as agreed with the courier.")
    webhook_secret = fields.Char(string="Secret", copy=False, groups=MANAGER)
    webhook_url = fields.Char(
        string="Address for Calls", compute="_compute_webhook_url", groups=MANAGER
    )
    mapping = fields.Text(
        help="JSON: where the events are in the courier's message and how it names their parts.",
    )
    default_courier_id = fields.Many2one(
        "oms.courier", string="Courier", help="Whose parcels the calls are about."
    )
    # What the form shows depends on the provider.
    has_webhook = fields.Boolean(compute="_compute_traits")
    is_remote = fields.Boolean(compute="_compute_traits")
    is_mapped = fields.Boolean(compute="_compute_traits")
    is_priced = fields.Boolean(compute="_compute_traits")
    has_secret = fields.Boolean(compute="_compute_traits")
    can_book = fields.Boolean(compute="_compute_traits")

    _webhook_token_uniq = models.Constraint(
        "UNIQUE(webhook_token)", lambda env, diag: env._("This address is taken.")
    )

    @api.depends("provider")
    def _compute_traits(self):
        for account in self:
            connector = registry.CONNECTORS.get(account.provider, Connector)
            account.has_webhook = WEBHOOK in connector.can
            account.can_book = BOOK in connector.can
            account.is_remote = connector.remote
            account.is_mapped = connector.mapped
            account.is_priced = connector.priced
            account.has_secret = connector.proof == "secret"

    @api.depends("webhook_token", "provider")
    def _compute_webhook_url(self):
        base = self.get_base_url()
        for account in self:
            token = account.webhook_token
            account.webhook_url = token and f"{base}/oms/webhook/{account.provider}/{token}"

    @api.constrains("mapping")
    def _check_mapping(self):
        for account in self.filtered("mapping"):
            try:
                mapping = json.loads(account.mapping)
            except ValueError:
                mapping = None
            good = isinstance(mapping, dict) and all(
                isinstance(path, str) for path in mapping.values()
            )
            if not good:
                raise ValidationError(
                    self.env._(
                        "The mapping of %(account)s can't be read. Write a JSON object of texts, "
                        'such as {"events": "data.items", "resi": "awb", "code": "status"}.',
                        account=account.name,
                    )
                )

    def _prepare_options(self):
        options = super()._prepare_options()
        options["mapping"] = json.loads(self.mapping) if self.mapping else {}
        options["courier"] = self.default_courier_id.code or ""
        return options

    def _values(self):
        # sudo: as in the method that this one extends.
        account = self.sudo()
        return replace(
            super()._values(),
            webhook_scheme=account.webhook_scheme or "",
            webhook_header=account.webhook_header or "",
            webhook_secret=account.webhook_secret or "",
        )

    # ACTIONS

    def action_webhook_open(self):
        """Button: make the address, or another one; the old one is gone at once."""
        self._ensure_manager()
        for account in self:
            account.webhook_token = secret_link.new_token()
        return True

    def action_webhook_close(self):
        """Button: calls are refused from now on."""
        self._ensure_manager()
        self.webhook_token = False
        return True

    def action_webhook_test(self):
        """Button: store an empty call of this account, as the courier's own test button does."""
        self._ensure_manager()
        self.ensure_one()
        if not self.webhook_token or not self._can_verify():
            raise OmsRefusal(
                "no_webhook",
                self.env._("%(account)s has no address and secret for calls.", account=self.name),
                next_step=self.env._("Make an address, and agree on a secret with the courier."),
            )
        # sudo: messages are made by couriers' calls only; the role was checked just now.
        message = self.env["oms.webhook.message"].sudo()
        message.browse(message._store(self.id, self.company_id.id, SAMPLE))._process()
        return self.action_view_messages()

    def action_view_messages(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "oms_tracking.action_oms_webhook_message"
        )
        return {**action, "domain": [("account_id", "=", self.id)], "context": {}}

    def _ensure_manager(self):
        self.check_access("write")
        if not self.env.su and not self.env.user.has_group(MANAGER):
            raise OmsRefusal(
                "access",
                self.env._("%(user)s may not change addresses and keys.", user=self.env.user.name),
                next_step=self.env._("Ask somebody with the role OMS: Manager."),
            )

    def _can_verify(self):
        """Whether calls could be proved at all; without a secret all of them are refused."""
        return bool(self.webhook_secret if self.has_secret else self.api_key)

    # CALLED BY THE CONTROLLER, WITH ALL RIGHTS

    @api.model
    def _webhook_take(self, provider, token, headers, body):
        """Verify a call and store it; return whether it was taken.

        The answer is the same for an unknown address and for a wrong proof.
        """
        account_id, company_id, account = self._webhook_account(provider, token)
        connector = registry.CONNECTORS.get(account.provider)
        if not connector or not connector.verify(account, headers, body, time.time()):
            return False
        self.env["oms.webhook.message"]._store(account_id, company_id, body)
        return True

    @api.model
    def _webhook_account(self, provider, token):
        """Return ``(id, company id, values)`` of the account of an address; one plain query,
        because couriers do not wait."""
        if not secret_link.is_token(token):
            return None, None, values.Account("")
        rows = self.env.execute_query(
            SQL(
                "SELECT id, company_id, api_key, webhook_scheme, webhook_header, webhook_secret"
                " FROM oms_courier_account WHERE webhook_token = %s AND provider = %s AND active",
                token,
                provider,
            )
        )
        for account_id, company_id, key, scheme, header, secret in rows:
            return (
                account_id,
                company_id,
                values.Account(
                    provider,
                    key=key or "",
                    webhook_scheme=scheme or "",
                    webhook_header=header or "",
                    webhook_secret=secret or "",
                ),
            )
        return None, None, values.Account("")

    def _webhook_facts(self, data):
        return registry.get(self.provider).parse(self._values(), data)
