from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .test_label import LabelCase


@tagged("post_install", "-at_install")
class TestPricesHidden(LabelCase):
    """Who prints labels does not see prices; the label still says what the courier collects."""

    def test_the_warehouse_prints_a_label_with_cash_to_collect(self):
        packer = new_test_user(self.env, "packer.cash", "oms_fulfillment.group_oms_warehouse")
        order = self.make_order(oms_payment_policy="cod")
        order.oms_cod_amount = 0
        total = order.amount_total
        self.env.invalidate_all()
        work = order.oms_fulfillment_ids.with_user(packer)
        with self.assertRaises(AccessError):
            work.order_id.mapped("amount_total")
        work.action_print_labels()
        parcel = work._plan_parcels()
        self.assertEqual((parcel.cod_amount, parcel._cod_now()), (total, total))
        self.assertEqual((bool(total), order._oms_cod_not_asked()), (True, 0))
