from odoo import fields
from odoo.tests import new_test_user, tagged

from .action_common import ActionCase


@tagged("post_install", "-at_install")
class TestSourcingAgain(ActionCase):
    """What waits in one warehouse moves to another one that has it, by itself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule = cls.env["oms.sourcing.rule"].create(
            {
                "name": "Java",
                "line_ids": [
                    fields.Command.create({"warehouse_id": place.id, "sequence": number})
                    for number, place in enumerate((cls.warehouse, cls.second))
                ],
            }
        )

    def _again(self, limit=100):
        """What the scheduled job does, without its commits."""
        due = self.works.browse(self.works._due_for_sourcing(limit))
        for work in due:
            work._source_again()
            self._settle()
        return due

    def _open(self, order):
        works = order.oms_fulfillment_ids.filtered(lambda work: work.state != "cancelled")
        return sorted((work.warehouse_id.code, work.state, work.goods) for work in works)

    def test_it_goes_to_where_stock_arrived_and_says_why(self):
        order = self._confirmed([(self.scarce, 2)])
        here = order.oms_fulfillment_ids
        self.assertFalse(self._again(), "nobody has it")
        self._stock(self.scarce, 5, self.second)
        self.assertEqual(self._again(), here)
        self.assertEqual(self._open(order), [("SBY", "ready", "2 x RARE")])
        self.assertStage(order, "fulfillment", "to_pick")
        new = order.oms_fulfillment_ids - here
        self.assertIn("Surabaya: has all 2 units", new.why_here)
        self.assertIn("the goods are there (rule Java)", new.why_here)
        self.assertEqual(here.action_ids.warehouse_id, self.second)
        self.assertFalse(order.oms_source_id, "no person chose it")
        self.assertProved()

    def test_the_oldest_promise_goes_first_and_only_so_far_as_there_are_goods(self):
        orders = [self._confirmed([(self.scarce, 2)]) for _number in range(3)]
        for order, day in zip(orders, (3, 1, 2), strict=True):
            order.oms_promise_due = f"2030-05-0{day} 08:00:00"
        self._stock(self.scarce, 4, self.second)
        self._again()
        self.assertEqual(
            [self._open(order)[0][:2] for order in orders],
            [(self.warehouse.code, "waiting"), ("SBY", "ready"), ("SBY", "ready")],
        )

    def test_looked_at_again_only_when_the_stock_changed(self):
        order = self._confirmed([(self.scarce, 2)])
        self._stock(self.scarce, 1, self.second)
        work = order.oms_fulfillment_ids
        self.assertEqual(self._again(), work)
        self.assertEqual(self._open(order), [(self.warehouse.code, "waiting", "2 x RARE")])
        work.sourced_at = fields.Datetime.add(fields.Datetime.now(), hours=2)
        self.assertFalse(self._again())

    def test_what_is_half_here_moves_whole_where_it_is_not_to_be_split(self):
        self.rule.split = "never"
        self._stock(self.scarce, 1)
        order = self._confirmed([(self.scarce, 3)])
        self._stock(self.scarce, 2, self.second)
        self._again()
        self.assertEqual(self._open(order)[0][0], self.warehouse.code)
        self._stock(self.scarce, 1, self.second)
        self._again()
        self.assertEqual(self._open(order), [("SBY", "ready", "3 x RARE")])
        self.assertEqual(self._on_hand(self.scarce)[0], 1, "given back")

    def test_only_the_units_that_are_short_where_it_may_be_split(self):
        self.rule.split = "units"
        self._stock(self.scarce, 1)
        order = self._confirmed([(self.scarce, 3), (self.product, 1)])
        self._stock(self.scarce, 2, self.second)
        self._again()
        self.assertEqual(
            self._open(order),
            sorted(
                [(self.warehouse.code, "ready", "1 x RARE, 1 x MUG"), ("SBY", "ready", "2 x RARE")]
            ),
        )
        self.assertProved()

    def test_a_person_s_choice_stays(self):
        chosen = self._confirmed([(self.scarce, 1)], oms_source_id=self.warehouse.id)
        agent = new_test_user(self.env, "mover", "oms_fulfillment.group_oms_warehouse")
        moved = self._confirmed([(self.scarce, 1), (self.product_b, 1)])
        self.works.with_user(agent).move_to(
            [
                {
                    "fulfillment": moved.oms_fulfillment_ids.name,
                    "warehouse": "SBY",
                    "lines": [{"sku": "RARE", "quantity": 1}],
                }
            ]
        )
        self._settle()
        third = self.env["stock.warehouse"].create({"name": "Medan", "code": "MDN"})
        self.rule.line_ids = [fields.Command.create({"warehouse_id": third.id})]
        self._stock(self.scarce, 9, third)
        before = [self._open(order) for order in (chosen, moved)]
        self._again()
        self.assertEqual([self._open(order) for order in (chosen, moved)], before)

    def test_no_rule_says_so(self):
        order = self._confirmed([(self.scarce, 1)])
        self._stock(self.scarce, 5, self.second)
        self.rule.follow_stock = False
        self._again()
        self.assertEqual(self._open(order)[0][:2], (self.warehouse.code, "waiting"))
        self.rule.unlink()
        with self.assertQueryCount(1):  # whether there is a rule; cached from then on
            self.assertFalse(self.works._due_for_sourcing(9))
            self.assertFalse(self.works._due_for_sourcing(9))

    def test_held_and_picked_work_is_left_alone(self):
        self._stock(self.scarce, 1)
        begun = self._confirmed([(self.scarce, 2)])
        begun.oms_fulfillment_ids.action_pick()
        held = self._confirmed([(self.scarce, 1)])
        held._oms_raise_hold("manual", "Ask first")
        listed = self._confirmed([(self.scarce, 1)])
        self.env["stock.picking.batch"].create({"picking_ids": listed.picking_ids.ids})
        self._settle()
        self._stock(self.scarce, 5, self.second)
        self._again()
        self.assertEqual(self._open(held)[0][0], self.warehouse.code)
        self.assertEqual(self._open(listed)[0][0], self.warehouse.code)
        self.assertEqual(self._open(begun)[0][:2], (self.warehouse.code, "picked"))

    def test_what_a_3pl_gave_back_goes_to_another_warehouse(self):
        self.warehouse.oms_provider_id = self.env["res.partner"].create({"name": "Gudang Kita"})
        order = self._confirmed([(self.product, 2)])
        work = order.oms_fulfillment_ids
        self.works.fetch_work(self.warehouse.oms_provider_id.id)
        answer = self._done("reject", work, reason="inventory_out_of_stock")
        self.assertEqual(answer["status"], "rejected")
        self._again()
        self.assertEqual(self._open(order)[0][0], self.warehouse.code, "nobody else has it")
        self._stock(self.product, 2, self.second)
        self._again()
        self.assertEqual(self._open(order), [("SBY", "ready", "2 x MUG")])
        self.assertFalse(order.oms_hold_ids.filtered(lambda hold: hold.state == "active"))
        self.assertProved()
