from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.tools import SQL, split_every

from ..exceptions import OmsRefusal

# So many lines are matched and posted at once; more go on in the background.
BATCH = 200


class OmsSettlement(models.Model):
    """One payout of a marketplace, or one remittance of a courier: who paid what for which order.

    Lines are stored before anything is posted; what was posted is never posted again.
    """

    _name = "oms.settlement"
    _description = "Settlement"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_name = "reference"
    _check_company_auto = True

    reference = fields.Char(required=True, readonly=True, copy=False)
    channel_id = fields.Many2one("oms.channel", required=True, readonly=True, index=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    line_ids = fields.One2many("oms.settlement.line", "settlement_id", string="Lines")
    move_ids = fields.One2many("account.move", "oms_settlement_id", string="Journal Entries")
    file_ids = fields.Many2many(
        "oms.settlement.file",
        "oms_settlement_file_rel",
        "settlement_id",
        "file_id",
        string="Files",
        readonly=True,
    )
    last_submitted_at = fields.Datetime(readonly=True)
    state = fields.Selection(
        [("open", "To look at"), ("done", "Matched")], compute="_compute_totals", store=True
    )
    line_count = fields.Integer(compute="_compute_totals", store=True)
    paid_at = fields.Datetime(
        string="Paid On", compute="_compute_totals", store=True, help="The day of its last line."
    )
    open_count = fields.Integer(
        string="To Look At", compute="_compute_totals", store=True, aggregator="sum"
    )
    expected = fields.Monetary(compute="_compute_totals", store=True)
    gross = fields.Monetary(string="Paid by Buyers", compute="_compute_totals", store=True)
    fees = fields.Monetary(compute="_compute_totals", store=True)
    net = fields.Monetary(string="Received", compute="_compute_totals", store=True)
    difference = fields.Monetary(compute="_compute_totals", store=True)

    _reference_uniq = models.Constraint(
        "UNIQUE(channel_id, reference)",
        lambda env, diag: env._("This channel already has a settlement with that reference."),
    )

    @api.depends(
        "line_ids.state",
        "line_ids.expected",
        "line_ids.gross",
        "line_ids.fee_amount",
        "line_ids.net",
        "line_ids.difference",
        "line_ids.paid_at",
    )
    def _compute_totals(self):
        """Added up by the database: a payout may have more lines than memory should hold."""
        names = ("expected", "gross", "fee_amount", "net", "difference")
        sums = ["__count", "paid_at:max", *(f"{name}:sum" for name in names)]
        Line = self.env["oms.settlement.line"]
        domain = [("settlement_id", "in", self.ids)]
        found = {row[0]: row[1:] for row in Line._read_group(domain, ["settlement_id"], sums)}
        domain.append(("state", "!=", "matched"))
        waiting = dict(Line._read_group(domain, ["settlement_id"], ["__count"]))
        for settlement in self:
            count, paid_at, *amounts = found.get(settlement, (0, False, *[0.0] * len(names)))
            settlement.line_count = count
            settlement.paid_at = paid_at
            settlement.open_count = waiting.get(settlement, 0)
            settlement.state = "open" if settlement.open_count else "done"
            settlement.expected, settlement.gross, settlement.fees = amounts[:3]
            settlement.net, settlement.difference = amounts[3:]

    # RPC

    @api.model
    def submit_lines(self, channel, reference, lines):
        """Take in the lines of a payout; submitting them again changes nothing.

        :param str channel: code of the channel
        :param str reference: number of the payout or remittance, unique per channel
        :param list lines: ``{order | resi, gross, fees: {family: amount}, net, paid_at,
            line_id}``; amounts in the channel's currency, fees positive when they were kept;
            ``order`` is the channel's number or our name; a line with neither ``order`` nor
            ``resi`` and no ``gross`` is a fee of the channel as a whole
        :return: per line ``{status, id, name, difference, errors}``; ``status`` is ``matched``,
            ``difference`` (posted, and the amounts don't agree), ``unmatched`` (stored, not
            posted: no such order), ``failed`` (stored, not posted: see errors), ``duplicate``
            (known before) or ``error`` (not stored)
        """
        rpc = self.env["oms.rpc"]
        if not isinstance(lines, list | tuple):
            return rpc._run_items(lines, dict)
        try:
            self._check_access_to_money()
            known = self.env["oms.channel"]._get_by_code(channel)
            settlement = self._get_or_create(known, reference)
        except OmsRefusal as error:
            return [rpc._refused(error) for _line in lines]
        return settlement._submit(lines)

    @api.model
    def _check_access_to_money(self):
        groups = ("group_oms_finance", "group_oms_integration")
        if self.env.su or any(
            self.env.user.has_group(f"oms_fulfillment.{group}") for group in groups
        ):
            return
        raise OmsRefusal(
            "access",
            self.env._("%(user)s may not submit settlements.", user=self.env.user.name),
            next_step=self.env._("Ask for the role OMS: Finance."),
        )

    @api.model
    def _get_or_create(self, channel, reference):
        """Return the one settlement of this reference, locked for this transaction."""
        if not reference or not isinstance(reference, str):
            raise OmsRefusal(
                "no_reference",
                self.env._("A settlement needs the number of the payout."),
                field="reference",
                next_step=self.env._("Send the channel's payout or remittance number."),
            )
        # sudo: an integration has no rights on settlements; its role was checked.
        Settlement = self.sudo()
        domain = [("channel_id", "=", channel.id), ("reference", "=", reference)]
        known = Settlement.search(domain)
        if not known:
            self.env.flush_all()
            self.env.cr.execute(
                SQL(
                    """
                    INSERT INTO oms_settlement (channel_id, company_id, reference, state,
                                line_count, open_count, create_uid, create_date, write_uid,
                                write_date)
                         VALUES (%(channel)s, %(company)s, %(reference)s, 'done', 0, 0, %(uid)s,
                                now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC')
                    ON CONFLICT (channel_id, reference) DO NOTHING
                      RETURNING id
                    """,
                    channel=channel.id,
                    company=channel.sudo().company_id.id,
                    reference=reference,
                    uid=self.env.uid,
                ),
                log_exceptions=False,
            )
            inserted = self.env.cr.fetchone()
            if not inserted:
                # Somebody else made it after our snapshot: start again and find it.
                raise ConcurrencyError("settlement created concurrently")
            known = Settlement.browse(inserted[0])
        known.last_submitted_at = fields.Datetime.now()
        known.flush_recordset(["last_submitted_at"])
        return known

    # INTAKE

    def _submit(self, items):
        """Store, match and post ``items``; return one answer per item."""
        Line = self.env["oms.settlement.line"].sudo()
        occurrences = {}
        answers = self.env["oms.rpc"]._run_items(
            items, lambda item: {"parsed": Line._parse(item, occurrences)}
        )
        parsed = {
            answer["parsed"]["key"]: answer["parsed"] for answer in answers if "parsed" in answer
        }
        known = {line.key: line for line in self.line_ids if line.key in parsed}
        fresh = Line.create(
            [
                {**values, "settlement_id": self.id}
                for key, values in parsed.items()
                if key not in known
            ]
        )
        again = Line.union(*known.values())
        waiting = again.filtered(lambda line: line.state == "unmatched")
        (fresh + waiting)._match()
        retried = again.filtered(lambda line: line.state == "failed")
        retried += waiting.filtered(lambda line: line.state == "new")
        (fresh + retried)._post_matched()
        known.update({line.key: line for line in fresh})
        return [
            known[answer["parsed"]["key"]]._answer(fresh + retried)
            if "parsed" in answer
            else answer
            for answer in answers
        ]

    @api.model
    def _orders_by_resi(self, numbers, company):
        """Return ``{parcel number: order}`` for the numbers that belong to one order. Extended
        where parcels have a history of their own."""
        # sudo: finance matches by numbers; the company is in the domain.
        transfers = (
            self.env["stock.picking"]
            .sudo()
            .search([("carrier_tracking_ref", "in", numbers), ("company_id", "=", company.id)])
        )
        found = {}
        for number, pickings in transfers.grouped("carrier_tracking_ref").items():
            orders = pickings.sale_id.filtered("oms_channel_id")
            if len(orders) == 1:
                found[number] = orders.sudo(self.env.su)
        return found

    # SETTINGS

    def _journal(self):
        """Return the bank journal of the payouts.

        :raise OmsRefusal: ``missing_journal``
        """
        self.ensure_one()
        if not self.channel_id.settlement_journal_id:
            raise OmsRefusal(
                "missing_journal",
                self.env._(
                    "The channel %(channel)s has no settlement journal.",
                    channel=self.channel_id.name,
                ),
                next_step=self.env._("Set it under OMS > Configuration > Channels."),
            )
        return self.channel_id.settlement_journal_id

    def _bank_account(self):
        return self._journal().default_account_id

    # ACTIONS

    def action_match(self):
        """Button: try unmatched and failed lines again."""
        self._check_access_to_money()
        self.check_access("write")
        Line = self.env["oms.settlement.line"].sudo()
        for settlement in self:
            waiting = [("settlement_id", "=", settlement.id)]
            unmatched = Line.search([*waiting, ("state", "=", "unmatched")])
            for lines in split_every(BATCH, unmatched.ids, Line.browse):
                lines._match()
            Line.search([*waiting, ("state", "=", "difference")])._review()
            posted = Line.search([*waiting, ("state", "in", ("new", "failed"))])
            posted[:BATCH]._post_matched()
            if len(posted) > BATCH:
                posted[BATCH:].filtered(lambda line: line.state == "failed").state = "new"
                self.env["oms.rpc"]._wake("oms_fulfillment.cron_settlement_post")
        return True

    @api.readonly
    def action_view_moves(self):
        self.ensure_one()
        return self.move_ids._get_records_action(name=self.env._("Journal Entries"))

    @api.readonly
    def action_view_open_lines(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "oms_fulfillment.action_oms_settlement_lines"
        )
        domain = [("settlement_id", "=", self.id), ("state", "!=", "matched")]
        return {**action, "domain": domain, "context": {}}
