"""What must hold in a company of the walk, counted from documents that neither the proof nor the
integrity page reads that way."""

from collections import defaultdict


class ProofChecks:
    """The invariants of :class:`ProofWalk`, asked after each step."""

    def attempt(self, step):
        """What a return had sent, instead or again, is an order of this walk, too."""
        done = super().attempt(step)
        cases = self.orders.oms_return_ids
        self.orders |= cases.replacement_ids | cases.exchange_order_ids
        return done

    def check(self):
        result = super().check()
        self.check_money()
        self.check_exchanges()
        self.check_returns()
        self.check_value()
        return result

    # MONEY

    def check_money(self):
        """No order gives back more than came in, and credits no more than was invoiced."""
        exchanged = self.exchange_items().grouped("oms_order_id")
        movements = self.credits().grouped("order_id")
        for order in self.orders:
            zero = order.currency_id.rounding / 2
            totals = {"out_invoice": 0.0, "out_refund": 0.0}
            for move in order.oms_invoice_ids.filtered(lambda move: move.state == "posted"):
                totals[move.move_type] += move.amount_total
            name = f"{order.name} {order.oms_channel_id.code}"
            self.case.assertLessEqual(
                totals["out_refund"], totals["out_invoice"] + zero, f"credited: {name}"
            )
            money = {"inbound": self._paid_out(order), "outbound": 0.0}
            for payment in order.oms_payment_ids.filtered(
                lambda payment: payment.state in ("in_process", "paid")
            ):
                money[payment.payment_type] += payment.amount
            for movement in movements.get(order, ()):
                if movement.kind == "used":
                    money["inbound"] -= movement.change
                else:
                    money["outbound"] += movement.change
            for item in exchanged.get(order, ()):
                money["inbound"] -= min(item.amount_currency, 0.0)
                money["outbound"] += max(item.amount_currency, 0.0)
            self.case.assertLessEqual(
                money["outbound"], money["inbound"] + zero, f"paid back: {name}"
            )

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

    # EXCHANGES

    def exchange_items(self):
        """The journal items by which what came back pays for what was sent instead."""
        entries = self.env["account.move"].search(
            [
                ("oms_exchange_id", "in", self.orders.oms_return_ids.ids),
                ("state", "=", "posted"),
            ]
        )
        return entries.line_ids

    def check_exchanges(self):
        """What pays an exchange left the order that came back, once, and is no part of a profit."""
        items = self.exchange_items()
        types = set(items.account_id.mapped("account_type"))
        self.case.assertLessEqual(types, {"asset_receivable"}, "no sale and no cost")
        by_case = items.grouped(lambda item: item.move_id.oms_exchange_id)
        for case in self.orders.oms_return_ids.filtered("exchange_order_ids"):
            moved = defaultdict(float)
            for item in by_case.get(case, ()):
                moved[item.oms_order_id] += item.amount_currency
            taken = moved.pop(case.order_id, 0.0)
            self.check_exchange(case, taken, moved)

    def check_exchange(self, case, taken, given):
        """:param taken: off the order that came back; ``given`` is minus what each exchange got"""
        same, less, name = self.case.assertAlmostEqual, self.case.assertLessEqual, case.name
        zero = case.currency_id.rounding / 2
        same(taken, -sum(given.values()), 6, name)
        less(set(given), set(case.exchange_order_ids), name)
        less(taken, case.exchange_amount + zero, name)
        less(case.exchange_amount + case.store_credit_amount, case.refund_amount + zero, name)
        if case.state == "closed":
            same(taken, case.exchange_amount, 6, f"{name} is paid exactly")
        modes = set(case.line_ids.mapped("exchange_mode"))
        less(len(case.exchange_order_ids), len(modes), f"{name} is sent once")

    # UNITS

    def check_returns(self):
        """No line has more units in returns than its transfers took to the customer."""
        for line in self.orders.order_line.filtered("move_ids"):
            cases = line.order_id.oms_return_ids.line_ids.filtered(
                lambda item, line=line: item.sale_line_id == line
                and item.return_id.state not in ("declined", "cancelled")
            )
            back = sum(
                item.received if item.return_id.received_at else item.quantity for item in cases
            )
            gone = self._parts_moved(
                line.move_ids.filtered(lambda move: move.location_dest_usage == "customer")
            )
            units = self._whole_kits(line, gone) if line.oms_parts else sum(gone.values())
            self.case.assertLessEqual(back, units, line.display_name)

    def check_value(self):
        """What Odoo valued, in and out, is what lies in places that have a value."""
        moves = self.env["stock.move"].search(
            [("product_id", "in", self.products.ids), ("state", "=", "done")]
        )
        came = sum(moves.filtered("is_in").mapped("quantity"))
        went = sum(moves.filtered("is_out").mapped("quantity"))
        self.case.assertAlmostEqual(came - went, self._units_in("internal", "transit"), 4)
