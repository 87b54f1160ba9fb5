from odoo import api, fields, models


class AccountMoveLine(models.Model):
    """A fallback for the order of a journal item.

    Documents of a managed order carry the order themselves and hand it to their items, at no
    cost. Only items of other documents look further: an invoice made by hand for several orders,
    or one that is older than the channel of its order.
    """

    _inherit = "account.move.line"

    # All that a statement reads of an item: 12 columns over a million items without the table.
    _oms_statement_idx = models.Index(
        "(company_id, account_id, date) INCLUDE (balance, debit, credit, move_id) "
        "WHERE parent_state = 'posted'"
    )
    # The items that a tax made, for the VAT recap of a year.
    _oms_tax_idx = models.Index(
        "(company_id, date) INCLUDE (tax_line_id, account_id, balance) "
        "WHERE tax_line_id IS NOT NULL AND parent_state = 'posted'"
    )

    oms_channel_id = fields.Many2one(related="oms_order_id.oms_channel_id", string="Channel")

    @api.depends(
        "sale_line_ids.order_id.oms_channel_id",
        "cogs_origin_id.sale_line_ids.order_id.oms_channel_id",
    )
    def _compute_oms_order_id(self):
        result = super()._compute_oms_order_id()
        if not self.env["oms.channel"]._is_active():
            return result
        # Items that are being created have sale lines without identity; the originals have one.
        lines_by_item = {
            item: (item.sale_line_ids or item.cogs_origin_id.sale_line_ids)._origin.ids
            for item in self
            if not item.oms_order_id
        }
        # sudo: whoever invoices need not read orders; the link is a fact.
        line_ids = {line_id for ids in lines_by_item.values() for line_id in ids}
        sale_lines = self.env["sale.order.line"].sudo().browse(line_ids)
        order_by_line = {
            line.id: line.order_id for line in sale_lines if line.order_id.oms_channel_id
        }
        for item, ids in lines_by_item.items():
            orders = [order_by_line[line_id] for line_id in ids if line_id in order_by_line]
            if orders:
                # An item of two orders counts for the first: an amount is never counted twice.
                item.oms_order_id = min(orders, key=lambda order: order.id).id
        return result
