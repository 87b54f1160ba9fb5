from odoo import api, fields, models
from odoo.tools import SQL

from ..engine import actions as engine
from ..exceptions import OmsRefusal
from .oms_short_reason import THEN

ACTIONS = [
    ("hold", "Hold"),
    ("release", "Release"),
    ("move", "Move"),
    ("split", "Split"),
    ("short", "Short pick"),
    ("cancel", "Cancel"),
]
STAFF = ("group_oms_integration", "group_oms_warehouse", "group_oms_agent")


class OmsFulfillmentAction(models.Model):
    """What a person or another system did with a fulfilment: who, when, why and what came of it."""

    _name = "oms.fulfillment.action"
    _description = "Fulfilment Action"
    _order = "id desc"
    _rec_name = "action"

    fulfillment_id = fields.Many2one(
        "oms.fulfillment", required=True, readonly=True, index=True, ondelete="cascade"
    )
    order_id = fields.Many2one(
        related="fulfillment_id.order_id", store=True, index="btree_not_null"
    )
    company_id = fields.Many2one(related="fulfillment_id.company_id", store=True, index=True)
    action = fields.Selection(ACTIONS, required=True, readonly=True)
    at = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    user_id = fields.Many2one("res.users", readonly=True, default=lambda self: self.env.user)
    reason = fields.Char(readonly=True)
    short_reason_id = fields.Many2one("oms.short.reason", readonly=True, ondelete="restrict")
    then = fields.Selection(THEN, readonly=True)
    warehouse_id = fields.Many2one("stock.warehouse", string="To", readonly=True)
    reference = fields.Char(readonly=True, help="The caller's own key: a repeated call has it too.")
    answer = fields.Json(readonly=True)
    line_ids = fields.One2many("oms.fulfillment.action.line", "action_id", readonly=True)
    goods = fields.Char(compute="_compute_goods")

    _reference_uniq = models.UniqueIndex(
        "(fulfillment_id, action, reference) WHERE reference IS NOT NULL"
    )
    _short_idx = models.Index("(short_reason_id, at) WHERE short_reason_id IS NOT NULL")

    def _compute_goods(self):
        for record in self:
            record.goods = ", ".join(
                f"{line.quantity:g} x {line.product_id.default_code or line.product_id.name}"
                for line in record.line_ids
            )


class OmsFulfillmentActionLine(models.Model):
    """Units that an action was about."""

    _name = "oms.fulfillment.action.line"
    _description = "Goods of a Fulfilment Action"

    action_id = fields.Many2one(
        "oms.fulfillment.action", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="action_id.company_id", store=True, index=True)
    sale_line_id = fields.Many2one("sale.order.line", ondelete="set null", index="btree_not_null")
    product_id = fields.Many2one("product.product", required=True, ondelete="restrict")
    quantity = fields.Float(digits="Product Unit", help="In the product's own unit.")
    location_id = fields.Many2one("stock.location", ondelete="set null")
    lot_id = fields.Many2one("stock.lot", ondelete="set null")


