from odoo import api, fields, models
from odoo.tools import SQL

UNTOUCHED = ("waiting", "ready")


class OmsChannel(models.Model):
    _inherit = "oms.channel"

    reserve_hours = fields.Integer(
        string="Unpaid Orders Keep Goods For (hours)",
        help="A prepaid order that is not paid for by then gives its goods back; they are reserved "
        "again when the payment comes. 0: it keeps them.",
    )

    _reserve_hours_positive = models.Constraint(
        "CHECK(reserve_hours >= 0)", lambda env, diag: env._("Hours can't be negative.")
    )


class SaleOrder(models.Model):
    """Goods that an unpaid order may not keep for ever."""

    _inherit = "sale.order"

    oms_unreserved_at = fields.Datetime(
        string="Goods Given Back At",
        readonly=True,
        copy=False,
        help="The order was not paid for in time; its goods are free for others until it is.",
    )

    def write(self, vals):
        result = super().write(vals)
        if vals.get("oms_paid_at"):
            self._oms_managed().filtered("oms_unreserved_at")._oms_reserve_again()
        return result

    @api.model
    def _cron_oms_reservations(self, limit=500):
        """Take the goods of prepaid orders back that were not paid for in time."""
        ids = [row[0] for row in self.env.execute_query(self._oms_unpaid_query(limit))]
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(ids))
        for order in self.browse(ids):
            order = order.try_lock_for_update()
            if order:
                order._oms_release_unpaid()
            if not cron._commit_progress(1):
                break

    @api.model
    def _oms_unpaid_query(self, limit):
        """Orders that wait for their money, of which nothing has been picked, and whose time in
        the stage is over."""
        return SQL(
            """
            SELECT sale_order.id
              FROM sale_order
              JOIN oms_channel channel ON channel.id = sale_order.oms_channel_id
              JOIN oms_stage stage ON stage.id = sale_order.oms_stage_id
             WHERE channel.reserve_hours > 0
               AND stage.code IN ('inventory_check', 'fulfillment')
               AND sale_order.state = 'sale'
               AND sale_order.oms_payment_policy = 'prepaid'
               AND sale_order.oms_paid_at IS NULL
               AND sale_order.oms_unreserved_at IS NULL
               AND sale_order.oms_stage_since + channel.reserve_hours * interval '1 hour' <= %s
               AND NOT EXISTS (SELECT 1 FROM oms_fulfillment work
                                WHERE work.order_id = sale_order.id
                                  AND work.state NOT IN %s)
          ORDER BY sale_order.oms_stage_since
             LIMIT %s
            """,
            fields.Datetime.now(),
            (*UNTOUCHED, "cancelled"),
            limit,
        )

    def _oms_release_unpaid(self):
        """Free what this order has reserved, and say so on it."""
        self.ensure_one()
        moves = self.picking_ids.move_ids.filtered(
            lambda move: move.state in ("assigned", "partially_available")
        )
        self.oms_unreserved_at = fields.Datetime.now()
        moves._do_unreserve()
        if moves:
            self.env["oms.allocator"]._enqueue(moves.product_id)
        staff = self.company_id._oms_in_language(self)
        self.message_post(body=staff._oms_given_back_text(), subtype_xmlid="mail.mt_note")
        self._oms_touch()
        self._oms_refresh_touched()

    def _oms_reserve_again(self):
        """The payment came: the order takes its place in the queue again."""
        self.oms_unreserved_at = False
        goods = self.order_line._oms_goods().product_id
        if goods:
            self.env["oms.allocator"]._enqueue(goods)
        self._oms_touch()

    def _oms_given_back_text(self):
        return self.env._(
            "Not paid for within %(hours)s hours: its goods are free for others. They are reserved "
            "again when the payment comes.",
            hours=self.oms_channel_id.reserve_hours,
        )

    def _oms_short_sentence(self):
        if self.oms_unreserved_at and not self.oms_paid_at:
            return self._oms_given_back_text()
        return super()._oms_short_sentence()

    def _oms_explain_one(self, hold, tracking):
        answer = super()._oms_explain_one(hold, tracking)
        blocker = answer["blocker"]
        if blocker and blocker["code"] == "stock_short" and self.oms_unreserved_at:
            blocker.update(whose_move="customer", call=None, action=None)
        return answer
