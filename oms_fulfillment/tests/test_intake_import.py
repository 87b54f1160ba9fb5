import base64
import io

import openpyxl

from odoo.tests import Form, new_test_user, tagged

from ..exceptions import OmsRefusal
from .intake_common import FIXTURES, IntakeCase

SHOPEE = FIXTURES / "shopee_order_all.xlsx"


@tagged("post_install", "-at_install")
class TestImportWizard(IntakeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        rupiah = cls.env.ref("base.IDR")
        rupiah.active = True
        cls.channel.pricelist_id = cls.env["product.pricelist"].create(
            {"name": "IDR", "currency_id": rupiah.id}
        )
        cls.sticker = cls.env["product.product"].create(
            {"name": "Stiker", "default_code": "GIFT-STK", "taxes_id": False}
        )
        cls.agent = new_test_user(cls.env, "agent", "oms_fulfillment.group_oms_agent")

    def wizard(self, content=None, name="Order.all.20260701_20260731.xlsx", **values):
        content = SHOPEE.read_bytes() if content is None else content
        return (
            self.env["oms.import"]
            .with_user(self.agent)
            .create(
                {
                    "channel_id": self.channel.id,
                    "file": base64.b64encode(content),
                    "file_name": name,
                    "scope": "all",
                    **values,
                }
            )
        )

    def changed_file(self, change):
        book = openpyxl.load_workbook(SHOPEE)
        headings = [cell.value for cell in book.active[1]]
        change(book.active, {name: index + 1 for index, name in enumerate(headings)})
        stream = io.BytesIO()
        book.save(stream)
        return stream.getvalue()

    def refused(self, code, wizard):
        with self.assertRaises(OmsRefusal) as caught:
            wizard.action_preview()
        self.assertEqual(caught.exception.code, code)
        return str(caught.exception)

    def test_preview_then_import(self):
        wizard = self.wizard()
        wizard.action_preview()
        self.assertEqual(wizard.format_code, "shopee_order")
        self.assertEqual((wizard.total_count, wizard.new_count, wizard.waiting_count), (9, 9, 0))
        self.assertFalse(self.intakes(), "looking changes nothing")
        action = wizard.action_import()
        intakes = self.env["oms.intake"].search(action["domain"])
        self.assertEqual(set(intakes.mapped("state")), {"accepted"})
        self.assertEqual(intakes.import_id.new_count, 9)
        orders = {intake.external_id: intake.order_id for intake in intakes}
        totals = {name: order.amount_total for name, order in orders.items()}
        self.assertEqual(totals["260701SYN0AAA1"], 82500)
        self.assertEqual(totals["260701SYN0BBB2"], 220000)
        self.assertEqual(totals["260703SYN0FFF6"], 75000)
        self.assertEqual(totals["260704SYN0GGG7"], 180000)
        self.assertEqual(orders["260702SYN0CCC3"].state, "cancel")
        self.assertFalse(orders["260704SYN0III9"].oms_paid_at)
        self.assertEqual(orders["260704SYN0GGG7"].partner_id, self.channel.buyer_id)
        self.assertEqual(orders["260704SYN0HHH8"].oms_ship_to["resi"], "SPXID000000000008")
        self.assertEqual(
            intakes.filtered(lambda row: "BBB2" in row.external_id).file_row, "3, 4, 5"
        )
        codes = [hold.code_id.code for order in orders.values() for hold in order.oms_hold_ids]
        self.assertFalse([code for code in codes if "total" in code], "every total ties")

    def test_open_orders_only(self):
        wizard = self.wizard(scope="open")
        wizard.action_preview()
        self.assertEqual((wizard.new_count, wizard.skipped_count), (2, 7))
        wizard.action_import()
        self.assertTrue(self.intakes("260704SYN0GGG7").order_id)
        self.assertFalse(self.intakes("260701SYN0AAA1"))
        # the same file may still be imported as a whole
        full = self.wizard()
        full.action_import()
        self.assertTrue(self.intakes("260701SYN0AAA1").order_id)
        self.assertEqual(len(self.intakes("260704SYN0GGG7")), 1)

    def test_same_file_twice(self):
        self.wizard().action_import()
        again = self.wizard(name="renamed.xlsx")
        again.action_preview()
        self.assertEqual(again.state, "known")
        self.assertEqual(again.known_id.name, "Order.all.20260701_20260731.xlsx", "the link")
        with self.assertRaises(OmsRefusal) as caught:
            again.action_import()
        self.assertEqual(caught.exception.code, "known_file")
        self.assertIn("Order.all.20260701_20260731.xlsx", str(caught.exception))
        self.assertIn(self.agent.name, str(caught.exception))
        with self.assertRaises(OmsRefusal):
            self.wizard(scope="open").action_import()

    def test_later_and_earlier_file(self):
        self.wizard().action_import()

        def pay(sheet, columns):
            sheet.cell(12, columns["Waktu Pembayaran Dilakukan"]).value = "2026-07-04 10:00"
            sheet.cell(12, columns["Status Pesanan"]).value = "Perlu Dikirim"

        later = self.wizard(self.changed_file(pay))
        later.action_preview()
        self.assertEqual((later.updated_count, later.duplicate_count), (1, 8))
        later.action_import()
        order = self.intakes("260704SYN0III9")[0].order_id
        self.assertEqual(str(order.oms_paid_at), "2026-07-04 03:00:00")

        # an older export of the period, saved again: what it says is no news
        def touch(sheet, _columns):
            sheet.title = "orders "

        old = self.wizard(self.changed_file(touch))
        old.action_preview()
        self.assertEqual((old.updated_count, old.duplicate_count), (0, 9))

    def test_bad_rows_wait_with_their_reason(self):
        def spoil(sheet, columns):
            sheet.cell(2, columns["Nomor Referensi SKU"]).value = "UNSEEN"
            sheet.cell(6, columns["Status Pesanan"]).value = "Dalam Peninjauan"
            sheet.cell(7, columns["Jumlah"]).value = "-1"
            sheet.delete_rows(4)

        wizard = self.wizard(self.changed_file(spoil))
        wizard.action_preview()
        self.assertEqual(wizard.waiting_count, 4)
        reasons = {line.external_id: line.reason for line in wizard.line_ids}
        self.assertEqual(wizard.line_ids[0].outcome, "waiting", "what needs a person comes first")
        self.assertIn("UNSEEN", reasons["260701SYN0AAA1"])
        self.assertIn("pieces", reasons["260701SYN0BBB2"])
        self.assertIn("Dalam Peninjauan", reasons["260702SYN0CCC3"])
        wizard.action_import()
        self.assertEqual(len(self.env["oms.intake"].search([("attention", "=", True)])), 4)
        self.env["oms.channel.product"].with_user(self.agent).create(
            {"channel_id": self.channel.id, "sku": "UNSEEN", "product_id": self.tee.id}
        )
        self.assertEqual(self.intakes("260701SYN0AAA1").state, "accepted")

    def test_other_files_are_refused(self):
        self.refused("bad_file", self.wizard(b"just a letter to nobody"))
        self.refused("bad_file", self.wizard(b"", name="empty.xlsx"))
        self.refused("bad_file", self.wizard(b'{"orders": [', name="cut.json"))
        with self.assertRaises(OmsRefusal) as caught:
            self.wizard(b"a,b\n1,2\n").action_import()
        self.assertEqual(caught.exception.code, "unknown_format")
        self.assertIn("Shopee", str(caught.exception))
        self.refused("bad_file", self.wizard(b"PK\x03\x04 broken"))

    def test_wrong_currency_is_seen_in_the_preview(self):
        self.channel.pricelist_id = False
        wizard = self.wizard()
        wizard.action_preview()
        if self.env.company.currency_id.name != "IDR":
            self.assertEqual(wizard.waiting_count, 9)

    def test_form_opens(self):
        with Form(self.env["oms.import"].with_user(self.agent)) as form:
            self.assertEqual(form.channel_id, self.channel)
            form.file = base64.b64encode(SHOPEE.read_bytes())

    def test_readers_may_not_import(self):
        clerk = new_test_user(self.env, "gudang", "oms_fulfillment.group_oms_warehouse")
        self.assertFalse(self.env["oms.import"].with_user(clerk).has_access("create"))
