from odoo import api, models

from ..adapters import canonical, indonesia


class OmsIntake(models.Model):
    """Addresses: the parts that only the text has, and whether they fit together."""

    _inherit = "oms.intake"

    @api.model
    def _parse(self, payload):
        """Read a payload like ``canonical.parse``, after its address was completed from its text.

        The payload itself stays as it came.
        """
        return canonical.parse(self._complete_address(payload))

    @api.model
    def _complete_address(self, payload):
        ship_to = payload.get("ship_to") if isinstance(payload, dict) else None
        if not isinstance(ship_to, dict):
            return payload
        completed = indonesia.complete(ship_to)
        return payload if completed is ship_to else {**payload, "ship_to": completed}

    def _check_region(self, job):
        """Warn of an address whose parts contradict each other; a rule may hold the order."""
        if job.order.masked:
            return
        for finding in indonesia.check(vars_of(job.order.ship_to)):
            job.warnings.append(
                {
                    "code": "region_mismatch",
                    "field": "ship_to",
                    "message": self.env["sale.order"]._oms_region_sentence(finding),
                }
            )


def vars_of(address):
    """Return the parts of a canonical address as a mapping."""
    return {name: getattr(address, name) for name in (*indonesia.PARTS, "country")}