class OmsFulfillment(models.Model):
    """The fulfilment says what may be done with it; every route asks it before it does that."""

    _inherit = "oms.fulfillment"

    supported_actions = fields.Json(
        compute="_compute_supported_actions",
        help="Names of the actions that are possible now, e.g. hold, move, split, short, cancel.",
    )
    action_ids = fields.One2many("oms.fulfillment.action", "fulfillment_id", string="What Was Done")

    def _compute_supported_actions(self):
        facts = self._get_action_facts()
        for work in self:
            work.supported_actions = list(engine.supported(facts[work.id]))

    def _get_action_facts(self):
        """Return ``{id: engine.actions.Facts}`` for the whole batch."""
        # sudo: the same facts for whoever may read the fulfilment.
        holds = self.sudo().order_id._oms_active_holds().grouped("fulfillment_id")
        groups = self.env["stock.warehouse"].sudo()._read_group([], ["company_id"], ["__count"])
        warehouses = dict(groups)
        facts = {}
        for work in self.sudo():
            moves = work._open_moves()
            facts[work.id] = engine.Facts(
                state=work._derive_state(),
                on_hold=work.on_hold,
                own_hold=work in holds,
                reserved=any(moves.mapped("quantity")),
                units=sum(moves.mapped("product_uom_qty")),
                own_stock=bool(work.warehouse_id),
                elsewhere=warehouses.get(work.company_id, 0) > 1,
            )
        return facts

    def _open_moves(self):
        return self.picking_id.move_ids.filtered(lambda move: move.state not in ("done", "cancel"))

    # RUNNING AN ACTION

    def _check_action_access(self):
        """Refuse callers who may not decide about fulfilments.

        :raise OmsRefusal: ``access``
        """
        user = self.env.user
        if not self.env.su and not any(user.has_group(f"oms_fulfillment.{g}") for g in STAFF):
            raise OmsRefusal(
                "access",
                self.env._("%(user)s may not decide about fulfilments.", user=user.name),
                next_step=self.env._(
                    "Ask for the role OMS: Warehouse operator, Order agent or Integration."
                ),
            )

    def _ensure_supported(self, action):
        """Refuse an action that the fulfilment does not offer.

        :raise OmsRefusal: ``not_supported``
        """
        self.ensure_one()
        offered = engine.supported(self._get_action_facts()[self.id])
        if action not in offered:
            names = dict(self.env["oms.fulfillment.action"]._fields["action"].selection)
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise OmsRefusal(
                "not_supported",
                self.env._(
                    "%(name)s is %(state)s: %(action)s is not possible.",
                    name=self.name,
                    state=labels[self._derive_state()],
                    action=names.get(action, action),
                ),
                field="fulfillment",
                next_step=self.env._(
                    "Possible now: %(actions)s.", actions=", ".join(offered) or "-"
                ),
            )

    def _run_action(self, action, items, handler):
        """Run ``handler(work, item)`` for each item; an action is done once per ``reference``.

        :param handler: returns the answer; callables in it are called once the stages are fresh
        """
        self._check_action_access()
        self._lock_named(items)

        def run(item):
            work = self._find_work(item)
            work._lock_goods()
            known = work._known_action(action, item)
            if known:
                return {**(known.answer or {}), "status": "duplicate"}
            before = work.order_id.oms_fulfillment_ids
            answer = {"id": work.id, "name": work.name, **handler(work, item)}
            work.order_id._oms_advance()
            work.order_id._oms_refresh_touched()
            answer["state"] = work.state
            new = work.order_id.oms_fulfillment_ids - before
            answer["fulfillments"] = [
                {"name": other.name, "warehouse": other.warehouse_id.code, "state": other.state}
                for other in new
            ]
            work._keep_answer(action, item, answer)
            return answer

        return self.env["oms.rpc"]._run_items(items, run)

    @api.model
    def _lock_named(self, items):
        """Lock the products of all fulfilments that ``items`` name, in one order for everybody."""
        if not isinstance(items, list | tuple):
            return
        names = [str(item.get("fulfillment")) for item in items if isinstance(item, dict)]
        # sudo: only locks are taken; which fulfilments the caller may name is checked per item.
        works = self.sudo().search([("name", "in", names)])
        self.env["oms.allocator"]._lock_products(works.picking_id.move_ids.product_id)

    def _lock_goods(self):
        """Let nobody else reserve these goods, or act on this fulfilment, until the commit.

        The fulfilment is written, though nothing in it changes: of two calls about the same one
        the second is tried again by Odoo, and then sees what the first one did.
        """
        self.env.flush_all()
        products = self.picking_id.move_ids.product_id
        self.env["oms.allocator"]._lock_products(products)
        self.env["oms.allocator"]._lock_quants(products.ids)
        self.env.cr.execute(
            SQL("UPDATE oms_fulfillment SET state = state WHERE id = ANY(%s)", list(self.ids))
        )

    def _known_action(self, action, item):
        """The action that an earlier call with the same ``reference`` took, or none."""
        reference = item.get("reference")
        return reference and self.action_ids.filtered(
            lambda done: (done.action, done.reference) == (action, str(reference))
        )

    def _keep_answer(self, action, item, answer):
        done = self._known_action(action, item)
        if done:
            done.answer = answer

    def _log_action(self, action, item, goods=(), **values):
        """Record who did what.

        :param goods: ``[(move, units of the product, location, lot)]``
        :param values: more values of the record: ``reason``, ``warehouse_id``...
        """
        lines = [
            fields.Command.create(
                {
                    "sale_line_id": move.sale_line_id.id,
                    "product_id": move.product_id.id,
                    "quantity": units,
                    "location_id": location.id,
                    "lot_id": lot.id,
                }
            )
            for move, units, location, lot in goods
        ]
        reference = item.get("reference")
        # sudo: the log is only written here, by whoever was allowed to act.
        actions = self.env["oms.fulfillment.action"].sudo()
        return actions.create(
            {
                "fulfillment_id": self.id,
                "action": action,
                "user_id": self.env.uid,
                "reference": str(reference) if reference else False,
                "line_ids": lines,
                **values,
            }
        )
