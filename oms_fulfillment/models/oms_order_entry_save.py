import re

from odoo import api, fields, models

from ..exceptions import OmsRefusal

METHODS = {
    "prepaid": "prepaid",
    "escrow": "escrow",
    "cod": "cod",
    "terms": "terms",
    "on_acceptance": "terms",
}
PARTS = ("street", "village", "district", "city", "province", "postal_code")


class OmsOrderEntry(models.AbstractModel):
    """Saving: what was typed becomes a message like any other, and goes the same way."""

    _inherit = "oms.order.entry"

    @api.model
    def save(self, draft):
        """Bring the typed order in. Saving the same draft again changes nothing.

        :param dict draft: as for :meth:`quote`, with ``number`` (made once by the screen),
            ``customer {name, phone, email}``, ``address_id`` or ``address {...}``, ``policy``,
            ``paid``, ``cod_amount``, ``note``, ``requested_date``
        :return: ``{status, id, name, stage, holds: [sentence], errors}``; ``status`` ``error``
            when something is missing: nothing was stored then
        """
        self._check_role()
        channel = self._channel(draft.get("channel_id"))
        payload = self._payload(channel, draft)
        # The way of submit_orders: the role was checked, the channel is one of the user's.
        channel = channel._intake_channel(channel.code)
        intakes = channel.env["oms.intake"]
        (trial,) = intakes._try_out(channel, [payload], source="web")
        if trial.errors:
            return {
                "status": "error",
                "id": False,
                "errors": channel._error_details(trial.errors),
            }
        (answer,) = channel._intake_answers(intakes._receive(channel, [payload], source="web"))
        order = self.env["sale.order"].browse(answer["id"] or ())
        holds = order.oms_hold_ids.filtered(lambda hold: hold.state == "active")
        return {
            "status": answer["status"],
            "id": order.id,
            "name": order.name,
            "stage": order.oms_stage_id.name,
            "holds": holds.mapped("reason"),
            "errors": answer["errors"],
        }

    def _payload(self, channel, draft):
        """Return the canonical order of a draft."""
        lines = self._read_lines(channel, draft.get("lines") or [])
        order = self._virtual_order(channel, draft.get("partner_id"), lines)
        skus, products = self._name_products(lines)
        now = fields.Datetime.now().isoformat() + "Z"
        customer = draft.get("customer") or {}
        policy = draft.get("policy") or channel.payment_policy
        payload = {
            "external_id": self._number_of(draft),
            "ordered_at": draft.get("started_at") or now,
            "paid_at": draft.get("started_at") or now if draft.get("paid") else None,
            "currency": order.currency_id.name,
            "buyer": self._texts(customer, ("name", "phone", "email")),
            "ship_to": self._ship_to(channel, draft, customer),
            "lines": [
                {
                    "line_id": str(index),
                    "sku": sku,
                    "quantity": _plain(line["quantity"]),
                    "unit_price": _plain(line["price"]),
                    "tax_included": self._tax_included(item),
                    "gift": not line["price"],
                }
                for index, (sku, line, item) in enumerate(
                    zip(skus, lines, order.order_line, strict=True), 1
                )
            ],
            "shipping": {"amount": _plain(draft.get("shipping"))},
            "discounts": [{"amount": _plain(draft["discount"]), "borne_by": "seller"}]
            if draft.get("discount")
            else [],
            "payment": self._payment(policy, draft),
            "requested_date": draft.get("requested_date") or None,
            "note": draft.get("note") or None,
            "extra": {
                "screen": {
                    "partner_id": draft.get("partner_id") or None,
                    "address_id": draft.get("address_id") or None,
                    "products": products,
                    "user": self.env.user.login,
                }
            },
        }
        return {key: value for key, value in payload.items() if value is not None}

    def _number_of(self, draft):
        """The number that the screen gave the draft: saving it twice makes one order."""
        number = str(draft.get("number") or "")
        if not re.fullmatch("[0-9A-Z-]{6,32}", number):
            raise OmsRefusal(
                "bad_number",
                self.env._("%(number)s is no number of a draft.", number=number[:40] or "-"),
                field="number",
                next_step=self.env._("Load the page again."),
            )
        return number

    def _name_products(self, lines):
        """Return a text per line that stands for its product, and what each text means."""
        skus = [
            line["product"].default_code or line["product"].barcode or f"#{line['product'].id}"
            for line in lines
        ]
        by_sku = {}
        for index, (sku, line) in enumerate(zip(skus, lines, strict=True)):
            if by_sku.setdefault(sku, line["product"].id) != line["product"].id:
                skus[index] = f"#{line['product'].id}"
                by_sku[skus[index]] = line["product"].id
        return skus, by_sku

    def _tax_included(self, item):
        """Whether the price that was typed holds the tax, as the product's taxes are set up."""
        taxes = item.tax_ids.flatten_taxes_hierarchy()
        return all(taxes.mapped("price_include"))

    def _payment(self, policy, draft):
        payment = {"method": METHODS.get(policy, "terms")}
        if policy == "cod" and draft.get("cod_amount"):
            payment["cod_amount"] = _plain(draft["cod_amount"])
        return payment

    def _ship_to(self, channel, draft, customer):
        """The address typed or chosen; a customer at the counter takes the goods along."""
        if draft.get("address_id"):
            partner = self.env["res.partner"].browse(draft["address_id"])
            partner.check_access("read")
            address = partner._entry_address()
            country = partner.country_id.code or "ID"
        elif draft.get("pick_up"):
            # sudo: the address of the warehouse where the customer stands, on its own order
            place = channel.sudo().warehouse_id.partner_id or channel.company_id.partner_id
            address = {**place.sudo()._entry_address(), "phone": "", "name": ""}
            country = place.sudo().country_id.code or "ID"
            address["city"] = address["city"] or channel.company_id.name
            address["street"] = address["street"] or channel.company_id.name
        else:
            address = draft.get("address") or {}
            country = "ID"
        name = address.get("name") or customer.get("name")
        phone = address.get("phone") or customer.get("phone")
        return {
            **self._texts(address, PARTS),
            **self._texts({"name": name, "phone": phone}, ("name", "phone")),
            "country": country,
        }

    @api.model
    def _texts(self, values, names):
        texts = {name: " ".join(str(values.get(name) or "").split()) for name in names}
        return {name: text for name, text in texts.items() if text}


def _plain(value):
    """A number as canonical orders want it: a decimal string without an exponent."""
    return f"{float(value or 0):.6f}".rstrip("0").rstrip(".")
