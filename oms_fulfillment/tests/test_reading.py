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
    def test_every_field_of_an_order(self):
        """Reading a whole order works for whoever may read it, also without a role here."""
        order = self._order()
        order.action_confirm()
        self._settle()
        for number, groups in enumerate(READERS):
            user = new_test_user(
                self.env, f"reader{number}", f"base.group_user,{groups}", company_id=self.company.id
            )
            with self.subTest(groups=groups):
                seen = order.with_user(user).with_context(allowed_company_ids=self.company.ids)
                self.assertTrue(seen.read()[0]["name"])
                self.assertTrue(seen.order_line.read())

    def test_every_field_of_a_transfer(self):
        order = self._order()
        order.action_confirm()
        self._settle()
        user = new_test_user(
            self.env,
            "stock_reader",
            "base.group_user,stock.group_stock_user",
            company_id=self.company.id,
        )
        picking = order.picking_ids.with_user(user)
        picking = picking.with_context(allowed_company_ids=self.company.ids)
        self.assertTrue(picking.read()[0]["name"])
        self.assertTrue(picking.move_ids.read())
        self.assertTrue(picking.move_ids.move_line_ids.read())
