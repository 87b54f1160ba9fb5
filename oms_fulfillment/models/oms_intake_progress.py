from odoo import fields, models

from ..adapters.cells import to_decimal
from ..adapters.registry import PHASES
from ..exceptions import OmsRefusal

PHASE_NAMES = [
    ("unpaid", "Waiting for payment"),
    ("to_ship", "To ship"),
    ("shipped", "Shipped"),
    ("delivered", "Delivered"),
    ("done", "Completed"),
    ("returned", "Returned"),
    ("cancelled", "Cancelled"),
]


class SaleOrder(models.Model):
    _inherit = "sale.order"

    oms_channel_phase = fields.Selection(
        PHASE_NAMES,
        string="At the Channel",
        copy=False,
        readonly=True,
        help="How far the channel says the order is. It only ever moves forward.",
    )
    oms_channel_status = fields.Char(string="Status at the Channel", copy=False, readonly=True)


class OmsIntake(models.Model):
    """How far the channel says an order is: later messages move it forward, never back."""

    _inherit = "oms.intake"

    def _prepare_news(self, job):
        vals = super()._prepare_news(job)
        phase = job.order.extra.get("phase")
        if phase not in PHASES:
            return vals
        if self._is_behind(job.sale, phase):
            # an old export: it names no newer courier or parcel number than the one we know
            known = job.sale.oms_ship_to or {}
            kept = {key: known[key] for key in ("courier", "service", "resi") if known.get(key)}
            return {**vals, "oms_ship_to": {**vals["oms_ship_to"], **kept}}
        status = job.order.extra.get("channel_status")
        vals["oms_channel_phase"] = phase
        vals["oms_channel_status"] = status[:200] if isinstance(status, str) else False
        return vals

    def _is_behind(self, sale, phase):
        known = sale.oms_channel_phase if sale else False
        return bool(known) and PHASES.index(phase) < PHASES.index(known)

    # RETURNS

    def _apply_update(self, channel, job):
        failed = job.order.status == "cancelled" and job.order.extra.get("failed_delivery")
        if failed and job.sale.sudo()._oms_shipped_pickings():
            job.sale.write(self._prepare_news(job))
            self._request_return(job, "rts", self._left(job.sale, "rts"))
            return
        super()._apply_update(channel, job)
        if not job.errors:
            self._request_return(job, "customer", self._returned(job))

    def _left(self, sale, kind):
        return {line: units for line, units in sale._oms_returnable(kind).items() if units > 0}

    def _returned(self, job):
        """Return ``{sale line: units}`` that the channel took back and nobody announced here."""
        returned = job.order.extra.get("returned")
        if not isinstance(returned, dict) or not returned:
            return {}
        left = self._left(job.sale, "customer")
        announced = job.sale.oms_return_ids.filtered(
            lambda case: case.state not in ("declined", "cancelled")
        ).line_ids
        wanted = {}
        for line in left:
            item = next((one for one in job.order.lines if one.line_id == line.oms_line_ref), None)
            if not item or not returned.get(item.line_id):
                continue
            units = to_decimal(str(returned[item.line_id])) / item.quantity
            known = sum(
                announced.filtered(lambda one, line=line: one.sale_line_id == line).mapped(
                    "quantity"
                )
            )
            missing = min(float(units) * line.product_uom_qty - known, left[line])
            if missing > 0:
                wanted[line] = missing
        return wanted

    def _request_return(self, job, kind, wanted):
        """Announce a return once; what stands against it is a warning on the message."""
        if not wanted:
            return
        returns = self.env["oms.return"]
        number = job.order.external_id
        if job.sale.oms_return_ids:
            number = f"{number}/{len(job.sale.oms_return_ids) + 1}"
        try:
            with self.env.cr.savepoint():
                returns._request(
                    job.sale,
                    kind=kind,
                    reason=returns._parse_reason("other"),
                    lines=[
                        (line, {"quantity": units, "wish": "refund"})
                        for line, units in wanted.items()
                    ],
                    reference=number,
                    note=job.order.extra.get("return_status")
                    or job.order.extra.get("cancel_reason"),
                )
        except OmsRefusal as refusal:
            job.warnings.append(refusal.as_error())
