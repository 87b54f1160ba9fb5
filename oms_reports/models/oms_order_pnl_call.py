from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..engine import pnl
from .account_account import COMPONENTS


class OmsOrderPnl(models.Model):
    """The P&L of one order for a caller: what is posted, and what is still expected."""

    _inherit = "oms.order.pnl"

    expected_text = fields.Text(
        string="Still Expected",
        compute="_compute_expected_text",
        help="An estimate of what is still to come: what is not invoiced yet, its cost at today's "
        "cost price, the channel's expected fee and the cost of the parcels.",
    )

    def _compute_expected_text(self):
        for row in self:
            described = row._describe()
            amounts = [
                self.env._(
                    "%(component)s %(amount)s",
                    component=line["name"],
                    amount=row.currency_id.format(line["expected"]),
                )
                for line in described["lines"]
                if line["expected"]
            ]
            row.expected_text = amounts and self.env._(
                "Still expected: %(amounts)s. Contribution in the end: %(contribution)s.",
                amounts=", ".join(amounts),
                contribution=row.currency_id.format(described["contribution"]),
            )

    @api.model
    @api.readonly
    def get_order(self, order_id):
        """Return what an order earned so far and what it will have earned.

        ``posted`` is the ledger: the sums of the order's rows of ``oms.pnl.line``. ``expected`` is
        an estimate of what is still to come, nothing once the status is ``final``: order lines
        that are not invoiced, their cost at today's cost price, the channel's expected fee until a
        settlement says the real one, and what the parcels cost until the bill is posted.

        :param int order_id: database id of an order of a channel
        :return: ``{order_id, order, currency_id, status, lines: [{code, name, help, posted,
            expected, total}], net_sales, contribution, margin_percent, cost_coverage, uncosted}``;
            ``status`` is ``estimate`` or ``final``; amounts in the company's currency without
            taxes, costs negative; the last four are of the totals, percentages ``None`` where
            nothing was sold; ``uncosted`` names goods whose cost is unknown, which counts as
            nothing although it is not
        :raise AccessError: the caller may not read the ledger, or not that company
        :raise UserError: no such order
        """
        if not self.has_access("read"):
            raise AccessError(
                self.env._(
                    "%(user)s may not read what orders earn. Ask for the role OMS: Finance.",
                    user=self.env.user.name,
                )
            )
        self.env["sale.order"]._oms_refresh_touched()
        # What was read before in this transaction may have changed: nothing tells the view's cache.
        self.invalidate_model()
        # Found and read at once: planning a query on the view takes longer than running it.
        stored = [name for name, field in self._fields.items() if field.store]
        found = self.search_fetch([("id", "=", int(order_id))], stored)
        if not found:
            raise UserError(
                self.env._(
                    "No order of a channel has the number %(order)s. Search it under OMS > Orders.",
                    order=order_id,
                )
            )
        return found._describe()

    def _describe(self):
        self.ensure_one()
        currency = self.currency_id
        # sudo: the right to the order's figures was checked; its lines and parcels explain them.
        order = self.order_id.sudo()
        posted = {code: self[code] for code, _label in COMPONENTS}
        # sudo: names; readers of the ledger need no role in sales.
        uncosted = self.env["product.product"].sudo().browse(self.uncosted_goods or [])
        expected = {}
        if self.status == "estimate":
            expected, unknown = self._expected(order, posted)
            uncosted |= unknown
        totals = {code: posted[code] + expected.get(code, 0.0) for code in posted}
        described = self.fields_get(list(posted), attributes=["string", "help"])
        coverage = self.cost_coverage if self.goods_sales else None
        return {
            "order_id": order.id,
            "order": order.name,
            "currency_id": currency.id,
            "status": self.status,
            "lines": [
                {
                    "code": code,
                    "name": described[code]["string"],
                    "help": described[code].get("help") or "",
                    "posted": currency.round(posted[code]),
                    "expected": currency.round(expected.get(code, 0.0)),
                    "total": currency.round(totals[code]),
                }
                for code in posted
                if posted[code] or expected.get(code) or code in ("sales", "cogs")
            ],
            "net_sales": currency.round(pnl.net_sales(totals)),
            "contribution": currency.round(pnl.contribution(totals)),
            "margin_percent": pnl.percent(pnl.contribution(totals), pnl.net_sales(totals)),
            "cost_coverage": coverage,
            "uncosted": uncosted.mapped("display_name"),
        }

    def _expected(self, order, posted):
        """Return ``({component: amount}, goods without a cost)`` of what is still to come."""
        revenue, costs = {}, []
        unknown = self.env["product.product"]
        rate = order.currency_rate or 1.0
        for line in order.order_line.filtered(lambda line: not line.display_type):
            wanted = line.product_uom_qty
            share = self._open_units(line) / wanted if wanted else 0.0
            if share <= 0:
                continue
            kind = line._oms_value_kind()
            code = kind if kind in ("discount", "shipping") else "sales"
            revenue[code] = revenue.get(code, 0.0) + line.price_subtotal * share / rate
            if kind == "goods":
                product = line.product_id.with_company(order.company_id)
                units = line.product_uom_id._compute_quantity(wanted * share, product.uom_id)
                costs.append((units, product.standard_price))
                unknown |= product if not product.standard_price else unknown.browse()
        parcels = order.oms_shipment_ids
        expected = pnl.expected(
            posted,
            revenue,
            costs,
            order.oms_channel_id.fee_percent,
            sum(parcels.mapped("cost_final")),
        )
        return expected, unknown

    def _open_units(self, line):
        """Units of an order line that are still to be invoiced; none of a cancelled order."""
        if line.order_id.state == "cancel":
            return 0.0
        return max(line.product_uom_qty - line.oms_qty_cancelled - line.qty_invoiced, 0.0)
