import json

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import OmsReportsCase


class PnlCase(OmsReportsCase):
    """Goods with a cost that Odoo posts with the invoice, and a courier account."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stock_value = cls._account("118300", "Stock", "asset_current")
        cls.cost_of_goods = cls._account("518100", "Cost of goods", "expense_direct_cost")
        category = cls.env["product.category"].create(
            {
                "name": "Goods",
                "property_cost_method": "standard",
                "property_valuation": "real_time",
                "property_stock_valuation_account_id": cls.stock_value.id,
            }
        )
        cls.product.write(
            {
                "categ_id": category.id,
                "standard_price": 60000,
                "property_account_expense_id": cls.cost_of_goods.id,
            }
        )
        # A new account takes over the tags of its neighbour.
        cls.rent = cls._account("628300", "Rent", "expense")
        cls.courier_costs = cls._account("628200", "Courier bills", "expense")
        cls.courier_costs.tag_ids = cls.env.ref("oms_reports.account_tag_courier")

    def _profit(self):
        """Income less expenses of the company in plain SQL, and the number of items."""
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT COALESCE(SUM(item.credit - item.debit), 0), COUNT(*)
              FROM account_move_line item
              JOIN account_move move ON move.id = item.move_id AND move.state = 'posted'
              JOIN account_account account ON account.id = item.account_id
             WHERE (account.account_type LIKE 'income%%' OR account.account_type LIKE 'expense%%')
               AND item.company_id = %s
            """,
            [self.env.company.id],
        )
        amount, items = self.env.cr.fetchone()
        return float(amount), items

    def _components(self, *domain):
        return dict(
            self.env["oms.pnl.line"]._read_group(
                [("company_id", "=", self.env.company.id), *domain], ["component"], ["amount:sum"]
            )
        )

    def _paid_out(self, order, fees):
        gross = order.amount_total
        [answer] = self.env["oms.settlement"].submit_lines(
            self.marketplace.code,
            f"PAYOUT-{order.id}",
            [{"order": order.oms_external_id, "gross": gross, "fees": fees}],
        )
        self._settle()
        return answer

    def _courier_bill(self, order, amount):
        move = self._document([(self.product, self.courier_costs, amount)], "in_invoice", post=0)
        move.line_ids.oms_order_id = order
        move.action_post()
        return move


