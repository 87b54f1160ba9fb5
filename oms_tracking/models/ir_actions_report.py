import io
from collections import OrderedDict

from odoo import models
from odoo.tools.pdf import PdfFileReader, PdfFileWriter

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal

LABEL = "oms_tracking.report_label"


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    def _pre_render_qweb_pdf(self, report_ref, res_ids=None, data=None):
        """Whoever prints labels, and however: the guard, the count and the order are the same."""
        if self._get_report(report_ref).report_name != LABEL or not res_ids:
            return super()._pre_render_qweb_pdf(report_ref, res_ids=res_ids, data=data)
        ids = [res_ids] if isinstance(res_ids, int) else res_ids
        parcels = self.env["oms.shipment"].browse(dict.fromkeys(ids))
        parcels._ensure_printable()
        result = super()._pre_render_qweb_pdf(report_ref, res_ids=parcels.ids, data=data)
        parcels._label_printed()
        return result

    def _render_qweb_pdf_prepare_streams(self, report_ref, data, res_ids=None):
        """Labels are one document of one page each, whatever wkhtmltopdf can do.

        The usual way makes a document per record and scales it to the page; without patched Qt
        several documents are refused and the scale is another one.
        """
        report = self._get_report(report_ref)
        if report.report_name != LABEL or not res_ids:
            return super()._render_qweb_pdf_prepare_streams(report_ref, data, res_ids)
        parcels = self.env["oms.shipment"].browse(res_ids)
        own = parcels.filtered(lambda parcel: not parcel.label_pdf)
        pages = dict(zip(own.ids, self._oms_label_pages(report, own, data), strict=True))
        return OrderedDict(
            (
                parcel.id,
                {
                    "stream": io.BytesIO(pages.get(parcel.id) or parcel._courier_label()),
                    "attachment": None,
                },
            )
            for parcel in parcels
        )

    def _oms_label_pages(self, report, parcels, data):
        """Return one PDF per parcel, rendered in one run."""
        if not parcels:
            return []
        if self.get_wkhtmltopdf_state() == "install":
            raise OmsRefusal(
                "no_printer",
                self.env._("wkhtmltopdf is not installed, so no label can be made."),
                next_step=self.env._("Ask the administrator to install it."),
            )
        html = self._render_qweb_html(report.report_name, parcels.ids, data=dict(data or {}))[0]
        printer = self.with_context(oms_label=True)
        document = printer._run_wkhtmltopdf([html.decode()], report_ref=report.report_name)
        if len(parcels) == 1:
            return [document]
        reader = PdfFileReader(io.BytesIO(document))
        pages = []
        for number in range(len(parcels)):
            writer = PdfFileWriter()
            writer.add_page(reader.pages[number])
            stream = io.BytesIO()
            writer.write(stream)
            pages.append(stream.getvalue())
        return pages

    def _build_wkhtmltopdf_args(self, *args, **kwargs):
        """Labels hold no scripts: nobody waits the second that Odoo gives to them."""
        command = super()._build_wkhtmltopdf_args(*args, **kwargs)
        if self.env.context.get("oms_label") and "--javascript-delay" in command:
            command[command.index("--javascript-delay") + 1] = "0"
        return command
