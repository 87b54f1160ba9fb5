from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..adapters.phone import normalise_phone
from ..engine import verification
from .product_pricelist import PriceRules


class SaleOrder(models.Model):
    """What the checks look at, gathered for a whole batch: one query per kind of fact, and only
    for the kinds that a rule asks for."""

    _inherit = "sale.order"

    oms_phone = fields.Char(
        string="Recipient's Number",
        compute="_compute_oms_phone",
        store=True,
        index="btree_not_null",
        help="Telephone of the recipient in the one form in which numbers can be compared.",
    )
    oms_cod_confirmed_at = fields.Datetime(string="COD Confirmed At", copy=False, readonly=True)

    @api.depends("oms_channel_id", "oms_ship_to", "partner_shipping_id.phone", "partner_id.phone")
    def _compute_oms_phone(self):
        for order in self:
            address = order._oms_address() if order.oms_channel_id else {}
            phone = normalise_phone(address.get("phone"), address.get("country") or "ID")
            order.oms_phone = phone or False

    def _oms_address(self):
        """Return the ship-to as ``{name, phone, street, village, district, city, province,
        postal_code, country}``.

        What the channel sent comes first: a masked buyer has no contact of their own.
        """
        self.ensure_one()
        partner = self.partner_shipping_id
        known = {
            "name": partner.name,
            "phone": partner.phone or self.partner_id.phone,
            "street": partner.street,
            "village": partner.oms_village,
            "district": partner.oms_district,
            "city": partner.city,
            "province": partner.state_id.name,
            "postal_code": partner.zip,
            "country": partner.country_id.code,
        }
        sent = self.oms_ship_to or {}
        merged = {key: sent.get(key) or value for key, value in known.items()}
        merged["street"] = merged["street"] or sent.get("note")
        return merged

    def _oms_verification_inputs(self, rules):
        """Return ``{order id: engine.verification.OrderInput}``.

        :param dict rules: ``{order id: rules}``
        """
        every = [rule for own in rules.values() for rule in own]
        used = {rule.code for rule in every}
        now = fields.Datetime.now()
        if "price" in used:
            self = self.with_context(oms_price_rules=PriceRules(self.order_line.product_id))
            if "verify" in self.oms_channel_id.mapped("price_policy"):
                # For the lines of all orders at once; the price asks order by order.
                self.order_line.fetch(["product_no_variant_attribute_value_ids"])
        if used & {"credit", "duplicate", "cod_limit", "cod_confirmation", "blacklist"}:
            self.flush_model()
            self.env["sale.order.line"].flush_model()
        exposures = self._oms_exposures() if "credit" in used else {}
        hours = max((rule.hours for rule in every if rule.code == "duplicate"), default=0)
        twins = self._oms_twins(hours) if hours else {}
        days = max((rule.days for rule in every if rule.code.startswith("cod_")), default=0)
        history = self._oms_cod_history(now - timedelta(days=days)) if days else {}
        blacklisted = self._oms_blacklisted() if "blacklist" in used else {}
        return {
            order.id: verification.OrderInput(
                lines=order._oms_verification_lines({rule.code for rule in rules[order.id]}),
                address=order._oms_address(),
                payment_policy=order.oms_payment_policy,
                paid=bool(order.oms_paid_at),
                total=order.amount_total,
                cod_amount=order.oms_cod_amount,
                channel_total=order.oms_channel_total if order.oms_has_channel_total else None,
                platform_discount=order.oms_platform_discount,
                rounding=order.currency_id.rounding,
                company_total=order.amount_total / (order.currency_rate or 1.0),
                exposure=exposures.get(order.id, verification.Exposure()),
                twins=tuple(twins.get(order.id, ())),
                refused_cod=history.get(order.id, (0, 0))[0],
                taken_cod=history.get(order.id, (0, 0))[1],
                cod_confirmed=bool(order.oms_cod_confirmed_at),
                blacklisted=blacklisted.get(order.id),
                undeliverable=order._oms_undeliverable() if "coverage" in used else None,
                requested=order.oms_promise_requested or None,
                now=now,
            )
            for order in self
        }

    def _oms_verification_lines(self, used):
        """The goods lines as the engine sees them."""
        verify_price = self.oms_channel_id.price_policy == "verify" and "price" in used
        lines = self.order_line.filtered(
            lambda line: not line.display_type and line.oms_kind in ("goods", False)
        )
        return tuple(
            verification.LineInput(
                id=line.id,
                sku=line.product_id.default_code or line.product_id.display_name or "",
                quantity=line.product_uom_qty,
                unit_price=line.price_unit,
                saleable=line.product_id.active and line.product_id.sale_ok,
                expected_price=line._get_display_price() if verify_price else None,
                discount=line.discount,
                cost=line._oms_cost() if "margin" in used else 0.0,
                revenue=line.price_subtotal,
            )
            for line in lines
        )

    def _oms_undeliverable(self):
        """Return the name of the delivery method that does not go to the address, or ``None``."""
        partner = self.partner_shipping_id
        if not self.carrier_id or not partner.country_id:
            return None
        return None if self.carrier_id._match_address(partner) else self.carrier_id.name

    # FACTS FROM OTHER ORDERS: one query each, whatever the number of orders

    def _oms_same_buyer(self, condition):
        """SQL: pairs (mine, other) of orders of one buyer, told by contact or by telephone.

        The contact that all masked buyers of a channel share says nothing.
        """
        pair = SQL(
            """
            SELECT mine.id AS mine_id, other.id AS other_id
              FROM sale_order mine
              JOIN sale_order other ON other.company_id = mine.company_id
                                   AND other.id <> mine.id
                                   AND other.oms_channel_id IS NOT NULL
            """
        )
        return SQL(
            """
            %(pair)s AND other.partner_id = mine.partner_id
              JOIN oms_channel channel ON channel.id = mine.oms_channel_id
             WHERE mine.id = ANY(%(ids)s)
               AND mine.partner_id IS DISTINCT FROM channel.buyer_id %(condition)s
             UNION
            %(pair)s AND other.oms_phone = mine.oms_phone
             WHERE mine.id = ANY(%(ids)s) %(condition)s
            """,
            pair=pair,
            ids=list(self.ids),
            condition=condition,
        )

    def _oms_twins(self, hours):
        """Return ``{order id: [Twin]}``: earlier orders of the same goods, ``hours`` apart at
        most."""
        condition = SQL(
            """
            AND other.id < mine.id AND other.state <> 'cancel'
            AND other.date_order BETWEEN mine.date_order - %(span)s AND mine.date_order + %(span)s
            """,
            span=timedelta(hours=hours),
        )
        rows = self.env.execute_query(
            SQL(
                """
                WITH pair AS (%(pairs)s),
                goods AS (
                    SELECT line.order_id,
                           STRING_AGG(line.product_id || 'x' || line.product_uom_qty::float, ','
                                      ORDER BY line.product_id, line.product_uom_qty) AS what
                      FROM sale_order_line line
                     WHERE line.order_id IN (SELECT mine_id FROM pair
                                              UNION SELECT other_id FROM pair)
                       AND line.display_type IS NULL
                       AND COALESCE(line.oms_kind, 'goods') = 'goods'
                  GROUP BY line.order_id)
                SELECT mine.id, other.name,
                       ABS(EXTRACT(EPOCH FROM mine.date_order - other.date_order)) / 3600
                  FROM pair
                  JOIN sale_order mine ON mine.id = pair.mine_id
                  JOIN sale_order other ON other.id = pair.other_id
                  JOIN goods a ON a.order_id = mine.id
                  JOIN goods b ON b.order_id = other.id AND b.what = a.what
                """,
                pairs=self._oms_same_buyer(condition),
            )
        )
        result = {}
        for order_id, name, apart in rows:
            result.setdefault(order_id, []).append(verification.Twin(name, float(apart)))
        return result

    def _oms_cod_history(self, since):
        """Return ``{order id: (refused, taken)}``: COD parcels of the same buyer since then."""
        condition = SQL("AND other.oms_payment_policy = 'cod' AND other.date_order >= %s", since)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT pair.mine_id,
                       COUNT(*) FILTER (WHERE EXISTS (
                           SELECT 1 FROM oms_return back
                            WHERE back.order_id = pair.other_id AND back.kind = 'rts'
                              AND back.state NOT IN ('declined', 'cancelled'))),
                       COUNT(*) FILTER (WHERE EXISTS (
                           SELECT 1 FROM oms_fulfillment work
                            WHERE work.order_id = pair.other_id
                              AND work.delivered_at IS NOT NULL))
                  FROM (%s) AS pair
              GROUP BY pair.mine_id
                """,
                self._oms_same_buyer(condition),
            )
        )
        return {order_id: (refused, taken) for order_id, refused, taken in rows}

    def _oms_blacklisted(self):
        """Return ``{order id: why}`` of orders whose buyer or telephone is blacklisted."""
        self.env["res.partner"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT sale.id, COALESCE(bad.oms_blacklist_reason, '')
                  FROM sale_order sale
                  JOIN res_partner buyer ON buyer.id = sale.partner_id
                  JOIN res_partner bad ON bad.id IN (buyer.id, buyer.commercial_partner_id,
                                                     sale.partner_shipping_id)
                                      AND bad.oms_blacklisted
                 WHERE sale.id = ANY(%(ids)s)
                 UNION
                SELECT sale.id, COALESCE(bad.oms_blacklist_reason, '')
                  FROM sale_order sale
                  JOIN res_partner bad
                    ON regexp_replace(bad.phone, '[^0-9]', '', 'g')
                       IN (SUBSTR(sale.oms_phone, 2), '0' || SUBSTR(sale.oms_phone, 4))
                   AND bad.phone IS NOT NULL
                   AND bad.oms_blacklisted
                   AND (bad.company_id IS NULL OR bad.company_id = sale.company_id)
                 WHERE sale.id = ANY(%(ids)s) AND sale.oms_phone IS NOT NULL
                """,
                ids=list(self.ids),
            )
        )
        return dict(rows)


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _oms_cost(self):
        """What the line's goods cost us, in the order's currency."""
        self.ensure_one()
        # sudo: cost prices are for accountants; the check only says whether it passes.
        product = self.product_id.sudo().with_company(self.company_id)
        units = self.product_uom_id._compute_quantity(
            self.product_uom_qty, product.uom_id, round=False
        )
        return units * product.standard_price * (self.order_id.currency_rate or 1.0)
