from odoo import fields
from odoo.tests import Form, tagged

from .action_common import ActionCase


@tagged("post_install", "-at_install")
class TestSourcing(ActionCase):
    """Which warehouse an order ships from, why, and what a person's choice changes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.third = cls.env["stock.warehouse"].create({"name": "Medan", "code": "MDN"})
        states = {
            state.code: state
            for state in cls.env["res.country.state"].search([("country_id.code", "=", "ID")])
        }
        for warehouse, code in ((cls.warehouse, "JB"), (cls.second, "JI"), (cls.third, "SU")):
            warehouse.partner_id = cls.env["res.partner"].create(
                {"name": warehouse.name, "state_id": states[code].id}
            )
        cls.states = states
        cls.partner.state_id = states["JI"]
        cls._stock(cls.product, 10, cls.second)
        cls._stock(cls.product, 10, cls.third)

    def _rule(self, *warehouses, **values):
        lines = [
            fields.Command.create({"warehouse_id": warehouse.id, "sequence": number})
            for number, warehouse in enumerate(
                warehouses or (self.warehouse, self.second, self.third)
            )
        ]
        return self.env["oms.sourcing.rule"].create({"name": "Rule", "line_ids": lines, **values})

    def _places(self, order):
        open_works = order.oms_fulfillment_ids.filtered(lambda work: work.state != "cancelled")
        return set(open_works.warehouse_id.mapped("code"))

    # WITHOUT A RULE

    def test_without_a_rule_nothing_is_asked_and_nothing_changes(self):
        order = self._order()
        self.assertFalse(order._oms_sourced())
        with self.assertQueryCount(0):
            self.assertFalse(order._oms_sourced())
        order.action_confirm()
        self._settle()
        self.assertEqual(self._places(order), {self.warehouse.code})
        self.assertFalse(self.env["oms.sourcing.decision"].search([("order_id", "=", order.id)]))
        self.assertIn("no sourcing rule", order.oms_fulfillment_ids.why_here)

    def test_order_that_no_rule_fits_ships_as_before(self):
        self._rule(self.second, state_ids=self.states["SU"].ids)
        self.assertEqual(self._places(self._confirmed()), {self.warehouse.code})

    # STRATEGIES

    def test_nearest_first_and_why(self):
        self._rule(strategy="distance")
        order = self._confirmed()
        self.assertEqual(self._places(order), {"SBY"})
        why = order.oms_fulfillment_ids.why_here
        self.assertIn("Surabaya: has all 2 units; 0 km", why)
        self.assertRegex(why, r"Not Medan: [0-9.,]+ km")
        self.assertIn("Rule: Rule", why)
        reasons = order.oms_fulfillment_ids._as_dict()["sourcing"]
        self.assertEqual((reasons[0]["warehouse"], reasons[0]["code"]), ("SBY", "best"))
        self.assertProved()

    def test_list_cost_and_stock(self):
        rule = self._rule(self.third, self.warehouse)
        self.assertEqual(self._places(self._confirmed()), {"MDN"})
        rule.strategy = "cost"
        rule.line_ids[0].parcel_cost = 30000
        rule.line_ids[1].parcel_cost = 20000
        self.assertEqual(self._places(self._confirmed()), {self.warehouse.code})
        rule.strategy = "stock"
        self._stock(self.product, 50, self.third)
        self.assertEqual(self._places(self._confirmed()), {"MDN"})

    def test_coordinates_come_before_the_province(self):
        self.partner.write({"partner_latitude": 3.6, "partner_longitude": 98.7})
        self._rule(strategy="distance")
        self.assertEqual(self._places(self._confirmed()), {"MDN"})

    # WHICH RULE

    def test_first_rule_that_fits_counts(self):
        self._rule(self.third, sequence=1, cities="Jakarta, Depok")
        self._rule(self.second, sequence=2, zip_prefixes="40,41")
        self._rule(self.warehouse, sequence=3)
        self.partner.zip = "40111"
        self.assertEqual(self._places(self._confirmed()), {"SBY"})
        self.partner.city = "Kota Depok"
        self.assertEqual(self._places(self._confirmed()), {"MDN"})
        self.partner.write({"zip": "99111", "city": "Bandung"})
        self.assertEqual(self._places(self._confirmed()), {self.warehouse.code})

    def test_customer_class_and_channel(self):
        tag = self.env["res.partner.category"].create({"name": "Reseller"})
        self._rule(self.second, partner_category_ids=tag.ids, channel_ids=self.channel.ids)
        self.assertEqual(self._places(self._confirmed()), {self.warehouse.code})
        self.partner.category_id = tag
        self.assertEqual(self._places(self._confirmed()), {"SBY"})

    def test_products_have_rules_of_their_own(self):
        category = self.env["product.category"].create({"name": "Fragile"})
        self.product_b.categ_id = category
        self._stock(self.product_b, 5, self.third)
        self._rule(self.third, sequence=1, category_ids=category.ids)
        self._rule(self.second, sequence=2)
        order = self._confirmed([(self.product, 1), (self.product_b, 1)])
        self.assertEqual(self._places(order), {"SBY", "MDN"})
        self.assertEqual(self._units(order), {"ordered": 2.0, "reserved": 2.0})

    # SPLITTING

    def test_split_only_when_needed(self):
        self._rule()
        self._stock(self.scarce, 2, self.second)
        order = self._confirmed([(self.product, 1), (self.scarce, 2)])
        self.assertEqual(self._places(order), {"SBY"}, "one warehouse has it all")
        other = self._confirmed([(self.product_b, 1), (self.product, 30)])
        self.assertEqual(len(self._places(other)), 1)
        self._stock(self.scarce, 2, self.third)
        split = self._confirmed([(self.product_b, 2), (self.scarce, 2)])
        self.assertEqual(self._places(split), {self.warehouse.code, "MDN"})
        self.assertEqual(self._units(split), {"ordered": 4.0, "reserved": 4.0})
        for work in split.oms_fulfillment_ids:
            self.assertIn("no single warehouse has all", work.why_here)
            self._done("ship", work)
        self.assertEqual(self._units(split), {"ordered": 4.0, "shipped": 4.0})
        self.assertProved()

    def test_never_split(self):
        self._rule(split="never")
        self._stock(self.scarce, 2, self.third)
        order = self._confirmed([(self.product_b, 2), (self.scarce, 2)])
        self.assertEqual(len(self._places(order)), 1)
        self.assertIn("what is short waits here", order.oms_fulfillment_ids.why_here)

    def test_units_of_one_line_from_three_places(self):
        self._rule(split="units")
        order = self._confirmed([(self.product, 25)])
        self.assertEqual(len(order.oms_fulfillment_ids), 3)
        self.assertEqual(self._units(order), {"ordered": 25.0, "reserved": 25.0})
        order.order_line.product_uom_qty = 12
        self._settle()
        self.assertEqual(self._units(order), {"ordered": 12.0, "reserved": 12.0})
        order.order_line.product_uom_qty = 14
        self._settle()
        self.assertEqual(self._units(order), {"ordered": 14.0, "reserved": 14.0})
        self.assertProved()

    def test_orders_of_one_batch_are_solved_together(self):
        self._rule(self.warehouse, self.second)
        self._stock(self.scarce, 1)
        self._stock(self.scarce, 1, self.second)
        first = self._order([(self.scarce, 1)])
        fixed = self._order([(self.scarce, 1)], oms_source_id=self.warehouse.id)
        (first | fixed).action_confirm()
        self._settle()
        self.assertEqual(
            (self._places(first), self._places(fixed)), ({"SBY"}, {self.warehouse.code})
        )
        self.assertIn("only it can serve", first.oms_fulfillment_ids.why_here)
        for order in first | fixed:
            self.assertEqual(self._units(order), {"ordered": 1.0, "reserved": 1.0})

    # CAPACITY

    def test_full_warehouse_gives_to_the_next(self):
        self._rule(self.warehouse, self.second)
        self.warehouse.oms_daily_orders = 1
        self.assertEqual(self._places(self._confirmed()), {self.warehouse.code})
        order = self._confirmed()
        self.assertEqual(self._places(order), {"SBY"})
        self.assertIn("as many orders as it can", order.oms_fulfillment_ids.why_here)

    # A PERSON'S CHOICE

    def test_choice_before_confirmation(self):
        self._rule(self.second, self.third)
        order = self._order()
        order.oms_source_id = self.third
        self.assertEqual(order.oms_source_by_id, self.env.user)
        self.assertTrue(order.oms_source_at)
        order.action_confirm()
        self._settle()
        self.assertEqual(self._places(order), {"MDN"})
        self.assertIn("chosen by a person", order.oms_fulfillment_ids.why_here)
        order.oms_source_id = False
        self.assertFalse(order.oms_source_by_id)

    def test_choice_is_kept_by_later_runs(self):
        self._rule(self.second, self.warehouse)
        order = self._confirmed()
        work = order.oms_fulfillment_ids
        self._done("move_to", work, warehouse="MDN", reason="Customer picks it up")
        self.assertEqual(order.oms_source_id, self.third)
        order.order_line.product_uom_qty = 5
        self._settle()
        self.assertEqual(self._places(order), {"MDN"})
        self.assertEqual(self._units(order), {"ordered": 5.0, "reserved": 5.0})
        new = order.oms_fulfillment_ids.filtered(lambda work: work.state != "cancelled")
        self.assertIn("Customer picks it up", new.why_here)
        lines = [{"sku": "MUG", "quantity": 2}]
        answer = self._done(
            "report_short", new, lines=lines, reason="not_in_stock", then="resource"
        )
        self.assertEqual((answer["moved"], answer["waiting"]), (0.0, 2.0))
        order.order_line.product_uom_qty = 3
        self._settle()
        self.assertEqual(self._units(order)["ordered"], 3.0)
        self.assertProved()

    def test_short_pick_asks_only_warehouses_that_the_rule_allows(self):
        self._rule(self.warehouse, self.third)
        order = self._confirmed([(self.product, 10)])
        lines = [{"sku": "MUG", "quantity": 4}]
        answer = self._done(
            "report_short",
            order.oms_fulfillment_ids,
            lines=lines,
            reason="not_in_stock",
            then="resource",
        )
        self.assertEqual(answer["fulfillments"][0]["warehouse"], "MDN")
        self.assertProved()

    # TRIAL

    def test_trial_shows_where_open_orders_would_go(self):
        rule = self._rule(strategy="distance", active=False)
        order = self._order()
        waiting = self._confirmed([(self.scarce, 2)])
        self._stock(self.scarce, 2, self.third)
        trial = self.env["oms.sourcing.trial"].browse(rule.action_try()["res_id"])
        lines = {line.order_id: line for line in trial.line_ids}
        self.assertEqual(lines[order].places, "Surabaya")
        self.assertIn("0 km", lines[order].text)
        self.assertEqual(lines[waiting].places, "Medan")
        self.assertGreaterEqual(trial.elsewhere, 2)
        self.assertFalse(self.env["oms.sourcing.decision"].search([("order_id", "=", order.id)]))

    def test_rule_form(self):
        form = Form(self.env["oms.sourcing.rule"])
        form.name = "Java"
        with form.line_ids.new() as line:
            line.warehouse_id = self.second
        rule = form.save()
        self.assertEqual(rule._limit(), 99)

    def test_a_plan_that_a_caller_sends_says_nothing(self):
        line = self._order([(self.product, 2)]).order_line
        line.with_context(oms_sourcing={line.id: {self.second: 1.0}}).order_id.action_confirm()
        self._settle()
        self.assertEqual(self._places(line.order_id), {self.warehouse.code})
