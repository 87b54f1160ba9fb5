from typing import NamedTuple

from odoo import fields, models
from odoo.tools import SQL

from ..exceptions import OmsRefusal


class Returned(NamedTuple):
    """Units of an order line in returns that were neither declined nor cancelled.

    :ivar requested: announced by the customer; once received, only what came
    :ivar received: came back from the customer
    :ivar accepted: of these, accepted by the inspection
    :ivar refunded: the customer does not pay them, whatever the kind of return
    :ivar rts: came back (or got lost) without having been delivered
    :ivar settled_rts: of these, in returns that were resolved
    :ivar refunded_rts: of these, those that the customer does not pay
    :ivar open: units in returns of either kind that are not closed
    """

    requested: float = 0.0
    received: float = 0.0
    accepted: float = 0.0
    refunded: float = 0.0
    rts: float = 0.0
    settled_rts: float = 0.0
    refunded_rts: float = 0.0
    open: float = 0.0


class SaleOrder(models.Model):
    """What came back of an order."""

    _inherit = "sale.order"

    oms_return_ids = fields.One2many(
        "oms.return", "order_id", string="Returns", groups="oms_fulfillment.group_oms_user"
    )
    oms_return_count = fields.Integer(string="Return Count", compute="_compute_oms_return_count")

    def _compute_oms_return_count(self):
        # sudo: whoever reads the order may know how many returns it has, not what is in them.
        counts = dict(
            self.env["oms.return"]
            .sudo()
            ._read_group([("order_id", "in", self.ids)], ["order_id"], ["__count"])
        )
        for order in self:
            order.oms_return_count = counts.get(order, 0)

    def _oms_refresh(self):
        """Close returns whose money has been settled, before the stage is derived."""
        resolved = (
            self.env["oms.return"]
            .sudo()
            .search([("order_id", "in", self.ids), ("state", "=", "resolved")])
        )
        resolved._close_settled()
        return super()._oms_refresh()

    def _oms_return_facts(self):
        facts = super()._oms_return_facts()
        self.env["oms.return"].flush_model()
        self.env["oms.return.line"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT case_.order_id,
                       COUNT(DISTINCT case_.id) FILTER (WHERE case_.is_open),
                       COUNT(DISTINCT case_.id) FILTER (
                           WHERE case_.is_open AND case_.kind = 'rts'),
                       SUM(line.quantity) FILTER (
                           WHERE case_.kind = 'rts' AND case_.state = 'closed')
                  FROM oms_return case_
                  JOIN oms_return_line line ON line.return_id = case_.id
                 WHERE case_.order_id = ANY(%s)
              GROUP BY case_.order_id
                """,
                list(self.ids),
            )
        )
        for order_id, open_count, open_rts, closed_units in rows:
            facts[order_id] = {
                "open": open_count,
                "open_rts": open_rts,
                "closed_exceptions": float(closed_units or 0.0),
            }
        return facts

    def _oms_lines_in_question(self):
        """The order lines of which units are in a return that is not closed."""
        # sudo: whoever accepts a delivery need not read returns.
        open_lines = (
            self.env["oms.return.line"]
            .sudo()
            .search([("return_id.order_id", "in", self.ids), ("return_id.is_open", "=", True)])
        )
        return open_lines.sale_line_id.sudo(self.env.su)

    def _oms_returnable(self, kind):
        """Return ``{goods line: units}`` that may still be announced in a return of ``kind``."""
        self.ensure_one()
        goods = self.order_line._oms_goods()
        buckets = goods._oms_buckets()
        returned = goods._oms_returned()
        result = {}
        for line in goods:
            known, back = buckets[line.id], returned.get(line.id, Returned())
            if kind == "rts":
                result[line] = known.shipped - back.rts
            else:
                # A parcel may have come back although its fulfilment counts as delivered.
                never = max(back.rts - known.shipped, 0.0)
                result[line] = known.delivered + known.accepted - never - back.requested
        return result

    def _oms_check_returnable(self, kind, lines):
        """Refuse quantities that were not delivered, or that are in a return already.

        :raise OmsRefusal: ``nothing_to_return``, ``over_returnable``
        """
        if not lines:
            raise OmsRefusal(
                "nothing_to_return",
                self.env._("Nothing of %(order)s can be returned now.", order=self.name),
                field="lines",
                next_step=self.env._("Only delivered units that are in no other return can be."),
            )
        left = self._oms_returnable(kind)
        for line, values in lines:
            units = max(left.get(line, 0.0), 0.0)
            if line.product_uom_id.compare(values["quantity"], units) > 0:
                raise OmsRefusal(
                    "over_returnable",
                    self.env._(
                        "%(wanted)s of %(product)s can't come back: %(left)s of %(order)s may.",
                        wanted=f"{values['quantity']:g}",
                        product=line.product_id.display_name,
                        left=f"{units:g}",
                        order=self.name,
                    ),
                    field="quantity",
                    next_step=self.env._(
                        "Only units that arrived and are in no other return can come back."
                    ),
                )
