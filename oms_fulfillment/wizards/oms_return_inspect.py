import base64

from odoo import api, fields, models

from ..models.oms_return_finding import DISPOSITIONS

COMMAND = "OMS-GRADE-"


class OmsReturnInspect(models.TransientModel):
    """Inspect with a scanner: choose where the next units go, then scan them one by one."""

    _name = "oms.return.inspect"
    _description = "Inspect a Return"

    # Not return_id: a default for it would reach the transfers that the inspection makes.
    case_id = fields.Many2one("oms.return", required=True, readonly=True)
    order_id = fields.Many2one(related="case_id.order_id")
    customer_note = fields.Text(related="case_id.note")
    photo_ids = fields.Many2many(related="case_id.photo_ids", string="From the Customer")
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

    @api.depends("line_ids.quantity")
    def _compute_progress(self):
        for wizard in self:
            known = sum(wizard.line_ids.mapped("quantity"))
            came = sum(wizard.case_id.line_ids.mapped("received"))
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
        rows = self.line_ids.filtered(lambda row: row.return_line_id == line)
        if sum(rows.mapped("quantity")) >= line.received:
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
        """Return the return line and the lot that a code names."""
        lines = self.case_id.line_ids
        # sudo: the lots of transfers of this return.
        came = self.case_id.sudo()._return_pickings().move_line_ids.lot_id
        lot = came.filtered(lambda lot: lot.name == barcode)[:1]
        for line in lines:
            product = line.product_id
            if lot and lot.product_id == product:
                return line, lot
            if barcode in (product.barcode, product.default_code):
                return line, lot.browse()
        return lines.browse(), lot.browse()

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
        for line in self.case_id.line_ids:
            rows = self.line_ids.filtered(lambda row, line=line: row.return_line_id == line)
            left = line.received - sum(rows.mapped("quantity"))
            if line.uom_id.compare(left, 0.0) > 0:
                self.line_ids.create(
                    {"wizard_id": self.id, "return_line_id": line.id, "quantity": left}
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
        case = self.case_id
        case._ensure_role("group_oms_warehouse")
        verdicts = {line: {"findings": []} for line in case.line_ids}
        for row in self.line_ids:
            verdicts[row.return_line_id]["findings"].append(row._as_values())
        pictures = case._clean_photos([base64.b64decode(one.datas) for one in self.new_photo_ids])
        case._do_inspect(verdicts)
        case._keep_photos(pictures)
        return case._get_records_action()


class OmsReturnInspectLine(models.TransientModel):
    _name = "oms.return.inspect.line"
    _description = "Inspect a Return: Finding"

    wizard_id = fields.Many2one("oms.return.inspect", ondelete="cascade")
    case_id = fields.Many2one(related="wizard_id.case_id")
    return_line_id = fields.Many2one(
        "oms.return.line",
        required=True,
        domain="[('return_id', '=', case_id)]",
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
