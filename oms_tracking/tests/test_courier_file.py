import base64
import csv
import io
import json

from odoo.tests import tagged

from odoo.addons.oms_fulfillment.engine.signature import sign
from odoo.addons.oms_fulfillment.exceptions import OmsRefusal
from odoo.addons.oms_fulfillment.tests.settlement_files import workbook

from ..connectors import generic
from ..connectors.values import Account
from .common import TrackingCase, at


@tagged("post_install", "-at_install")
class TestCourierFile(TrackingCase):
    """Couriers without a server: by file, and by a webhook that is mapped."""

    def read_file(self, text, name="file.csv"):
        wizard = self.env["oms.courier.file"].create(
            {
                "courier_id": self.jne.id,
                "file": base64.b64encode(text.encode() if isinstance(text, str) else text),
                "file_name": name,
            }
        )
        wizard.action_import()
        self.env["sale.order"]._oms_refresh_touched()
        return wizard.result

    def test_bookings_out(self):
        self.partner.name = "=cmd|' /C calc'!A1"
        parcel = self.ship(self.make_order())
        wizard = self.env["oms.courier.file"].create({"shipment_ids": parcel.ids})
        wizard.action_export()
        text = base64.b64decode(wizard.export).decode("utf-8-sig")
        heading, row = text.splitlines()
        self.assertTrue(heading.startswith("parcel,order,recipient,phone"))
        self.assertIn(parcel.name, row)
        self.assertIn("'=cmd", row, "no spreadsheet may run it")

    def test_telephone_and_value_as_a_courier_reads_them(self):
        self.partner.phone = "+62 812-3456-7890"
        dozen = self.env.ref("uom.product_uom_dozen")
        line = {"product_id": self.mug.id, "product_uom_qty": 1, "product_uom_id": dozen.id}
        order = self.make_order(order_line=[(0, 0, {**line, "price_unit": 120, "tax_ids": False})])
        parcel = self.ship(order)
        wizard = self.env["oms.courier.file"].create({"shipment_ids": parcel.ids})
        wizard.action_export()
        text = base64.b64decode(wizard.export).decode("utf-8-sig")
        (row,) = csv.DictReader(io.StringIO(text))
        self.assertEqual((row["phone"], row["value"]), ("081234567890", "120"))

    def test_numbers_and_statuses_in(self):
        parcel = self.ship(self.make_order())
        resi = self.new_resi()
        table = f"Paket;No Resi;Status;Waktu\n{parcel.name};{resi};picked_up;{at(1)}\n"
        result = self.read_file(table)
        self.assertEqual(
            (parcel.resi, parcel.courier_id, parcel.status), (resi, self.jne, "picked_up")
        )
        self.assertIn("1 numbers and 1 statuses read, 0 rows refused", result)
        self.read_file(table)
        self.assertEqual(len(parcel.event_ids), 1, "the same file again")

    def test_bad_rows_spoil_nobody(self):
        parcel = self.ship(self.make_order())
        resi = self.new_resi()
        result = self.read_file(
            f"resi,parcel,status,time\n{resi},NOBODY,,\n{resi},{parcel.name},,\n{resi},,delivered,?\n"
        )
        self.assertEqual(parcel.resi, resi)
        self.assertIn("2 rows refused", result)
        self.assertIn("Row 2", result)
        for bad in ("no table at all", "a,b\n1,2\n"):
            with self.assertRaises(OmsRefusal):
                self.read_file(bad)

    def test_a_number_that_a_spreadsheet_rounded_is_no_number(self):
        parcel = self.ship(self.make_order())
        for name, content in (
            ("file.csv", f"parcel;resi\n{parcel.name};1.23457E+15\n".encode()),
            ("file.xlsx", workbook(("Sheet", [["parcel", "resi"], [parcel.name, 1.5e19]]))),
        ):
            result = self.read_file(content, name)
            self.assertIn("1 rows refused", result)
            self.assertIn("Row 2: Excel has rounded", result)
            self.assertFalse(parcel.resi, name)

    def test_mapped_message(self):
        options = {
            "mapping": {"events": "data.items", "resi": "awb", "code": "st", "occurred_at": "at"},
            "courier": "JNE",
        }
        account = Account("generic", options=options)
        item = {"awb": "1", "st": "POD", "at": at(1)}
        facts = generic.Generic.parse(account, {"data": {"items": [item, {"awb": "2"}, 5]}})
        self.assertEqual([(f.resi, f.code, f.courier) for f in facts], [("1", "POD", "JNE")])
        for odd in (None, [], 1, {"data": 1}, {"data": {"items": {"awb": {}}}}):
            self.assertEqual(generic.Generic.parse(account, odd)[0].kind, "ping")

    def test_proofs_of_others(self):
        body = json.dumps({"a": 1}).encode()
        good = {
            "header": "s",
            "hmac_hex": "949bcc317b02bd1bb67ed8ab506dc02639b2f4d1b137997641bcd66d30bae32b",
            "hmac_base64": "lJvMMXsCvRu2ftirUG3AJjmy9NGxN5l2QbzWbTC64ys=",
        }
        for scheme in (*good, "timestamp"):
            account = Account(
                "generic", webhook_scheme=scheme, webhook_header="X-P", webhook_secret="s"
            )
            verify = generic.Generic.verify
            self.assertFalse(verify(account, {"X-P": "wrong"}, body, 0))
            self.assertFalse(verify(account, {}, body, 0))
            if scheme in good:
                self.assertTrue(verify(account, {"X-P": good[scheme]}, body, 0), scheme)
                self.assertFalse(
                    verify(account, {"X-P": good[scheme]}, body + b" ", 0) and scheme != "header"
                )
        signed = {"X-OMS-Timestamp": "1000", "X-OMS-Signature": sign("s", body, 1000)}
        self.assertTrue(generic.Generic.verify(account, signed, body, 1000))
        self.assertFalse(generic.Generic.verify(account, signed, body, 9000), "an old copy")
