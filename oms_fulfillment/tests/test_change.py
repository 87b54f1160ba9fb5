from odoo.exceptions import UserError
from odoo.tests import Form, new_test_user, tagged

from ..exceptions import OmsRefusal
from .common_accounting import OmsAccountingCase


@tagged("post_install", "-at_install")
class TestChange(OmsAccountingCase):
    """A confirmed order is changed with open eyes: the preview says what happens, and it does."""

    def _preview(self, order, **changes):
        return self.env["sale.order"].oms_change_preview(order.name, changes)

    def _change(self, order, **changes):
        answer = self.env["sale.order"].oms_change(order.name, changes)
        self._settle()
        return answer

    def _what(self, answer):
        return {item["what"]: (item["before"], item["after"]) for item in answer["differences"]}

    def _rows(self, order):
        """The rows that a preview must leave alone."""
        self.env.flush_all()
        rows = {}
        for table, column in (
            ("sale_order", "id"),
            ("sale_order_line", "order_id"),
            ("stock_picking", "sale_id"),
            ("oms_hold", "order_id"),
        ):
            self.cr.execute(f"SELECT * FROM {table} WHERE {column} = %s ORDER BY id", [order.id])
            rows[table] = self.cr.dictfetchall()
        self.cr.execute(
            "SELECT * FROM stock_move WHERE sale_line_id = ANY(%s) ORDER BY id",
            [order.order_line.ids],
        )
        rows["stock_move"] = self.cr.dictfetchall()
        return rows

    def test_preview_changes_nothing_and_says_what_the_change_does(self):
        order = self._confirmed([(self.product, 2), (self.product_b, 1)])
        line = order.order_line[0]
        changes = {"lines": [{"line": line.id, "quantity": 4, "unit_price": 40000}]}
        before = self._rows(order)
        preview = self._preview(order, **changes)
        self.assertEqual(preview["status"], "preview", preview)
        self.assertEqual(self._rows(order), before)
        self.assertEqual(self._what(preview)["total"], (150000, 210000))
        self.assertEqual(self._what(preview)["reserved"], (3, 5))
        done = self._change(order, **changes)
        self.assertEqual(done["status"], "changed", done)
        self.assertEqual(done["after"], preview["after"])
        self.assertEqual(order.amount_total, 210000)
        self.assertEqual(self._units(order), {"ordered": 5.0, "reserved": 5.0})
        self.assertProved()

    def test_preview_says_what_will_be_short(self):
        order = self._confirmed([(self.product, 2)])
        item = {"new": True, "sku": "RARE", "quantity": 3}
        self.assertEqual(self._what(self._preview(order, lines=[item]))["short"], (0, 3))
        self.assertEqual(len(order.order_line), 1)
        self._change(order, lines=[item])
        self.assertStage(order, "inventory_check", "stock_short")

    def test_cash_follows_the_total(self):
        order = self._confirmed(oms_channel_id=self.cod.id, oms_cod_amount=100000)
        answer = self._change(order, lines=[{"sku": "MUG", "quantity": 1}])
        self.assertEqual(self._what(answer)["cod"], (100000, 50000))
        self.assertEqual(order.oms_cod_amount, 50000)

    def test_prices_have_their_limits(self):
        order = self._confirmed([(self.product, 2)])
        for values in ({"discount": 150}, {"unit_price": -1}, {"unit_price": "free"}):
            answer = self.env["sale.order"].oms_change(
                order.name, {"lines": [{"sku": "MUG", **values}]}
            )
            [error] = answer["errors"]
            self.assertEqual(error["code"], "bad_value", values)
            self.assertIn(next(iter(values)), error["message"])
        self.assertEqual(order.amount_untaxed, 100000)
        self._change(order, lines=[{"sku": "MUG", "unit_price": 2e9, "discount": 100}])
        self.assertEqual((order.order_line.price_unit, order.amount_untaxed), (2e9, 0))

    def test_taxes_follow(self):
        order = self._confirmed()
        order.order_line.tax_ids = self.tax
        answer = self._preview(order, lines=[{"sku": "MUG", "quantity": 4}])
        self.assertEqual(self._what(answer)["tax"], (11000, 22000))

    def test_address_of_what_has_not_left(self):
        order = self._confirmed()
        answer = self._change(order, ship_to={"street": "Jl. Kenanga 9", "city": "Jakarta"})
        self.assertIn("Jl. Kenanga 9", self._what(answer)["ship_to"][1])
        self.assertEqual(order.partner_shipping_id.street, "Jl. Kenanga 9")
        self.assertEqual(order.picking_ids.partner_id, order.partner_shipping_id)
        self.assertEqual(self.partner.street, "Jl. Melati 1", "the buyer's own address stays")

    def test_picked_goods_that_are_not_wanted_are_put_back(self):
        order = self._confirmed([(self.product, 3)])
        order.oms_fulfillment_ids.action_pick()
        answer = self._change(order, lines=[{"sku": "MUG", "quantity": 1}])
        self.assertEqual(self._what(answer)["put_away"], (0, 1))
        self.assertEqual(order.oms_put_away_ids.move_ids.product_uom_qty, 2)
        self.assertProved()

    def test_checks_warn(self):
        self.company.account_use_credit_limit = True
        self.partner.with_company(self.company).credit_limit = 120000
        order = self._confirmed()
        answer = self._preview(order, lines=[{"sku": "MUG", "quantity": 5}])
        self.assertIn("would owe", answer["warnings"][0])

    def test_below_what_has_left_is_refused(self):
        order = self._confirmed([(self.product, 3)])
        parcel = {"lines": [{"sku": "MUG", "quantity": 2}]}
        self.env["oms.fulfillment"].ship([{"order": order.name, "parcels": [parcel]}])
        self._settle()
        answer = self._preview(order, lines=[{"sku": "MUG", "quantity": 1}])
        self.assertEqual(answer["errors"][0]["code"], "below_shipped")
        self.assertIn("return", answer["errors"][0]["next_step"])

    def test_what_was_billed_once_keeps_its_quantity(self):
        """A second shipping charge would be on the order and on no invoice."""
        order = self._sold(self.on_acceptance, extras=[("shipping", 9000, None)])
        shipping = order.order_line.filtered(lambda line: line.oms_kind == "shipping")
        shipping.write({"product_uom_qty": 2, "price_unit": 9000})
        self._complete(order)
        self.assertEqual(order.oms_invoice_ids.amount_total, 318000)
        for quantity in (0, 3):
            with self.assertRaises(OmsRefusal) as caught:
                shipping.product_uom_qty = quantity
            self.assertEqual(caught.exception.code, "already_billed")
        shipping.product_uom_qty = 2
        self.assertProved()

    def test_after_hand_over_it_says_what_to_do_instead(self):
        order = self._confirmed()
        order.oms_fulfillment_ids.action_hand_over()
        for changes in ({"lines": [{"sku": "MUG", "quantity": 3}]}, {"ship_to": {"city": "Solo"}}):
            error = self._change(order, **changes)["errors"][0]
            self.assertEqual(error["code"], "already_shipped")
            self.assertIn("return", error["next_step"])

    def test_nonsense(self):
        order = self._confirmed()
        for changes in ({}, {"colour": "red"}, {"lines": [{"sku": "X"}]}, {"ship_to": "here"}):
            answer = self._change(order, **changes)
            self.assertEqual(answer["status"], "error", changes)
            self.assertTrue(answer["errors"][0]["message"])
        self.assertEqual(
            self.env["sale.order"].oms_change(order.name, [1])["errors"][0]["code"], "bad_value"
        )

    def test_window_shows_the_difference_before_it_is_made(self):
        order = self._confirmed()
        agent = new_test_user(
            self.env,
            "agent-change",
            "oms_fulfillment.group_oms_agent",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        action = order.with_user(agent).action_oms_change()
        wizard = self.env["oms.order.change"].with_user(agent).with_context(**action["context"])
        with Form(wizard) as form:
            with form.line_ids.edit(0) as line:
                line.quantity = 3
        window = form.save()
        window.action_apply()
        self.assertIn("150,000", window.preview, "shown before it is done")
        self.assertEqual(order.order_line.product_uom_qty, 2)
        window.action_apply()
        self._settle()
        self.assertEqual(order.order_line.product_uom_qty, 3)

    def test_cancel_window_asks_why(self):
        order = self._confirmed()
        reason = self.env.ref("oms_fulfillment.cancel_reason_changed_mind")
        wizard = self.env["oms.order.cancel"].create({"order_id": order.id, "reason_id": reason.id})
        wizard.action_cancel()
        self.assertStage(order, "cancelled")
        self.assertEqual(order.oms_cancel_fault, "buyer")

    def test_integration_needs_its_role(self):
        order = self._confirmed()
        nobody = new_test_user(self.env, "nobody-change", "base.group_user")
        with self.assertRaises(UserError):
            self.env["sale.order"].with_user(nobody).oms_change(order.name, {"note": "x"})
