from odoo import api, fields, models

from ..exceptions import OmsRefusal
from .oms_return import STATES, VOID


class OmsReturn(models.Model):
    """The public methods: lists in, one answer per item out, repeatable without harm."""

    _inherit = "oms.return"

    @api.model
    def request(self, items):
        """Announce returns.

        :param list items: ``{order, kind, reference, reason, wish, rest, note, lines: [{line_id |
            sku, quantity, reason, wish, exchange}], photos, goods_stay, override_reason}``;
            ``kind`` is ``customer`` (default) or ``rts`` (parcels on their way back that were
            never delivered); ``reason`` is the code of a return reason; ``wish`` is ``refund``
            (default), ``credit`` (store credit), ``replace`` (the same again, once it is back),
            ``advance`` (the same again, now), ``exchange`` (with ``exchange``: ``{sku, quantity,
            mode}``, ``mode`` is ``after`` (default), ``now`` or ``prepaid``; what is left is
            money, or store credit with ``rest``: ``credit``), ``repair`` or ``none``; without
            ``lines`` everything that may come back comes back; ``photos`` is a list of JPEG or
            PNG files in base64; a manager's ``override_reason`` passes the policy, and is needed
            for ``goods_stay`` (refund without return)
        :return: per item ``{status, id, name, state, refund, errors}``; ``status`` is
            ``requested``, or ``duplicate`` when the order already has that ``reference``
        """
        self._ensure_role("group_oms_integration", "group_oms_agent", "group_oms_courier")
        return self.env["oms.rpc"]._run_items(items, self._request_item)

    @api.model
    def approve(self, items):
        """Accept returns: the goods may come. Items: ``{return}`` or ``{order, reference}``."""
        self._ensure_role("group_oms_integration", "group_oms_agent")
        return self._run_step(items, "approved", lambda case, item: case._do_approve())

    @api.model
    def decline(self, items):
        """Refuse returns. Items: ``{return, reason}``; a reason is required."""
        self._ensure_role("group_oms_integration", "group_oms_agent")
        return self._run_step(
            items, "declined", lambda case, item: case._do_decline(item.get("reason"))
        )

    @api.model
    def receive(self, items):
        """Record what came back.

        :param list items: ``{return, lines: [{line_id | sku, quantity}]}``; without ``lines``
            everything that was announced came
        """
        self._ensure_role("group_oms_integration", "group_oms_warehouse")

        def handle(case, item):
            if item.get("lines") is None:
                return case._do_receive({line: line.quantity for line in case.line_ids})
            received = dict.fromkeys(case.line_ids, 0.0)
            for line, quantity, _values in case._match_lines(item["lines"], "quantity"):
                received[line] += quantity
            return case._do_receive(received)

        return self._run_step(items, "received", handle)

    @api.model
    def inspect(self, items):
        """Record the verdict on what came back; goods move at once.

        :param list items: ``{return, photos, lines: [{line_id | sku, restock, scrap, rejected,
            note}]}``; per line ``restock + scrap`` is what was received, ``rejected`` units are not
            refunded. Instead, a line may have ``findings``: ``[{disposition, quantity, refused,
            lot, note}]``; ``disposition`` is ``restock``, ``grade_b``, ``quarantine``, ``repair``,
            ``vendor``, ``scrap``, ``missing``, ``wrong_item`` or ``send_back``
        """
        self._ensure_role("group_oms_integration", "group_oms_warehouse")

        def handle(case, item):
            photos = case._parse_photos(item.get("photos"))
            verdicts = {line: {"findings": []} for line in case.line_ids}
            for line, _quantity, values in case._match_lines(item.get("lines")):
                verdicts[line]["findings"] += case._parse_findings(line, values)
                if values.get("note"):
                    verdicts[line]["note"] = str(values["note"])
            case._do_inspect(verdicts)
            case._keep_photos(photos)

        return self._run_step(items, "inspected", handle)

    @api.model
    def resolve(self, items):
        """Decide the refund: exact credit note, or the units are not billed; pay it back.

        :param list items: ``{return, note, lines: [{line_id | sku, refund, override_reason}]}``;
            without ``lines``, what the inspection accepted is refunded where a refund was wished;
            more needs a manager and an ``override_reason``
        :return: per item also ``refund``, the amount that the customer does not pay; ``status`` is
            ``proposed`` where the caller may not move money: finance resolves it
        """
        self._ensure_role("group_oms_integration", "group_oms_finance", "group_oms_agent")

        def handle(case, item):
            decisions = {}
            for line, _quantity, values in case._match_lines(item.get("lines") or []):
                refund = case._parse_quantity(values.get("refund"), "refund")
                decisions[line] = (refund, values.get("override_reason"))
            return case._do_resolve(decisions, item.get("note"))

        return self._run_step(items, "resolved", handle)

    # ITEMS

    def _run_step(self, items, state, handle):
        """Run one step for each item; a return that is past it already answers ``duplicate``."""

        def run(item):
            case = self._find_case(item)
            if case._is_past(state):
                return case._answer("duplicate")
            handle(case, item)
            proposed = state == "resolved" and not case.resolved_at
            return case._answer("proposed" if proposed else state)

        return self.env["oms.rpc"]._run_items(items, run)

    def _is_past(self, state):
        if self.state == state or self.state in VOID:
            return self.state == state
        order = [key for key, _label in STATES]
        return order.index(self.state) > order.index(state)

    def _answer(self, status):
        self.order_id._oms_refresh_touched()
        return {
            "status": status,
            "id": self.id,
            "name": self.name,
            "state": self.state,
            "order": self.order_id.name,
            "refund": self.refund_amount if self.resolved_at else self.refund_proposal,
        }

    def _find_case(self, item):
        """Return the return that an item names.

        :raise OmsRefusal: ``unknown_return``
        """
        # sudo: an integration has no rights on returns; its role was checked by the public
        # method and its companies are part of the domain.
        case = self.sudo().search(self.env["oms.rpc"]._named_by(item, "return"), limit=1)
        if not case:
            raise OmsRefusal(
                "unknown_return",
                self.env._("There is no return %(name)s.", name=str(item.get("return") or "")[:80]),
                field="return",
                next_step=self.env._("Send the return's name, or {order, reference}."),
            )
        return case

    def _request_item(self, item):
        order = self.env["oms.rpc"]._find_order(item.get("order"))
        reference = str(item["reference"]) if item.get("reference") else False
        known = order.oms_return_ids.filtered(
            lambda case: reference and case.reference == reference
        )
        if known:
            return known[:1]._answer("duplicate")
        case = self.sudo()._request(
            order,
            kind=item.get("kind") or "customer",
            reason=self._parse_reason(item.get("reason") or "other"),
            lines=self._parse_request_lines(order, item),
            reference=reference,
            note=item.get("note"),
            photos=self._parse_photos(item.get("photos")),
            goods_stay=bool(item.get("goods_stay")),
            override_reason=item.get("override_reason"),
            rest_as_credit=item.get("rest") == "credit",
            manager=self._is_manager(),
        )
        return case._answer("requested")

    def _is_manager(self):
        return self.env.user.has_group("oms_fulfillment.group_oms_manager")

    def _parse_request_lines(self, order, item):
        """Return ``[(sale line, {quantity, reason_id, wish})]``, one per order line."""
        kind = item.get("kind") or "customer"
        left = order._oms_returnable(kind)
        if item.get("lines") is None:
            wanted = [(line, units, item) for line, units in left.items() if units > 0]
        else:
            wanted = self._match_sale_lines(order, item["lines"], dict(left))
        lines = {}
        for line, quantity, values in wanted:
            known = lines.setdefault(
                line,
                {
                    "quantity": 0.0,
                    "reason_id": self._parse_reason(values.get("reason")),
                    **self._parse_wish(values, item),
                },
            )
            known["quantity"] += quantity
        return list(lines.items())

    def _parse_wish(self, values, item):
        """Return what the customer wants for a line, as values of the return line."""
        return {"wish": values.get("wish") or item.get("wish") or "refund"}

    # THE REQUEST ITSELF

    def _request(
        self, order, kind, reason, lines, reference=False, note=None, photos=None, **overrides
    ):
        """Create a return after checking quantities and the policies.

        :param list lines: ``[(sale line, {quantity, reason_id, wish})]``
        :param list photos: cleaned pictures; ``None`` where staff ask, who need none
        :raise OmsRefusal: ``bad_kind``, ``nothing_to_return``, ``over_returnable``, and those of
            the policy
        """
        if kind not in ("customer", "rts"):
            raise OmsRefusal(
                "bad_kind",
                self.env._("%(kind)s is not a kind of return.", kind=str(kind)[:40]),
                field="kind",
                next_step=self.env._("Use customer or rts."),
            )
        order._oms_lock()
        order._oms_check_returnable(kind, lines)
        override = overrides.get("override_reason") if overrides.get("manager") else None
        self._check_goods_stay(order, overrides.get("goods_stay"), override)
        if kind == "customer" and not override:
            order._oms_check_return_policy(lines, reason, None if photos is None else len(photos))
        case = self.create(
            {
                "order_id": order.id,
                "kind": kind,
                "reason_id": reason,
                "reference": reference,
                "note": note,
                "override_reason": override,
                "goods_stay": bool(overrides.get("goods_stay")),
                "requested_at": fields.Datetime.now(),
                "line_ids": [
                    fields.Command.create({"sale_line_id": line.id, **values})
                    for line, values in lines
                ],
            }
        )
        case._keep_photos(photos)
        return case
