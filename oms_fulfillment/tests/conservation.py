"""A walk over everything that can happen to orders, looking for a unit that gets lost.

A walk is a list of numbers: each chooses one of the steps that make sense at that moment (and now
and then one that makes none), and the records it is about. Refusals are fine, as in life; a step
that was refused leaves nothing behind. After every step the units are counted from independent
sources; at the end ``oms.proof`` must find nothing, and no automatic step may have failed.
"""

import random

from odoo import Command, fields
from odoo.exceptions import UserError

from ..engine.disposition import PLACES

# Answers that would hide a mistake of ours behind a refusal.
SUSPICIOUS = ("bad_value", "constraint", "failed")
ORDERS = 5


class ConservationWalk:
    """One walk, in a savepoint of the test case that is given up at its end."""

    def __init__(self, case):
        self.case = case
        self.env = case.env
        self.products = case.product | case.product_b | case.scarce
        self.channels = (case.on_acceptance, case.marketplace, case.cod)
        self.orders = self.env["sale.order"]
        self.payouts = 0
        self.put_in = self._everywhere()
        self.taken = []  # the steps, for the message of a failure

    def run(self, numbers):
        self.env.flush_all()
        savepoint = self.env.cr.savepoint(flush=False)
        try:
            for index, number in enumerate(numbers):
                self.take(random.Random(number + index))
                self.check()
            self.check_proof()
        except Exception as error:
            error.add_note("walk: " + ", ".join(self.taken))
            raise
        finally:
            self.env.cr.precommit.clear()
            self.env.cr.postcommit.clear()
            self.env.transaction.clear()
            savepoint.close(rollback=True)

    # CHOOSING A STEP

    def take(self, rng):
        """Take one of the steps that have something to work on; the weights make walks deep."""
        options = [
            (step, records)
            for weight, step, records in self.options()
            if records
            for _n in range(weight)
        ]
        step, records = rng.choice(options)
        self.taken.append(step.__name__)
        step(rng, rng.choice(records) if records is not True else None)

    def options(self):
        """Return ``[(weight, step, records that it may be about)]``."""
        orders = self.orders
        work = orders.oms_fulfillment_ids
        ready = work.filtered(lambda w: w.state in ("ready", "picked", "packed"))
        pickings = orders.picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))
        delivered = work.filtered(lambda w: w.state == "delivered")
        gone = work.filtered(lambda w: w.state in ("handed_over", "delivered", "accepted"))
        drafts = orders.filtered(lambda order: order.state == "draft")
        confirmed = orders.filtered(lambda order: order.state == "sale")
        cases = orders.oms_return_ids.filtered(lambda case: case.state in self.RETURN_STEPS)
        holds = orders._oms_active_holds()
        put_back = orders.oms_put_away_ids.filtered(lambda p: p.state not in ("done", "cancel"))
        return [
            (3, self.place, len(orders) < ORDERS),
            (4, self.confirm, drafts),
            (1, self.hold, orders),
            (2, self.release, holds),
            (1, self.change_quantity, orders.order_line),
            (1, self.cancel_order, confirmed),
            (1, self.cancel_rest, confirmed.order_line),
            (1, self.change, confirmed),
            (1, self.put_away, put_back),
            (1, self.start_again, orders.filtered(lambda order: order.state == "cancel")),
            (1, self.receive_stock, self.products),
            (1, self.reserve, bool(pickings)),
            (1, self.unreserve, pickings),
            (1, self.pick_and_pack, ready),
            (1, self.merge, ready),
            (1, self.act, work),
            (2, self.short, ready),
            (3, self.ship_some, ready),
            (3, self.ship, ready),
            (1, self.validate_transfer, pickings),
            (1, self.cancel_transfer, pickings),
            (3, self.deliver, work.filtered(lambda w: w.state == "handed_over")),
            (1, self.deliver, gone),
            (2, self.accept, delivered.order_id),
            (3, self.request_return, gone.order_id.order_line.filtered("qty_delivered")),
            (5, self.next_step_of_return, cases),
            (1, self.advance, bool(orders)),
            (2, self.settle, confirmed),
            (1, self.nonsense, orders),
        ]

    # RUNNING A STEP

    def attempt(self, step):
        """Run a step as a request does, whole or not at all, then what a commit does.

        Return whether it was done; False is a refusal.
        """
        refusal = None
        try:
            with self.env.cr.savepoint():
                step()
                self.env.flush_all()
        except UserError as error:
            refusal = error
            self.taken[-1] += f" (refused: {str(error)[:60]})"
            self.case.assertTrue(str(error), "a refusal says why")
        self.case._settle()
        return refusal is None

    def call(self, model, method, *args):
        """Call a public method; refusals in the answers are fine, mistakes of ours are not."""

        def step():
            for answer in getattr(self.env[model], method)(*args):
                for error in answer["errors"]:
                    self.taken[-1] += f" ({error['code']})"
                    self.case.assertNotIn(error["code"], SUSPICIOUS, answer)
                    self.case.assertTrue(error["message"], answer)

        self.attempt(step)

    # ORDERS

    def place(self, rng, _record):
        """An order for one product or two, or for the same one twice."""
        channel = rng.choice(self.channels)
        paid = {"oms_paid_at": fields.Datetime.now()} if channel == self.case.marketplace else {}
        lines = [
            Command.create(
                {
                    "product_id": rng.choice(self.products).id,
                    "product_uom_qty": rng.randint(1, 4),
                    "price_unit": rng.choice((33333, 50000, 99999)),
                    "discount": rng.choice((0, 0, 7)),
                    "tax_ids": [Command.set(self.case.tax.ids)],
                }
            )
            for _n in range(rng.randint(1, 3))
        ]
        values = {"partner_id": self.case.partner.id, "oms_channel_id": channel.id, **paid}

        def step():
            self.orders += self.env["sale.order"].create({**values, "order_line": lines})

        self.attempt(step)

    def confirm(self, rng, order):
        self.attempt(order.action_confirm)

    def change_quantity(self, rng, line):
        self.attempt(lambda: line.write({"product_uom_qty": rng.randint(0, 6)}))

    def cancel_order(self, rng, order):
        self.attempt(order._action_cancel)

    def cancel_rest(self, rng, line):
        """The rest of a line, or some units of it."""
        spec = {"line": line.id, **rng.choice(({}, {"quantity": rng.randint(1, 3)}))}
        item = {"order": line.order_id.name, "lines": [spec], "reason": "walk"}
        self.call("sale.order", "oms_cancel_lines", [item])

    def change(self, rng, order):
        """A change, looked at first: the preview promises what the change then does."""
        line = rng.choice(order.order_line)
        spec = {"line": line.id, "quantity": rng.randint(0, 5), "unit_price": 50000}
        changes = {"lines": [spec]}
        promised = order.oms_change_preview(order.name, changes)
        done = []
        self.attempt(lambda: done.append(order.oms_change(order.name, changes)))
        if done:
            same = self.case.assertEqual
            same(promised["errors"], done[0]["errors"])
            for error in done[0]["errors"]:
                self.case.assertNotIn(error["code"], SUSPICIOUS, error)
            same(promised.get("after"), done[0].get("after"))

    def put_away(self, rng, picking):
        self.attempt(picking.with_context(skip_backorder=True, skip_sms=True).button_validate)

    def start_again(self, rng, order):
        self.attempt(order.action_draft)

    def hold(self, rng, order):
        self.attempt(lambda: order._oms_raise_hold("manual", "walk"))

    def release(self, rng, hold):
        self.attempt(lambda: hold.release("walk"))

    # STOCK AND WAREHOUSE

    def receive_stock(self, rng, product):
        units = rng.randint(1, 5)
        self.put_in += units
        self.attempt(lambda: self.case._stock(product, units))

    def reserve(self, rng, _record):
        self.attempt(self.env["oms.allocator"].run)

    def unreserve(self, rng, picking):
        self.attempt(picking.do_unreserve)

    def pick_and_pack(self, rng, work):
        self.attempt(work.action_pick)
        if rng.random() < 0.5:
            self.attempt(work.action_pack)

    def merge(self, rng, work):
        """Two orders in one parcel, if they may be."""
        other = rng.choice(self.orders.oms_fulfillment_ids)
        self.call("oms.fulfillment", "merge", [{"fulfillments": [work.name, other.name]}])

    def act(self, rng, work):
        """Move, split or cancel a fulfilment, in whole or in part, sensible or not."""
        skus = [move.product_id.default_code for move in work.picking_id.move_ids] or ["NONE"]
        some = [{"sku": rng.choice(skus), "quantity": rng.randint(1, 2)}]
        item = {
            "fulfillment": work.name,
            "warehouse": rng.choice((self.case.warehouse, self.case.second)).code,
            "lines": rng.choice(([], some)),
            "reason": "walk",
        }
        self.call("oms.fulfillment", rng.choice(("move_to", "split", "cancel")), [item])

    def short(self, rng, work):
        """Units that were reserved are not there."""
        moves = work.picking_id.move_ids.filtered("quantity")
        if moves:
            move = rng.choice(moves)
            units = rng.randint(1, max(int(move.quantity), 1))
            item = {
                "fulfillment": work.name,
                "lines": [{"sku": move.product_id.default_code, "quantity": units}],
                "reason": rng.choice(("not_in_stock", "mismatch", "damaged")),
                "then": rng.choice(("resource", "backorder", "cancel")),
            }
            self.call("oms.fulfillment", "report_short", [item])

    def ship_some(self, rng, work):
        moves = work.picking_id.move_ids.filtered("quantity")
        if moves:
            move = rng.choice(moves)
            units = rng.randint(1, max(int(move.quantity), 1))
            parcel = {"lines": [{"sku": move.product_id.default_code, "quantity": units}]}
            self.call("oms.fulfillment", "ship", [{"fulfillment": work.name, "parcels": [parcel]}])

    def ship(self, rng, work):
        self.call("oms.fulfillment", "ship", [{"fulfillment": work.name}])

    def validate_transfer(self, rng, picking):
        """As in the warehouse app: what is reserved leaves, the rest waits or is given up."""
        context = {"skip_backorder": True, "skip_sms": True}
        if rng.random() < 0.3:
            context["picking_ids_not_to_backorder"] = picking.ids
        self.attempt(picking.with_context(**context).button_validate)

    def cancel_transfer(self, rng, picking):
        self.attempt(picking.action_cancel)

    # CUSTOMER

    def deliver(self, rng, work):
        """Late and repeated reports change nothing that is final."""
        self.call("oms.fulfillment", "mark_delivered", [{"fulfillment": work.name}])

    def accept(self, rng, order):
        self.call("sale.order", "oms_accept", [{"order": order.name}])

    WISHES = ("refund", "refund", "refund", "replace", "advance", "none")

    def request_return(self, rng, line):
        wanted = {"sku": line.product_id.default_code, "quantity": rng.randint(1, 3)}
        arrived = line.order_id.oms_fulfillment_ids.filtered("delivered_at")
        kind = "customer" if arrived else "rts"
        wanted.update(self.wish(rng, line))
        rest = wanted.pop("rest", None)
        item = {"order": line.order_id.name, "kind": kind, "rest": rest, "lines": [wanted]}
        if rng.random() < 0.1:
            item.update(goods_stay=True, override_reason="walk")
        self.call("oms.return", "request", [item])

    def wish(self, rng, line):
        """What the customer wants for what comes back; ``rest`` is for the whole return."""
        return {"wish": rng.choice(self.WISHES)}

    RETURN_STEPS = {
        "requested": "approve",
        "approved": "receive",
        "in_transit": "receive",
        "received": "inspect",
        "inspected": "resolve",
    }

    def next_step_of_return(self, rng, case):
        step = self.RETURN_STEPS[case.state]
        if step == "approve" and rng.random() < 0.1:
            step = "decline"
        item = {"return": case.name, "reason": "walk"}
        if step in ("receive", "inspect"):
            item["lines"] = [self.return_line(rng, step, line) for line in case.line_ids]
        self.call("oms.return", step, [item])

    def return_line(self, rng, step, line):
        sku = {"sku": line.product_id.default_code}
        if step == "receive":
            return {**sku, "quantity": max(line.quantity + rng.choice((0, 0, 0, -1, 1)), 0)}
        if rng.random() < 0.5:
            return {**sku, "findings": self.findings(rng, line)}
        scrap = rng.randint(0, int(line.received))
        rejected = rng.choice((0, scrap))
        return {**sku, "scrap": scrap, "restock": line.received - scrap, "rejected": rejected}

    def findings(self, rng, line):
        """A verdict on each unit by itself."""
        return [
            {"disposition": rng.choice(list(PLACES)), "quantity": 1, "refused": rng.randint(0, 1)}
            for _unit in range(int(line.received))
        ]

    # MONEY

    def advance(self, rng, _record):
        self.attempt(self.orders._oms_advance)

    def settle(self, rng, order):
        """A payout; sometimes the same one a second time."""
        self.payouts += rng.choice((0, 1, 1))
        fees = {"fee": rng.choice((0, 1500))}
        line = {"order": order.name, "gross": order.amount_total, "fees": fees}
        code = order.oms_channel_id.code
        self.call("oms.settlement", "submit_lines", code, f"WALK-{self.payouts}", [line])

    def nonsense(self, rng, order):
        """What nobody should do now."""
        calls = (
            ("sale.order", "oms_accept"),
            ("oms.fulfillment", "ship"),
            ("oms.fulfillment", "mark_delivered"),
            ("oms.return", "request"),
        )
        kind = rng.choice(("customer", "rts"))
        self.call(*rng.choice(calls), [{"order": order.name, "kind": kind}])

    # WHAT MUST HOLD

    def check(self):
        same, left = self.case.assertAlmostEqual, 0
        lines = self.orders.order_line
        for line_id, units in lines._oms_buckets().items():
            known = units.as_dict()
            self.case.assertFalse({k: v for k, v in known.items() if v < -1e-6}, (line_id, known))
            same(units.total, units.ordered, 4, f"units of line {line_id}: {known}")
            left += self.goods_gone(lines.browse(line_id), units.handed_over)
        same(self._everywhere(), self.put_in, 4, "goods left the world")
        cases = self.orders.oms_return_ids
        back = sum(map(self.goods_back, cases.line_ids))
        # not in the parcel, or sent back: the customer has it again
        back -= sum(
            move.quantity
            for move in cases._return_pickings().move_ids.returned_move_ids
            if move.state == "done" and move.location_dest_usage == "customer"
        )
        same(self._units_in("customer"), left - back, 4, "customers have what left and stayed")
        for quant in self._quants("internal"):
            self.case.assertLessEqual(quant.reserved_quantity, quant.quantity, quant.display_name)

    def goods_gone(self, line, units):
        """Units of products that left for a line: its own, or those of the parts of its kits."""
        if not line.oms_parts:
            return units
        gone = self._parts_moved(
            line.move_ids.filtered(
                lambda move: move.location_dest_usage == "customer"
                and not move.origin_returned_move_id
            )
        )
        self.case.assertEqual(self._whole_kits(line, gone), units, line.display_name)
        return sum(gone.values())

    def goods_back(self, item):
        """Units of products that came back for the line of a return."""
        line = item.sale_line_id
        if not line.oms_parts:
            return item.received
        back = self._parts_moved(
            item.return_id._return_pickings().move_ids.filtered(
                lambda move: move.location_id.usage == "customer"
                and (move.sale_line_id or move.origin_returned_move_id.sale_line_id) == line
            )
        )
        self.case.assertEqual(self._whole_kits(line, back), item.received, item.return_id.name)
        return sum(back.values())

    def _parts_moved(self, moves):
        """Return ``{product id: units}`` of the moves that were done."""
        done = moves.filtered(lambda move: move.state == "done")
        return {
            product.id: sum(some.mapped("quantity"))
            for product, some in done.grouped("product_id").items()
        }

    def _whole_kits(self, line, parts):
        """How many kits of a line so many parts make up."""
        return min(
            int((parts.get(int(key), 0) + 1e-6) // need) for key, need in line.oms_parts.items()
        )

    def check_proof(self):
        self.case.assertEqual(self.env["oms.proof"].run(), [])
        failed = self.orders._oms_active_holds().filtered(lambda h: h.code == "automation_failed")
        self.case.assertFalse(failed, failed.mapped("reason"))

    def _quants(self, *usages):
        self.env["stock.quant"].flush_model()
        return self.env["stock.quant"].search(
            [("product_id", "in", self.products.ids), ("location_id.usage", "in", usages)]
        )

    def _units_in(self, *usages):
        return sum(self._quants(*usages).mapped("quantity"))

    def _everywhere(self):
        return self._units_in("internal", "transit", "customer", "inventory")
