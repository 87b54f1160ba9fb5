import re

from lxml import etree

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ..models.sale_order_prices import LINE_PRICES, ORDER_PRICES
from .common_accounting import OmsAccountingCase

MENTIONED = re.compile(rf"\b({'|'.join(ORDER_PRICES | LINE_PRICES)})\b")
SCREENS = ("form", "list", "kanban", "search", "pivot", "graph")


@tagged("post_install", "-at_install")
class TestPricesHidden(OmsAccountingCase):
    """Who packs a parcel does not read what the customer paid for it, by no way."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            role: new_test_user(
                cls.env,
                f"prices_{role}",
                groups,
                company_id=cls.company.id,
                company_ids=[(6, 0, cls.company.ids)],
            )
            for role, groups in (
                ("warehouse", "oms_fulfillment.group_oms_warehouse"),
                ("agent", "oms_fulfillment.group_oms_agent"),
                ("reader", "oms_fulfillment.group_oms_user"),
                ("courier", "oms_fulfillment.group_oms_courier"),
                ("manager", "oms_fulfillment.group_oms_manager"),
                (
                    "both",
                    "oms_fulfillment.group_oms_warehouse,oms_fulfillment.group_oms_finance",
                ),
                ("packer", "base.group_user,stock.group_stock_user"),
            )
        }

    def _as(self, role, records):
        records = records.with_user(self.users[role])
        records.env.invalidate_all()
        return records

    def test_neither_read_nor_searched_nor_summed_nor_written(self):
        order = self._sold(self.marketplace)
        line = self._as("warehouse", order.order_line)
        self.assertEqual(line.read(["product_uom_qty"])[0]["product_uom_qty"], 3)
        self.assertFalse(LINE_PRICES & line.fields_get().keys())
        self.assertFalse(ORDER_PRICES & self._as("warehouse", order).fields_get().keys())
        for refused in (
            lambda: line.price_unit,
            lambda: line.read(["price_subtotal"]),
            lambda: line.search([("price_unit", ">", 5)]),
            lambda: line.search([], order="price_total"),
            lambda: line._read_group([], [], ["price_subtotal:sum"]),
            lambda: line.order_id.search([("order_line.price_unit", ">", 5)]),
            lambda: line.write({"price_unit": 1}),
            lambda: line.order_id.amount_total,
        ):
            with self.assertRaises(AccessError):
                refused()
        self.assertEqual(order.order_line.price_unit, 100000)

    def test_the_whole_order_without_its_money(self):
        order = self._sold(self.marketplace)
        for role, total in (("warehouse", None), ("agent", 300000), ("both", 300000)):
            sale = self._as(role, self.env["sale.order"])
            (seen,) = sale.oms_snapshot([order.name])
            self.assertEqual((seen["total"], bool(seen["money"])), (total, total is not None))

    def test_who_sells_or_keeps_books_sees_them_and_so_does_odoo_s_own_role(self):
        order = self._sold(self.marketplace)
        for role in ("agent", "manager", "both", "packer", "reader"):
            self.assertEqual(self._as(role, order).order_line.price_unit, 100000, role)

    def test_every_screen_names_fields_that_its_reader_has(self):
        """The web client breaks on a field that it does not know."""
        for kind in SCREENS:
            shown = self._as("warehouse", self.env["sale.order"]).get_view(view_type=kind)["arch"]
            self.assertFalse(MENTIONED.search(shown), kind)
            if kind != "search":
                full = self._as("agent", self.env["sale.order"]).get_view(view_type=kind)["arch"]
                self.assertTrue(MENTIONED.search(full), kind)
        board = self.env.ref("oms_fulfillment.oms_order_view_kanban")
        shown = self._as("warehouse", self.env["sale.order"]).get_view(board.id, "kanban")["arch"]
        self.assertTrue(etree.fromstring(shown).xpath("//progressbar[not(@sum_field)]"))
        self.assertFalse(MENTIONED.search(shown))

    def _asked(self, model, node):
        """What the web client asks for when it shows a part of a view."""
        asked = {}
        for child in node:
            if child.tag != "field":
                asked.update(self._asked(model, child))
            elif field := model._fields.get(child.get("name")):
                asked[field.name] = {}
                if field.type in ("one2many", "many2many"):
                    below = self._asked(model.env[field.comodel_name], child)
                    asked[field.name] = {"fields": below}
        return asked

    def test_the_order_opens_for_who_reads_no_journal_items(self):
        """Odoo's form counts invoices by journal items, which only sales and accounting read."""
        order = self._sold(self.marketplace)
        self._ship(order)
        for role in ("reader", "courier", "warehouse", "agent", "both"):
            sale = self._as(role, order)
            arch = etree.fromstring(sale.get_view(view_type="form")["arch"])
            asked = self._asked(sale, arch)
            with self.subTest(role=role):
                (seen,) = sale.web_read(asked)
                self.assertEqual(seen["order_line"][0]["product_uom_qty"], 3)
                self.assertEqual("invoice_count" in seen, role in ("agent", "both"))
                self.assertEqual("tax_totals" in seen, role != "warehouse")
                head = arch.xpath("/form/header/button[@name='action_quotation_send']")
                self.assertEqual(bool(head), role in ("agent", "both"))

    def test_the_warehouse_works_without_them(self):
        """Reserve, pick, pack, ship, take back and inspect as the warehouse operator."""
        order = self._sold(self.marketplace)
        work = self._as("warehouse", order.oms_fulfillment_ids)
        work.action_pick()
        work.action_pack()
        picking = self._as("warehouse", order.picking_ids)
        self.assertEqual(picking.sale_id.order_line.product_uom_qty, 3)
        picking.with_context(skip_sms=True).button_validate()
        self._settle()
        self.assertEqual(picking.state, "done")
        self._deliver(order, picking.date_done)
        request = {"order": order.name, "lines": [{"sku": "MUG", "quantity": 1}]}
        request["reason"] = "defective"
        case = self.env["oms.return"].request([request])[0]["name"]
        self.env["oms.return"].approve([{"return": case}])
        returns = self._as("warehouse", self.env["oms.return"])
        received = returns.receive([{"return": case}])[0]
        self.assertFalse(received["errors"], received)
        verdict = {"return": case, "lines": [{"sku": "MUG", "restock": 1}]}
        judged = returns.inspect([verdict])[0]
        self.assertFalse(judged["errors"], judged)
        self.assertProved()
