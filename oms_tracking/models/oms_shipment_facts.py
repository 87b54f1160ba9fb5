from odoo import api, fields, models

from ..engine.message import clean_resi
from ..engine.status import FINAL

# What keeps an order from arriving; a failed attempt is tried again by the courier itself.
BLOCKING = ("refused", "returning", "returned", "lost", "damaged", "problem", "address")


class OmsShipment(models.Model):
    """What parcels tell the other rooms of the house."""

    _inherit = "oms.shipment"

    def _order_facts(self):
        """Return the tracking facts of one order, whose parcels these are.

        :return: ``{parcels, without_resi, exception, last_status, last_event_at, record}``;
            ``exception`` is a sentence, ``record`` is ``(model, id, name)`` of the parcel it is
            about, or of the one that was heard of last
        """
        alive = self.filtered(lambda parcel: parcel.status != "cancelled")
        latest = (alive or self).sorted(
            lambda p: (p.last_event_at or p.shipped_at or p.create_date, p.id)
        )[-1:]
        troubled = alive.filtered(lambda parcel: parcel._blocks_order())[:1]
        record = troubled or latest
        exception = troubled.exception_reason or None
        if not alive:
            exception = self.env._(
                "Parcel %(parcel)s was cancelled and no other took its place.", parcel=latest.name
            )
        return {
            "parcels": len(alive),
            "without_resi": len(alive.filtered(lambda parcel: not parcel.resi)),
            "exception": exception,
            "last_status": latest._status_label() if latest else None,
            "last_event_at": latest.last_event_at or None,
            "record": (record._name, record.id, record.display_name),
        }

    def _has_number(self, resi):
        """Whether the parcel has or had this number."""
        return clean_resi(resi or "") in self.resi_ids.mapped("number")

    def _stage_facts(self):
        """What an order's stage asks of its parcel: a scan on the way changes nothing of it."""
        return (self.status if self.status in FINAL else None, self._blocks_order())

    def _blocks_order(self):
        if not self.exception:
            return False
        return self.exception_code in BLOCKING or self.attempts >= 2

    def _as_dict(self, order):
        """The parcel as the snapshot of one of its orders shows it; times in UTC, weights in kg."""
        self.ensure_one()
        times = ("status_since", "shipped_at", "delivered_at", "returned_at", "eta")
        return {
            "id": self.id,
            "name": self.name,
            "fulfillment": self.fulfillment_id.name,
            "courier": self.courier_id.code or None,
            "service": self.service or None,
            "resi": self.resi or None,
            "status": self.status,
            "attempts": self.attempts,
            "exception": self.exception_code or None,
            "cod_amount": self.cod_amount,
            "weight_kg": self.weight_kg,
            "return_of": self.return_of_id.name or None,
            "link": self._tracking_link(order),
            **{name: fields.Datetime.to_string(self[name]) or None for name in times},
            "lines": [
                {
                    "line_id": content.sale_line_id.id,
                    "sku": content.product_id.default_code or None,
                    "quantity": content.quantity,
                }
                for content in self._lines_of(order)
            ],
            "events": [
                {
                    "status": event.status,
                    "code": event.raw_code or None,
                    "text": event.text or None,
                    "place": event.place or None,
                    "occurred_at": fields.Datetime.to_string(event.occurred_at),
                    "received_at": fields.Datetime.to_string(event.received_at),
                }
                for event in self.event_ids
            ],
        }

    def _action_view(self):
        """Open these parcels: one in its form, several in a list."""
        action = self.env["ir.actions.actions"]._for_xml_id("oms_tracking.action_oms_shipment")
        action["context"] = {}
        if len(self) == 1:
            return {**action, "res_id": self.id, "views": [(False, "form")]}
        return {**action, "domain": [("id", "in", self.ids)]}

    @api.model
    def _orders_by_resi(self, numbers, company):
        """Return ``{number: order}`` of the company's parcels that have or had these numbers.

        Settlement files name no courier, so the number alone has to do; one that fits parcels of
        several orders is left out.
        """
        spellings = {}
        for number in filter(None, numbers):
            spellings.setdefault(clean_resi(number), []).append(number)
        domain = [("number", "in", list(spellings)), ("shipment_id.company_id", "=", company.id)]
        # sudo: finance matches by numbers; the company is in the domain.
        rows = self.env["oms.shipment.resi"].sudo().search(domain)
        found = {}
        for number, some in rows.grouped("number").items():
            orders = some.shipment_id.order_id
            if len(orders) > 1:
                orders = some.shipment_id.filtered("resi_active").order_id
            if len(orders) == 1:
                found.update(dict.fromkeys(spellings[number], orders.sudo(self.env.su)))
        return found
