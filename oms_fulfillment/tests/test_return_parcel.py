from odoo.tests import Form, new_test_user, tagged

from ..exceptions import OmsRefusal
from .common_return import OmsReturnCase


@tagged("post_install", "-at_install")
class TestReturnParcel(OmsReturnCase):
    """One parcel on its way back, received and inspected once, whatever is in it."""

    def setUp(self):
        super().setUp()
        self.Parcel = self.env["oms.return.parcel"]

    def _approved(self, *units):
        cases = self.Return
        for quantity in units:
            case = self._request(self._delivered(), quantity)
            self._one(self.Return.approve([{"return": case.name}]), "approved")
            cases |= case
        return cases

    def _announced(self, cases, **values):
        item = {"returns": cases.mapped("name"), **values}
        answer = self._one(self.Parcel.announce([item]), "announced")
        return self.Parcel.browse(answer["id"])

    def test_one_parcel_of_several_orders(self):
        cases = self._approved(2, 1)
        parcel = self._announced(cases, resi="jp 001", courier="JNE")
        self.assertEqual((parcel.state, parcel.resi), ("announced", "JP001"))
        self.assertEqual(parcel.return_ids, cases)
        again = {"returns": cases.mapped("name"), "resi": "JP001"}
        self._one(self.Parcel.announce([again]), "duplicate")
        one, two = cases
        lines = [
            {"return": one.name, "sku": "MUG", "quantity": 1},
            {"order": two.order_id.name, "sku": "MUG", "quantity": 1},
        ]
        self._one(self.Parcel.receive([{"resi": "JP001", "lines": lines}]), "received")
        self.assertEqual(cases.mapped("state"), ["received", "received"])
        self.assertEqual(one.line_ids.missing, 1)
        self.assertEqual((parcel.state, bool(parcel.arrived_at)), ("done", True))
        self._one(self.Parcel.receive([{"parcel": parcel.name}]), "duplicate")
        wizard = self.env["oms.return.inspect"].create({"parcel_id": parcel.id})
        wizard._scanned("MUG")
        wizard._scanned("MUG")
        self.assertTrue(wizard.is_complete)
        self.assertTrue(wizard._scanned("MUG"), "a third one was not in it")
        wizard.action_done()
        self._settle()
        self.assertEqual(cases.mapped("state"), ["inspected", "inspected"])
        for case in cases:
            answer = self._one(self.Return.resolve([{"return": case.name}]), "resolved")
            self.assertEqual(answer["refund"], 100000, "the money stays per order")
        self.assertProved()

    def test_which_return_a_line_is_of(self):
        cases = self._approved(1, 1)
        parcel = self._announced(cases)
        for lines, code in (
            ([{"sku": "MUG", "quantity": 1}], "ambiguous_line"),
            ([{"sku": "TEA", "quantity": 1}], "unknown_line"),
        ):
            item = {"parcel": parcel.name, "lines": lines}
            answer = self._one(self.Parcel.receive([item]), "error")
            self.assertEqual(answer["errors"][0]["code"], code)
        self.assertEqual(parcel.state, "announced")

    def test_of_one_customer_only(self):
        case = self._approved(1)
        stranger = self.partner.copy()
        other = self._request(self._delivered(partner_id=stranger.id), 1)
        item = {"returns": [case.name, other.name]}
        answer = self._one(self.Parcel.announce([item]), "error")
        self.assertEqual(answer["errors"][0]["code"], "other_buyer")
        self.assertFalse(case.parcel_id)

    def test_it_arrives_and_is_found_by_its_number(self):
        case = self._approved(2)
        parcel = self._announced(case, resi="JP002")
        parcel.action_arrived()
        self.assertEqual(parcel.state, "arrived")
        for code in ("jp002", case.name, parcel.name):
            form = Form(self.env["oms.return.arrival"])
            form.scan = code
            self.assertFalse(form.nothing, code)
            self.assertEqual(form.parcel_ids[:].ids, parcel.ids, code)
        wizard = form.save()
        wizard.action_receive()
        self.assertEqual((case.state, case.line_ids.received), ("received", 2))
        self.assertEqual(parcel.state, "done")

    def test_goods_of_a_cancelled_return_come_all_the_same(self):
        case = self._approved(1)
        parcel = self._announced(case, resi="JP003")
        case.action_cancel()
        self.assertEqual(parcel.state, "cancelled")
        parcel.action_arrived()
        self.assertEqual(parcel.state, "arrived", "somebody has to look at it")
        with self.assertRaises(OmsRefusal) as refusal:
            parcel.action_receive()
        self.assertEqual(refusal.exception.code, "nothing_to_receive")
        item = {"parcel": parcel.name, "lines": [{"sku": "MUG", "quantity": 1}]}
        self._one(self.Parcel.take_in([item]), "taken_in")
        self._one(self.Parcel.take_in([item]), "duplicate")
        self.assertEqual((parcel.state, parcel.line_ids.units_left), ("unclaimed", 1))

    def test_who_pays_the_way_back(self):
        service = self._service("WAYBACK", "Return shipping")
        self.env["oms.return.policy"].create(
            {"name": "All", "days": 30, "shipping_fee": 15000, "fee_product_id": service.id}
        )
        order = self._delivered()
        ours = self._request(order, 1)
        theirs = self._request(order, 1, reason="changed_mind")
        self.assertEqual((ours.way_back_payer, ours.way_back_fee), ("shop", 0))
        self.assertEqual((theirs.way_back_payer, theirs.way_back_fee), ("customer", 15000))
        theirs.fee_waived = "Good customer"
        self.assertEqual(theirs.way_back_payer, "shop")


