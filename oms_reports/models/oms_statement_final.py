import hashlib
import json

from odoo import api, fields, models
from odoo.tools import format_date

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal

from .oms_statement_ageing import AGEINGS
from .oms_statement_line import STATEMENTS

KINDS = [
    *STATEMENTS,
    ("trial", "Trial Balance"),
    ("receivable", "Aged Receivables"),
    ("payable", "Aged Payables"),
    ("cod", "COD Outstanding"),
    ("marketplace", "Marketplace Balances"),
    ("vat", "VAT Recap"),
]
TRIAL = ("opening", "debit", "credit", "closing")


class OmsStatementFinal(models.Model):
    """A report of a locked period as it was handed out, compared with the ledger ever after.

    The figures and the printed table are kept as they were; nothing can be edited but the note.
    """

    _name = "oms.statement.final"
    _description = "Final Report"
    _order = "date_to desc, id desc"
    _check_company_auto = True

    name = fields.Char(required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    statement = fields.Selection(KINDS, required=True, readonly=True)
    date_from = fields.Date(required=True, readonly=True)
    date_to = fields.Date(required=True, readonly=True)
    options = fields.Json(readonly=True)
    table = fields.Json(readonly=True)
    figures = fields.Json(readonly=True)
    # The table comes from a template of this addon, whose texts are escaped.
    paper = fields.Html(string="Report as Saved", compute="_compute_paper", sanitize=False)
    digest = fields.Char(
        string="Fingerprint", readonly=True, help="SHA-256 of the figures as they were saved."
    )
    note = fields.Text(help="What a reader should know about these figures.")
    state = fields.Selection(
        [("same", "As in the ledger"), ("drift", "Ledger has changed")],
        required=True,
        readonly=True,
        default="same",
    )
    drift = fields.Text(string="What Changed", readonly=True)
    checked_at = fields.Datetime(readonly=True)

    @api.depends("table", "company_id")
    @api.depends_context("uid")
    def _compute_paper(self):
        report = self.env["report.oms_reports.report_statement"]
        for final in self:
            final.paper = final.table and self.env["ir.qweb"]._render(
                "oms_reports.statement_table", report._values_of_final(final)
            )

    # SAVING

    @api.model
    def save_final(self, statement, options, lock=False):
        """Keep a report of the current company as final; the period must be locked.

        :param str statement: as in ``oms.statement.get_table``; not the general ledger
        :param dict options: the other arguments of ``get_table``
        :param bool lock: lock the books up to the last day first, which takes an accounting
            manager
        :return: database id of the final report; the same figures saved again give the first one
        :raise AccessError: the caller may not read the books
        :raise OmsRefusal: ``period_running``, ``period_open``, ``no_final``
        """
        statements = self.env["oms.statement"]
        statements._check_rights()
        if statement not in dict(KINDS):
            raise OmsRefusal(
                "no_final",
                self.env._("%(statement)s can't be saved as final.", statement=statement),
                field="statement",
                next_step=self.env._("Choose a statement, an ageing or the VAT recap."),
            )
        last_day = fields.Date.to_date(options["date_to"])
        if not self.is_locked(last_day):
            self._ensure_over(last_day)
        if lock:
            self._lock(last_day)
        self._ensure_locked(last_day)
        figures = self._figures(statement, options)
        digest = self._digest(figures)
        # sudo: readers of the books may save what they see; nobody may edit it.
        finals = self.sudo()
        known = finals.search(
            [
                ("company_id", "=", self.env.company.id),
                ("statement", "=", statement),
                ("date_from", "=", options["date_from"]),
                ("date_to", "=", last_day),
                ("digest", "=", digest),
            ],
            limit=1,
        )
        if known:
            return known.id
        table = statements.get_table(statement, **options)
        return finals.create(
            {
                "name": f"{table['title']}, {self._days(statement, options)}",
                "company_id": self.env.company.id,
                "statement": statement,
                "date_from": options["date_from"],
                "date_to": last_day,
                "options": options,
                "table": table,
                "figures": figures,
                "digest": digest,
                "checked_at": fields.Datetime.now(),
            }
        ).id

    def _days(self, statement, options):
        """The days that a report is about, as the user's language writes them."""
        first, last = (format_date(self.env, options[name]) for name in ("date_from", "date_to"))
        return last if statement in ("balance", *AGEINGS) else f"{first} – {last}"

    def _ensure_over(self, last_day):
        """Locking days that are still to come would turn away tomorrow's invoices."""
        company = self.env.company
        if last_day >= company._oms_local_date(fields.Datetime.now()):
            raise OmsRefusal(
                "period_running",
                self.env._(
                    "%(day)s is not over yet at %(company)s, so figures up to it are not final.",
                    day=format_date(self.env, last_day),
                    company=company.name,
                ),
                field="date_to",
                next_step=self.env._("Choose a period that is over, such as last month."),
            )

    def _lock(self, last_day):
        if not self.env.user.has_group("account.group_account_manager") and not self.env.su:
            raise OmsRefusal(
                "period_open",
                self.env._("%(user)s may not lock the books.", user=self.env.user.name),
                next_step=self.env._("Ask an accounting administrator."),
            )
        company = self.env.company
        if not company.fiscalyear_lock_date or company.fiscalyear_lock_date < last_day:
            # sudo: the role of accounting was checked; only the lock date is written.
            company.sudo().fiscalyear_lock_date = last_day

    def _locked_until(self):
        # sudo: the lock dates of the own company are no secret.
        company = self.env.company.sudo()
        dates = (company.fiscalyear_lock_date, company.hard_lock_date)
        return max(filter(None, dates), default=None)

    def _ensure_locked(self, last_day):
        company = self.env.company
        locked = self._locked_until()
        if not locked or locked < last_day:
            raise OmsRefusal(
                "period_open",
                self.env._(
                    "The books of %(company)s are open on %(day)s.",
                    company=company.name,
                    day=format_date(self.env, last_day),
                ),
                field="date_to",
                next_step=self.env._("Lock them up to that day first."),
            )

    @api.model
    def _figures(self, statement, options):
        """Return ``{line or line/account: [amounts]}``, without words that a language changes."""
        rows = self._rows(statement, options)
        return {code: amounts for code, (_name, amounts) in rows.items()}

    @api.model
    def _rows(self, statement, options):
        """Return ``{line or line/account: (name, [amounts])}``."""
        statements = self.env["oms.statement"]
        options = {name: value for name, value in options.items() if name != "unfold"}
        if statement == "trial":
            rows = statements.get_trial_balance(**options)["rows"]
            return {
                str(row["id"]): (self._row_name(row), [row[name] for name in TRIAL]) for row in rows
            }
        result = statements.get_statement(statement, **options)
        rows = {}
        for line in result["lines"]:
            rows[line["code"]] = line["name"], line["amounts"]
            for account in line["accounts"]:
                name = f"{line['name']}, {self._row_name(account)}"
                rows[f"{line['code']}/{account['id']}"] = name, account["amounts"]
        return rows

    def _row_name(self, account):
        return f"{account['code'] or ''} {account['name']}".strip()

    @api.model
    def _digest(self, figures):
        return hashlib.sha256(json.dumps(figures, sort_keys=True).encode()).hexdigest()

    @api.model
    @api.readonly
    def is_locked(self, date_to):
        """Return whether the books of the current company are locked up to a day.

        :raise AccessError: the caller may not read the books
        """
        self.env["oms.statement"]._check_rights()
        locked = self._locked_until()
        return bool(locked and locked >= fields.Date.to_date(date_to))

    def write(self, vals):
        """Override: what was handed out stays as it is; a note may be added."""
        if not self.env.su and set(vals) - {"note"}:
            raise OmsRefusal(
                "final",
                self.env._("%(report)s is final.", report=", ".join(self.mapped("name"))),
                next_step=self.env._("Write a note, or save the report again."),
            )
        return super().write(vals)

    # DRIFT

    def action_compare(self):
        """Button: compare these final reports with the ledger as it is now."""
        self.env["oms.statement"]._check_rights()
        self.check_access("read")
        # sudo: whoever reads the books may look whether a report still holds; nobody may edit it.
        self.sudo()._compare()
        return True

    def _compare(self):
        for final in self:
            changes = final._changes()
            final.write(
                {
                    "state": "drift" if changes else "same",
                    "drift": "\n".join(changes),
                    "checked_at": fields.Datetime.now(),
                }
            )

    def _changes(self):
        """Return one sentence per line that is not what it was."""
        self.ensure_one()
        rows = self.with_company(self.company_id)._rows(self.statement, self.options)
        now = {code: amounts for code, (_name, amounts) in rows.items()}
        if self._digest(now) == self.digest:
            return []
        currency = self.company_id.currency_id
        changes = []
        for code in [*now, *sorted(self.figures.keys() - now.keys())]:
            before, after = self.figures.get(code) or [], now.get(code) or []
            if before != after:
                changes.append(
                    self.env._(
                        "%(line)s: was %(before)s, is %(after)s",
                        # What is gone has no name any more.
                        line=rows[code][0] if code in rows else code,
                        before=", ".join(currency.format(amount or 0.0) for amount in before)
                        or "–",
                        after=", ".join(currency.format(amount or 0.0) for amount in after) or "–",
                    )
                )
        return changes

    # PAPER

    @api.readonly
    def action_print(self):
        """The paper as it was saved."""
        self.ensure_one()
        return {
            "type": "ir.actions.report",
            "report_type": "qweb-pdf",
            "report_name": "oms_reports.report_statement",
            "report_file": "oms_reports.report_statement",
            "data": {"final": self.id},
        }

    @api.readonly
    def action_export(self):
        """The workbook of the paper as it was saved."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/oms/statement/final/{self.id}.xlsx",
            "target": "download",
        }


class OmsProof(models.AbstractModel):
    """What was handed out as final is still what the ledger says."""

    _inherit = "oms.proof"

    @api.model
    def _get_checks(self):
        return [*super()._get_checks(), "_check_finals"]

    def _check_finals(self):
        finals = self.env["oms.statement.final"].search(
            [("company_id", "in", self.env.companies.ids)]
        )
        drifted = [(final, changes) for final in finals if (changes := final._changes())]
        return [
            self._violation(
                "final_report",
                final,
                0,
                len(changes),
                self.env._(
                    "%(report)s of %(company)s was handed out as final, and the ledger has "
                    "changed: %(changes)s",
                    report=final.name,
                    company=final.company_id.name,
                    changes="; ".join(changes),
                ),
            )
            for final, changes in drifted
        ]
