from decimal import Decimal
from typing import NamedTuple

from odoo import fields, models
from odoo.tools import float_compare

from ..engine import refund
from .sale_order_line_billing import Invoiced


class BillPlan(NamedTuple):
    """What of an order may be invoiced.

    :ivar quantities: ``{line id: units}`` for the next invoice, as any person or route makes it
    :ivar due: ``{line id: units}`` never invoiced before; what the automatic invoice looks at, so
        that a credit note agreed by hand is not billed again
    :ivar complete: every unit that will ever be billed has reached the invoice trigger
    :ivar ready: so have all but those of lines in an open return: these don't stop the others
    """

    quantities: dict
    due: dict
    complete: bool
    ready: bool


class SaleOrder(models.Model):
    """What is billed when: the channel's trigger, less what was cancelled or came back."""

    _inherit = "sale.order"

    # WHAT MAY BE BILLED

    def _oms_refresh(self):
        """What is billable follows the goods, so it is brought up to date with them."""
        result = super()._oms_refresh()
        self._oms_refresh_billable()
        self.env.flush_all()
        return result

    def _oms_refresh_billable(self):
        # sudo: as for the stage, the result is the same for whoever caused it.
        lines = self.sudo().exists().order_line._oms_billed_here()
        self.env.add_to_compute(lines._fields["qty_to_invoice"], lines)

    def _get_invoiceable_lines(self, final=False):
        if self._oms_managed():
            self._oms_refresh_billable()
        return super()._get_invoiceable_lines(final=final)

    def _oms_final_units(self, returned=None):
        """Return ``{goods line id: units}`` that the buyer pays in the end.

        Cancelled units, and units that came back to be refunded, are not paid.

        :param returned: what ``_oms_returned`` says of the goods, where it is known already
        """
        goods = self.order_line._oms_goods()
        returned = goods._oms_returned() if returned is None else returned
        gone = self.filtered(lambda order: order.state == "cancel").order_line._oms_goods()
        left = gone._oms_buckets() if gone else {}
        result = {}
        for line in goods:
            units = line.product_uom_qty - line.oms_qty_cancelled
            if line.id in left:
                units = left[line.id].handed_over
            back = returned[line.id].refunded if line.id in returned else 0.0
            result[line.id] = max(units - back, 0.0)
        return result

    def _oms_bill_plans(self):
        """Return ``{order id: BillPlan}`` for confirmed managed orders, in constant queries."""
        orders = self.filtered(lambda order: order.oms_channel_id and order.state == "sale")
        goods = orders.order_line._oms_goods()
        buckets = goods._oms_buckets()
        returned = goods._oms_returned()
        invoiced = orders.order_line._oms_invoiced()
        final = orders._oms_final_units(returned)
        return {
            order.id: order._oms_bill_plan(buckets, returned, invoiced, final) for order in orders
        }

    def _oms_bill_plan(self, buckets, returned, invoiced, final):
        trigger = self._oms_invoice_trigger()
        lines = self.order_line._oms_billed_here()
        goods = lines.filtered(lambda line: line.id in buckets)
        reached, complete, ready = {}, True, True
        for line in goods:
            units, arrived = line._oms_reached(buckets[line.id], trigger, returned.get(line.id))
            reached[line.id] = max(units, 0.0)
            wanted = line.product_uom_qty - line.oms_qty_cancelled
            done = line.product_uom_id.compare(arrived, wanted) >= 0
            complete = complete and done
            ready = ready and (done or (line.id in returned and returned[line.id].open > 0))
        quantities, due = {}, {}
        for line in lines:
            done = invoiced.get(line.id, Invoiced())
            if line in goods:
                units = final[line.id] if complete else reached[line.id]
                quantities[line.id] = max(units - done.net, 0.0)
                due[line.id] = units - done.units
            else:
                charged = line.oms_return_id or self._oms_bills_extras(final)
                units = line.product_uom_qty if complete and charged else 0.0
                quantities[line.id] = 0.0 if done.net + done.by_units else units
                due[line.id] = 0.0 if done.invoiced else units
        # A discount is taken off the last invoice: alone on it, it could not be posted.
        whole = any(line._oms_value_kind() == "discount" for line in lines)
        return BillPlan(quantities, due, complete, complete or (ready and not whole))

    def _oms_bills_extras(self, final):
        """Whether shipping and fees are billed: with the goods, or when the buyer is to blame."""
        goods = self.order_line._oms_goods()
        if not goods:
            return self.state != "cancel"
        return any(final.get(line.id) for line in goods) or self._oms_buyer_keeps_extras()

    def _oms_buyer_keeps_extras(self):
        """Whether the buyer pays the shipping although nothing is kept."""
        lines = self.oms_return_ids.line_ids.filtered(lambda line: line.refund_quantity)
        return self.state == "sale" and any(line._is_buyers_fault() for line in lines)

    # EXACT AMOUNTS

    def _oms_components(self, base_line, company):
        """Return the exact amounts of a rounded base line: ``untaxed``, ``tax:<id>`` and
        ``base:<id>``, in its currency."""
        details = base_line["tax_details"]
        amounts = {
            "untaxed": details["total_excluded_currency"] + details["delta_total_excluded_currency"]
        }
        for tax_data in details["taxes_data"]:
            if not tax_data["is_reverse_charge"]:
                key = tax_data["tax"].id
                amounts[f"tax:{key}"] = tax_data["tax_amount_currency"]
                amounts[f"base:{key}"] = tax_data["base_amount_currency"]
        currency = base_line["currency_id"]
        return {name: self._oms_decimal(amount, currency) for name, amount in amounts.items()}

    def _oms_decimal(self, amount, currency=None):
        currency = currency or self.currency_id
        return refund.rounded(Decimal(repr(amount)), self._oms_rounding(currency))

    def _oms_rounding(self, currency=None):
        return Decimal(repr((currency or self.currency_id).rounding)).normalize()

    def _oms_sold_lines(self):
        """Return the order as it was sold, as a list of ``engine.refund.Line``."""
        self.ensure_one()
        Tax = self.env["account.tax"]
        lines = self.order_line.filtered(
            lambda line: not line.display_type and not line.is_downpayment
        )
        base_lines = [line._prepare_base_line_for_taxes_computation() for line in lines]
        Tax._add_tax_details_in_base_lines(base_lines, self.company_id)
        Tax._round_base_lines_tax_details(base_lines, self.company_id)
        return [
            refund.Line(
                line.id,
                line._oms_value_kind(),
                Decimal(repr(line.product_uom_qty)),
                self._oms_components(base_line, self.company_id),
            )
            for line, base_line in zip(lines, base_lines, strict=True)
        ]

    def _oms_final_total(self, final=None):
        """Return what the buyer pays in the end: the order less what is not kept (float)."""
        self.ensure_one()
        final = self._oms_final_units() if final is None else final
        goods = self.order_line._oms_goods()
        if self.state != "cancel" and all(
            line.product_uom_id.compare(final[line.id], line.product_uom_qty) == 0 for line in goods
        ):
            return self.amount_total
        kept = {line.id: Decimal(repr(final[line.id])) for line in goods}
        values = refund.value(
            self._oms_sold_lines(), kept, self._oms_rounding(), self._oms_bills_extras(final)
        )
        return float(refund.total(values))

    # EVERY ROUTE TO AN INVOICE

    def _prepare_invoice(self):
        vals = super()._prepare_invoice()
        vals["oms_order_id"] = self.id if self._oms_managed() else False
        return vals

    def _get_invoice_grouping_keys(self):
        """A managed order has its own invoice; others are grouped as Odoo does."""
        return [*super()._get_invoice_grouping_keys(), "oms_order_id"]

    def _create_invoices(self, grouped=False, final=False, date=None):
        """A hold stops the invoice before there is a draft of it."""
        managed = self._oms_managed()
        if managed:
            managed._oms_guard("invoice", managed.order_line.filtered("qty_to_invoice"))
        return super()._create_invoices(grouped=grouped, final=final, date=date)

    def _create_account_invoices(self, invoice_vals_list, final):
        """Give invoices for a part of an order their exact amounts, whichever route made them."""
        for vals in invoice_vals_list:
            order = self.filtered(lambda order, vals=vals: order.id == vals.get("oms_order_id"))
            if order:
                # sudo: who may invoice an order need not see its returns; amounts are computed.
                order.sudo()._oms_make_exact(vals)
        return super()._create_account_invoices(invoice_vals_list, final)

    def _oms_make_exact(self, vals):
        """Change the lines of an invoice in ``vals`` so that all invoices sum to what is kept."""
        items = {}
        for command in vals["invoice_line_ids"]:
            line_id = self._oms_linked_line(command[2])
            if line_id and not command[2].get("is_downpayment"):
                items[line_id] = command[2]
        invoiced = self.order_line._oms_invoiced()
        before, after = {}, {}
        for line in self.order_line._oms_goods():
            before[line.id] = Decimal(repr(invoiced.get(line.id, Invoiced()).net))
            units = items[line.id]["quantity"] if line.id in items else 0.0
            after[line.id] = before[line.id] + Decimal(repr(units))
        sold = self._oms_sold_lines()
        if not any(before.values()) and all(
            after.get(line.key, line.quantity) == line.quantity for line in sold
        ):
            return
        old = refund.value(sold, before, self._oms_rounding())
        new = refund.value(sold, after, self._oms_rounding())
        for line in sold:
            if line.key not in items:
                continue
            amounts = new[line.key]
            if line.kind == refund.GOODS:
                amounts = {name: amounts[name] - old[line.key][name] for name in amounts}
            self._oms_set_exact(items[line.key], amounts, line)

    def _oms_linked_line(self, vals):
        for command in vals.get("sale_line_ids") or ():
            if command[0] == fields.Command.LINK:
                return command[1]
        return False

    def _oms_set_exact(self, vals, amounts, line):
        """Put exact ``amounts`` on the values of one invoice line.

        With taxes, Odoo's own way of keeping agreed amounts is used (``extra_tax_data``); without,
        the unit price is what makes the amount.
        """
        if line.kind != refund.GOODS and line.amounts["untaxed"]:
            vals["price_unit"] *= float(amounts["untaxed"] / line.amounts["untaxed"])
        taxes = {name[4:]: amount for name, amount in amounts.items() if name.startswith("tax:")}
        quantity = vals["quantity"]
        if not taxes:
            net = quantity * vals["price_unit"] * (1 - (vals.get("discount") or 0.0) / 100)
            # Rests below the currency's unit would add up where the company rounds globally.
            if quantity and float_compare(net, float(amounts["untaxed"]), precision_digits=6):
                vals.update(price_unit=float(amounts["untaxed"]) / quantity, discount=0.0)
            vals["extra_tax_data"] = False
            return
        vals["extra_tax_data"] = {
            "currency_id": self.currency_id.id,
            "price_unit": vals["price_unit"],
            "discount": vals.get("discount") or 0.0,
            "quantity": quantity,
            "manual_total_excluded_currency": float(amounts["untaxed"]),
            "manual_tax_amounts": {
                tax_id: {
                    "tax_amount_currency": float(amount),
                    "base_amount_currency": float(amounts[f"base:{tax_id}"]),
                }
                for tax_id, amount in taxes.items()
            },
        }
