from odoo import fields, models

from ..exceptions import OmsRefusal
from .oms_dispute import OPEN


class OmsChannel(models.Model):
    _inherit = "oms.channel"

    dispute_account_id = fields.Many2one(
        "account.account",
        string="Contested Money",
        check_company=True,
        domain="[('account_type', '=', 'asset_current'), ('reconcile', '=', True)]",
        help="Money that was taken back and is still contested.",
    )
    dispute_loss_account_id = fields.Many2one(
        "account.account",
        string="Lost Disputes",
        check_company=True,
        domain="[('account_type', 'in', ('expense', 'expense_direct_cost', 'expense_other'))]",
        help="What we do not get in the end.",
    )


class AccountMove(models.Model):
    _inherit = "account.move"

    oms_dispute_id = fields.Many2one(
        "oms.dispute", string="Dispute", index="btree_not_null", copy=False, readonly=True
    )


class OmsDispute(models.Model):
    """What a dispute does in the ledger; every item of it is on its order.

    Taken back: Dr contested money, Cr where it was taken from. Won: the reverse. Lost: Dr lost
    disputes, Cr contested money, or the customer's debt where nothing was taken.
    """

    _inherit = "oms.dispute"

    def action_take_back(self):
        """Button: the contested money was taken out of our balance. Booked once.

        :raise OmsRefusal: ``access``, ``bad_step``, ``missing_account``, ``clearing_account``
        """
        disputes = self._begin(OPEN)
        for dispute in disputes.filtered(lambda dispute: not dispute.taken_move_id):
            contested = dispute._account("dispute_account_id")
            dispute.taken_move_id = dispute._book(
                [(contested, dispute.amount), (dispute._source_account(), -dispute.amount)]
            )
        return True

    def action_win(self):
        """Button: we keep the money.

        :raise OmsRefusal: ``access``, ``bad_step``
        """
        self._set_state("won", OPEN, closed_at=fields.Datetime.now(), lost_amount=0.0)
        for dispute in self.sudo().filtered("taken_move_id"):
            contested = dispute._account("dispute_account_id")
            dispute._book_outcome(
                [(dispute._source_account(), dispute.amount), (contested, -dispute.amount)]
            )
        return True

    def action_lose(self):
        """Button: we do not get the money, or a part of it.

        :raise OmsRefusal: ``access``, ``bad_step``, ``missing_account``, ``paid_meanwhile``
        """
        for dispute in self._begin(OPEN):
            lost = dispute.lost_amount or dispute.amount
            if dispute.taken_move_id:
                contested = dispute._account("dispute_account_id")
                back = dispute.currency_id.round(dispute.amount - lost)
                dispute._book_outcome(
                    [
                        (dispute._account("dispute_loss_account_id"), lost),
                        (dispute._source_account(), back),
                        (contested, -dispute.amount),
                    ]
                )
            elif dispute.kind == "customer":
                dispute._write_off(lost)
            dispute.lost_amount = lost
        self._set_state("lost", OPEN, closed_at=fields.Datetime.now())
        return True

    # ENTRIES

    def _write_off(self, lost):
        """Close what the customer owes: a cost of the channel."""
        owed = self.order_id._oms_money()[self.order_id.id].residual
        if self.currency_id.compare_amounts(lost, owed) > 0:
            raise OmsRefusal(
                "paid_meanwhile",
                self.env._(
                    "%(order)s owes %(owed)s only, less than the %(lost)s that were lost.",
                    order=self.order_id.name,
                    owed=self.currency_id.format(owed),
                    lost=self.currency_id.format(lost),
                ),
                field="lost_amount",
                next_step=self.env._("Enter what is still owed and not paid any more."),
            )
        invoices = self.invoice_id or self.order_id.oms_invoice_ids.filtered(
            lambda move: move.state == "posted" and move.move_type == "out_invoice"
        )
        receivable = invoices.line_ids.filtered(
            lambda item: item.account_id.account_type == "asset_receivable"
        ).account_id[:1]
        self._book_outcome([(self._account("dispute_loss_account_id"), lost), (receivable, -lost)])

    def _book_outcome(self, items):
        self.outcome_move_id = self._book(items)
        moves = self.taken_move_id | self.outcome_move_id
        open_items = moves.line_ids.filtered(
            lambda item: item.account_id == self.channel_id.dispute_account_id
            and not item.reconciled
        )
        if len(open_items) > 1:
            open_items.reconcile()
        self.order_id._oms_reconcile()

    def _book(self, items):
        """Post ``[(account, amount in the order's currency)]`` on the order; return the entry."""
        company, currency = self.company_id, self.currency_id
        today = company._oms_local_date(fields.Datetime.now())
        partner = self.order_id.partner_invoice_id.commercial_partner_id
        items = [item for item in items if not currency.is_zero(item[1])]
        balances = [
            currency._convert(amount, company.currency_id, company, today)
            for _account, amount in items[:-1]
        ]
        # what rounding leaves is on the last item
        balances.append(-sum(balances))
        lines = [
            fields.Command.create(
                {
                    "name": f"{self.name}: {self.order_id.oms_external_id or self.order_id.name}",
                    "account_id": account.id,
                    "partner_id": partner.id,
                    "oms_order_id": self.order_id.id,
                    "currency_id": currency.id,
                    "amount_currency": amount,
                    "balance": balance,
                }
            )
            for (account, amount), balance in zip(items, balances, strict=True)
        ]
        journal = self.journal_id or self.channel_id.settlement_journal_id
        if not journal:
            journal = self.order_id._oms_journal("settlement_journal_id")
        move = (
            self.env["account.move"]
            .with_company(company)
            .with_context(tracking_disable=True)
            .create(
                {
                    "move_type": "entry",
                    "journal_id": journal.id,
                    "date": today,
                    "ref": self.reference or self.name,
                    "oms_dispute_id": self.id,
                    "line_ids": lines,
                }
            )
        )
        move._post(soft=False)
        self.order_id._oms_reconcile()
        return move

    def _source_account(self):
        """Where the money was taken from: the account that holds it, else the bank's."""
        journal = self.journal_id or self.order_id._oms_journal("settlement_journal_id")
        if journal in (self.channel_id.clearing_journal_id, self.channel_id.cod_journal_id):
            return self.order_id._oms_holding_account(journal)
        return journal.default_account_id

    def _account(self, fname):
        """Return an account of the channel.

        :raise OmsRefusal: ``missing_account``
        """
        channel = self.channel_id
        if not channel[fname]:
            raise OmsRefusal(
                "missing_account",
                self.env._(
                    "The channel %(channel)s has no account %(setting)s.",
                    channel=channel.name,
                    setting=channel._fields[fname]._description_string(self.env),
                ),
                field=fname,
                next_step=self.env._(
                    "Set it under OMS > Configuration > Channels, or by Readiness."
                ),
            )
        return channel[fname]


class SaleOrder(models.Model):
    _inherit = "sale.order"

    oms_dispute_ids = fields.One2many(
        "oms.dispute",
        "order_id",
        string="Disputes",
        groups="oms_fulfillment.group_oms_finance",
    )

    def _oms_disputed(self):
        """The orders of ``self`` whose money somebody contests at the moment."""
        if not self.ids:
            return self.browse()
        # sudo: an open dispute counts for everybody who moves the order's money.
        disputes = self.env["oms.dispute"].sudo()
        domain = [("order_id", "in", self.ids), ("state", "in", OPEN)]
        groups = disputes._read_group(domain, ["order_id"])
        return self.browse(order.id for (order,) in groups)

    def action_oms_disputes(self):
        """Button: the disputes of this order."""
        self.ensure_one()
        mine = [("order_id", "=", self.id)]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Disputes"),
            "res_model": "oms.dispute",
            "view_mode": "list,form",
            "domain": mine,
            "context": {
                "default_order_id": self.id,
                "default_amount": self.sudo()._oms_money()[self.id].residual
                if self.oms_channel_id
                else 0.0,
            },
        }
