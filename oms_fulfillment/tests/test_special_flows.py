from odoo import Command
from odoo.tests import tagged

from .action_common import ActionCase


@tagged("post_install", "-at_install")
class TestSpecialFlows(ActionCase):
    """Goods and warehouses that are not plain, from confirmation to hand-over; after every step no
    unit may be lost."""

    def _step(self, order, **units):
        """The units of an order, and the proof."""
        self._settle()
        self.assertEqual(self._units(order), units)
        self.assertProved()

    def _validate(self, picking):
        picking.with_context(skip_backorder=True, skip_sms=True).button_validate()
        self._settle()

    # TRACKED GOODS

    def _tracked(self, tracking, names, units=1):
        product = self._create_product(f"T-{tracking}", 0, tracking=tracking)
        lots = self.env["stock.lot"].create(
            [{"name": name, "product_id": product.id} for name in names]
        )
        for lot in lots:
            self.env["stock.quant"]._update_available_quantity(
                product, self.warehouse.lot_stock_id, units, lot_id=lot
            )
        return product, lots

    def test_serial_numbers(self):
        product, serials = self._tracked("serial", ["S1", "S2", "S3", "S4"])
        order = self._confirmed([(product, 3)])
        self._step(order, ordered=3.0, reserved=3.0)
        work = order.oms_fulfillment_ids
        missing = work.picking_id.move_ids.lot_ids[0]
        self._done(
            "report_short",
            work,
            reason="not_in_stock",
            then="backorder",
            lines=[{"sku": product.default_code, "quantity": 1, "lots": [missing.name]}],
        )
        self._step(order, ordered=3.0, reserved=3.0)
        self.assertNotIn(missing, work.picking_id.move_ids.lot_ids, "the fourth one took its place")
        self._done("split", work, lines=[{"sku": product.default_code, "quantity": 1}])
        self._step(order, ordered=3.0, reserved=3.0)
        self.assertEqual(order.picking_ids.move_ids.lot_ids, serials - missing)
        for part in order.oms_fulfillment_ids:
            self._done("ship", part)
        self._step(order, ordered=3.0, shipped=3.0)

    def test_lots(self):
        product, lots = self._tracked("lot", ["L1", "L2"], units=4)
        order = self._confirmed([(product, 6)])
        self._step(order, ordered=6.0, reserved=6.0)
        work = order.oms_fulfillment_ids
        self._done("split", work, lines=[{"sku": product.default_code, "quantity": 3}])
        self._step(order, ordered=6.0, reserved=6.0)
        self._done("cancel", work, lines=[{"sku": product.default_code, "quantity": 1}])
        self._step(order, ordered=6.0, cancelled=1.0, reserved=5.0)
        for part in order.oms_fulfillment_ids:
            self._done("ship", part)
        self._step(order, ordered=6.0, cancelled=1.0, shipped=5.0)
        self.assertEqual(sum(lots.mapped("product_qty")), 3.0)

    # UNITS

    def test_sold_by_the_dozen_stocked_by_the_unit(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        self._stock(self.product, 20)
        order = self._order([(self.product, 2)])
        order.order_line.product_uom_id = dozen
        order.action_confirm()
        self._step(order, ordered=2.0, reserved=2.0)
        work = order.oms_fulfillment_ids
        self._done("split", work, lines=[{"sku": "MUG", "quantity": 6}])
        self._step(order, ordered=2.0, reserved=2.0)
        lines = [{"sku": "MUG", "quantity": 12}]
        self._done("report_short", work, lines=lines, reason="mismatch", then="backorder")
        self._step(order, ordered=2.0, reserved=1.5, unallocated=0.5)
        self._stock(self.product, 12, self.second)
        self._done("move_to", work, warehouse="SBY", lines=lines)
        self._step(order, ordered=2.0, reserved=2.0)
        for part in order.oms_fulfillment_ids.filtered(lambda work: work.state != "cancelled"):
            self._done("ship", part)
        self._step(order, ordered=2.0, shipped=2.0)
        self.assertEqual(order.order_line.qty_delivered, 2.0)

    def test_service_beside_goods(self):
        service = self.env["product.product"].create(
            {"name": "Gift wrapping", "type": "service", "taxes_id": False}
        )
        order = self._confirmed([(self.product, 2), (service, 1)])
        self._step(order, ordered=2.0, reserved=2.0)
        self._done("ship", order.oms_fulfillment_ids)
        self._step(order, ordered=2.0, shipped=2.0)
        self.assertStage(order, "tracking", "in_transit")

    # STEPS

    def _through(self, steps, order):
        """Validate the transfers of a chain one after the other."""
        for _n in range(steps):
            (picking,) = order.picking_ids.filtered(lambda p: p.state == "assigned")
            self._validate(picking)
            self.assertProved()

    def test_two_steps(self):
        self.warehouse.delivery_steps = "pick_ship"
        order = self._confirmed([(self.product, 4)])
        self._step(order, ordered=4.0, reserved=4.0)
        self._through(1, order)
        self._step(order, ordered=4.0, picked=4.0)
        work = order.oms_fulfillment_ids
        self.assertEqual(work.state, "ready")
        lines = [{"sku": "MUG", "quantity": 1}]
        self._done("report_short", work, lines=lines, reason="damaged", then="cancel")
        self._step(order, ordered=4.0, cancelled=1.0, picked=3.0)
        self._done("move_to", work, warehouse="SBY", lines=lines)
        self._step(order, ordered=4.0, cancelled=1.0, picked=2.0, unallocated=1.0)
        self.assertEqual(order.oms_put_away_ids.move_ids.product_uom_qty, 1.0)
        self._done("ship", work)
        self._step(order, ordered=4.0, cancelled=1.0, shipped=2.0, unallocated=1.0)

    def test_three_steps(self):
        self.warehouse.delivery_steps = "pick_pack_ship"
        order = self._confirmed([(self.product, 4)])
        self._through(2, order)
        work = order.oms_fulfillment_ids
        self._step(order, ordered=4.0, picked=4.0)
        self._done("split", work, lines=[{"sku": "MUG", "quantity": 1}])
        self._step(order, ordered=4.0, picked=4.0)
        self._done("cancel", order.oms_fulfillment_ids - work)
        self._step(order, ordered=4.0, picked=3.0, cancelled=1.0)
        self._done("ship", work)
        self._step(order, ordered=4.0, shipped=3.0, cancelled=1.0)

    # COMPANIES

    def test_two_companies(self):
        other = self.env["res.company"].create({"name": "PT Lain"})
        self.env.user.company_ids |= other
        both = self.env(
            context={**self.env.context, "allowed_company_ids": (self.company | other).ids}
        )
        warehouse = both["stock.warehouse"].search([("company_id", "=", other.id)], limit=1)
        channel = both["oms.channel"].create(
            {
                "name": "Other",
                "code": "OTHER-T",
                "company_id": other.id,
                "warehouse_id": warehouse.id,
                "payment_policy": "terms",
                "auto_confirm": False,
            }
        )
        self._stock(self.product, 3, warehouse)
        theirs = (
            both["sale.order"]
            .with_company(other)
            .create(
                {
                    "partner_id": self.partner.id,
                    "company_id": other.id,
                    "warehouse_id": warehouse.id,
                    "oms_channel_id": channel.id,
                    "order_line": [
                        Command.create({"product_id": self.product.id, "product_uom_qty": 5})
                    ],
                }
            )
        )
        theirs.action_confirm()
        ours = self._confirmed([(self.product, 6)])
        self._step(theirs, ordered=5.0, reserved=3.0, unallocated=2.0)
        self._step(ours, ordered=6.0, reserved=6.0)
        (answer,) = both["oms.fulfillment"].move_to(
            [{"fulfillment": theirs.oms_fulfillment_ids.id, "warehouse": self.warehouse.code}]
        )
        if warehouse.code != self.warehouse.code:
            self.assertEqual(answer["errors"][0]["code"], "unknown_warehouse")
        (answer,) = both["oms.fulfillment"].ship([{"order": theirs.name}])
        self.assertEqual(answer["status"], "shipped", answer)
        self._step(theirs, ordered=5.0, shipped=3.0, unallocated=2.0)
        self.assertEqual(both["oms.proof"].run(), [])
