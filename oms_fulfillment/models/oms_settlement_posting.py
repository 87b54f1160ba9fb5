from decimal import Decimal

from odoo import fields, models
from odoo.exceptions import UserError

from ..adapters.settlement.families import root
from ..engine import settlement as engine
from ..exceptions import OmsRefusal


class OmsSettlementLine(models.Model):
    """Posting: one entry per batch of lines, every item of it but the bank's on its order."""

    _inherit = "oms.settlement.line"

    def _post_matched(self):
        """Post lines that are matched, due and not posted; a refusal leaves them ``failed``."""
        lines = self.filtered(lambda line: line.state in ("new", "failed") and not line.move_id)
        lines = lines._due()
        if not lines:
            return
        orders = lines.order_id
        orders._oms_lock()
        for _settlement, some in lines.grouped("settlement_id").items():
            some._post_or_fail()
        orders._oms_touch()
        orders._oms_advance()

    def _due(self):
        """The lines that no adjustment is waited for any more."""
        now = fields.Datetime.now()
        return self.filtered(lambda line: not line.post_from or line.post_from <= now)

    def _post_or_fail(self):
        """Post these lines together; where one is refused, the others are posted without it."""
        try:
            with self.env.cr.savepoint():
                self.company_id._oms_in_language(self)._post()
                self.env.flush_all()
        except UserError as error:
            if len(self) == 1:
                self.write({"state": "failed", "error": str(error)})
                return
            half = len(self) // 2
            self[:half]._post_or_fail()
            self[half:]._post_or_fail()

    def _post(self):
        settlement = self.settlement_id
        settlement.ensure_one()
        targets = self._targets()
        self._compare(targets)
        move = (
            self.env["account.move"]
            .with_company(settlement.company_id)
            .with_context(tracking_disable=True)
            .create(self._prepare_move(settlement, targets))
        )
        move._post(soft=False)
        for line in self:
            kind = line.difference_kind
            line.write(
                {"move_id": move.id, "error": False, "state": "difference" if kind else "matched"}
            )
        self.order_id._oms_reconcile()
        self._earlier()._review()

    # EXPECTED AND PAID

    def _compare(self, targets):
        """Set what was expected per line, and classify what differs.

        Several lines for one order in one payout (a sale and its refund) are compared together;
        the last of them carries the difference. What is no sale closes nothing and expects nothing.
        """
        before = self._paid_before()
        for order, lines in self.grouped("order_id").items():
            compared = lines.filtered(lambda line: line.gross or line.kind in (False, "order"))
            for line in lines:
                line._classify(line.gross, lines)
            if order and compared:
                last = compared[-1]
                expected = targets[order][1] - (sum(lines.mapped("gross")) - last.gross)
                last._classify(expected, lines, before=order in before)

    def _paid_before(self):
        """The orders of these lines that an earlier line has paid out."""
        groups = self._read_group(
            [
                ("order_id", "in", self.order_id.ids),
                ("move_id", "!=", False),
                ("gross", ">", 0),
                ("id", "not in", self.ids),
            ],
            ["order_id"],
        )
        doubled = self.filtered(lambda line: len(line.parts or ()) > 1 and line.resi)
        return {order for (order,) in groups} | set(doubled.order_id)

    def _classify(self, expected, lines, before=False):
        """Say how what was paid differs from ``expected``; ``lines`` are those of the order."""
        currency = self.currency_id
        case = engine.Compared(
            expected=_exact(currency.round(expected)),
            paid=_exact(self.gross),
            refund=_exact(sum(lines.mapped("refund"))),
            voucher=_exact(sum(lines.mapped("voucher"))),
            unexplained=_exact(currency.round(self.gross - self.fee_amount - self.net)),
            fee=_exact(self.fee_amount),
            expected_fee=self._expected_fee(),
            before=before,
        )
        tolerance = self._tolerance(case.expected)
        difference = float(case.difference)
        self.write(
            {
                "expected": float(case.expected),
                "difference": difference,
                "written_off": difference if abs(case.difference) <= tolerance else 0.0,
                "difference_kind": engine.kind(case, tolerance),
            }
        )

    def _tolerance(self, expected):
        channel = self.channel_id
        amount, percent = channel.settle_tolerance, channel.settle_tolerance_percent
        return engine.allowed(expected, _exact(amount), _exact(percent))

    def _expected_fee(self):
        """What the channel should keep of a sale, ``None`` where nothing was agreed."""
        percent = self.channel_id.fee_percent
        if not percent or not self.channel_id.check_fees or not self.order_id or self.gross <= 0:
            return None
        return _exact(self.currency_id.round(self.gross * percent / 100))

    def _earlier(self):
        """The lines of the same orders that still show a difference."""
        return self.search(
            [
                ("order_id", "in", self.order_id.ids),
                ("state", "=", "difference"),
                ("id", "not in", self.ids),
            ]
        )

    def _review(self):
        """What was short is settled once nothing is open for its order any more."""
        open_kinds = ("short", "over", "not_expected", "refund", "voucher", "doubled")
        lines = self.filtered(lambda line: line.difference_kind in open_kinds and line.order_id)
        if not lines:
            return
        amounts = self._open_on({order: target[0] for order, target in lines._targets().items()})
        for line in lines:
            if line.currency_id.is_zero(amounts.get(line.order_id, 0.0)):
                line.write(
                    {
                        "state": "matched",
                        "difference_kind": False,
                        "difference": 0.0,
                        "expected": line.gross,
                    }
                )

    def _targets(self):
        """Return ``{order: (account, amount open)}`` that the payout of an order closes.

        Money that was booked as held (by the marketplace, by the courier) is closed on the
        account that holds it; otherwise the payout is the buyer's payment itself.
        """
        orders = self.order_id
        money = orders._oms_money()
        held = {}
        for payment in orders.oms_payment_ids.filtered(
            lambda payment: payment.oms_role in ("prepayment", "cod")
            and payment.state not in ("canceled", "rejected")
        ):
            held[payment.oms_order_id] = payment.outstanding_account_id
        amounts = self._open_on(held)
        result = {}
        for order in orders:
            if order in held:
                result[order] = (held[order], amounts.get(order, 0.0))
            else:
                partner = order.partner_invoice_id.with_company(order.company_id)
                invoices = order.oms_invoice_ids.filtered(lambda move: move.state == "posted")
                receivable = invoices.line_ids.account_id.filtered(
                    lambda account: account.account_type == "asset_receivable"
                )
                account = receivable[:1] or partner.property_account_receivable_id
                result[order] = (account, self._in_currency_of_books(order, money[order.id].to_pay))
        return result

    def _in_currency_of_books(self, order, amount):
        """An amount of an order as payouts are entered and booked: in the company's currency."""
        company = order.company_id
        today = order._oms_local_date(fields.Datetime.now())
        return order.currency_id._convert(amount, company.currency_id, company, today)

    def _open_on(self, accounts):
        """Return ``{order: open amount}`` on the account given per order."""
        if not accounts:
            return {}
        groups = self.env["account.move.line"]._read_group(
            [
                ("oms_order_id", "in", [order.id for order in accounts]),
                ("parent_state", "=", "posted"),
                ("reconciled", "=", False),
                ("account_id", "in", [account.id for account in accounts.values()]),
            ],
            ["oms_order_id", "account_id"],
            ["amount_residual:sum"],
        )
        return {
            order: amount for order, account, amount in groups if accounts.get(order) == account
        }

    # THE ENTRY

    def _prepare_move(self, settlement, targets):
        items = []
        for line in self:
            items += line._prepare_items(targets)
        received = sum(self.mapped("net"))
        if not settlement.currency_id.is_zero(received):
            items.append(
                {
                    "name": settlement.reference,
                    "account_id": settlement._bank_account().id,
                    "balance": received,
                }
            )
        paid = [line.paid_at for line in self if line.paid_at] or [fields.Datetime.now()]
        return {
            "move_type": "entry",
            "journal_id": settlement._journal().id,
            "date": settlement.company_id._oms_local_date(max(paid)),
            "ref": settlement.reference,
            "oms_settlement_id": settlement.id,
            "line_ids": [fields.Command.create(item) for item in items],
        }

    def _prepare_items(self, targets):
        """The journal items of one line: what it closes, and the fees by family."""
        order = self.order_id
        currency = self.currency_id
        common = {
            "oms_order_id": order.id,
            "oms_settlement_line_id": self.id,
            "partner_id": order.partner_invoice_id.commercial_partner_id.id,
        }
        label = order.oms_external_id or order.name or self.settlement_id.reference
        small = self.written_off
        closed = currency.round(self.gross - small)
        fees = {**(self.fees or {})}
        extra = {
            "rounding": -small,
            "unexplained": currency.round(self.gross - self.fee_amount - self.net),
        }
        for family, amount in extra.items():
            if not currency.is_zero(amount):
                fees[family] = currency.round(fees.get(family, 0.0) + amount)
        items = []
        if not currency.is_zero(closed):
            items.append(
                {
                    **common,
                    "name": label,
                    "account_id": targets[order][0].id,
                    "balance": -closed,
                }
            )
        for family, amount in sorted(fees.items()):
            if not currency.is_zero(amount):
                items.append(
                    {
                        **common,
                        "name": f"{label}: {family}",
                        "account_id": self._fee_account(family).id,
                        "balance": amount,
                        "oms_fee_family": root(family),
                    }
                )
        return items

    def _fee_account(self, family):
        """Return the account of what the channel keeps under ``family``.

        :raise OmsRefusal: ``missing_fee_account``
        """
        channel = self.order_id.oms_channel_id or self.channel_id
        account = channel._account_of_fee(family) or self.channel_id._account_of_fee(family)
        if not account:
            raise OmsRefusal(
                "missing_fee_account",
                self.env._("The channel %(channel)s has no fee account.", channel=channel.name),
                field="fees",
                next_step=self.env._("Set it under OMS > Configuration > Channels."),
            )
        return account

    def _book_variance(self):
        """Close what this line left open for its order: short money is a cost of the channel."""
        account = self._targets()[self.order_id][0]
        amount = self._open_on({self.order_id: account}).get(self.order_id, 0.0)
        amount = self.currency_id.round(amount)
        if not self.currency_id.is_zero(amount):
            common = {
                "oms_order_id": self.order_id.id,
                "oms_settlement_line_id": self.id,
                "partner_id": self.order_id.partner_invoice_id.commercial_partner_id.id,
                "name": self.order_id.oms_external_id or self.order_id.name,
            }
            fee = {
                **common,
                "account_id": self._fee_account("variance").id,
                "oms_fee_family": "variance",
            }
            move = (
                self.env["account.move"]
                .with_company(self.company_id)
                .create(
                    {
                        "move_type": "entry",
                        "journal_id": self.settlement_id._journal().id,
                        "ref": self.settlement_id.reference,
                        "oms_settlement_id": self.settlement_id.id,
                        "line_ids": [
                            fields.Command.create(
                                {**common, "account_id": account.id, "balance": -amount}
                            ),
                            fields.Command.create({**fee, "balance": amount}),
                        ],
                    }
                )
            )
            move._post(soft=False)
            self.variance_move_id = move
            self.order_id._oms_reconcile()
        self.state = "matched"
        self.order_id._oms_touch()


def _exact(amount):
    return Decimal(repr(amount))
