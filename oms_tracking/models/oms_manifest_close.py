from odoo import api, models

from ..engine import manifest as engine

AT_ONCE = 40


class OmsManifest(models.Model):
    """What a signature sets off: the transfers are validated, each parcel for itself."""

    _inherit = "oms.manifest"

    def _hand_over(self):
        """Hand over what was scanned; a long manifest goes on in the background.

        A parcel that can't leave says why on its line and stops nobody.
        """
        if not self._hand_over_some(AT_ONCE):
            self.env["oms.rpc"]._wake("oms_tracking.cron_manifest")

    @api.model
    def _cron_hand_over(self):
        """Finish signed manifests whose parcels have not all been handed over."""
        cron = self.env["ir.cron"]
        domain = [("state", "=", "closed"), ("line_ids.state", "=", "scanned")]
        cron._commit_progress(remaining=self.search_count(domain))
        for manifest in self.search(domain):
            while not manifest._hand_over_some(AT_ONCE):
                if not cron._commit_progress():
                    return
            if not cron._commit_progress(1):
                return

    def _hand_over_some(self, limit):
        """Hand over up to ``limit`` fulfilments; return whether none is left."""
        lines = self.line_ids.filtered(lambda line: line.state == "scanned")
        works = lines.fulfillment_id
        for work in works[:limit]:
            own = lines.filtered(lambda line, work=work: line.fulfillment_id == work)
            self._hand_over_one(work, own)
        # sudo: what follows from the hand-over is the company's act, not the operator's.
        works[:limit].sudo().order_id._oms_advance()
        return len(works) <= limit

    def _hand_over_one(self, work, lines):
        # sudo: the role was checked with the close; guards ask about holds and stock.
        work = work.sudo()
        if work.handed_over_at:
            lines._set_handed_over()
            return
        parcels = work._outbound_parcels()
        if not engine.is_complete(lines.shipment_id.ids, parcels.ids):
            lines._set_failed(
                self.env._(
                    "%(count)s of %(total)s parcels of %(order)s were not scanned.",
                    count=len(parcels - lines.shipment_id),
                    total=len(parcels),
                    order=work.order_id.name,
                )
            )
            return
        (answer,) = self.env["oms.rpc"]._run_items([{}], lambda item: self._leave(work))
        if answer["errors"]:
            lines._set_failed(answer["errors"][0]["message"])
        else:
            lines._set_handed_over()

    def _leave(self, work):
        """Validate the transfer; a parcel without a courier goes with the manifest's."""
        item = {"shipped_at": f"{self.closed_at.isoformat()}+00:00"}
        if not work._outbound_parcels() and not work.carrier_id.oms_courier_id:
            item["parcels"] = [{"courier": self.courier_id.code}]
        work._ship(item)
        return {"id": work.id, "name": work.name}
