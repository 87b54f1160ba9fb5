from odoo import api, models
from odoo.tools import SQL

from .oms_outbox import Event

BATCH = 1000


class OmsOutbox(models.Model):
    """Changes of stock: what a channel may offer now, where it differs from what it heard last."""

    _inherit = "oms.outbox"

    @api.model
    def _cron_stock(self):
        """Tell every channel that asks for it what is available now and was not before."""
        channels = self.env["oms.channel"].search(
            [("outbox_mode", "!=", "off"), ("outbox_stock", "=", True)]
        )
        for channel in channels:
            self._tell_stock(channel)
            self.env["ir.cron"]._commit_progress(1)

    @api.model
    def _tell_stock(self, channel):
        """Write one event per product whose available quantity changed; return their number."""
        products = channel._available_products().filtered("default_code")
        feed = self.env["oms.stock.feed"]
        known = feed._known(channel) or self._told_stock(channel)
        count = 0
        for start in range(0, len(products), BATCH):
            some = products[start : start + BATCH]
            answers = self.env["oms.channel"].with_company(channel.company_id)
            answers = answers.available(channel.code, some.mapped("default_code"))
            events = []
            for product, answer in zip(some, answers, strict=True):
                if answer["errors"] or answer["id"] != product.id:
                    continue
                number, before = known.get(product.id, (0, None))
                if before != answer["available"]:
                    events.append(self._prepare_stock(channel, product, number, answer))
            if events:
                feed._replace(channel, [int(event.stream.split(",")[1]) for event in events])
                count += self._add(events)
                feed._remember(channel, events)
        return count

    @api.model
    def _told_stock(self, channel):
        """Return ``{product id: (how often told, None)}`` from messages that are older than the
        record of what a channel knows."""
        rows = self.env.execute_query(
            SQL(
                "SELECT split_part(stream, ',', 2)::int, max(sequence) FROM oms_outbox"
                " WHERE channel_id = %s AND event = 'stock_changed' GROUP BY stream",
                channel.id,
            )
        )
        return {product_id: (number, None) for product_id, number in rows}

    @api.model
    def _prepare_stock(self, channel, product, number, answer):
        return Event(
            f"product.product,{product.id}",
            None,
            channel.id,
            channel.company_id.id,
            f"stock:{number + 1}",
            "stock_changed",
            self.env.cr.now().replace(microsecond=0, tzinfo=None),
            {
                "sku": product.default_code,
                "available": answer["available"],
                "warehouses": answer["warehouses"],
            },
        )
