from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError

from ..engine import packing
from ..exceptions import OmsRefusal

STEPS = [
    ("pack", "Scanning"),
    ("weigh", "Weighing"),
    ("reason", "Why units are missing"),
    ("then", "What becomes of them"),
    ("badge", "Supervisor's badge"),
    ("waive", "Why the override"),
]


class OmsPackSession(models.Model):
    """One parcel's way over a packing station: who packs it, where, and what was scanned.

    The transfer says what belongs into it, the log of scans what is in it. Nothing is written to
    the transfer before the parcel is closed; until then anybody may go on from where it stands.
    """

    _name = "oms.pack.session"
    _description = "Packing Session"
    _order = "id DESC"
    _check_company_auto = True
    _rec_name = "picking_id"

    picking_id = fields.Many2one(
        "stock.picking", string="Transfer", required=True, readonly=True, ondelete="cascade"
    )
    order_id = fields.Many2one("sale.order", required=True, readonly=True, index=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    warehouse_id = fields.Many2one("stock.warehouse", readonly=True)
    user_id = fields.Many2one("res.users", string="Packer", required=True, readonly=True)
    station = fields.Char(required=True, readonly=True)
    state = fields.Selection(
        [("open", "Packing"), ("done", "Packed"), ("left", "Put aside")],
        required=True,
        default="open",
        readonly=True,
        index=True,
    )
    step = fields.Selection(STEPS, required=True, default="pack", readonly=True)
    waiting_for = fields.Char(readonly=True, help="What the current step needs to remember.")
    started_at = fields.Datetime(required=True, default=fields.Datetime.now, readonly=True)
    finished_at = fields.Datetime(readonly=True)
    scan_ids = fields.One2many("oms.pack.scan", "session_id", string="Scans", readonly=True)

    # figures, written when the session ends
    units = fields.Float(readonly=True, digits="Product Unit")
    scans = fields.Integer(string="Unit Scans", readonly=True)
    mistakes = fields.Integer(string="Wrong Scans", readonly=True)
    overrides = fields.Integer(readonly=True)
    cartons = fields.Integer(readonly=True)
    weight_kg = fields.Float(string="Weight (kg)", readonly=True, digits="Stock Weight")
    hours = fields.Float(readonly=True, help="From opening to the end.")

    _picking_open_uniq = models.UniqueIndex(
        "(picking_id) WHERE state = 'open'",
        lambda env, diag: env._("Somebody is packing this transfer."),
    )
    _station_open_uniq = models.UniqueIndex(
        "(station) WHERE state = 'open'",
        lambda env, diag: env._("This station is packing something else."),
    )
    _picking_idx = models.Index("(picking_id)")
    _day_idx = models.Index("(company_id, finished_at) WHERE finished_at IS NOT NULL")

    # FACTS

    def _works(self):
        """The fulfilments in this parcel: one, or several of one buyer; none before the transfer
        of its own that packing is in three steps has brought the goods on."""
        # sudo: fulfilments of the order whose transfer this user packs.
        work = self.picking_id.sudo().oms_fulfillment_ids
        lead = work.lead_id or work
        return (lead | lead.follower_ids).filtered(lambda one: not one.handed_over_at)

    def _pickings(self):
        return self._works().picking_id or self.picking_id

    def _moves(self):
        """What is to be packed: the open moves of which something is reserved."""
        return (
            self._pickings()
            .move_ids.filtered(lambda move: move.state not in ("done", "cancel") and move.quantity)
            .sorted(lambda move: (move.picking_id.id, move.sequence, move.id))
        )

    def _expected(self):
        """Return ``{product id: units}`` in each product's own unit, in packing order."""
        units = {}
        for move in self._moves():
            product = move.product_id
            quantity = move.product_uom._compute_quantity(
                move.quantity, product.uom_id, round=False
            )
            units[product.id] = units.get(product.id, 0.0) + quantity
        return units

    def _log(self):
        """The accepted scans, oldest first, as the engine reads them."""
        return [
            packing.Scan(
                scan.kind,
                scan.product_id.id,
                scan.lot_id.id or 0,
                scan.quantity,
                scan.carton,
                scan.waived,
            )
            for scan in self.scan_ids.filtered("accepted").sorted("id")
        ]

    def _tally(self):
        return packing.fold(self._log())

    # OPEN AND CLOSE

    @api.model
    def _start(self, picking, station):
        """Begin, or go on with what was put aside.

        :raise OmsRefusal: ``busy`` when somebody else packs it
        """
        running = self.search([("picking_id", "=", picking.id), ("state", "!=", "done")], limit=1)
        if running.state == "open" and running.station != station:
            raise OmsRefusal(
                "busy",
                self.env._(
                    "%(transfer)s is being packed by %(user)s, %(done)s units are in the parcel.",
                    transfer=picking.name,
                    # sudo: the name of a colleague.
                    user=running.sudo().user_id.name,
                    done=f"{running._tally().total:g}",
                ),
                next_step=self.env._("Scan another order, or take it over with TAKE OVER."),
            )
        try:
            if running:
                running._claim(station)
            else:
                # sudo: the role was checked; sessions are written by the station alone.
                running = self.sudo().create(self._prepare_session(picking, station)).sudo(False)
            self.env.flush_all()
        except IntegrityError:
            # Two stations in the same moment: try again, and meet the other one's session.
            raise ConcurrencyError(f"transfer {picking.id} is being opened elsewhere") from None
        return running

    @api.model
    def _prepare_session(self, picking, station):
        return {
            "picking_id": picking.id,
            # sudo: the order whose goods this transfer brings; only its id is kept.
            "order_id": picking.sudo().sale_id.id,
            "company_id": picking.company_id.id,
            "warehouse_id": picking.picking_type_id.warehouse_id.id,
            "user_id": self.env.uid,
            "station": station,
        }

    def _claim(self, station):
        values = {"station": station, "user_id": self.env.uid, "state": "open", "step": "pack"}
        if self.state == "left":
            # the time that it lay aside is nobody's work
            values["started_at"] = fields.Datetime.now() - timedelta(hours=self.hours)
        self._put(**values)

    def _put(self, **vals):
        # sudo: the role was checked by the public method; nobody writes sessions but the station.
        self.sudo().write(vals)

    def _ensure_packable(self):
        """Refuse what must not go on: cancelled, handed over, or held since it was opened."""
        works, order = self._works(), self.order_id
        for work in works:
            work._ensure_open(work.picking_id.move_ids.filtered("quantity").sale_line_id)
        if not works:
            order._oms_guard("ship", self.picking_id.move_ids.sale_line_id)
        if self.picking_id.state in ("done", "cancel"):
            raise OmsRefusal(
                "not_open",
                self.env._(
                    "%(transfer)s is %(state)s.",
                    transfer=self.picking_id.name,
                    state=dict(self.picking_id._fields["state"]._description_selection(self.env))[
                        self.picking_id.state
                    ],
                ),
                next_step=self.env._("Put the goods aside and scan another order."),
            )

    def _end(self, state):
        """Close the session; its figures follow when the scan that closed it is in the log."""
        self._put(state=state, step="pack", waiting_for=False, finished_at=fields.Datetime.now())

    def _put_figures(self):
        for session in self:
            tally, scans = session._tally(), session.scan_ids
            spent = session.finished_at - session.started_at
            session._put(
                units=tally.total,
                scans=len(scans.filtered(lambda s: s.kind == "unit" or s.mistakes)),
                mistakes=sum(scans.mapped("mistakes")),
                overrides=len(scans.filtered("waived")),
                cartons=len(tally.cartons),
                weight_kg=sum(tally.weights.values()),
                hours=spent.total_seconds() / 3600.0,
            )
