"""The file that goes to a 3PL with its work, and comes back filled in.

One row per product of a fulfilment. We fill the left part, the 3PL the right one: resi, courier,
weight, lots, the units that left, or why it does not do it.
"""

import csv
import io
import re
from dataclasses import dataclass, field

import openpyxl
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from .cells import RoundedNumber, as_text, harmless
from .messages import Sentence, WorkbookError, _lt
from .workbook import find_table, open_workbook

# key: headings in English and Indonesian; both are read.
OURS = {
    "fulfillment": ("Fulfilment", "Pengiriman"),
    "order": ("Order", "Pesanan"),
    "ship_by": ("Ship By", "Kirim Sebelum"),
    "name": ("Recipient", "Penerima"),
    "phone": ("Phone", "Telepon"),
    "street": ("Address", "Alamat"),
    "district": ("District", "Kecamatan"),
    "city": ("City", "Kota"),
    "province": ("Province", "Provinsi"),
    "postal_code": ("Postal Code", "Kode Pos"),
    "cod_amount": ("COD Amount", "Nilai COD"),
    "note": ("Note", "Catatan"),
    "sku": ("SKU", "SKU"),
    "product": ("Product", "Produk"),
    "quantity": ("Quantity", "Jumlah"),
    "reserved_lots": ("Reserved Lots", "Lot Dipesan"),
}
THEIRS = {
    "courier": ("Courier", "Kurir"),
    "service": ("Service", "Layanan"),
    "resi": ("Resi", "No. Resi"),
    "weight_kg": ("Weight (kg)", "Berat (kg)"),
    "shipped": ("Shipped", "Jumlah Dikirim"),
    "lots": ("Lots", "Lot"),
    "shipped_at": ("Shipped At", "Waktu Kirim"),
    "reason": ("Reason Not Shipped", "Alasan Tidak Dikirim"),
}
COLUMNS = {**OURS, **THEIRS}
REQUIRED = ("fulfillment", "sku", "resi")

NO_HEADINGS = _lt(
    "%(file)s has no row with the headings %(headings)s. Send back the file that you got."
)
ROUNDED = _lt(
    "Row %(row)s: Excel has rounded %(value)s. Format the column as text and enter it again."
)
NO_NUMBER = _lt("Row %(row)s: %(value)s is no number.")
TWO_ANSWERS = _lt("%(fulfillment)s is both shipped and refused. Leave one of the two empty.")


@dataclass
class Answer:
    """What the file says about one fulfilment.

    :ivar list rows: row numbers as the user sees them
    :ivar item: what ``ship`` or ``reject`` takes; ``None`` when nothing was filled in
    :ivar str act: ``ship``, ``reject`` or ``nothing``
    :ivar list problems: sentences; with one of them nothing is done
    """

    fulfillment: str
    rows: list = field(default_factory=list)
    act: str = "nothing"
    item: dict | None = None
    problems: list = field(default_factory=list)


def headings(indonesian):
    """Return the headings of the file, in the reader's language."""
    return [names[1 if indonesian else 0] for names in COLUMNS.values()]


def write_csv(rows, indonesian=False):
    """Return the file as bytes; ``rows`` are dicts keyed as :data:`COLUMNS`."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(headings(indonesian))
    for row in rows:
        writer.writerow([harmless(row.get(key)) for key in COLUMNS])
    return stream.getvalue().encode("utf-8-sig")


def write_xlsx(rows, indonesian=False):
    """Return the file as bytes. Texts stay texts: no formula, no rounded number."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(headings(indonesian))
    for cell in sheet[1]:
        cell.font = openpyxl.styles.Font(bold=True)
    for row in rows:
        sheet.append([_writable(row.get(key)) for key in COLUMNS])
    for column in sheet.iter_cols(min_row=2):
        for cell in column:
            if isinstance(cell.value, str):
                cell.data_type = "s"
                cell.number_format = "@"
    sheet.freeze_panes = "A2"
    for index, key in enumerate(COLUMNS, 1):
        letter = openpyxl.utils.get_column_letter(index)
        sheet.column_dimensions[letter].width = 30 if key in ("street", "product") else 16
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _writable(value):
    """A text without what no workbook can hold, such as a vertical tab in an address."""
    return ILLEGAL_CHARACTERS_RE.sub("", value) if isinstance(value, str) else value


