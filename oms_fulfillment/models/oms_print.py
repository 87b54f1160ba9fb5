from odoo import api, fields, models
from odoo.exceptions import UserError

DOCUMENTS = [
    ("picking_list", "Picking list"),
    ("packing_list", "Packing list"),
    ("label", "Label"),
    ("invoice", "Invoice"),
]


class OmsPrint(models.Model):
    """A paper that was printed for an order: what, by whom, when. Only appended to."""

    _name = "oms.print"
    _description = "Printed Paper"
    _order = "id DESC"

    order_id = fields.Many2one(
        "sale.order", required=True, readonly=True, index=True, ondelete="cascade"
    )
    picking_id = fields.Many2one(
        "stock.picking",
        string="Transfer",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    document = fields.Selection(DOCUMENTS, required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users", string="By", readonly=True, default=lambda self: self.env.uid
    )

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(
            self.env._(
                "What was printed for %(order)s can't be changed: it happened. "
                "Print it again to have a newer line.",
                order=", ".join(self[:3].order_id.mapped("name")),
            )
        )

    @api.model
    def _log(self, document, pickings):
        """Remember that ``document`` was printed for these transfers."""
        # sudo: whoever may print leaves a trace; nobody writes it otherwise.
        return self.sudo().create(
            [
                {
                    "order_id": picking.sale_id.id,
                    "picking_id": picking.id,
                    "company_id": picking.company_id.id,
                    "document": document,
                }
                for picking in pickings.sudo()
                if picking.sale_id
            ]
        )


class SaleOrder(models.Model):
    _inherit = "sale.order"

    oms_print_ids = fields.One2many(
        "oms.print", "order_id", string="Printed", groups="oms_fulfillment.group_oms_user"
    )


class OmsFulfillment(models.Model):
    _inherit = "oms.fulfillment"

    printed = fields.Char(
        compute="_compute_printed", help="What was printed, how often and last by whom."
    )

    @api.depends("order_id.oms_print_ids")
    @api.depends_context("lang", "tz")
    def _compute_printed(self):
        words = dict(self.env["oms.print"]._fields["document"]._description_selection(self.env))
        papers = self.env["oms.print"].sudo().search([("order_id", "in", self.order_id.ids)])
        by_order = papers.grouped("order_id")
        for work in self:
            own = by_order.get(work.order_id, papers.browse())
            parts = []
            for document, printed in own.grouped("document").items():
                last = printed[:1]
                at = fields.Datetime.context_timestamp(self, last.create_date)
                times = f" {len(printed)}×" if len(printed) > 1 else ""
                parts.append(f"{words[document]}{times} ({last.user_id.name}, {at:%d/%m %H:%M})")
            work.printed = ", ".join(parts) or False
