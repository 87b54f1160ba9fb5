from odoo import api, fields, models
from odoo.tools import SQL

# Past these, no unit of an order is in the warehouse or on the road.
ARRIVED_STAGES = ("receipt_inspection", "payment", "done")
OUR_FAULTS = ("merchant", "carrier", "supplier")


class OmsReportOrder(models.Model):
    """Orders of channels, one row each, with what the key figures count."""

    _name = "oms.report.order"
    _inherit = "oms.report.fact"
    _description = "Orders in Figures"
    _auto = False
    _order = "date_order desc, id desc"
    _rec_name = "order_id"

    order_id = fields.Many2one("sale.order", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    channel_id = fields.Many2one("oms.channel", readonly=True)
    warehouse_id = fields.Many2one("stock.warehouse", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    stage_id = fields.Many2one("oms.stage", readonly=True)
    date_order = fields.Datetime(string="Ordered", readonly=True)
    ship_by = fields.Datetime(readonly=True)
    promised_first = fields.Datetime(string="First Promise", readonly=True)
    promised_now = fields.Datetime(string="Current Promise", readonly=True)
    shipped_at = fields.Datetime(
        string="Handed Over", readonly=True, help="When the last parcel of the order left."
    )
    delivered_at = fields.Datetime(
        string="Delivered", readonly=True, help="When the last parcel of the order arrived."
    )
    accepted_at = fields.Datetime(string="Accepted", readonly=True)

    orders = fields.Integer(readonly=True, help="1 for each order.")
    amount = fields.Monetary(
        readonly=True,
        help="The order without taxes, in the company's currency at the rate of the order date.",
    )
    units = fields.Float(readonly=True, help="Units of goods ordered.")
    sold = fields.Integer(
        readonly=True,
        help="1 if the order was not cancelled and does not replace, or was not exchanged for, "
        "what a customer returned.",
    )
    cancelled = fields.Integer(readonly=True, help="1 if nothing of the order was or will be sent.")
    cancelled_buyer = fields.Integer(string="Cancelled: Buyer", readonly=True)
    cancelled_seller = fields.Integer(string="Cancelled: Us", readonly=True)
    cancelled_channel = fields.Integer(string="Cancelled: Channel", readonly=True)
    cancelled_courier = fields.Integer(string="Cancelled: Courier", readonly=True)
    hours_to_ship = fields.Float(
        readonly=True, aggregator="avg", help="From the order to the hand-over of its last parcel."
    )
    hours_to_deliver = fields.Float(
        readonly=True, aggregator="avg", help="From the order to the delivery of its last parcel."
    )
    ship_due = fields.Integer(
        readonly=True, help="1 if the order has a ship-by time and has left, or should have."
    )
    shipped_on_time = fields.Integer(readonly=True, help="1 if it left by its ship-by time.")
    promise_due = fields.Integer(
        readonly=True, help="1 if something was promised and the order came, or should have."
    )
    on_time = fields.Integer(readonly=True, help="1 if it came by the first promise.")
    in_full = fields.Integer(readonly=True, help="1 if all units came and none was cancelled.")
    otif = fields.Integer(
        string="On Time, in Full",
        readonly=True,
        help="1 if it came by the first promise, complete.",
    )
    perfect = fields.Integer(
        readonly=True,
        help="1 if on time, in full, without credit note, and without a return that we, the "
        "supplier or the courier caused.",
    )
    promised = fields.Integer(
        string="Has a Promise", readonly=True, help="1 if the customer was promised a date."
    )
    drifted = fields.Integer(readonly=True, help="1 if the promise is later than the first one.")
    drift_days = fields.Float(
        readonly=True, aggregator="avg", help="Days from the first promise to the current one."
    )
    confirmed = fields.Integer(readonly=True, help="1 if the order was confirmed.")
    short = fields.Integer(
        string="Waited for Stock", readonly=True, help="1 if goods were short when it was reserved."
    )
    held = fields.Integer(string="Was on Hold", readonly=True)
    hold_hours = fields.Float(readonly=True, help="Hours of all its holds together.")
    shipped = fields.Integer(readonly=True, help="1 if all parcels have left.")
    touchless = fields.Integer(
        readonly=True,
        help="1 if it left without a hold that a person raised or ended, without a message that a "
        "person repaired, and without a decision about its fulfilments.",
    )
    settled_at = fields.Datetime(
        string="Settled", readonly=True, help="When the order was done: goods and money."
    )
    days_to_cash = fields.Float(
        readonly=True, aggregator="avg", help="Days from the order to its being settled."
    )
    cod_final = fields.Integer(
        string="COD with Outcome", readonly=True, help="1 if it was delivered or came back."
    )
    cod_refused = fields.Integer(readonly=True, help="1 if it came back undelivered.")

    _depends = {
        "sale.order": [
            "amount_untaxed",
            "company_id",
            "currency_rate",
            "date_order",
            "oms_cancel_fault",
            "oms_channel_id",
            "oms_exchange_id",
            "oms_intake_id",
            "oms_payment_policy",
            "oms_promise_current",
            "oms_promise_original",
            "oms_replaces_id",
            "oms_ship_by",
            "oms_stage_id",
            "partner_id",
            "state",
            "warehouse_id",
        ],
        "sale.order.line": ["oms_qty_cancelled", "order_id", "product_id", "product_uom_qty"],
        "oms.fulfillment": ["accepted_at", "delivered_at", "handed_over_at", "order_id", "state"],
        "oms.fulfillment.action": ["order_id"],
        "oms.hold": ["order_id", "raised_by", "released_at", "released_by_id", "since"],
        "oms.intake": ["edited_by_id"],
        "oms.return": ["kind", "order_id", "reason_id", "state"],
        "oms.return.reason": ["fault"],
        "oms.stage": ["code"],
        "oms.stage.log": ["at", "cause", "order_id", "to_stage_id"],
        "account.move": ["move_type", "oms_order_id", "state"],
        "res.company": ["currency_id"],
    }

    @api.model
    def _view(self):
        return SQL("%s %s", self._select(), self._from())

    @api.model
    def _select(self):
        return SQL(
            """
            SELECT sale.id,
                   sale.id AS order_id,
                   sale.company_id,
                   company.currency_id,
                   sale.oms_channel_id AS channel_id,
                   sale.warehouse_id,
                   sale.partner_id,
                   sale.oms_stage_id AS stage_id,
                   sale.date_order,
                   sale.oms_ship_by AS ship_by,
                   sale.oms_promise_original AS promised_first,
                   sale.oms_promise_current AS promised_now,
                   work.shipped_at,
                   work.delivered_at,
                   work.accepted_at,
                   1 AS orders,
                   ROUND(sale.amount_untaxed / COALESCE(NULLIF(sale.currency_rate, 0), 1)::numeric,
                         currency.decimal_places) AS amount,
                   goods.units,
                   (was.sold AND sale.oms_replaces_id IS NULL
                       AND sale.oms_exchange_id IS NULL)::int AS sold,
                   1 - was.sold::int AS cancelled,
                   (NOT was.sold AND sale.oms_cancel_fault = 'buyer')::int AS cancelled_buyer,
                   (NOT was.sold AND sale.oms_cancel_fault = 'seller')::int AS cancelled_seller,
                   (NOT was.sold AND sale.oms_cancel_fault = 'channel')::int AS cancelled_channel,
                   (NOT was.sold AND sale.oms_cancel_fault = 'courier')::int AS cancelled_courier,
                   EXTRACT(EPOCH FROM work.shipped_at - sale.date_order)::float8 / 3600
                       AS hours_to_ship,
                   EXTRACT(EPOCH FROM work.delivered_at - sale.date_order)::float8 / 3600
                       AS hours_to_deliver,
                   was.ship_due::int AS ship_due,
                   (was.ship_due AND COALESCE(work.shipped_at <= sale.oms_ship_by, FALSE))::int
                       AS shipped_on_time,
                   was.promise_due::int AS promise_due,
                   (was.promise_due AND was.on_time)::int AS on_time,
                   (was.promise_due AND was.in_full)::int AS in_full,
                   (was.promise_due AND was.on_time AND was.in_full)::int AS otif,
                   (was.promise_due AND was.on_time AND was.in_full AND NOT trouble.blamed
                       AND NOT trouble.credited)::int AS perfect,
                   was.promised::int AS promised,
                   (was.promised AND sale.oms_promise_current > sale.oms_promise_original)::int
                       AS drifted,
                   CASE WHEN was.promised THEN EXTRACT(EPOCH FROM
                       sale.oms_promise_current - sale.oms_promise_original)::float8 / 86400
                   END AS drift_days,
                   (sale.state = 'sale')::int AS confirmed,
                   (sale.state = 'sale' AND trouble.short)::int AS short,
                   (hold.number > 0)::int AS held,
                   hold.hours AS hold_hours,
                   (work.shipped_at IS NOT NULL)::int AS shipped,
                   (work.shipped_at IS NOT NULL AND NOT COALESCE(hold.by_hand, FALSE)
                       AND NOT trouble.repaired AND NOT trouble.decided)::int AS touchless,
                   money.settled_at,
                   EXTRACT(EPOCH FROM money.settled_at - sale.date_order)::float8 / 86400
                       AS days_to_cash,
                   was.cod_final::int AS cod_final,
                   (was.cod_final AND work.delivered_at IS NULL)::int AS cod_refused
            """
        )

    @api.model
    def _from(self):
        """Whatever is looked up is looked up order by order, so a period reads its own orders; and
        nothing is looked up that a query has no use for."""
        return SQL(
            """
              FROM sale_order sale
         LEFT JOIN res_company company ON company.id = sale.company_id
         LEFT JOIN res_currency currency ON currency.id = company.currency_id
         LEFT JOIN oms_stage stage ON stage.id = sale.oms_stage_id
         LEFT JOIN LATERAL (
                   SELECT CASE WHEN BOOL_AND(handed_over_at IS NOT NULL)
                               THEN MAX(handed_over_at) END AS shipped_at,
                          CASE WHEN BOOL_AND(delivered_at IS NOT NULL)
                               THEN MAX(delivered_at) END AS delivered_at,
                          CASE WHEN BOOL_AND(accepted_at IS NOT NULL)
                               THEN MAX(accepted_at) END AS accepted_at
                     FROM oms_fulfillment
                    WHERE order_id = sale.id AND state <> 'cancelled'
              ) work ON TRUE
         LEFT JOIN LATERAL (
                   SELECT SUM(line.product_uom_qty)::float8 AS units,
                          COALESCE(BOOL_OR(line.oms_qty_cancelled > 0), FALSE) AS cut
                     FROM sale_order_line line
                     JOIN product_product product ON product.id = line.product_id
                     JOIN product_template template ON template.id = product.product_tmpl_id
                    WHERE line.order_id = sale.id AND template.type = 'consu'
              ) goods ON TRUE
         LEFT JOIN LATERAL (
                   SELECT COUNT(*) AS number,
                          COALESCE(SUM(EXTRACT(EPOCH FROM
                              COALESCE(released_at, NOW() AT TIME ZONE 'UTC') - since)), 0)::float8
                              / 3600 AS hours,
                          BOOL_OR(raised_by = 'user' OR released_by_id <> 1) AS by_hand
                     FROM oms_hold
                    WHERE order_id = sale.id
              ) hold ON TRUE
         LEFT JOIN LATERAL (
                   SELECT MAX(log.at) AS settled_at
                     FROM oms_stage_log log
                    WHERE log.order_id = sale.id AND log.to_stage_id = stage.id
                      AND stage.code = 'done'
              ) money ON TRUE
        CROSS JOIN LATERAL (
                   SELECT EXISTS (SELECT FROM oms_stage_log log
                                   WHERE log.order_id = sale.id AND log.cause = 'stock_short')
                              AS short,
                          EXISTS (SELECT FROM oms_fulfillment_action done
                                   WHERE done.order_id = sale.id) AS decided,
                          EXISTS (SELECT FROM oms_intake message
                                   WHERE message.id = sale.oms_intake_id
                                     AND message.edited_by_id IS NOT NULL) AS repaired,
                          EXISTS (SELECT FROM account_move move
                                   WHERE move.oms_order_id = sale.id
                                     AND move.move_type = 'out_refund'
                                     AND move.state = 'posted') AS credited,
                          EXISTS (SELECT FROM oms_return back
                                    JOIN oms_return_reason reason ON reason.id = back.reason_id
                                   WHERE back.order_id = sale.id AND reason.fault IN %(ours)s
                                     AND back.state NOT IN ('declined', 'cancelled')) AS blamed,
                          EXISTS (SELECT FROM oms_return back
                                   WHERE back.order_id = sale.id AND back.kind = 'rts'
                                     AND back.state NOT IN ('declined', 'cancelled'))
                              AS came_back
              ) trouble
        CROSS JOIN LATERAL (
                   SELECT sale.state <> 'cancel' AND stage.code IS DISTINCT FROM 'cancelled'
                              AS sold,
                          sale.oms_promise_original IS NOT NULL
                              AND sale.oms_promise_current IS NOT NULL AS promised,
                          sale.state = 'sale' AND stage.code IS DISTINCT FROM 'cancelled'
                              AND sale.oms_ship_by IS NOT NULL
                              AND (work.shipped_at IS NOT NULL
                                   OR sale.oms_ship_by < NOW() AT TIME ZONE 'UTC') AS ship_due,
                          sale.state = 'sale' AND stage.code IS DISTINCT FROM 'cancelled'
                              AND sale.oms_promise_original IS NOT NULL
                              AND (work.delivered_at IS NOT NULL
                                   OR sale.oms_promise_original < NOW() AT TIME ZONE 'UTC')
                              AS promise_due,
                          COALESCE(work.delivered_at <= sale.oms_promise_original, FALSE)
                              AS on_time,
                          work.delivered_at IS NOT NULL AND NOT goods.cut
                              AND stage.code IN %(arrived)s AS in_full,
                          sale.oms_payment_policy = 'cod'
                              AND (work.delivered_at IS NOT NULL OR trouble.came_back)
                              AS cod_final
              ) was
             WHERE sale.oms_channel_id IS NOT NULL
            """,
            ours=OUR_FAULTS,
            arrived=ARRIVED_STAGES,
        )
