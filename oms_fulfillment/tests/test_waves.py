from datetime import timedelta
from io import BytesIO

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools.pdf import PdfFileWriter

from .pack_common import PackCase


def blank_pdf():
    writer, stream = PdfFileWriter(), BytesIO()
    writer.add_blank_page(9, 9)
    writer.write(stream)
    return stream.getvalue()


class WaveCase(PackCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.jne, cls.sicepat = (
            cls.env["delivery.carrier"].create(
                {
                    "name": name,
                    "product_id": cls._create_product(f"SHIP-{name}", 0, type="service").id,
                }
            )
            for name in ("JNE", "SiCepat")
        )
        cls._stock(cls.product, 500)
        cls._stock(cls.product_b, 500)

    def orders(self, count, lines=None, **values):
        orders = self.env["sale.order"].union(
            *(self._order(lines, **values) for _number in range(count))
        )
        orders.action_confirm()
        self._settle()
        return orders

    def wizard(self, **values):
        Wizard = self.env["oms.batch.build"].with_user(self.packer)
        return Wizard.create({"warehouse_id": self.warehouse.id, **values})


@tagged("post_install", "-at_install")
class TestWaves(WaveCase):
    def test_couriers_and_single_product_orders_are_apart(self):
        both = [(self.product, 1), (self.product_b, 1)]
        self.orders(3, carrier_id=self.jne.id)
        self.orders(2, both, carrier_id=self.jne.id)
        self.orders(1, carrier_id=self.sicepat.id)
        wizard = self.wizard(max_orders=2)
        self.assertEqual(wizard.preview, "Orders: 6. Batches: 4.")
        batches = wizard._build()
        self.assertEqual(sorted(len(batch.picking_ids) for batch in batches), [1, 1, 2, 2])
        self.assertEqual(set(batches.mapped("state")), {"in_progress"})
        for batch in batches:
            self.assertEqual(len(batch.picking_ids.carrier_id), 1)
            self.assertEqual(len({len(p.move_ids) for p in batch.picking_ids}), 1)
            self.assertEqual(
                batch.picking_ids.mapped("batch_sequence"),
                list(range(1, len(batch.picking_ids) + 1)),
            )
        with self.assertRaisesRegex(UserError, "No order in .* is ready"):
            self.wizard().action_build()

    def test_deadline_courier_and_lines_limit(self):
        now = fields.Datetime.now()
        soon, later = (
            self.orders(2, oms_ship_by=now + timedelta(hours=hours)) for hours in (2, 40)
        )
        wizard = self.wizard(due_before=now + timedelta(hours=5))
        self.assertEqual(wizard._build().picking_ids, soon.picking_ids)
        self.assertEqual(self.wizard(lines="multi").preview, "Orders: 0. Batches: 0.")
        self.assertEqual(self.wizard(carrier_ids=self.jne.ids).preview, "Orders: 0. Batches: 0.")
        wizard = self.wizard(without_carrier=True, max_lines=1)
        self.assertEqual(wizard.preview, "Orders: 2. Batches: 2.")
        self.assertEqual(wizard._build().picking_ids, later.picking_ids)

    def test_held_orders_stay_out(self):
        orders = self.orders(3)
        orders[0]._oms_raise_hold("manual", "Wait")
        wizard = self.wizard()
        self.assertEqual(wizard.preview, "Orders: 2. Batches: 1. On hold and left out: 1.")
        self.assertEqual(wizard._build().picking_ids, orders[1:].picking_ids)

    def test_zones(self):
        shelves = self.env["stock.location"].create(
            [
                {"name": name, "location_id": self.warehouse.lot_stock_id.id, "usage": "internal"}
                for name in ("A", "B")
            ]
        )
        products = [self._create_product(f"Z-{shelf.name}", 0) for shelf in shelves]
        for product, shelf in zip(products, shelves, strict=True):
            self.env["stock.quant"]._update_available_quantity(product, shelf, 10)
            self.orders(2, [(product, 1)])
        batches = self.wizard(by_zone=True)._build()
        self.assertEqual([len(b.picking_ids.move_line_ids.location_id) for b in batches], [1, 1])
        self.assertIn("A", batches[0].description)

    def test_two_and_three_steps_batch_the_first_transfer(self):
        for steps in ("pick_ship", "pick_pack_ship"):
            self.warehouse.delivery_steps = steps
            orders = self.orders(2)
            batch = self.wizard()._build()
            self.assertEqual(batch.picking_type_id, self.warehouse.pick_type_id)
            self.assertEqual(batch.picking_ids, orders.picking_ids)

    def test_same_number_of_queries_for_more_orders(self):
        def queries(count):
            self.orders(count)
            self.env.flush_all()
            self.env.invalidate_all()
            wizard = self.wizard()
            before = self.env.cr.sql_log_count
            wizard._build()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        queries(1)
        few, many = queries(3), queries(12)
        self.assertLessEqual(many, few + 5)

    def test_only_the_warehouse_makes_batches(self):
        self.orders(1)
        agent = new_test_user(self.env, "agent.wave", "oms_fulfillment.group_oms_agent")
        with self.assertRaises(UserError):
            self.wizard().with_user(agent).action_build()

    def test_wizard_form(self):
        self.orders(1)
        with Form(self.env["oms.batch.build"].with_user(self.packer)) as form:
            self.assertEqual(form.warehouse_id, self.warehouse)
            form.max_orders = 5
            self.assertIn("Orders: 1. Batches: 1.", form.preview)


@tagged("post_install", "-at_install")
class TestPapers(WaveCase):
    def test_picking_list_is_in_walking_order_and_split_by_order(self):
        near, far = self.env["stock.location"].create(
            [
                {"name": name, "location_id": self.warehouse.lot_stock_id.id, "usage": "internal"}
                for name in ("A-01", "B-09")
            ]
        )
        first, second = self._create_product("FAR", 0), self._create_product("NEAR", 0)
        self.env["stock.quant"]._update_available_quantity(first, far, 10)
        self.env["stock.quant"]._update_available_quantity(second, near, 10)
        self.orders(1, [(first, 2), (second, 1)])
        self.orders(1, [(second, 3)])
        batch = self.wizard(lines="together")._build()
        rows = batch.picking_ids._oms_pick_rows()
        self.assertEqual(
            [(row["product"].default_code, row["units"], row["split"]) for row in rows],
            [("NEAR", 4, [(1, 1), (2, 3)]), ("FAR", 2, [(1, 2)])],
        )
        action = batch.with_user(self.packer).action_oms_print_picking_list()
        self.assertEqual(action["context"]["active_ids"], batch.picking_ids.ids)
        html = self.env["ir.actions.report"]._render_qweb_html(
            "oms_fulfillment.report_picking_list", batch.picking_ids.ids
        )[0]
        text = html.decode()
        self.assertLess(text.index("A-01"), text.index("B-09"))
        for order in batch.picking_ids.sale_id:
            self.assertIn(order.name, text)
        work = batch.picking_ids.oms_fulfillment_ids[:1]
        self.assertRegex(work.printed, r"^Picking list \(.*packer.*, \d\d/\d\d \d\d:\d\d\)$")
        batch.action_oms_print_picking_list()
        work.invalidate_recordset()
        self.assertIn("Picking list 2×", work.printed)
        with self.assertRaisesRegex(UserError, "can't be changed"):
            self.env["oms.print"].search([], limit=1).document = "label"

    def test_bulk_print_lists_what_was_left_out_and_why(self):
        good, held = self.orders(2)
        shipped = self.orders(1)
        shipped.oms_fulfillment_ids.action_hand_over()
        held._oms_raise_hold("manual", "Buyer asked to wait")
        self._settle()
        works = (good | held | shipped).oms_fulfillment_ids
        wizard = (
            self.env["oms.bulk.print"]
            .with_user(self.packer)
            .with_context(active_model="oms.fulfillment", active_ids=works.ids)
            .create({"picking_list": True, "packing_list": True, "label": True, "invoice": True})
        )
        self.assertEqual(wizard.count, 3)
        # the file itself is wkhtmltopdf's work, which tests don't start
        self.patch(type(wizard), "_render", lambda self, report, ids: blank_pdf())
        wizard.action_print()
        self.assertEqual(wizard.summary, "Picking list: 1, Packing list: 1")
        self.assertTrue(wizard.file)
        why = {(s.order_id.name, s.document): s.reason for s in wizard.skipped_ids}
        self.assertIn("Buyer asked to wait", why[held.name, "picking_list"])
        self.assertIn("picked already", why[shipped.name, "picking_list"])
        self.assertIn("Handed over", why[shipped.name, "packing_list"])
        self.assertIn("posted invoice", why[good.name, "invoice"])
        again = wizard.copy({"state": "choose", "fulfillment_ids": [(6, 0, works.ids)]})
        again.action_print()
        self.assertEqual(
            {
                s.reason
                for s in again.skipped_ids
                if s.order_id == good and s.document == "packing_list"
            },
            {"Printed before."},
        )
        html = (
            self.env["ir.actions.report"]
            ._render_qweb_html("oms_fulfillment.report_packing_list", good.oms_fulfillment_ids.ids)[
                0
            ]
            .decode()
        )
        self.assertIn("Siti Rahma", html)
        self.assertIn("MUG", html)

    def test_station_sheet_shows_every_command(self):
        html = (
            self.env["ir.actions.report"]
            ._render_qweb_html("oms_fulfillment.report_pack_codes", self.warehouse.ids)[0]
            .decode()
        )
        for text in ("UNDO:", "DONE:", "SHORT:", "CLOSE CARTON:", "OVERRIDE:", "Checked by eye"):
            self.assertIn(text, html)


@tagged("post_install", "-at_install")
class TestBoard(WaveCase):
    def figures(self):
        self.env.flush_all()
        return self.env["oms.warehouse.board"].with_user(self.packer).figures(self.warehouse.id)

    def test_readers_see_what_waits(self):
        """Who has no right on transfers: readers, and with them the courier desk."""
        work = self.orders(1, carrier_id=self.jne.id).oms_fulfillment_ids
        company = self.warehouse.company_id
        reader = new_test_user(
            self.env, "board_reader", "oms_fulfillment.group_oms_user", company_id=company.id
        )
        self.env.invalidate_all()
        works = self.env["oms.fulfillment"].with_user(reader)
        board = self.env["oms.warehouse.board"].with_user(reader).figures(self.warehouse.id)
        (row,) = [row for row in board["couriers"] if row["id"] == self.jne.id]
        self.assertEqual((row["pick"], row["single"]), (1, 1))
        # what the screen's figure opens, as its list shows it
        opened = works.search([("carrier_id", "=", self.jne.id), ("single_line", "=", True)])
        self.assertEqual(opened, works.browse(work.id))
        self.assertEqual((opened.goods, opened.single_line), ("2 x MUG", True))
        self.assertTrue(works.search_count([("batch_id", "=", False)]))

    def test_couriers_backlog_and_packers(self):
        both = [(self.product, 1), (self.product_b, 1)]
        orders = self.orders(2, carrier_id=self.jne.id) | self.orders(
            1, both, carrier_id=self.jne.id
        )
        orders.oms_fulfillment_ids.ship_by = fields.Datetime.now() - timedelta(hours=1)
        self.jne.oms_cut_off = 17.0
        (row,) = [row for row in self.figures()["couriers"] if row["id"] == self.jne.id]
        self.assertEqual((row["pick"], row["single"], row["pack"]), (3, 2, 0))
        self.assertGreater(row["cut_off"], self.figures()["now"])
        self.accepted(orders[0].name, "2*MUG")
        self.refused("TEA")
        self.accepted("OMS-DONE")
        self._settle()
        board = self.figures()
        (row,) = [row for row in board["couriers"] if row["id"] == self.jne.id]
        self.assertEqual((row["pick"], row["hand_over"]), (2, 1))
        self.assertEqual(board["accuracy"], 0.5)
        (packer,) = board["packers"]
        self.assertEqual((packer["parcels"], packer["units"], packer["mistakes"]), (1, 2, 1))
        self.assertEqual(board["late"], 3)
        (stock,) = board["backlog"]
        self.assertEqual(stock["states"], {"ready": 2, "packed": 1})

    def test_orders_that_are_picked_in_a_step_of_their_own_count(self):
        self.warehouse.delivery_steps = "pick_ship"
        self.orders(2, carrier_id=self.jne.id)
        (row,) = self.figures()["couriers"]
        self.assertEqual((row["id"], row["pick"]), (self.jne.id, 2))

    def test_cut_off_is_by_the_clock_of_the_company(self):
        self.company.partner_id.tz = "Asia/Jakarta"
        self.jne.oms_cut_off = 16.5
        now = fields.Datetime.to_datetime("2026-11-25 09:00:00")
        self.assertEqual(str(self.jne._oms_next_cut_off(self.company, now)), "2026-11-25 09:30:00")
        late = fields.Datetime.to_datetime("2026-11-25 10:00:00")
        self.assertEqual(str(self.jne._oms_next_cut_off(self.company, late)), "2026-11-26 09:30:00")
        self.jne.oms_cut_off = 0
        self.assertIsNone(self.jne._oms_next_cut_off(self.company, now))

    def test_one_product_filter(self):
        single = self.orders(1).oms_fulfillment_ids
        several = self.orders(1, [(self.product, 1), (self.product_b, 1)]).oms_fulfillment_ids
        Work = self.env["oms.fulfillment"]
        mine = [("id", "in", (single | several).ids)]
        self.assertEqual(Work.search([("single_line", "=", True), *mine]), single)
        self.assertEqual(Work.search([("single_line", "=", False), *mine]), several)
        self.assertEqual([single.single_line, several.single_line], [True, False])
