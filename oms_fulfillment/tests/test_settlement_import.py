import base64
import random
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..exceptions import OmsRefusal
from ..models import oms_settlement_job
from . import settlement_files as files
from .common_accounting import OmsAccountingCase
from .intake_common import FIXTURES


class SettlementFileCase(OmsAccountingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.finance = new_test_user(
            cls.env,
            "payout_finance",
            "oms_fulfillment.group_oms_finance",
            company_id=cls.company.id,
        )

    def wizard(self, content, name="Income.xlsx", channel=None, user=None, **values):
        return (
            self.env["oms.settlement.import"]
            .with_user(user or self.finance)
            .create(
                {
                    "channel_id": (channel or self.marketplace).id,
                    "file": base64.b64encode(content),
                    "file_name": name,
                    **values,
                }
            )
        )

    def take_in(self, content, **options):
        """Import and post a file; return its record."""
        wizard = self.wizard(content, **options)
        wizard.action_preview()
        self.assertEqual(wizard.state, "preview")
        action = wizard.action_import()
        record = self.env["oms.settlement.file"].browse(action["res_id"])
        self.assertEqual(record.state, "done", record.error)
        self.post()
        return record

    def previewed(self, content, **options):
        """The values of the job that imports a file in the background."""
        wizard = self.wizard(content, **options)
        wizard.action_preview()
        return wizard._prepare_file(wizard._open_file().statement)

    def run_imports(self):
        with self.enter_registry_test_mode():
            self.env.ref("oms_fulfillment.cron_settlement_import").method_direct_trigger()
        self.env.invalidate_all()

    def post(self):
        with self.enter_registry_test_mode():
            self.env.ref("oms_fulfillment.cron_settlement_post").method_direct_trigger()
        self.env.invalidate_all()
        self._settle()

    def sold(self, number, price=100000, channel=None, ship=True):
        order = self._sold(channel or self.marketplace, [(self.product, 1, price, None)],
                           oms_external_id=number)  # fmt: skip
        if ship:
            self._complete(order)
        return order

    def lines(self, *orders):
        domain = [("order_ref", "in", orders)] if orders else []
        return self.env["oms.settlement.line"].search(domain, order="id")


@tagged("post_install", "-at_install")
class TestSettlementImport(SettlementFileCase):
    def shopee(self, *rows, summary=None):
        return files.shopee_2026(rows, summary)

    def row(self, number, price=100000, refund=0, **fees):
        fees = fees or {"Biaya Administrasi": -7000, "PPh 22": -500}
        return (number, price, refund, 0, fees)

    def test_a_real_layout_from_preview_to_ledger(self):
        first = self.sold("260701SYN0AAA1", 82500)
        second = self.sold("260701SYN0BBB2", 220000)
        content = (FIXTURES / "shopee_income_2025.xlsx").read_bytes()
        wizard = self.wizard(content)
        wizard.action_preview()
        self.assertEqual(wizard.format_code, "shopee_income")
        self.assertEqual((wizard.total_count, wizard.new_count, wizard.unmatched_count), (5, 3, 2))
        self.assertEqual(set(wizard.control_ids.mapped("difference")), {0})
        self.assertFalse(self.lines(), "looking changes nothing")
        record = self.take_in(content)
        settlement = record.settlement_ids
        self.assertEqual(settlement.reference, "Shopee 2026-07-07 - 2026-07-13")
        self.assertEqual(settlement.net, 242317 + 43118)
        self.assertEqual((record.new_count, record.unmatched_count), (5, 2))
        lines = self.lines("260701SYN0AAA1")
        self.assertEqual(lines.mapped("net"), [71569, -6882])
        self.assertEqual(lines[1].difference_kind, "refund", "given back, and not credited here")
        self.assertBalances(first, clearing=6882, fees=6806 + 4125)
        short = self.lines("260701SYN0BBB2")
        self.assertEqual((short.difference, short.difference_kind), (-5000, "voucher"))
        self.assertBalances(second, clearing=5000)
        posted = self.lines().filtered("move_id")
        self.assertBalances(bank=sum(posted.mapped("net")))
        self.assertProved()

    def test_the_same_file_again_is_refused_with_a_link(self):
        self.sold("260701AAAAAA01")
        content = self.shopee(self.row("260701AAAAAA01"))
        record = self.take_in(content)
        again = self.wizard(content)
        again.action_preview()
        self.assertEqual((again.state, again.known_id), ("known", record))
        with self.assertRaises(OmsRefusal) as caught:
            again.action_import()
        self.assertEqual(caught.exception.code, "known_file")
        self.assertBalances(clearing=0, bank=92500, fees=7500)

    def test_a_later_file_adds_what_is_new_and_nothing_else(self):
        for number in ("260701AAAAAA01", "260701AAAAAA02"):
            self.sold(number)
        self.take_in(self.shopee(self.row("260701AAAAAA01")))
        record = self.take_in(
            self.shopee(self.row("260701AAAAAA02"), self.row("260701AAAAAA01")), reference="LATER"
        )
        self.assertEqual((record.new_count, record.duplicate_count), (1, 1))
        self.assertBalances(clearing=0, bank=185000, fees=15000)
        self.assertProved()

    def test_a_late_adjustment_posts_the_difference(self):
        order = self.sold("260701AAAAAA01")
        self.take_in(self.shopee(self.row("260701AAAAAA01")))
        changed = self.row("260701AAAAAA01", **{"Biaya Administrasi": -9000, "PPh 22": -500})
        record = self.take_in(self.shopee(changed), reference="LATER")
        self.assertEqual(record.changed_count, 1)
        lines = self.lines()
        self.assertEqual(lines.mapped("version"), [1, 2])
        self.assertEqual((lines[1].net, lines[1].fees), (-2000, {"admin": 2000}))
        self.assertEqual(lines.mapped("state"), ["matched", "matched"])
        self.assertBalances(order, clearing=0, fees=9500)
        self.assertBalances(bank=90500)
        self.assertProved()

    def test_an_adjustment_that_changes_stays_an_adjustment(self):
        """It expects nothing of the order: what the sale left short is said once."""
        order = self.sold("260701AAAAAA01")
        self.take_in(self.shopee(self.row("260701AAAAAA01", price=95000)))
        self.marketplace.settle_after_days = 100_000
        for number, fee in enumerate((-9000, -8000)):
            fees = {"Biaya Administrasi": fee, "PPh 22": -500}
            row = self.row("260701AAAAAA01", price=95000, **fees)
            self.take_in(self.shopee(row), reference=f"LATER-{number}")
        self.marketplace.settle_after_days = 0
        self.post()
        sale, adjustment = self.lines()
        self.assertEqual((sale.difference_kind, sale.difference), ("short", -5000))
        self.assertEqual((adjustment.kind, adjustment.net), ("adjustment", -1000))
        self.assertEqual((adjustment.state, adjustment.difference), ("matched", 0))
        self.assertBalances(order, clearing=5000, fees=8500)

    def test_what_may_still_change_is_not_posted_yet(self):
        self.marketplace.settle_after_days = 100_000
        order = self.sold("260701AAAAAA01")
        self.take_in(self.shopee(self.row("260701AAAAAA01")))
        self.assertBalances(order, clearing=100000)
        changed = self.row("260701AAAAAA01", **{"Biaya Administrasi": -9000})
        self.take_in(self.shopee(changed), reference="LATER")
        line = self.lines()
        self.assertEqual((line.state, line.net, line.fees), ("new", 91000, {"admin": 9000}))
        self.marketplace.settle_after_days = 0
        self.post()
        self.assertEqual(line.state, "matched")
        self.assertBalances(clearing=0, bank=91000, fees=9000)
        self.assertProved()

    def test_deleted_rows_and_wrong_totals_are_shown(self):
        self.sold("260701AAAAAA01")
        wizard = self.wizard(self.shopee(self.row("260701AAAAAA01"), summary=275000))
        wizard.action_preview()
        self.assertEqual(wizard.control_difference, -182500)
        self.assertIn("don't add up", wizard.notes)
        wizard.action_import()
        record = self.env["oms.settlement.file"].search([])
        self.assertEqual(record.control_difference, -182500)
        self.assertEqual(record.control_ids.stated, 275000)

    def test_unmatched_lines_wait_for_their_order(self):
        self.take_in(self.shopee(self.row("260701AAAAAA01")))
        self.assertEqual(self.lines().state, "unmatched")
        self.assertBalances(bank=0)
        self.sold("260701AAAAAA01")
        self.post()
        self.post()
        self.assertEqual(self.lines().state, "matched")
        self.assertBalances(clearing=0, bank=92500)
        self.assertProved()

    def test_families_have_accounts_of_their_own(self):
        prepaid = self._account("118300", "PPh 22 prepaid", "asset_current")
        self.env["oms.fee.account"].create(
            {
                "channel_id": self.marketplace.id,
                "family": "withholding_tax",
                "account_id": prepaid.id,
            }
        )
        order = self.sold("260701AAAAAA01")
        self.take_in(self.shopee(self.row("260701AAAAAA01")))
        self.assertBalances(order, clearing=0, fees=7000)
        self.assertEqual(self._balance(prepaid, order), 500)
        self.assertProved()

    def test_a_fee_nobody_knows_is_booked_under_its_name(self):
        order = self.sold("260701AAAAAA01")
        content = files.shopee_2026(
            [("260701AAAAAA01", 100000, 0, 0, {"Biaya Ajaib": -1234})], extra=("Biaya Ajaib",)
        )
        wizard = self.wizard(content)
        wizard.action_preview()
        self.assertIn("Biaya Ajaib", wizard.notes)
        wizard.action_import()
        self.post()
        (item,) = self.env["account.move.line"].search(
            [("oms_order_id", "=", order.id), ("oms_fee_family", "=", "other")]
        )
        self.assertIn("Biaya Ajaib", item.name)
        self.assertEqual(item.balance, 1234)
        self.assertProved()

    def test_tolerance_of_the_channel(self):
        self.marketplace.write({"settle_tolerance": 1, "settle_tolerance_percent": 1})
        near = self.sold("260701AAAAAA01")
        far = self.sold("260701AAAAAA02")
        self.take_in(
            self.shopee(self.row("260701AAAAAA01", 99000), self.row("260701AAAAAA02", 98999))
        )
        self.assertEqual(self.lines("260701AAAAAA01").state, "matched")
        self.assertEqual(self.lines("260701AAAAAA02").difference_kind, "short")
        self.assertBalances(near, clearing=0)
        self.assertBalances(far, clearing=1001)
        self.assertProved()

    def test_fees_beside_what_was_agreed(self):
        self.marketplace.write({"fee_percent": 5, "check_fees": True})
        self.sold("260701AAAAAA01")
        self.sold("260701AAAAAA02")
        agreed = {"Biaya Administrasi": -5000}
        self.take_in(self.shopee(self.row("260701AAAAAA01", **agreed), self.row("260701AAAAAA02")))
        self.assertEqual(self.lines("260701AAAAAA01").state, "matched")
        other = self.lines("260701AAAAAA02")
        self.assertEqual((other.difference_kind, other.difference), ("fee", 0))
        other.action_accept_difference()
        self.assertEqual(other.state, "matched")
        self.assertBalances(clearing=0)

    def test_one_that_is_refused_does_not_stop_the_others(self):
        self.sold("260701AAAAAA01")
        self.sold("260701AAAAAA02")
        self.marketplace.fee_account_id = False
        self.env["oms.fee.account"].create(
            {"channel_id": self.marketplace.id, "family": "admin", "account_id": self.fees.id}
        )
        self.take_in(
            self.shopee(
                self.row("260701AAAAAA01", **{"Biaya Administrasi": -7000}),
                self.row("260701AAAAAA02", **{"Biaya Proses Pesanan": -1250}),
            )
        )
        states = {line.order_ref: line.state for line in self.lines()}
        self.assertEqual(states, {"260701AAAAAA01": "matched", "260701AAAAAA02": "failed"})
        self.marketplace.fee_account_id = self.fees
        self.lines().settlement_id.action_match()
        self.assertEqual(set(self.lines().mapped("state")), {"matched"})
        self.assertBalances(clearing=0, bank=93000 + 98750)
        self.assertProved()

    def test_any_order_and_pieces_post_the_same(self):
        numbers = [f"9000{index:02}" for index in range(5)]
        for number in numbers:
            self.sold(number)
        rows = [
            ("ST-1", fee, amount, number, f"{number}-1", 0)
            for number in numbers
            for fee, amount in (
                ("Item Price Credit", 100000),
                ("Commission", -5000),
                ("Payment Fee", -1500),
            )
        ]
        chance = random.Random(7)
        chance.shuffle(rows)
        for start in range(3):
            self.take_in(files.lazada(rows[start::3] + rows[: start * 2]), name=f"{start}.csv")
        settlement = self.env["oms.settlement"].search([("reference", "=", "ST-1")])
        self.assertEqual(settlement.net, 5 * 93500)
        self.assertEqual(settlement.open_count, 0, settlement.line_ids.mapped("difference_kind"))
        self.assertBalances(clearing=0, bank=5 * 93500, fees=5 * 6500)
        whole = self.take_in(files.lazada(rows), name="whole.csv")
        self.assertEqual((whole.duplicate_count, whole.new_count), (5, 0))
        self.assertProved()

    def test_the_balance_moves_no_money_and_compares(self):
        self.sold("260701SYN0AAA1", 82500)
        self.take_in((FIXTURES / "shopee_income_2025.xlsx").read_bytes())
        before = self._balance(self.bank.default_account_id)
        record = self.take_in((FIXTURES / "shopee_balance.xlsx").read_bytes(), reference="BALANCE")
        self.assertEqual(record.silent_count, 2)
        self.assertFalse(record.settlement_ids)
        totals = {control.code: control for control in record.control_ids}
        self.assertEqual(totals["bank"].counted, 66193)
        self.assertEqual(totals["orders"].difference, 71569 - 6882 - 66193)
        self.assertEqual(self._balance(self.bank.default_account_id), before)

    def test_only_finance(self):
        agent = new_test_user(
            self.env, "payout_agent", "oms_fulfillment.group_oms_agent", company_id=self.company.id
        )
        with self.assertRaises(AccessError):
            self.wizard(self.shopee(self.row("260701AAAAAA01")), user=agent).action_preview()
        for model in ("oms.settlement.file", "oms.held.money", "oms.settlement.template"):
            self.assertFalse(self.env[model].with_user(agent).has_access("read"), model)
        record = self.take_in(self.shopee(self.row("260701AAAAAA01")))
        self.assertFalse(record.with_user(self.finance).has_access("write"))

    def test_posting_goes_on_where_it_stopped(self):
        """Each batch is an entry and a commit: what a dead server had posted stays, once."""
        numbers = [f"26070100AAA{index:03}" for index in range(5)]
        for number in numbers:
            self.sold(number)
        wizard = self.wizard(self.shopee(*[self.row(number) for number in numbers]))
        wizard.action_preview()
        wizard.action_import()
        with patch.object(oms_settlement_job, "BATCH", 2):
            self.env["oms.settlement.line"]._next_batch()._post_matched()
            self.assertEqual(self.lines().mapped("state"), ["matched"] * 2 + ["new"] * 3)
            self.post()
            self.post()
        settlement = self.lines().settlement_id
        self.assertEqual(len(settlement.move_ids), 3)
        self.assertEqual((settlement.state, settlement.net), ("done", 5 * 92500))
        self.assertBalances(clearing=0, bank=5 * 92500, fees=5 * 7500)
        self.assertProved()

    def test_long_files_go_on_where_they_stopped(self):
        numbers = [f"26070100AAA{index:03}" for index in range(4)]
        content = self.shopee(*[self.row(number) for number in numbers])
        record = self.env["oms.settlement.file"].create(self.previewed(content))
        statement = record._open()
        record._take_in(statement, list(statement)[:2])
        record.position = 2
        record._run()
        self.assertEqual((record.state, record.new_count, record.unmatched_count), ("done", 4, 4))
        self.assertEqual(len(self.lines()), 4)


@tagged("post_install", "-at_install")
class TestRemittanceImport(SettlementFileCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cod.payout_days = 3

    def delivered(self, resi, price=150000):
        order = self._sold(self.cod, [(self.product, 1, price, None)])
        self._ship(order)
        order.picking_ids.carrier_tracking_ref = resi
        self._deliver(order)
        return order

    def test_classes_of_a_remittance(self):
        orders = {name: self.delivered(f"SPX{name}") for name in ("A", "B", "C", "D")}
        line = ("SPXA", 150000, 13500, 9000, 0, 0, 136500)
        content = files.spx(
            [
                line,
                ("SPXB", 140000, 13500, 9000, 0, 0, 126500),
                ("SPXC", 160000, 13500, 9000, 0, 0, 146500),
                ("SPXX", 90000, 9000, 9000, 0, 0, 81000),
            ]
        )
        record = self.take_in(content, name="REMIT-1.xlsx", channel=self.cod)
        self.assertEqual(record.settlement_ids.reference, "REMIT-1")
        kinds = {one.resi: one.difference_kind or one.state for one in self.lines()}
        self.assertEqual(
            kinds, {"SPXA": "matched", "SPXB": "short", "SPXC": "over", "SPXX": "unmatched"}
        )
        self.assertBalances(orders["A"], transit=0, fees=13500)
        self.assertBalances(orders["B"], transit=10000)
        again = self.take_in(files.spx([line]), name="REMIT-2.xlsx", channel=self.cod)
        self.assertEqual(again.new_count, 1)
        doubled = self.lines()[-1]
        self.assertEqual((doubled.difference_kind, doubled.difference), ("doubled", 150000))
        held = self.env["oms.held.money"].search([("holder", "=", "cod")])
        self.assertEqual(
            {row.order_id: row.amount for row in held},
            {
                orders["A"]: -150000,
                orders["B"]: 10000,
                orders["C"]: -10000,
                orders["D"]: 150000,
            },
        )
        self.assertProved()

    def test_the_same_remittance_again(self):
        self.delivered("SPXA")
        line = ("SPXA", 150000, 13500, 9000, 0, 0, 136500)
        self.take_in(files.spx([line]), name="REMIT-1.xlsx", channel=self.cod)
        more = files.spx([line, ("SPXB", 1000, 0, 0, 0, 0, 1000)])
        record = self.take_in(more, name="other.xlsx", channel=self.cod, reference="REMIT-1")
        self.assertEqual((record.duplicate_count, record.new_count), (1, 1))
        self.assertBalances(transit=0, bank=136500)

    def test_a_parcel_in_two_remittances_of_one_file(self):
        """A report of a month names the remittance in each row: each gets what it brought."""
        self.delivered("0012345")
        content = files.text_file(
            ["No. Awb", "Nilai COD", "Ongkir", "Total Transfer", "No. Remittance"],
            [
                ["0012345", "150.000", "9.000", "141.000", "REM-1"],
                ["0012345", "0", "5.000", "-5.000", "REM-2"],
            ],
        )
        wizard = self.wizard(content, name="july.csv", channel=self.cod)
        wizard.action_preview()
        wizard.action_save_columns()
        self.assertEqual((wizard.total_count, wizard.new_count), (2, 2))
        wizard.action_import()
        self.post()
        lines = self.lines()
        self.assertEqual(
            {line.settlement_id.reference: line.net for line in lines},
            {"REM-1": 141000, "REM-2": -5000},
        )
        self.assertBalances(transit=0, bank=136000, fees=14000)

    def test_another_file_has_another_number(self):
        """Who chose the wrong file first doesn't book the right one under its name."""
        line = ("SPXA", 150000, 13500, 9000, 0, 0, 136500)
        wizard = self.wizard(files.spx([line]), name="REMIT-1.xlsx", channel=self.cod)
        wizard.action_preview()
        self.assertEqual(wizard.reference, "REMIT-1")
        wizard.action_back()
        right = files.spx([("SPXB", 150000, 13500, 9000, 0, 0, 136500)])
        wizard.write({"file": base64.b64encode(right), "file_name": "REMIT-2.xlsx"})
        wizard.action_preview()
        self.assertEqual(wizard.reference, "REMIT-2")
        wizard.reference = "BANK-77"
        wizard.action_preview()
        self.assertEqual(wizard.reference, "BANK-77", "what a person wrote stays")

    def test_a_file_whose_columns_are_gone_stops_nobody(self):
        """It says what to do, and the files behind it are taken in."""
        content = files.text_file(
            ["No. Awb", "Nilai COD", "Total Transfer"], [["0012345", "150.000", "141.000"]]
        )
        wizard = self.wizard(content, name="jne.csv", channel=self.cod)
        wizard.action_preview()
        wizard.action_save_columns()
        File = self.env["oms.settlement.file"]
        orphan = File.create(wizard._prepare_file(wizard._open_file().statement))
        orphan.template_id.unlink()
        line = ("SPXB", 150000, 13500, 9000, 0, 0, 136500)
        behind = File.create(
            self.previewed(files.spx([line]), name="REMIT-2.xlsx", channel=self.cod)
        )
        self.run_imports()
        self.assertEqual((orphan.state, behind.state), ("failed", "done"))
        self.assertIn("jne.csv has headings whose meaning is not known any more", orphan.error)
        wizard.action_back()
        wizard.file_name = "jne_again.csv"
        wizard.file = base64.b64encode(content + b"0012346,1,1\n")
        wizard.action_preview()
        wizard.action_save_columns()
        orphan.with_user(self.finance).action_again()
        self.run_imports()
        self.assertEqual((orphan.state, orphan.new_count, orphan.error), ("done", 1, False))

    def test_a_file_that_fails_in_an_unknown_way_stops_nobody(self):
        content = [files.spx([(name, 150000, 0, 0, 0, 0, 150000)]) for name in ("SPXA", "SPXB")]
        bad, behind = (
            self.env["oms.settlement.file"].create(
                self.previewed(one, name=f"REMIT-{number}.xlsx", channel=self.cod)
            )
            for number, one in enumerate(content)
        )
        take_in = type(bad)._take_in

        def broken(record, entries, chunk):
            if record == bad:
                raise ZeroDivisionError
            return take_in(record, entries, chunk)

        self.patch(type(bad), "_take_in", broken)
        with mute_logger("odoo.addons.oms_fulfillment.models.oms_file_job"):
            self.run_imports()
        self.assertEqual((bad.state, behind.state), ("failed", "done"))
        self.assertIn("REMIT-0.xlsx stopped", bad.error)
        self.patch(type(bad), "_take_in", take_in)
        bad.action_again()
        self.run_imports()
        self.assertEqual((bad.state, bad.new_count), ("done", 1))

    def test_what_is_overdue_is_to_be_claimed(self):
        order = self.delivered("SPXA")
        action = self.env.ref("oms_fulfillment.action_oms_cod_claims")
        self.assertEqual(action.domain, "[('holder', '=', 'cod'), ('is_overdue', '=', True)]")
        row = self.env["oms.held.money"].search([("holder", "=", "cod"), ("is_overdue", "=", True)])
        self.assertEqual((row.order_id, row.amount, row.resi), (order, 150000, "SPXA"))
        self.assertEqual(str(row.due), "2026-07-06", "three days after the delivery")
        self.cod.payout_days = 100_000
        row.invalidate_recordset()
        self.assertFalse(row.is_overdue)

    def test_columns_are_named_once(self):
        self.delivered("0012345")
        content = files.text_file(
            ["No. Awb", "Nilai", "Ongkir", "Total Transfer"],
            [["0012345", "150.000", "9.000", "141.000"]],
        )
        wizard = self.wizard(content, name="jne.csv", channel=self.cod)
        wizard.action_preview()
        self.assertEqual(wizard.state, "columns")
        guessed = {column.heading: column.target for column in wizard.column_ids}
        self.assertEqual(guessed["No. Awb"], "resi")
        wizard.column_ids.filtered(lambda column: column.heading == "Nilai").target = "cod"
        wizard.action_save_columns()
        self.assertEqual((wizard.state, wizard.new_count), ("preview", 1))
        wizard.action_import()
        self.post()
        self.assertBalances(transit=0, bank=141000, fees=9000)
        later = content.replace(b"0012345", b"0012346")
        record = self.take_in(later, name="jne2.csv", channel=self.cod)
        self.assertEqual(record.template_id.channel_id, self.cod)

    def test_expected_payouts(self):
        self.marketplace.write({"fee_percent": 10, "payout_days": 7})
        order = self.sold("260701AAAAAA01")
        row = self.env["oms.held.money"].search([("order_id", "=", order.id)])
        self.assertEqual((row.holder, row.amount, row.expected_net), ("payout", 100000, 90000))
        self.assertTrue(row.is_overdue)
        waiting = self.sold("260701AAAAAA02", ship=False)
        row = self.env["oms.held.money"].search([("order_id", "=", waiting.id)])
        self.assertEqual((row.age, row.due), ("0", False))
