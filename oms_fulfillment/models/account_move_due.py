from odoo import fields, models


class AccountMove(models.Model):
    """Due dates that follow the order: its delivery, its acceptance."""

    _inherit = "account.move"

    oms_due_base = fields.Date(
        string="Terms Count From",
        readonly=True,
        copy=False,
        help="The event of the order from which the payment terms of this invoice count; until it "
        "has happened, the day on which it is expected.",
    )

    def modified(self, fnames, create=False, before=False):
        """Terms that count from another day are other terms.

        Not said by ``depends``: when the addon is removed, Odoo would remove those of its own
        fields that depend on ours.
        """
        if "oms_due_base" in fnames:
            fnames = [*fnames, "invoice_payment_term_id"]
        return super().modified(fnames, create, before)

    def _compute_needed_terms(self):
        if not self.env["oms.channel"]._is_active():
            return super()._compute_needed_terms()
        based = self.filtered("oms_due_base")
        result = super(AccountMove, self - based)._compute_needed_terms()
        for day, moves in based.grouped("oms_due_base").items():
            here = moves.with_context(oms_due_base=day)
            super(AccountMove, here)._compute_needed_terms()
        return result

    def _oms_move_due(self, day):
        """Count the terms of these invoices from ``day``; nothing but their due dates changes."""
        for move in self.filtered(lambda move: move.oms_due_base != day):
            old, term = move.oms_due_base, move.invoice_payment_term_id
            if move.state == "draft":
                move.oms_due_base = day
                continue
            dates = dict(zip(term._oms_dates(old), term._oms_dates(day), strict=True))
            # What is posted is never made anew, as a draft would be.
            move.with_context(skip_invoice_sync=True).oms_due_base = day
            for item in move.line_ids.filtered(lambda line: line.display_type == "payment_term"):
                item.date_maturity = dates.get(item.date_maturity, item.date_maturity)
