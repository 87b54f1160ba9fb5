from odoo import fields, models
from odoo.exceptions import UserError

from ..exceptions import OmsRefusal

# Amounts that differ by no more than this, in the company's currency, agree.
TOLERANCE = 1.0


class OmsSettlementLine(models.Model):
    """Posting: one entry per submission, every item of it but the bank's on its order."""

    _inherit = "oms.settlement.line"

    def _post_matched(self):
        """Post lines that are matched and not posted; a refusal leaves them ``failed``."""
        lines = self.filtered(lambda line: line.state in ("new", "failed") and not line.move_id)
        if not lines:
            return
        orders = lines.order_id
        orders._oms_lock()
        try:
            with self.env.cr.savepoint():
                lines.company_id._oms_in_language(lines)._post()
                self.env.flush_all()
        except UserError as error:
            lines.write({"state": "failed", "error": str(error)})
            return
        orders._oms_touch()
        orders._oms_advance()

    def _post(self):
        settlement = self.settlement_id
        settlement.ensure_one()
        self._compare()
        move = (
            self.env["account.move"]
            .with_company(settlement.company_id)
            .with_context(tracking_disable=True)
            .create(self._prepare_move(settlement))
        )
        move._post(soft=False)
        for line in self:
            kind = line.difference_kind
            line.write(
                {"move_id": move.id, "error": False, "state": "difference" if kind else "matched"}
            )
        self.order_id._oms_reconcile()

    # EXPECTED AND PAID

    def _compare(self):
        """Set what was expected per line, and classify what differs.

        Several lines for one order in one payout (a sale and its refund) are compared together;
        the last of them carries the difference.
        """
        targets = self._targets()
        for order, lines in self.grouped("order_id").items():
            expected = targets[order][1] if order else 0.0
            paid = sum(lines.mapped("gross"))
            for line in lines:
                line._classify(line.gross, line.gross)
            if order:
                last = lines[-1]
                last._classify(expected - (paid - last.gross), last.gross)

    def _classify(self, expected, paid):
        currency = self.currency_id
        difference = currency.round(paid - expected)
        unexplained = currency.round(self.gross - self.fee_amount - self.net)
        kind = False
        if abs(difference) > TOLERANCE:
            nothing = currency.is_zero(expected)
            kind = "not_expected" if nothing else ("short" if difference < 0 else "over")
        elif abs(unexplained) > TOLERANCE:
            kind = "unexplained"
        self.write({"expected": expected, "difference": difference, "difference_kind": kind})

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
                result[order] = (account, money[order.id].to_pay)
        return result

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

    def _prepare_move(self, settlement):
        targets = self._targets()
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
        small = self.difference if abs(self.difference) <= TOLERANCE else 0.0
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
                        "account_id": self._fee_account().id,
                        "balance": amount,
                        "oms_fee_family": family,
                    }
                )
        return items

    def _fee_account(self):
        """Return the account of what the channel keeps.

        :raise OmsRefusal: ``missing_fee_account``
        """
        channel = self.order_id.oms_channel_id or self.channel_id
        account = channel.fee_account_id or self.channel_id.fee_account_id
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
            fee = {**common, "account_id": self._fee_account().id, "oms_fee_family": "variance"}
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
