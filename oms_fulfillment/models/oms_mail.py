import base64
import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.mail import email_split_tuples

from ..exceptions import OmsRefusal
from .oms_rpc import RETRYABLE

_logger = logging.getLogger(__name__)

# Attachments that may be an order file; whether they are one is seen from their contents.
FILE_ENDINGS = (".xlsx", ".xls", ".csv", ".tsv", ".txt", ".json")
# These say "not an order file", or "this file came before": nothing to repair.
NO_ORDERS = ("unknown_format", "no_orders")


class OmsMail(models.Model):
    """A mail to the address of a channel: kept as it came, then made into orders."""

    _name = "oms.mail"
    _description = "Order E-mail"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(string="Subject", readonly=True)
    channel_id = fields.Many2one(
        "oms.channel", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="channel_id.company_id", store=True, index=True)
    email_from = fields.Char(string="From", readonly=True)
    message_key = fields.Char(string="Message-Id", readonly=True)
    state = fields.Selection(
        [
            ("received", "Received"),
            ("imported", "Imported"),
            ("drafted", "Draft for an Agent"),
            ("failed", "Failed"),
        ],
        required=True,
        default="received",
        readonly=True,
    )
    import_ids = fields.Many2many("oms.import.file", string="Imported Files", readonly=True)
    order_id = fields.Many2one(
        "sale.order", readonly=True, index="btree_not_null", check_company=True
    )
    partner_id = fields.Many2one(related="order_id.partner_id", string="Buyer")
    reason = fields.Char(readonly=True, help="Why a file was not imported, or what went wrong.")

    _message_uniq = models.UniqueIndex(
        "(channel_id, message_key) WHERE message_key IS NOT NULL",
        lambda env, diag: env._("This mail has arrived before."),
    )

    # GATEWAY

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """Keep the mail. Its contents are looked at once they are stored, see the hook below."""
        values = dict(custom_values or {})
        values.update(
            name=(msg_dict.get("subject") or "")[:200],
            email_from=msg_dict.get("email_from"),
            message_key=msg_dict.get("message_id"),
        )
        known = self.search(
            [
                ("channel_id", "=", values.get("channel_id")),
                ("message_key", "=", values["message_key"]),
                ("message_key", "!=", False),
            ],
            limit=1,
        )
        return known or self.create(values)

    def _message_post_after_hook(self, message, msg_values):
        result = super()._message_post_after_hook(message, msg_values)
        if self.state == "received" and message.message_type == "email":
            self._process(message)
        return result

    # PROCESS

    def action_retry(self):
        """Look at the mail again, after its cause of failure was removed."""
        self.check_access("write")
        # sudo: the check above is the right that trying again asks for.
        for mail in self.sudo().filtered(lambda mail: mail.state == "failed"):
            message = mail.message_ids.filtered(lambda item: item.message_type == "email")
            mail._process(message.sorted("id")[:1])
        return True

    def action_view_result(self):
        """Open what the mail became."""
        self.ensure_one()
        if self.order_id:
            return self.order_id._get_records_action()
        return self.import_ids[:1].action_view_intakes()

    def _process(self, message):
        """Make an import or a draft of the mail; whatever happens, the mail stays."""
        self.ensure_one()
        self.env.flush_all()
        try:
            with self.env.cr.savepoint(flush=False):
                self._make_orders(message)
                self.env.flush_all()
        except RETRYABLE:
            raise
        except Exception as error:  # the mail must stay with its reason
            self.env.transaction.clear()
            if not isinstance(error, UserError):
                _logger.exception("oms.mail %s failed", self.id)
            self.write({"state": "failed", "reason": str(error)[:500]})

    def _make_orders(self, message):
        imports, known, reasons = self._import_files(message.attachment_ids)
        if imports or known:
            self.write(
                {
                    "state": "imported",
                    "import_ids": [fields.Command.set(imports.ids)],
                    "reason": " ".join(known + reasons)[:500] or False,
                }
            )
            return
        order = self._draft_order(message, reasons)
        self.write(
            {
                "state": "drafted",
                "order_id": order.id,
                "reason": " ".join(reasons)[:500] or False,
            }
        )

    # FILES

    def _import_files(self, attachments):
        """Import every attached order file, as the import window does.

        :return: ``(imported files, sentences about files that came before, other sentences)``
        """
        imports = self.env["oms.import.file"]
        known, reasons = [], []
        env = self.env["oms.intake"]._channel_env(self.channel_id)
        for attachment in attachments:
            if not (attachment.name or "").lower().endswith(FILE_ENDINGS):
                continue
            self.env.flush_all()
            try:
                with self.env.cr.savepoint(flush=False):
                    imports |= self._import_file(env, attachment)
                    self.env.flush_all()
            except OmsRefusal as refusal:
                self.env.transaction.clear()
                if refusal.code == "known_file":
                    known.append(str(refusal))
                elif refusal.code not in NO_ORDERS:
                    reasons.append(str(refusal))
        return imports.with_env(self.env), known, reasons

    def _import_file(self, env, attachment):
        content = attachment.raw or b""
        wizard = env["oms.import"].create(
            {
                "file": base64.b64encode(content),
                "file_name": attachment.name,
                "channel_id": self.channel_id.id,
            }
        )
        before = env["oms.import.file"].search([], order="id desc", limit=1).id or 0
        wizard.action_import()
        return env["oms.import.file"].search(
            [("channel_id", "=", self.channel_id.id), ("id", ">", before)]
        )

    # DRAFT

    def _draft_order(self, message, reasons):
        """A quotation without lines for an agent, with the mail in its chatter."""
        env = self.env["oms.intake"]._channel_env(self.channel_id)
        channel = self.channel_id.with_env(env)
        order = env["sale.order"].create(
            {
                "company_id": channel.company_id.id,
                "partner_id": self._find_buyer(env, channel.company_id).id,
                "oms_channel_id": channel.id,
                "pricelist_id": channel.pricelist_id.id,
                "origin": self.name,
                "user_id": False,
                "require_signature": False,
                "require_payment": False,
                **({"team_id": channel.team_id.id} if channel.team_id else {}),
                **({"warehouse_id": channel.warehouse_id.id} if channel.warehouse_id else {}),
            }
        )
        order.message_post(
            body=message.body,
            subject=message.subject,
            email_from=message.email_from,
            author_id=message.author_id.id,
            message_type="comment",
            subtype_xmlid="mail.mt_note",
            attachment_ids=[
                attachment.copy({"res_model": "sale.order", "res_id": order.id}).id
                for attachment in message.attachment_ids
            ],
        )
        for reason in reasons:
            order.message_post(body=reason, subtype_xmlid="mail.mt_note")
        return order.with_env(self.env)

    def _find_buyer(self, env, company):
        """The contact with the sender's address, or a new one."""
        names = email_split_tuples(self.email_from or "") or [("", "")]
        name, address = names[0]
        address = address.lower()
        if not address:
            return self.channel_id.with_env(env)._oms_masked_buyer()
        known = env["res.partner"]._oms_by_email({address}, company)
        if known:
            return known[address]
        partner = env["res.partner"].create({"name": name or address, "email": address})
        env["oms.buyer.key"]._claim(company, {f"email:{address}": partner})
        return partner


class OmsChannel(models.Model):
    """The e-mail address of a channel."""

    _name = "oms.channel"
    _inherit = ["oms.channel", "mail.alias.mixin.optional"]

    mail_count = fields.Integer(compute="_compute_mail_count", compute_sudo=True)

    def _compute_mail_count(self):
        counts = dict(
            self.env["oms.mail"]._read_group(
                [("channel_id", "in", self.ids)], ["channel_id"], ["__count"]
            )
        )
        for channel in self:
            channel.mail_count = counts.get(channel, 0)

    def _alias_get_creation_values(self):
        values = super()._alias_get_creation_values()
        values["alias_model_id"] = self.env["ir.model"]._get_id("oms.mail")
        if self.id:
            values["alias_defaults"] = {"channel_id": self.id}
        return values

    @api.readonly
    def action_view_mails(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("oms_fulfillment.action_oms_mail")
        return {**action, "domain": [("channel_id", "=", self.id)], "context": {}}
