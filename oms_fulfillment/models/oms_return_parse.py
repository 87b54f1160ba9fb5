from odoo import models

from ..exceptions import OmsRefusal


class OmsReturn(models.Model):
    """Reading what callers send: reasons, quantities, and which lines they mean."""

    _inherit = "oms.return"

    def _parse_reason(self, code):
        if not code:
            return False
        reason_id = self.env["oms.return.reason"]._id_of(code)
        if not reason_id:
            raise OmsRefusal(
                "unknown_reason",
                self.env._("There is no return reason %(code)s.", code=str(code)[:40]),
                field="reason",
                next_step=self.env._("Use a code of OMS > Configuration > Return Reasons."),
            )
        return reason_id

    def _parse_quantity(self, value, field):
        if value is None:
            return 0.0
        if isinstance(value, bool):
            raise ValueError(f"{field}: {value}")
        quantity = float(value)
        if not 0 <= quantity < 1e12:
            raise OmsRefusal(
                "bad_quantity",
                self.env._("%(value)s is not a quantity.", value=str(value)[:40]),
                field=field,
                next_step=self.env._("Send a number of units, 0 or more."),
            )
        return quantity

    def _parse_findings(self, line, values):
        """Return what a caller found about a return line, as values of ``oms.return.finding``."""
        if values.get("findings") is None:
            numbers = {
                name: self._parse_quantity(values.get(name), name)
                for name in ("restock", "scrap", "rejected")
            }
            return line._plain_findings(**numbers)
        return [
            {
                "disposition": str(one.get("disposition")),
                "quantity": self._parse_quantity(one.get("quantity"), "quantity"),
                "refused": self._parse_quantity(one.get("refused"), "refused"),
                "lot_id": self._parse_lot(line, one.get("lot")),
                "note": str(one["note"])[:500] if one.get("note") else False,
            }
            for one in values["findings"]
        ]

    def _parse_lot(self, line, name):
        """Return the id of the lot that came back with the transfers of this return.

        :raise OmsRefusal: ``unknown_lot``
        """
        if not name:
            return False
        # sudo: a 3PL's integration has no rights on transfers.
        came = self.sudo()._return_pickings().move_line_ids.lot_id
        lot = came.filtered(
            lambda lot: lot.name == str(name) and lot.product_id == line.product_id
        )[:1]
        if not lot:
            raise OmsRefusal(
                "unknown_lot",
                self.env._(
                    "%(lot)s of %(product)s did not come back with %(name)s.",
                    lot=str(name)[:80],
                    product=line.product_id.display_name,
                    name=self.name,
                ),
                field="lot",
                next_step=self.env._("Came back: %(lots)s.", lots=", ".join(came.mapped("name"))),
            )
        return lot.id

    def _match_sale_lines(self, order, lines, left):
        """Return ``[(sale line, units, values)]``; a SKU on two lines fills them in turn."""
        result = []
        for values in lines:
            quantity = self._parse_quantity(values.get("quantity"), "quantity")
            candidates = self._candidates(order.order_line._oms_goods(), values)
            if self._means_bundles(candidates, values):
                for line in candidates:
                    units = quantity * line.oms_bundle_units
                    result.append((line, units, values))
                    left[line] = left.get(line, 0.0) - units
                continue
            for line in candidates:
                last = line == candidates[-1]
                units = quantity if last else min(quantity, max(left.get(line, 0.0), 0.0))
                if units > 0 or (last and not result):
                    result.append((line, units, values))
                    left[line] = left.get(line, 0.0) - units
                    quantity -= units
        return result

    def _match_lines(self, lines, field=None):
        """Return ``[(return line, units, values)]`` for what a caller sent about this return."""
        result = []
        for values in lines or []:
            candidates = self._candidates(self.line_ids.sale_line_id, values)
            mine = self.line_ids.filtered(
                lambda line, candidates=candidates: line.sale_line_id in candidates
            )
            quantity = self._parse_quantity(values.get(field), field) if field else 0.0
            if field and self._means_bundles(candidates, values):
                result += [
                    (line, quantity * line.sale_line_id.oms_bundle_units, values) for line in mine
                ]
                continue
            for line in mine:
                units = quantity if line == mine[-1] else min(quantity, line.quantity)
                result.append((line, units, values))
                quantity -= units
                if not field:
                    break
        return result

    def _means_bundles(self, sale_lines, values):
        """Whether a quantity counts bundles: the channel's line became one line per component."""
        by_line = values.get("line_id") is not None
        return by_line and len(sale_lines) > 1 and all(sale_lines.mapped("oms_bundle_units"))

    def _candidates(self, sale_lines, values):
        """The order lines that ``{line_id}`` or ``{sku}`` names.

        :raise OmsRefusal: ``unknown_line``
        """
        reference = values.get("line_id")
        if reference is not None:
            found = sale_lines.filtered(
                lambda line: line.oms_line_ref == str(reference)
            ) or sale_lines.filtered(lambda line: line.id == reference)
        else:
            sku = values.get("sku")
            found = sale_lines.filtered(lambda line: sku and line.product_id.default_code == sku)
        if not found:
            raise OmsRefusal(
                "unknown_line",
                self.env._(
                    "There is no line %(line)s to return.",
                    line=str(reference if reference is not None else values.get("sku"))[:80],
                ),
                field="line_id" if reference is not None else "sku",
                next_step=self.env._("Send the line_id or the sku of a goods line of the order."),
            )
        return found
