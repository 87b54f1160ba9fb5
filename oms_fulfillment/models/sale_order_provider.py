from odoo import models


class SaleOrder(models.Model):
    """Orders whose goods are at a 3PL: cancelling asks first, and explanations name the 3PL."""

    _inherit = "sale.order"

    def _oms_channel_cancel(self, reason=None, code="channel"):
        """Where a 3PL has accepted the work, ask it to stop; the order follows its answer."""
        works = self.sudo().oms_fulfillment_ids._at_provider()
        if not works or self.state == "cancel" or self._oms_shipped_pickings():
            return super()._oms_channel_cancel(reason, code)
        asked = works.filtered(lambda work: work.request_state != "cancellation_requested")
        asked._set_cancellation_requested()
        works.cancel_wanted = str(reason or code)[:500]
        return [
            self.env._(
                "%(provider)s was asked to stop %(name)s; the order is cancelled when it agrees.",
                provider=work.provider_id.name,
                name=work.name,
            )
            for work in asked
        ]

    def _oms_cancel_status(self, undone):
        """What a request to cancel came to: ``cancelled``, ``requested`` or ``duplicate``."""
        if not undone:
            return "duplicate"
        return "cancelled" if self.state == "cancel" else "requested"

    def _oms_blocker_sentence(self, code, hold, tracking):
        """Say what the 3PL has been asked and what it said, where it has the work."""
        if code in ("to_pick", "to_pack", "to_hand_over"):
            works = self.oms_fulfillment_ids.filtered(
                lambda work: work.provider_id and not work.handed_over_at
            )
            if works[:1]:
                return works[:1]._provider_sentence() or super()._oms_blocker_sentence(
                    code, hold, tracking
                )
        return super()._oms_blocker_sentence(code, hold, tracking)


class OmsFulfillment(models.Model):
    _inherit = "oms.fulfillment"

    def _provider_sentence(self):
        """What the work waits for at its 3PL, in one sentence; ``None`` when it is ours."""
        values = {"provider": self.provider_id.name, "name": self.name}
        sentences = {
            "submitted": self.env._("Sent to %(provider)s, which has to accept it.", **values),
            "accepted": self.env._("%(provider)s has accepted it and ships it.", **values),
            "cancellation_requested": self.env._("%(provider)s was asked to stop.", **values),
            "cancellation_rejected": self.env._("%(provider)s goes on and ships it.", **values),
        }
        return sentences.get(self.request_state)
