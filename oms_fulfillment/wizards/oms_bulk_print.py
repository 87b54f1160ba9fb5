import base64
import io

from odoo import api, fields, models
from odoo.tools.pdf import PdfFileReader, PdfFileWriter

from odoo.addons.base.models.ir_actions_report import _wkhtml

from ..exceptions import OmsRefusal
from ..models.oms_print import DOCUMENTS


def _merge(documents):
    """Return one PDF with the pages of all."""
    writer, stream = PdfFileWriter(), io.BytesIO()
    for document in documents:
        for page in PdfFileReader(io.BytesIO(document), strict=False).pages:
            writer.add_page(page)
    writer.write(stream)
    return stream.getvalue()


class OmsBulkPrint(models.TransientModel):
    """Papers of many orders in one file, and what could not be printed, with the reason."""

    _name = "oms.bulk.print"
    _description = "Print for Many Orders"

    fulfillment_ids = fields.Many2many("oms.fulfillment", string="Fulfilments", readonly=True)
    picking_list = fields.Boolean(string="Picking Lists")
    packing_list = fields.Boolean(string="Packing Lists", default=True)
    label = fields.Boolean(string="Labels")
    invoice = fields.Boolean(string="Invoices")
    again = fields.Boolean(
        string="Print Again", help="Also what was printed before; otherwise that is left out."
    )
    count = fields.Integer(string="Chosen", compute="_compute_count")
    state = fields.Selection([("choose", "Choose"), ("done", "Done")], default="choose")
    file = fields.Binary(readonly=True, attachment=False)
    file_name = fields.Char(readonly=True)
    summary = fields.Char(readonly=True)
    skipped_ids = fields.One2many("oms.bulk.print.skipped", "print_id", readonly=True)

    @api.depends("fulfillment_ids")
    def _compute_count(self):
        for wizard in self:
            wizard.count = len(wizard.fulfillment_ids)

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        model, ids = self.env.context.get("active_model"), self.env.context.get("active_ids") or []
        works = self.env["oms.fulfillment"].browse(ids if model == "oms.fulfillment" else [])
        if model == "sale.order":
            orders = self.env["sale.order"].browse(ids)
            works = orders.oms_fulfillment_ids.filtered(lambda work: work.state != "cancelled")
        elif model == "stock.picking.batch":
            batch = self.env["stock.picking.batch"].browse(ids)
            works = batch.picking_ids.oms_fulfillment_ids
        values["fulfillment_ids"] = [fields.Command.set(works.ids)]
        return values

    def action_print(self):
        """Make one file of everything that can be printed; list the rest with the reason."""
        self.ensure_one()
        wanted = [document for document, _words in DOCUMENTS if self[document]]
        if not wanted or not self.fulfillment_ids:
            raise OmsRefusal(
                "nothing_to_print",
                self.env._("Nothing is chosen to be printed."),
                next_step=self.env._("Choose at least one order and one kind of paper."),
            )
        known = self._printed_before()
        files, skipped, counts = [], [], {}
        for document in wanted:
            works = self.fulfillment_ids
            done = (
                works.browse()
                if self.again
                else works.filtered(
                    lambda work, document=document: (work.picking_id.id, document) in known
                )
            )
            skipped += [(work, document, self.env._("Printed before.")) for work in done]
            printable, refused = getattr(self, f"_sort_{document}")(works - done)
            skipped += [(work, document, why) for work, why in refused]
            if printable:
                files.append(getattr(self, f"_render_{document}")(printable))
                self.env["oms.print"]._log(document, printable.picking_id)
                counts[document] = len(printable)
        self._keep_result(files, skipped, counts)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Printed"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _printed_before(self):
        """``{(transfer id, document)}`` that were printed already."""
        groups = self.env["oms.print"]._read_group(
            [("picking_id", "in", self.fulfillment_ids.picking_id.ids)], ["picking_id", "document"]
        )
        return {(picking.id, document) for picking, document in groups}

    def _keep_result(self, files, skipped, counts):
        words = dict(self.env["oms.print"]._fields["document"]._description_selection(self.env))
        files = [file for file in files if file]
        parts = [f"{words[document]}: {count}" for document, count in counts.items()]
        self.write(
            {
                "state": "done",
                "file": base64.b64encode(_merge(files)) if files else False,
                "file_name": "oms.pdf" if files else False,
                "summary": ", ".join(parts) or self.env._("Nothing could be printed."),
                "skipped_ids": [
                    fields.Command.create(
                        {"fulfillment_id": work.id, "document": document, "reason": why}
                    )
                    for work, document, why in skipped
                ],
            }
        )

    # WHAT CAN BE PRINTED: (fulfilments, [(fulfilment, why not)])

    def _sort(self, works, why):
        """Split by ``why(fulfilment)``, which says why one can't be printed, or nothing."""
        refused = [(work, reason) for work in works if (reason := why(work))]
        return works - works.browse().concat(*(work for work, _reason in refused)), refused

    def _why_closed(self, work):
        states = dict(work._fields["state"]._description_selection(self.env))
        if work.state == "cancelled" or work.handed_over_at:
            return self.env._("It is %(state)s.", state=states[work.state])
        if work.on_hold:
            return self.env._("On hold: %(reason)s", reason=work.order_id.oms_hold_reasons or "")
        return None

    def _sort_picking_list(self, works):
        def why(work):
            if work.picked_at:
                return self.env._("It is picked already.")
            if not any(work.picking_id.move_ids.mapped("quantity")):
                return self.env._("Nothing is reserved for it.")
            return self._why_closed(work)

        return self._sort(works, why)

    def _sort_packing_list(self, works):
        def why(work):
            if not any(work.picking_id.move_ids.mapped("quantity")):
                return self.env._("Nothing is reserved for it.")
            return self._why_closed(work)

        return self._sort(works, why)

    def _sort_label(self, works):
        return self._sort(works, lambda work: self._why_closed(work) or work._why_no_label())

    def _sort_invoice(self, works):
        def why(work):
            if not self._invoices(work):
                return self.env._("%(order)s has no posted invoice.", order=work.order_id.name)
            return None

        return self._sort(works, why)

    def _invoices(self, works):
        # sudo: the warehouse puts the invoice into the parcel; only posted ones of these orders.
        return works.order_id.sudo().invoice_ids.filtered(
            lambda move: move.state == "posted" and move.move_type == "out_invoice"
        )

    # FILES

    def _render(self, report, ids):
        # sudo: what may be printed was decided above; reports read more than the role may.
        content, _kind = self.env["ir.actions.report"].sudo()._render_qweb_pdf(report, ids)
        return content

    def _render_picking_list(self, works):
        return self._render("oms_fulfillment.action_report_oms_picking_list", works.picking_id.ids)

    def _render_packing_list(self, works):
        return self._render("oms_fulfillment.action_report_oms_packing_list", works.ids)

    def _render_label(self, works):
        return works._render_labels()

    def _render_invoice(self, works):
        ids = self._invoices(works).ids
        # without patched Qt wkhtmltopdf makes one document per run
        runs = [ids] if _wkhtml().is_patched_qt else [[number] for number in ids]
        return _merge([self._render("account.account_invoices", run) for run in runs])


