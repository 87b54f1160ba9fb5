from odoo import api, fields, models

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal


class OmsShipment(models.Model):
    """The way back: a journey of its own, often under another number, linked to the first."""

    _inherit = "oms.shipment"

    return_ids = fields.One2many("oms.shipment", "return_of_id", string="Comes Back In")

    # RPC AND BUTTON

    @api.model
    def bring_back(self, items):
        """Register the parcel in which the contents of another one come back.

        :param list items: ``{parcel, courier, service, resi}``; ``parcel`` is the name or id of
            the first one; ``courier`` is kept when left out, ``resi`` may follow by ``set_resi``
        :return: per item ``{status, id, name, resi, link, errors}`` of the parcel that comes back;
            ``status`` is ``recorded``, or ``duplicate`` when there is one under way
        """
        self._check_desk_access()

        def bring_back(item):
            parcel = self._find_parcel(item)
            known = parcel.return_ids.filtered(lambda back: back.status != "cancelled")[:1]
            if known:
                return {"status": "duplicate", **known._as_rpc()}
            vals = {"resi": item.get("resi") or False}
            if item.get("courier"):
                vals["courier_id"] = self.env["oms.courier"]._get_by_code(item["courier"]).id
            if item.get("service"):
                vals["service"] = str(item["service"])[:80]
            return {"status": "recorded", **parcel._bring_back(vals)._as_rpc()}

        return self.env["oms.rpc"]._run_items(items, bring_back)

    def action_bring_back(self):
        """Button: open the parcel in which this one comes back; it is made when there is none."""
        self.ensure_one()
        self._check_desk_access()
        self.check_access("write")
        back = self.return_ids.filtered(lambda parcel: parcel.status != "cancelled")[:1]
        return (back or self._bring_back({}))._action_view()

    # HELPERS

    def _bring_back(self, vals):
        """Make the parcel of the way back; this one is on its way back from now on."""
        self.ensure_one()
        if self.kind != "out" or not (self.shipped_at or self.picked_up_at):
            raise OmsRefusal(
                "nothing_to_bring_back",
                self.env._(
                    "Parcel %(parcel)s is %(status)s and can't come back.",
                    parcel=self.name,
                    status=self._status_label(),
                ),
                field="parcel",
                next_step=self.env._("Only parcels that left the house come back."),
            )
        # sudo: the public method or the button checked the role.
        parcel = self.sudo()
        back = parcel.create(parcel._prepare_return_vals() | vals)
        if parcel.status not in ("returning", "returned"):
            parcel._record_own_event(
                "returning", text=self.env._("Comes back in %(parcel)s", parcel=back.name)
            )
        return back.with_env(self.env)

    def _prepare_return_vals(self):
        return {
            "fulfillment_id": self.fulfillment_id.id,
            "kind": "rts",
            "return_of_id": self.id,
            "courier_id": self.courier_id.id,
            "service": self.service,
            "weight_kg": self.weight_kg,
            "shipped_at": fields.Datetime.now(),
            "line_ids": [
                fields.Command.create(
                    {
                        "sale_line_id": line.sale_line_id.id,
                        "product_id": line.product_id.id,
                        "quantity": line.quantity,
                    }
                )
                for line in self.line_ids
            ],
        }

    def _status_reached(self, status):
        result = super()._status_reached(status)
        if status == "returned":
            # sudo: a consequence of a recorded fact, whoever was allowed to record it.
            self.sudo()._return_first()
        return result

    def _return_first(self):
        """The first parcel is back when the one that carries its contents is."""
        for back in self.filtered("return_of_id"):
            first = back.return_of_id
            if first.status != "returned":
                first._record_own_event(
                    "returned",
                    back.returned_at,
                    text=self.env._("Came back in %(parcel)s", parcel=back.name),
                )
