from datetime import timedelta

from odoo import api, fields, models

from ..exceptions import OmsRefusal
from .oms_return_line import WISHES

# So long a number means the same parcel.
SAME_PARCEL = timedelta(days=30)


class OmsReturnParcel(models.Model):
    """The public methods for goods that came without a return."""

    _inherit = "oms.return.parcel"

    # RPC

    @api.model
    def take_in(self, items):
        """Take in parcels that came without a return.

        :param list items: ``{resi, courier, warehouse, sender: {name, phone}, note, lines: [{sku |
            barcode, lot, quantity, note}], parcel}``; ``warehouse`` is a code, and may be left out
            where there is one; ``parcel`` names an announced parcel that held more than was
            announced
        :return: per item ``{status, id, name, state, resi, returns, proposals, errors}``;
            ``proposals`` are ``{order, reason}``, the likeliest first; ``status`` is ``taken_in``,
            or ``duplicate`` when goods of that ``resi`` or ``parcel`` were taken in already
        """
        self.env["oms.return"]._ensure_role("group_oms_integration", "group_oms_warehouse")
        return self.env["oms.rpc"]._run_items(items, self._take_in_item)

    def _take_in_item(self, item):
        number = self._clean_number(item.get("resi"))
        known = self.sudo().search(
            [
                ("company_id", "in", self.env.companies.ids),
                ("resi", "=", number or "-"),
                ("line_ids", "!=", False),
                # Couriers use their numbers again.
                ("arrived_at", ">=", fields.Datetime.now() - SAME_PARCEL),
            ],
            limit=1,
        )
        parcel = self._find_parcel(item) if item.get("parcel") else self.browse()
        known = known or (parcel if parcel.line_ids else known)
        if known:
            return {**known._answer("duplicate"), "proposals": known._proposals_as_rpc()}
        sender = item.get("sender") or {}
        warehouse = parcel.warehouse_id or self._parse_warehouse(item.get("warehouse"))
        parcel = self._take_in(
            warehouse,
            [self._parse_goods(values) for values in item.get("lines") or []],
            parcel,
            resi=number or False,
            courier_name=str(item.get("courier") or "")[:80] or False,
            sender_name=str(sender.get("name") or "")[:120] or False,
            sender_phone=str(sender.get("phone") or "")[:40] or False,
            note=item.get("note"),
        )
        parcel = parcel.sudo()
        return {**parcel._answer("taken_in"), "proposals": parcel._proposals_as_rpc()}

    @api.model
    def identify(self, items):
        """Say of which order goods are that came without a return: they become a return of it,
        received already.

        :param list items: ``{parcel | resi, order, reason, wish, note, override_reason, lines:
            [{sku, lot, quantity}]}``; without ``lines`` everything that is left; an
            ``override_reason`` passes the return policy
        :return: per item as ``oms.return.request`` answers; ``status`` is ``identified``, or
            ``duplicate`` when nothing is left and a return of that order is in the parcel
        """
        self.env["oms.return"]._ensure_role("group_oms_integration", "group_oms_agent")

        def handle(item):
            parcel = self._find_parcel(item)
            order = self.env["oms.rpc"]._find_order(item.get("order"))
            known = parcel.return_ids.filtered(lambda case: case.order_id == order)
            if known and not any(line.units_left for line in parcel.line_ids):
                return known[:1]._answer("duplicate")
            case = parcel._identify(
                order,
                parcel._parse_units(item.get("lines")),
                self.env["oms.return"]._parse_reason(item.get("reason") or "other"),
                note=item.get("note"),
                override=item.get("override_reason"),
                wish=self._parse_wish(item.get("wish")),
            )
            return case.sudo()._answer("identified")

        return self.env["oms.rpc"]._run_items(items, handle)

    def _parse_wish(self, wish):
        if wish and wish not in dict(WISHES):
            raise ValueError(f"wish: {wish}")
        return wish or "refund"

    def _parse_warehouse(self, code):
        domain = [("company_id", "in", self.env.companies.ids)]
        # sudo: the role was checked; the companies are in the domain.
        found = (
            self.env["stock.warehouse"]
            .sudo()
            .search([*domain, *([("code", "=", str(code))] if code else [])], limit=2)
        )
        if len(found) != 1:
            raise OmsRefusal(
                "unknown_warehouse",
                self.env._("%(code)s names no single warehouse.", code=str(code or "")[:40]),
                field="warehouse",
                next_step=self.env._("Send the short name of a warehouse."),
            )
        return found

    def _parse_goods(self, values):
        code = str(values.get("sku") or values.get("barcode") or "")
        # sudo: the role was checked; products are looked up by their code.
        product = (
            self.env["product.product"]
            .sudo()
            .search(
                [
                    ("company_id", "in", [False, *self.env.companies.ids]),
                    "|",
                    ("default_code", "=", code),
                    ("barcode", "=", code),
                ],
                limit=1,
            )
            if code
            else self.env["product.product"]
        )
        if not product:
            raise OmsRefusal(
                "unknown_product",
                self.env._("There is no product %(code)s.", code=code[:80]),
                field="sku",
                next_step=self.env._("Send the SKU or barcode of a product."),
            )
        quantity = self.env["oms.return"]._parse_quantity(values.get("quantity", 1), "quantity")
        return {
            "product": product,
            "lot": str(values["lot"])[:80] if values.get("lot") else None,
            "quantity": quantity,
            "note": str(values["note"])[:500] if values.get("note") else False,
        }

    def _parse_units(self, lines):
        """Return ``{line of this parcel: units}``; everything that is left where nothing is said.

        :raise OmsRefusal: ``unknown_line``
        """
        if lines is None:
            return {line: line.units_left for line in self.line_ids if line.units_left > 0}
        units = {}
        for values in lines:
            found = self.line_ids.filtered(
                lambda line, values=values: values.get("sku") == line.product_id.default_code
                and (not values.get("lot") or values["lot"] == line.lot_id.name)
            )
            quantity = self.env["oms.return"]._parse_quantity(values.get("quantity"), "quantity")
            if not found:
                raise OmsRefusal(
                    "unknown_line",
                    self.env._(
                        "%(parcel)s holds no %(sku)s without a return.",
                        parcel=self.name,
                        sku=str(values.get("sku"))[:80],
                    ),
                    field="sku",
                    next_step=self.env._("Send the sku, and the lot if there is one."),
                )
            for line in found:
                part = quantity if line == found[-1] else min(quantity, line.units_left)
                if part > 0:
                    units[line] = units.get(line, 0.0) + part
                quantity -= part
        return units