@tagged("post_install", "-at_install")
class TestPnl(PnlCase):
    def _marketplace_order(self):
        """3 units at 100,000, discount 10,000, shipping 9,000, shipped and invoiced."""
        order = self._sold(
            self.marketplace,
            [(self.product, 3, 100000, None)],
            [("discount", -10000, None), ("shipping", 9000, None)],
        )
        self._ship(order)
        return order

    def test_every_part_of_an_order(self):
        order = self._marketplace_order()
        self._paid_out(order, {"commission": 15000, "COD_fee": 4000, "weight": 2000})
        self._courier_bill(order, 11000)
        self.assertEqual(
            self._components(("order_id", "=", order.id)),
            {
                "sales": 300000,
                "discount": -10000,
                "shipping": 9000,
                "cogs": -180000,
                "courier": -13000,
                "channel_fee": -15000,
                "payment_fee": -4000,
            },
        )
        row = self.env["oms.order.pnl"].search([("order_id", "=", order.id)])
        self.assertEqual(row.contribution, 300000 - 10000 + 9000 - 180000 - 13000 - 15000 - 4000)
        self.assertEqual(row.net_sales, 290000)
        self.assertEqual(row.shipping_result, 9000 - 13000)
        self.assertAlmostEqual(row.margin_percent, 100 * row.contribution / 290000)
        self.assertEqual(row.cost_coverage, 100)

    def test_nothing_is_left_out(self):
        order = self._marketplace_order()
        self._paid_out(order, {"commission": 15000})
        refund = order.oms_invoice_ids._reverse_moves([{"date": fields.Date.today()}])
        refund.action_post()
        self._document([(self.product, self.rent, 50000)], "in_invoice")
        self._entry(self.other_income, 700)
        self._document([(self.product, self.income, 999)], post=False)
        amount, items = self._profit()
        rows = self.env["oms.pnl.line"].search([("company_id", "=", self.env.company.id)])
        self.assertEqual((sum(rows.mapped("amount")), len(rows)), (amount, items))
        components = self._components()
        # the fees account of a channel is one whoever books on it
        self.assertEqual(components["channel_fee"], -15000 - 700)
        self.assertEqual(components["other"], 700 - 50000)
        self.assertEqual(components["cogs"], 0, "the credit note takes the cost back")
        self.assertEqual(components["refund"], -(300000 - 10000))
        self.assertEqual(self._components(("order_id", "=", False))["other"], 700 - 50000)
        self.assertEqual(self.env["oms.proof"]._check_pnl(), [])
        self.assertEqual(self.env["oms.proof"]._check_pnl_links(), [])
        self.assertEqual(self.env["oms.proof"]._check_cost_pairs(), [])

    def test_orders_add_up_to_the_pivot(self):
        for _number in range(2):
            self._paid_out(self._marketplace_order(), {"commission": 5000})
        orders = self.env["oms.order.pnl"]
        mine = [("channel_id", "=", self.marketplace.id)]
        [(by_order, margin)] = orders._read_group(
            mine, [], ["contribution:sum", "margin_percent:avg"]
        )
        [(by_row, line_margin)] = self.env["oms.pnl.line"]._read_group(
            mine, [], ["contribution:sum", "margin_percent:avg"]
        )
        self.assertEqual(by_order, 2 * (299000 - 180000 - 5000))
        self.assertEqual(by_row, by_order)
        self.assertAlmostEqual(float(margin), 100 * by_order / 580000)
        self.assertAlmostEqual(float(line_margin), float(margin))

    def test_an_unknown_cost_is_not_zero(self):
        order = self._sold(
            self.marketplace,
            [(self.product, 1, 100000, None), (self.product_b, 1, 300000, None)],
        )
        self._ship(order)
        row = self.env["oms.order.pnl"].search([("order_id", "=", order.id)])
        self.assertEqual((row.goods_sales, row.costed_sales), (400000, 100000))
        self.assertEqual(row.cost_coverage, 25)
        answer = self.env["oms.order.pnl"].get_order(order.id)
        self.assertEqual(answer["uncosted"], self.product_b.mapped("display_name"))
        self.assertEqual(answer["cost_coverage"], 25)

    def test_estimate_until_the_money_is_settled(self):
        self.marketplace.fee_percent = 5
        order = self._sold(self.marketplace, [(self.product, 2, 100000, None)])
        before = self.env["oms.order.pnl"].get_order(order.id)
        lines = {line["code"]: line for line in before["lines"]}
        self.assertEqual(before["status"], "estimate")
        self.assertEqual((lines["sales"]["posted"], lines["sales"]["expected"]), (0, 200000))
        self.assertEqual(lines["cogs"]["expected"], -120000)
        self.assertEqual(lines["channel_fee"]["expected"], -10000)
        self.assertEqual(before["contribution"], 70000)
        self.assertIn("70,000", self.env["oms.order.pnl"].browse(order.id).expected_text)
        self._complete(order)
        self._paid_out(order, {"commission": 11000})
        self.assertEqual(order.oms_stage_id.code, "done")
        after = self.env["oms.order.pnl"].get_order(order.id)
        self.assertEqual(after["status"], "final")
        self.assertEqual(after["contribution"], 200000 - 120000 - 11000)
        self.assertFalse(any(line["expected"] for line in after["lines"]))
        self.assertTrue(json.dumps(after))

    def test_components_stand_in_the_order_of_a_statement(self):
        order = self._marketplace_order()
        self._paid_out(order, {"commission": 15000})
        groups = self.env["oms.pnl.line"].formatted_read_group(
            [("order_id", "=", order.id)], ["component"], ["amount:sum"]
        )
        self.assertEqual(
            [group["component"] for group in groups],
            ["sales", "discount", "shipping", "cogs", "channel_fee"],
        )

    def test_smart_button(self):
        order = self._marketplace_order()
        self.assertEqual(order.oms_contribution, 299000 - 180000)
        self.assertEqual(order.oms_pnl_status, "estimate")
        action = order.action_oms_pnl()
        row = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(row.contribution, order.oms_contribution)
        [term] = row.action_open_lines()["domain"]
        opened = self.env["oms.pnl.line"].search([term])
        self.assertEqual(sum(opened.mapped("amount")), row.contribution)
        self.assertFalse(self._order(oms_channel_id=False).oms_pnl_status)

    def test_who_sees_what_an_order_earns(self):
        order = self._marketplace_order()
        company = {"company_id": self.env.company.id}
        company["company_ids"] = [(6, 0, self.env.company.ids)]
        seller = new_test_user(
            self.env,
            "pnl_seller",
            "sales_team.group_sale_manager,oms_fulfillment.group_oms_agent",
            **company,
        )
        with self.assertRaisesRegex(AccessError, "OMS: Finance"):
            self.env["oms.order.pnl"].with_user(seller).get_order(order.id)
        with self.assertRaises(AccessError):
            self.env["oms.pnl.line"].with_user(seller).search([])
        with self.assertRaises(AccessError):
            order.with_user(seller).read(["oms_contribution"])
        finance = new_test_user(
            self.env, "pnl_finance", "oms_fulfillment.group_oms_finance", **company
        )
        answer = self.env["oms.order.pnl"].with_user(finance).get_order(order.id)
        self.assertEqual(answer["contribution"], order.oms_contribution)
        self.assertEqual(order.with_user(finance).oms_contribution, order.oms_contribution)
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        finance.write({"company_ids": [(4, elsewhere.id)], "company_id": elsewhere.id})
        there = self.env["oms.order.pnl"].with_user(finance)
        there = there.with_context(allowed_company_ids=elsewhere.ids)
        self.assertFalse(there.search([]))
        with self.assertRaises(UserError):
            there.get_order(order.id)

    def test_the_proof_names_what_does_not_tie(self):
        order = self._marketplace_order()
        proof = self.env["oms.proof"]
        ledger = proof._ledger_profit()
        self.patch(type(proof), "_ledger_profit", lambda _self: [(ledger[0][0], 1, 1)])
        [violation] = proof._check_pnl()
        self.assertEqual((violation["code"], violation["expected"]), ("pnl", 1))
        item = order.oms_invoice_ids.invoice_line_ids[:1]
        item.oms_order_id = self._order()
        self.env.flush_all()
        [violation] = proof._check_pnl_links()
        self.assertIn(order.name, violation["message"])
        cost = order.oms_invoice_ids.line_ids.filtered(lambda line: line.display_type == "cogs")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_move_line SET balance = balance + 5 WHERE id = %s", [cost[0].id]
        )
        [violation] = proof._check_cost_pairs()
        self.assertEqual(violation["actual"], 5)
