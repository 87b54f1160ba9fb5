import json

from odoo import api, fields, models

from ..adapters import indonesia
from ..adapters.region import normalise_province
from ..exceptions import OmsRefusal

TEXTS = ("name", "phone", "street", "village", "district", "city", "postal_code", "note")


class OmsAddressFix(models.TransientModel):
    """Repair the address of an incoming order, or of an order that is held for it."""

    _name = "oms.address.fix"
    _description = "Fix Address"

    intake_id = fields.Many2one("oms.intake", ondelete="cascade")
    order_id = fields.Many2one("sale.order", ondelete="cascade")
    original = fields.Text(string="As Received", readonly=True)
    name = fields.Char(string="Recipient")
    phone = fields.Char()
    street = fields.Char()
    village = fields.Char(string="Village (Kelurahan/Desa)")
    district = fields.Char(string="District (Kecamatan)")
    city = fields.Char(string="City or Regency")
    state_id = fields.Many2one(
        "res.country.state", string="Province", domain="[('country_id', '=', country_id)]"
    )
    postal_code = fields.Char(string="Postcode")
    country_id = fields.Many2one("res.country")
    note = fields.Char(string="How to Find It")
    finding = fields.Char(compute="_compute_finding")

    @api.depends("city", "district", "village", "postal_code", "state_id", "country_id")
    def _compute_finding(self):
        for wizard in self:
            findings = indonesia.check(wizard._address())
            wizard.finding = (
                self.env["sale.order"]._oms_region_sentence(findings[0]) if findings else False
            )

    @api.model
    def _for_address(self, address, **link):
        """Create the form for an address as received; what its text names is filled in."""
        address = address if isinstance(address, dict) else {}
        completed = indonesia.complete(address)
        country = self.env["res.country"].search(
            [("code", "=", str(completed.get("country") or "ID"))], limit=1
        )
        provinces = self.env["res.country.state"].search([("country_id", "=", country.id)])
        wanted = normalise_province(str(completed.get("province") or ""))
        state = provinces.filtered(lambda state: normalise_province(state.name) == wanted)
        return self.create(
            {
                **{name: str(completed.get(name) or "") for name in TEXTS},
                **link,
                "country_id": country.id,
                "state_id": state[:1].id,
                "original": "\n".join(f"{key}: {value}" for key, value in address.items()),
            }
        )

    def _open(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Fix Address"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _address(self):
        """Return the canonical address that the form holds, without the parts that are empty."""
        values = {name: self[name] for name in TEXTS}
        values.update(province=self.state_id.name, country=self.country_id.code)
        return {name: value for name, value in values.items() if value}

    def action_save(self):
        """Keep the address and let the order go on."""
        self.ensure_one()
        if self.intake_id:
            self._save_intake(self.intake_id)
        else:
            self._save_order(self.order_id)
        return {"type": "ir.actions.act_window_close"}

    def _save_intake(self, intake):
        """Edit the message through the one door that keeps what was received, and replay it."""
        payload = {**(intake.payload or {})}
        before = payload.get("ship_to")
        kept = before if isinstance(before, dict) else {}
        # what the form does not show (coordinates) stays
        shown = (*TEXTS, "province", "country")
        kept = {key: value for key, value in kept.items() if key not in shown}
        payload["ship_to"] = {**kept, **self._address()}
        intake.payload_text = json.dumps(payload)
        intake.action_replay()

    def _save_order(self, order):
        """Send the order to the address: the text on the order, and a contact of the buyer.

        :raise OmsRefusal: ``already_shipped``
        """
        order.check_access("write")
        if order._oms_shipped_pickings():
            raise OmsRefusal(
                "already_shipped",
                self.env._("%(order)s has left; its address can't change.", order=order.name),
                next_step=self.env._("Ask the courier to redirect the parcel."),
            )
        values = {"oms_ship_to": {**(order.oms_ship_to or {}), **self._address()}}
        if order.partner_id != order.oms_channel_id.sudo().buyer_id:
            values["partner_shipping_id"] = order.partner_id._oms_delivery_address(self).id
        order.write(values)
        order._oms_advance()
