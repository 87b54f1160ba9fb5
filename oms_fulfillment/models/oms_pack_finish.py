from odoo import fields, models

from ..engine import packing
from ..exceptions import OmsRefusal


class OmsPackSession(models.Model):
    """Closing a parcel: cartons, lots and quantities go into the transfer, and it is packed."""

    _inherit = "oms.pack.session"

    def _finish(self, tally):
        """Write what was counted to the transfer, unless a carton is to be weighed first.

        In three steps, missing units follow with a packing transfer of their own.
        """
        if self._to_weigh(tally):
            self._put(step="weigh", waiting_for=False)
            return None
        if not tally.units:
            raise OmsRefusal(
                "nothing_packed",
                self.env._("Nothing is in the parcel."),
                next_step=self._expected_sentence(self._expected(), tally),
            )
        if self._works():
            self._ensure_complete(tally)
        packages = self._write_transfer(tally)
        works = self._works() or self._pass_on()
        works._set_packed(fields.Datetime.now())
        self.order_id._oms_touch()
        self.env["sale.order"]._oms_refresh_touched()
        self._end("done")
        return {"done": self._done_dict(works, packages, tally)}

    def _write_transfer(self, tally):
        """Split the reserved lines by lot and carton as they were counted; mark them picked."""
        packages = self._make_packages(tally)
        for line, counted in self._assign(tally).items():
            self._split_line(line, counted, packages)
        return packages

    def _assign(self, tally):
        """Spread what was counted over the reserved lines: ``{line: [(lot, carton, units)]}``.

        :raise OmsRefusal: ``surplus``
        """
        groups = {}
        for (product, lot, carton), units in tally.units.items():
            groups.setdefault(product, []).append((lot, carton, units))
        lines = self._moves().move_line_ids.filtered("quantity")
        result = {}
        for product, reserved in lines.grouped(lambda line: line.product_id.id).items():
            entries = [(line, line.lot_id.id or 0, line.quantity_product_uom) for line in reserved]
            parts, surplus = packing.assign(entries, groups.get(product, []))
            if surplus:
                self._refuse_surplus(reserved.product_id)
            result.update(parts)
        return result

    def _refuse_surplus(self, product):
        raise OmsRefusal(
            "surplus",
            self.env._(
                "%(transfer)s asks for fewer units of %(product)s than are in the parcel: "
                "the order was changed.",
                transfer=self.picking_id.name,
                product=self._called(product),
            ),
            next_step=self.env._("Scan UNDO until only what is asked for is in the parcel."),
        )

    def _make_packages(self, tally):
        """One core package per carton, with its weight: ``{carton number: package}``."""
        packages = self.env["stock.package"].create(
            [{"shipping_weight": tally.weights.get(number, 0.0)} for number in tally.cartons]
        )
        return dict(zip(tally.cartons, packages, strict=True))

    def _split_line(self, line, counted, packages):
        """Give a reserved line the lot and carton of its units, in as many lines as needed."""
        if not counted:
            line.unlink()
            return
        uom, base = line.product_uom_id, line.product_id.uom_id
        parts = [
            (lot, packages[carton], base._compute_quantity(units, uom, round=False))
            for lot, carton, units in counted
        ]
        lot, package, quantity = parts[0]
        if uom.compare(quantity, line.quantity) < 0:
            line.quantity = quantity
        if lot and lot != line.lot_id.id:
            # alone: written together with a package, Odoo leaves the reservation on the old lot
            line.lot_id = lot
        line.write({"result_package_id": package.id, "picked": True})
        for lot, package, quantity in parts[1:]:
            line.copy(
                {
                    "quantity": quantity,
                    "lot_id": lot or line.lot_id.id,
                    "result_package_id": package.id,
                    "picked": True,
                }
            )

    def _pass_on(self):
        """Three steps: the packing transfer brings the parcel on; return its fulfilment."""
        picking = self.picking_id
        done = picking.with_context(skip_backorder=True, skip_sms=True).button_validate()
        if done is not True:
            raise OmsRefusal(
                "transfer_not_validated",
                self.env._("Odoo asks something before it validates %(name)s.", name=picking.name),
                next_step=self.env._("Open the transfer and validate it there."),
            )
        outgoing = picking.move_ids.move_dest_ids.picking_id
        Fulfillment = self.env["oms.fulfillment"].sudo()
        # sudo: the fulfilment of the order just packed, as the system makes them.
        Fulfillment._sync_orders(self.order_id.sudo())
        return outgoing.sudo().oms_fulfillment_ids

    def _done_dict(self, works, packages, tally):
        lead = works[:1].lead_id or works[:1]
        return {
            "name": lead.name or self.picking_id.name,
            "order": self.order_id.name,
            "units": tally.total,
            "cartons": [
                {"number": number, "name": package.name, "weight": package.shipping_weight}
                for number, package in packages.items()
            ],
            "label": lead._oms_pack_label() if lead else False,
        }


class OmsFulfillment(models.Model):
    _inherit = "oms.fulfillment"

    def _oms_pack_label(self):
        """Hook: the action that prints the parcel's label, given when the parcel is clean.

        :return: an action that the web client can do, or ``False`` when there is no label
        """
        self.ensure_one()
        return False
