from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from .common import OmsCase


@tagged("post_install", "-at_install")
class TestVerification(OmsCase):
    """Rules on real orders: what they catch, what they say, what the order shows."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.phone = cls.channel
        cls.web = cls.channel.copy({"name": "Web", "code": "WEB-T", "kind": "web"})

    def _rule(self, code, **values):
        rule = self.env.ref(f"oms_fulfillment.rule_{code}")
        rule.write({"active": True, **values})
        return rule

    def _credit(self, limit):
        self.company.account_use_credit_limit = True
        self.partner.with_company(self.company).credit_limit = limit

    def _buyer(self, name, **values):
        return self.partner.copy({"name": name, **values})

    def _codes(self, order):
        active = order.oms_hold_ids.filtered(lambda hold: hold.state == "active")
        return sorted(active.mapped("code"))

    # CREDIT

    def test_credit_counts_confirmed_orders_that_are_not_invoiced(self):
        self._credit(250000)
        self._confirmed()
        self.assertFalse(self._order().oms_hold_ids, "200,000 of 250,000")
        self._confirmed()
        order = self._order()
        self.assertEqual(self._codes(order), ["credit_limit"])
        self.assertIn("300,000", order.oms_hold_ids.reason)
        self.assertIn("250,000", order.oms_hold_ids.reason)

    def test_credit_is_not_used_by_who_pays_in_advance(self):
        self._credit(1000)
        order = self._order(oms_payment_policy="prepaid", oms_paid_at=fields.Datetime.now())
        self.assertFalse(order.oms_hold_ids)

    def test_orders_confirmed_together_share_the_limit(self):
        self._credit(250000)
        orders = self._order() | self._order() | self._order()
        self.assertFalse(orders.oms_hold_ids)
        with self.assertRaisesRegex(UserError, "would owe"):
            orders.action_confirm()

    def test_auto_confirm_stops_where_the_limit_is_reached(self):
        self._credit(250000)
        self.channel.auto_confirm = True
        orders = self._order() | self._order() | self._order()
        orders._oms_advance()
        self._settle()
        self.assertEqual(orders.mapped("state"), ["sale", "sale", "draft"])
        self.assertEqual(self._codes(orders[2]), ["credit_limit"])

    def test_cancelled_order_gives_the_credit_back(self):
        self._credit(150000)
        first = self._confirmed()
        order = self._order()
        self.assertEqual(self._codes(order), ["credit_limit"])
        first._action_cancel()
        self.env["oms.hold"]._check_held_again()
        self._settle()
        self.assertEqual(self._codes(order), [])

    # DUPLICATES

    def test_same_goods_by_the_same_number_on_another_channel(self):
        self._rule("duplicate", hours=24)
        first = self._order()
        other = self._buyer("Siti R.", phone="081200001111")
        again = self._order(partner_id=other.id, oms_channel_id=self.web.id)
        self.assertEqual(self._codes(again), ["duplicate_suspect"])
        self.assertIn(first.name, again.oms_hold_ids.reason)
        self.assertFalse(first.oms_hold_ids, "the first one is no duplicate")

    def test_other_goods_or_another_buyer_are_no_duplicate(self):
        self._rule("duplicate", hours=24)
        self._order()
        self.assertFalse(self._order([(self.product, 3)]).oms_hold_ids)
        other = self._buyer("Budi", phone="081299990000")
        self.assertFalse(self._order(partner_id=other.id).oms_hold_ids)

    def test_long_ago_is_no_duplicate(self):
        self._rule("duplicate", hours=2)
        self._order(date_order="2026-07-01 08:00:00")
        self.assertFalse(self._order(date_order="2026-07-01 11:00:00").oms_hold_ids)
        self.assertTrue(self._order(date_order="2026-07-01 12:00:00").oms_hold_ids)

    def test_buyers_who_share_a_masked_contact_are_not_the_same(self):
        self._rule("duplicate", hours=24)
        self.channel.buyer_id = self.partner
        self.partner.phone = False
        address = {"name": "S***i", "street": "J***", "city": "Bandung", "country": "ID"}
        orders = [self._order(oms_ship_to={**address, "phone": "62812****11"}) for _n in range(2)]
        self.assertFalse(orders[1].oms_hold_ids)

    def test_cancelled_twin_lets_the_order_go(self):
        self._rule("duplicate", hours=24)
        first, again = self._order(), self._order()
        first._action_cancel()
        self.env["oms.hold"]._check_held_again()
        self._settle()
        self.assertEqual(self._codes(again), [])

    # CASH ON DELIVERY

    def test_cod_over_the_limit(self):
        self._rule("cod_limit", amount=60000)
        order = self._order(oms_payment_policy="cod")
        self.assertEqual(self._codes(order), ["cod_limit"])

    def test_buyer_who_refused_parcels(self):
        self._rule("cod_limit", amount=0, times=1, days=180)
        refused = self._confirmed(oms_payment_policy="cod")
        refused.oms_fulfillment_ids.action_hand_over()
        item = {"order": refused.name, "kind": "rts", "lines": [{"sku": "MUG", "quantity": 2}]}
        self.env["oms.return"].request([item])
        self._settle()
        same_number = self._buyer("Somebody", phone="0812-0000-1111")
        order = self._order(partner_id=same_number.id, oms_payment_policy="cod")
        self.assertEqual(self._codes(order), ["cod_limit"])
        self.assertIn("refused 1", order.oms_hold_ids.reason)
        self.assertFalse(self._order().oms_hold_ids, "only cash on delivery is in question")

    # BLACKLIST

    def test_blacklisted_number_is_held_whoever_orders(self):
        self._buyer(
            "Bad", phone="0812-7777-0000", oms_blacklisted=True, oms_blacklist_reason="Fake"
        )
        other = self._buyer("Good?", phone="+62 812 7777 0000")
        order = self._order(partner_id=other.id)
        self.assertEqual(self._codes(order), ["blacklist"])
        self.assertIn("Fake", order.oms_hold_ids.reason)

    def test_flag_on_the_contact_reaches_waiting_orders_at_once(self):
        order = self._order()
        self.partner.oms_blacklisted = True
        self._settle()
        self.assertEqual(self._codes(order), ["blacklist"])
        self.partner.oms_blacklisted = False
        self._settle()
        self.assertEqual(self._codes(order), [])

    # PRICE, DATE, ADDRESS

    def test_discount_and_margin(self):
        self._rule("discount", limit=10)
        self._rule("margin", limit=20)
        self.product.standard_price = 45000
        order = self._order()
        self.assertEqual(self._codes(order), ["margin_low"])
        self.product.standard_price = 10000
        order.order_line.discount = 15
        order._oms_touch()
        self._settle()
        self.assertEqual(self._codes(order), ["margin_low"])
        self.assertIn("15", order.oms_hold_ids.filtered(lambda h: h.state == "active").reason)

    def test_order_for_a_later_date_waits_for_it(self):
        self._rule("requested", days=3)
        wanted = fields.Datetime.add(fields.Datetime.now(), days=10)
        order = self._order(oms_promise_requested=wanted)
        hold = order.oms_hold_ids
        self.assertEqual(hold.code, "requested_later")
        order.action_confirm()
        self._settle()
        self.assertEqual(self._units(order), {"ordered": 2.0, "unallocated": 2.0})
        hold.sudo().until = fields.Datetime.now()
        hold._end_in_time()
        self._settle()
        self.assertEqual(hold.state, "released")
        self.assertEqual(self._units(order), {"ordered": 2.0, "reserved": 2.0})

    def test_delivery_method_that_does_not_go_there(self):
        carrier = self.env["delivery.carrier"].create(
            {
                "name": "Singapore Post",
                "product_id": self._create_product("POST", 0, type="service", is_storable=False).id,
                "country_ids": [(6, 0, self.env.ref("base.sg").ids)],
            }
        )
        order = self._order(carrier_id=carrier.id)
        self.assertEqual(self._codes(order), ["coverage_missing"])
        order.carrier_id = False
        self._settle()
        self.assertEqual(self._codes(order), [])

    def test_address_that_a_person_completes_on_the_contact(self):
        self.partner.city = False
        order = self._order()
        self.assertEqual(self._codes(order), ["address_invalid"])
        self.partner.city = "Bandung"
        self._settle()
        self.assertEqual(self._codes(order), [])

    def test_product_that_is_not_sold_any_more(self):
        order = self._order()
        self.product.sale_ok = False
        self._settle()
        self.assertEqual(self._codes(order), ["product_unsaleable"])
        self.product.product_tmpl_id.sale_ok = True
        self._settle()
        self.assertEqual(self._codes(order), [])

    # RESULTS

    def test_every_check_has_a_result_on_the_order(self):
        self.partner.city = False
        order = self._order()
        checks = {check["check"]: check for check in order._oms_check_dicts()[0]}
        self.assertEqual(checks["address"]["result"], "fail")
        self.assertEqual(checks["address"]["evidence"], "address_incomplete; missing=city")
        self.assertEqual(checks["product"]["result"], "pass")
        order.oms_hold_ids.release("Collects at the counter")
        order._oms_touch()
        self._settle()
        checks = {check["check"]: check for check in order._oms_check_dicts()[0]}
        waived = checks["address"]
        self.assertEqual((waived["result"], waived["by"]), ("waived", self.env.user.name))
        self.assertEqual(waived["release_reason"], "Collects at the counter")
        self.assertIn("Collects at the counter", order.oms_checklist)
        snapshot = self.env["sale.order"].oms_snapshot([order.name])[0]
        self.assertEqual(snapshot["checks"], order._oms_check_dicts()[0])

    def test_rule_of_a_channel_replaces_the_general_one(self):
        general = self._rule("quantity", limit=1)
        general.copy({"limit": 50, "channel_ids": [(6, 0, self.web.ids)]})
        self.assertEqual(self._codes(self._order()), ["quantity_limit"])
        self.assertEqual(self._codes(self._order(oms_channel_id=self.web.id)), [])

    def test_archived_rule_holds_nobody(self):
        self._rule("quantity", limit=1, active=False)
        self.assertEqual(self._codes(self._order()), [])

    def test_dry_run_says_what_a_rule_would_do_and_what_it_did(self):
        mild = self._order([(self.product, 2)])
        self._order([(self.product_b, 1)])
        held = self._order([(self.product, 2000)])
        held.oms_hold_ids.release("A school")
        rule = self.env.ref("oms_fulfillment.rule_quantity")
        rule.limit = 1
        self._settle()
        caught = self.env["oms.hold"].search([("rule_id", "=", rule.id)])
        before = self.env["oms.hold"].search_count([])
        manager = new_test_user(self.env, "manager-try", "oms_fulfillment.group_oms_manager")
        action = rule.with_user(manager).action_try()
        trial = self.env[action["res_model"]].browse(action["res_id"])
        ours = trial.line_ids.filtered(lambda line: line.order_id in mild + held)
        self.assertEqual(ours.order_id, mild + held)
        self.assertIn("more than the limit of 1", ours[0].sentence)
        self.assertEqual((trial.caught, trial.caught_waived), (len(caught), 1))
        self.assertEqual(self.env["oms.hold"].search_count([]), before, "only a trial")

    def test_many_orders_cost_as_few_queries_as_one(self):
        for code in ("duplicate", "cod_limit", "cod_confirmation", "discount", "requested"):
            self._rule(code)
        self._credit(1e9)
        orders = self.env["sale.order"]
        for index in range(12):
            buyer = self._buyer(f"Buyer {index}", phone=f"0812333300{index:02}")
            orders |= self._order(partner_id=buyer.id)
        self.assertFalse(orders.oms_hold_ids)

        def cost(batch):
            self.env.flush_all()
            self.env.invalidate_all()
            count = self.cr.sql_log_count
            batch._oms_check()
            self.env.flush_all()
            return self.cr.sql_log_count - count

        cost(orders)
        self.assertLessEqual(cost(orders), cost(orders[0]) + 3)

    def test_prices_of_many_lines_cost_no_query_per_line(self):
        self.channel.price_policy = "verify"
        self._rule("price")
        pricelist = self.env["product.pricelist"].create(
            {
                "name": "List",
                "item_ids": [
                    (0, 0, {"compute_price": "percentage", "percent_price": 10}),
                    (
                        0,
                        0,
                        {
                            "compute_price": "fixed",
                            "fixed_price": 20000,
                            "applied_on": "0_product_variant",
                            "product_id": self.product_b.id,
                            "min_quantity": 3,
                            "date_start": "2026-07-01 00:00:00",
                            "date_end": "2026-07-31 23:59:59",
                        },
                    ),
                ],
            }
        )
        products = self.product | self.product_b
        for index in range(6):
            products |= self._create_product(f"MORE-{index}", 0)
        orders = self.env["sale.order"]
        for index in range(12):
            orders |= self._order(
                [(product, 1 + index) for product in products],
                pricelist_id=pricelist.id,
                date_order=f"2026-07-{10 + index} 08:00:{index:02}",
            )
        self.assertFalse(orders.oms_hold_ids)

        def cost(batch):
            self.env.flush_all()
            self.env.invalidate_all()
            count = self.cr.sql_log_count
            batch._oms_check()
            self.env.flush_all()
            return self.cr.sql_log_count - count

        cost(orders)
        # 96 lines of 12 orders against 8 of one
        self.assertLessEqual(cost(orders), cost(orders[0]) + 3)

    def test_prices_in_another_currency_cost_no_query_per_order(self):
        self.channel.price_policy = "verify"
        self._rule("price", limit=1)
        foreign = self.env["res.currency"].create({"name": "FRN", "symbol": "F"})
        for day, rate in (("01", 2.0), ("10", 4.0), ("14", 5.0)):
            self.env["res.currency.rate"].create(
                {
                    "currency_id": foreign.id,
                    "company_id": self.company.id,
                    "name": f"2026-07-{day}",
                    "rate": rate,
                }
            )
        pricelist = self.env["product.pricelist"].create(
            {"name": "Foreign", "currency_id": foreign.id}
        )
        orders = self.env["sale.order"]
        for index in range(12):
            orders |= self._order(
                pricelist_id=pricelist.id, date_order=f"2026-07-{6 + index:02} 08:00:{index:02}"
            )
        prices = [order.order_line.price_unit / 50000 for order in orders]
        self.assertEqual(prices, [2.0] * 4 + [4.0] * 4 + [5.0] * 4)
        self.assertFalse(orders.oms_hold_ids)

        def cost(batch):
            self.env.flush_all()
            self.env.invalidate_all()
            count = self.cr.sql_log_count
            batch._oms_check()
            self.env.flush_all()
            return self.cr.sql_log_count - count

        cost(orders)
        self.assertLessEqual(cost(orders), cost(orders[0]) + 3)

    def test_the_price_of_the_day_of_the_order_counts(self):
        self.channel.price_policy = "verify"
        self._rule("price")
        pricelist = self.env["product.pricelist"].create(
            {
                "name": "July",
                "item_ids": [
                    (
                        0,
                        0,
                        {
                            "compute_price": "fixed",
                            "fixed_price": 20000,
                            "date_start": "2026-07-01 00:00:00",
                            "date_end": "2026-07-31 23:59:59",
                        },
                    )
                ],
            }
        )
        orders = self.env["sale.order"]
        days = ("06-30 23:59:59", "07-01 00:00:00", "07-31 23:59:59", "08-01 00:00:00")
        for day in days:
            orders |= self._order(pricelist_id=pricelist.id, date_order=f"2026-{day}")
        orders.order_line.write({"price_unit": 20000})
        self._settle()
        held = [bool(self._codes(order)) for order in orders]
        self.assertEqual(held, [True, False, False, True])
