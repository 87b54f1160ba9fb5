from odoo import api, fields, models

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal

DESK_GROUPS = ("group_oms_integration", "group_oms_courier", "group_oms_warehouse")


class OmsShipment(models.Model):
    """The number of a parcel: often unknown at first, and sometimes replaced on the way."""

    _inherit = "oms.shipment"

    # RPC

    @api.model
    def set_resi(self, items):
        """Give parcels their number, or another one. The old number stays in the history and
        events that come under it still find the parcel.

        :param list items: ``{parcel, resi, courier, service}``; ``parcel`` is its name or id, or
            ``fulfillment`` names a fulfilment with one parcel that has no number yet; ``courier``
            (code or alias) and ``service`` are kept when left out
        :return: per item ``{status, id, name, resi, link, errors}``; ``status`` is ``recorded``,
            or ``duplicate`` when the parcel has that number already
        """
        self._check_desk_access()
        return self.env["oms.rpc"]._run_items(items, self._set_resi_item)

    def _set_resi_item(self, item):
        parcel = self._find_parcel(item)
        resi = item.get("resi")
        if not isinstance(resi, str) or not resi.strip():
            raise OmsRefusal(
                "missing",
                self.env._("No resi was sent for parcel %(parcel)s.", parcel=parcel.name),
                field="resi",
                next_step=self.env._("Send the number as text."),
            )
        vals = {"resi": resi}
        if item.get("courier"):
            vals["courier_id"] = self.env["oms.courier"]._get_by_code(item["courier"]).id
        if item.get("service"):
            vals["service"] = str(item["service"])[:80]
        before = (parcel.courier_id, parcel.resi)
        parcel.write(vals)
        return {
            "status": "duplicate" if before == (parcel.courier_id, parcel.resi) else "recorded",
            **parcel._as_rpc(),
        }

    @api.model
    def _check_desk_access(self):
        """Refuse callers who neither move parcels nor speak for somebody who does."""
        user = self.env.user
        if self.env.su or any(user.has_group(f"oms_fulfillment.{g}") for g in DESK_GROUPS):
            return
        raise OmsRefusal(
            "access",
            self.env._("%(user)s may not record what happens to parcels.", user=user.name),
            next_step=self.env._("Ask for the role OMS: Courier desk or Integration."),
        )

    def _find_parcel(self, item):
        """Return the parcel that an item names, within the caller's companies.

        :raise OmsRefusal: ``unknown_parcel``
        """
        reference = item.get("parcel") or item.get("fulfillment")
        domain = [("company_id", "in", self.env.companies.ids)]
        if isinstance(reference, bool) or not isinstance(reference, int | str):
            reference = None
        elif item.get("parcel"):
            domain.append(("id" if isinstance(reference, int) else "name", "=", reference))
        else:
            domain += [
                ("fulfillment_id.name", "=", reference),
                ("resi", "=", False),
                ("status", "!=", "cancelled"),
            ]
        # sudo: the role was checked by the public method; the companies are in the domain.
        parcel = self.sudo().search(domain, limit=2) if reference else self.browse()
        if len(parcel) != 1:
            raise OmsRefusal(
                "unknown_parcel",
                self.env._(
                    "%(reference)s names no single parcel.", reference=str(reference or "")[:80]
                ),
                field="parcel",
                next_step=self.env._("Send the parcel's name, as oms_snapshot gives it."),
            )
        return parcel

    def _as_rpc(self):
        """The parcel as ``ship`` and ``set_resi`` answer it."""
        self.ensure_one()
        return {
            "id": self.id,
            "name": self.name,
            "resi": self.resi or None,
            "link": self._tracking_link(),
        }

    # UNIQUENESS AND HISTORY

    @api.model
    def _ensure_resi_free(self, courier, resi, parcel=None):
        """Refuse a number that another parcel on its way has.

        :raise OmsRefusal: ``no_courier``, ``resi_taken``
        """
        if not courier:
            raise OmsRefusal(
                "no_courier",
                self.env._("Resi %(resi)s needs a courier.", resi=resi),
                field="courier",
                next_step=self.env._("Numbers mean something only together with their courier."),
            )
        # sudo: a number is taken whichever company ships under it.
        taken = self.sudo().search(
            [
                ("courier_id", "=", courier.id),
                ("resi", "=", resi),
                ("resi_active", "=", True),
                ("id", "!=", parcel.id if parcel else False),
            ],
            limit=1,
        )
        if taken:
            ours = taken.company_id in self.env.companies
            raise OmsRefusal(
                "resi_taken",
                self.env._(
                    "Resi %(courier)s %(resi)s is already used by parcel %(parcel)s.",
                    courier=courier.name,
                    resi=resi,
                    parcel=taken.name if ours else self.env._("of another company"),
                ),
                field="resi",
                next_step=self.env._("Scan the right label or void the old one."),
            )

    def _number_changed(self):
        """Keep the history, tell the transfer, and fetch events that waited for the number."""
        now = fields.Datetime.now()
        # sudo: history and transfer follow from the number, which the user was allowed to write.
        parcels = self.sudo()
        parcels.resi_ids.filtered(lambda number: not number.until).write({"until": now})
        numbered = parcels.filtered(lambda parcel: parcel.resi and parcel.courier_id)
        numbered.filtered(lambda parcel: not parcel.resi_active).write({"resi_active": True})
        self.env["oms.shipment.resi"].sudo().create(
            [
                {
                    "shipment_id": parcel.id,
                    "courier_id": parcel.courier_id.id,
                    "number": parcel.resi,
                    "since": now,
                }
                for parcel in numbered
            ]
        )
        parcels._write_picking_refs()
        parcels._orders()._oms_touch()
        self.env["oms.event.inbox"]._apply_for(numbered)

    def _write_picking_refs(self):
        """Show the numbers where Odoo's own screens look for them."""
        for work in self.fulfillment_id:
            parcels = work.shipment_ids.filtered(
                lambda p: p.resi and p.status != "cancelled" and p.kind == "out"
            )
            reference = ",".join(parcels.sorted("id").mapped("resi")) or False
            for picking in (work | work.follower_ids).picking_id:
                if picking.carrier_tracking_ref != reference:
                    picking.carrier_tracking_ref = reference
