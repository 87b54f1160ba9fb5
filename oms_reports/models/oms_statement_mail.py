import base64
import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal

from ..engine import period
from .oms_statement import READERS
from .oms_statement_final import KINDS

_logger = logging.getLogger(__name__)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class OmsStatementMail(models.Model):
    """A report that is sent by e-mail on its day, to users who may read the books.

    Each of them gets it in the own language and with the own rights; whoever lost the right gets
    nothing.
    """

    _name = "oms.statement.mail"
    _description = "Report by E-mail"
    _order = "next_date, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    statement = fields.Selection(KINDS, required=True, default="income")
    span = fields.Selection(
        [
            ("last_month", "Last month"),
            ("this_month", "This month so far"),
            ("last_quarter", "Last quarter"),
            ("this_year", "This year so far"),
        ],
        string="Period",
        required=True,
        default="last_month",
        help="Seen from the day on which it is sent. Ageings and the balance sheet are as of the "
        "last day of the period; so far means until yesterday.",
    )
    compare = fields.Selection(
        [
            ("none", "Nothing"),
            ("previous", "Period before"),
            ("year", "Same days, year before"),
        ],
        string="Compare With",
        required=True,
        default="previous",
        help="For the income statement, the balance sheet and the cash flow.",
    )
    unfold = fields.Boolean(string="With Accounts")
    pdf = fields.Boolean(string="PDF", default=True)
    xlsx = fields.Boolean(string="XLSX", default=True)
    interval = fields.Selection(
        [("day", "Every day"), ("week", "Every week"), ("month", "Every month")],
        required=True,
        default="month",
    )
    next_date = fields.Date(
        string="Next On", required=True, default=lambda self: fields.Date.context_today(self)
    )
    user_ids = fields.Many2many(
        "res.users",
        string="Recipients",
        required=True,
        domain=lambda self: self._domain_user_ids(),
        help="Users who may read the books. The report is never sent to other addresses.",
    )
    last_sent_at = fields.Datetime(readonly=True, copy=False)
    last_error = fields.Text(readonly=True, copy=False)

    def _domain_user_ids(self):
        groups = [self.env.ref(group).id for group in READERS]
        return (
            "[('share', '=', False), ('company_ids', 'in', company_id), "
            f"('all_group_ids', 'in', {groups})]"
        )

    @api.constrains("user_ids", "pdf", "xlsx")
    def _check_recipients(self):
        for mail in self:
            if not (mail.pdf or mail.xlsx):
                raise OmsRefusal(
                    "no_format",
                    self.env._("%(mail)s has no file to send.", mail=mail.name),
                    next_step=self.env._("Choose PDF, XLSX or both."),
                )
            for user in mail.user_ids:
                if not self.env["oms.statement"].with_user(user)._may_read():
                    raise OmsRefusal(
                        "recipient",
                        self.env._(
                            "%(user)s may not read the books, so %(mail)s can't be sent there.",
                            user=user.name,
                            mail=mail.name,
                        ),
                        field="user_ids",
                        next_step=self.env._(
                            "Give the role OMS: Finance, or choose somebody else."
                        ),
                    )

    # SENDING

    @api.model
    def _cron_send(self):
        """Send what is due by each company's calendar; a failure waits with its reason."""
        candidates = self.search([("next_date", "<=", fields.Date.today() + timedelta(days=1))])
        now = fields.Datetime.now()
        due = candidates.filtered(
            lambda mail: mail.next_date <= mail.company_id._oms_local_date(now)
        )
        for index, mail in enumerate(due, 1):
            mail._send_due()
            self.env["ir.cron"]._commit_progress(1, remaining=len(due) - index)

    def action_send(self):
        """Button: send it now; the next day stays as it is."""
        for mail in self:
            mail._send()
        errors = [mail.last_error for mail in self if mail.last_error]
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if errors else "success",
                "message": " ".join(errors)
                or self.env._("Sent to %(users)s.", users=", ".join(self.user_ids.mapped("name"))),
                # The form shows when it was sent.
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _send_due(self):
        today = self.company_id._oms_local_date(fields.Datetime.now())
        try:
            with self.env.cr.savepoint():
                self._send()
        except UserError as error:
            self.last_error = str(error)
        except Exception:
            # A report that can't be made must not keep the others from being sent.
            _logger.exception("Report by e-mail %s", self.id)
            self.last_error = self.env._("It could not be sent; the log of the server says why.")
        self.next_date = self._day_after(today)

    def _day_after(self, today):
        """The next day of the rhythm that lies ahead."""
        day = self.next_date
        step = {"day": {"days": 1}, "week": {"weeks": 1}, "month": {"months": 1}}[self.interval]
        count = 0
        while day <= today:
            count += 1
            day = fields.Date.add(
                self.next_date, **{unit: amount * count for unit, amount in step.items()}
            )
        return day

    def _send(self):
        self.ensure_one()
        template = self.env.ref("oms_reports.mail_template_statement")
        refused = []
        for user in self.user_ids.filtered("active"):
            # With the recipient's own rights and language; sudo only to send.
            scope = (
                self.env["oms.statement"]
                .with_user(user)
                .with_context(allowed_company_ids=self.company_id.ids, lang=user.lang, tz=user.tz)
            )
            # sudo: who sends it has one company chosen, the recipient may have others as well.
            if not scope._may_read() or self.company_id not in user.sudo().company_ids:
                refused.append(user.name)
                continue
            attachments = [
                (0, 0, {"name": name, "datas": base64.b64encode(content), "mimetype": mimetype})
                for name, content, mimetype in self._files(scope)
            ]
            template.with_context(lang=user.lang, oms_recipient=user.name).send_mail(
                self.id,
                email_values={
                    "email_to": user.email_formatted,
                    "attachment_ids": attachments,
                    "recipient_ids": [],
                },
            )
        self.last_sent_at = fields.Datetime.now()
        self.last_error = False
        if refused:
            self.last_error = self.env._(
                "Not sent to %(users)s, who may not read the books any more.",
                users=", ".join(refused),
            )

    def _files(self, scope):
        """Return ``[(name, content, mimetype)]`` of the report as ``scope`` may see it."""
        arguments = {"statement": self.statement, "unfold": self.unfold, **self._options()}
        table = scope.get_table(**arguments)
        paper = scope.env["report.oms_reports.report_statement"]
        files = []
        if self.xlsx:
            files.append((f"{table['title']}.xlsx", paper._make_workbook(table), XLSX))
        if self.pdf:
            # sudo: the report action is technical; the figures were read with the user's rights.
            content, _kind = (
                scope.env["ir.actions.report"]
                .sudo()
                ._render_qweb_pdf("oms_reports.report_statement", [], data={"table": arguments})
            )
            files.append((f"{table['title']}.pdf", content, "application/pdf"))
        return files

    def _options(self):
        """The arguments of the report on the day of sending."""
        today = self.company_id._oms_local_date(fields.Datetime.now())
        days = period.named(self.span, today)
        options = {
            "date_from": fields.Date.to_string(days.since),
            "date_to": fields.Date.to_string(days.until - timedelta(days=1)),
        }
        if self.statement in ("income", "balance", "cash", "cash_indirect"):
            options |= {"compare": self.compare, "periods": 1}
        return options
