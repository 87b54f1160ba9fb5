from odoo.tests import new_test_user, tagged

from ..exceptions import OmsRefusal
from .common_accounting import OmsAccountingCase


@tagged("post_install", "-at_install")
class TestSettlement(OmsAccountingCase):
    """Payouts are matched, explained and posted once."""

    def _submit(self, lines, reference="PAY-1", channel="MARKET-T"):
        answer = self.env["oms.settlement"].submit_lines(channel, reference, lines)
        self._settle()
        return answer

    def _shipped(self, channel=None, **values):
        order = self._sold(channel or self.marketplace, **values)
        self._complete(order)
        return order

    def test_the_same_file_twice(self):
        orders = self._shipped() + self._shipped()
        lines = [
            {"order": order.oms_external_id, "gross": 300000, "fees": {"commission": 15000}}
            for order in orders
        ]
        first = self._submit(lines)
        self.assertEqual([line["status"] for line in first], ["matched", "matched"])
        again = self._submit(lines)
        self.assertEqual([line["status"] for line in again], ["duplicate", "duplicate"])
        self.assertEqual([line["id"] for line in again], [line["id"] for line in first])
        settlement = self.env["oms.settlement"].search([("reference", "=", "PAY-1")])
        self.assertEqual(len(settlement.move_ids), 1)
        self.assertBalances(clearing=0, fees=30000, bank=570000)
        self.assertEqual((settlement.net, settlement.fees), (570000, 30000))
        self.assertEqual(settlement.difference, 0)
        self.assertEqual(settlement.state, "done")
        self.assertProved()

    def test_equal_lines_without_a_number_are_two_lines(self):
        order = self._shipped()
        line = {"order": order.oms_external_id, "gross": 150000, "net": 150000}
        answer = self._submit([line, dict(line)])
        self.assertEqual([item["status"] for item in answer], ["matched", "matched"])
        again = self._submit([line, line])
        self.assertEqual([item["status"] for item in again], ["duplicate"] * 2)
        self.assertBalances(clearing=0, bank=300000)

    def test_items_of_the_entry_are_on_their_orders(self):
        orders = self._shipped() + self._shipped()
        self._submit(
            [
                {
                    "order": order.oms_external_id,
                    "gross": 300000,
                    "fees": {"commission": 10000, "voucher": -500},
                }
                for order in orders
            ]
        )
        for order in orders:
            self.assertBalances(order, clearing=0, fees=9500)
            families = order.env["account.move.line"].search(
                [("oms_order_id", "=", order.id), ("oms_fee_family", "!=", False)]
            )
            self.assertEqual(
                dict(
                    zip(families.mapped("oms_fee_family"), families.mapped("balance"), strict=True)
                ),
                {"commission": 10000, "voucher": -500},
            )

    def test_unknown_orders_wait_and_are_matched_later(self):
        order = self._shipped()
        answer = self._submit(
            [
                {"order": "NOBODY", "gross": 300000, "net": 290000, "fees": {"commission": 10000}},
                "nonsense",
                {"order": order.oms_external_id},
            ]
        )
        self.assertEqual([item["status"] for item in answer], ["unmatched", "error", "error"])
        self.assertEqual(answer[0]["errors"][0]["code"], "unknown_order")
        self.assertBalances(clearing=300000, bank=0)
        line = self.env["oms.settlement.line"].browse(answer[0]["id"])
        line.order_id = order
        line.action_match()
        self._settle()
        self.assertEqual(line.state, "matched")
        self.assertBalances(clearing=0, bank=290000, fees=10000)
        self.assertStage(order, "done")
        self.assertProved()

    def test_less_than_expected_stays_open_until_accepted(self):
        order = self._shipped()
        answer = self._submit([{"order": order.oms_external_id, "gross": 280000, "net": 280000}])
        self.assertEqual(answer[0]["status"], "difference")
        self.assertEqual(answer[0]["difference"], -20000)
        self.assertEqual(answer[0]["difference_kind"], "short")
        self.assertBalances(order, clearing=20000)
        self.assertStage(order, "payment", "payout_pending")
        self.assertProved()
        self.env["oms.settlement.line"].browse(answer[0]["id"]).action_accept_difference()
        self.assertBalances(order, clearing=0, fees=20000)
        self.assertStage(order, "done")
        self.assertProved()

    def test_more_than_expected_is_not_swallowed(self):
        order = self._shipped()
        answer = self._submit([{"order": order.oms_external_id, "gross": 310000, "net": 310000}])
        self.assertEqual(answer[0]["difference_kind"], "over")
        self.assertBalances(order, clearing=-10000)
        self.assertStage(order, "payment", "payout_pending")
        again = self._submit([{"order": order.oms_external_id, "gross": 5, "net": 5}], "PAY-2")
        self.assertEqual(again[0]["status"], "difference")

    def test_one_rupiah_is_rounding(self):
        order = self._shipped()
        answer = self._submit([{"order": order.oms_external_id, "gross": 299999, "net": 299999}])
        self.assertEqual((answer[0]["status"], answer[0]["difference"]), ("matched", -1))
        self.assertBalances(order, clearing=0, fees=1)
        self.assertStage(order, "done")
        self.assertProved()

    def test_fees_that_do_not_explain_the_net(self):
        order = self._shipped()
        answer = self._submit(
            [
                {
                    "order": order.oms_external_id,
                    "gross": 300000,
                    "net": 280000,
                    "fees": {"commission": 15000},
                }
            ]
        )
        self.assertEqual(answer[0]["difference_kind"], "unexplained")
        self.assertBalances(order, clearing=0, fees=20000)
        self.assertBalances(bank=280000)
        self.assertProved()

    def test_fee_of_the_channel_without_an_order(self):
        answer = self._submit([{"fees": {"advertising": 25000}, "line_id": "ADS-1"}])
        self.assertEqual(answer[0]["status"], "matched", answer)
        self.assertBalances(fees=25000, bank=-25000)
        self.assertProved()

    def test_payout_of_a_channel_that_books_no_prepayment(self):
        self.marketplace.clearing_journal_id = False
        order = self._sold(self.marketplace)
        answer = self._submit([{"order": order.oms_external_id, "gross": 300000, "net": 300000}])
        self.assertEqual(answer[0]["status"], "matched")
        self.assertBalances(order, receivable=-300000)
        self._complete(order)
        self.assertEqual(order.oms_invoice_ids.payment_state, "paid")
        self.assertBalances(order, receivable=0)
        self.assertStage(order, "done")
        self.assertProved()

    def test_missing_settings_are_said_and_mended(self):
        order = self._shipped()
        self.marketplace.fee_account_id = False
        line = {"order": order.oms_external_id, "gross": 300000, "fees": {"commission": 1000}}
        answer = self._submit([line])
        self.assertEqual(answer[0]["status"], "failed")
        self.assertIn("fee account", answer[0]["errors"][0]["message"])
        self.assertBalances(clearing=300000, bank=0)
        self.marketplace.fee_account_id = self.fees
        self.assertEqual(self._submit([line])[0]["status"], "matched")
        self.assertBalances(clearing=0, bank=299000, fees=1000)

    def test_refusals(self):
        Settlement = self.env["oms.settlement"]
        answer = Settlement.submit_lines("NO-SUCH", "P", [{"gross": 1}])
        self.assertEqual(answer[0]["errors"][0]["code"], "unknown_channel")
        answer = Settlement.submit_lines("MARKET-T", "", [{"gross": 1}])
        self.assertEqual(answer[0]["errors"][0]["code"], "no_reference")
        answer = Settlement.submit_lines("MARKET-T", "P", "nonsense")
        self.assertEqual(answer[0]["errors"][0]["code"], "not_a_list")
        bad = ["x", float("inf"), True, [1]]
        answer = self._submit([{"order": "A", "gross": value} for value in bad])
        self.assertEqual({item["status"] for item in answer}, {"error"})

    def test_lines_of_several_payouts_are_matched_each_in_its_channel(self):
        """Shops number their orders alike: the same number is another order elsewhere."""
        money = self.marketplace.read(["clearing_journal_id", "settlement_journal_id"])[0]
        elsewhere = self._channel(
            "MARKET-2",
            "escrow",
            "ship",
            clearing_journal_id=money["clearing_journal_id"][0],
            settlement_journal_id=money["settlement_journal_id"][0],
            fee_account_id=self.fees.id,
            auto_confirm=False,
        )
        line = {"order": "1001", "gross": 300000, "net": 300000}
        answers = self._submit([line]) + self._submit([line], channel="MARKET-2")
        orders = [
            self._shipped(one, oms_external_id="1001") for one in (self.marketplace, elsewhere)
        ]
        lines = self.env["oms.settlement.line"].browse(answer["id"] for answer in answers)
        lines.action_match()
        self.assertEqual(list(lines.order_id), orders)
        for order in orders:
            self.assertBalances(order, clearing=0)

    def test_facts_of_a_line_are_not_typed(self):
        finance = new_test_user(
            self.env, "typing", "oms_fulfillment.group_oms_finance", company_id=self.company.id
        )
        order = self._shipped()
        answers = self._submit(
            [
                {"order": order.oms_external_id, "gross": 300000, "net": 300000},
                {"order": "NOBODY", "gross": 300000, "net": 300000},
            ]
        )
        posted, waiting = (
            self.env["oms.settlement.line"].browse(answer["id"]).with_user(finance)
            for answer in answers
        )
        for line, vals in (
            (posted, {"order_id": False}),
            (waiting, {"net": 1}),
            (waiting, {"state": "matched"}),
        ):
            with self.assertRaises(OmsRefusal) as caught:
                line.write(vals)
            self.assertEqual(caught.exception.code, "not_writable")
        second = self._shipped()
        waiting.order_id = second
        waiting.action_match()
        self.assertEqual(waiting.state, "matched")

    def test_only_finance_and_integrations(self):
        agent = new_test_user(
            self.env, "settle_agent", "oms_fulfillment.group_oms_agent", company_id=self.company.id
        )
        integration = new_test_user(
            self.env,
            "settle_integration",
            "oms_fulfillment.group_oms_integration",
            company_id=self.company.id,
        )
        order = self._shipped()
        line = {"order": order.oms_external_id, "gross": 300000, "net": 300000}
        Settlement = self.env(context={})["oms.settlement"]
        answer = Settlement.with_user(agent).submit_lines("MARKET-T", "PAY-1", [line])
        self.assertEqual(answer[0]["errors"][0]["code"], "access")
        answer = Settlement.with_user(integration).submit_lines("MARKET-T", "PAY-1", [line])
        self.assertEqual(answer[0]["status"], "matched", answer)
