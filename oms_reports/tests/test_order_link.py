from unittest.mock import patch

from odoo import Command
from odoo.tests import tagged

from odoo.addons.oms_reports.hooks import post_init_hook

from .common import OmsReportsCase


@tagged("post_install", "-at_install")
class TestOrderLink(OmsReportsCase):
    """Which order a journal item belongs to."""

    def _by_hand(self, *orders):
        """An invoice for several orders that names them only on its lines."""
        return self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.partner.id,
                "invoice_date": "2026-07-01",
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": line.product_id.id,
                            "account_id": self.income.id,
                            "price_unit": 1000,
                            "tax_ids": [Command.clear()],
                            "sale_line_ids": [Command.link(line.id)],
                        }
                    )
                    for order in orders
                    for line in order.order_line
                ],
            }
        )

    def test_document_of_an_order_hands_it_to_every_item(self):
        order = self._sold(self.marketplace)
        self._ship(order)
        self.assertEqual(order.oms_invoice_ids.line_ids.oms_order_id, order)
        self.assertTrue(all(item.oms_order_id for item in order.oms_invoice_ids.line_ids))
        self.assertEqual(order.oms_invoice_ids.line_ids.oms_channel_id, self.marketplace)

    def test_invoice_by_hand_for_several_orders(self):
        orders = self._confirmed() | self._sold(self.marketplace)
        unmanaged = self._order(oms_channel_id=False)
        invoice = self._by_hand(*orders, unmanaged)
        self.assertEqual(
            [line.oms_order_id for line in invoice.invoice_line_ids.sorted("id")],
            [orders[0], orders[1], self.env["sale.order"]],
        )
        invoice.action_post()
        self.assertTied()

    def test_item_of_two_orders_counts_once(self):
        first, second = self._confirmed(), self._confirmed()
        invoice = self._by_hand(first)
        invoice.invoice_line_ids.sale_line_ids = first.order_line | second.order_line
        self.assertEqual(invoice.invoice_line_ids.oms_order_id, first)
        invoice.action_post()
        self.assertEqual(self._reported(), (1000, 1))

    def test_order_that_gets_a_channel_later(self):
        order = self._order(oms_channel_id=False)
        invoice = self._by_hand(order)
        self.assertFalse(invoice.line_ids.oms_order_id)
        order.oms_channel_id = self.channel
        self.assertEqual(invoice.invoice_line_ids.oms_order_id, order)

    def test_backfill(self):
        order = self._confirmed()
        invoice = self._by_hand(order)
        cost = self.env["account.move.line"].create(
            {
                "move_id": invoice.id,
                "account_id": self.fees.id,
                "display_type": "cogs",
                "cogs_origin_id": invoice.invoice_line_ids.id,
            }
        )
        self.assertEqual(cost.oms_order_id, order)
        self.env.flush_all()
        items = invoice.invoice_line_ids | cost
        self.env.cr.execute(
            "UPDATE account_move_line SET oms_order_id = NULL WHERE id IN %s", [tuple(items.ids)]
        )
        self.env.invalidate_all()
        self.assertFalse(items.oms_order_id)
        post_init_hook(self.env)
        self.assertEqual(items.mapped("oms_order_id"), order)
        self.assertTrue(all(item.oms_order_id for item in items))

    def test_costs_nothing_without_a_channel(self):
        invoice = self._document([(self.product, self.income, 1000)])
        self.env.flush_all()
        items = invoice.line_ids
        inactive = patch.object(type(self.env["oms.channel"]), "_is_active", lambda _self: False)
        field = items._fields["oms_order_id"]
        with inactive, self.env.protecting([field], items):
            items._compute_oms_order_id()
            with self.assertQueryCount(0):
                items._compute_oms_order_id()
