import base64
import io

from PIL import Image

from odoo import api, fields, models

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal

from ..engine import label as engine

ITEM_LINES = 6


class OmsShipment(models.Model):
    """The label of a parcel: ours, or the courier's own; and whether it still tells the truth.

    What the label says is kept when it is printed (``label_facts``) and compared with what it
    would say now. Whatever changed the order, the address or the contents is noticed by that, and
    nobody has to remember to invalidate anything.
    """

    _inherit = "oms.shipment"

    label_pdf = fields.Binary(
        string="Courier's Label",
        attachment=True,
        copy=False,
        help="A PDF or picture that the courier made; it is printed instead of ours.",
    )
    sort_code = fields.Char(copy=False, help="The courier's routing code, printed large.")
    label_facts = fields.Json(readonly=True, copy=False)
    label_state = fields.Selection(
        [("none", "Not printed"), ("valid", "Valid"), ("stale", "Out of date")],
        string="Label",
        compute="_compute_label_state",
        search="_search_label_state",
        compute_sudo=True,
        help="Out of date: address, COD amount, courier, number or contents changed after the "
        "label was made.",
    )
    label_changes = fields.Char(compute="_compute_label_state", compute_sudo=True)
    print_ids = fields.One2many("oms.shipment.print", "shipment_id", string="Printed Labels")
    print_count = fields.Integer(string="Times Printed", compute="_compute_print_count")

    # COMPUTES

    @api.depends("label_facts", "shipped_at", "status")
    def _compute_label_state(self):
        words = self._label_part_words()
        for parcel in self:
            parcel.label_changes = False
            if not parcel.label_facts:
                parcel.label_state = "none"
                continue
            changes = []
            if not parcel.shipped_at and parcel.status != "cancelled":
                changes = engine.changed_parts(parcel.label_facts, parcel._label_facts_now())
            parcel.label_state = "stale" if changes else "valid"
            parcel.label_changes = ", ".join(words[part] for part in changes) or False

    def _search_label_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        waiting = [("shipped_at", "=", False), ("status", "!=", "cancelled")]
        printed = self.search([("label_facts", "!=", False), *waiting])
        stale = printed.filtered(lambda parcel: parcel.label_state == "stale").ids
        domains = {
            "none": [("label_facts", "=", False)],
            "stale": [("id", "in", stale)],
            "valid": [("label_facts", "!=", False), ("id", "not in", stale)],
        }
        return fields.Domain.OR(domains[state] for state in value if state in domains)

    @api.depends("print_ids")
    def _compute_print_count(self):
        groups = self.env["oms.shipment.print"]._read_group(
            [("shipment_id", "in", self.ids)], ["shipment_id"], ["__count"]
        )
        counts = {parcel.id: count for parcel, count in groups}
        for parcel in self:
            parcel.print_count = counts.get(parcel.id, 0)

    def write(self, vals):
        result = super().write(vals)
        if vals.get("label_pdf"):
            # The courier's label says what is true now.
            for parcel in self.sudo():
                parcel.label_facts = parcel._label_facts_now()
        return result

    # ACTIONS

    def action_print_labels(self):
        """Button: the labels of these parcels in pick order; refused while one is not true."""
        self._ensure_printable()
        ordered = self._in_pick_order()
        report = self.env.ref("oms_tracking.action_report_label")
        return report.report_action(ordered.ids, config=False)

    def action_renew_label(self):
        """Button: the label in hand was destroyed; the next print says what is true now."""
        self._check_desk_access()
        self.check_access("write")
        for parcel in self.filtered("label_facts"):
            parcel.message_post(
                body=self.env._(
                    "The label was destroyed. It was printed %(count)s times; changed since then: "
                    "%(changes)s.",
                    count=parcel.print_count,
                    changes=parcel.label_changes or self.env._("nothing"),
                )
            )
        # sudo: the role and the right to write were checked.
        self.sudo().write({"label_facts": False, "label_pdf": False})
        self.sudo()._update_planned()
        return True

    # GUARDS

    def _ensure_printable(self):
        """Refuse to print for strangers, under a hold, for void parcels, and what is not true.

        :raise OmsRefusal: ``access``, ``on_hold``, ``void``, ``label_stale``
        """
        self._check_desk_access()
        self.check_access("read")
        # sudo: the courier desk prints without rights on orders.
        parcels = self.sudo()
        for parcel in parcels.filtered(lambda parcel: parcel.status == "cancelled"):
            raise OmsRefusal(
                "void",
                self.env._("Parcel %(parcel)s was voided.", parcel=parcel.name),
                next_step=self.env._("Print the label of the parcel that took its place."),
            )
        for parcel in parcels.filtered(lambda parcel: not parcel.shipped_at):
            for work in parcel._label_works():
                lines = parcel._lines_of(work.order_id).sale_line_id
                work.order_id._oms_guard("ship", lines, work)
        parcels._ensure_label_true()

    def _ensure_label_true(self):
        """Refuse a label that says something else than the order does now.

        :raise OmsRefusal: ``label_stale``
        """
        for parcel in self.filtered(lambda parcel: parcel.label_state == "stale"):
            own = not parcel.with_context(bin_size=True).label_pdf
            raise OmsRefusal(
                "label_stale",
                self.env._(
                    "The label of parcel %(parcel)s (%(order)s) is out of date. Changed since it "
                    "was made: %(changes)s.",
                    parcel=parcel.name,
                    order=parcel.order_id.name,
                    changes=parcel.label_changes,
                ),
                next_step=self.env._("Destroy it, press Renew Label on the parcel, print again.")
                if own
                else self.env._(
                    "Cancel the booking at %(courier)s, destroy the label, press Renew Label on "
                    "the parcel and book again.",
                    courier=parcel.courier_id.name or self.env._("the courier"),
                ),
            )

    # PRINTING

    def _in_pick_order(self):
        """As the picker walks: by the first shelf, then by product, then by name."""
        # sudo: shelves and products are read to sort by them only.
        return self.sudo().sorted(lambda parcel: parcel._pick_key()).with_env(self.env)

    def _pick_key(self):
        lines = self.fulfillment_id.picking_id.move_line_ids
        return (
            min(lines.location_id.mapped("complete_name"), default="~"),
            min((sku or "~" for sku in lines.product_id.mapped("default_code")), default="~"),
            self.id,
        )

    def _label_printed(self):
        """Count the print, and keep what the label says."""
        # sudo: nobody writes the log of prints by hand.
        parcels = self.sudo().with_context(tracking_disable=True)
        parcels.filtered(lambda parcel: not parcel.label_facts)._update_planned()
        self.env["oms.shipment.print"].sudo().create(
            [
                {
                    "shipment_id": parcel.id,
                    "printed_by_id": self.env.uid,
                    "source": "courier" if parcel.label_pdf else "own",
                }
                for parcel in parcels.with_context(bin_size=True)
            ]
        )
        for parcel in parcels.filtered(lambda parcel: not parcel.label_facts):
            parcel.label_facts = parcel._label_facts_now()

    def _update_planned(self):
        """Bring what a planned parcel copied from its order up to date."""
        for parcel in self.filtered(lambda parcel: not parcel.shipped_at):
            if parcel.fulfillment_id._outbound_parcels() == parcel:
                parcel.fulfillment_id._refill(parcel)
            if parcel.cod_amount != parcel._cod_now():
                parcel.cod_amount = parcel._cod_now()

    def _courier_label(self):
        """The courier's label as a PDF."""
        content = base64.b64decode(self.with_context(bin_size=False).label_pdf or b"")
        if content[:5] == b"%PDF-":
            return content
        stream = io.BytesIO()
        Image.open(io.BytesIO(content)).convert("RGB").save(stream, "PDF", resolution=203.0)
        return stream.getvalue()

    # WHAT THE LABEL SAYS

    def _label_facts_now(self):
        """Return what makes the label true, as plain values that can be kept and compared."""
        address = self._label_address()
        return {
            "recipient": address["name"] or "",
            "phone": address["phone"] or "",
            "address": [address[key] or "" for key in self._address_keys()],
            "cod": self._cod_now(),
            "courier": [self.courier_id.id, self.service or "", self.sort_code or ""],
            "number": self.resi or self.name,
            "contents": sorted(
                [product.id, round(units, 3)] for product, units in self._units_now().items()
            ),
        }

    @api.model
    def _address_keys(self):
        return ("street", "village", "district", "city", "province", "postal_code", "country")

    def _label_address(self):
        return self.order_id._oms_address()

    def _label_part_words(self):
        return {
            "recipient": self.env._("recipient"),
            "address": self.env._("address"),
            "phone": self.env._("phone"),
            "cod": self.env._("COD amount"),
            "courier": self.env._("courier or service"),
            "number": self.env._("number"),
            "contents": self.env._("contents"),
        }

    def _cod_now(self):
        """What the courier has to collect: the orders' COD amounts less what other parcels ask."""
        if self.shipped_at or self.kind != "out":
            return self.cod_amount
        orders = self._label_works().order_id
        works = orders.oms_fulfillment_ids
        parcels = (works | works.lead_id)._outbound_parcels()
        if parcels.sorted("id")[:1] != self:
            return self.cod_amount
        total = sum(orders._oms_cash_to_collect().values())
        return max(total - sum((parcels - self).mapped("cod_amount")), 0.0)

    def _label_works(self):
        """The fulfilments that travel in this parcel."""
        return self.fulfillment_id | self.fulfillment_id.follower_ids

    def _units_now(self):
        """Return ``{product: units}``: of the transfer while the parcel is its only one."""
        units = {}
        if not self.shipped_at and self.fulfillment_id._outbound_parcels() == self:
            for (_line, product), quantity in self.fulfillment_id._shipped_units().items():
                units[product] = units.get(product, 0.0) + quantity
            return units
        for line in self.line_ids:
            units[line.product_id] = units.get(line.product_id, 0.0) + line.quantity
        return units

    # FOR THE TEMPLATE

    def _label_values(self):
        """Return everything that the label shows, as texts."""
        self.ensure_one()
        parcel = self.sudo()  # the report checked who prints, and that it is true
        address = parcel._label_address()
        phone = address["phone"] or ""
        cod = parcel._cod_now()
        items, more = engine.shorten(
            [
                f"{units:g} x {product.with_context(display_default_code=True).display_name}"
                for product, units in parcel._units_now().items()
            ],
            ITEM_LINES,
        )
        siblings = parcel.fulfillment_id._outbound_parcels().sorted("id")
        number = parcel.resi or parcel.name
        return {
            "name": parcel.name,
            "courier": parcel.courier_id.name or self.env._("Own fleet"),
            "service": parcel.service or "",
            "number": number,
            "barcode": self._label_barcode("Code128", number, 1760, 300, quiet=0),
            "qr": self._label_barcode("QR", number, 400, 400, quiet=0),
            "sort_code": parcel.sort_code or "",
            "cod": parcel._label_money(cod) if cod else "",
            "cashless": parcel.courier_id.label_cashless,
            "to": {
                "name": address["name"] or "",
                "phone": engine.mask_phone(phone) if parcel.courier_id.mask_phone else phone,
                "street": address["street"] or "",
                "area": ", ".join(filter(None, (address["village"], address["district"]))),
                "city": ", ".join(filter(None, (address["city"], address["province"]))),
                "postal_code": address["postal_code"] or "",
            },
            "from": parcel._label_sender(),
            "orders": ", ".join(parcel._label_orders()),
            "items": items,
            "more": more,
            "pieces": f"{sum(parcel._units_now().values()):g}",
            "weight": f"{parcel.weight_kg:g} kg" if parcel.weight_kg else "",
            "part": f"{siblings.ids.index(parcel.id) + 1}/{len(siblings)}"
            if len(siblings) > 1 and parcel in siblings
            else "",
        }

    def _label_sender(self):
        place = self.fulfillment_id.warehouse_id.partner_id or self.company_id.partner_id
        channel = self.order_id.oms_channel_id
        return {
            "name": " · ".join(filter(None, (self.company_id.name, channel.name))),
            "phone": place.phone or self.company_id.phone or "",
            "city": ", ".join(filter(None, (place.city, place.state_id.name))),
        }

    def _label_orders(self):
        return [
            " / ".join(filter(None, (order.name, order.oms_external_id)))
            for order in self._label_works().order_id
        ]

    def _label_money(self, amount):
        """Rp500.000: without decimals where the amount has none."""
        decimals = 0 if self.currency_id.compare_amounts(amount, round(amount)) == 0 else 2
        lang = self.env["res.lang"]._lang_get(self.env.lang or "en_US")
        number = lang.format(f"%.{decimals}f", amount, grouping=True)
        return f"{self.currency_id.symbol or self.currency_id.name} {number}"

    def _label_barcode(self, kind, value, width, height, **options):
        png = self.env["ir.actions.report"].barcode(
            kind, value, width=width, height=height, **options
        )
        return f"data:image/png;base64,{base64.b64encode(png).decode()}"

    def _label_lang(self):
        return self.company_id.partner_id.lang or self.env.lang
