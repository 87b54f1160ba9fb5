"""A walk over everything that can happen to goods and money in two companies at once.

After every step all that must be equal is compared: the proof, the integrity page of each company,
and what this file counts by itself from documents that neither of them reads that way.
"""

import random
from datetime import date, timedelta

from odoo import Command, fields

from odoo.addons.oms_fulfillment.tests.conservation import ConservationWalk

from .double_figures import DoubleFigures

# Minutes to months: over midnight, the end of a month and of the year in Jakarta.
PAUSES = ({"minutes": 20}, {"hours": 5}, {"days": 1}, {"days": 9}, {"days": 33})


class ProofWalk(ConservationWalk):
    """One company's part of the walk; see :class:`ProofWalks` for the whole."""

    WISHES = ("credit", *ConservationWalk.WISHES)

    def __init__(self, world, clock):
        super().__init__(world)
        self.world, self.clock = world, clock
        self.channels = (world.on_acceptance, world.marketplace, world.cod, world.web)
        for product in self.products:
            self.receive_stock(random.Random(7), product)

    # CHOOSING A STEP

    def options(self):
        orders = self.orders
        invoices = orders.oms_invoice_ids.filtered(
            lambda move: move.state == "posted" and move.move_type == "out_invoice"
        )
        unpaid = invoices.filtered(lambda move: move.payment_state in ("not_paid", "partial"))
        delivered = orders.oms_fulfillment_ids.filtered(lambda w: w.state == "delivered")
        disputes = self.env["oms.dispute"].search([("order_id", "in", orders.ids)])
        open_disputes = disputes.filtered(lambda one: one.state in ("open", "answered"))
        return [
            *super().options(),
            (4, self.sell, len(orders) < 6),
            (2, self.pass_time, True),
            (2, self.accept_lines, delivered.order_id.order_line.filtered("product_id")),
            (2, self.pay, unpaid),
            (1, self.credit_by_hand, invoices),
            (1, self.invoice_by_hand, orders.filtered(lambda order: order.state == "sale")),
            (1, self.pay_back, orders),
            (1, self.contest, invoices.oms_order_id),
            (2, self.end_dispute, open_disputes),
            (2, self.use_store_credit, orders),
            (1, self.undo_store_credit, self.credits()),
            (1, self.vendor_bill, self.products),
            (1, self.new_cost, self.products),
            (1, self.write_off, self.products),
        ]

    # ORDERS

    def place(self, rng, _record):
        """Goods at any price, a service, shipping, fees and discounts, some in another currency."""
        world = self.world
        channel = rng.choice(self.channels)
        foreign = rng.random() < 0.15
        values = {
            "partner_id": world.partner.id,
            "oms_channel_id": channel.id,
            "oms_external_id": f"{world.company.id}-{len(self.orders)}",
        }
        if foreign:
            values["pricelist_id"] = world.foreign.id
        if channel.payment_policy in ("prepaid", "escrow"):
            values["oms_paid_at"] = fields.Datetime.now()
        unit = 0.01 if foreign else world.unit
        lines = [self._goods_line(rng, unit) for _n in range(rng.randint(1, 3))]
        lines += self._extra_lines(rng, unit)

        def step():
            order = self.env["sale.order"].create({**values, "order_line": lines})
            self.orders += order

        self.attempt(step)

    def sell(self, rng, record):
        """An order all the way to the customer, as far as nothing stops it."""
        before = self.orders
        self.place(rng, record)
        for order in self.orders - before:
            self.confirm(rng, order)
            self.advance(rng, True)
            for work in order.oms_fulfillment_ids.filtered(lambda work: work.state == "ready"):
                self.ship(rng, work)
                self.deliver(rng, work)
            self.advance(rng, True)

    def _price(self, rng, unit, most=99999):
        return round(rng.randint(1, most) * unit, 2)

    def _goods_line(self, rng, unit):
        sold = [*self.products, *self.world.kit]
        return Command.create(
            {
                "product_id": rng.choice(sold).id,
                "product_uom_qty": rng.randint(1, 4),
                "price_unit": self._price(rng, unit),
                "discount": rng.choice((0, 0, 7, 12.5)),
                "tax_ids": [Command.set(rng.choice(self.world.tax_mixes()).ids)],
            }
        )

    def _extra_lines(self, rng, unit):
        world = self.world
        extras = (
            (0.3, world.service, "service", self._price(rng, unit, 9999)),
            (0.5, world.shipping_product, "shipping", self._price(rng, unit, 20000)),
            (0.2, world.fee_product, "fee", self._price(rng, unit, 3000)),
            (0.4, world.discount_product, "discount", -self._price(rng, unit, 500)),
        )
        return [
            Command.create(
                {
                    "product_id": product.id,
                    "price_unit": price,
                    "oms_kind": kind if kind != "service" else False,
                    "tax_ids": [Command.set(rng.choice(world.tax_mixes()).ids)],
                }
            )
            for chance, product, kind, price in extras
            if rng.random() < chance
        ]

    def accept_lines(self, rng, line):
        lines = [{"sku": line.product_id.default_code}]
        self.call("sale.order", "oms_accept", [{"order": line.order_id.name, "lines": lines}])

    def pass_time(self, rng, _record):
        pause = rng.choice(PAUSES)
        self.taken[-1] += f" {pause}"
        self.clock.tick(timedelta(**pause))

    # STOCK

    def receive_stock(self, rng, product):
        units, cost = rng.randint(3, 9), rng.choice((20, 30, 37)) * self.world.scale

        def step():
            self.world.receive(product, units, cost)
            self.put_in += units

        if not self.taken:
            self.taken.append("begin")
        self.attempt(step)

    def vendor_bill(self, rng, product):
        cost = rng.choice((20, 30, 37)) * self.world.scale
        self.attempt(lambda: self.world.bill(product, rng.randint(1, 6), cost))

    def new_cost(self, rng, product):
        cost = rng.choice((25, 31)) * self.world.scale
        if product.cost_method == "standard":
            self.attempt(lambda: product.write({"standard_price": cost}))

    def write_off(self, rng, product):
        def step():
            self.env["stock.scrap"].create(
                {
                    "product_id": product.id,
                    "scrap_qty": 1,
                    "location_id": self.world.warehouse.lot_stock_id.id,
                    "scrap_location_id": self.world.loss[:1].id,
                }
            ).action_validate()

        if product.with_context(location=self.world.warehouse.lot_stock_id.id).free_qty >= 1:
            self.attempt(step)

    # MONEY

    def settle(self, rng, order):
        """A payout, in the company's currency."""
        order_total = order.currency_id._convert(
            order.amount_total, self.world.currency, self.world.company, fields.Date.today()
        )
        self.payouts += rng.choice((0, 1, 1))
        fee = rng.choice((0, round(0.05 * order_total / self.world.unit) * self.world.unit))
        line = {"order": order.name, "gross": order_total, "fees": {"fee": round(fee, 2)}}
        code = order.oms_channel_id.code
        self.call("oms.settlement", "submit_lines", code, f"WALK-{self.payouts}", [line])

    def pay(self, rng, invoice):
        """The customer pays, all or a part."""
        part = rng.choice((1, 1, 0.4))
        amount = invoice.currency_id.round(invoice.amount_residual * part)

        def step():
            wizard = self.env["account.payment.register"].with_context(
                active_model="account.move", active_ids=invoice.ids
            )
            wizard.create(
                {"journal_id": self.world.bank.id, "amount": amount}
            ).action_create_payments()

        self.attempt(step)

    def credit_by_hand(self, rng, invoice):
        """As Odoo does it, of a unit or of all that is left of the invoice."""
        given = self._credited(invoice.oms_order_id)
        line = rng.choice(invoice.invoice_line_ids.filtered(lambda item: item.price_subtotal > 0))

        def step():
            wizard = (
                self.env["account.move.reversal"]
                .with_context(active_model="account.move", active_ids=invoice.ids)
                .create({"journal_id": invoice.journal_id.id, "reason": "walk"})
            )
            credit = self.env["account.move"].browse(wizard.refund_moves()["res_id"])
            same = credit.invoice_line_ids.filtered(lambda item: item.product_id == line.product_id)
            (credit.invoice_line_ids - same[:1]).unlink()
            credit.invoice_line_ids.quantity = 1
            if credit.amount_total + given > invoice.amount_total:
                credit.unlink()
                self.taken[-1] += " (too much)"
            else:
                credit.action_post()

        self.attempt(step)

    def _credited(self, order):
        notes = order.oms_invoice_ids.filtered(
            lambda move: move.state == "posted" and move.move_type == "out_refund"
        )
        return sum(notes.mapped("amount_total"))

    def invoice_by_hand(self, rng, order):
        self.attempt(lambda: order._create_invoices().action_post())

    def pay_back(self, rng, order):
        self.attempt(order.action_oms_pay_back)

    def credits(self):
        return self.env["oms.store.credit"].search([("order_id", "in", self.orders.ids)])

    def use_store_credit(self, rng, order):
        self.call("sale.order", "oms_use_store_credit", [{"order": order.name}])

    def undo_store_credit(self, rng, movement):
        self.attempt(movement.action_undo)

    def contest(self, rng, order):
        """A customer who does not pay, a bank that takes money back."""
        money = order._oms_money()[order.id]
        kind = rng.choice(("customer", "chargeback"))
        amount = money.residual if kind == "customer" else money.clearing_open
        if not order.currency_id.is_zero(amount):

            def step():
                dispute = self.env["oms.dispute"].create(
                    {
                        "order_id": order.id,
                        "kind": kind,
                        "amount": order.currency_id.round(amount * rng.choice((1, 0.3))),
                        "reason": "walk",
                    }
                )
                if kind == "chargeback":
                    dispute.action_take_back()

            self.attempt(step)

    def end_dispute(self, rng, dispute):
        self.attempt(rng.choice((dispute.action_win, dispute.action_lose)))

    # WHAT MUST HOLD

    def attempt(self, step):
        """A replacement that a return made is an order of this walk, too."""
        done = super().attempt(step)
        self.orders |= self.orders.oms_return_ids.replacement_ids
        return done

    def check(self):
        result = super().check()
        self.check_money()
        self.check_returns()
        self.check_value()
        return result

    def check_money(self):
        """No order gives back more than came in, and credits no more than was invoiced."""
        for order in self.orders:
            zero = order.currency_id.rounding / 2
            totals = {"out_invoice": 0.0, "out_refund": 0.0}
            for move in order.oms_invoice_ids.filtered(lambda move: move.state == "posted"):
                totals[move.move_type] += move.amount_total
            name = f"{order.name} {order.oms_channel_id.code}"
            self.case.assertLessEqual(
                totals["out_refund"], totals["out_invoice"] + zero, f"credited: {name}"
            )
            money = {"inbound": 0.0, "outbound": 0.0}
            for payment in order.oms_payment_ids.filtered(
                lambda payment: payment.state in ("in_process", "paid")
            ):
                money[payment.payment_type] += payment.amount
            received = money["inbound"] + self._paid_out(order)
            for movement in self.credits().filtered(lambda one, order=order: one.order_id == order):
                if movement.kind == "used":
                    received -= movement.change
                else:
                    money["outbound"] += movement.change
            self.case.assertLessEqual(money["outbound"], received + zero, f"paid back: {name}")

    def _paid_out(self, order):
        """What came by a payout without having been booked as held, in the order's currency."""
        lines = self.env["oms.settlement.line"].search(
            [("order_id", "=", order.id), ("move_id", "!=", False)]
        )
        items = lines.move_id.line_ids.filtered(
            lambda item: item.oms_order_id == order
            and item.account_id.account_type == "asset_receivable"
        )
        return -sum(items.mapped("amount_currency"))

    def check_returns(self):
        """No line has more units in returns than its transfers took to the customer."""
        for line in self.orders.order_line.filtered(lambda line: line.product_id in self.products):
            cases = line.order_id.oms_return_ids.line_ids.filtered(
                lambda item, line=line: item.sale_line_id == line
                and item.return_id.state not in ("declined", "cancelled")
            )
            back = sum(
                item.received if item.return_id.received_at else item.quantity for item in cases
            )
            gone = sum(
                line.move_ids.filtered(
                    lambda move: move.state == "done" and move.location_dest_usage == "customer"
                ).mapped("quantity")
            )
            self.case.assertLessEqual(back, gone, line.display_name)

    def check_value(self):
        """What Odoo valued, in and out, is what lies in places that have a value."""
        moves = self.env["stock.move"].search(
            [("product_id", "in", self.products.ids), ("state", "=", "done")]
        )
        came = sum(moves.filtered("is_in").mapped("quantity"))
        went = sum(moves.filtered("is_out").mapped("quantity"))
        self.case.assertAlmostEqual(came - went, self._units_in("internal", "transit"), 4)


