from odoo import api, fields, models


class SaleOrder(models.Model):
    """The whole order as another system sees it."""

    _inherit = "sale.order"

    @api.model
    def oms_snapshot(self, names):
        """Return whole orders: stage, promise, units per line, holds, fulfilments, parcels, money.

        :param list names: order names, or ``{channel, external_id}``
        :return: per item ``{status, id, name, channel, external_id, stage, furthest, promise,
            lines: [{id, line_id, sku, channel_sku, bundle_units, name, buckets}], checks,
            holds, fulfillments, parcels, returns, money, errors}``; quantities in the line's unit,
            money in ``currency``, times UTC; ``total`` is ``None`` and ``money`` empty for a
            warehouse operator
        """
        return self._oms_answer(names, lambda orders: orders._oms_snapshot_batch())

    def _oms_snapshot_batch(self):
        """One snapshot per order; the number of queries does not depend on the batch."""
        line_buckets = self.order_line._oms_buckets()
        holds = self._oms_active_holds().grouped("order_id")
        parcels = self._oms_snapshot_parcels()
        returns = self._oms_snapshot_returns()
        money = self._oms_snapshot_money() if self.env.user._oms_sees_prices() else {}
        checks = dict(zip(self.ids, self._oms_check_dicts(), strict=True))
        return [
            {
                **order._oms_snapshot_head(),
                "lines": [
                    line._oms_snapshot_line(line_buckets[line.id])
                    for line in order.order_line
                    if line.id in line_buckets
                ],
                "checks": checks[order.id],
                "holds": [hold._as_dict() for hold in holds.get(order, ())],
                "fulfillments": [work._as_dict() for work in order.oms_fulfillment_ids],
                "parcels": parcels.get(order.id, []),
                "returns": returns.get(order.id, []),
                "money": money.get(order.id, {}),
            }
            for order in self
        ]

    def _oms_snapshot_head(self):
        moment = fields.Datetime.to_string
        return {
            "id": self.id,
            "name": self.name,
            "channel": self.oms_channel_id.code,
            "external_id": self.oms_external_id or None,
            "revision": self.oms_revision,
            "stage": self.oms_stage_id.code,
            "furthest": self.oms_stage_furthest_id.code,
            "since": moment(self.oms_stage_since) or None,
            "blocker": self.oms_blocker or None,
            "currency": self.currency_id.name,
            "total": self.amount_total if self.env.user._oms_sees_prices() else None,
            "promise": {
                "requested": moment(self.oms_promise_requested) or None,
                "original": moment(self.oms_promise_original) or None,
                "current": moment(self.oms_promise_current) or None,
            },
        }

    # HOOKS: other rooms of the house add what they know, per batch

    def _oms_snapshot_parcels(self):
        """Return ``{order id: [parcel dict]}``; filled by the tracking addon."""
        return {}

    def _oms_snapshot_returns(self):
        """Return ``{order id: [{id, name, state, kind, lines}]}``."""
        return {
            order.id: [
                {
                    "id": case.id,
                    "name": case.name,
                    "state": case.state,
                    "kind": case.kind,
                    "lines": [
                        {
                            "line": line.sale_line_id.id,
                            "sku": line.sale_line_id.product_id.default_code or None,
                            "quantity": line.quantity,
                        }
                        for line in case.line_ids
                    ],
                }
                for case in order.oms_return_ids
            ]
            for order in self
        }

    def _oms_snapshot_money(self):
        """Return ``{order id: {invoiced, credited, residual, prepaid_open, clearing_open,
        refund_due, settled, blocker}}`` in the order's currency."""
        names = (
            "invoiced",
            "credited",
            "residual",
            "prepaid_open",
            "clearing_open",
            "refund_due",
            "settled",
            "blocker",
        )
        return {
            order_id: {name: getattr(money, name) for name in names}
            for order_id, money in self._oms_money().items()
        }


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _oms_snapshot_line(self, units):
        return {
            "id": self.id,
            "line_id": self.oms_line_ref or None,
            "sku": self.product_id.default_code or None,
            "channel_sku": self.oms_sku or None,
            "bundle_units": self.oms_bundle_units or None,
            "name": self.product_id.display_name,
            "buckets": units.as_dict(),
        }
