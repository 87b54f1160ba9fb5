import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal

from ..connectors import registry, values
from ..connectors.errors import CourierError, Temporary, UnknownOutcome

MANAGER = "oms_fulfillment.group_oms_manager"
# No letter or digit that a reader takes for another one.
PREFIX_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
PREFIX_LENGTH = 4


class OmsCourierAccount(models.Model):
    """A contract with a courier or an aggregator: who, with which key, in test or for real."""

    _name = "oms.courier.account"
    _description = "Courier Account"
    _order = "sequence, name, id"

    name = fields.Char(required=True)
    provider = fields.Selection(lambda self: registry.selection(), required=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    live = fields.Boolean(help="Real parcels for real money; otherwise the provider's sandbox.")
    base_url = fields.Char(
        string="Address", help="Only where the provider's usual address is not the right one."
    )
    api_key = fields.Char(copy=False, groups=MANAGER)
    timeout = fields.Integer(
        string="Patience (s)", default=20, required=True, help="How long to wait for an answer."
    )
    reference_prefix = fields.Char(
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: self._new_prefix(),
        help="Our bookings begin with it, so that two databases never share a number.",
    )
    book_when = fields.Selection(
        [
            ("packed", "The parcel is packed"),
            ("handed_over", "The goods leave"),
            ("never", "By hand"),
        ],
        required=True,
        default="handed_over",
    )
    insured = fields.Boolean(string="Insure Parcels")
    default_weight_kg = fields.Float(
        string="Weight When Unknown (kg)",
        digits="Stock Weight",
        help="Empty: a parcel without weight is not booked.",
    )
    collection = fields.Selection(
        [("pickup", "The courier fetches"), ("drop_off", "We bring them")], default="pickup"
    )
    fleet_price = fields.Monetary(string="Price of a Delivery")
    currency_id = fields.Many2one(related="company_id.currency_id")
    carrier_ids = fields.One2many("delivery.carrier", "oms_account_id", string="Delivery Methods")
    job_ids = fields.One2many("oms.courier.job", "account_id", string="Calls")
    quiet_until = fields.Datetime(
        string="Left in Peace Until",
        readonly=True,
        copy=False,
        help="The provider was busy or out of reach; nothing is sent before.",
    )

    _timeout_range = models.Constraint(
        "CHECK(timeout BETWEEN 2 AND 45)",
        lambda env, diag: env._("Wait between 2 and 45 seconds for a courier's answer."),
    )
    _prefix_uniq = models.Constraint(
        "UNIQUE(reference_prefix)", lambda env, diag: env._("This prefix is taken.")
    )

    @api.constrains("base_url")
    def _check_base_url(self):
        for account in self.filtered("base_url"):
            if not account.base_url.startswith(
                ("https://", "http://127.0.0.1", "http://localhost")
            ):
                raise ValidationError(
                    self.env._(
                        "%(account)s: a key is not sent to %(url)s. Use an address that begins "
                        "with https.",
                        account=account.name,
                        url=account.base_url,
                    )
                )

    @api.model
    def _new_prefix(self):
        return "".join(secrets.choice(PREFIX_LETTERS) for _n in range(PREFIX_LENGTH))

    # ACTIONS

    def action_ping(self):
        """Button: ask the provider something harmless."""
        self.ensure_one()
        self.check_access("write")
        try:
            self._connector().ping()
        except CourierError as error:
            raise self._refusal(error) from error
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("%(account)s answers.", account=self.name),
            },
        }

    def action_view_jobs(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("oms_tracking.action_oms_courier_job")
        return {**action, "domain": [("account_id", "=", self.id)], "context": {}}

    # HELPERS

    def _can(self, what):
        """Whether the provider offers ``what``, one of the names in ``connectors.base``."""
        self.ensure_one()
        return what in registry.get(self.provider).can

    def _values(self):
        """The account as connectors take it, secrets included."""
        self.ensure_one()
        # sudo: keys are hidden from everybody but managers; the connector is not a reader.
        account = self.sudo()
        return values.Account(
            provider=account.provider,
            name=account.name,
            key=account.api_key or "",
            base_url=account.base_url or "",
            live=account.live,
            timeout=account.timeout,
            options=account._prepare_options(),
        )

    def _prepare_options(self):
        return {"collection": self.collection or "pickup", "price": self.fleet_price}

    def _connector(self):
        """Return the provider's connector, ready to be called.

        :raise CourierError: when it can't work here at all
        """
        return registry.get(self.provider)(self._values())

    def _currency(self):
        """The currency of the amounts that the connector takes and gives."""
        code = registry.get(self.provider).currency
        return self.env.ref(f"base.{code}")

    def _to_wire(self, amount, currency):
        at = fields.Date.context_today(self)
        return currency._convert(amount, self._currency(), self.company_id, at)

    def _from_wire(self, amount, currency):
        at = fields.Date.context_today(self)
        return self._currency()._convert(amount, currency, self.company_id, at)

    def _leave_in_peace(self, seconds):
        """Send nothing for a while: who is busy is not helped by more calls."""
        until = fields.Datetime.now() + timedelta(seconds=seconds)
        for account in self.filtered(lambda a: not a.quiet_until or a.quiet_until < until):
            account.quiet_until = until

    # WORDS

    def _refusal(self, error):
        """Say in the user's words what a connector's error means."""
        sentence, step = self._error_words(error)
        if error.detail and error.detail not in sentence:
            sentence = f"{sentence} ({error.detail})"
        return OmsRefusal(error.code, sentence, next_step=step)

    def _error_words(self, error):
        name = self.name
        wait = self.env._("It is tried again by itself.")
        fix_address = self.env._("Correct the address, then try again.")
        words = {
            "not_reached": (self.env._("%(account)s can't be reached.", account=name), wait),
            "no_answer": (self.env._("%(account)s gave no answer.", account=name), wait),
            "no_json": (self.env._("%(account)s answered something else.", account=name), wait),
            "server": (self.env._("%(account)s has a problem of its own.", account=name), wait),
            "busy": (self.env._("%(account)s asks to be called less often.", account=name), wait),
            "incomplete": (
                self.env._("%(account)s says yes and names no booking.", account=name),
                wait,
            ),
            "access": (
                self.env._("%(account)s does not accept our key.", account=name),
                self.env._("Check the key, and whether it is for test or live."),
            ),
            "refused": (
                self.env._("%(account)s refused.", account=name),
                self.env._("Do what it says, then try again."),
            ),
            "redirect": (
                self.env._("%(account)s sends us to another address.", account=name),
                self.env._("Check the address of the account."),
            ),
            "not_offered": (
                self.env._("%(account)s does not offer this.", account=name),
                self.env._("Do it in the courier's own portal."),
            ),
            "no_sdk": (
                self.env._("The courier's Python package is not installed."),
                self.env._("Install the packages of requirements.txt and restart Odoo."),
            ),
            "no_credit": (
                self.env._("The balance at %(account)s is too low.", account=name),
                self.env._("Top it up, then try again."),
            ),
            "cod_credit": (
                self.env._("%(account)s takes no cash on delivery on credit.", account=name),
                self.env._("Change the payment method in the courier's portal."),
            ),
            "no_service": (
                self.env._("%(account)s does not offer this service on this way.", account=name),
                self.env._("Choose one of the services that it offers."),
            ),
            "no_cod": (
                self.env._("This service collects no cash on this way."),
                self.env._("Choose another service or courier."),
            ),
            "no_number_yet": (
                self.env._("The courier has given no resi yet."),
                self.env._("Wait for the number, or cancel in the courier's portal."),
            ),
            "no_pickup": (self.env._("%(account)s names no pickup time.", account=name), wait),
            "no_label": (self.env._("%(account)s gave no label.", account=name), wait),
            "no_origin_place": (
                self.env._("The warehouse's address has neither postal code nor coordinates."),
                self.env._("Complete the address of the warehouse."),
            ),
            "no_destination_place": (
                self.env._("The customer's address has neither postal code nor coordinates."),
                fix_address,
            ),
            "no_origin_district": (
                self.env._("The warehouse's address has no district (kecamatan)."),
                self.env._("Complete the address of the warehouse."),
            ),
            "no_destination_district": (
                self.env._("The customer's address has no district (kecamatan)."),
                fix_address,
            ),
            "unclear_origin_district": (
                self.env._("%(account)s knows no single such district.", account=name),
                self.env._("Complete the address of the warehouse."),
            ),
            "unclear_destination_district": (
                self.env._("%(account)s knows no single such district.", account=name),
                fix_address,
            ),
            "short_origin_address": (
                self.env._("The warehouse's address is too short."),
                self.env._("Complete the address of the warehouse."),
            ),
            "short_destination_address": (
                self.env._("The customer's address is too short."),
                fix_address,
            ),
        }
        return words.get(error.code) or words["refused"]

    def _note_failure(self, error):
        """Spare a provider that is busy or away; return seconds until the next try, if it says."""
        if isinstance(error, Temporary | UnknownOutcome) and error.code in ("busy", "not_reached"):
            self._leave_in_peace(min(error.retry_after or 10, 600))
        return error.retry_after
