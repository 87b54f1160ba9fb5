from odoo import api, models
from odoo.tools import SQL

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal

from ..connectors.errors import CourierError
from ..engine import rates as engine

HISTORY_DAYS = 90


class SaleOrder(models.Model):
    """Which courier takes an order: what each asks, promises, and how it kept its promises."""

    _inherit = "sale.order"

    # RPC

    @api.model
    def oms_rates(self, items):
        """Compare the delivery methods that are possible for orders. Nothing is changed.

        The best one has the lowest sum of its price, of ``day_cost`` for each expected day and of
        ``loss_cost`` times the share of parcels that did not arrive (90 days, same province;
        20 parcels of 95 % are added, so that a few lucky ones prove nothing).

        :param list items: ``{order, day_cost, loss_cost}``; the costs are in the order's currency;
            default 0 for a day, and the order's total for a lost parcel
        :return: per item ``{status, id, name, offers, errors}``; ``offers`` is a list, the best
            first, of ``{carrier_id, carrier, courier, price, days, arrival_share, total, reason,
            error}``; who can't say has ``error`` and no price
        """
        user = self.env.user
        groups = ("group_oms_integration", "group_oms_agent", "group_oms_courier")
        if not self.env.su and not any(user.has_group(f"oms_fulfillment.{g}") for g in groups):
            raise OmsRefusal(
                "access",
                self.env._("%(user)s may not ask couriers for rates.", user=user.name),
                next_step=self.env._("Ask for the role OMS: Order agent or Integration."),
            )

        def rate(item):
            order = self.env["oms.rpc"]._find_order(item.get("order"))
            offers = order._oms_compare_rates(item.get("day_cost"), item.get("loss_cost"))
            return {"id": order.id, "name": order.name, "offers": offers}

        return self.env["oms.rpc"]._run_items(items, rate)

    # COMPARE

    def _oms_compare_rates(self, day_cost=None, loss_cost=None):
        """Return the offers for this order as :meth:`oms_rates` answers them."""
        self.ensure_one()
        carriers = self._oms_possible_carriers()
        prices, refusals = self._oms_ask_rates(carriers)
        history = self._oms_lane_history(carriers.oms_courier_id)
        scores = engine.rank(
            [
                engine.Offer(carrier, price, days, *history.get(carrier.oms_courier_id.id, ()))
                for carrier, (price, days) in prices.items()
            ],
            day_cost=float(day_cost or 0.0),
            # sudo: weighs the offers, is not shown.
            loss_cost=self.sudo().amount_total if loss_cost is None else float(loss_cost),
        )
        best = scores[0] if scores else None
        answers = [self._oms_offer(score, score is best) for score in scores]
        return answers + [self._oms_no_offer(*refusal) for refusal in refusals.items()]

    def _oms_possible_carriers(self):
        carriers = self.env["delivery.carrier"]
        known = carriers.search(carriers._check_company_domain(self.company_id))
        return known.available_carriers(self.partner_shipping_id, self)

    def _oms_ask_rates(self, carriers):
        """Return ``{carrier: (price, promised days)}`` and ``{carrier: why there is none}``."""
        prices, refusals = {}, {}
        for account, ours in carriers.grouped("oms_account_id").items():
            if not account:
                for carrier in ours:
                    answer = carrier.rate_shipment(self)
                    if answer["success"]:
                        prices[carrier] = (answer["price"], None)
                    else:
                        refusals[carrier] = answer["error_message"] or ""
                continue
            try:
                found = ours._oms_rates(self)
            except CourierError as error:
                refusals |= dict.fromkeys(ours, str(account._refusal(error)))
                continue
            for carrier, rate in found.items():
                if rate:
                    price = account._from_wire(rate.price, self.currency_id)
                    prices[carrier] = (price, rate.days)
                else:
                    refusals[carrier] = self.env._("Does not carry this order to this address.")
        return prices, refusals

    def _oms_lane_history(self, couriers):
        """Return ``{courier id: (arrived, ended, median days)}`` to the order's province."""
        self.env["oms.shipment"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT parcel.courier_id,
                       count(*) FILTER (WHERE parcel.status = 'delivered'),
                       count(*),
                       percentile_cont(0.5) WITHIN GROUP (
                           ORDER BY extract(epoch FROM parcel.delivered_at - parcel.shipped_at)
                                    / 86400.0)
                           FILTER (WHERE parcel.status = 'delivered')
                  FROM oms_shipment parcel
                  JOIN sale_order sale ON sale.id = parcel.order_id
                  JOIN res_partner place ON place.id = sale.partner_shipping_id
                 WHERE parcel.courier_id = ANY(%s)
                   AND parcel.company_id = %s
                   AND parcel.status IN ('delivered', 'returned', 'lost', 'damaged')
                   AND parcel.rested_at > (now() AT TIME ZONE 'UTC') - make_interval(days => %s)
                   AND parcel.kind = 'out'
                   AND place.state_id IS NOT DISTINCT FROM %s
                 GROUP BY parcel.courier_id
                """,
                couriers.ids,
                self.company_id.id,
                HISTORY_DAYS,
                self.partner_shipping_id.state_id.id or None,
            )
        )
        return {courier: tuple(figures) for courier, *figures in rows}

    # ANSWERS

    def _oms_offer(self, score, best):
        carrier = score.key
        return {
            "carrier_id": carrier.id,
            "carrier": carrier.name,
            "courier": carrier.oms_courier_id.code or None,
            "price": score.price,
            "days": round(score.expected_days, 1),
            "arrival_share": round(score.share, 4),
            "total": score.total,
            "reason": self._oms_offer_reason(score, best),
            "error": None,
        }

    def _oms_offer_reason(self, score, best):
        merits = [
            score.best_price and self.env._("cheapest"),
            score.fastest and self.env._("fastest"),
            score.safest and self.env._("most reliable"),
        ]
        told = ", ".join(filter(None, merits))
        figures = self.env._(
            "%(price)s, about %(days)s days, %(share)s %% arrive",
            price=self.currency_id.format(score.price),
            days=f"{score.expected_days:.1f}",
            share=f"{100 * score.share:.1f}",
        )
        reason = f"{told}: {figures}" if told else figures
        return self.env._("Recommended: %(reason)s", reason=reason) if best else reason

    def _oms_no_offer(self, carrier, error):
        blank = dict.fromkeys(("price", "days", "arrival_share", "total", "reason"))
        return {
            "carrier_id": carrier.id,
            "carrier": carrier.name,
            "courier": carrier.oms_courier_id.code or None,
            **blank,
            "error": error,
        }

    # BUTTON

    def action_oms_compare_rates(self):
        """Button: what each courier asks, promises and keeps."""
        self.ensure_one()
        self.check_access("write")
        wizard = self.env["oms.rate.shop"].create({"order_id": self.id})
        wizard._fill()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Compare Couriers"),
            "res_model": wizard._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }


class OmsShipment(models.Model):
    _inherit = "oms.shipment"

    _lane_idx = models.Index("(courier_id, rested_at) WHERE rested_at IS NOT NULL")
