from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .test_pnl import PnlCase


@tagged("post_install", "-at_install")
class TestStockDifference(PnlCase):
    """Each way in which Odoo leaves the ledger beside the stock has a name and an amount, and
    nothing is left over."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cost = 60000
        cls.vendor = cls.env["res.partner"].create({"name": "PT Pemasok"})
        cls.loss = cls.env["stock.location"].create(
            {"name": "Losses", "usage": "inventory", "company_id": cls.company.id}
        )
        cls.product.invoice_policy = "order"
        cls.before = cls._causes_of(cls.env)

    @staticmethod
    def _causes_of(env):
        env.flush_all()
        rows = env["oms.stock.difference"]._read_group(
            [], ["cause"], ["amount:sum", "quantity:sum"]
        )
        return {cause: (round(amount, 2), units) for cause, amount, units in rows}

    def assertCauses(self, **expected):
        """What the steps added, as ``cause=(units, amount)``; the bridge has no gap."""
        self._settle()
        found = {}
        for cause, (amount, units) in self._causes_of(self.env).items():
            amount_before, units_before = self.before.get(cause, (0, 0))
            if abs(amount - amount_before) > 0.001:
                found[cause] = (units - units_before, amount - amount_before)
        self.assertEqual(found, expected)
        for part in self.env["oms.stock.difference"].bridge():
            self.assertEqual(part["unexplained"], 0.0)
            causes = sum(cause["amount"] for cause in part["causes"])
            total = part["stock_value"] + part["revalued"] + causes
            self.assertAlmostEqual(part["ledger"], total, places=2)
        self.assertProved()

    def _sold(self, units=4):
        """A confirmed order that no channel steers: each step is taken by hand."""
        return self._confirmed([(self.product, units)], oms_channel_id=False)

    def _deliver(self, order, units):
        picking = order.picking_ids.filtered(lambda one: one.state not in ("done", "cancel"))
        picking.action_assign()
        picking.move_ids.write({"quantity": units, "picked": True})
        picking._action_done()
        return picking

    def _take_back(self, picking, units):
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_id=picking.id, active_model="stock.picking")
            .create({})
        )
        wizard.product_return_moves.quantity = units
        back = wizard._create_return()
        back.move_ids.write({"quantity": units, "picked": True})
        back._action_done()

    def _invoice(self, order, units=None):
        move = order._create_invoices()
        if units is not None:
            move.invoice_line_ids.quantity = units
        move.action_post()
        return move

    def _credit(self, invoice, units):
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id})
        )
        credit = self.env["account.move"].browse(wizard.refund_moves()["res_id"])
        credit.invoice_line_ids.quantity = units
        credit.action_post()

    def test_delivered_before_and_after_the_invoice(self):
        order = self._sold()
        self._deliver(order, 3)
        self.assertCauses(delivered_not_invoiced=(3, 3 * self.cost))
        self._invoice(order)
        self.assertCauses(invoiced_not_delivered=(1, -self.cost))
        self._deliver(order, 1)
        self.assertCauses()

    def test_returned_before_and_after_the_refund(self):
        order = self._sold()
        picking = self._deliver(order, 4)
        invoice = self._invoice(order)
        self._take_back(picking, 2)
        self.assertCauses(returned_not_refunded=(2, -2 * self.cost))
        self._credit(invoice, 3)
        self.assertCauses(refunded_not_returned=(1, self.cost))
        self._take_back(picking, 1)
        self.assertCauses()

    def test_lost_goods_with_and_without_an_account(self):
        def lose(units):
            scrap = self.env["stock.scrap"].create(
                {
                    "product_id": self.product.id,
                    "scrap_qty": units,
                    "location_id": self.warehouse.lot_stock_id.id,
                    "scrap_location_id": self.loss.id,
                }
            )
            scrap.do_scrap()

        lose(2)
        self.assertCauses(no_entry=(2, 2 * self.cost))
        self.loss.valuation_account_id = self.fees
        lose(1)
        self.assertCauses(no_entry=(2, 2 * self.cost))

    def test_entry_by_hand(self):
        self._entry(self.stock_value, 7000)
        self.assertCauses(other_entry=(0, -7000))

    def test_bill_before_the_receipt(self):
        product = self._create_product("BILLED", 0, categ_id=self.product.categ_id.id)
        product.standard_price = 50000
        self._document([(product, self.stock_value, 50000)], "in_invoice")
        self.assertCauses(billed_not_received=(1, 50000))
        self._receive(product, 3)
        self.assertCauses(received_not_billed=(2, -100000))

    def _receive(self, product, units, price=None):
        kind = self.warehouse.in_type_id
        move = self.env["stock.move"].create(
            {
                "product_id": product.id,
                "product_uom_qty": units,
                "location_id": self.env.ref("stock.stock_location_suppliers").id,
                "location_dest_id": self.warehouse.lot_stock_id.id,
                "picking_type_id": kind.id,
                "picking_id": self.env["stock.picking"]
                .create(
                    {
                        "picking_type_id": kind.id,
                        "partner_id": self.vendor.id,
                        "location_id": self.env.ref("stock.stock_location_suppliers").id,
                        "location_dest_id": self.warehouse.lot_stock_id.id,
                    }
                )
                .id,
            }
        )
        move._action_confirm()
        if price is not None:
            move.price_unit = price
        move.write({"quantity": units, "picked": True})
        move._action_done()
        if price is not None:
            move.value_manual = units * price
        return move

    def test_average_cost_that_rose_between_delivery_and_invoice(self):
        """The cost that Odoo books is that of the day of the invoice."""
        category = self.product.categ_id.copy(
            {"name": "Average", "property_cost_method": "average"}
        )
        product = self._create_product(
            "AVG", 0, categ_id=category.id, invoice_policy="order", standard_price=60000
        )
        product.property_account_expense_id = self.cost_of_goods
        self._receive(product, 8, 60000)
        order = self._confirmed([(product, 4)], oms_channel_id=False)
        self._deliver(order, 4)
        self._receive(product, 4, 90000)
        self.assertEqual(product.standard_price, 75000)
        self._invoice(order)
        self.assertCauses(
            cost_timing=(0, -4 * 15000), received_not_billed=(12, -(8 * 60000 + 4 * 90000))
        )

    def test_cost_changed_by_hand(self):
        """A new standard price changes the value of the stock and no entry."""
        company = self.company.name
        (before,) = [
            b for b in self.env["oms.stock.difference"].bridge() if b["company"] == company
        ]
        on_hand = self.product.qty_available
        self.product.standard_price = self.cost + 1000
        self.assertCauses()
        (after,) = self.env["oms.stock.difference"].bridge()
        self.assertEqual(after["stock_value"] - before["stock_value"], 1000 * on_hand)
        self.assertEqual(after["revalued"] - before["revalued"], -1000 * on_hand)

    def test_goods_that_are_booked_at_closing(self):
        category = self.product.categ_id.copy(
            {"name": "Periodic", "property_valuation": "periodic"}
        )
        product = self._create_product(
            "CLOSE", 0, categ_id=category.id, invoice_policy="order", standard_price=10000
        )
        self._receive(product, 5)
        order = self._confirmed([(product, 2)], oms_channel_id=False)
        self._deliver(order, 2)
        self._invoice(order)
        self.assertCauses(periodic=(7, -3 * 10000))

    def test_each_row_opens_its_source(self):
        order = self._sold()
        self._deliver(order, 1)
        self._settle()
        (row,) = self.env["oms.stock.difference"].search([("order_id", "=", order.id)])
        self.assertEqual(row.action_open_source()["res_id"], order.id)

    def test_other_companies_are_not_seen(self):
        order = self._sold()
        self._deliver(order, 1)
        other = self.env["res.company"].create({"name": "Other"})
        rows = self.env["oms.stock.difference"].with_company(other)
        rows = rows.with_context(allowed_company_ids=other.ids)
        self.assertFalse(rows.search([]))
        self.assertEqual([part["company"] for part in rows.bridge()], ["Other"])

    def test_only_readers_of_the_ledger(self):
        agent = new_test_user(self.env, "agent_stock", "oms_fulfillment.group_oms_agent")
        with self.assertRaises(AccessError):
            self.env["oms.stock.difference"].with_user(agent).bridge()
