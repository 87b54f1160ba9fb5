from decimal import Decimal

from odoo import fields, models

from ..engine import refund
from ..exceptions import OmsRefusal
from .sale_order_line_billing import Invoiced


class SaleOrder(models.Model):
    """Giving money back: exact credit notes, and paying what the buyer is owed."""

    _inherit = "sale.order"

    def _oms_refund_prepayment(self):
        """Give back what was paid for cancelled orders."""
        result = super()._oms_refund_prepayment()
        # sudo: whoever may cancel an order causes its refund; the amount is computed.
        self.sudo()._oms_run_step("_oms_step_refund")
        return result

    def _oms_step_refund(self):
        """Credit units that were billed and are not kept, then pay back what the buyer is owed.

        A surplus that does not come from units or a cancellation (an overpayment, a credit note
        agreed by hand) waits for a person, see :meth:`action_oms_pay_back`; and while the money is
        contested, nothing goes back by itself.
        """
        due = self._oms_managed().filtered(lambda order: order._oms_gave_units_up())
        for order in due:
            order._oms_credit_units()
        money = due._oms_money()
        for order in due - due._oms_disputed():
            known = money[order.id]
            amount = known.refund_due - known.unagreed_credit
            if order.currency_id.compare_amounts(amount, 0.0) > 0:
                order._oms_give_back(amount)

    def _oms_gave_units_up(self):
        if self.state == "cancel":
            return True
        return self.state == "sale" and (
            any(self.order_line.mapped("oms_qty_cancelled"))
            or any(self.oms_return_ids.line_ids.mapped("refund_quantity"))
        )

    def action_oms_pay_back(self):
        """Button of finance: pay back everything that the buyer is owed."""
        if not self.env.user.has_group("oms_fulfillment.group_oms_finance"):
            raise OmsRefusal(
                "access",
                self.env._("%(user)s may not pay money back.", user=self.env.user.name),
                next_step=self.env._("Ask somebody with the role OMS: Finance."),
            )
        self.check_access("write")
        # sudo: the role was checked; the entries are made by the addon.
        orders = self.sudo()._oms_managed()
        money = orders._oms_money()
        for order in orders:
            if order.currency_id.compare_amounts(money[order.id].refund_due, 0.0) > 0:
                order._oms_pay_back(money[order.id].refund_due)
        return True

    def _oms_give_back(self, amount):
        """Give the buyer what they are owed for units that they do not keep; return the payment."""
        return self._oms_pay_back(amount)

    def _oms_pay_back(self, amount):
        """Book an outgoing payment of ``amount`` and reconcile it; return it."""
        self.ensure_one()
        self._oms_lock()
        vals = self._oms_prepare_payment(
            self._oms_refund_journal(),
            amount,
            "refund",
            self._oms_local_date(fields.Datetime.now()),
            direction="outbound",
        )
        payment = self._oms_book_payments([vals])
        self._oms_reconcile()
        return payment

    def _oms_refund_journal(self):
        """Money goes back the way it came: from the marketplace's account, else from the bank."""
        channel = self.oms_channel_id
        if self.oms_payment_policy in ("prepaid", "escrow") and channel.clearing_journal_id:
            return channel.clearing_journal_id
        return channel.settlement_journal_id or self._oms_journal("settlement_journal_id")

    # CREDIT NOTES

    def _oms_credit_units(self):
        """Credit the units on posted invoices that the buyer does not keep.

        :return: the posted credit note, or an empty recordset when there is nothing to credit
        """
        self.ensure_one()
        final = self._oms_final_units()
        invoiced = self.order_line._oms_invoiced()
        over = {}
        for line in self.order_line._oms_goods():
            done = invoiced.get(line.id, Invoiced()).units
            if line.product_uom_id.compare(done, final[line.id]) > 0:
                over[line.id] = done - final[line.id]
        posted = self.oms_invoice_ids.filtered(lambda move: move.state == "posted")
        invoices = posted.filtered(lambda move: move.move_type == "out_invoice")
        if not invoices or not (over or self.state == "cancel"):
            return self.env["account.move"]
        self._oms_lock()
        amounts, facts = self._oms_credit_amounts(invoices, posted - invoices, invoiced, final)
        if not amounts:
            return self.env["account.move"]
        return self._oms_post_credit(invoices, over, amounts, facts)

    def _oms_credit_amounts(self, invoices, credits, invoiced, final):
        """Return the engine's refund and the facts that it is based on."""
        facts = invoices._oms_amounts_by_sale_line()
        given = credits._oms_amounts_by_sale_line()
        lines = []
        before, after = {}, {}
        for line in self.order_line.filtered(lambda line: line.id in facts):
            fact = facts[line.id]
            quantity = Decimal(repr(fact["quantity"]))
            lines.append(
                refund.Line(
                    line.id,
                    line._oms_value_kind(),
                    quantity,
                    fact["amounts"],
                    given.get(line.id, {}).get("amounts", {}),
                )
            )
            if line.id in final:
                before[line.id] = Decimal(repr(invoiced[line.id].units))
                after[line.id] = min(before[line.id], Decimal(repr(final[line.id])))
        amounts = refund.refund_lines(
            lines,
            before,
            after,
            self._oms_rounding(),
            # a deposit was billed without goods
            extras_before=self.state == "cancel"
            or self._oms_bills_extras({key: float(units) for key, units in before.items()}),
            extras_after=self._oms_bills_extras(final),
        )
        return amounts, {line.key: (line, facts[line.key]["line"]) for line in lines}

    def _oms_post_credit(self, invoices, over, amounts, facts):
        items = []
        for key, components in amounts.items():
            line, item = facts[key]
            sale_line = self.order_line.browse(key)
            vals = self._oms_prepare_credit_item(item, sale_line)
            vals["quantity"] = over.get(key) or 1.0
            if line.kind != refund.GOODS and line.quantity:
                vals["price_unit"] *= float(line.quantity)
            self._oms_set_exact(vals, components, line)
            items.append(fields.Command.create(vals))
        vals = self.with_company(self.company_id)._prepare_invoice()
        vals.update(
            move_type="out_refund",
            invoice_date=self._oms_local_date(fields.Datetime.now()),
            invoice_payment_term_id=False,
            reversed_entry_id=invoices[:1].id,
            oms_unit_credit=True,
            transaction_ids=False,
            invoice_line_ids=items,
        )
        credit = self.env["account.move"].with_company(self.company_id).create(vals)
        credit._oms_refuse_mismatch(float(refund.total(amounts)))
        credit._post(soft=False)
        self._oms_reconcile()
        return credit

    def _oms_prepare_credit_item(self, item, sale_line):
        """The journal item that charged a line, as the item that takes a part of it back."""
        return {
            "name": item.name,
            "product_id": item.product_id.id,
            "product_uom_id": sale_line.product_uom_id.id,
            # a down payment has no unit
            "price_unit": item.product_uom_id._compute_price(
                item.price_unit, sale_line.product_uom_id
            )
            if item.product_uom_id
            else item.price_unit,
            "discount": item.discount,
            "tax_ids": [fields.Command.set(item.tax_ids.ids)],
            "account_id": item.account_id.id,
            "analytic_distribution": item.analytic_distribution,
            "sale_line_ids": [fields.Command.link(sale_line.id)],
        }
