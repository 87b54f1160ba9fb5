import hashlib
import json

from odoo import api, fields, models

from ..exceptions import OmsRefusal


class OmsSettlementLine(models.Model):
    """What one payout says about one order. Stored as it came, then matched, then posted."""

    _name = "oms.settlement.line"
    _description = "Settlement Line"
    _order = "settlement_id desc, id"
    _rec_name = "key"
    _check_company_auto = True

    settlement_id = fields.Many2one(
        "oms.settlement", required=True, readonly=True, ondelete="cascade", index=True
    )
    channel_id = fields.Many2one(related="settlement_id.channel_id", store=True, index=True)
    company_id = fields.Many2one(related="settlement_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="settlement_id.currency_id")
    key = fields.Char(required=True, readonly=True, help="The channel's number of the line.")
    order_ref = fields.Char(string="Order as Received", readonly=True)
    resi = fields.Char(string="Parcel Number", readonly=True)
    order_id = fields.Many2one(
        "sale.order",
        index="btree_not_null",
        domain="[('oms_channel_id', '!=', False)]",
        check_company=True,
    )
    paid_at = fields.Datetime(readonly=True)
    gross = fields.Monetary(string="Paid by the Buyer", readonly=True)
    fees = fields.Json(
        string="Fees by Family", readonly=True, help="Positive when the channel kept them."
    )
    fee_amount = fields.Monetary(string="Fees", readonly=True)
    net = fields.Monetary(string="Received", readonly=True)
    expected = fields.Monetary(readonly=True, help="What was open for the order at posting.")
    difference = fields.Monetary(readonly=True, help="Paid by the buyer, less what was expected.")
    written_off = fields.Monetary(
        readonly=True, help="The part of the difference within the tolerance, booked as a fee."
    )
    difference_kind = fields.Selection(
        [
            ("short", "Less than expected"),
            ("over", "More than expected"),
            ("not_expected", "Nothing was open"),
            ("refund", "Refunded to the buyer, not credited here"),
            ("voucher", "A voucher that the order does not have"),
            ("doubled", "Paid before"),
            ("fee", "Fees differ from what was agreed"),
            ("unexplained", "Fees do not explain the net amount"),
        ],
        readonly=True,
    )
    state = fields.Selection(
        [
            ("new", "New"),
            ("unmatched", "No such order"),
            ("failed", "Not posted"),
            ("difference", "Difference"),
            ("matched", "Matched"),
        ],
        required=True,
        readonly=True,
        default="new",
        index=True,
    )
    error = fields.Char(readonly=True)
    move_id = fields.Many2one("account.move", string="Journal Entry", readonly=True, index=True)
    variance_move_id = fields.Many2one("account.move", string="Difference Booked", readonly=True)

    _key_uniq = models.Constraint(
        "UNIQUE(settlement_id, key)",
        lambda env, diag: env._("This line of the settlement is known already."),
    )

    def write(self, vals):
        """Override: what came and what was booked is not typed, whatever rights the user has; what
        can be chosen is the order of a line that nothing was posted for.

        :raise OmsRefusal: ``not_writable``
        """
        if not self.env.su and (set(vals) - {"order_id"} or self.move_id):
            raise OmsRefusal(
                "not_writable",
                self.env._(
                    "Settlement line %(line)s says what was paid and booked.", line=self[:1].key
                ),
                field=next(iter(vals), None),
                next_step=self.env._(
                    "Choose the order of a line that is not posted, then match it; correct what is "
                    "posted with a journal entry."
                ),
            )
        return super().write(vals)

    # READING

    @api.model
    def _parse(self, item, occurrences):
        """Return the stored values of one line as it came.

        :param dict occurrences: counts equal lines without a number of their own; the n-th of
            them is the same line when the file is sent again
        """
        fees = item.get("fees") or {}
        fees = {str(family)[:64]: self._parse_amount(fees[family], "fees") for family in fees}
        total = sum(fees.values())
        gross, net = item.get("gross"), item.get("net")
        if gross is None and net is None:
            if item.get("order") or item.get("resi") or not total:
                raise OmsRefusal(
                    "no_amount",
                    self.env._("The line has neither a gross nor a net amount."),
                    field="gross",
                    next_step=self.env._("Send at least one of them."),
                )
            gross = 0.0
        gross = self._parse_amount(gross, "gross") if gross is not None else None
        net = self._parse_amount(net, "net") if net is not None else gross - total
        gross = net + total if gross is None else gross
        values = {
            "order_ref": str(item["order"])[:128] if item.get("order") else False,
            "resi": str(item["resi"])[:128] if item.get("resi") else False,
            "gross": gross,
            "fees": fees,
            "fee_amount": total,
            "net": net,
            "paid_at": self.env["oms.rpc"]._parse_time(item.get("paid_at"), "paid_at"),
        }
        if item.get("line_id") not in (None, False, ""):
            return {**values, "key": str(item["line_id"])[:128]}
        text = json.dumps(values, sort_keys=True, default=str)
        digest = hashlib.sha256(text.encode()).hexdigest()[:32]
        occurrences[digest] = occurrences.get(digest, 0) + 1
        return {**values, "key": f"{digest}-{occurrences[digest]}"}

    @api.model
    def _parse_amount(self, value, field):
        if isinstance(value, bool):
            raise ValueError(f"{field}: {value}")
        amount = float(value)
        if not abs(amount) < 1e15:
            raise OmsRefusal(
                "bad_amount",
                self.env._("%(value)s is not an amount.", value=str(value)[:40]),
                field=field,
                next_step=self.env._("Send a number with a point for decimals, such as 125000.50."),
            )
        return self.env.company.currency_id.round(amount)

    # MATCHING

    def _match(self):
        """Find the orders of these lines of one settlement, one search for all numbers."""
        Order = self.env["sale.order"]
        settlement = self.settlement_id
        refs = [line.order_ref for line in self if line.order_ref and not line.order_id]
        orders = Order.search(
            [
                ("oms_channel_id", "!=", False),
                ("company_id", "=", settlement.company_id.id),
                "|",
                ("name", "in", refs),
                "&",
                ("oms_channel_id", "=", settlement.channel_id.id),
                ("oms_external_id", "in", refs),
            ]
            if refs
            else [("id", "=", 0)]
        )
        by_ref = {order.name: order for order in orders}
        by_ref.update(
            {
                order.oms_external_id: order
                for order in orders
                if order.oms_external_id and order.oms_channel_id == settlement.channel_id
            }
        )
        by_resi = self._orders_of_numbers(by_ref)
        for line in self:
            order = (
                line.order_id
                or by_ref.get(line.order_ref)
                or by_resi.get(line.resi)
                or by_resi.get(line.order_ref)
                or Order
            )
            general = not (line.order_ref or line.resi or line.gross)
            line.write({"order_id": order.id, "state": "new" if order or general else "unmatched"})

    def _orders_of_numbers(self, known):
        """Return ``{parcel number: order}`` for the lines whose order isn't ``known`` otherwise;
        some files have the parcel's number in the column of the order."""
        unknown = self.filtered(lambda line: not line.order_id and line.order_ref not in known)
        numbers = {*unknown.mapped("resi"), *unknown.mapped("order_ref")} - {False}
        if not numbers:
            return {}
        company = self.settlement_id.company_id
        return self.env["oms.settlement"]._orders_by_resi(list(numbers), company)

    def _answer(self, fresh):
        """The answer of ``submit_lines`` for this line."""
        self.ensure_one()
        errors = []
        if self.state == "failed":
            errors.append(
                {
                    "code": "not_posted",
                    "field": None,
                    "message": self.error,
                    "next_step": self.env._("Mend the cause and submit the line again."),
                }
            )
        elif self.state == "unmatched":
            errors.append(
                {
                    "code": "unknown_order",
                    "field": "order" if self.order_ref else "resi",
                    "message": self.env._(
                        "There is no order %(order)s.", order=self.order_ref or self.resi or ""
                    ),
                    "next_step": self.env._("Choose the order under OMS > Finance > Settlements."),
                }
            )
        return {
            "status": self.state if self in fresh else "duplicate",
            "id": self.id,
            "name": self.order_id.name,
            "difference": self.difference,
            "difference_kind": self.difference_kind,
            "errors": errors,
        }

    # ACTIONS

    def action_match(self):
        """Button: post these lines for the orders that somebody chose."""
        self.env["oms.settlement"]._check_access_to_money()
        self.check_access("write")
        lines = self.sudo().filtered(lambda line: line.state in ("unmatched", "failed", "new"))
        for some in lines.grouped("settlement_id").values():
            some._match()
        lines._post_matched()
        return True

    def action_accept_difference(self):
        """Button: book what is left open for these orders as a cost (or income) of the channel."""
        self.env["oms.settlement"]._check_access_to_money()
        self.check_access("write")
        for line in self.sudo().filtered(lambda line: line.state == "difference"):
            line._book_variance()
        return True
