from odoo import Command
from odoo.tests import tagged

from .common import OmsReportsCase

PERIOD = {"date_from": "2026-01-01", "date_to": "2026-03-31"}


@tagged("post_install", "-at_install")
class TestVat(OmsReportsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.output = cls._account("218100", "VAT out", "liability_current")
        cls.input = cls._account("118400", "VAT in", "asset_current")
        cls.sales_tax = cls._tax("PPN 11% out", "sale", cls.output)
        cls.purchase_tax = cls._tax("PPN 11% in", "purchase", cls.input)

    @classmethod
    def _tax(cls, name, use, account, amount=11, **values):
        tax = cls.env["account.tax"].create(
            {"name": name, "amount": amount, "type_tax_use": use, **values}
        )
        lines = tax.invoice_repartition_line_ids | tax.refund_repartition_line_ids
        lines.filtered(lambda line: line.repartition_type == "tax").account_id = account
        return tax

    def _taxed(self, amount, day, move_type="out_invoice", tax=None):
        purchase = move_type.startswith("in_")
        account = self.fees if purchase else self.income
        move = self._document([(self.product, account, amount)], move_type, day, post=False)
        move.invoice_line_ids.tax_ids = tax or (self.purchase_tax if purchase else self.sales_tax)
        move.action_post()
        return move

    def _recap(self, **period):
        result = self.env["oms.statement"].get_statement("vat", **{**PERIOD, **period})
        return result, {line["code"]: line["amounts"] for line in result["lines"]}

    def assertOpens(self, result):
        for line in result["lines"]:
            if line.get("computed"):
                continue
            rows = [(line["amounts"], None)]
            rows += [(child["amounts"], child["id"]) for child in line["accounts"]]
            for amounts, tax_id in rows:
                for column, amount in enumerate(amounts):
                    if amount is None:
                        continue
                    drill = self.env["oms.statement"].get_drill(
                        "vat", line["code"], column, tax_id, PERIOD
                    )
                    [(opened,)] = self.env[drill["model"]]._read_group(
                        drill["domain"], [], ["balance:sum"]
                    )
                    sign = 1 if column in (2, 3) else -1
                    self.assertEqual(sign * (opened or 0.0), amount, (line["code"], column))

    def test_months_and_taxes(self):
        self._taxed(100000, "2026-01-10")
        self._taxed(50000, "2026-01-31")
        self._taxed(40000, "2026-01-15", "in_invoice")
        self._taxed(10000, "2026-02-01", "out_refund")
        self._taxed(99999, "2026-04-01")
        result, lines = self._recap()
        self.assertEqual(lines["2026-01-01"], [150000, 16500, 40000, 4400, 12100])
        self.assertEqual(lines["2026-02-01"], [-10000, -1100, 0, 0, -1100])
        self.assertEqual(lines["total"], [140000, 15400, 40000, 4400, 11000])
        self.assertEqual(lines["movement"][-1], 11000)
        self.assertEqual(lines["untaxed"][-1], 0)
        self.assertEqual(result["checks"][0]["difference"], [0])
        self.assertOpens(result)

    def test_the_indonesian_return(self):
        """Sales with and without a tax number, and 12 % of 11/12 of the price."""
        self.partner.vat = False
        self._taxed(1000005, "2026-01-10")
        self._taxed(1000005, "2026-01-11")
        company = self.env["res.partner"].create({"name": "PT Pembeli", "vat": "0012345678901000"})
        bought = self._document([(self.product, self.income, 200000)], day="2026-01-12", post=False)
        bought.partner_id = company
        bought.invoice_line_ids.tax_ids = self.sales_tax
        bought.action_post()
        luxury = self._tax("PPN 12%", "sale", self.output, amount=12)
        self._taxed(100000, "2026-01-13", tax=luxury)
        self._taxed(40000, "2026-01-15", "in_invoice")
        self.env.company.account_fiscal_country_id = self.env.ref("base.id")
        result, lines = self._recap()
        self.assertEqual(lines["total"][:2], [2300010, 254002])
        self.assertEqual(lines["registered"], [200000, 22000, None, None, None])
        self.assertEqual(lines["retail"], [2100010, 232002, None, None, None])
        # 2,200,010 at 11 %; 110,000.55 were rounded up twice.
        self.assertEqual(lines["other_base"], [2016676, 242001, None, None, None])
        self.assertEqual(lines["rounding"], [None, 1, None, None, None])
        self.assertOpens(result)
        table = self.env["oms.statement"].get_table("vat", **PERIOD)
        self.assertEqual(len(table["rows"]), 1 + 1 + 4 + 2)

    def test_elsewhere_no_indonesian_lines(self):
        self._taxed(100000, "2026-01-10")
        _result, lines = self._recap()
        self.assertFalse({"registered", "retail", "other_base", "rounding"} & set(lines))

    def test_an_item_with_two_taxes_is_one_base(self):
        """Elsewhere such a sale is counted once for each of its taxes."""
        luxury = self._tax("PPnBM 20%", "sale", self.output, amount=20)
        self._taxed(100000, "2026-01-10", tax=self.sales_tax | luxury)
        self._taxed(50000, "2026-01-11")
        result, lines = self._recap()
        self.assertEqual(lines["2026-01-01"], [150000, 36500, 0, 0, 36500])
        self.assertEqual(lines["total"][0], 150000)
        by_tax = {row["name"]: row["amounts"][:2] for row in result["lines"][0]["accounts"]}
        self.assertEqual(by_tax, {"PPN 11% out": [150000, 16500], "PPnBM 20%": [100000, 20000]})
        self.assertOpens(result)

    def test_a_group_of_two_taxes_is_one_base(self):
        luxury = self._tax("PPnBM 20%", "sale", self.output, amount=20)
        group = self.env["account.tax"].create(
            {
                "name": "PPN and PPnBM",
                "amount_type": "group",
                "type_tax_use": "sale",
                "children_tax_ids": [Command.set((self.sales_tax | luxury).ids)],
            }
        )
        self._taxed(100000, "2026-01-10", tax=group)
        result, lines = self._recap()
        self.assertEqual(lines["2026-01-01"], [100000, 31000, 0, 0, 31000])
        self.assertOpens(result)

    def test_payments_to_the_office_are_told_apart(self):
        self._taxed(100000, "2026-01-10")
        bank = self.bank.default_account_id
        entry = self.env["account.move"].create(
            {
                "date": "2026-02-15",
                "line_ids": [
                    Command.create({"account_id": self.output.id, "debit": 11000}),
                    Command.create({"account_id": bank.id, "credit": 11000}),
                ],
            }
        )
        entry.action_post()
        result, lines = self._recap()
        self.assertEqual(lines["total"][-1], 11000)
        self.assertEqual((lines["movement"][-1], lines["untaxed"][-1]), (0, -11000))
        self.assertEqual(result["checks"][0]["difference"], [0])
        self.assertOpens(result)

    def test_a_tax_on_another_account_is_found(self):
        move = self._taxed(100000, "2026-01-10")
        tax_item = move.line_ids.filtered("tax_line_id")
        move.button_draft()
        tax_item.account_id = self._account("218900", "Elsewhere", "liability_current")
        move.action_post()
        result, _lines = self._recap()
        self.assertEqual(result["checks"][0]["difference"], [11000])
        [violation] = self.env["oms.proof"]._check_vat()
        self.assertEqual(violation["code"], "vat_ties")

    def test_groups_withholding_and_costs(self):
        group = self.env["account.tax"].create(
            {
                "name": "Group",
                "amount_type": "group",
                "type_tax_use": "sale",
                "children_tax_ids": [Command.set(self.sales_tax.ids)],
            }
        )
        self._taxed(100000, "2026-01-10", tax=group)
        withheld = self._tax("PPh 2%", "purchase", self.output, amount=-2)
        not_deductible = self._tax("PPN cost", "purchase", self.fees)
        self._taxed(30000, "2026-01-11", "in_invoice", withheld)
        self._taxed(20000, "2026-01-12", "in_invoice", not_deductible)
        result, lines = self._recap()
        self.assertEqual(lines["total"], [100000, 11000, 20000, 0, 11000])
        [month, *_rest] = result["lines"]
        self.assertEqual(
            [child["name"] for child in month["accounts"]], ["PPN 11% out", "PPN cost"]
        )
        self.assertOpens(result)

    def test_on_paper(self):
        self._taxed(100000, "2026-01-10")
        table = self.env["oms.statement"].get_table("vat", **PERIOD)
        self.assertEqual(table["rows"][0]["amounts"], [100000, 11000, 0, 0, 11000])
        html = (
            self.env["ir.actions.report"]
            ._render_qweb_html(
                "oms_reports.report_statement", [], data={"table": {"statement": "vat", **PERIOD}}
            )[0]
            .decode()
        )
        self.assertIn("January 2026", html)
