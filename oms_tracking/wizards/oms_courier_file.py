import base64
import csv
import io
from datetime import datetime

from odoo import api, fields, models

from odoo.addons.oms_fulfillment.adapters.cells import RoundedNumber, as_text, harmless
from odoo.addons.oms_fulfillment.adapters.workbook import WorkbookError, find_table, open_workbook
from odoo.addons.oms_fulfillment.exceptions import OmsRefusal

from ..connectors.base import local_phone

# What a column may be called, in English and Indonesian; the first one is what we write.
COLUMNS = {
    "parcel": ("parcel", "paket", "reference", "referensi", "order_id"),
    "resi": ("resi", "awb", "no resi", "nomor resi", "tracking number", "waybill"),
    "courier": ("courier", "kurir", "ekspedisi"),
    "service": ("service", "layanan"),
    "code": ("code", "kode", "status"),
    "occurred_at": ("time", "waktu", "tanggal", "date", "occurred_at"),
    "text": ("text", "keterangan", "description", "note"),
    "place": ("place", "kota", "city", "lokasi"),
}
EXPORTED = ("parcel", "order", "recipient", "phone", "address", "village", "district", "city") + (
    "province",
    "postal_code",
    "service",
    "weight_kg",
    "contents",
    "value",
    "cod",
    "note",
)
SHOWN = 20


class OmsCourierFile(models.TransientModel):
    """Couriers without a server: a file of what they are to carry, a file of what became of it."""

    _name = "oms.courier.file"
    _description = "File of a Courier"

    shipment_ids = fields.Many2many("oms.shipment", string="Parcels")
    courier_id = fields.Many2one("oms.courier", help="Whose file it is, where no column says so.")
    file = fields.Binary(string="Numbers or Statuses")
    file_name = fields.Char()
    export = fields.Binary(string="Bookings", readonly=True)
    export_name = fields.Char(readonly=True)
    result = fields.Text(readonly=True)

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        if self.env.context.get("active_model") == "oms.shipment":
            values["shipment_ids"] = [fields.Command.set(self.env.context.get("active_ids") or [])]
        return values

    # OUT

    def action_export(self):
        """Button: the parcels as a table for the courier's own portal."""
        self.ensure_one()
        stream = io.StringIO()
        table = csv.writer(stream)
        table.writerow(EXPORTED)
        for parcel in self.shipment_ids.sorted("id"):
            table.writerow([harmless(cell) for cell in self._exported(parcel)])
        self.export = base64.b64encode(b"\xef\xbb\xbf" + stream.getvalue().encode())
        self.export_name = f"bookings-{fields.Date.context_today(self)}.csv"
        return self._open()

    def _exported(self, parcel):
        # sudo: the courier desk sends addresses and values of parcels that it may see.
        parcel = parcel.sudo()
        to = parcel.partner_id._oms_wire_address()
        contents = ", ".join(
            f"{line.quantity:g} x {line.product_id.display_name}" for line in parcel.line_ids
        )
        value = parcel._contents_value()
        return (
            *(parcel.name, parcel.order_id.name, to.name, local_phone(to.phone)),
            *(to.street, to.village),
            *(to.district, to.city, to.province, to.postal_code, parcel.service or ""),
            *(parcel.weight_kg or "", contents, f"{value:.0f}", f"{parcel.cod_amount:.0f}", ""),
        )

    # IN

    def action_import(self):
        """Button: numbers for parcels, and statuses for numbers; both may come again."""
        self.ensure_one()
        shipments = self.env["oms.shipment"]
        numbers, events, lines = [], [], {}
        for row, item in self._read():
            if item.get("problem"):
                lines[row] = item["problem"]
                continue
            if item.get("parcel") and item.get("resi"):
                numbers.append((row, {k: item.get(k) for k in ("parcel", "resi", "service")}))
                numbers[-1][1]["courier"] = item.get("courier") or self.courier_id.code
            if item.get("resi") and item.get("code") and item.get("occurred_at"):
                event = {k: v for k, v in item.items() if k not in ("parcel", "service")}
                event["courier"] = event.get("courier") or self.courier_id.code
                events.append((row, event))
        answers = [*shipments.set_resi([item for _row, item in numbers])]
        shipments._check_desk_access()
        answers += shipments._receive([item for _row, item in events], "import")
        for (row, _item), answer in zip(numbers + events, answers, strict=True):
            for error in answer["errors"]:
                lines.setdefault(row, error["message"])
        self.result = self._told(len(numbers), len(events), lines)
        return self._open()

    def _read(self):
        """Yield ``(row number, {name: value})`` of the file; a row that can't be read has only a
        ``problem``.

        :raise OmsRefusal: ``bad_file``
        """
        content = base64.b64decode(self.file or b"")
        try:
            sheets = open_workbook(self.file_name or "file.csv", content)
        except WorkbookError as error:
            raise self._bad_file(self.env["oms.rpc"]._say(error.sentence)) from error
        tables = (find_table(sheet, [COLUMNS["resi"]]) for sheet in sheets)
        table = next(filter(None, tables), None)
        if table is None:
            raise self._bad_file(self.env._("The file has no column named resi."))
        places = {name: table.columns(*aliases)[:1] for name, aliases in COLUMNS.items()}
        for row, cells in table.rows():
            try:
                item = {
                    name: _text(cells[place])
                    for name, found in places.items()
                    for place in found
                    if place < len(cells) and cells[place] not in (None, "")
                }
            except RoundedNumber as error:
                problem = self.env._(
                    "Excel has rounded %(value)s. Format the column as text and enter it again.",
                    value=error,
                )
                item = {"problem": problem}
            yield row, item

    def _bad_file(self, reason):
        return OmsRefusal(
            "bad_file",
            reason,
            field="file",
            next_step=self.env._("Choose a table with the columns parcel, resi, status and time."),
        )

    def _told(self, numbers, events, problems):
        lines = [
            self.env._(
                "%(numbers)s numbers and %(events)s statuses read, %(problems)s rows refused.",
                numbers=numbers,
                events=events,
                problems=len(problems),
            )
        ]
        for row, message in list(problems.items())[:SHOWN]:
            lines.append(self.env._("Row %(row)s: %(message)s", row=row, message=message))
        return "\n".join(lines)

    def _open(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }


def _text(value):
    """A cell as the public methods take it: text, times in ISO 8601.

    :raise RoundedNumber: a number that lost digits in a spreadsheet
    """
    return value.isoformat() if isinstance(value, datetime) else as_text(value) or ""