@tagged("post_install", "-at_install")
class TestUnclaimed(OmsReturnCase):
    """What comes without a return is taken in, counted, and stays on a list until it is settled."""

    def setUp(self):
        super().setUp()
        self.Parcel = self.env["oms.return.parcel"]

    def _came(self, quantity=2, sku="MUG", **values):
        item = {"resi": "BLIND1", "lines": [{"sku": sku, "quantity": quantity}], **values}
        answer = self._one(self.Parcel.take_in([item]), "taken_in")
        return self.Parcel.browse(answer["id"]), answer

    def _place(self):
        return self.warehouse._oms_get_unclaimed_location()

    def test_taken_in_and_identified(self):
        order = self._delivered()
        self.partner.phone = "+62 812-3456-7890"
        parcel, answer = self._came(sender={"phone": "0812 3456 7890"})
        self.assertEqual(answer["proposals"][0]["order"], order.name)
        self.assertEqual((parcel.state, self._on_hand(self._place())), ("unclaimed", 2))
        self.assertEqual(order.order_line.qty_delivered, 3, "nobody's order yet")
        self._one(self.Parcel.take_in([{"resi": "blind1", "lines": []}]), "duplicate")
        self.assertProved()
        moves = self.env["stock.move"].search_count([("product_id", "=", self.product.id)])
        item = {"parcel": parcel.name, "order": order.name, "reason": "defective"}
        answer = self._one(self.Parcel.identify([item]), "identified")
        case = self.Return.browse(answer["id"])
        self.assertEqual((case.state, case.line_ids.received), ("received", 2))
        self.assertEqual((parcel.state, parcel.partner_id), ("done", self.partner))
        self.assertEqual(self._on_hand(self._place()), 0)
        self.assertEqual(self._on_hand(self.warehouse.oms_return_location_id), 2)
        self.assertEqual(order.order_line.qty_delivered, 1)
        now = self.env["stock.move"].search_count([("product_id", "=", self.product.id)])
        self.assertEqual(now, moves + 1, "the goods go on, they are not booked out and in again")
        self._one(self.Parcel.identify([item]), "duplicate")
        self.assertEqual(self._resolved(case, restock=2)["refund"], 200000)
        self.assertProved()

    def test_its_serial_number_says_whose_it_is(self):
        phone = self._create_product("PHONE", 0, tracking="serial")
        lots = self.env["stock.lot"].create(
            [{"name": f"SN{number}", "product_id": phone.id} for number in (1, 2)]
        )
        for lot in lots:
            self._stock_lot(phone, lot)
        orders = [self._delivered(lines=[(phone, 1, 500000, None)]) for _lot in lots]
        sold = orders[1].picking_ids.move_line_ids.lot_id
        lines = [{"sku": "PHONE", "lot": sold.name, "quantity": 1}]
        parcel, answer = self._came(lines=lines)
        self.assertEqual([one["order"] for one in answer["proposals"]], [orders[1].name])
        item = {"parcel": parcel.name, "order": orders[0].name}
        wrong = self._one(self.Parcel.identify([item]), "error")
        self.assertEqual(wrong["errors"][0]["code"], "wrong_lot")
        self.assertEqual((parcel.state, self._on_hand(self._place(), phone)), ("unclaimed", 1))
        self._one(self.Parcel.identify([{**item, "order": orders[1].name}]), "identified")
        self.assertEqual(self.Return.search([], limit=1).picking_ids.move_line_ids.lot_id, sold)
        self.assertProved()

    def _stock_lot(self, product, lot):
        self.env["stock.quant"]._update_available_quantity(
            product, self.warehouse.lot_stock_id, 1, lot_id=lot
        )

    def test_after_the_window_with_a_reason(self):
        order = self._delivered()
        self.env["oms.return.policy"].create({"name": "Never", "allowed": False, "days": 0})
        parcel, _answer = self._came(1)
        item = {"parcel": parcel.name, "order": order.name}
        answer = self._one(self.Parcel.identify([item]), "error")
        self.assertEqual(answer["errors"][0]["code"], "not_returnable")
        item["override_reason"] = "It is here already"
        answer = self._one(self.Parcel.identify([item]), "identified")
        self.assertEqual(self.Return.browse(answer["id"]).override_reason, "It is here already")

    def test_more_than_the_order_had(self):
        order = self._delivered()
        parcel, _answer = self._came(4)
        item = {"parcel": parcel.name, "order": order.name}
        answer = self._one(self.Parcel.identify([item]), "error")
        self.assertEqual(answer["errors"][0]["code"], "not_of_order")
        item["lines"] = [{"sku": "MUG", "quantity": 3}]
        self._one(self.Parcel.identify([item]), "identified")
        self.assertEqual((parcel.state, parcel.line_ids.units_left), ("unclaimed", 1))
        self.assertEqual(self._on_hand(self._place()), 1)
        parcel._send_back({parcel.line_ids: 1}, "Not ours")
        self.assertEqual((parcel.state, self._on_hand(self._place())), ("done", 0))
        with self.assertRaises(OmsRefusal):
            parcel._send_back({parcel.line_ids: 1}, "Again")
        self.assertProved()

    def test_what_leaves_the_shelf_by_another_way_is_noticed(self):
        self._came(2)
        self.assertProved()
        self.env["stock.quant"]._update_available_quantity(self.product, self._place(), -1)
        (found,) = self.env["oms.proof"].run()
        self.assertEqual(
            (found["code"], found["expected"], found["actual"]), ("unclaimed_units", 2, 1)
        )

    def test_into_the_stock_at_a_stated_value(self):
        stock = self._account("118900", "Stock", "asset_current")
        gain = self._account("428800", "Found goods", "income_other")
        self.product.categ_id = self.env["product.category"].create({"name": "Valued"})
        self.product.categ_id.write(
            {
                "property_valuation": "real_time",
                "property_cost_method": "average",
                "property_stock_valuation_account_id": stock.id,
            }
        )
        parcel, _answer = self._came(2)
        line = parcel.line_ids
        with self.assertRaises(OmsRefusal) as refusal:
            parcel._take_into_stock({line: 2}, {line: 30000}, "Nobody asked for a month")
        self.assertEqual(refusal.exception.code, "no_gain_account")
        self._place().valuation_account_id = gain
        before = self._on_hand(self.warehouse.lot_stock_id)
        parcel._take_into_stock({line: 2}, {line: 30000}, "Nobody asked for a month")
        self.assertEqual(self._on_hand(self.warehouse.lot_stock_id), before + 2)
        self.assertEqual((self._balance(stock), self._balance(gain)), (60000, -60000))
        self.assertEqual(parcel.state, "done")
        self.assertProved()

    def test_identified_goods_have_no_entry_of_their_own(self):
        stock = self._account("118900", "Stock", "asset_current")
        gain = self._account("428800", "Found goods", "income_other")
        order = self._delivered()
        self.product.categ_id = self.env["product.category"].create({"name": "Valued"})
        self.product.categ_id.write(
            {
                "property_valuation": "real_time",
                "property_cost_method": "average",
                "property_stock_valuation_account_id": stock.id,
            }
        )
        self._place().valuation_account_id = gain
        parcel, _answer = self._came(2)
        self._one(
            self.Parcel.identify([{"parcel": parcel.name, "order": order.name}]), "identified"
        )
        self.assertEqual(self._balance(gain), 0)

    def test_the_screen_at_the_door(self):
        warehouse_user = new_test_user(
            self.env,
            "door",
            "oms_fulfillment.group_oms_warehouse",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        self.product.barcode = "899777"
        Arrival = self.env["oms.return.arrival"].with_user(warehouse_user)
        form = Form(Arrival.with_context(allowed_company_ids=self.company.ids))
        neighbours = self._create_product("MUG", 0, name="A mug next door")
        neighbours.company_id = self.env["res.company"].create({"name": "Next Door"})
        form.scan = "UNKNOWN9"
        self.assertTrue(form.nothing)
        form.scan = "899777"
        form.scan = "MUG"
        wizard = form.save()
        self.assertEqual(wizard.line_ids.mapped("quantity"), [2])
        wizard.action_take_in()
        parcel = self.Parcel.search([("resi", "=", "UNKNOWN9")])
        self.assertEqual((parcel.state, parcel.line_ids.units_left), ("unclaimed", 2))
        settle = self.env["oms.return.unclaimed"].with_user(warehouse_user)
        wizard = settle.create({"parcel_id": parcel.id, "what": "stock", "why": "Mine"})
        with self.assertRaises(OmsRefusal) as refusal:
            wizard.action_done()
        self.assertEqual(refusal.exception.code, "access")
        order = self._delivered()
        wizard = self.env["oms.return.unclaimed"].create({"parcel_id": parcel.id})
        wizard.write(
            {
                "order_id": order.id,
                "reason_id": self.env["oms.return.reason"].search([], limit=1).id,
            }
        )
        wizard.action_done()
        self.assertEqual(parcel.state, "done")
