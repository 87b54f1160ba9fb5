import hashlib
from collections import Counter, defaultdict

from odoo import api, fields, models

from ..adapters.cells import is_time
from ..engine import settlement as engine

LONGEST = 160


class OmsSettlementLine(models.Model):
    """Lines from files: what was settled has an identity, and every change of it a version.

    A file that says the same again adds nothing. One that says something else changes the line
    while it is not posted, and adds a line with the difference once it is.
    """

    _inherit = "oms.settlement.line"

    identity = fields.Char(
        readonly=True, help="What the channel settled, the same in every file that tells of it."
    )
    version = fields.Integer(readonly=True, help="1 is the first; later ones are adjustments.")
    parts = fields.Json(readonly=True, help="The rows of the file, each with its amounts.")
    kind = fields.Selection(
        [("order", "Sale"), ("adjustment", "Adjustment"), ("fee", "Fee of the channel")],
        readonly=True,
    )
    label = fields.Char(string="Named in the File", readonly=True)
    refund = fields.Monetary(
        string="Refunded", readonly=True, help="Given back to the buyer; part of what was paid."
    )
    voucher = fields.Monetary(
        string="Seller's Vouchers", readonly=True, help="Taken off what the buyer paid."
    )
    post_from = fields.Datetime(
        compute="_compute_post_from",
        store=True,
        help="Until then later files may still adjust it.",
    )
    file_id = fields.Many2one("oms.settlement.file", readonly=True, index="btree_not_null")

    _identity_uniq = models.UniqueIndex(
        "(channel_id, identity, version) WHERE identity IS NOT NULL",
        lambda env, diag: env._("This line is known from another file."),
    )

    _to_post_idx = models.Index("(id) WHERE state = 'new'")

    @api.depends("paid_at", "settlement_id.channel_id.settle_after_days")
    def _compute_post_from(self):
        for line in self:
            if line.move_id:
                # it was posted: when it was due is history
                line.post_from = line.post_from
                continue
            days = line.settlement_id.channel_id.settle_after_days
            start = line.paid_at or fields.Datetime.now()
            line.post_from = fields.Datetime.add(start, days=days) if days else False

    @api.model
    def _take_in(self, file, form, groups):
        """Store what is new about ``groups`` (``[(key, entries)]``); return a count of outcomes."""
        settlements = {}
        touched = file.settlement_ids
        vals_list, counts = [], Counter()
        for plan in self._plan(file.channel_id, file.reference, form, groups):
            counts[plan["outcome"]] += 1
            if plan["outcome"] == "duplicate":
                continue
            if plan["draft"]:
                plan["draft"].write({**plan["values"], "file_id": file.id})
                touched |= plan["draft"].settlement_id
                continue
            payout = plan["payout"]
            if payout not in settlements:
                settlements[payout] = self.env["oms.settlement"]._get_or_create(
                    file.channel_id, payout
                )
            vals_list.append(
                {
                    **plan["values"],
                    "settlement_id": settlements[payout].id,
                    "key": f"{plan['values']['identity']}#{plan['values']['version']}",
                    "file_id": file.id,
                }
            )
        lines = self.create(vals_list)
        for some in lines.grouped("settlement_id").values():
            some._match()
        counts["unmatched"] = len(lines.filtered(lambda line: line.state == "unmatched"))
        file.settlement_ids = touched.union(*settlements.values())
        return counts

    @api.model
    def _plan(self, channel, reference, form, groups):
        """Say per group what is new: ``{outcome, payout, draft, values}``; nothing is stored."""
        identities = [
            self._identity(form, entries[0].payout or reference, key) for key, entries in groups
        ]
        known = defaultdict(self.browse)
        for line in self.search(
            [("channel_id", "=", channel.id), ("identity", "in", identities)], order="version"
        ):
            known[line.identity] |= line
        return [
            self._plan_one(known[identity], identity, entries, entries[0].payout or reference)
            for identity, (_key, entries) in zip(identities, groups, strict=True)
        ]

    @api.model
    def _plan_one(self, versions, identity, entries, payout):
        parts = {entry.row: engine.part(entry.amounts()) for entry in entries}
        before = {}
        for line in versions:
            before = engine.merged(before, line.parts or {})
        changes = engine.news(before, parts)
        if versions and not changes:
            return {"outcome": "duplicate", "payout": payout, "draft": None, "values": {}}
        last = versions[-1:]
        draft = last if last and not last.move_id and not last.part_ids else self.browse()
        values = self._values_of_parts(engine.merged(draft.parts or {}, changes))
        if not draft:
            values.update(identity=identity, version=len(versions) + 1)
        values.update(self._values_of_entries(entries))
        if versions - draft:
            values["kind"] = "adjustment"
        return {
            "outcome": "changed" if versions else "new",
            "payout": payout,
            "draft": draft,
            "values": values,
        }

    @api.model
    def _known_refs(self, channel, groups):
        """Return those numbers of orders and parcels in ``groups`` that belong to an order."""
        refs = [entries[0].order for entries in groups if entries[0].order]
        numbers = [entries[0].resi for entries in groups if entries[0].resi]
        company = channel.company_id
        orders = self.env["sale.order"].search(
            [
                ("company_id", "=", company.id),
                "|",
                ("name", "in", refs),
                "&",
                ("oms_channel_id", "=", channel.id),
                ("oms_external_id", "in", refs),
            ]
        )
        parcels = self.env["oms.settlement"]._orders_by_resi(numbers, company) if numbers else {}
        return {*orders.mapped("name"), *orders.mapped("oms_external_id"), *parcels}

    @api.model
    def _identity(self, form, payout, key):
        text = f"{form.code.partition('_')[0]}|{key}"
        if form.per_payout:
            text = f"cod|{payout}|{key}"
        if len(text) > LONGEST:
            text = f"{text[: LONGEST - 33]}|{hashlib.sha256(text.encode()).hexdigest()[:32]}"
        return text

    @api.model
    def _values_of_entries(self, entries):
        first = entries[0]
        rpc = self.env["oms.rpc"]
        paid = max((entry.paid_at for entry in entries if entry.paid_at), default=None)
        return {
            "order_ref": (first.order or "")[:128] or False,
            "resi": (first.resi or "")[:128] or False,
            "kind": first.kind,
            "label": (first.label or "")[:128] or False,
            "paid_at": rpc._parse_time(paid, "paid_at") if is_time(paid) else False,
        }

    @api.model
    def _values_of_parts(self, parts):
        sums = engine.totals(parts)
        currency = self.env.company.currency_id
        fees = {key: currency.round(float(amount)) for key, amount in sums["fees"].items()}
        return {
            "parts": parts,
            "gross": currency.round(float(sums["gross"])),
            "net": currency.round(float(sums["net"])),
            "refund": currency.round(float(sums["refund"])),
            "voucher": currency.round(float(sums["voucher"])),
            "fees": fees,
            "fee_amount": currency.round(sum(fees.values())),
        }
