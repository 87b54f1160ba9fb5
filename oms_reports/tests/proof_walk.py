"""A walk over everything that can happen to goods and money in two companies at once.

After every step all that must be equal is compared: the proof, and what ``proof_checks.py`` counts
by itself; now and then, and at the end, the integrity page of each company.
"""

import random
from collections import Counter
from datetime import date, timedelta

from odoo import Command, fields

from odoo.addons.oms_fulfillment.models.oms_return_exchange import MODES
from odoo.addons.oms_fulfillment.tests.conservation import ConservationWalk

from .double_figures import DoubleFigures
from .proof_checks import ProofChecks

BEGIN = date(2026, 12, 1)
# The integrity page shows what the proof compares after each step: every fifth is enough.
PAGE_EVERY = 5
# Minutes to months: over midnight, the end of a month and of the year in Jakarta.
PAUSES = ({"minutes": 20}, {"hours": 5}, {"days": 1}, {"days": 9}, {"days": 33})


class ProofWalk(ProofChecks, ConservationWalk):
    """One company's part of the walk; see :class:`ProofWalks` for the whole."""

    WISHES = ("credit", "exchange", "exchange", *ConservationWalk.WISHES)

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
        work = orders.oms_fulfillment_ids
        delivered = work.filtered(lambda w: w.state == "delivered")
        arrived = work.filtered("delivered_at").order_id.order_line.filtered("qty_delivered")
        disputes = self.env["oms.dispute"].search([("order_id", "in", orders.ids)])
        open_disputes = disputes.filtered(lambda one: one.state in ("open", "answered"))
        return [
            *super().options(),
            (6, self.sell, len(orders) < 6),
            (6, self.exchange, arrived),
            (5, self.bring_back, arrived),
            (1, self.bring_parts, self.parts_on_their_way()),
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

    def sold(self):
        """Goods; kits, where there are any, more often than each of them."""
        return [*self.products, *self.world.kit, *self.world.kit]

    def _goods_line(self, rng, unit):
        return Command.create(
            {
                "product_id": rng.choice(self.sold()).id,
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

    def seen(self):
        """What came up on the way, for who wants to know whether it did."""
        cases = self.orders.oms_return_ids
        kits = self.orders.order_line.filtered("oms_parts")
        back = cases.filtered("inspected_at").line_ids.sale_line_id
        return {
            "orders": len(self.orders),
            "returns": len(cases),
            "exchanges": len(cases.exchange_order_ids),
            "kits sent": len(kits.filtered(lambda line: "done" in line.move_ids.mapped("state"))),
            "kits back": len(kits & back),
        }

    # RETURNS

    def wish(self, rng, line):
        """Perhaps another product, dearer or cheaper than what comes back."""
        wish = rng.choice(self.WISHES)
        return self.exchange_wish(rng, line) if wish == "exchange" else {"wish": wish}

    def exchange_wish(self, rng, line):
        product = rng.choice(self.sold())
        price = line.price_total / (line.product_uom_qty or 1) * rng.choice((0.3, 0.93, 1, 1.7))
        rate = line.order_id.currency_rate or 1.0
        product.list_price = self.world.currency.round(price / rate)
        wanted = {
            "sku": product.default_code,
            "quantity": rng.choice((0, 0, 1, 3)),
            "mode": rng.choice([mode for mode, _label in MODES]),
        }
        rest = rng.choice((None, "credit"))
        return {"wish": "exchange", "exchange": wanted, "rest": rest}

    def exchange(self, rng, line):
        self._bring_back(rng, line, self.exchange_wish(rng, line))

    def bring_back(self, rng, line):
        self._bring_back(rng, line, self.wish(rng, line))

    def _bring_back(self, rng, line, wish):
        """A return from the request to its end, as far as nothing stops it."""
        before = self.orders.oms_return_ids
        rest = wish.pop("rest", None)
        item = {"sku": line.product_id.default_code, "quantity": rng.randint(1, 2), **wish}
        order = {"order": line.order_id.name, "rest": rest, "lines": [item]}
        self.call("oms.return", "request", [order])
        for case in self.orders.oms_return_ids - before:
            for _step in self.RETURN_STEPS:
                if case.state in self.RETURN_STEPS:
                    self.next_step_of_return(rng, case)

    def parts_on_their_way(self):
        """Open transfers that bring kits back."""
        pickings = self.orders.oms_return_ids._return_pickings()
        return pickings.filtered(
            lambda picking: picking.state not in ("done", "cancel")
            and any(picking.move_ids.sale_line_id.mapped("oms_parts"))
        )

    def bring_parts(self, rng, picking):
        """Some parts of a kit come back; the rest is on its way, or never comes."""
        context = {"skip_backorder": True, "skip_sms": True}
        if rng.random() < 0.5:
            context["picking_ids_not_to_backorder"] = picking.ids

        def step():
            for move in picking.move_ids:
                move.quantity = rng.randint(0, int(move.product_uom_qty))
                move.picked = bool(move.quantity)
            picking.with_context(**context).button_validate()

        self.attempt(step)

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


class ProofWalks:
    """Two companies walk at the same time, in a savepoint that is given up at the end."""

    def __init__(self, case, worlds, clock):
        self.case, self.env = case, case.env
        self.env.flush_all()
        self.savepoint = self.env.cr.savepoint(flush=False)
        self.walks = [ProofWalk(world.bind(case), clock) for world in worlds]
        self.seen = Counter()

    def run(self, numbers):
        try:
            for index, number in enumerate(numbers, start=1):
                rng = random.Random(number + index)
                walk = rng.choice(self.walks)
                walk.take(rng)
                walk.check()
                self.check_proof()
                if index % PAGE_EVERY == 0 or index == len(numbers):
                    self.check_page()
            self.seen["steps"] = len(numbers)
            for walk in self.walks:
                self.seen.update(walk.seen())
                figures = DoubleFigures(self.case, walk.env, walk.orders, BEGIN)
                self.seen["figures"] += figures.check()
        except Exception as error:
            for walk in self.walks:
                error.add_note(f"{walk.world.company.name}: " + ", ".join(walk.taken))
            raise
        finally:
            self.env.cr.precommit.clear()
            self.env.cr.postcommit.clear()
            self.env.transaction.clear()
            self.savepoint.close(rollback=True)

    def check_proof(self):
        """The proof of both companies finds nothing, and nothing failed that runs by itself."""
        both = [walk.world.company.id for walk in self.walks]
        env = self.env(context={**self.env.context, "allowed_company_ids": both})
        self.case.assertEqual(env["oms.proof"].run(), [])
        for walk in self.walks:
            failed = walk.orders._oms_active_holds().filtered(
                lambda hold: hold.code == "automation_failed"
            )
            self.case.assertFalse(failed, failed.mapped("reason"))

    def check_page(self):
        """No row of the integrity page of either company is red."""
        for walk in self.walks:
            today = fields.Date.to_string(walk.world.company._oms_local_date(fields.Datetime.now()))
            report = walk.env["oms.analysis"].get_report("integrity", today, today)
            failed = [row for row in report["rows"] if row["alert"]]
            self.case.assertFalse(failed, walk.world.company.name)
