from odoo import Command, api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from ..adapters.phone import normalise_phone

LIMIT = 8
ADDRESS = {
    "name": "name",
    "phone": "phone",
    "street": "street",
    "village": "oms_village",
    "district": "oms_district",
    "city": "city",
    "postal_code": "zip",
}


class OmsOrderEntry(models.AbstractModel):
    """What the order-entry screen reads: customers, products, stock, promise, totals.

    Everything runs as the user, whose role is checked; saving is in ``oms_order_entry_save.py``.
    """

    _name = "oms.order.entry"
    _description = "Order Entry"

    @api.model
    def _check_role(self):
        if not self.env.user.has_group("oms_fulfillment.group_oms_agent"):
            raise AccessError(
                self.env._(
                    "%(user)s may not enter orders. Ask an OMS manager for the role "
                    "OMS: Order agent.",
                    user=self.env.user.name,
                )
            )

    @api.model
    def start(self):
        """Return ``{channels, provinces, regions_known}``: what the empty screen needs.

        Channels that people feed come first: telephone, counter, e-mail.
        """
        self._check_role()
        channels = self.env["oms.channel"].search([("company_id", "in", self.env.companies.ids)])
        rank = {"phone": 0, "store": 1, "email": 2}
        channels = channels.sorted(lambda channel: rank.get(channel.kind, 9))
        provinces = self.env["res.country.state"].search([("country_id.code", "=", "ID")])
        return {
            "channels": [channel._entry_dict() for channel in channels],
            "provinces": provinces.mapped("name"),
        }

    # CUSTOMERS

    @api.model
    def find_customers(self, channel_id, text):
        """Find customers by telephone, e-mail or name.

        :return: at most 8 of ``{id, name, phone, email, city, exact, addresses}``; ``exact`` when
            telephone or e-mail are the customer's
        """
        self._check_role()
        channel = self._channel(channel_id)
        text = " ".join(str(text or "").split())
        if len(text) < 3:
            return []
        Partner = self.env["res.partner"]
        phone, email = normalise_phone(text), text.casefold() if "@" in text else None
        exact = Partner.browse()
        if phone:
            exact = Partner.concat(*Partner._oms_by_phone([phone], channel.company_id).values())
        elif email:
            exact = Partner.concat(*Partner._oms_by_email([email], channel.company_id).values())
        domain = Domain("company_id", "in", (False, channel.company_id.id)) & Domain(
            "parent_id", "=", False
        )
        # a number is looked up, not searched for: its parts mean nothing
        words = [] if phone else ["name", "email"] if email else ["name", "phone"]
        found = exact
        if words and not exact:
            likely = Domain.OR([Domain(name, "ilike", text) for name in words])
            found |= Partner.search(domain & likely, limit=LIMIT)
        return [partner._entry_dict(partner in exact) for partner in found._filtered_access("read")]

    # PRODUCTS

    @api.model
    def find_products(self, channel_id, text):
        """Find products by SKU or barcode, else by name.

        :return: at most 8 of ``{id, sku, name, unit, price, exact, available, receipt}``; prices in
            the channel's currency, ``available`` in the product's unit (``None`` for services),
            ``receipt`` the day of the next receipt when nothing is left
        """
        self._check_role()
        channel = self._channel(channel_id)
        text = str(text or "").strip()
        if not text:
            return []
        Product = self.env["product.product"]
        base = Domain("sale_ok", "=", True) & Domain(
            "company_id", "in", (False, channel.company_id.id)
        )
        exact = Product.search(
            base & (Domain("default_code", "=ilike", text) | Domain("barcode", "=", text)),
            limit=LIMIT,
        )
        found = exact or Product.search(
            base & (Domain("default_code", "ilike", text) | Domain("name", "ilike", text)),
            limit=LIMIT,
        )
        stock = self._stock(channel, found)
        return [
            {
                "id": product.id,
                "sku": product.default_code or product.barcode or "",
                "name": product.with_context(display_default_code=False).display_name,
                "unit": product.uom_id.name,
                "price": self._price(channel, product, 1.0),
                "exact": product in exact,
                **stock[product.id],
            }
            for product in found
        ]

    def _price(self, channel, product, quantity):
        pricelist = channel.pricelist_id
        if pricelist:
            return pricelist._get_product_price(product, quantity)
        company = channel.company_id
        return product.currency_id._convert(
            product.lst_price, company.currency_id, company, fields.Date.context_today(self)
        )

    def _stock(self, channel, products, partner=None):
        """Return ``{product id: {available, receipt}}`` in the channel's warehouses."""
        # sudo: an order agent reads no stock; only these products in this channel's warehouses.
        products = products.sudo()
        warehouses = channel.sudo()._available_warehouses()
        stored = products.filtered(lambda product: product.type == "consu")
        units = channel.sudo()._available_units(stored, None, partner) if stored else {}
        receipts = dict(
            self.env["stock.move"]
            .sudo()
            ._read_group(
                [
                    ("product_id", "in", stored.ids),
                    ("picking_code", "=", "incoming"),
                    ("state", "in", ("waiting", "confirmed", "partially_available", "assigned")),
                    ("location_dest_id.warehouse_id", "in", warehouses.ids),
                ],
                ["product_id"],
                ["date:min"],
            )
        )
        result = {}
        for product in products:
            free = sum(units[product.id].values()) if product in stored else None
            receipt = receipts.get(product) if free is not None and free <= 0 else None
            result[product.id] = {
                "available": free,
                "receipt": fields.Datetime.to_string(receipt) if receipt else None,
            }
        return result

    # TOTALS

    @api.model
    def quote(self, draft):
        """Say what a draft costs and what of it is in stock.

        :param dict draft: ``{channel_id, partner_id, lines: [{product_id, quantity, price}],
            discount, shipping}``; ``price`` ``None``: the pricelist's
        :return: ``{lines: [{price, total, available, short, receipt}], goods, tax, total,
            ship_by, arrival}`` in the order of the lines
        """
        self._check_role()
        channel = self._channel(draft.get("channel_id"))
        lines = self._read_lines(channel, draft.get("lines") or [])
        order = self._virtual_order(channel, draft.get("partner_id"), lines)
        products = self.env["product.product"].concat(*(line["product"] for line in lines))
        stock = self._stock(channel, products, order.partner_id.id)
        wanted = {}
        answer = []
        for line, item in zip(lines, order.order_line, strict=True):
            known = stock[line["product"].id]
            wanted[line["product"].id] = wanted.get(line["product"].id, 0) + line["quantity"]
            free = known["available"]
            answer.append(
                {
                    "price": line["price"],
                    "total": item.price_total,
                    "available": free,
                    "short": free is not None and wanted[line["product"].id] > free,
                    "receipt": known["receipt"],
                }
            )
        extras = _number(draft.get("shipping")) - _number(draft.get("discount"))
        ship_by, arrival = self._promise(channel, lines, answer, order.partner_id.id)
        return {
            "lines": answer,
            "goods": order.amount_total,
            "tax": order.amount_tax,
            "total": order.currency_id.round(order.amount_total + extras),
            "ship_by": fields.Datetime.to_string(ship_by) or None,
            "arrival": fields.Datetime.to_string(arrival) or None,
        }

    def _promise(self, channel, lines, answer, partner=None):
        """Return when the goods leave and arrive; ``(None, None)`` when some are not planned.

        Fills in ``receipt`` of the lines that wait: the day on which their last unit comes.
        """
        now = fields.Datetime.now()
        # sudo: the answer is a date; only these products in this channel's warehouses.
        found = channel.sudo()._promise(
            [
                (number, line["product"], line["quantity"])
                for number, line in enumerate(lines)
                if line["product"].is_storable
            ],
            partner,
        )
        for number, known in enumerate(answer):
            if number in found["lines"]:
                known["receipt"] = fields.Datetime.to_string(found["lines"][number]["at"]) or None
        if found["short"]:
            return None, None
        clock = channel._promise_clock()
        ready = found["ready"] or now
        return clock.leaves(ready), clock.arrives(ready)

    def _read_lines(self, channel, lines):
        """Return the lines as ``{product, quantity, price}``; products that the user may see."""
        ids = [int(line["product_id"]) for line in lines]
        products = self.env["product.product"].browse(ids)
        products.check_access("read")
        result = []
        for product, line in zip(products, lines, strict=True):
            quantity = _number(line.get("quantity"))
            price = line.get("price")
            if price is None:
                price = self._price(channel, product, quantity)
            result.append({"product": product, "quantity": quantity, "price": _number(price)})
        return result

    def _virtual_order(self, channel, partner_id, lines):
        """An order that is never stored, for Odoo to compute its taxes."""
        partner = self.env["res.partner"].browse(partner_id or channel.company_id.partner_id.id)
        order = self.env["sale.order"].with_company(channel.company_id)
        return order.new(
            {
                "company_id": channel.company_id.id,
                "partner_id": partner.id,
                "pricelist_id": channel.pricelist_id.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": line["product"].id,
                            "product_uom_qty": line["quantity"],
                            "price_unit": line["price"],
                            "technical_price_unit": -1,
                            "discount": 0,
                        }
                    )
                    for line in lines
                ],
            }
        )

    def _channel(self, channel_id):
        """Return the channel, if it is one of the user's companies."""
        channel = self.env["oms.channel"].browse(int(channel_id or 0)).exists()
        channel.check_access("read")
        return channel


