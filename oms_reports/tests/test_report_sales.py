import random

from odoo import Command, fields
from odoo.tests import tagged

from .common import OmsReportsCase


@tagged("post_install", "-at_install")
class TestReportSales(OmsReportsCase):
    """The report is the ledger's income accounts, told apart and never filtered."""

    def test_random_business_ties_out(self):
        rng = random.Random(19)
        invoices = self.env["account.move"]
        for _step in range(25):
            invoices |= self._random_document(rng, invoices)
        self.assertTied()
        self.assertGreater(self._ledger()[1], 20)
        data = self._data()
        [block] = data["sales"]
        self.assertTrue(block["ledger"]["tied"])
        for channel in [block, *block["channels"]]:
            for figure in channel["months"] + [channel["last_month_to_date"]]:
                self.assertAddsUp(figure)
        ledger = block["ledger"]
        self.assertAddsUp({"amount": ledger["net_sales"], "domain": ledger["net_domain"]})
        self.assertAddsUp({"amount": ledger["other"], "domain": ledger["other_domain"]})
        self.assertAddsUp(
            {"amount": ledger["ledger"], "domain": ledger["ledger_domain"]},
            "account.move.line",
            "balance",
            -1,
        )
        self.assertEqual(self.env["oms.proof"]._check_sales_report(), [])

    def _random_document(self, rng, invoices):
        """One random event of a shop; returns the invoice that it made, if any."""
        day = fields.Date.subtract(fields.Date.today(), days=rng.randrange(300))
        goods = (self.product, self.income, rng.randrange(1, 400) * 1000)
        choice = rng.randrange(8)
        if choice == 0:
            order = self._sold(
                self.marketplace,
                [(self.product, rng.randrange(1, 4), 33333, self.tax)],
                [("discount", -1000, self.tax), ("shipping", 9000, self.tax)],
            )
            self._ship(order)
            return order.oms_invoice_ids
        if choice == 1 and invoices:
            move = rng.choice(invoices)
            refund = move._reverse_moves([{"date": fields.Date.today()}])
            if rng.random() < 0.5:
                refund.invoice_line_ids[:1].quantity = 0.5
            refund.action_post()
        elif choice == 2:
            self._document([goods], "out_refund", day)
        elif choice == 3:
            self._entry(rng.choice([self.income, self.other_income]), goods[2], day)
        elif choice == 4:
            self._document([goods], day=day, post=False)
        elif choice == 5:
            self._document([goods]).button_draft()
        elif choice == 6:
            self._document(
                [(goods[0], self.income, goods[2]), (goods[0], self.fees, 5000)], day=day
            )
        else:
            usd = self.env.ref("base.USD")
            usd.active = True
            self._document([(goods[0], self.income, 12.34)], day=day, currency_id=usd.id)
        return self.env["account.move"]

    def test_kinds(self):
        order = self._sold(
            self.channel,
            [(self.product, 1, 100000, None)],
            [("discount", -10000, None), ("shipping", 9000, None)],
        )
        self._complete(order)
        self._document([(self.product, self.income, 7000)], "out_refund")
        self._entry(self.other_income, 500)
        kinds = dict(
            self.env["oms.report.sales"]._read_group(
                [("company_id", "=", self.env.company.id)], ["kind"], ["amount:sum"]
            )
        )
        self.assertEqual(
            kinds,
            {
                "revenue": 100000,
                "discount": -10000,
                "shipping": 9000,
                "refund": -7000,
                "other": 500,
            },
        )
        self.assertEqual(self._reported(("order_id", "=", order.id)), (99000, 3))
        self.assertEqual(self._reported(("channel_id", "=", False)), (-6500, 2))

    def test_allocated_discounts_stay_with_their_order(self):
        self.env.company.account_discount_expense_allocation_id = self._account(
            "428200", "Discounts given", "income"
        )
        order = self._sold(self.channel, [(self.product, 1, 100000, None)])
        order.order_line.discount = 10
        self._complete(order)
        kinds = dict(
            self.env["oms.report.sales"]._read_group(
                [("order_id", "=", order.id)], ["kind"], ["amount:sum"]
            )
        )
        self.assertEqual(sum(kinds.values()), 90000)
        self.assertTied()

    def test_drill_down(self):
        move = self._document([(self.product, self.income, 7000)])
        row = self.env["oms.report.sales"].search([("move_id", "=", move.id)])
        self.assertEqual(row.action_open_document()["res_id"], move.id)
        [term] = row.action_open_items()["domain"]
        self.assertEqual(term[2], row.move_line_id.ids)

    def test_proof_finds_a_difference(self):
        self._document([(self.product, self.income, 7000)])
        self.assertEqual(self.env["oms.proof"]._check_sales_report(), [])
        check = type(self.env["oms.proof"])
        ledger = self.env["oms.proof"]._ledger_income()
        self.patch(check, "_ledger_income", lambda _self: [(row[0], 6999, 1) for row in ledger])
        [violation] = self.env["oms.proof"]._check_sales_report()
        self.assertEqual(
            (violation["code"], violation["expected"], violation["actual"]),
            ("sales_report", 6999, 7000),
        )
        self.assertIn("PT Contoh", violation["message"])

    def test_archived_account_stays_in(self):
        self._document([(self.product, self.income, 7000)])
        self.income.active = False
        self.assertTied()
        self.assertTrue(self._data()["sales"][0]["ledger"]["tied"])
        self.assertEqual(self.env["oms.proof"]._check_sales_report(), [])

    def test_month_of_the_company_clock(self):
        self._document([(self.product, self.income, 1000)], day="2026-07-31")
        self._document([(self.product, self.income, 2000)], day="2026-08-01")
        today = self.env.company._oms_local_date(fields.Datetime.to_datetime("2026-07-31 18:00:00"))
        [block] = self.env["oms.report.dashboard"]._sales_blocks(today)
        self.assertEqual(block["this_month"]["amount"], 2000)
        self.assertEqual(block["last_month"]["amount"], 1000)
        # 1 August is compared with 1 July.
        self.assertEqual(block["last_month_to_date"]["amount"], 0)

    def test_two_companies_two_currencies(self):
        other = self.env["res.company"].create(
            {"name": "Other Ltd", "currency_id": self.env.ref("base.USD").id}
        )
        self.env["account.chart.template"].try_loading(
            "generic_coa", company=other, install_demo=False
        )
        other.currency_id = self.env.ref("base.USD")
        self.env.user.company_ids |= other
        self._document([(self.product, self.income, 7000)])
        self.assertEqual(len(self._data()["sales"]), 1)
        both = (self.env.company | other).ids
        data = self._data(company_ids=both)
        amounts = {block["currency_id"]: block["this_month"]["amount"] for block in data["sales"]}
        self.assertEqual(
            amounts, {self.env.ref("base.IDR").id: 7000, self.env.ref("base.USD").id: 0}
        )

    def test_reset_to_draft_leaves_the_report(self):
        move = self._document([(self.product, self.income, 7000)])
        self.assertEqual(self._reported(), (7000, 1))
        move.button_draft()
        self.assertEqual(self._reported(), (0, 0))
        move.invoice_line_ids = [Command.update(move.invoice_line_ids.id, {"price_unit": 8000})]
        move.action_post()
        self.assertEqual(self._reported(), (8000, 1))