class ProofWalks:
    """Two companies walk at the same time, in a savepoint that is given up at the end."""

    def __init__(self, case, worlds, clock):
        self.case, self.env = case, case.env
        self.env.flush_all()
        self.savepoint = self.env.cr.savepoint(flush=False)
        self.walks = [ProofWalk(world.bind(case), clock) for world in worlds]
        self.steps = self.figures = 0

    def run(self, numbers):
        try:
            for index, number in enumerate(numbers):
                rng = random.Random(number + index)
                walk = rng.choice(self.walks)
                walk.take(rng)
                self.steps += 1
                walk.check()
                self.check()
            self.figures = sum(
                DoubleFigures(self.case, walk.env, walk.orders, date(2026, 12, 1)).check()
                for walk in self.walks
            )
        except Exception as error:
            for walk in self.walks:
                error.add_note(f"{walk.world.company.name}: " + ", ".join(walk.taken))
            raise
        finally:
            self.env.cr.precommit.clear()
            self.env.cr.postcommit.clear()
            self.env.transaction.clear()
            self.savepoint.close(rollback=True)

    def check(self):
        """The proof of both companies finds nothing, and no integrity check of either fails."""
        both = [walk.world.company.id for walk in self.walks]
        env = self.env(context={**self.env.context, "allowed_company_ids": both})
        self.case.assertEqual(env["oms.proof"].run(), [])
        for walk in self.walks:
            today = fields.Date.to_string(walk.world.company._oms_local_date(fields.Datetime.now()))
            report = walk.env["oms.analysis"].get_report("integrity", today, today)
            failed = [row for row in report["rows"] if row["alert"]]
            self.case.assertFalse(failed, walk.world.company.name)
            failed = walk.orders._oms_active_holds().filtered(
                lambda hold: hold.code == "automation_failed"
            )
            self.case.assertFalse(failed, failed.mapped("reason"))
