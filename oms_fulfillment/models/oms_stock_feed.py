from odoo import api, fields, models
from odoo.tools import SQL

EPSILON = 1e-6


class OmsStockFeed(models.Model):
    """What a channel was told about the stock of one product last, and whether it heard it."""

    _name = "oms.stock.feed"
    _description = "Stock That a Channel Knows"
    _order = "channel_id, product_id"
    _rec_name = "product_id"

    channel_id = fields.Many2one(
        "oms.channel", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    product_id = fields.Many2one(
        "product.product", required=True, readonly=True, index=True, ondelete="cascade"
    )
    told = fields.Float(digits="Product Unit", readonly=True, help="The number written last.")
    stale = fields.Boolean(readonly=True, help="It is to be told again, whatever it is.")
    number = fields.Integer(readonly=True, help="How often it was told.")
    told_at = fields.Datetime(readonly=True)
    message_id = fields.Many2one(
        "oms.outbox", readonly=True, index="btree_not_null", ondelete="set null"
    )
    heard = fields.Float(
        digits="Product Unit", readonly=True, help="The last number that the channel has taken."
    )
    heard_at = fields.Datetime(readonly=True, help="Empty: it has never taken one.")
    state = fields.Selection(related="message_id.state")
    error = fields.Char(related="message_id.last_error")
    available = fields.Float(
        digits="Product Unit", compute="_compute_available", help="What it may offer now."
    )
    differs = fields.Boolean(
        compute="_compute_available",
        search="_search_differs",
        help="What the channel has heard is not what it may offer now.",
    )

    _product_uniq = models.Constraint(
        "UNIQUE(channel_id, product_id)",
        lambda env, diag: env._("This channel is told about the product already."),
    )

    def _compute_available(self):
        for channel, rows in self.grouped("channel_id").items():
            # sudo: who may see what was told may see what is to be told.
            units = channel.sudo()._available_units(rows.product_id.sudo())
            for row in rows:
                row.available = round(sum(units[row.product_id.id].values()), 6)
                known = row.heard_at and abs(row.heard - row.available) < EPSILON
                row.differs = not known

    @api.model
    def _search_differs(self, operator, value):
        if operator != "in":
            return NotImplemented
        # What may be offered is no column: it comes from the stock as it is now, for all rows.
        rows = self.search([])  # pylint: disable=no-search-all
        return [("id", "in", rows.filtered(lambda row: row.differs in value).ids)]

    # WRITTEN by the outbox

    @api.model
    def _known(self, channel):
        """Return ``{product id: (how often told, units told last or None when stale)}``."""
        self.flush_model()
        return {
            product_id: (number, None if stale else told)
            for product_id, number, told, stale in self.env.execute_query(
                SQL(
                    "SELECT product_id, number, told, COALESCE(stale, false) FROM oms_stock_feed"
                    " WHERE channel_id = %s",
                    channel.id,
                )
            )
        }

    @api.model
    def _replace(self, channel, product_ids):
        """A newer number is about to be told: one that has not arrived yet need not arrive."""
        waiting = (
            self.search([("channel_id", "=", channel.id), ("product_id", "in", product_ids)])
            .message_id.filtered(lambda message: message.state in ("pending", "failed", "dead"))
            .try_lock_for_update()
        )
        waiting.write({"state": "skipped"})

    @api.model
    def _remember(self, channel, events):
        """Note what these events, just written to the outbox, tell; one statement."""
        if not events:
            return
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO oms_stock_feed (channel_id, company_id, product_id, told, stale,
                                            number, told_at, message_id)
                     SELECT message.channel_id, message.company_id,
                            split_part(message.stream, ',', 2)::int,
                            (message.data ->> 'available')::float, false, message.sequence,
                            message.created_at, message.id
                       FROM oms_outbox message
                      WHERE message.channel_id = %s
                        AND (message.stream, message.key) IN %s
                ON CONFLICT (channel_id, product_id) DO UPDATE
                        SET told = EXCLUDED.told, stale = false, number = EXCLUDED.number,
                            told_at = EXCLUDED.told_at, message_id = EXCLUDED.message_id
                """,
                channel.id,
                tuple((event.stream, event.key) for event in events),
            )
        )
        self.invalidate_model()


class OmsOutbox(models.Model):
    _inherit = "oms.outbox"

    def write(self, vals):
        result = super().write(vals)
        if vals.get("state") == "sent":
            self.filtered(lambda message: message.event == "stock_changed")._stock_heard()
        return result

    def _stock_heard(self):
        """The channel has taken these numbers."""
        if not self:
            return
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                UPDATE oms_stock_feed feed
                   SET heard = last.units, heard_at = last.at
                  FROM (SELECT DISTINCT ON (stream) split_part(stream, ',', 2)::int AS product_id,
                               channel_id, (data ->> 'available')::float AS units, sent_at AS at
                          FROM oms_outbox WHERE id = ANY(%s)
                      ORDER BY stream, sequence DESC) AS last
                 WHERE feed.channel_id = last.channel_id AND feed.product_id = last.product_id
                """,
                list(self.ids),
            )
        )
        self.env["oms.stock.feed"].invalidate_model(["heard", "heard_at", "differs"])


class OmsChannel(models.Model):
    _inherit = "oms.channel"

    def action_stock_resync(self):
        """Tell the channel the stock of every product again, whatever it was told before."""
        self.check_access("write")
        for channel in self.filtered(lambda one: one.outbox_mode != "off" and one.outbox_stock):
            # sudo: the right to change the channel was checked.
            feed = self.env["oms.stock.feed"].sudo()
            feed.search([("channel_id", "=", channel.id)]).stale = True
            self.env["oms.outbox"].sudo()._tell_stock(channel.sudo())
        return True

    @api.readonly
    def action_view_stock_feed(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("oms_fulfillment.action_oms_stock_feed")
        return {**action, "domain": [("channel_id", "=", self.id)], "context": {}}
