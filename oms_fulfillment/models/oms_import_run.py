from odoo import api, models

from ..adapters.files import open_orders


class OmsImportFile(models.Model):
    """What becomes of the orders of a file."""

    _inherit = "oms.import.file"

    def _open(self):
        return self._opened_with(open_orders).orders

    def _take_in(self, entries, chunk):
        wanted = self._wanted(chunk)
        results = self.env["oms.intake"]._receive(
            self.channel_id,
            [order.payload for order in wanted],
            source="file",
            import_id=self.id,
            file_rows=[", ".join(map(str, order.rows)) for order in wanted],
        )
        counts = self._count(results)
        counts["skipped_count"] = len(chunk) - len(wanted)
        self.write({name: self[name] + count for name, count in counts.items()})

    def _wanted(self, orders):
        """Leave out the orders that need no work and were never here."""
        if self.scope == "all":
            return orders
        known = self.channel_id._known_orders(order.number for order in orders if not order.open)
        return [order for order in orders if order.open or order.number in known]

    @api.model
    def _count(self, results):
        states = [
            "duplicate" if known and intake.state in ("accepted", "updated") else intake.state
            for intake, known in results
        ]
        return {
            "new_count": states.count("accepted"),
            "updated_count": states.count("updated"),
            "duplicate_count": states.count("duplicate") + states.count("superseded"),
            "waiting_count": states.count("quarantined") + states.count("failed"),
        }
