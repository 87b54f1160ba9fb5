import logging

from odoo import api, fields, models
from odoo.tools import SQL

from ..engine import request
from ..engine.availability import EPSILON
from .oms_allocator import WAITING
from .oms_fulfillment_request import HOLD
from .oms_sourcing_desk import Desk

_logger = logging.getLogger(__name__)


class OmsFulfillment(models.Model):
    """What waits in one warehouse while another one has it is moved there, where a rule says so.

    A fulfilment is looked at when stock elsewhere changed since it was looked at last, and once a
    day. It moves only where that brings units which would wait otherwise, and never without what a
    person decided: a warehouse that somebody chose stays.
    """

    _inherit = "oms.fulfillment"

    sourced_at = fields.Datetime(
        string="Sourced Again At",
        readonly=True,
        help="When it was last looked up whether another warehouse has what this one lacks.",
    )

    @api.model
    def _cron_source_again(self, limit=100):
        """Move waiting fulfilments to where their goods are, the oldest promise first."""
        works = self.browse(self._due_for_sourcing(limit))
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(works))
        for work in works:
            work = work.try_lock_for_update()
            if work:
                work._source_again()
            if not cron._commit_progress(1):
                break

    @api.model
    def _due_for_sourcing(self, limit):
        """Ids of fulfilments that lack something of which another warehouse has a free unit."""
        companies = self.env["oms.sourcing.rule"]._companies_with_rules()
        if not companies:
            return []
        self.env.flush_all()
        now = fields.Datetime.now()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT work.id
                  FROM oms_fulfillment work
                  JOIN sale_order ON sale_order.id = work.order_id
                 WHERE work.company_id = ANY(%(companies)s)
                   AND work.state IN ('waiting', 'ready')
                   AND work.picked_at IS NULL
                   AND sale_order.oms_source_id IS NULL
                   AND sale_order.oms_unreserved_at IS NULL
                   AND EXISTS (
                       SELECT 1
                         FROM stock_move move
                         JOIN stock_quant quant ON quant.product_id = move.product_id
                         JOIN stock_location place ON place.id = quant.location_id
                        WHERE move.picking_id = work.picking_id
                          AND (move.state IN %(waiting)s
                               OR move.state = 'assigned' AND work.request_state IN %(returned)s)
                          AND quant.quantity > quant.reserved_quantity
                          AND place.usage = 'internal'
                          AND quant.company_id = work.company_id
                          AND place.warehouse_id <> work.warehouse_id
                          AND (work.sourced_at IS NULL
                               -- a change that was under way when it was looked at counts, too
                               OR quant.write_date > work.sourced_at - interval '5 minutes'
                               OR work.sourced_at < %(now)s - interval '1 day'))
              ORDER BY COALESCE(sale_order.oms_promise_due, sale_order.oms_promise_current)
                       NULLS LAST, sale_order.date_order, work.id
                 LIMIT %(limit)s
                """,
                companies=list(companies),
                returned=tuple(sorted(request.RETURNED)),
                waiting=WAITING,
                now=now,
                limit=limit,
            )
        )
        return [row[0] for row in rows]

    def _source_again(self):
        """Move what another warehouse has and this one lacks; one that can't be moved stays."""
        self.ensure_one()
        self.sourced_at = fields.Datetime.now()
        if not self._may_be_sourced_again():
            return
        self._lock_goods()
        outcome = self.env["oms.rpc"]._run_item({}, lambda _item: self._move_to_better())
        for error in outcome["errors"]:
            _logger.info("%s stays where it is: %s", self.name, error["message"])

    def _may_be_sourced_again(self):
        """Whether nobody else has decided about it, or has it in hand."""
        moves = self._open_moves()
        return bool(
            moves
            and not self._is_in_hand()
            and not self._chosen_by_a_person()
            and not self._held_for_other_reasons()
            and all(
                move.procure_method == "make_to_stock"
                and not move.move_orig_ids
                # The components of a kit go together; a person moves them.
                and move.product_id == move.sale_line_id.product_id
                and not move.sale_line_id.oms_preorder_id
                and move.sale_line_id._oms_is_sourced()
                for move in moves
            )
        )

    def _is_in_hand(self):
        """Whether somebody may be at it: on a picking list, picked, or known to a 3PL."""
        told = self.request_state == "submitted" and self.fetched_at
        return bool(self.picked_at or self.picking_id.batch_id or told or self._at_provider())

    def _chosen_by_a_person(self):
        machine = self.env.ref("base.user_root")
        return any(
            done.action == "move"
            and done.warehouse_id == self.warehouse_id
            and done.user_id != machine
            for done in self.order_id.oms_fulfillment_ids.action_ids
        )

    def _held_for_other_reasons(self):
        """Whether a hold keeps it, other than that its 3PL gave it back."""
        holds = self.order_id._oms_active_holds().filtered(
            lambda hold: (
                (hold.blocks_ship or hold.blocks_reserve)
                and not (hold.code == HOLD and hold.fulfillment_id == self)
            )
        )
        return bool(holds._concerning(self._open_moves().sale_line_id, self))

    def _move_to_better(self):
        """Move it; ``{places: codes of the warehouses that send it now}``."""
        desk, verdict = self._ask_again()
        order = self.order_id
        if not verdict or not desk.rule_of[order.sudo()].follow_stock:
            return {"places": []}
        better = self._what_is_there(desk.shares(order.id, verdict), dict(verdict.choice.held))
        if self._gain(better) <= EPSILON:
            return {"places": []}
        # sudo: the system's own record of what it did.
        self.env["oms.sourcing.decision"].sudo().create(desk.decision(order.id, verdict))
        staff = self.company_id._oms_in_language(self)
        for warehouse, wanted in better.items():
            self._move_units(wanted, warehouse)
            goods = [(move, n, move.location_id, move.lot_ids[:0]) for move, n in wanted.items()]
            reason = staff.env._(
                "the goods are there (rule %(rule)s)",
                rule=desk.rule_of[order.sudo()].with_context(lang=staff.env.lang).name,
            )
            self._log_action("move", {}, goods, reason=reason, warehouse_id=warehouse.id)
        return {"places": [warehouse.code for warehouse in better]}

    def _ask_again(self):
        """Return the :class:`Desk` and the verdict about all that this fulfilment still brings, as
        if it gave back what it has; a warehouse that gave the order back is not asked again."""
        wanted, own = {}, {}
        gone = self._returned_by()
        for move in self._open_moves():
            line = move.sale_line_id.sudo()
            units = move.product_id.uom_id._compute_quantity(
                move.product_qty, line.product_uom_id, round=False
            )
            wanted[line] = wanted.get(line, 0.0) + units
            if self.warehouse_id not in gone:
                key = self.warehouse_id.id, move.product_id.id
                own[key] = own.get(key, 0.0) + self._reserved_units(move)
        desk = Desk(self.company_id.sudo(), wanted, own=own, without=gone)
        return desk, desk.solve().get(self.order_id.id)

    def _returned_by(self):
        """The warehouses whose 3PL gave work of this order back."""
        works = self.order_id.oms_fulfillment_ids.filtered("reject_reason_id")
        return works.filtered(lambda work: work.request_state in request.RETURNED).warehouse_id

    def _reserved_units(self, move):
        return move.product_uom._compute_quantity(
            move.quantity, move.product_id.uom_id, round=False
        )

    def _what_is_there(self, shares, held):
        """Return ``{warehouse: {move: units of the product}}`` of the other warehouses that have
        all that the plan gives them; what would only wait elsewhere waits here."""
        places = {}
        for move in self._open_moves():
            for warehouse, share in shares.get(move.sale_line_id.id, {}).items():
                units = move.product_id.uom_id.round(move.product_qty * share)
                if warehouse != self.warehouse_id and units > EPSILON:
                    places.setdefault(warehouse, {})[move] = min(units, move.product_qty)
        return {
            warehouse: wanted
            for warehouse, wanted in places.items()
            if self._is_held(warehouse, wanted, held)
        }

    @staticmethod
    def _is_held(warehouse, wanted, held):
        needs = {}
        for move, units in wanted.items():
            needs[move.product_id.id] = needs.get(move.product_id.id, 0.0) + units
        return all(
            units <= held.get((warehouse.id, product), 0.0) + EPSILON
            for product, units in needs.items()
        )

    def _gain(self, better):
        """How many units more are there after these moves."""
        lost = self.warehouse_id in self._returned_by()
        gain = 0.0
        for move in self._open_moves():
            moved = sum(wanted.get(move, 0.0) for wanted in better.values())
            here = 0.0 if lost else self._reserved_units(move)
            gain += moved + min(here, move.product_qty - moved) - here
        return gain
