from odoo import api, fields, models

from ..exceptions import OmsRefusal


class OmsReturnParcel(models.Model):
    """Goods that came without a return: taken in at once, identified later, never lost.

    They wait in a location of their own, in no stock value. Identified, they go on to the
    warehouse's returns by the return transfer of the order that they are of.
    """

    _inherit = "oms.return.parcel"

    line_ids = fields.One2many(
        "oms.return.parcel.line", "parcel_id", string="Goods without a Return", readonly=True
    )
    sender_name = fields.Char(help="As it is written on the parcel.")
    sender_phone = fields.Char(string="Sender's Phone")

    # TAKE IN

    @api.model
    def _take_in(self, warehouse, goods, parcel=None, **vals):
        """Take in goods that nobody announced; return their parcel.

        :param list goods: ``{product, lot, quantity, note}``; ``lot`` is a name
        :param parcel: the announced parcel in which they were, if any
        :param vals: ``resi``, ``courier_name``, ``sender_name``, ``sender_phone``, ``note``
        :raise OmsRefusal: ``nothing_came``, ``lot_needed``
        """
        if not goods:
            raise OmsRefusal(
                "nothing_came",
                self.env._("Nothing was counted."),
                field="lines",
                next_step=self.env._("Scan each unit that is in the parcel."),
            )
        # sudo: callers checked the role; what comes in is recorded by this step only.
        parcels = self.sudo()
        parcel = (parcel or parcels).sudo()
        if not parcel:
            parcel = parcels.create({**vals, **self._prepare_blind(warehouse)})
        lines = parcel.env["oms.return.parcel.line"].create(
            [parcel._prepare_line(values) for values in goods]
        )
        parcel._set_arrived()
        customers = self.env.ref("stock.stock_location_customers").sudo()
        parcel._move_goods(
            [(line, line.quantity) for line in lines],
            customers,
            warehouse._oms_get_unclaimed_location(),
        )
        return parcel.with_env(self.env)

    def _prepare_blind(self, warehouse):
        return {"company_id": warehouse.company_id.id, "warehouse_id": warehouse.id}

    def _prepare_line(self, values):
        product, name = values["product"], values.get("lot")
        lot = self.env["stock.lot"]
        if name:
            found = lot.search(
                [
                    ("name", "=", name),
                    ("product_id", "=", product.id),
                    ("company_id", "in", (False, self.company_id.id)),
                ],
                limit=1,
            )
            lot = found or lot.create({"name": name, "product_id": product.id})
        elif product.tracking != "none":
            raise OmsRefusal(
                "lot_needed",
                self.env._("%(product)s has lot or serial numbers.", product=product.display_name),
                field="lot",
                next_step=self.env._("Scan the number on it: it says whose it is."),
            )
        return {
            "parcel_id": self.id,
            "product_id": product.id,
            "lot_id": lot.id,
            "quantity": values["quantity"],
            "note": values.get("note"),
        }

    # IDENTIFY

    def _identify(self, order, units, reason, note=None, override=None, wish="refund"):
        """Make these goods a return of ``order``: requested, approved and received.

        :param dict units: ``{line of this parcel: units}``
        :param override: why the policy does not hold for it, in words
        :raise OmsRefusal: ``not_of_order``, ``over_left``, and those of requests and receipts
        """
        self.ensure_one()
        for line, quantity in units.items():
            line._ensure_left(quantity)
        found = self._match_order(order, units)
        case = (
            self.env["oms.return"]
            .sudo()
            ._request(
                order.sudo(),
                kind="customer",
                reason=reason,
                lines=[
                    (line, {"quantity": quantity, "wish": wish}) for line, quantity in found.items()
                ],
                note=note,
                override_reason=override,
                # Who identifies goods that are here may pass the policy, with a reason.
                manager=bool(override),
            )
        )
        # sudo: callers checked who identifies; the goods are here, whoever may move them.
        parcel = self.sudo()
        case.parcel_id = parcel
        case._do_approve()
        parcel._bring_from_unclaimed(case, units)
        case._do_receive({line: found[line.sale_line_id] for line in case.line_ids})
        for line, quantity in units.items():
            line.sudo()._use("identified", quantity)
        parcel.partner_id = parcel.partner_id or order.partner_id.commercial_partner_id
        parcel.message_post(
            body=self.env._(
                "Identified as goods of %(order)s: %(name)s.", order=order.name, name=case.name
            )
        )
        return case.with_env(self.env)

    def _match_order(self, order, units):
        """Return ``{order line: units}`` of what may be of this order.

        :raise OmsRefusal: ``not_of_order``
        """
        # sudo: what was delivered is counted on transfers.
        left = order.sudo()._oms_returnable("customer")
        found = {}
        for blind, quantity in units.items():
            need = blind.product_id.uom_id
            for line, returnable in left.items():
                if line.product_id != blind.product_id or need.compare(quantity, 0.0) <= 0:
                    continue
                room = line.product_uom_id._compute_quantity(returnable, need, round=False)
                part = min(quantity, room)
                if need.compare(part, 0.0) <= 0:
                    continue
                own = need._compute_quantity(part, line.product_uom_id)
                found[line] = found.get(line, 0.0) + own
                left[line] -= own
                quantity -= part
            if need.compare(quantity, 0.0) > 0:
                raise OmsRefusal(
                    "not_of_order",
                    self.env._(
                        "%(units)s of %(product)s can't be of %(order)s: not delivered with it, or "
                        "in another return.",
                        units=f"{quantity:g}",
                        product=blind.product_id.display_name,
                        order=order.name,
                    ),
                    field="order",
                    next_step=self.env._("Name fewer units, or another order."),
                )
        return found
