from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL


class Invoiced(NamedTuple):
    """Units of an order line on invoices and credit notes that are not cancelled.

    ``by_units`` is the part of ``credited`` that took returned or cancelled units back.
    """

    invoiced: float = 0.0
    credited: float = 0.0
    by_units: float = 0.0

    @property
    def units(self):
        """Units that were billed and not taken back."""
        return self.invoiced - self.by_units

    @property
    def net(self):
        """Units on invoices less units on all credit notes."""
        return self.invoiced - self.credited


class SaleOrderLine(models.Model):
    """How many units of an order line may be put on an invoice."""

    _inherit = "sale.order.line"

    @api.depends("oms_qty_cancelled", "order_id.oms_channel_id")
    def _compute_qty_to_invoice(self):
        """The channel's invoice trigger decides for managed orders, not the product's policy."""
        managed = self._oms_billed_here()
        result = super(SaleOrderLine, self - managed)._compute_qty_to_invoice()
        billable = managed._oms_billable() if managed else {}
        for line in managed:
            line.qty_to_invoice = billable.get(line.id, 0.0)
        return result

    def _oms_billed_here(self):
        """Lines of managed orders; sections and down payments stay with Odoo."""
        if not self.env["oms.channel"]._is_active():
            return self.browse()
        return self.filtered(
            lambda line: line.order_id.oms_channel_id
            and isinstance(line.id, int)
            and not line.display_type
            and not line.is_downpayment
        )

    def _oms_billable(self):
        """Return ``{line id: units to put on an invoice now}``, in the unit of the line.

        Lines without units (discount, shipping, fee, service) are billed once, in full, when all
        goods of their order are billable.
        """
        plans = self.order_id._oms_bill_plans()
        return {
            line.id: plans[line.order_id.id].quantities.get(line.id, 0.0)
            for line in self
            if line.order_id.id in plans
        }

    def _oms_invoiced(self):
        """Return ``{line id: Invoiced}``; lines that no document names are missing.

        Where a deposit was more than what is left to pay, the last invoice is a credit note that
        charges goods with negative quantities.
        """
        if not self.ids:
            return {}
        self.env["account.move.line"].flush_model(["quantity", "product_uom_id", "sale_line_ids"])
        self.env["account.move"].flush_model(["state", "move_type", "oms_unit_credit"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT line.id,
                       SUM(CASE move.move_type WHEN 'out_invoice' THEN units ELSE -units END)
                           FILTER (WHERE move.move_type = 'out_invoice' OR units < 0),
                       SUM(units) FILTER (WHERE move.move_type = 'out_refund' AND units > 0),
                       SUM(units) FILTER (
                           WHERE move.move_type = 'out_refund' AND move.oms_unit_credit
                             AND units > 0)
                  FROM sale_order_line_invoice_rel rel
                  JOIN sale_order_line line ON line.id = rel.order_line_id
                  JOIN account_move_line item ON item.id = rel.invoice_line_id
                  JOIN account_move move ON move.id = item.move_id
             LEFT JOIN uom_uom item_uom ON item_uom.id = item.product_uom_id
             LEFT JOIN uom_uom line_uom ON line_uom.id = line.product_uom_id
            CROSS JOIN LATERAL (
                           SELECT item.quantity
                                  * COALESCE(item_uom.factor / line_uom.factor, 1) AS units
                       ) AS converted
                 WHERE line.id = ANY(%s)
                   AND move.state <> 'cancel'
                   AND move.move_type IN ('out_invoice', 'out_refund')
              GROUP BY line.id
                """,
                list(self.ids),
            )
        )
        return {line_id: Invoiced(*(value or 0.0 for value in values)) for line_id, *values in rows}

    def _oms_reached(self, buckets, trigger, returned):
        """Return the units that may be billed at ``trigger``, and those that have come that far.

        Units that came back without having been delivered will never come that far: they count
        as arrived, so that the rest of the order can be billed.
        """
        self.ensure_one()
        refunded = returned.refunded if returned else 0.0
        if trigger == "confirm":
            arrived = self.product_uom_qty - self.oms_qty_cancelled
        elif trigger == "ship":
            arrived = buckets.handed_over
        else:
            arrived = buckets.accepted + (buckets.delivered if trigger == "deliver" else 0.0)
            if returned:
                refunded -= min(returned.refunded_rts, buckets.shipped)
                return arrived - refunded, arrived + min(returned.settled_rts, buckets.shipped)
        return arrived - refunded, arrived

    def _oms_value_kind(self):
        """How ``engine.refund`` treats this line."""
        self.ensure_one()
        if self.oms_return_id:
            return "charge"
        if self.product_id.type == "consu" and self.oms_kind in ("goods", False):
            return "goods"
        if self.oms_kind == "discount" or self.price_subtotal < 0:
            return "discount"
        return self.oms_kind if self.oms_kind in ("shipping", "fee") else "service"
