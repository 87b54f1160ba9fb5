from odoo import models

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal

from ..engine.message import clean_resi


class OmsCourierAccount(models.Model):
    """What couriers' servers tell, whoever asked: numbers, costs and scans of parcels."""

    _inherit = "oms.courier.account"

    def _take_facts(self, facts, source, asked_about=None):
        """Make of facts what they mean; repeats and old news change nothing.

        :param list facts: :class:`connectors.values.Fact`
        :param str source: ``poll`` or ``webhook``
        :param asked_about: the parcel that the provider was asked about, when it was
        :return: ``(parcels, errors)``; facts of no parcel of ours are in neither
        """
        self.ensure_one()
        # sudo: a courier's server has no user; it was verified, or we asked it ourselves.
        account = self.sudo().with_company(self.company_id)
        known = account._parcels_of(facts) if asked_about is None else {}
        events, parcels, errors = [], account.env["oms.shipment"], []
        for fact in facts:
            parcel = asked_about or known.get(fact.provider_ref) or known.get(fact.reference)
            if parcel:
                parcels |= parcel
                try:
                    account._take_fact(fact, parcel, source)
                except OmsRefusal as refusal:
                    errors.append(str(refusal))
            if fact.kind == "event":
                events.append(account._prepare_push(fact, parcel))
        errors += account._push_facts(events, source)
        return parcels, errors

    def _parcels_of(self, facts):
        """Return ``{provider's or our own reference: parcel}``."""
        numbers = {fact.provider_ref for fact in facts} | {fact.reference for fact in facts}
        jobs = self.env["oms.courier.job"].search(
            [
                ("account_id", "=", self.id),
                ("kind", "=", "book"),
                ("reference", "in", list(numbers - {""})),
            ]
        )
        parcels = self.env["oms.shipment"].search(
            [("account_id", "=", self.id), ("provider_ref", "in", list(numbers - {""}))]
        )
        return {
            **{job.reference: job.shipment_id for job in jobs},
            **{parcel.provider_ref: parcel for parcel in parcels},
        }

    def _take_fact(self, fact, parcel, source):
        if fact.kind == "number":
            parcel._number_told(fact.resi, fact.sort_code, trusted=source == "poll")
        elif fact.kind == "cost" and fact.amount is not None:
            parcel.cost_billed = self._from_wire(fact.amount, parcel.currency_id)
        elif fact.kind == "look":
            self.env["oms.courier.job"]._look_now(parcel)

    def _prepare_push(self, fact, parcel):
        resi = clean_resi(fact.resi) or (parcel.resi if parcel else "")
        courier = parcel.courier_id.code if parcel and parcel.courier_id else fact.courier
        return {
            "courier": courier,
            "resi": resi,
            "code": fact.code,
            "text": fact.text,
            "place": fact.place,
            "occurred_at": fact.occurred_at,
            "source_id": fact.source_id,
            "raw": fact.raw,
        }

    def _push_facts(self, events, source):
        """Record the scans that have a number; return what was refused."""
        usable = [event for event in events if event["resi"]]
        if not usable:
            return []
        answers = self.env["oms.shipment"]._receive(usable, source)
        return [answer["errors"][0]["message"] for answer in answers if answer["errors"]]
