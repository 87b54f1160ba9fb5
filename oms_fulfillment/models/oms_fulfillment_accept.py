from odoo import api, fields, models


class StockMove(models.Model):
    _inherit = "stock.move"

    oms_accepted_at = fields.Datetime(
        string="Accepted At",
        copy=False,
        readonly=True,
        help="When the customer accepted these units while others of the same transfer were in "
        "question. Where all of it was accepted, the fulfilment says so.",
    )


class OmsFulfillment(models.Model):
    """What the customer accepts: all of a fulfilment, or the lines that are not in question."""

    _inherit = "oms.fulfillment"

    def _accept_lines(self, lines, at, by):
        """Accept the units of order ``lines`` that were delivered; return what changed.

        :param by: ``customer``, ``auto`` or ``agent``
        """
        changed = self.browse()
        for work in self.filtered(lambda work: work.delivered_at and not work.accepted_at):
            left = work._moves_to_accept()
            chosen = left.filtered(lambda move: move.sale_line_id in lines)
            if chosen == left:
                changed |= work._set_accepted(at, by)
            elif chosen:
                # sudo: the customer's word, which agents record, on transfers that they don't edit.
                chosen.sudo().oms_accepted_at = max(at, work.delivered_at)
                changed |= work._changed()
        return changed

    def _moves_to_accept(self):
        """What of these fulfilments left for a line of the order, and was not accepted yet."""
        return self.picking_id.move_ids.filtered(
            lambda move: move.state == "done" and move.sale_line_id and not move.oms_accepted_at
        )

    @api.model
    def _accept_overdue(self):
        """Silence is acceptance: N days after delivery, but for lines of which a return is open."""
        overdue = self.search([("auto_accept_at", "<=", "now"), ("accepted_at", "=", False)])
        lines = overdue._moves_to_accept().sale_line_id
        lines -= overdue.order_id._oms_lines_in_question()
        # An order of which nothing is left but what is in question has nothing to accept.
        due = overdue.filtered(
            lambda work: not work._moves_to_accept() or work._moves_to_accept().sale_line_id & lines
        )
        changed = due._accept_lines(lines, fields.Datetime.now(), "auto")
        changed.order_id._oms_advance()
        return changed
