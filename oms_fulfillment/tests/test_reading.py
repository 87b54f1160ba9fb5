from odoo.tests import new_test_user, tagged

from .common import OmsCase

# Who reads orders in Odoo, with and without a role here.
READERS = (
    "sales_team.group_sale_salesman_all_leads",
    "sales_team.group_sale_manager",
    "sales_team.group_sale_salesman_all_leads,oms_fulfillment.group_oms_agent",
    "sales_team.group_sale_salesman_all_leads,oms_fulfillment.group_oms_warehouse",
    "sales_team.group_sale_salesman_all_leads,oms_fulfillment.group_oms_finance",
    "oms_fulfillment.group_oms_manager",
)


@tagged("post_install", "-at_install")
class TestReading(OmsCase):
    """Whoever may read Odoo's documents may read what the addons added to them."""

    def setUp(self):
        super().setUp()
        self.order = self._confirmed()

    def _as(self, login, groups):
        user = new_test_user(
            self.env, login, f"base.group_user,{groups}", company_id=self.company.id
        )
        return self.order.with_user(user).with_context(allowed_company_ids=self.company.ids)

    def _read_ours(self, records):
        names = [name for name in records.fields_get(attributes=[]) if name.startswith("oms_")]
        self.assertTrue(records.read(names))

    def test_orders(self):
        for number, groups in enumerate(READERS):
            with self.subTest(groups=groups):
                order = self._as(f"reader{number}", groups)
                self._read_ours(order)
                self._read_ours(order.order_line)

    def test_whole_order_without_a_role(self):
        self.assertTrue(self._as("seller", READERS[0]).read()[0]["name"])

    def test_transfers(self):
        self._read_ours(self._as("stock_reader", "stock.group_stock_user").picking_ids)