class OmsChannel(models.Model):
    _inherit = "oms.channel"

    def _entry_dict(self):
        currency = self.pricelist_id.currency_id or self.company_id.currency_id
        return {
            "id": self.id,
            "name": self.name,
            "kind": self.kind,
            "currency_id": currency.id,
            "payment_policy": self.payment_policy,
            "pick_up": self.kind == "store",
        }


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _entry_dict(self, exact):
        """The customer with every address that goods may be sent to, the last used first."""
        children = self.child_ids.filtered(lambda child: child.type == "delivery")
        last = self.env["sale.order"].search(
            [("partner_id", "=", self.id)], order="id desc", limit=1
        )
        known = children.sorted("id", reverse=True) | self
        places = (last.partner_shipping_id & known) | known
        return {
            "id": self.id,
            "name": self.name or "",
            "phone": self.phone or "",
            "email": self.email or "",
            "city": self.city or "",
            "exact": exact,
            "addresses": [place._entry_address() for place in places if place.street or place.city],
        }

    def _entry_address(self):
        values = {key: self[name] or "" for key, name in ADDRESS.items()}
        values["province"] = self.state_id.name or ""
        values["phone"] = values["phone"] or self.parent_id.phone or ""
        parts = ("street", "village", "district", "city", "province", "postal_code")
        text = ", ".join(values[name] for name in parts if values[name])
        return {"id": self.id, "text": text, **values}


def _number(value):
    return float(value or 0)
