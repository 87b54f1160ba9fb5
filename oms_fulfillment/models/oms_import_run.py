import base64

from odoo import api, models
from odoo.tools import split_every

from ..adapters.files import open_orders
from ..adapters.messages import WorkbookError

CHUNK = 200


class OmsImportFile(models.Model):
    """Importing: short files at once, long ones in the background, a chunk at a time."""

    _inherit = "oms.import.file"

    def _open(self):
        """Return the :class:`~..adapters.files.OrderFile` of the content.

        :raise WorkbookError: the file can't be read
        """
        self.ensure_one()
        mappings = [self.template_id._form()] if self.template_id else []
        content = base64.b64decode(self.with_context(bin_size=False).content or b"")
        return open_orders(self.name, content, self.zone, mappings)

    def _run(self, report=None):
        """Import what is left of the file; everything that was done is remembered.

        :param report: called after each chunk with the number of orders done in it and left;
            returns the seconds that are left, commits by itself
        """
        self.ensure_one()
        try:
            orders = self._open().orders
            self.total_count = len(orders)
            for chunk in split_every(CHUNK, orders.starting(self.position)):
                self._import_chunk(chunk)
                self.position += len(chunk)
                left = self.total_count - self.position
                if report and report(len(chunk), left) <= 0 and left:
                    return
                # orders that are done are not needed in memory any more
                self.env.invalidate_all()
        except WorkbookError as error:
            # read by people later: in the company's language, whoever runs this
            language = self.company_id.partner_id.lang or self.env.lang
            rpc = self.env["oms.rpc"].with_context(lang=language)
            self.write({"state": "failed", "error": rpc._say(error.sentence)})
        else:
            self.state = "done"

    def _import_chunk(self, orders):
        wanted = self._wanted(orders)
        results = self.env["oms.intake"]._receive(
            self.channel_id,
            [order.payload for order in wanted],
            source="file",
            import_id=self.id,
            file_rows=[", ".join(map(str, order.rows)) for order in wanted],
        )
        counts = self._count(results)
        counts["skipped_count"] = len(orders) - len(wanted)
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
