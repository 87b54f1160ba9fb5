import base64

from odoo import api, fields, models

from ..models.oms_return_finding import DISPOSITIONS

COMMAND = "OMS-GRADE-"


class OmsReturnInspect(models.TransientModel):
    """Inspect with a scanner: choose where the next units go, then scan them one by one."""

    _name = "oms.return.inspect"
    _description = "Inspect a Return"

    # Not return_id: a default for it would reach the transfers that the inspection makes.
    case_id = fields.Many2one("oms.return", readonly=True)
    parcel_id = fields.Many2one("oms.return.parcel", string="Return Parcel", readonly=True)
    case_ids = fields.Many2many("oms.return", string="Returns", compute="_compute_case_ids")
    order_names = fields.Char(string="Orders", compute="_compute_order_names", compute_sudo=True)
    customer_note = fields.Text(compute="_compute_case_ids")
    photo_ids = fields.Many2many(
        "ir.attachment", string="From the Customer", compute="_compute_case_ids"
    )
    new_photo_ids = fields.Many2many(
        "ir.attachment", "oms_return_inspect_photo_rel", string="Photos of the Inspection"
    )
    scan = fields.Char(store=False, help="A scanner types here; so may you.")
    disposition = fields.Selection(
        DISPOSITIONS, string="What Is Scanned Goes To", default="restock", required=True
    )
    refuse = fields.Boolean(string="No refund for it", help="What is scanned is not accepted.")
    line_ids = fields.One2many("oms.return.inspect.line", "wizard_id")
    progress = fields.Char(compute="_compute_progress")
    is_complete = fields.Boolean(compute="_compute_progress")

    @api.depends("case_id", "parcel_id")
    def _compute_case_ids(self):
        for wizard in self:
            cases = wizard._cases()
            wizard.case_ids = cases
            # What was asked of several orders at once has the same words.
            notes = dict.fromkeys(filter(None, cases.mapped("note")))
            wizard.customer_note = "\n".join(notes) or False
            wizard.photo_ids = cases.photo_ids

    @api.depends("case_id", "parcel_id")
    def _compute_order_names(self):
        for wizard in self:
            orders = wizard._cases().order_id.sorted("id")
            wizard.order_names = ", ".join(orders.mapped("name"))

    def _cases(self):
        """What is inspected: one return, or all that came in a parcel; it is inspected once."""
        parcel = self.parcel_id._origin
        return self.case_id._origin or parcel.return_ids.filtered(
            lambda case: case.state == "received"
        )

    @api.depends("line_ids.quantity", "case_id", "parcel_id")
    def _compute_progress(self):
        for wizard in self:
            known = sum(wizard.line_ids.mapped("quantity"))
            came = sum(wizard._cases().line_ids.mapped("received"))
            wizard.progress = self.env._("%(known)g of %(came)g", known=known, came=came)
            wizard.is_complete = known == came

    @api.onchange("scan")
    def _onchange_scan(self):
        code, self.scan = (self.scan or "").strip(), False
        return self._scanned(code) if code else None

    def _scanned(self, barcode):
        """A code of a disposition chooses it; a product, its lot or its number counts one unit."""
        if barcode.upper().startswith(COMMAND):
            code = barcode[len(COMMAND) :].lower()
            if code in dict(DISPOSITIONS):
                self.disposition = code
                return None
            return self._warn(self.env._("%(code)s is no verdict.", code=barcode))
        line, lot = self._find(barcode)
        if not line:
            return self._warn(self.env._("%(code)s is nothing of this return.", code=barcode))
        if self._counted(line) >= line.received:
            return self._warn(
                self.env._(
                    "All %(units)g of %(product)s have a verdict already.",
                    units=line.received,
                    product=line.product_id.display_name,
                )
            )
        self._count(line, lot)
        return None

    def _find(self, barcode):
        """Return the return line and the lot that a code names; of several lines with that
        product, the first that still has units without a verdict."""
        found = self.env["oms.return.line"]
        no_lot = self.env["stock.lot"]
        lots = {}
        for line in self._cases().line_ids:
            product = line.product_id
            # sudo: the lots of transfers of these returns.
            came = line.sudo()._moves_that_came().move_line_ids.lot_id
            lot = came.filtered(
                lambda lot, product=product: lot.name == barcode and lot.product_id == product
            )[:1]
            if lot or barcode in (product.barcode, product.default_code):
                found |= line
                lots[line] = lot
        open_lines = found.filtered(lambda line: self._counted(line) < line.received)
        line = (open_lines or found)[:1]
        return line, lots.get(line, no_lot)

    def _counted(self, line):
        rows = self.line_ids.filtered(lambda row: row.return_line_id == line)
        return sum(rows.mapped("quantity"))

    def _count(self, line, lot):
        row = self.line_ids.filtered(
            lambda row: row.return_line_id == line
            and row.disposition == self.disposition
            and row.lot_id == lot
            and bool(row.refused) == self.refuse
        )[:1]
        if row:
            row.quantity += 1
            row.refused += 1 if self.refuse else 0
            return
        self.line_ids += self.line_ids.new(
            {
                "return_line_id": line.id,
                "disposition": self.disposition,
                "lot_id": lot.id,
                "quantity": 1,
                "refused": 1 if self.refuse else 0,
            }
        )

    def _warn(self, message):
        return {"warning": {"title": self.env._("Not counted"), "message": message}}

    def action_rest_to_stock(self):
        """Button: everything without a verdict is fine."""
        self.ensure_one()
        for line in self._cases().line_ids:
            left = line.received - self._counted(line)
            if line.uom_id.compare(left, 0.0) > 0:
                self.line_ids.create(
                    {
                        "wizard_id": self.id,
                        "return_line_id": line.id,
                        "quantity": left,
                        "disposition": line._rest_disposition(),
                    }
                )
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def action_done(self):
        """Record the findings; the goods move at once."""
        self.ensure_one()
        cases = self._cases()
        cases._ensure_role("group_oms_warehouse")
        verdicts = {line: {"findings": []} for line in cases.line_ids}
        for row in self.line_ids:
            verdicts[row.return_line_id]["findings"].append(row._as_values())
        pictures = cases._clean_photos([base64.b64decode(one.datas) for one in self.new_photo_ids])
        for case in cases:
            case._do_inspect({line: verdicts[line] for line in case.line_ids})
            case._keep_photos(pictures)
        return (self.parcel_id or cases)._get_records_action()


class OmsReturnInspectLine(models.TransientModel):
    _name = "oms.return.inspect.line"
    _description = "Inspect a Return: Finding"

    wizard_id = fields.Many2one("oms.return.inspect", ondelete="cascade")
    case_ids = fields.Many2many(related="wizard_id.case_ids")
    return_line_id = fields.Many2one(
        "oms.return.line",
        required=True,
        domain="[('return_id', 'in', case_ids)]",
    )
    product_id = fields.Many2one(related="return_line_id.product_id")
    disposition = fields.Selection(DISPOSITIONS, string="Goes To", required=True, default="restock")
    quantity = fields.Float(digits="Product Unit", default=1.0)
    refused = fields.Float(string="Not Accepted", digits="Product Unit")
    lot_id = fields.Many2one("stock.lot", string="Lot/Serial")
    note = fields.Char(string="What Was Found")

    def _as_values(self):
        return {
            "disposition": self.disposition,
            "quantity": self.quantity,
            "refused": self.refused,
            "lot_id": self.lot_id.id,
            "note": self.note,
        }