class OmsBulkPrintSkipped(models.TransientModel):
    _name = "oms.bulk.print.skipped"
    _description = "Not Printed"

    print_id = fields.Many2one("oms.bulk.print", required=True, ondelete="cascade", index=True)
    fulfillment_id = fields.Many2one("oms.fulfillment", readonly=True)
    order_id = fields.Many2one(related="fulfillment_id.order_id")
    document = fields.Selection(DOCUMENTS, readonly=True)
    reason = fields.Char(readonly=True)


class OmsFulfillment(models.Model):
    _inherit = "oms.fulfillment"

    def _why_no_label(self):
        """Hook: why this fulfilment has no label to print, in words; nothing when it has one."""
        return self.env._("There is no label: labels are made by OMS Tracking.")

    def _render_labels(self):
        """Hook: the labels of these fulfilments as one PDF (bytes)."""
        return b""

    def _packing_rows(self):
        """``[{sku, name, units, uom, lots}]``: what is in the parcel, or will be."""
        rows = []
        for move in self.picking_id.move_ids.filtered(lambda one: one.state != "cancel"):
            product = move.product_id
            lots = ", ".join(move.move_line_ids.lot_id.mapped("name"))
            rows.append(
                {
                    "sku": product.default_code or product.barcode or "",
                    "name": product.with_context(display_default_code=False).display_name,
                    "units": move.quantity,
                    "uom": move.product_uom.name,
                    "lots": lots,
                }
            )
        return [row for row in rows if row["units"]]