def read(name, content):
    """Return an :class:`Answer` per fulfilment of the file, in its order.

    :raise WorkbookError:
    """
    table = None
    for sheet in open_workbook(name, content):
        table = table or find_table(sheet, [COLUMNS[key] for key in REQUIRED])
    if table is None:
        wanted = ", ".join(COLUMNS[key][0] for key in REQUIRED)
        raise WorkbookError(NO_HEADINGS, file=name, headings=wanted)
    places = {key: table.columns(*names) for key, names in COLUMNS.items()}
    answers, rows_of = {}, {}
    for number, cells in table.rows():
        row, problems = _read_row(number, cells, places)
        if not row.get("fulfillment"):
            continue
        answer = answers.setdefault(row["fulfillment"], Answer(row["fulfillment"]))
        answer.rows.append(number)
        answer.problems += problems
        rows_of.setdefault(row["fulfillment"], []).append(row)
    for answer in answers.values():
        _conclude(answer, rows_of[answer.fulfillment])
    return list(answers.values())


def _read_row(number, cells, places):
    row, problems = {}, []
    for key, indexes in places.items():
        value = next((cells[i] for i in indexes if i < len(cells) and cells[i] is not None), None)
        try:
            row[key] = as_text(value) if not isinstance(value, float) else _number(value)
        except RoundedNumber:
            problems.append(Sentence(ROUNDED, {"row": number, "value": str(value)[:40]}))
            row[key] = None
    for key in ("weight_kg", "shipped", "quantity"):
        if row.get(key):
            try:
                row[key] = float(row[key].replace(",", "."))
            except ValueError:
                values = {"row": number, "value": row[key][:40]}
                problems.append(Sentence(NO_NUMBER, values))
                row[key] = None
    return row, problems


def _number(value):
    """A number as text; ids lose their decimals, long ones are refused."""
    return as_text(value) if value.is_integer() else f"{value:.6f}".rstrip("0").rstrip(".")


def _conclude(answer, rows):
    shipped = [row for row in rows if row["resi"] or row["shipped"]]
    refused = [row for row in rows if row["reason"]]
    if shipped and refused:
        values = {"fulfillment": answer.fulfillment}
        answer.problems.append(Sentence(TWO_ANSWERS, values))
    elif refused:
        answer.act, answer.item = "reject", _refusal(answer.fulfillment, refused)
    elif shipped:
        try:
            answer.act, answer.item = "ship", _shipping(answer.fulfillment, rows, shipped)
        except ValueError:
            lots = "; ".join(filter(None, (row["lots"] for row in shipped)))
            values = {"row": answer.rows[0], "value": lots[:40]}
            answer.problems.append(Sentence(NO_NUMBER, values))


def _refusal(fulfillment, rows):
    code = re.sub(r"[^a-z]+", "_", rows[0]["reason"].lower()).strip("_")
    return {
        "fulfillment": fulfillment,
        "reason": code,
        "lines": [{"sku": row["sku"], "message": row["reason"]} for row in rows],
    }


def _shipping(fulfillment, rows, shipped):
    """One parcel per resi; contents are named where the file names quantities, lots or parcels."""
    parcels = {}
    for row in shipped:
        parcel = parcels.setdefault(row["resi"], {"resi": row["resi"], "lines": []})
        for key in ("courier", "service", "weight_kg"):
            if row[key] and not parcel.get(key):
                parcel[key] = row[key]
        quantity = row["quantity"] if row["shipped"] is None else row["shipped"]
        line = {"sku": row["sku"], "quantity": quantity}
        if row["lots"]:
            line["lots"] = _lots(row["lots"], quantity)
        parcel["lines"].append(line)
    told = len(parcels) > 1 or len(shipped) < len(rows)
    told = told or any(row["shipped"] is not None or row["lots"] for row in shipped)
    if not told:
        for parcel in parcels.values():
            del parcel["lines"]
    item = {"fulfillment": fulfillment, "parcels": list(parcels.values())}
    at = next((row["shipped_at"] for row in shipped if row["shipped_at"]), None)
    return {**item, "shipped_at": at} if at else item


def _lots(text, quantity):
    """Read ``L1=2; L2=1``; a single lot has the whole quantity, several names one unit each."""
    parts = [part.strip() for part in re.split(r"[;,|]", text) if part.strip()]
    lots = []
    for part in parts:
        name, _sign, units = part.partition("=")
        alone = quantity if len(parts) == 1 else 1.0
        lots.append({"lot": name.strip(), "quantity": float(units) if units.strip() else alone})
    return lots
