from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.oms_fulfillment.tests.common_accounting import OmsAccountingCase


@tagged("post_install", "-at_install")
class TestSharedParcel(OmsAccountingCase):
    """Orders to be paid in cash, in one parcel: one sum at the door, each order's money exact."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.jne = cls.env.ref("oms_tracking.courier_jne")

    def _pair(self):
        first = self._confirmed([(self.product, 1)], oms_channel_id=self.cod.id)
        second = self._confirmed([(self.product_b, 3)], oms_channel_id=self.cod.id)
        third = self._confirmed([(self.product, 1)])
        orders = first | second | third
        orders.oms_fulfillment_ids.sorted("id")._merge()
        return orders

    def _sent(self, resi="0101234567890123"):
        orders = self._pair()
        item = {"order": orders[1].name, "parcels": [{"courier": "JNE", "resi": resi}]}
        answer = self.env["oms.fulfillment"].ship([item])[0]
        self.assertEqual(answer["status"], "shipped", answer)
        self._settle()
        return orders, self.env["oms.shipment"].browse(answer["parcels"][0]["id"])

    def _remit(self, **line):
        answer = self.env["oms.settlement"].submit_lines("COD-T", "REMIT-1", [line])[0]
        self._settle()
        return answer

    def test_the_courier_collects_the_sum_and_each_order_its_part(self):
        orders, parcel = self._sent()
        first, second, third = orders
        self.assertEqual(parcel.cod_amount, 200000, "what is not paid in cash adds nothing")
        parcel._record_own_event("delivered")
        self._settle()
        self.assertEqual(orders.oms_fulfillment_ids.mapped("state"), ["delivered"] * 3)
        self.assertBalances(first, transit=50000)
        self.assertBalances(second, transit=150000)
        self.assertBalances(third, transit=0)
        line = {"resi": parcel.resi, "gross": 200000, "fees": {"cod_fee": 4001}, "net": 195999}
        answer = self._remit(**line)
        self.assertEqual(answer["status"], "matched", answer)
        self.assertEqual(self._remit(**line)["status"], "duplicate")
        self.assertBalances(first, transit=0, fees=1000)
        self.assertBalances(second, transit=0, fees=3001)
        self.assertBalances(bank=195999)
        self.env["sale.order"].oms_accept([{"order": order.name} for order in first | second])
        self.assertStage(first, "done")
        self.assertStage(second, "done")
        self.assertProved()

    def test_a_short_remittance_is_short_for_each(self):
        orders, parcel = self._sent()
        parcel._record_own_event("delivered")
        self._settle()
        self.assertEqual(self._remit(resi=parcel.resi, gross=180000)["status"], "difference")
        lines = self.env["oms.settlement"].search([("reference", "=", "REMIT-1")]).line_ids
        self.assertEqual(sorted(lines.mapped("difference")), [-15000, -5000])
        self.assertEqual(sum(lines.mapped("net")), 180000)
        self.assertBalances(orders[0], transit=5000)
        self.assertBalances(orders[1], transit=15000)
        self.assertProved()

    def test_what_was_asked_for_is_not_asked_for_again(self):
        orders, _parcel = self._sent()
        self.assertEqual([order._oms_cod_not_asked() for order in orders], [0, 0, 0])

    def test_a_refused_parcel_stops_all_its_orders(self):
        orders, parcel = self._sent()
        self.assertStage(orders[1], "tracking", "in_transit")
        parcel._record_own_event("refused")
        for order in orders:
            self.assertStage(order, "tracking", "parcel_exception")
        self.assertEqual(
            len(self.env["sale.order"].oms_snapshot([orders[1].name])[0]["parcels"]), 1
        )

    def test_delivered_by_the_name_of_any(self):
        orders, parcel = self._sent()
        self.env["oms.fulfillment"].mark_delivered([{"order": orders[1].name}])
        self._settle()
        self.assertEqual(parcel.status, "delivered")
        self.assertEqual(orders.oms_fulfillment_ids.mapped("state"), ["delivered"] * 3)
        self.assertBalances(orders[0], transit=50000)

    def test_the_parcel_holds_the_goods_of_all_its_orders(self):
        orders, parcel = self._sent()
        held = {(line.order_id, line.product_id): line.quantity for line in parcel.line_ids}
        self.assertEqual(
            held,
            {
                (orders[0], self.product): 1,
                (orders[1], self.product_b): 3,
                (orders[2], self.product): 1,
            },
        )
        label = parcel._label_values()
        self.assertEqual(label["pieces"], "5")
        self.assertEqual(len(label["items"]), 2)
        for order in orders:
            self.assertIn(order.name, label["orders"])

    def test_the_label_before_the_hand_over_says_so_too(self):
        orders = self._pair()
        parcel = orders.oms_fulfillment_ids._plan_parcels()
        self.assertEqual(parcel.line_ids.order_id, orders)
        self.assertEqual(parcel._label_values()["pieces"], "5")
        parcel._label_printed()
        orders[1].oms_fulfillment_ids.action_unmerge()
        self.assertEqual(parcel.label_state, "stale")
        parcel.action_renew_label()
        (answer,) = self.env["oms.fulfillment"].ship([{"order": orders[0].name}])
        self.assertEqual(answer["status"], "shipped", answer)
        self._settle()
        self.assertEqual(parcel.line_ids.order_id, orders[0] | orders[2])

    def test_a_hold_of_any_order_stops_the_label(self):
        orders = self._pair()
        parcel = orders.oms_fulfillment_ids._plan_parcels()
        work = {"fulfillment": orders[1].oms_fulfillment_ids.name}
        self.env["oms.fulfillment"].hold([{**work, "reason": "Gift card is missing"}])
        with self.assertRaisesRegex(UserError, orders[1].name):
            parcel.action_print_labels()

    def test_each_customer_sees_their_own_order(self):
        orders, parcel = self._sent()
        pages = {}
        for order in orders:
            token = parcel._tracking_path(order).removeprefix("/track/")
            found = self.env["oms.shipment"]._find_by_token(token)
            self.assertEqual(found, parcel)
            pages[order] = found._page_values()
        for order, page in pages.items():
            self.assertEqual(page["order"], order.name)
            (shown,) = page["parcels"]
            self.assertEqual(len(shown["contents"]), 1)
        self.assertIn("3 ×", pages[orders[1]]["parcels"][0]["contents"][0])
        snapshot = self.env["sale.order"].oms_snapshot([orders[1].name])[0]["parcels"][0]
        self.assertEqual([line["quantity"] for line in snapshot["lines"]], [3])
        self.assertTrue(snapshot["link"].endswith(pages[orders[1]]["path"]))

    def test_a_signed_address_is_good_for_one_order_only(self):
        orders, parcel = self._sent()
        other = self._confirmed([(self.product, 1)])
        token = parcel._tracking_path(orders[1]).removeprefix("/track/")
        signature = token.rsplit("-", 1)[1]
        find = self.env["oms.shipment"]._find_by_token
        for guess in (
            f"{parcel.id}-{orders[2].id}-{signature}",
            f"{parcel.id}-{other.id}-{parcel._page_signature(parcel.id, other.id)}",
            f"{parcel.id + 1}-{orders[1].id}-{signature}",
            f"{parcel.id}-{orders[1].id}-{'0' * 40}",
        ):
            self.assertFalse(find(guess), guess)

    def test_the_transfers_of_all_orders_name_the_number(self):
        orders, parcel = self._sent()
        pickings = orders.oms_fulfillment_ids.picking_id
        self.assertEqual(pickings.mapped("carrier_tracking_ref"), [parcel.resi] * 3)
        told = orders.oms_fulfillment_ids._outbox_parcels()
        self.assertEqual([parcels[0]["resi"] for parcels in told.values()], [parcel.resi] * 3)

    def test_sent_back_is_a_return_of_each_order(self):
        orders, parcel = self._sent()
        parcel._record_own_event("returned")
        self._settle()
        cases = self.env["oms.return"].search(parcel.action_open_return()["domain"])
        self.assertEqual(cases.order_id, orders)
        self.assertEqual(sum(cases.line_ids.mapped("quantity")), 5)
        again = self.env["oms.return"].search(parcel.action_open_return()["domain"])
        self.assertEqual(again, cases)
        for number, case in enumerate(cases.sorted("id")):
            self.assertTrue(parcel.exception, f"{number} of 3 are closed")
            item = {"return": case.name}
            self.env["oms.return"].approve([item])
            self.env["oms.return"].receive([{**item, "lines": []}])
            self.env["oms.return"].resolve([item])
        self.assertFalse(parcel.exception)


@tagged("post_install", "-at_install")
class TestChangedLabel(OmsAccountingCase):
    """A label that was made already must not leave with what is not true any more."""

    def setUp(self):
        super().setUp()
        self.order = self._confirmed([(self.product, 2)])
        self.label = self.env["oms.shipment"].create(
            {
                "fulfillment_id": self.order.oms_fulfillment_ids.id,
                "courier_id": self.env.ref("oms_tracking.courier_jne").id,
                "resi": "0109876543210987",
            }
        )

    def _ask(self, method, **changes):
        answer = getattr(self.env["sale.order"], method)(self.order.name, changes)
        self.assertEqual(answer["errors"], [])
        return answer

    def test_preview_names_the_label_and_leaves_it(self):
        answer = self._ask("oms_change_preview", ship_to={"phone": "0812 9999"})
        self.assertIn(self.label.resi, answer["consequences"][0])
        self.assertIn(
            {"what": "labels", "before": [self.label.resi], "after": []}, answer["differences"]
        )
        self.assertEqual(self.label.status, "label_created")

    def test_the_change_voids_it(self):
        for changes in ({"ship_to": {"city": "Solo"}}, {"lines": [{"sku": "MUG", "quantity": 1}]}):
            with self.subTest(changes=changes):
                self.assertTrue(self._ask("oms_change_preview", **changes)["consequences"])
        self._ask("oms_change", ship_to={"city": "Solo"})
        self.assertEqual(self.label.status, "cancelled")
        self.assertFalse(self._ask("oms_change_preview", ship_to={"city": "Tegal"})["consequences"])
        self.assertStage(self.order, "fulfillment", "to_pick")

    def test_what_no_label_says_leaves_it(self):
        answer = self._ask("oms_change", note="Gift", requested_date="2026-12-01T09:00:00+07:00")
        self.assertEqual(answer["consequences"], [])
        self.assertEqual(self.label.status, "label_created")

    def test_the_window_says_it(self):
        wizard = self.env["oms.order.change"].with_context(default_order_id=self.order.id)
        window = wizard.create(wizard.default_get(list(wizard._fields)))
        window.city = "Solo"
        window.action_preview()
        self.assertIn("becomes invalid", window.preview)
        self.assertIn(self.label.resi, window.preview)
