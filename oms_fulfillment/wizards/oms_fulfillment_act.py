from odoo import api, fields, models
from odoo.fields import Command

from ..exceptions import OmsRefusal
from ..models.oms_short_reason import THEN

METHODS = {"move": "move_to", "split": "split", "short": "report_short", "cancel": "cancel"}


class OmsFulfillmentAct(models.TransientModel):
    """The window behind Move, Split, Short Pick and Cancel: which units, where to, and why."""

    _name = "oms.fulfillment.act"
    _description = "Act on a Fulfilment"

    fulfillment_id = fields.Many2one("oms.fulfillment", required=True, readonly=True)
    company_id = fields.Many2one(related="fulfillment_id.company_id")
    action = fields.Selection(
        [("move", "Move"), ("split", "Split"), ("short", "Short pick"), ("cancel", "Cancel")],
        required=True,
        readonly=True,
    )
    from_id = fields.Many2one(related="fulfillment_id.warehouse_id", string="From")
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        string="To",
        domain="[('company_id', '=', company_id), ('id', '!=', from_id)]",
    )
    short_reason_id = fields.Many2one("oms.short.reason", string="What Is Wrong")
    effect = fields.Selection(related="short_reason_id.effect")
    then = fields.Selection(
        THEN, string="What Follows", compute="_compute_then", store=True, readonly=False
    )
    cancel_reason_id = fields.Many2one("oms.cancel.reason")
    note = fields.Char()
    line_ids = fields.One2many("oms.fulfillment.act.line", "act_id")

    @api.depends("short_reason_id")
    def _compute_then(self):
        for wizard in self:
            wizard.then = wizard.short_reason_id.then or wizard.then

    @api.model
    def default_get(self, field_names):
        values = super().default_get(field_names)
        work = self.env["oms.fulfillment"].browse(values.get("fulfillment_id"))
        everything = values.get("action") in ("move", "cancel")
        # sudo: who may read the fulfilment may see what it brings.
        values["line_ids"] = [
            Command.create(
                {
                    "move_id": move.id,
                    "product_id": move.product_id.id,
                    "open_units": move.product_qty,
                    "reserved_units": move.product_uom._compute_quantity(
                        move.quantity, move.product_id.uom_id
                    ),
                    "quantity": move.product_qty if everything else 0.0,
                }
            )
            for move in work.sudo()._open_moves()
        ]
        return values

    def action_apply(self):
        """Take the action as any caller does, and say what is wrong as a window."""
        self.ensure_one()
        works = self.env["oms.fulfillment"]
        (answer,) = getattr(works, METHODS[self.action])([self._prepare_item()])
        for error in answer["errors"]:
            raise OmsRefusal(error["code"], error["message"], next_step=error["next_step"])
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _prepare_item(self):
        item = {
            "fulfillment": self.fulfillment_id.id,
            "lines": [
                {"move": line.move_id.id, "quantity": line.quantity}
                for line in self.line_ids
                if line.quantity
            ],
        }
        if self.action == "short":
            reason = {
                "reason": self.short_reason_id.code,
                "then": self.then,
                "note": self.note or False,
            }
            return {**item, **reason}
        if not item["lines"]:
            raise OmsRefusal(
                "lines_missing",
                self.env._("No quantity is filled in."),
                next_step=self.env._("Say how many units of which product."),
            )
        if self.action == "move":
            item["warehouse"] = self.warehouse_id.code
        item["reason"] = self.cancel_reason_id.code or self.note or False
        return item


class OmsFulfillmentActLine(models.TransientModel):
    """Units of one product that the action is about."""

    _name = "oms.fulfillment.act.line"
    _description = "Goods of an Action"

    act_id = fields.Many2one("oms.fulfillment.act", required=True, ondelete="cascade")
    move_id = fields.Many2one("stock.move", required=True)
    product_id = fields.Many2one("product.product", required=True)
    uom_id = fields.Many2one(related="product_id.uom_id")
    open_units = fields.Float(string="To Ship", digits="Product Unit")
    reserved_units = fields.Float(string="Reserved", digits="Product Unit")
    quantity = fields.Float(digits="Product Unit")
