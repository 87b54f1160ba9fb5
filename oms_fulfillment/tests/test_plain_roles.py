from odoo import Command
from odoo.tests import new_test_user, tagged
from odoo.tools.safe_eval import safe_eval

from .common import OmsCase


@tagged("post_install", "-at_install")
class TestRoleChoice(OmsCase):
    def test_every_role_of_staff_can_be_chosen_on_the_users_form(self):
        """Outside of the developer mode Odoo offers groups with a privilege only, and one of each
        privilege."""
        hierarchy = self.env["res.groups"]._get_view_group_hierarchy()
        [category] = [one for one in hierarchy["categories"] if one["name"] == "OMS"]
        offered = [hierarchy["privileges"][id_]["group_ids"] for id_ in category["privilege_ids"]]
        roles = [
            self.env.ref(f"oms_fulfillment.group_oms_{name}").id
            for name in ("user", "agent", "warehouse", "courier", "finance", "integration")
        ]
        chief = self.env.ref("oms_fulfillment.group_oms_manager")
        self.assertEqual(sorted(sum(offered, [])), sorted([*roles, chief.id]))
        for choices in offered:
            # Two roles that do not imply each other would exclude each other.
            self.assertLessEqual(set(choices), set(chief.all_implied_ids.ids), choices)
            self.assertTrue(len(choices) == 1 or chief.id in choices)

    def test_queues_are_named_by_their_role(self):
        action = self.env.ref("oms_fulfillment.action_oms_alert")
        group = self.env.ref("oms_fulfillment.group_oms_agent")
        shown = group.with_context(**safe_eval(action.context)).display_name
        self.assertEqual(shown, "OMS: Order agent")


@tagged("post_install", "-at_install")
class TestPlainRoles(OmsCase):
    """People who have Odoo's rights and no role here go on working, also with orders of a channel:
    the salesperson sells and cancels, the warehouse ships and takes back, accounting bills."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller, cls.packer, cls.accountant = (
            new_test_user(cls.env, login, f"base.group_user,{group}", company_id=cls.company.id)
            for login, group in (
                ("plain_seller", "sales_team.group_sale_salesman_all_leads"),
                ("plain_packer", "stock.group_stock_user"),
                ("plain_accountant", "account.group_account_invoice"),
            )
        )

    def _as(self, user, records):
        records = records.with_user(user).with_context(allowed_company_ids=self.company.ids)
        records.env.invalidate_all()
        return records

    def _sold(self, **values):
        """An order that the salesperson made and confirmed."""
        sale = self._as(self.seller, self.env["sale.order"])
        order = sale.create(
            {
                "partner_id": self.partner.id,
                "order_line": [
                    Command.create({"product_id": self.product.id, "product_uom_qty": 3})
                ],
                **values,
            }
        )
        order.action_confirm()
        self._settle()
        return order

    def _orders(self):
        yield self._sold()
        yield self._sold(oms_channel_id=self.channel.id)

    def _each(self, step):
        for order in self._orders():
            with self.subTest(channel=order.sudo().oms_channel_id.code):
                step(order)
                self.assertProved()

    def _ship(self, order):
        self._as(self.packer, order.sudo().picking_ids).filtered(
            lambda picking: picking.state == "assigned"
        ).with_context(skip_backorder=True, skip_sms=True).button_validate()
        self._settle()

    def _bill(self, order):
        order = order.sudo()
        if not order.invoice_ids:
            self._as(self.accountant, order)._create_invoices()
        invoice = self._as(self.accountant, order.invoice_ids)
        invoice.filtered(lambda move: move.state == "draft").action_post()
        return invoice

    def test_sold_changed_and_cancelled(self):
        def step(order):
            self._as(self.seller, order.order_line).product_uom_qty = 4
            self._settle()
            order.copy()
            self._as(self.seller, order).action_cancel()
            self._settle()
            self.assertEqual(order.state, "cancel")
            self._as(self.seller, order).action_draft()
            order.action_confirm()
            self._settle()

        self._each(step)

    def test_held_order_is_cancelled(self):
        order = self._order()
        order.oms_hold_ids = [
            Command.create(
                {
                    "code_id": self.env["oms.hold.code"].search([], limit=1).id,
                    "reason": "Somebody asked to wait.",
                }
            )
        ]
        self._as(self.seller, order).action_cancel()
        self.assertEqual(order.oms_hold_ids.mapped("state"), ["released"])

    def test_shipped_and_taken_back(self):
        def step(order):
            self._ship(order)
            picking = self._as(self.packer, order.sudo().picking_ids)
            self.assertEqual(picking.state, "done")
            wizard = (
                self._as(self.packer, self.env["stock.return.picking"])
                .with_context(
                    active_id=picking.id, active_ids=picking.ids, active_model="stock.picking"
                )
                .create({})
            )
            wizard.product_return_moves.quantity = 1
            back = wizard._create_return()
            back.with_context(skip_backorder=True, skip_sms=True).button_validate()
            self.assertEqual(back.state, "done")
            self._settle()

        self._each(step)

    def test_unreserved_shipped_in_part_and_the_rest_cancelled(self):
        def step(order):
            picking = self._as(self.packer, order.sudo().picking_ids)
            picking.do_unreserve()
            self._settle()
            picking.action_assign()
            picking.move_ids.write({"quantity": 2, "picked": True})
            result = picking.with_context(skip_sms=True).button_validate()
            self.assertEqual(result.get("res_model"), "stock.backorder.confirmation")
            wizard = (
                self._as(self.packer, self.env["stock.backorder.confirmation"])
                .with_context(**result["context"])
                .create({"pick_ids": [Command.set(picking.ids)]})
            )
            wizard.process()
            self._settle()
            rest = self._as(self.packer, order.sudo().picking_ids - picking)
            rest.action_cancel()
            self._settle()

        self._each(step)

    def test_billed_credited_and_paid(self):
        def step(order):
            self._ship(order)
            if order.sudo().oms_channel_id:
                self.env["oms.fulfillment"].mark_delivered([{"order": order.name}])
                self.env["sale.order"].oms_accept([{"order": order.name}])
                self._settle()
            invoice = self._bill(order)
            self.assertEqual(invoice.state, "posted")
            register = (
                self._as(self.accountant, self.env["account.payment.register"])
                .with_context(active_model="account.move", active_ids=invoice.ids)
                .create({})
            )
            register.action_create_payments()
            self.assertIn(invoice.payment_state, ("paid", "in_payment"))
            reversal = (
                self._as(self.accountant, self.env["account.move.reversal"])
                .with_context(active_model="account.move", active_ids=invoice.ids)
                .create({"journal_id": invoice.journal_id.id})
            )
            credit = self.env["account.move"].browse(reversal.refund_moves()["res_id"])
            self._as(self.accountant, credit).action_post()
            self.assertEqual(credit.state, "posted")

        self._each(step)
