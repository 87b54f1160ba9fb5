from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL, format_amount, format_date

from ..engine import reminder as engine


class OmsReminder(models.Model):
    """One mail to one customer about what is overdue."""

    _name = "oms.reminder"
    _description = "Reminder"
    _order = "sent_at desc, id desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, index=True
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    level_id = fields.Many2one(
        "oms.reminder.level", required=True, readonly=True, ondelete="restrict", index=True
    )
    sent_at = fields.Datetime(required=True, readonly=True)
    amount = fields.Monetary(readonly=True)
    line_ids = fields.One2many("oms.reminder.line", "reminder_id", readonly=True)

    # TEXT: what the mail template asks for

    def _rows(self):
        """What is overdue, as the mail lists it: invoice, order, due date and amount."""
        self.ensure_one()
        # sudo: the mail is the customer's own account, whoever's job sends it.
        return [
            {
                "invoice": line.item_id.move_name,
                "order": line.order_id.oms_external_id or line.order_id.name,
                "due": format_date(self.env, line.due),
                "amount": format_amount(self.env, line.amount, self.currency_id),
            }
            for line in self.sudo().line_ids
        ]

    def _total(self):
        return format_amount(self.env, self.amount, self.currency_id)

    # JOB

    @api.model
    def _cron_remind(self, limit=200):
        """Remind customers of what is overdue; a commit per mail."""
        if not self.env["oms.channel"]._is_active():
            return
        waiting = self._due()
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(waiting))
        for group in waiting[:limit]:
            self._send(group)
            if not cron._commit_progress(1):
                break

    @api.model
    def _due(self):
        """Return the mails that are due: ``[(customer, company, currency, level, items)]``."""
        result = []
        companies = self.env["res.company"].search([("active", "=", True)])
        for company in companies:
            levels = self._levels(company)
            if levels:
                result += self._due_in(company, levels)
        return result

    @api.model
    def _levels(self, company):
        """The company's own levels, else those of all companies."""
        levels = self.env["oms.reminder.level"].search([("company_id", "in", (False, company.id))])
        return levels.filtered("company_id") or levels

    @api.model
    def _due_in(self, company, levels):
        steps = [engine.Level(level.id, level.days) for level in levels]
        today = company._oms_local_date(fields.Datetime.now())
        groups = defaultdict(list)
        for item_id, partner_id, currency_id, overdue, sent in self.env.execute_query(
            self._overdue_query(company, today, min(levels.mapped("days")))
        ):
            level = engine.due_level(steps, overdue, sent)
            if level:
                groups[partner_id, currency_id, level.key].append(item_id)
        return [
            (partner_id, company.id, currency_id, level_id, item_ids)
            for (partner_id, currency_id, level_id), item_ids in sorted(groups.items())
        ]

    @api.model
    def _overdue_query(self, company, today, days):
        """Open instalments of managed orders whose customers may be reminded: not contested, not
        on hold, no return under way."""
        self.env.flush_all()
        return SQL(
            """
            SELECT item.id, sale.partner_invoice_id, item.currency_id,
                   %(today)s - item.date_maturity,
                   (SELECT MAX(level.days)
                      FROM oms_reminder_line known
                      JOIN oms_reminder_level level ON level.id = known.level_id
                     WHERE known.item_id = item.id)
              FROM account_move_line item
              JOIN account_move move ON move.id = item.move_id
              JOIN account_account account ON account.id = item.account_id
              JOIN sale_order sale ON sale.id = item.oms_order_id
              JOIN oms_channel channel ON channel.id = sale.oms_channel_id
              JOIN res_partner partner ON partner.id = sale.partner_invoice_id
             WHERE item.company_id = %(company)s
               AND item.parent_state = 'posted'
               AND item.reconciled IS NOT TRUE
               AND item.amount_residual > 0
               AND item.date_maturity <= %(today)s - %(days)s
               AND account.account_type = 'asset_receivable'
               AND move.move_type = 'out_invoice'
               AND channel.send_reminders
               AND partner.email IS NOT NULL
               AND partner.oms_no_reminders IS NOT TRUE
               AND NOT EXISTS (SELECT 1 FROM oms_dispute dispute
                                WHERE dispute.order_id = sale.id
                                  AND dispute.state IN ('open', 'answered'))
               AND NOT EXISTS (SELECT 1 FROM oms_hold hold
                                WHERE hold.order_id = sale.id AND hold.state = 'active'
                                  AND hold.code_id NOT IN (SELECT id FROM oms_hold_code
                                                            WHERE code = 'deposit_pending'))
               AND NOT EXISTS (SELECT 1 FROM oms_return back
                                WHERE (back.order_id = sale.id OR back.id = sale.oms_exchange_id)
                                  AND back.is_open)
          ORDER BY item.date_maturity, item.id
            """,
            company=company.id,
            today=today,
            days=days,
        )

    @api.model
    def _send(self, group):
        """Note the reminder and queue its mail: both in one transaction, so neither is alone."""
        partner_id, company_id, currency_id, level_id, item_ids = group
        items = self.env["account.move.line"].browse(item_ids)
        company = self.env["res.company"].browse(company_id)
        reminder = self.create(
            {
                "partner_id": partner_id,
                "company_id": company_id,
                "currency_id": currency_id,
                "level_id": level_id,
                "sent_at": fields.Datetime.now(),
                "amount": sum(items.mapped("amount_residual_currency")),
                "line_ids": [
                    fields.Command.create(
                        {
                            "item_id": item.id,
                            "order_id": item.oms_order_id.id,
                            "level_id": level_id,
                            "due": item.date_maturity,
                            "amount": item.amount_residual_currency,
                        }
                    )
                    for item in items
                ],
            }
        ).with_company(company)
        template = self.env.ref("oms_fulfillment.mail_template_reminder", raise_if_not_found=False)
        if template:
            template.send_mail(reminder.id)
        return reminder
