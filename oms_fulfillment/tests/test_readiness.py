from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common_accounting import RupiahCompanyCase


@tagged("post_install", "-at_install")
class TestReadiness(RupiahCompanyCase):
    """The assistant finds what is missing, mends it once, and says where a person must decide."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.company.write({"inventory_valuation": "periodic", "cost_method": "average"})
        cls.company._set_category_defaults()
        cls.owner = new_test_user(
            cls.env,
            "owner-readiness",
            "oms_fulfillment.group_oms_manager,account.group_account_manager",
            company_id=cls.company.id,
            company_ids=[(6, 0, cls.company.ids)],
        )
        cls.screen = cls.env["oms.readiness"].with_user(cls.owner)

    def _channel(self, code, policy, **values):
        return self.env["oms.channel"].create(
            {"name": code.title(), "code": code, "payment_policy": policy, **values}
        )

    def _rows(self):
        self.screen.action_open()
        return {(row.channel_id.code or "", row.code): row for row in self.screen.search([])}

    def _states(self):
        return {key: row.state for key, row in self._rows().items()}

    def test_a_new_company_is_mended_by_one_button(self):
        channel = self._channel("TOKO", "escrow", kind="marketplace", waits_payout=True)
        self._channel("KIRIM", "cod")
        before = self._states()
        for code in ("valuation", "loss", "downpayment"):
            self.assertEqual(before["", code], "todo", code)
        for code in ("cost_method", "discount"):
            self.assertEqual(before["", code], "advice", code)
        for key in (
            ("TOKO", "clearing_journal"),
            ("TOKO", "fee_account"),
            ("KIRIM", "cod_journal"),
        ):
            self.assertEqual(before[key], "todo", key)
        self.screen.action_fix_all()
        self.assertEqual({key for key, state in self._states().items() if state != "ok"}, set())
        self.assertEqual(self.company.inventory_valuation, "real_time")
        account = channel.clearing_journal_id.inbound_payment_method_line_ids.payment_account_id
        self.assertTrue(account.reconcile)
        self.assertEqual(self.company.downpayment_account_id.account_type, "liability_current")

    def test_mending_twice_makes_nothing_twice(self):
        self._channel("TOKO", "escrow", kind="marketplace", waits_payout=True)
        rows = list(self._rows().values())
        accounts = self.env["account.account"].search_count([])
        fees = next(row for row in rows if row.code == "fee_account")
        fees.action_fix()
        self.assertEqual(self.env["account.account"].search_count([]), accounts + 1)
        again = next(row for row in self._rows().values() if row.code == "fee_account")
        self.assertEqual((again.state, again.fix), ("ok", False))
        again.action_fix()
        self.assertEqual(self.env["account.account"].search_count([]), accounts + 1)

    def test_channels_never_share_the_account_that_holds_their_money(self):
        first = self._channel("SATU", "escrow", waits_payout=True)
        second = self._channel("DUA", "escrow", waits_payout=True)
        self.screen.action_open()
        self.screen.action_fix_all()
        journals = first.clearing_journal_id + second.clearing_journal_id
        self.assertEqual(len(journals), 2)
        self.assertEqual(len(journals.inbound_payment_method_line_ids.payment_account_id), 2)
        second.clearing_journal_id = first.clearing_journal_id
        row = self._rows()["DUA", "clearing_journal"]
        self.assertEqual(row.state, "advice")
        self.assertIn("Satu", row.found)
        self.assertFalse(row.fix, "which of them gets another account is a person's decision")

    def test_several_banks_are_a_persons_choice(self):
        self._channel("TOKO", "escrow", waits_payout=True)
        self.assertTrue(self._rows()["TOKO", "settlement_journal"].fix)
        self.env["account.journal"].create({"name": "Other", "code": "OTH", "type": "bank"})
        row = self._rows()["TOKO", "settlement_journal"]
        self.assertEqual((row.state, row.fix), ("todo", False))
        self.assertEqual(row.action_record()["res_model"], "oms.channel")

    def test_payments_reach_the_bank(self):
        bank = self.env["account.journal"].create({"name": "BCA", "code": "BCAX", "type": "bank"})
        bank.inbound_payment_method_line_ids.payment_account_id = False
        self.assertEqual(self._rows()["", "payments"].state, "advice")
        self._rows()["", "payments"].action_fix()
        self.assertEqual(self._rows()["", "payments"].state, "ok")
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_id": self.env["res.partner"].create({"name": "Buyer"}).id,
                "amount": 5000,
                "journal_id": bank.id,
            }
        )
        payment.action_post()
        self.assertIn(bank.default_account_id, payment.move_id.line_ids.account_id)

    def test_indonesian_accounts_keep_their_codes(self):
        self.company.chart_template = "id"
        known = self.env["account.account"].create(
            {"code": "28110010", "name": "Uang Muka", "account_type": "liability_current"}
        )
        self._rows()["", "downpayment"].action_fix()
        self._rows()["", "loss"].action_fix()
        self.assertEqual(self.company.downpayment_account_id, known)
        places = self.env["stock.location"].search(
            [("usage", "=", "inventory"), ("company_id", "=", self.company.id)]
        )
        self.assertEqual(set(places.mapped("valuation_account_id.code")), {"51000030"})

    def test_cost_method_is_left_alone_once_goods_have_moved(self):
        product = self.env["product.product"].create({"name": "Mug", "is_storable": True})
        self.env["stock.quant"].with_context(inventory_mode=True).create(
            {
                "product_id": product.id,
                "location_id": self.warehouse_of_company.lot_stock_id.id,
                "inventory_quantity": 1,
            }
        ).action_apply_inventory()
        row = self._rows()["", "cost_method"]
        self.assertEqual((row.state, row.fix), ("advice", False))

    def test_used_currency_keeps_its_decimals(self):
        self.company.currency_id.rounding = 0.01
        self.assertEqual(self._rows()["", "rounding"].state, "todo")
        bank = self.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", self.company.id)], limit=1
        )
        items = [(0, 0, {"account_id": bank.default_account_id.id, "balance": balance})
                 for balance in (5.5, -5.5)]  # fmt: skip
        self.env["account.move"].create({"journal_id": bank.id, "line_ids": items})
        row = self._rows()["", "rounding"]
        self.assertEqual((row.state, row.fix), ("advice", False))

    def test_who_may_look_and_who_may_mend(self):
        manager = new_test_user(
            self.env,
            "manager-readiness",
            "oms_fulfillment.group_oms_manager",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        rows = self.env["oms.readiness"].with_user(manager)
        self.screen.action_open()
        rows.action_open()
        mine = rows.search([])
        self.assertEqual(mine.create_uid, manager, "each sees what they looked at themselves")
        self.assertTrue(mine)
        with self.assertRaisesRegex(UserError, "accounting settings"):
            mine.filtered("fix")[:1].action_fix()
        with self.assertRaises(AccessError):
            mine[:1].write({"code": "valuation"})
        agent = new_test_user(self.env, "agent-readiness", "oms_fulfillment.group_oms_agent")
        with self.assertRaises(AccessError):
            self.env["oms.readiness"].with_user(agent).search([])
        with self.assertRaises(AccessError):
            self.env["oms.readiness"].with_user(agent).action_open()
