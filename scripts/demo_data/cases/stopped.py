"""Orders that can't go on: incomplete, held, not understood, cancelled."""

import base64
import io
from datetime import datetime, timedelta

import openpyxl

from odoo.tools import file_path

from ..catalogue import BY_SKU, line, person
from ..ordinary import whole
from ..theatre import Step
from .case import Case

# The sample export that the addon's own tests read.
SAMPLE = "oms_fulfillment/tests/fixtures/shopee_order_all.xlsx"


class Stopped(Case):
    def scripts(self):
        return [
            self.drafts(),
            self.total_differs(),
            self.total_explained(),
            self.unpaid(30),
            self.unpaid(3),
            self.too_many(),
            self.not_sold_any_more(),
            self.no_telephone(),
            self.stopped_by_hand(),
            self.not_looked_at_yet(),
            self.unknown_sku_mapped(),
            self.unknown_sku(),
            self.unreadable(),
            self.cancelled_by_buyer(),
            self.file_import(),
        ]

    def drafts(self):
        yield Step(self.ago(7), "draft", "Ibu Yanti (menunggu daftar barang)")
        yield Step(self.ago(1), "draft", "Pak Gunawan (telepon terputus)")

    def total_differs(self):
        lines = whole("BTK-PKL-M", 2)
        yield from self.submit(
            "SHOPEE", 5, "held", lines=lines, totals={"total": 2 * 285000 - 25000}
        )

    def total_explained(self):
        order, answer, days = yield from self.submit(
            "SHOPEE", 200, "held", lines=whole("KOP-GYO-250", 3), totals={"total": 250000}
        )
        reason = "Selisih voucher sudah dikonfirmasi Shopee"
        yield Step(self.ago(196), "release", (answer["id"], "total_mismatch", "keuangan", reason))
        yield from self.orders.leave_and_arrive("SHOPEE", order, self.ago(196), days)

    def unpaid(self, hours):
        yield from self.submit("WEB", hours, "held", method="transfer", lines=whole("MKN-KTN-P", 1))

    def too_many(self):
        yield from self.submit("TELP", 9, "held", lines=whole("SBL-BJK-200", 1200))

    def not_sold_any_more(self):
        yield from self.submit("TIKTOK", 26, "held", lines=whole("OLD-DMP-01"))

    def no_telephone(self):
        buyer, ship_to, days = person(self.orders.rng)
        who = {"name": buyer["name"]}, {**ship_to, "phone": None}, days
        yield from self.submit("WEB", 2, "held", who=who, lines=whole("TEH-MLT-50", 4))

    def stopped_by_hand(self):
        _order, answer, _days = yield from self.submit("WEB", 20, lines=whole("TAS-RTN-B", 2))
        reason = "Pembeli minta ganti alamat, tunggu konfirmasi WhatsApp"
        yield Step(self.ago(18), "hold", (answer["id"], reason))

    def not_looked_at_yet(self):
        yield from self.submit("TELP", 1.5, lines=whole("KOP-TRJ-250", 6))

    def unknown_sku_mapped(self):
        lines = [line(1, BY_SKU["KOP-GYO-250"], 1, sku="PAKET-KOPI-3", unit_price=255000)]
        order, _answer, days = yield from self.submit(
            "TIKTOK", 290, "quarantined", lines=lines, totals={"total": 255000}
        )
        ready = self.ago(287)
        yield Step(ready, "map_sku", ("TIKTOK", "PAKET-KOPI-3", "KOP-GYO-250", 3))
        yield from self.orders.leave_and_arrive("TIKTOK", order, ready, days)

    def unknown_sku(self):
        lines = [line(1, BY_SKU["LLN-SRH-01"], 2, sku="LILIN-SEREH-NEW")]
        yield from self.submit("TIKTOK", 4, "quarantined", lines=lines)
        yield from self.submit(
            "SHOPEE", 2.5, "quarantined", lines=[{**lines[0], "sku": "BNDL-LLN"}]
        )

    def unreadable(self):
        buyer, ship_to, days = person(self.orders.rng)
        unsaid = dict.fromkeys(("village", "district", "city", "province", "postal_code"))
        who = buyer, {**ship_to, **unsaid, "street": "Rumah pagar hijau depan masjid"}, days
        yield from self.submit("WEB", 6, "quarantined", who=who, lines=whole("MUG-KRM-01", 2))

    def cancelled_by_buyer(self):
        for channel, hours in (("SHOPEE", 120), ("WEB", 70), ("SHOPEE", 15)):
            order, _answer, _days = yield from self.submit(
                channel, hours, lines=whole("CAP-RED", 2)
            )
            item = {"external_id": order["external_id"], "reason": "Pembeli berubah pikiran"}
            yield Step(self.ago(hours - 0.7), "cancel", (channel, item))

    def file_import(self):
        name, content = moved_sample(self.now)
        yield Step(self.ago(8), "import_file", ("SHOPEE", name, content))


def moved_sample(now):
    """The sample export as if it had been taken this morning: `(file name, base64)`.

    Its times are moved by whole days, so that the newest order is of yesterday.
    """
    book = openpyxl.load_workbook(file_path(SAMPLE))
    sheet = book.active
    shift = timedelta(days=(now - datetime(2026, 7, 5)).days)
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            cell.value = _moved(cell.value, shift)
    stream = io.BytesIO()
    book.save(stream)
    day = now - timedelta(days=1)
    name = f"Order.all.{day:%Y%m}01_{day:%Y%m%d}.xlsx"
    return name, base64.b64encode(stream.getvalue()).decode()


def _moved(value, shift):
    for pattern in ("%Y-%m-%d %H:%M", "%Y-%m-%d"):
        try:
            return (datetime.strptime(str(value), pattern) + shift).strftime(pattern)
        except ValueError:
            continue
    return value
