from odoo import Command, api, fields, models
from odoo.fields import Domain

from ..engine import batching
from ..exceptions import OmsRefusal

MAX_CANDIDATES = 2000


class OmsBatchBuild(models.TransientModel):
    """Turn the queue into batches: by courier and cut-off, orders of one product apart, by zone."""

    _name = "oms.batch.build"
    _description = "Make Batches"

    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        required=True,
        check_company=True,
        domain="[('oms_provider_id', '=', False)]",
        default=lambda self: self._default_warehouse(),
    )
    carrier_ids = fields.Many2many(
        "delivery.carrier", string="Couriers", help="Empty: all of them."
    )
    without_carrier = fields.Boolean(
        string="Only Without Courier", help="Orders to which no courier was given yet."
    )
    due_before = fields.Datetime(
        string="Due Until", help="Only orders that must ship until then; empty: all of them."
    )
    lines = fields.Selection(
        [
            ("apart", "Those of one product apart"),
            ("single", "Only orders of one product"),
            ("multi", "Only orders of several products"),
            ("together", "All together"),
        ],
        string="Orders",
        required=True,
        default="apart",
    )
    by_zone = fields.Boolean(
        help="Orders from different parts of the warehouse in different batches."
    )
    max_orders = fields.Integer(string="Orders per Batch", default=20, help="0: no limit.")
    max_lines = fields.Integer(string="Lines per Batch", default=100, help="0: no limit.")
    user_id = fields.Many2one("res.users", string="Picker", help="Who picks these batches.")
    preview = fields.Char(compute="_compute_preview")

    @api.model
    def _default_warehouse(self):
        return self.env["stock.warehouse"].search(
            [("company_id", "=", self.env.company.id), ("oms_provider_id", "=", False)], limit=1
        )

    @api.depends(
        "warehouse_id",
        "carrier_ids",
        "without_carrier",
        "due_before",
        "lines",
        "by_zone",
        "max_orders",
        "max_lines",
    )
    def _compute_preview(self):
        for wizard in self:
            if not wizard.warehouse_id:
                wizard.preview = False
                continue
            batches, held = wizard._plan()
            wizard.preview = self.env._(
                "Orders: %(orders)s. Batches: %(batches)s.",
                orders=sum(len(ids) for _group, ids in batches),
                batches=len(batches),
            )
            if held:
                wizard.preview += " " + self.env._("On hold and left out: %(held)s.", held=held)

    # PLAN

    def _first_type(self):
        """The operation that takes goods off the shelf."""
        warehouse = self.warehouse_id
        one_step = warehouse.delivery_steps == "ship_only"
        return warehouse.out_type_id if one_step else warehouse.pick_type_id

    def _candidate_domain(self):
        domain = Domain(
            [
                ("picking_type_id", "=", self._first_type().id),
                ("state", "=", "assigned"),
                ("batch_id", "=", False),
                ("sale_id.oms_channel_id", "!=", False),
                # of a picking transfer there is no fulfilment yet
                ("oms_fulfillment_ids", "not any", [("picked_at", "!=", False)]),
            ]
        )
        if self.without_carrier:
            domain &= Domain("carrier_id", "=", False) & Domain("sale_id.carrier_id", "=", False)
        elif self.carrier_ids:
            carriers = self.carrier_ids._origin.ids or self.carrier_ids.ids
            domain &= Domain("carrier_id", "in", carriers) | (
                Domain("carrier_id", "=", False) & Domain("sale_id.carrier_id", "in", carriers)
            )
        if self.due_before:
            domain &= Domain("sale_id.oms_ship_by", "<=", self.due_before)
        return domain

    def _plan(self):
        """Return ``([(group, transfer ids)], number of held transfers)``; the count of queries does
        not grow with the number of orders."""
        # sudo: deadlines and couriers of orders; the transfers are read with the user's rights.
        pickings = self.env["stock.picking"].search(
            self._candidate_domain(), limit=MAX_CANDIDATES, order="scheduled_date, id"
        )
        held = pickings.move_ids._oms_held("ship").picking_id
        jobs = [self._as_job(picking) for picking in (pickings - held)]
        jobs = [job for job in jobs if job]
        return batching.make_batches(jobs, self.max_orders, self.max_lines), len(held)

    def _as_job(self, picking):
        order = picking.sudo().sale_id
        lines = picking.move_line_ids
        single = len(lines.product_id) == 1
        if (self.lines == "single" and not single) or (self.lines == "multi" and single):
            return None
        apart = single if self.lines == "apart" else None
        root = self.warehouse_id.lot_stock_id.complete_name or ""
        places = sorted(line.location_id.complete_name or "" for line in lines)
        zones = tuple(sorted({batching.zone_of(place, root) for place in places}))
        carrier = picking.carrier_id or order.carrier_id
        return batching.Job(
            picking.id,
            (carrier.id, apart, zones if self.by_zone else None),
            fields.Datetime.to_string(order.oms_ship_by or picking.scheduled_date),
            places[0] if places else "",
            len(lines),
        )

    # BUTTONS

    def action_build(self):
        """Make the batches and show them."""
        return self._build()._oms_action_view()

    def action_build_and_print(self):
        """Make the batches and print their picking lists."""
        return self._build().picking_ids.action_oms_print_picking_list()

    def _build(self):
        self.ensure_one()
        if not self.env.user.has_group("oms_fulfillment.group_oms_warehouse"):
            raise OmsRefusal(
                "access",
                self.env._("%(user)s may not make batches.", user=self.env.user.name),
                next_step=self.env._("Ask for the role OMS: Warehouse operator."),
            )
        plan, held = self._plan()
        if not plan:
            raise OmsRefusal(
                "nothing_to_batch",
                self.env._(
                    "No order in %(warehouse)s is ready to be picked this way (%(held)s on hold).",
                    warehouse=self.warehouse_id.name,
                    held=held,
                ),
                next_step=self.env._("Choose other couriers, a later deadline, or all orders."),
            )
        batches = self.env["stock.picking.batch"].create(
            [self._prepare_batch(group, ids) for group, ids in plan]
        )
        for _group, ids in plan:
            for number, picking in enumerate(self.env["stock.picking"].browse(ids), 1):
                picking.batch_sequence = number
        # Their transfers are confirmed and reserved: nothing is left for action_confirm() to do.
        batches.state = "in_progress"
        return batches

    def _prepare_batch(self, group, ids):
        carrier_id, single, zones = group
        carrier = self.env["delivery.carrier"].browse(carrier_id or [])
        words = {True: self.env._("one product"), False: self.env._("several products")}
        parts = [
            carrier.name or self.env._("no courier"),
            words.get(single),
            ", ".join(zones or ()),
        ]
        return {
            "company_id": self.warehouse_id.company_id.id,
            "picking_type_id": self._first_type().id,
            "user_id": self.user_id.id,
            "description": " · ".join(filter(None, parts)),
            "picking_ids": [Command.set(ids)],
        }


class StockPickingBatch(models.Model):
    _inherit = "stock.picking.batch"

    def _oms_action_view(self):
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Batches"),
            "res_model": "stock.picking.batch",
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", self.ids)],
        }
        if len(self) == 1:
            action.update(views=[(False, "form")], res_id=self.id)
        return action
