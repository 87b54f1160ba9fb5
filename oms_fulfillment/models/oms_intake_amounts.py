from decimal import Decimal

from odoo import models

from ..adapters.amounts import price_line, round_to, share, spread
from ..adapters.order import ZERO
from .oms_intake_order import KEPT_PRICE


class OmsIntake(models.Model):
    """The money of an order: every rupiah that the channel names is found again in Odoo.

    Goods keep the channel's price, with a percentage where one expresses the discount exactly.
    Everything else that the seller gives away becomes one discount line per set of taxes, so the
    tax falls as the price does. What the platform pays is no discount of ours.
    """

    _inherit = "oms.intake"

    def _settle_amounts(self, channel, jobs):
        """Set prices, discounts and shipping of freshly made orders."""
        extras = []
        for job in jobs:
            residuals = self._price_goods(job)
            extras += self._discount_lines(channel, job, residuals)
            extras += self._shipping_lines(channel, job)
        if extras:
            lines = self.env["sale.order.line"].create(extras)
            for line in lines.filtered(lambda line: line.oms_kind == "shipping" and line.tax_ids):
                amount = self._in_basis(line, Decimal(repr(line.price_unit)), tax_included=True)
                line.price_unit = float(amount)
        self._round_totals(channel, jobs)
        for job in jobs:
            self._set_cod_amount(job)

    def _steps(self, sale):
        precision = self.env["decimal.precision"]
        return {
            "rounding": Decimal(repr(sale.currency_id.rounding)),
            "price_step": Decimal(1).scaleb(-precision.precision_get("Product Price")),
            "percent_step": Decimal(1).scaleb(-precision.precision_get("Discount")),
            "rounds_lines": sale.company_id.tax_calculation_rounding_method != "round_globally",
        }

    def _price_goods(self, job):
        """Set price and discount of the goods lines; return ``{taxes: amount still to take off}``.

        Residuals are in the basis of their taxes: with them when prices include them.
        """
        steps = self._steps(job.sale)
        lines = job.sale.order_line.sorted(lambda line: (line.sequence, line.id))
        lines = lines.grouped("oms_line_ref")
        residuals = {}
        for item in job.order.lines:
            match = job.matches[item.sku]
            amounts = self._spread(item, match, steps["rounding"])
            for part, line, pair in zip(match.parts, lines[item.line_id], amounts, strict=True):
                gross, net = (self._in_basis(line, amount, item.tax_included) for amount in pair)
                price = price_line(gross, net, part.units(item.quantity), **steps)
                vals = {"price_unit": float(price.unit_price), "discount": float(price.percent)}
                if any(line[name] != value for name, value in vals.items()):
                    line.write(vals)
                if price.residual:
                    residuals[line.tax_ids] = residuals.get(line.tax_ids, ZERO) + price.residual
        return residuals

    def _spread(self, item, match, rounding):
        """Return ``[(gross, net)]``: what each component of a line costs; together, the line."""
        gross = item.quantity * item.unit_price
        if len(match.parts) == 1:
            return [(gross, item.amount)]
        return spread(gross, item.amount, match.weights(), rounding)

    def _in_basis(self, line, amount, tax_included):
        """Convert an amount to the basis in which Odoo reads the unit price of ``line``.

        Prices of channels mostly include the tax while Indonesian taxes are set up to come on
        top; the total that the customer pays stays the channel's.
        """
        taxes = line.tax_ids
        included = set(taxes.flatten_taxes_hierarchy().mapped("price_include"))
        if not amount or included in (set(), {tax_included}, {True, False}):
            return amount
        result = taxes.with_context(force_price_include=tax_included, round_base=False).compute_all(
            float(amount),
            currency=line.order_id.currency_id,
            product=line.product_id,
            partner=line.order_id.partner_shipping_id,
        )
        key = "total_excluded" if tax_included else "total_included"
        rounding = Decimal(repr(line.order_id.currency_id.rounding))
        return round_to(Decimal(repr(result[key])), rounding)

    def _discount_lines(self, channel, job, residuals):
        """One line per set of taxes for what percentages can't express and for vouchers."""
        order, sale = job.order, job.sale
        amounts = dict(residuals)
        voucher = order.discounted("seller")
        if voucher:
            goods = sale.order_line
            groups = {}
            for line in goods:
                groups[line.tax_ids] = groups.get(line.tax_ids, self.env["sale.order.line"]) + line
            worth = [
                sum((Decimal(repr(line.price_total)) for line in lines), ZERO)
                for lines in groups.values()
            ]
            parts = share(voucher, worth, Decimal(repr(sale.currency_id.rounding)))
            for (taxes, lines), part in zip(groups.items(), parts, strict=True):
                part = self._in_basis(lines[0], part, tax_included=True)
                amounts[taxes] = amounts.get(taxes, ZERO) + part
        codes = ", ".join(
            item.code for item in order.discounts if item.code and item.borne_by == "seller"
        )
        amounts = {taxes: amount for taxes, amount in amounts.items() if amount}
        if not amounts:
            return []
        product = channel._oms_service_product("discount")
        name = f"{product.display_name}: {codes}" if codes else product.display_name
        return [
            {
                **self._extra_line(sale, product, name, "discount"),
                "price_unit": -float(amount),
                "tax_ids": taxes.ids,
            }
            for taxes, amount in amounts.items()
        ]

    def _shipping_lines(self, channel, job):
        shipping = job.order.shipping
        if not (shipping.amount or shipping.insurance):
            return []
        product = channel._oms_service_product("shipping")
        courier = " ".join(filter(None, (shipping.courier, shipping.service)))
        name = f"{product.display_name}: {courier}" if courier else product.display_name
        parts = [(shipping.amount, name), (shipping.insurance, self.env._("Shipping insurance"))]
        return [
            {
                **self._extra_line(job.sale, product, text, "shipping"),
                "price_unit": float(amount),
            }
            for amount, text in parts
            if amount
        ]

    def _round_totals(self, channel, jobs):
        """Add a line for what rounding of taxes leaves between Odoo's total and the channel's.

        Only what rounding can explain: any other difference holds the order with both figures.
        """
        roundings = []
        for job in jobs:
            sale = job.sale
            step = Decimal(repr(sale.currency_id.rounding))
            total = Decimal(repr(sale.amount_total))
            difference = round_to(self._expected_total(job, total) - total, step)
            if difference and abs(difference) <= step * len(sale.order_line):
                product = channel._oms_service_product("discount")
                line = self._extra_line(sale, product, self.env._("Rounding"), "discount")
                roundings.append({**line, "price_unit": float(difference), "tax_ids": False})
        if roundings:
            self.env["sale.order.line"].create(roundings)

    def _expected_total(self, job, total):
        """What goods, discounts and shipping of the channel add up to, before the platform's part.

        Prices without tax leave the tax to Odoo; then the channel's own total is the only word.
        """
        order = job.order
        if all(line.tax_included or not line.amount for line in order.lines):
            shipping = order.shipping.amount + order.shipping.insurance
            return order.goods + shipping - order.discounted("seller")
        if order.totals.total is None:
            return total
        return self._sellers_part(order, order.totals.total) + order.discounted("platform")

    def _extra_line(self, sale, product, name, kind):
        return {
            "order_id": sale.id,
            "product_id": product.id,
            "name": name,
            "product_uom_qty": 1,
            "discount": 0,
            "technical_price_unit": KEPT_PRICE,
            "sequence": 900,
            "oms_kind": kind,
        }

    def _set_cod_amount(self, job):
        """What the courier collects for us; a fee that the platform adds is not ours."""
        order, sale = job.order, job.sale
        if order.payment.method != "cod":
            amount = 0.0
        else:
            asked = order.payment.cod_amount or order.totals.total
            own = sale.amount_total - sale.oms_platform_discount
            amount = float(self._sellers_part(order, asked)) if asked else own
        if sale.currency_id.compare_amounts(sale.oms_cod_amount, amount):
            sale.oms_cod_amount = amount
