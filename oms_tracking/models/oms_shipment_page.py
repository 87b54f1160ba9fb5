import secrets

import pytz

from odoo import models
from odoo.tools import format_datetime

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal

from ..engine.eta import NOT_COMING

STEP_OF = {
    "label_created": 0,
    "pickup_requested": 0,
    "picked_up": 1,
    "in_transit": 1,
    "out_for_delivery": 2,
    "attempt_failed": 2,
    "available_for_pickup": 2,
    "delivered": 3,
}
TONES = {
    "label_created": "grey",
    "pickup_requested": "grey",
    "unknown": "grey",
    "cancelled": "grey",
    "picked_up": "blue",
    "in_transit": "blue",
    "out_for_delivery": "blue",
    "delivered": "green",
    "lost": "red",
    "damaged": "red",
}


class OmsShipment(models.Model):
    """What the customer sees: plain values, and nothing else, leave for the public page."""

    _inherit = "oms.shipment"

    def _page_lang(self, wanted, browser):
        """Return the page's language: the visitor's choice, their browser's, the customer's."""
        http = self.env["ir.http"]
        customer = self._page_order().partner_id if self else self.env["res.partner"]
        for lang in (wanted, browser, customer.lang, self.env.lang):
            nearest = http.get_nearest_lang(lang)
            if nearest:
                return nearest
        return "en_US"

    def _page_values(self):
        """Return everything that the page of this parcel's order shows, as plain values."""
        self.ensure_one()
        order = self._page_order()
        parcels = order._oms_parcels().get(order.id, self).sorted("id")
        outbound = parcels.filtered(lambda p: p.status != "cancelled" and p.kind == "out")
        shown = outbound.filtered("shipped_at") or outbound or self
        company = order.company_id
        returns = order.oms_return_ids.filtered(lambda case: case.state != "cancelled")
        lines = order._oms_page_lines()
        delivered = bool(outbound) and all(p.status == "delivered" for p in outbound)
        coming = not outbound or any(p.status not in NOT_COMING for p in outbound)
        accepted = order._oms_page_accepted()
        return {
            "order": order.name,
            "channel_order": order.oms_external_id or "",
            "shop": {
                "name": company.name,
                "phone": company.phone or "",
                "email": company.email or "",
            },
            "customer": order._oms_page_customer(),
            "promised": self._page_day(order.oms_promise_current) if coming else "",
            "parcels": [
                {**parcel._page_parcel(), "number": number}
                for number, parcel in enumerate(shown, start=1)
            ],
            "arrived": len(outbound.filtered(lambda p: p.status == "delivered")),
            "accepted": accepted,
            "can_accept": delivered
            and not accepted
            and order._oms_managed()
            and bool(order._oms_page_acceptable()),
            "acceptable": order._oms_page_acceptable(),
            "in_question": any(returns.mapped("is_open")),
            "lines": lines,
            "kept": order._oms_page_kept(),
            "reasons": order._oms_page_reasons() if lines else [],
            "returns": [case._oms_page_values() for case in returns],
            "nonce": secrets.token_urlsafe(12),
            "messages": not order.partner_id.oms_notice_opt_out
            and bool(self.env["oms.notice.rule"]._events()),
            "silent": order.partner_id.oms_notice_opt_out,
            "path": self._tracking_path(order),
        }

    def _page_parcel(self):
        status = self.status
        steps = [
            self.env._("Packed"),
            self.env._("On the way"),
            self.env._("Out for delivery"),
            self.env._("Delivered"),
        ]
        reached = STEP_OF.get(status, -1)
        return {
            "title": self._page_headline(),
            "next": self._page_next(self._page_stage()),
            "tone": TONES.get(status, "amber"),
            "courier": self.courier_id.name or "",
            "service": self.service or "",
            "resi": self.resi or "",
            "courier_url": self.courier_url or "",
            "eta": self._page_expected(),
            "late": self._is_late(),
            "receiver": self.pod_receiver if self.status == "delivered" else "",
            "steps": [
                {"name": name, "reached": number <= reached} for number, name in enumerate(steps)
            ]
            if reached >= 0
            else [],
            "events": self._page_events(),
            "contents": self._page_contents(),
        }

    def _page_contents(self):
        """What of the visitor's own order is inside, and nothing of other orders."""
        return [
            f"{line.quantity:g} × {product.display_name}"
            for line in self._lines_of(self._page_order()).sorted("id")
            for product in line.product_id.with_context(display_default_code=False)
        ]

    def _page_expected(self):
        """The window in words; else the day that the courier names."""
        if self.delivered_at:
            return ""
        return self._window_text() or self._page_day(self.eta)

    def _page_events(self):
        """The known events, newest first. Words of couriers may name people: they stay inside."""
        events = [
            {
                "title": self._page_title(event.status),
                "place": event.place or "",
                "time": self._page_time(event.occurred_at),
            }
            for event in self.event_ids.sorted(lambda e: (e.occurred_at, e.id), reverse=True)
            if event.status not in ("unknown", "cancelled")
        ]
        handed_over = {
            "title": self.env._("Handed over to the courier"),
            "place": "",
            "time": self._page_time(self.shipped_at),
        }
        return [*events, handed_over] if self.shipped_at else events

    def _page_headline(self):
        if self._page_stage() == "packed":
            return self.env._("Packed, waiting for the courier")
        return self._page_title(self.status)

    def _page_stage(self):
        """The status, and ``packed`` for what the courier has not got yet."""
        waiting = self.status == "label_created" and not self.shipped_at
        return "packed" if waiting else self.status

    def _page_title(self, status):
        titles = {
            "label_created": self.env._("Handed over, waiting for the first scan"),
            "pickup_requested": self.env._("The courier is coming for it"),
            "picked_up": self.env._("The courier has it"),
            "in_transit": self.env._("On the way"),
            "out_for_delivery": self.env._("Out for delivery"),
            "attempt_failed": self.env._("The courier could not deliver it"),
            "available_for_pickup": self.env._("Ready to be collected"),
            "refused": self.env._("Delivery was refused"),
            "delivered": self.env._("Delivered"),
            "returning": self.env._("On its way back to the shop"),
            "returned": self.env._("Back at the shop"),
            "lost": self.env._("The courier can't find it"),
            "damaged": self.env._("Damaged on the way"),
            "cancelled": self.env._("Cancelled"),
        }
        return titles.get(status, self.env._("Under way"))

    def _page_next(self, status):
        """What happens next, in one sentence."""
        contact = self.env._("The shop takes care of it and will contact you.")
        sentences = {
            "label_created": self.env._("The courier scans it at the next hub, usually in a day."),
            "packed": self.env._("The courier collects it from the shop."),
            "pickup_requested": self.env._("The courier collects it from the shop."),
            "picked_up": self.env._("It travels to the hub of your city."),
            "in_transit": self.env._("It travels to the hub of your city."),
            "out_for_delivery": self.env._("The courier brings it today. Keep your phone near."),
            "attempt_failed": self.env._(
                "The courier tries again. Make sure that somebody is at home and the phone is on."
            ),
            "available_for_pickup": self.env._("Collect it at the place named below."),
            "delivered": self.env._("Check what you got, then confirm the receipt."),
        }
        return sentences.get(status, contact)

    # TIMES, on the clock of the customer

    def _page_zone(self):
        return self._customer_zone() or self._company_zone()

    def _company_zone(self):
        return self.company_id.partner_id.tz or self.courier_id.tz or "UTC"

    def _page_time(self, moment):
        if not moment:
            return ""
        zone = self._page_zone()
        local = pytz.utc.localize(moment).astimezone(pytz.timezone(zone))
        text = format_datetime(self.env, moment, tz=zone, dt_format="d MMM y, HH:mm")
        return f"{text} {local.tzname()}"

    def _page_day(self, moment):
        if not moment:
            return ""
        return format_datetime(self.env, moment, tz=self._page_zone(), dt_format="EEEE, d MMMM y")

    # WHAT THE CUSTOMER DOES

    def _page_case(self, case_id):
        """Return the return of this page's order with that id; empty for any other."""
        cases = self._page_order().oms_return_ids if self else self.env["oms.return"]
        return cases.filtered(lambda case: str(case.id) == str(case_id))

    def _page_accept(self, post=()):
        """Accept what the form names, or all unless it is about a part; return the answer of
        ``oms_accept``."""
        order = self._page_order()
        item = {"order": order._oms_page_reference(), "by": "customer"}
        chosen = [
            line["ref"] for line in order._oms_page_acceptable() if f"line_{line['id']}" in post
        ]
        if "part" in post and not chosen:
            return self.env["oms.rpc"]._refused(
                OmsRefusal(
                    "nothing_chosen",
                    self.env._("Tick what you have and what is in order."),
                    field="lines",
                    next_step=self.env._("Then confirm it."),
                )
            )
        if chosen:
            item["lines"] = [{"line_id": reference} for reference in chosen]
        return self._page_env()["sale.order"].oms_accept([item])[0]

    def _page_report(self, post, photos=()):
        """Ask for a return with what the form says; return the answer of ``oms.return.request``."""
        return self._page_order()._oms_page_report(post, photos)[0]

    def _page_env(self):
        """The environment in which the customer's act runs: superuser, in the order's company."""
        company_ids = self.company_id.ids
        return self.with_context(allowed_company_ids=company_ids, tracking_disable=True).env
