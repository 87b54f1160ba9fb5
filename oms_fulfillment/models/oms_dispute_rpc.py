import base64
import binascii
import hashlib

from odoo import api, fields, models
from odoo.tools.mimetypes import guess_mimetype

from ..exceptions import OmsRefusal
from .oms_dispute import KINDS, OPEN, STATES

MAX_FILES = 10
MAX_BYTES = 5 * 1024 * 1024
MIMETYPES = ("application/pdf", "image/jpeg", "image/png", "text/plain")
OUTCOMES = {"won": "action_win", "lost": "action_lose", "dropped": "action_drop"}


class OmsDispute(models.Model):
    """The public methods: whoever hears of disputes first, a gateway or a marketplace, tells them;
    each call may be repeated."""

    _inherit = "oms.dispute"

    _reference_uniq = models.UniqueIndex(
        "(order_id, reference) WHERE reference IS NOT NULL",
        lambda env, diag: env._("This order already has a dispute with that number."),
    )

    # RPC

    @api.model
    @api.readonly
    def fetch_disputes(self, states=OPEN, orders=None):
        """List disputes, the most urgent first.

        :param list states: ``open``, ``answered``, ``won``, ``lost``, ``dropped``
        :param list orders: only of these orders, as other methods name them
        :return: ``[{id, name, reference, order, external_id, channel, kind, state, amount,
            lost_amount, currency, reason, opened_on, deadline, answer, evidence, taken, outcome,
            closed_at}]``; amounts in the order's currency, dates ISO, times UTC
        """
        self.env["oms.return"]._ensure_role(
            "group_oms_integration", "group_oms_finance", "group_oms_agent"
        )
        domain = [
            ("company_id", "in", self.env.companies.ids),
            ("state", "in", [state for state in states or () if state in dict(STATES)]),
        ]
        if orders is not None:
            found = self.env["oms.rpc"]._find_orders(orders)
            domain.append(("order_id", "in", found.ids))
        # sudo: an integration has no rights on disputes; its role was checked, the companies are
        # in the domain.
        return [dispute._as_dict() for dispute in self.sudo().search(domain)]

    @api.model
    def open(self, items):
        """Open disputes and chargebacks.

        :param list items: ``{order, kind, reference, amount, reason, opened_on, deadline, taken}``;
            ``kind`` is ``customer``, ``chargeback`` (default) or ``marketplace``; ``reference`` is
            the number of the case there; ``amount`` (the order's currency) is what is contested;
            dates are ISO; ``taken``: the money was taken out of our balance already, book it
        :return: per item ``{status, id, name, state, order, taken, errors}``; ``status`` is
            ``opened``, or ``duplicate`` when the order has a dispute of that ``reference``
        """
        self._ensure_teller()
        return self.env["oms.rpc"]._run_items(items, self._open_item)

    @api.model
    def set_evidence(self, items):
        """Add what speaks for us, and say that it was sent.

        :param list items: ``{dispute | order, reference; answer, deadline, answered, files: [{name,
            content}]}``; ``content`` is a PDF, JPEG, PNG or text file in base64, 5 MB at most; a
            file that is kept already is not kept twice
        :return: per item ``{status, id, name, state, order, taken, errors}``; ``status`` is
            ``recorded``, ``answered``, or ``duplicate`` when nothing was new
        """
        self._ensure_teller()
        return self.env["oms.rpc"]._run_items(items, self._evidence_item)

    @api.model
    def set_outcome(self, items):
        """Close disputes as they were decided.

        :param list items: ``{dispute | order, reference; outcome, lost_amount, note, taken}``;
            ``outcome`` is ``won``, ``lost`` or ``dropped``; ``lost_amount`` (the order's currency)
            where only a part is lost; ``taken`` as for ``open``
        :return: per item ``{status, id, name, state, order, taken, errors}``; ``status`` is the
            outcome, or ``duplicate`` when it was closed so already
        """
        self._ensure_teller()
        return self.env["oms.rpc"]._run_items(items, self._outcome_item)

    # ITEMS

    def _ensure_teller(self):
        self.env["oms.return"]._ensure_role("group_oms_integration", "group_oms_finance")

    def _open_item(self, item):
        order = self.env["oms.rpc"]._find_order(item.get("order"))
        reference = str(item["reference"])[:80] if item.get("reference") else False
        # sudo: the public method checked the role.
        disputes = self.sudo()
        known = disputes.search(
            [("order_id", "=", order.id), ("reference", "=", reference or "-")], limit=1
        )
        if not known:
            kind = item.get("kind") or "chargeback"
            if kind not in dict(KINDS):
                raise self._bad("kind", kind, ", ".join(dict(KINDS)))
            known = disputes.create(
                {
                    "order_id": order.id,
                    "kind": kind,
                    "reference": reference,
                    "amount": self._parse_amount(item.get("amount"), order, "amount"),
                    "reason": str(item.get("reason") or self.env._("No reason was given."))[:500],
                    "opened_on": self._parse_day(item.get("opened_on"), "opened_on")
                    or fields.Date.context_today(self),
                    "deadline": self._parse_day(item.get("deadline"), "deadline"),
                }
            )
            status = "opened"
        else:
            status = "duplicate"
        if item.get("taken") and known.state in OPEN:
            known.action_take_back()
        return known._answer(status)

    def _evidence_item(self, item):
        dispute = self._find_dispute(item)
        if dispute.state not in OPEN:
            dispute._begin(OPEN)
        vals = {}
        if item.get("answer") and str(item["answer"]) != (dispute.answer or ""):
            vals["answer"] = str(item["answer"])[:20000]
        deadline = self._parse_day(item.get("deadline"), "deadline")
        if deadline and deadline != dispute.deadline:
            vals["deadline"] = deadline
        new = dispute._parse_files(item.get("files"))
        if vals:
            dispute.write(vals)
        if new:
            dispute.evidence_ids = [fields.Command.create(values) for values in new]
        if item.get("answered") and dispute.state == "open":
            dispute.action_answer()
            return dispute._answer("answered")
        return dispute._answer("recorded" if vals or new else "duplicate")

    def _outcome_item(self, item):
        dispute, outcome = self._find_dispute(item), item.get("outcome")
        if outcome not in OUTCOMES:
            raise self._bad("outcome", outcome, ", ".join(OUTCOMES))
        if dispute.state == outcome:
            return dispute._answer("duplicate")
        dispute._begin(OPEN)
        if item.get("taken"):
            dispute.action_take_back()
        vals = {}
        if item.get("note"):
            vals["outcome"] = str(item["note"])[:500]
        if outcome == "lost" and item.get("lost_amount") is not None:
            vals["lost_amount"] = self._parse_amount(
                item["lost_amount"], dispute.order_id, "lost_amount"
            )
        if vals:
            dispute.write(vals)
        getattr(dispute, OUTCOMES[outcome])()
        return dispute._answer(outcome)

    # READING WHAT CALLERS SEND

    def _find_dispute(self, item):
        """Return the dispute that an item names, within the caller's companies.

        :raise OmsRefusal: ``unknown_dispute``
        """
        # sudo: the public method checked the role; the companies are in the domain.
        dispute = self.sudo().search(self.env["oms.rpc"]._named_by(item, "dispute"), limit=1)
        if not dispute:
            raise OmsRefusal(
                "unknown_dispute",
                self.env._(
                    "There is no dispute %(name)s.", name=str(item.get("dispute") or "")[:80]
                ),
                field="dispute",
                next_step=self.env._("Send its name or id, or {order, reference}."),
            )
        return dispute

    def _parse_amount(self, value, order, field):
        amount = order.currency_id.round(float(value or 0.0))
        if isinstance(value, bool) or not 0 < amount < 1e15:
            raise self._bad(field, value, order.currency_id.name)
        return amount

    def _parse_day(self, value, field):
        if not value:
            return False
        try:
            return fields.Date.to_date(str(value))
        except ValueError:
            raise self._bad(field, value, "2026-07-31") from None

    def _parse_files(self, files):
        """Return the values of the attachments that are not kept yet.

        :raise OmsRefusal: ``too_many``, ``bad_file``
        """
        if not isinstance(files or [], list):
            raise ValueError("files is a list")
        kept = set(self.evidence_ids.mapped("checksum"))
        new = {}
        for one in files or []:
            try:
                content = base64.b64decode(one["content"], validate=True)
            except (binascii.Error, KeyError, TypeError, ValueError):
                content = b""
            mimetype = guess_mimetype(content) if content else ""
            if not 0 < len(content) <= MAX_BYTES or mimetype not in MIMETYPES:
                raise OmsRefusal(
                    "bad_file",
                    self.env._(
                        "%(name)s is no PDF, JPEG, PNG or text of %(size)s MB at most.",
                        name=str(one.get("name") or "")[:80],
                        size=MAX_BYTES // 1024**2,
                    ),
                    field="files",
                    next_step=self.env._("Send another file, in base64."),
                )
            checksum = hashlib.sha1(content, usedforsecurity=False).hexdigest()
            if checksum not in kept:
                new[checksum] = {
                    "name": str(one.get("name") or self.name).replace("/", "-")[:120],
                    "raw": content,
                    "mimetype": mimetype,
                    "res_model": self._name,
                    "res_id": self.id,
                }
        if len(kept) + len(new) > MAX_FILES:
            raise OmsRefusal(
                "too_many",
                self.env._("%(count)s files at most are kept.", count=MAX_FILES),
                field="files",
                next_step=self.env._("Put several pages into one PDF."),
            )
        return list(new.values())

    def _bad(self, field, value, wanted):
        return OmsRefusal(
            "bad_value",
            self.env._("%(value)s is no value for %(field)s.", value=str(value)[:80], field=field),
            field=field,
            next_step=self.env._("Send this instead: %(wanted)s.", wanted=wanted),
        )

    # ANSWERS

    def _answer(self, status):
        self.order_id._oms_refresh_touched()
        return {
            "status": status,
            "id": self.id,
            "name": self.name,
            "state": self.state,
            "order": self.order_id.name,
            "taken": bool(self.taken_move_id),
        }

    def _as_dict(self):
        text = fields.Date.to_string
        return {
            "id": self.id,
            "name": self.name,
            "reference": self.reference or None,
            "order": self.order_id.name,
            "external_id": self.order_id.oms_external_id or None,
            "channel": self.channel_id.code or None,
            "kind": self.kind,
            "state": self.state,
            "amount": self.amount,
            "lost_amount": self.lost_amount if self.state == "lost" else None,
            "currency": self.currency_id.name,
            "reason": self.reason,
            "opened_on": text(self.opened_on),
            "deadline": text(self.deadline) or None,
            "answer": self.answer or None,
            "evidence": self.evidence_ids.mapped("name"),
            "taken": bool(self.taken_move_id),
            "outcome": self.outcome or None,
            "closed_at": fields.Datetime.to_string(self.closed_at) or None,
        }
