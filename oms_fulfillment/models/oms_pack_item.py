import re
from collections import namedtuple

from odoo import api, models
from odoo.exceptions import ValidationError

from ..engine import packing
from ..exceptions import OmsRefusal

# What a scanned code says about goods.
Item = namedtuple("Item", "product lot quantity")
MANY = re.compile(r"^(\d{1,4})\s*[*]\s*(\S.*)$")
GS1_PRODUCT, GS1_LOTS, GS1_COUNTS = ("01", "02"), ("10", "21"), ("30", "37")
GROUP_SEPARATOR = "\x1d"


class OmsPackSession(models.Model):
    """Reading units: product barcode, SKU, packaging, lot or serial number, GS1."""

    _inherit = "oms.pack.session"

    def _read_item(self, code):
        """Return the :class:`Item` that ``code`` stands for, or ``None``.

        ``12*CODE`` means twelve of it. What the transfer asks for comes first, so that two products
        that share a number are told apart by the order.
        """
        many = MANY.match(code)
        quantity = float(many.group(1)) if many else 1.0
        item = self._item_of(many.group(2) if many else code)
        return item and item._replace(quantity=item.quantity * quantity)

    def _item_of(self, code):
        lot = self._lot_of(code)
        if lot:
            return Item(lot.product_id, lot, 1.0)
        packaging = self.env["product.uom"].search([("barcode", "=", code)], limit=1)
        if packaging:
            product = packaging.product_id
            units = packaging.uom_id._compute_quantity(1.0, product.uom_id, round=False)
            return Item(product, self.env["stock.lot"], units)
        product = self._product_of(code)
        if product:
            return Item(product, self.env["stock.lot"], 1.0)
        return self._gs1_item(code)

    @api.model
    def _product_of(self, code):
        """The product with this barcode or SKU; the one that is packed comes first."""
        Product = self.env["product.product"].with_context(skip_preprocess_gs1=True)
        found = Product.search(
            ["|", ("barcode", "=", code), ("default_code", "=", code)], order="id", limit=10
        )
        wanted = found.filtered(lambda product: product in self._moves().product_id)
        return (wanted or found.filtered(lambda product: product.barcode == code) or found)[:1]

    def _lot_of(self, code, product=None):
        """The lot or serial number ``code`` of one of the products that are packed."""
        products = product or self._moves().product_id
        tracked = products.filtered(lambda one: one.tracking != "none")
        if not tracked:
            return self.env["stock.lot"]
        return self.env["stock.lot"].search(
            [("name", "=", code), ("product_id", "in", tracked.ids)], limit=1
        )

    def _gs1_item(self, code):
        """Read a GS1 element string: 01 product, 10 lot, 21 serial number, 30 or 37 how many."""
        parts = self._gs1_parts(code)
        gtin = next((parts[ai] for ai in GS1_PRODUCT if ai in parts), None)
        if not gtin:
            return None
        product = self.env["product.product"]
        for digits in (gtin, *(gtin.lstrip("0").rjust(width, "0") for width in (13, 12, 8))):
            product = product or self._product_of(digits)
        if not product:
            return None
        number = next((parts[ai] for ai in reversed(GS1_LOTS) if ai in parts), None)
        lot = self._lot_of(number, product) if number else self.env["stock.lot"]
        if number and not lot and product.tracking != "none":
            self._refuse_lot(product, number)
        count = next((float(parts[ai]) for ai in GS1_COUNTS if ai in parts), 1.0)
        return Item(product, lot, count)

    @api.model
    def _gs1_parts(self, code):
        """Return ``{application identifier: value}``, empty when ``code`` is no GS1."""
        nomenclature = self.env.ref(
            "barcodes_gs1_nomenclature.default_gs1_nomenclature", raise_if_not_found=False
        )
        # sudo: rules of barcodes are read whoever packs.
        nomenclature = nomenclature and nomenclature.sudo()
        text = re.sub(r"\((\d{2,4})\)", rf"{GROUP_SEPARATOR}\1", code).lstrip(GROUP_SEPARATOR)
        if not nomenclature or len(text) < 16:
            return {}
        try:
            found = nomenclature.gs1_decompose_extended(text) or ()
        except (ValidationError, ValueError):
            return {}
        return {part["ai"]: str(part["string_value"]) for part in found}

    # WHAT IS REFUSED

    def _count(self, item):
        """Take one scan into the parcel; return the values of its line in the log.

        :raise OmsRefusal: what was expected instead
        """
        product, lot, quantity = item
        expected, tally = self._expected(), self._tally()
        verdict = packing.judge(expected, tally, product.id, quantity)
        if verdict == "not_in_order":
            self._refuse_kit(product, expected)
            raise OmsRefusal(
                verdict,
                self.env._(
                    "%(product)s does not belong into %(transfer)s.",
                    product=self._called(product),
                    transfer=self.picking_id.name,
                ),
                next_step=self._expected_sentence(expected, tally),
            )
        if verdict == "surplus":
            raise OmsRefusal(
                verdict,
                self.env._(
                    "That is too many: %(transfer)s has %(units)s of %(product)s, "
                    "%(done)s are in the parcel.",
                    transfer=self.picking_id.name,
                    units=f"{expected[product.id]:g}",
                    product=self._called(product),
                    done=f"{tally.of_product(product.id):g}",
                ),
                next_step=self._expected_sentence(expected, tally),
            )
        self._ensure_lot(product, lot, quantity, tally)
        return {
            "kind": "unit",
            "product_id": product.id,
            "lot_id": lot.id,
            "quantity": quantity,
            "carton": tally.carton,
        }

    def _refuse_kit(self, product, expected):
        """A kit is on no shelf: its parts are what lies in the parcel."""
        parts = product._oms_kit_parts(self.company_id).get(product, {})
        if any(part.id in expected for part in parts):
            raise OmsRefusal(
                "kit",
                self.env._("%(product)s is sold as a kit.", product=self._called(product)),
                next_step=self.env._(
                    "Scan what is in it: %(parts)s.",
                    parts=", ".join(
                        f"{units:g} x {self._called(part)}" for part, units in parts.items()
                    ),
                ),
            )

    def _ensure_lot(self, product, lot, quantity, tally):
        if product.tracking == "none":
            return
        if not lot:
            raise OmsRefusal(
                "lot_needed",
                self.env._(
                    "%(product)s is told apart by lot or serial number.",
                    product=self._called(product),
                ),
                next_step=self.env._("Scan that number: %(lots)s.", lots=self._lots(product)),
            )
        counted = tally.of_lot(product.id, lot.id)
        if product.tracking == "serial" and counted + quantity > 1.0:
            raise OmsRefusal(
                "serial_twice",
                self.env._("%(serial)s is in the parcel already.", serial=lot.name),
                next_step=self._expected_sentence(self._expected(), tally),
            )
        reserved, free = self._lot_room(product, lot)
        if counted + quantity > reserved + free + packing.EPSILON:
            self._refuse_lot(product, lot.name)

    def _lot_room(self, product, lot):
        """Units of the lot that are reserved for this parcel, and that nobody has reserved."""
        lines = self._moves().move_line_ids.filtered(lambda line: line.product_id == product)
        reserved = sum(
            lines.filtered(lambda line: line.lot_id == lot).mapped("quantity_product_uom")
        )
        free = sum(
            self.env["stock.quant"]._get_available_quantity(
                product, location, lot_id=lot, strict=True
            )
            for location in lines.location_id
        )
        return reserved, max(free, 0.0)

    def _refuse_lot(self, product, number):
        raise OmsRefusal(
            "lot_not_here",
            self.env._(
                "%(lot)s of %(product)s is not free at this place.",
                lot=number,
                product=self._called(product),
            ),
            next_step=self.env._("Reserved are: %(lots)s.", lots=self._lots(product)),
        )

    def _lots(self, product):
        lines = self._moves().move_line_ids.filtered(lambda line: line.product_id == product)
        return ", ".join(lines.lot_id.mapped("name")[:5]) or self.env._("none")

    def _called(self, product):
        return product.with_context(display_default_code=True).display_name

    def _expected_sentence(self, expected, tally):
        """What the station waits for, in words."""
        left = packing.missing(expected, tally)
        if not left:
            return self.env._("Everything is in the parcel: scan DONE.")
        product_id, units = next(iter(left.items()))
        return self.env._(
            "Expected: %(units)s of %(product)s.",
            units=f"{units:g}",
            product=self._called(self.env["product.product"].browse(product_id)),
        )

    def _refuse_unknown(self, code):
        expected, tally = self._expected(), self._tally()
        raise OmsRefusal(
            "unknown_code",
            self.env._("Nothing has the code %(code)s.", code=code[:60]),
            next_step=self._expected_sentence(expected, tally),
        )
