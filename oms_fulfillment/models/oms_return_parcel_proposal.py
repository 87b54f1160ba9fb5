from odoo import api, fields, models
from odoo.tools import SQL

# A parcel comes back in this time, or nobody looks for its order by name or phone.
LOOK_BACK_DAYS = 180
MANY = 20


class OmsReturnParcel(models.Model):
    """Whose goods are they? What the parcel says is compared with what was delivered."""

    _inherit = "oms.return.parcel"

    proposal_ids = fields.Many2many(
        "sale.order", string="It May Be Of", compute="_compute_proposals", compute_sudo=True
    )
    proposal_text = fields.Text(string="Why", compute="_compute_proposals", compute_sudo=True)

    @api.depends("line_ids.units_left", "resi", "sender_name", "sender_phone")
    def _compute_proposals(self):
        for parcel in self:
            found = parcel._proposals() if parcel.state == "unclaimed" else []
            parcel.proposal_ids = self.env["sale.order"].union(*(order for order, _why in found))
            parcel.proposal_text = "\n".join(f"{order.name}: {why}" for order, why in found)

    def _proposals(self):
        """Return ``[(order, why)]``, the likeliest first: serial number, resi, phone, name.

        Only orders that brought goods of that kind which may still come back.
        """
        self.ensure_one()
        left = self.line_ids.filtered(lambda line: line.units_left > 0)
        reasons = {}
        for orders, why in self._clues(left):
            for order in orders:
                reasons.setdefault(order, []).append(why)
        fitting = [(order, why) for order, why in reasons.items() if self._may_be_of(order, left)]
        fitting.sort(key=lambda found: (-len(found[1]), -found[0].id))
        return [(order, ", ".join(why)) for order, why in fitting[:MANY]]

    def _clues(self, left):
        """Yield ``(orders, why)``, the strongest first."""
        yield self._orders_of_lots(left.lot_id), self.env._("its serial or lot number left with it")
        if self.resi:
            yield self._orders_of_resi(), self.env._("the resi")
        yield self._orders_of_sender(left)

    def _orders_of_resi(self):
        """The orders whose parcels have, or had, this number."""
        return self._orders_of_number(self.resi, [("company_id", "=", self.company_id.id)])

    def _orders_of_sender(self, left):
        """Orders with these goods, delivered lately to somebody with that phone or name."""
        orders = self.env["sale.order"]
        digits = "".join(filter(str.isdigit, self.sender_phone or ""))[-9:]
        name = (self.sender_name or "").strip().lower()
        if not left or not (len(digits) >= 7 or len(name) >= 3):
            return orders, ""
        self.env["sale.order"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT sale.id
                  FROM sale_order sale
                  JOIN sale_order_line line ON line.order_id = sale.id
                  JOIN res_partner place ON place.id = sale.partner_shipping_id
                 WHERE sale.company_id = %(company)s
                   AND sale.oms_channel_id IS NOT NULL
                   AND sale.state = 'sale'
                   AND sale.date_order > now() AT TIME ZONE 'UTC' - make_interval(days => %(days)s)
                   AND line.product_id = ANY(%(products)s)
                   AND ((%(digits)s <> '' AND regexp_replace(
                            COALESCE(sale.oms_ship_to->>'phone', place.phone, ''),
                            '[^0-9]', '', 'g') LIKE %(phone)s)
                     OR (%(name)s <> '' AND lower(
                            COALESCE(sale.oms_ship_to->>'name', place.name, '')) = %(name)s))
              ORDER BY sale.id DESC
                 LIMIT %(many)s
                """,
                company=self.company_id.id,
                days=LOOK_BACK_DAYS,
                products=left.product_id.ids,
                digits=digits if len(digits) >= 7 else "",
                phone=f"%{digits}",
                name=name if len(name) >= 3 else "",
                many=MANY,
            )
        )
        return orders.browse(order_id for (order_id,) in rows), self.env._(
            "the sender's phone or name"
        )

    def _may_be_of(self, order, left):
        returnable = order._oms_returnable("customer")
        products = {line.product_id for line, units in returnable.items() if units > 0}
        return bool(products & set(left.product_id))

    def _proposals_as_rpc(self):
        return [{"order": order.name, "reason": why} for order, why in self._proposals()]
