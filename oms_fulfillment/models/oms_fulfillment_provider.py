from odoo import api, fields, models

from ..engine import request as engine
from ..exceptions import OmsRefusal

MAX_WORK = 500


class OmsFulfillment(models.Model):
    """What the system of a 3PL calls: fetch the work, answer, ship; it sees its own work only.

    A user with the role *OMS: 3PL* acts for the company of their contact. Integrations and staff
    name the 3PL.
    """

    _inherit = "oms.fulfillment"

    # RPC

    @api.model
    def fetch_work(self, provider=None, limit=100):
        """Return what a 3PL has not answered yet, the most urgent first.

        Repeat it as often as you like: work is told until it is acknowledged or rejected, and a
        request to cancel until it is answered. Work on hold is not told.

        :param provider: reference, name or id of the 3PL; a 3PL's own user leaves it out
        :param int limit: at most so many fulfilments, up to 500
        :return: ``{fulfillments: [...], cancellations: [{fulfillment, order, note,
            provider_ref}], left}``; a fulfilment is ``{fulfillment, order, channel_order,
            warehouse, ship_by, answer_by, courier, note, cod_amount, currency, ship_to, lines:
            [{sku, barcode, name, quantity, uom, lots: [{lot, quantity}]}]}``, quantities in
            ``uom``, times UTC with offset; ``left`` counts what the limit left out
        :raise OmsRefusal: ``access``, ``unknown_provider``, ``bad_value``
        """
        self._check_provider_access()
        provider = self._find_provider(provider)
        limit = self.env["oms.outbox"]._whole_number(limit, "limit")
        # sudo: a 3PL has no rights on our documents; provider and companies are in the domain.
        works = self.sudo().search(
            [
                ("provider_id", "child_of", provider.commercial_partner_id.id),
                ("company_id", "in", self.env.companies.ids),
                ("request_state", "in", sorted(engine.UNANSWERED)),
            ],
            order="ship_by, id",
        )
        stops = works.filtered(lambda work: work.request_state == "cancellation_requested")
        news = works - stops
        news -= news._held_from_shipping()
        told = news[: min(limit, MAX_WORK)]
        told.filtered(lambda work: not work.fetched_at).write({"fetched_at": fields.Datetime.now()})
        return {
            "fulfillments": [work._prepare_work() for work in told],
            "cancellations": [
                {
                    "fulfillment": work.name,
                    "order": work.order_id.name,
                    "note": work.note or None,
                    "provider_ref": work.provider_ref or None,
                }
                for work in stops
            ],
            "left": len(news) - len(told),
        }

    @api.model
    def acknowledge(self, items):
        """The 3PL takes the work.

        :param list items: ``{fulfillment, reference, note}``; ``reference`` is the 3PL's own number
        :return: per item ``{status, id, name, request_state, errors}``; ``status`` is ``accepted``
            or ``duplicate``
        """
        return self._run_answers(
            items,
            "accept",
            lambda work, item: work._set_accepted_by_provider(
                _text(item.get("note")), _text(item.get("reference"))
            ),
            "accepted",
        )

    @api.model
    def reject(self, items):
        """The 3PL does not do the work, or gives up what it had accepted.

        :param list items: ``{fulfillment, reason, note, lines: [{sku, message}]}``; ``reason`` is a
            code of ``oms.reject.reason``: ``inventory_out_of_stock``, ``incorrect_address``...
        :return: per item ``{status, id, name, request_state, errors}``; ``status`` is ``rejected``
            or ``duplicate``
        """
        return self._run_answers(
            items,
            None,
            lambda work, item: work._set_rejected(
                self._find_reject_reason(item.get("reason")), self._reject_note(item)
            ),
            "rejected",
        )

    @api.model
    def request_cancellation(self, items):
        """Ask the 3PL to stop.

        :param list items: ``{fulfillment, note}``
        :return: per item ``{status, id, name, request_state, errors}``; ``status`` is
            ``requested``, ``duplicate``, or ``cancelled`` when nobody there had fetched it
        """
        self._check_work_access()

        def ask(item):
            work = self._find_work(item)
            repeated = engine.is_repeated(work.request_state, "request_cancellation")
            if not repeated:
                work._set_cancellation_requested(_text(item.get("note")))
            taken_back = work.request_state == "cancellation_accepted"
            status = "cancelled" if taken_back else "requested"
            return work._answered("duplicate" if repeated else status)

        return self.env["oms.rpc"]._run_items(items, ask)

    @api.model
    def answer_cancellation(self, items):
        """The 3PL says whether it stops.

        :param list items: ``{fulfillment, accepted, note}``; ``accepted`` is true or false
        :return: per item ``{status, id, name, request_state, errors}``; ``status`` is
            ``cancelled``, ``goes_on`` or ``duplicate``
        """
        self._check_provider_access()

        def answer(item):
            work = self._find_work(item)
            agreed = item["accepted"]
            if not isinstance(agreed, bool):
                raise ValueError("accepted is true or false")
            act = "accept_cancellation" if agreed else "reject_cancellation"
            if engine.is_repeated(work.request_state, act):
                return work._answered("duplicate")
            getattr(work, f"_set_cancellation_{'accepted' if agreed else 'rejected'}")(
                _text(item.get("note"))
            )
            return work._answered("cancelled" if agreed else "goes_on")

        return self.env["oms.rpc"]._run_items(items, answer)

    # HELPERS

    def _run_answers(self, items, act, say, status):
        """Have ``say(work, item)`` take the transition ``act`` (``None``: "we don't do it")."""
        self._check_provider_access()

        def answer(item):
            work = self._find_work(item)
            meant = act or engine.refusal_act(work.request_state)
            if engine.is_repeated(work.request_state, meant):
                return work._answered("duplicate")
            say(work, item)
            return work._answered(status)

        return self.env["oms.rpc"]._run_items(items, answer)

    def _answered(self, status):
        return {
            "status": status,
            "id": self.id,
            "name": self.name,
            "request_state": self.request_state,
        }

    def _prepare_work(self):
        """The fulfilment as its 3PL needs it."""
        order = self.order_id
        return {
            "fulfillment": self.name,
            "order": order.name,
            "channel_order": order.oms_external_id or None,
            "warehouse": self.warehouse_id.code,
            "ship_by": _iso(self.ship_by),
            "answer_by": _iso(self.answer_due),
            "courier": self.carrier_id.name or None,
            "note": self.note or None,
            "cod_amount": order._oms_cash_to_collect()[order.id],
            "currency": order.currency_id.name,
            "ship_to": order._oms_address(),
            "lines": [
                {
                    "sku": move.product_id.default_code or move.product_id.barcode or None,
                    "barcode": move.product_id.barcode or None,
                    "name": move.product_id.name,
                    "quantity": move.quantity,
                    "uom": move.product_uom.name,
                    "lots": [
                        {"lot": line.lot_id.name, "quantity": line.quantity}
                        for line in move.move_line_ids
                        if line.lot_id
                    ],
                }
                for move in self.picking_id.move_ids
                if move.quantity and move.state not in ("done", "cancel")
            ],
        }

    def _find_reject_reason(self, code):
        """Return the reason with this code.

        :raise OmsRefusal: ``unknown_reason``
        """
        Reason = self.env["oms.reject.reason"].sudo()
        known = Reason._id_of(code)
        if not known:
            raise OmsRefusal(
                "unknown_reason",
                self.env._("There is no reason %(code)s.", code=str(code)[:40]),
                field="reason",
                next_step=self.env._(
                    "Use one of: %(codes)s.",
                    codes=", ".join(Reason.search([("active", "=", True)]).mapped("code")),
                ),
            )
        return Reason.browse(known)

    def _reject_note(self, item):
        """One text of the note and of what the 3PL says about single products."""
        lines = item.get("lines") or ()
        parts = [f"{line['sku']}: {_text(line['message'])}" for line in lines]
        return "; ".join(filter(None, [_text(item.get("note")), *parts])) or None

    # WHO MAY DO WHAT

    @api.model
    def _bound_provider(self):
        """Return the 3PL that the user acts for; empty for everybody else."""
        user = self.env.user
        if user.has_group("oms_fulfillment.group_oms_provider"):
            # sudo: the user's own company.
            return user.sudo().partner_id.commercial_partner_id
        return self.env["res.partner"]

    def _check_provider_access(self):
        if not self._bound_provider():
            self._check_work_access()

    def _find_provider(self, reference):
        """Return the 3PL that runs one of our warehouses.

        :raise OmsRefusal: ``unknown_provider``
        """
        # sudo: the role was checked; only partners who run a warehouse are found.
        providers = (
            self.env["stock.warehouse"]
            .sudo()
            .search(
                [("oms_provider_id", "!=", False), ("company_id", "in", self.env.companies.ids)]
            )
            .oms_provider_id
        )
        bound = self._bound_provider()
        if bound:
            found = providers.filtered(lambda p: p.commercial_partner_id == bound)[:1]
        else:
            found = providers.filtered(lambda p: reference in (p.ref, p.name, p.id))[:1]
        if not found or (not bound and not reference):
            raise OmsRefusal(
                "unknown_provider",
                self.env._("No 3PL called %(name)s runs a warehouse.", name=str(reference)[:80]),
                field="provider",
                next_step=self.env._("Enter the 3PL on the warehouse it runs."),
            )
        return found

    def _find_work(self, item):
        """A 3PL finds its own work only, by its name."""
        provider = self._bound_provider()
        if not provider:
            return super()._find_work(item)
        reference = item.get("fulfillment")
        # sudo: a 3PL has no rights on our documents; provider and companies are in the domain.
        work = self.sudo().search(
            [
                ("name", "=", str(reference)),
                ("provider_id", "child_of", provider.id),
                ("company_id", "in", self.env.companies.ids),
                ("request_state", "!=", "unsubmitted"),
            ]
        )
        if len(work) != 1:
            raise OmsRefusal(
                "unknown_fulfillment",
                self.env._("You have no fulfilment %(name)s.", name=str(reference)[:80]),
                field="fulfillment",
                next_step=self.env._("Send the fulfilment's name, as fetch_work gives it."),
            )
        return work


def _text(value):
    """A text from outside, without control characters, at most 500 long; ``None`` for nothing."""
    text = " ".join(str(value or "").replace("\x00", "").split())
    return text[:500] or None


def _iso(moment):
    return f"{moment.isoformat()}+00:00" if moment else None
