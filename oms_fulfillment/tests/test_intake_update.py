from odoo.tests import tagged

from .intake_common import IntakeCase, make_order


@tagged("post_install", "-at_install")
class TestIntakeUpdate(IntakeCase):
    def setUp(self):
        super().setUp()
        self.order = self.order_of(self.submit_one(make_order(revision=1, paid_at=None)))

    def update(self, expected, revision=2, **changes):
        order = make_order(revision=revision, **{"paid_at": None, **changes})
        return self.submit_one(order, expected)

    def confirm(self):
        self.order.oms_paid_at = "2026-07-01 03:00:00"
        self.env["sale.order"]._oms_refresh_touched()
        self.order.action_confirm()
        self.assertEqual(self.order.state, "sale")

    def ship(self):
        stock = self.order.warehouse_id.lot_stock_id
        self.env["stock.quant"]._update_available_quantity(self.tee, stock, 2)
        self.env["oms.allocator"]._run_pending()
        picking = self.order.picking_ids
        picking.action_assign()
        self.env["oms.allocator"]._run_pending()
        picking.move_ids.picked = True
        picking.with_context(skip_backorder=True, skip_sms=True).button_validate()
        self.assertEqual(picking.state, "done")

    def test_payment_arrives(self):
        self.update("updated", paid_at="2026-07-01T10:00:00+07:00")
        self.assertEqual(str(self.order.oms_paid_at), "2026-07-01 03:00:00")
        self.update("updated", revision=3)
        self.assertTrue(self.order.oms_paid_at, "a payment is never taken back")

    def test_quotation_is_rewritten(self):
        lines = [{"sku": "CAP-RED", "quantity": 3, "unit_price": 45000}]
        self.update("updated", lines=lines, shipping={"amount": 9000})
        self.assertEqual(self.order.amount_total, 144000)
        self.assertEqual(self.order.oms_revision, 2)

    def test_quotation_moves(self):
        ship_to = {**make_order()["ship_to"], "street": "Jl. Baru 9"}
        line = self.order.order_line
        self.update("updated", ship_to=ship_to)
        self.assertEqual(self.order.partner_shipping_id.street, "Jl. Baru 9")
        self.assertEqual(self.order.oms_ship_to["street"], "Jl. Baru 9")
        self.assertEqual(self.order.order_line, line, "lines are left alone")

    def test_masked_text_replaces_nothing(self):
        ship_to = {**make_order()["ship_to"], "name": "B****i", "phone": "******90"}
        self.update("updated", ship_to=ship_to, shipping={"resi": "JNE1"})
        self.assertEqual(self.order.oms_ship_to["name"], "Budi Santoso")
        self.assertEqual(self.order.oms_ship_to["resi"], "JNE1")
        self.assertEqual(self.order.partner_id.name, "Budi Santoso")

    def test_resi_is_never_blanked(self):
        self.update("updated", shipping={"resi": "JNE1", "courier": "JNE"})
        self.update("updated", revision=3, note="Please hurry")
        self.assertEqual(self.order.oms_ship_to["resi"], "JNE1")

    def test_confirmed_order_takes_harmless_news(self):
        self.confirm()
        self.update("updated", note="Ring twice", shipping={"resi": "JNE1"})
        self.assertEqual(self.order.oms_ship_to["resi"], "JNE1")
        self.assertIn("Ring twice", self.order.note)

    def test_confirmed_order_keeps_its_lines(self):
        self.confirm()
        lines = [{"sku": "TEE-BLK-M", "quantity": 5, "unit_price": 82500}]
        answer = self.update("quarantined", lines=lines, note="More please")
        self.assertEqual(self.error_codes(answer), ["order_confirmed"])
        self.assertIn(self.order.name, answer["errors"][0]["message"])
        self.assertEqual(self.order.order_line.product_uom_qty, 2)
        self.assertEqual(self.order.oms_revision, 1)
        self.assertIn("More please", self.order.note)

    def test_cancel_quotation(self):
        self.update("updated", status="cancelled", extra={"cancel_reason": "Berubah pikiran"})
        self.assertEqual(self.order.state, "cancel")
        self.assertEqual(self.order.oms_cancel_reason, "Berubah pikiran")

    def test_cancel_confirmed(self):
        self.confirm()
        self.update("updated", status="cancelled")
        self.assertEqual(self.order.state, "cancel")
        self.assertEqual(set(self.order.picking_ids.mapped("state")), {"cancel"})

    def test_cancel_shipped_is_refused(self):
        self.confirm()
        self.ship()
        answer = self.update("quarantined", status="cancelled")
        self.assertEqual(self.error_codes(answer), ["already_shipped"])
        self.assertIn("return", answer["errors"][0]["next_step"])
        self.assertEqual(self.order.state, "sale")

    def test_cancelled_order_stays_cancelled(self):
        self.update("updated", status="cancelled")
        answer = self.update("duplicate", revision=3)
        self.assertEqual(answer["warnings"][0]["code"], "order_cancelled")
        self.assertEqual(self.order.state, "cancel")

    def test_new_order_that_is_cancelled_already(self):
        answer = self.submit_one(make_order("GONE", status="cancelled"), "accepted")
        self.assertEqual(self.order_of(answer).state, "cancel")
        self.assertEqual(answer["stage"], "cancelled")

    def test_auto_confirm(self):
        self.channel.auto_confirm = True
        answer = self.submit_one(make_order("AUTO"), "accepted")
        self.assertEqual(self.order_of(answer).state, "sale")
