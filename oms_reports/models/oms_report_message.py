from odoo import api, fields, models
from odoo.tools import SQL


class OmsReportMessage(models.Model):
    """Messages of channels, one row each: how fast they were orders, and whether by themselves."""

    _name = "oms.report.message"
    _inherit = "oms.report.fact"
    _description = "Incoming Messages in Figures"
    _auto = False
    _order = "received_at desc, id desc"
    _rec_name = "message_id"

    message_id = fields.Many2one("oms.intake", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    channel_id = fields.Many2one("oms.channel", readonly=True)
    order_id = fields.Many2one("sale.order", readonly=True)
    received_at = fields.Datetime(string="Received", readonly=True)
    processed_at = fields.Datetime(string="Processed", readonly=True)
    messages = fields.Integer(
        readonly=True, help="1 for each message, repetitions and set-aside ones left out."
    )
    smooth = fields.Integer(
        string="Understood at Once",
        readonly=True,
        help="1 if it became an order, or changed one, without a person.",
    )
    waiting = fields.Integer(string="Needs a Person", readonly=True)
    lag_minutes = fields.Float(
        readonly=True, aggregator="avg", help="From receiving a message to processing it."
    )

    _depends = {
        "oms.intake": [
            "attention",
            "channel_id",
            "company_id",
            "edited_by_id",
            "order_id",
            "processed_at",
            "received_at",
            "state",
        ],
    }

    @api.model
    def _view(self):
        return SQL(
            """
            SELECT id,
                   id AS message_id,
                   company_id,
                   channel_id,
                   order_id,
                   received_at,
                   processed_at,
                   1 AS messages,
                   (state IN ('accepted', 'updated') AND edited_by_id IS NULL)::int AS smooth,
                   COALESCE(attention, FALSE)::int AS waiting,
                   EXTRACT(EPOCH FROM processed_at - received_at)::float8 / 60 AS lag_minutes
              FROM oms_intake
             WHERE state NOT IN ('duplicate', 'superseded')
            """
        )
