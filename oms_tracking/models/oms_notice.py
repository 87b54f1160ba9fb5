import logging

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine import notice as engine
from .oms_notice_rule import EVENTS, METHODS

_logger = logging.getLogger(__name__)

BATCH = 200
TRIES = 3


class OmsNotice(models.Model):
    """One message to one customer about one fact: told once, or a reason why not."""

    _name = "oms.notice"
    _description = "Message to a Customer"
    _order = "id DESC"
    _rec_name = "subject"

    rule_id = fields.Many2one("oms.notice.rule", readonly=True, index=True, ondelete="set null")
    order_id = fields.Many2one(
        "sale.order", required=True, readonly=True, index=True, ondelete="cascade"
    )
    shipment_id = fields.Many2one(
        "oms.shipment",
        string="Parcel",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="order_id.company_id", store=True, index=True)
    event = fields.Selection(EVENTS, required=True, readonly=True)
    method = fields.Selection(METHODS, required=True, readonly=True)
    key = fields.Char(required=True, readonly=True, help="Names the fact: it is told once.")
    recipient = fields.Char(readonly=True)
    subject = fields.Char(readonly=True)
    body = fields.Text(readonly=True)
    state = fields.Selection(
        [("waiting", "Waiting"), ("sent", "Sent"), ("skipped", "Not sent"), ("failed", "Failed")],
        required=True,
        readonly=True,
        default="waiting",
    )
    reason = fields.Char(readonly=True)
    attempts = fields.Integer(readonly=True)
    sent_at = fields.Datetime(readonly=True)

    _key_uniq = models.Constraint(
        "UNIQUE(key)", lambda env, diag: env._("The customer was told that already.")
    )
    _waiting_idx = models.Index("(id) WHERE state = 'waiting'")

    # TELL

    @api.model
    def _tell(self, event, facts):
        """Queue what the rules say about ``event``.

        :param list facts: ``(key, order, parcel)``; the key names the fact
        """
        if not facts or event not in self.env["oms.notice.rule"]._events():
            return
        # sudo: a consequence of a fact, whoever recorded it.
        notices = self.sudo()
        rules = notices.env["oms.notice.rule"].search([("event", "=", event)])
        wanted = {}
        for key, order, parcel in facts:
            for rule in rules:
                if rule._fits(order):
                    wanted.setdefault(f"{event}:{rule.method}:{key}", (rule, order, parcel))
        known = set(notices.search([("key", "in", list(wanted))]).mapped("key"))
        vals_list = [
            notices._prepare_vals(key, *what) for key, what in wanted.items() if key not in known
        ]
        if vals_list:
            notices.create(vals_list)
            self.env["oms.rpc"]._wake("oms_tracking.cron_send_notices")

    @api.model
    def _prepare_vals(self, key, rule, order, parcel):
        customer = order.partner_id
        lang = customer.lang or order.company_id.partner_id.lang or self.env.lang
        rule = rule.with_context(lang=lang)
        order, parcel = order.with_context(lang=lang).sudo(), parcel.with_context(lang=lang).sudo()
        values = parcel._notice_values(order) if parcel else order._oms_notice_values()
        recipient = self._recipient(rule.method, order)
        reason = False
        if customer.oms_notice_opt_out:
            reason = self.env._("The customer wants no messages.")
        elif not recipient:
            reason = self.env._("The customer's address or number is not known.")
        return {
            "key": key,
            "rule_id": rule.id,
            "order_id": order.id,
            "shipment_id": parcel.id if parcel else False,
            "event": rule.event,
            "method": rule.method,
            "recipient": recipient,
            "subject": engine.render(rule.subject, values),
            "body": engine.render(rule.body, values),
            "state": "skipped" if reason else "waiting",
            "reason": reason,
        }

    @api.model
    def _recipient(self, method, order):
        if method == "mail":
            return order.partner_id.email_normalized or False
        return engine.phone_number(order._oms_address()["phone"]) or False

    # SEND

    @api.model
    def _cron_send(self):
        """Send what waits: each message in a savepoint of its own."""
        waiting = self.search([("state", "=", "waiting")], order="id", limit=BATCH)
        for notice in waiting.try_lock_for_update():
            notice._send()
        if len(waiting) == BATCH:
            self.env["oms.rpc"]._run_again()

    def _send(self):
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                getattr(self, f"_send_{self.method}")()
                self.write({"state": "sent", "sent_at": fields.Datetime.now(), "reason": False})
        except UserError as error:
            attempts = self.attempts + 1
            self.write(
                {
                    "state": "failed" if attempts >= TRIES else "waiting",
                    "attempts": attempts,
                    "reason": str(error)[:200],
                }
            )

    def _send_mail(self):
        """Hand the mail to Odoo's own queue."""
        order = self.order_id
        text = Markup("<br/>").join(self.body.splitlines())
        self.env["mail.mail"].create(
            {
                "subject": self.subject,
                "body_html": Markup("<div>%s</div>") % text,
                "email_to": self.recipient,
                "email_from": order.company_id.email_formatted or self.env.user.email_formatted,
                "model": "sale.order",
                "res_id": order.id,
                "auto_delete": True,
                "attachment_ids": self._prepare_attachments(),
            }
        )

    def _prepare_attachments(self):
        """The label of a return, which the customer prints."""
        parcel = self.shipment_id.return_parcel_id
        if self.event != "return_label" or not parcel._has_label():
            return []
        content = parcel._label_content()
        name = f"{parcel.name.replace('/', '-')}.pdf"
        return [fields.Command.create({"name": name, "raw": content})]

    def _send_sms(self):
        """Hook: a gateway overrides this. Odoo's own *SMS* app is used where it is installed.

        :raise UserError: there is none; the message is kept with that reason
        """
        if "sms.sms" not in self.env:
            raise UserError(
                self.env._(
                    "No SMS gateway is installed for %(number)s. Install Odoo's SMS app, or switch "
                    "the SMS messages off.",
                    number=self.recipient,
                )
            )
        self.env["sms.sms"].create({"number": self.recipient, "body": self.body})

    # BUTTONS

    def action_retry(self):
        """Button: try again what failed."""
        self.filtered(lambda notice: notice.state == "failed").write(
            {"state": "waiting", "attempts": 0}
        )
        self.env["oms.rpc"]._wake("oms_tracking.cron_send_notices")
        return True
