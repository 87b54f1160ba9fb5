from odoo import fields, models

DUE_FROM = [
    ("order", "The order"),
    ("delivery", "The delivery"),
    ("acceptance", "The acceptance"),
]


class AccountPaymentTerm(models.Model):
    _inherit = "account.payment.term"

    oms_due_from = fields.Selection(
        DUE_FROM,
        string="Days Count From",
        help="For orders of sales channels: the event from which the days of these terms count, "
        "whenever the invoice was made. Empty: the date of the invoice, as usual.",
    )

    def _compute_terms(self, date_ref, *args, **kwargs):
        """Override: an invoice that knows its event (see ``account.move.oms_due_base``) counts
        from it."""
        date_ref = self.env.context.get("oms_due_base") or date_ref
        return super()._compute_terms(date_ref, *args, **kwargs)

    def _oms_dates(self, day):
        """Return the due dates of these terms, counted from ``day``."""
        self.ensure_one()
        return [line._get_due_date(day) for line in self.line_ids]
