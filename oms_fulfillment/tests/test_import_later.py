"""Later files bring an order forward: status, parcel number, returns. Never back."""

import base64

from odoo.tests import new_test_user, tagged

from .adapter_common import book, read_rows
from .common import OmsCase
from .intake_common import FIXTURES, IntakeCase, make_order

SHOPEE = FIXTURES / "shopee_order_all.xlsx"
NUMBER = "260704SYN0GGG7"


@tagged("post_install", "-at_install")
class TestLaterFiles(IntakeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        rupiah = cls.env.ref("base.IDR")
        rupiah.active = True
        cls.channel.pricelist_id = cls.env["product.pricelist"].create(
            {"name": "IDR", "currency_id": rupiah.id}
        )
        cls.env["product.product"].create(
            {"name": "Stiker", "default_code": "GIFT-STK", "taxes_id": False}
        )
        cls.agent = new_test_user(cls.env, "agent", "oms_fulfillment.group_oms_agent")
        cls.headings, *cls.rows = read_rows(SHOPEE.read_bytes())

    def file(self, number=NUMBER, **cells):
        """Return a file with one order of the sample, its cells changed."""
        rows = [[*row] for row in self.rows if row[0] == number]
        for row in rows:
            for heading, value in cells.items():
                row[self.headings.index(heading.replace("_", " "))] = value
        return book([self.headings, *rows])

    def import_file(self, content, scope="all"):
        wizard = (
            self.env["oms.import"]
            .with_user(self.agent)
            .create(
                {
                    "channel_id": self.channel.id,
                    "file": base64.b64encode(content),
                    "file_name": "file.xlsx",
                    "scope": scope,
                }
            )
        )
        wizard.action_preview()
        wizard.action_import()
        return wizard

    @property
    def order(self):
        return self.env["sale.order"].search([("oms_external_id", "=", NUMBER)])

    def state(self):
        order = self.order
        return order.oms_channel_phase, order.oms_channel_status, order.oms_ship_to.get("resi")

    def test_forward_and_never_back(self):
        self.import_file(self.file())
        self.assertEqual(self.state(), ("to_ship", "Perlu Dikirim", None))
        shipped = {"Status_Pesanan": "Sedang Dikirim"}
        self.import_file(self.file(**shipped, **{"No._Resi": "SPX1"}))
        self.assertEqual(self.state(), ("shipped", "Sedang Dikirim", "SPX1"))
        # the parcel number is missing in a file of another kind: it stays
        self.import_file(self.file(Status_Pesanan="Telah Dikirim"))
        self.assertEqual(self.state(), ("delivered", "Telah Dikirim", "SPX1"))
        # an old export with an older parcel number, saved under another name
        old = {"Status_Pesanan": "Sedang Dikirim", "No._Resi": "SPX0", "Catatan": "lama"}
        self.import_file(self.file(**old))
        self.assertEqual(self.state(), ("delivered", "Telah Dikirim", "SPX1"))
        self.assertEqual(len(self.order), 1)

    def test_a_confirmed_order_takes_the_news(self):
        self.import_file(self.file())
        self.order.action_confirm()
        total = self.order.amount_total
        self.import_file(
            self.file(Status_Pesanan="Selesai", Total_Pembayaran="0", **{"No._Resi": "SPX1"})
        )
        self.assertEqual(self.state(), ("done", "Selesai", "SPX1"))
        self.assertEqual(self.order.amount_total, total)
        self.assertFalse(self.intakes(NUMBER).filtered("attention"))

    def test_cancelled_stays_cancelled(self):
        self.import_file(self.file(Status_Pesanan="Batal", Alasan_Pembatalan="Berubah pikiran"))
        self.assertEqual(self.order.state, "cancel")
        self.import_file(self.file())
        self.assertEqual(self.order.state, "cancel")

    def test_long_files_go_on_in_the_background(self):
        rows = []
        for index in range(501):
            row = [*next(row for row in self.rows if row[0] == NUMBER)]
            row[0] = f"260704LONG{index:04}"
            rows.append(row)
        self.patch(type(self.env["oms.import"]), "_max_examined", 10)
        wizard = self.import_file(book([self.headings, *rows]))
        self.assertEqual((wizard.total_count, wizard.new_count), (501, 10))
        self.assertIn("10 of its 501", wizard.notes, "the preview of a long file is an example")
        record = self.env["oms.import.file"].search([])
        self.assertEqual((record.state, record.progress), ("waiting", 0))
        self.assertEqual(record.total_count, 501)
        seconds = iter([10, 0])  # the second chunk uses the time up
        record._run(lambda done, left: next(seconds))
        self.assertEqual((record.state, record.position), ("waiting", 400))
        self.assertGreater(record.progress, 70)
        record._run()
        self.assertEqual((record.state, record.new_count), ("done", 501))
        orders = self.env["sale.order"].search([("oms_channel_id", "=", self.channel.id)])
        self.assertEqual(len(orders), 501)


@tagged("post_install", "-at_install")
class TestReturnsInFiles(OmsCase):
    """What the marketplace agreed to take back is announced here, once."""

    def submit(self, revision, status="placed", **extra):
        order = make_order(
            "R-1",
            revision=revision,
            status=status,
            lines=[{"line_id": "MUG", "sku": "MUG", "quantity": 2, "unit_price": 82500}],
            payment={"method": "escrow"},
            extra={"phase": "to_ship", **extra},
        )
        answer = self.env["oms.channel"].submit_orders("PHONE-T", [order])[0]
        self._settle()
        return self.env["sale.order"].browse(answer["id"])

    def shipped(self, delivered=True):
        order = self.submit(1)
        order.action_confirm()
        self._settle()
        self.env["oms.fulfillment"].ship([{"order": order.name}])
        if delivered:
            self.env["oms.fulfillment"].mark_delivered([{"order": order.name}])
        self._settle()
        return order

    def test_returned_units_are_announced_once(self):
        order = self.shipped()
        self.submit(2, phase="returned", returned={"MUG": "1"})
        self.assertEqual(order.oms_return_ids.line_ids.mapped("quantity"), [1])
        self.assertEqual(order.oms_return_ids.kind, "customer")
        self.submit(3, phase="returned", returned={"MUG": "1"}, note="again")
        self.assertEqual(len(order.oms_return_ids), 1, "the same unit is not announced twice")
        self.submit(4, phase="returned", returned={"MUG": "2"})
        self.assertEqual(sum(order.oms_return_ids.line_ids.mapped("quantity")), 2)

    def test_failed_delivery_comes_back(self):
        order = self.shipped(delivered=False)
        self.submit(2, status="cancelled", phase="cancelled", failed_delivery=True)
        self.assertEqual(order.oms_return_ids.kind, "rts")
        self.assertEqual(order.oms_return_ids.line_ids.quantity, 2)
        self.assertEqual(order.oms_channel_phase, "cancelled")
        self.assertNotEqual(order.state, "cancel", "the goods are on their way back")

    def test_returned_before_it_left_is_no_return(self):
        order = self.submit(1)
        self.submit(2, phase="returned", returned={"MUG": "1"})
        self.assertFalse(order.oms_return_ids)
