from odoo import api, fields, models
from odoo.fields import Domain


class OmsReturnArrival(models.TransientModel):
    """A parcel that came back is scanned: what was announced under that number?

    The first code that nobody knows is the parcel's number; products and their lots that are
    scanned then are what is in it.
    """

    _name = "oms.return.arrival"
    _description = "Receive Returns"

    scan = fields.Char(store=False, help="A scanner types here; so may you.")
    code = fields.Char(readonly=True)
    parcel_ids = fields.Many2many("oms.return.parcel", string="Announced Parcels", readonly=True)
    case_ids = fields.Many2many("oms.return", string="Returns", readonly=True)
    order_ids = fields.Many2many("sale.order", string="It May Be Of", readonly=True)
    nothing = fields.Boolean(compute="_compute_nothing")
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        required=True,
        default=lambda self: self.env.user._get_default_warehouse_id(),
    )
    sender_name = fields.Char(help="As it is written on the parcel.")
    sender_phone = fields.Char()
    note = fields.Char(help="How the parcel looked, what was written on it.")
    line_ids = fields.One2many("oms.return.arrival.line", "wizard_id")

    @api.depends("code", "parcel_ids", "case_ids")
    def _compute_nothing(self):
        for wizard in self:
            wizard.nothing = bool(wizard.code) and not (wizard.parcel_ids or wizard.case_ids)

    @api.onchange("scan")
    def _onchange_scan(self):
        code, self.scan = (self.scan or "").strip(), False
        if code:
            self._scanned(code)

    def _scanned(self, code):
        self.env["oms.return"]._ensure_role("group_oms_warehouse")
        if self.nothing and self._count(code):
            return
        self.code = code
        parcels, cases, orders = self.env["oms.return.parcel"]._find_scanned(code)
        self.parcel_ids = parcels.sudo(False)
        self.case_ids = cases.sudo(False)
        self.order_ids = orders.sudo(False)

    def _count(self, code):
        """Count one unit of the product, or of the lot, that a code names; whether it is one."""
        # sudo: products and lots of the company are looked up by what is printed on them.
        lots, products = self.env["stock.lot"].sudo(), self.env["product.product"].sudo()
        ours = Domain("company_id", "in", (False, *self.env.companies.ids))
        lot = lots.search(ours & Domain("name", "=", code), limit=2)
        product = lot.product_id
        if len(lot) != 1:
            lot = lot.browse()
            named = Domain("barcode", "=", code) | Domain("default_code", "=", code)
            product = products.search(ours & named, limit=1)
        if not product:
            return False
        product, lot = product.sudo(False), lot.sudo(False)
        row = self.line_ids.filtered(
            lambda row: row.product_id == product and (row.lot or False) == (lot.name or False)
        )[:1]
        if row:
            row.quantity += 1
        else:
            self.line_ids += self.line_ids.new(
                {"product_id": product.id, "lot": lot.name, "quantity": 1}
            )
        if lot:
            self.order_ids |= self.env["oms.return.parcel"]._orders_of_lots(lot).sudo(False)
        return True

    def action_take_in(self):
        """Button: nobody announced it; it is taken in at once, and identified later."""
        self.ensure_one()
        self.env["oms.return"]._ensure_role("group_oms_warehouse")
        parcel = self.env["oms.return.parcel"]._take_in(
            self.warehouse_id,
            [
                {"product": row.product_id, "lot": row.lot, "quantity": row.quantity}
                for row in self.line_ids
                if row.quantity > 0
            ],
            resi=self.code,
            sender_name=self.sender_name,
            sender_phone=self.sender_phone,
            note=self.note,
        )
        return parcel._get_records_action()

    def action_receive(self):
        """Button: all that was announced is in it; inspect it next."""
        self.ensure_one()
        Return = self.env["oms.return"]
        Return._ensure_role("group_oms_warehouse")
        if self.parcel_ids:
            parcel = self.parcel_ids[:1]
            parcel._do_receive()
            return parcel._get_records_action()
        case = self.case_ids[:1]
        case.action_receive()
        return case._get_records_action()

    def action_open(self):
        """Button: look at it first, count what came."""
        self.ensure_one()
        return (self.parcel_ids[:1] or self.case_ids[:1])._get_records_action()


class OmsReturnArrivalLine(models.TransientModel):
    _name = "oms.return.arrival.line"
    _description = "Receive Returns: Goods"

    wizard_id = fields.Many2one("oms.return.arrival", ondelete="cascade")
    product_id = fields.Many2one(
        "product.product", required=True, domain="[('type', '=', 'consu')]"
    )
    lot = fields.Char(string="Lot/Serial")
    quantity = fields.Float(digits="Product Unit", default=1.0)
