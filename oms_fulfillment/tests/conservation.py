"""A walk over everything that can happen to orders, looking for a unit that gets lost.

Hypothesis chooses the steps. Refusals are fine, as in life; a step that was refused must leave
nothing behind. After every step the units are counted from independent sources, and at the end of
the walk ``oms.proof`` must be empty, so must be the list of steps that failed by themselves.
"""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from odoo import Command, fields
from odoo.exceptions import UserError

small = st.integers(1, 4)
pick = st.integers(0, 20)
# Answers that hide a mistake of ours behind a refusal.
SUSPICIOUS = ("bad_value", "constraint", "failed")


class ConservationWalk(RuleBasedStateMachine):
    """One walk, in a savepoint of the test case that is given up at its end."""

    def __init__(self, case):
        super().__init__()
        self.case = case
        self.env = case.env
        self.env.flush_all()
        self.savepoint = self.env.cr.savepoint(flush=False)
        self.products = case.product | case.product_b | case.scarce
        self.channels = (case.on_acceptance, case.marketplace, case.cod)
        self.orders = self.env["sale.order"]
        self.payouts = 0
        self.put_in = self._everywhere()

    def teardown(self):
        try:
            self.case.assertEqual(self.env["oms.proof"].run(), [])
            failed = self.orders._oms_active_holds().filtered(
                lambda hold: hold.code == "automation_failed"
            )
            self.case.assertFalse(failed, failed.mapped("reason"))
        finally:
            self.env.cr.precommit.clear()
            self.env.cr.postcommit.clear()
            self.env.transaction.clear()
            self.savepoint.close(rollback=True)

    # RUNNING STEPS

    def attempt(self, step):
        """Run a step as a request does: all of it or nothing, then what a commit would do."""
        try:
            with self.env.cr.savepoint():
                step()
                self.env.flush_all()
        except UserError as error:
            self.case.assertTrue(str(error), "a refusal says why")
        self.case._settle()

    def call(self, model, method, *args):
        """Call a public method; refusals in the answers are fine, mistakes of ours are not."""

        def step():
            for answer in getattr(self.env[model], method)(*args):
                for error in answer["errors"]:
                    self.case.assertNotIn(error["code"], SUSPICIOUS, answer)
                    self.case.assertTrue(error["message"], answer)

        self.attempt(step)

    def order(self, number):
        return self.orders[number % len(self.orders)]

    def line(self, number):
        lines = self.orders.order_line
        return lines[number % len(lines)]

    def open_pickings(self):
        return self.orders.picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))

    def returns(self):
        return self.orders.oms_return_ids

    # ORDERS

    @rule(channel=st.integers(0, 2), first=small, second=st.integers(0, 3), product=pick)
    def place(self, channel, first, second, product):
        """An order for one product, or for two, or for the same one twice."""
        channel = self.channels[channel]
        chosen = [(self.products[product % 3], first)]
        if second:
            chosen.append((self.products[product % 2], second))
        paid = {"oms_paid_at": fields.Datetime.now()} if channel == self.case.marketplace else {}

        def step():
            self.orders += self.env["sale.order"].create(
                {
                    "partner_id": self.case.partner.id,
                    "oms_channel_id": channel.id,
                    "order_line": [
                        Command.create(
                            {
                                "product_id": item.id,
                                "product_uom_qty": units,
                                "price_unit": 33333,
                                "tax_ids": [Command.set(self.case.tax.ids)],
                            }
                        )
                        for item, units in chosen
                    ],
                    **paid,
                }
            )

        self.attempt(step)

    def _has_orders(self):
        return bool(self.orders)

    @precondition(_has_orders)
    @rule(number=pick)
    def confirm(self, number):
        self.attempt(self.order(number).action_confirm)

    @precondition(_has_orders)
    @rule(number=pick, units=st.integers(0, 6))
    def change_quantity(self, number, units):
        self.attempt(lambda: self.line(number).write({"product_uom_qty": units}))

    @precondition(_has_orders)
    @rule(number=pick)
    def cancel_order(self, number):
        self.attempt(lambda: self.order(number)._action_cancel())

    @precondition(_has_orders)
    @rule(number=pick)
    def start_again(self, number):
        self.attempt(self.order(number).action_draft)

    @precondition(_has_orders)
    @rule(number=pick, release=st.booleans())
    def hold(self, number, release):
        order = self.order(number)
        holds = order._oms_active_holds()
        if release and holds:
            self.attempt(lambda: holds.release("walk"))
        else:
            self.attempt(lambda: order._oms_raise_hold("manual", "walk", raised_by="user"))

    # STOCK

    @rule(product=pick, units=small)
    def receive_stock(self, product, units):
        self.put_in += units
        self.attempt(lambda: self.case._stock(self.products[product % 3], units))

    @rule()
    def reserve(self):
        self.attempt(self.env["oms.allocator"].run)

    @precondition(lambda self: self.open_pickings())
    @rule(number=pick)
    def unreserve(self, number):
        pickings = self.open_pickings()
        self.attempt(pickings[number % len(pickings)].do_unreserve)

    # WAREHOUSE

    @precondition(_has_orders)
    @rule(number=pick, units=small)
    def ship_some(self, number, units):
        line = self.line(number)
        parcel = {"lines": [{"sku": line.product_id.default_code, "quantity": units}]}
        item = {"order": line.order_id.name, "parcels": [parcel]}
        self.call("oms.fulfillment", "ship", [item])

    @precondition(_has_orders)
    @rule(number=pick)
    def ship(self, number):
        self.call("oms.fulfillment", "ship", [{"order": self.order(number).name}])

    @precondition(lambda self: self.open_pickings())
    @rule(number=pick, backorder=st.booleans())
    def validate_transfer(self, number, backorder):
        """As in the warehouse app: what is reserved leaves, the rest waits or is given up."""
        pickings = self.open_pickings()
        picking = pickings[number % len(pickings)]
        context = {"skip_backorder": True, "skip_sms": True}
        if not backorder:
            context["picking_ids_not_to_backorder"] = picking.ids
        self.attempt(picking.with_context(**context).button_validate)

    @precondition(lambda self: self.open_pickings())
    @rule(number=pick)
    def cancel_transfer(self, number):
        pickings = self.open_pickings()
        self.attempt(pickings[number % len(pickings)].action_cancel)

    # CUSTOMER

    @precondition(_has_orders)
    @rule(number=pick)
    def deliver(self, number):
        work = self.order(number).oms_fulfillment_ids.filtered(lambda w: w.state == "handed_over")
        for name in work.mapped("name"):
            self.call("oms.fulfillment", "mark_delivered", [{"fulfillment": name}])

    @precondition(_has_orders)
    @rule(number=pick)
    def deliver_again(self, number):
        """Late and repeated reports change nothing that is final."""
        for name in self.order(number).oms_fulfillment_ids.mapped("name"):
            self.call("oms.fulfillment", "mark_delivered", [{"fulfillment": name}])

    @precondition(_has_orders)
    @rule(number=pick)
    def accept(self, number):
        self.call("sale.order", "oms_accept", [{"order": self.order(number).name}])

    @precondition(_has_orders)
    @rule(number=pick, units=small, kind=st.sampled_from(("customer", "rts")))
    def request_return(self, number, units, kind):
        line = self.line(number)
        wanted = {"sku": line.product_id.default_code, "quantity": units}
        item = {"order": line.order_id.name, "kind": kind, "lines": [wanted]}
        self.call("oms.return", "request", [item])

    @precondition(lambda self: self.returns())
    @rule(number=pick, missing=st.integers(0, 1), scrap=st.integers(0, 4), reject=st.booleans())
    def next_step_of_return(self, number, missing, scrap, reject):
        returns = self.returns()
        case = returns[number % len(returns)]
        items = {"return": case.name}
        lines = [(line, line.product_id.default_code) for line in case.line_ids]
        if case.state == "requested":
            self.call("oms.return", "approve", [items])
        elif case.state in ("approved", "in_transit"):
            items["lines"] = [
                {"sku": sku, "quantity": max(line.quantity - missing, 0)} for line, sku in lines
            ]
            self.call("oms.return", "receive", [items])
        elif case.state == "received":
            items["lines"] = [
                {
                    "sku": sku,
                    "scrap": min(scrap, line.received),
                    "restock": line.received - min(scrap, line.received),
                    "rejected": min(scrap, line.received) if reject else 0,
                }
                for line, sku in lines
            ]
            self.call("oms.return", "inspect", [items])
        else:
            self.call("oms.return", "resolve", [items])

    # MONEY

    @precondition(_has_orders)
    @rule()
    def advance(self):
        self.attempt(self.orders._oms_advance)

    @precondition(_has_orders)
    @rule(number=pick, fee=st.integers(0, 3), again=st.booleans())
    def settle(self, number, fee, again):
        """A payout; sometimes the same one a second time."""
        order = self.order(number)
        self.payouts += 0 if again else 1
        line = {"order": order.name, "gross": order.amount_total, "fees": {"fee": fee * 1000}}
        code = order.oms_channel_id.code
        self.call("oms.settlement", "submit_lines", code, f"WALK-{self.payouts}", [line])

    # WHAT MUST ALWAYS HOLD

    @invariant()
    def units_are_conserved(self):
        for line_id, units in self.orders.order_line._oms_buckets().items():
            known = units.as_dict()
            self.case.assertFalse({k: v for k, v in known.items() if v < -1e-6}, (line_id, known))
            self.case.assertAlmostEqual(units.total, units.ordered, 4, (line_id, known))

    @invariant()
    def goods_are_somewhere(self):
        """Everything that was ever put in stock is in stock, with a customer, or scrapped."""
        self.case.assertAlmostEqual(self._everywhere(), self.put_in, 4)

    @invariant()
    def customers_have_what_left_less_what_came_back(self):
        left = sum(units.handed_over for units in self.orders.order_line._oms_buckets().values())
        back = sum(self.returns().line_ids.mapped("received"))
        self.case.assertAlmostEqual(self._units_in("customer"), left - back, 4)

    @invariant()
    def nothing_is_promised_twice(self):
        for quant in self._quants("internal"):
            self.case.assertLessEqual(quant.reserved_quantity, quant.quantity, quant.display_name)

    def _quants(self, *usages):
        self.env["stock.quant"].flush_model()
        return self.env["stock.quant"].search(
            [("product_id", "in", self.products.ids), ("location_id.usage", "in", usages)]
        )

    def _units_in(self, *usages):
        return sum(self._quants(*usages).mapped("quantity"))

    def _everywhere(self):
        return self._units_in("internal", "transit", "customer", "inventory")
