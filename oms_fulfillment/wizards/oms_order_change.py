from markupsafe import Markup

from odoo import api, fields, models
from odoo.fields import Command


class OmsOrderChange(models.TransientModel):
    """Change a confirmed order, and see first what that does."""

    _name = "oms.order.change"
    _description = "Change an Order"

    order_id = fields.Many2one("sale.order", required=True, readonly=True)
    currency_id = fields.Many2one(related="order_id.currency_id")
    line_ids = fields.One2many("oms.order.change.line", "change_id")
    street = fields.Char()
    city = fields.Char()
    phone = fields.Char()
    recipient = fields.Char()
    reason = fields.Char()
    preview = fields.Html(readonly=True, help="What the change would do.")
    allowed = fields.Boolean(readonly=True)

    @api.model
    def default_get(self, field_names):
        values = super().default_get(field_names)
        order = self.env["sale.order"].browse(values.get("order_id"))
        if not order:
            return values
        address = order._oms_address()
        values.update(
            order_id=order.id,
            recipient=address["name"],
            street=address["street"],
            city=address["city"],
            phone=address["phone"],
            line_ids=[
                Command.create(
                    {
                        "line_id": line.id,
                        "product_id": line.product_id.id,
                        "quantity": line.product_uom_qty,
                        "unit_price": line.price_unit,
                    }
                )
                for line in order.order_line._oms_goods()
            ],
        )
        return values

    def write(self, vals):
        """What was shown is not what would happen any more."""
        if not {"preview", "allowed", "reason"} & set(vals):
            vals = {**vals, "preview": False, "allowed": False}
        return super().write(vals)

    def action_preview(self):
        """Show what the change would do, in the same window."""
        self.ensure_one()
        changes = self._prepare_changes()
        order = self.order_id
        if changes:
            answer = order.oms_change_preview(order.name, changes)
            self.write(
                {"preview": self._preview_html(answer), "allowed": answer["status"] == "preview"}
            )
        else:
            self.write({"preview": self.env._("Nothing differs yet."), "allowed": False})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Change the Order"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _preview_html(self, answer):
        if answer["errors"]:
            error = answer["errors"][0]
            text = " ".join(filter(None, (error["message"], error["next_step"])))
            return Markup("<p class='text-danger'>%s</p>") % text
        order = self.order_id
        labels = order._oms_difference_labels()
        row = Markup("<tr><td>%s</td><td>%s</td><td><b>%s</b></td></tr>")
        rows = Markup().join(
            row
            % (
                labels[item["what"]],
                order._oms_difference_text(item, "before"),
                order._oms_difference_text(item, "after"),
            )
            for item in answer["differences"]
        )
        warnings = Markup().join(
            Markup("<p class='text-warning-emphasis'>%s</p>") % text for text in answer["warnings"]
        )
        consequences = Markup().join(
            Markup("<p class='alert alert-warning mb-2'>%s</p>") % text
            for text in answer["consequences"]
        )
        table = Markup("<table class='table table-sm'><tbody>%s</tbody></table>%s%s")
        return table % (rows, consequences, warnings)

    def _prepare_changes(self):
        order = self.order_id
        lines = [spec for line in self.line_ids if (spec := line._prepare_change())]
        kept = {line.line_id.id for line in self.line_ids}
        lines += [
            {"line": line.id, "quantity": 0}
            for line in order.order_line._oms_goods()
            if line.id not in kept and line.product_uom_qty
        ]
        address = order._oms_address()
        given = {
            "name": self.recipient,
            "street": self.street,
            "city": self.city,
            "phone": self.phone,
        }
        ship_to = {name: value for name, value in given.items() if value != address[name]}
        return {
            **({"lines": lines} if lines else {}),
            **({"ship_to": ship_to} if ship_to else {}),
        }

    def action_apply(self):
        """Change the order as the preview says; what was not shown yet is shown first."""
        self.ensure_one()
        if not self.allowed:
            return self.action_preview()
        changes = self._prepare_changes()
        if changes:
            self.order_id.check_access("write")
            if self.reason:
                changes["reason"] = self.reason
            self.order_id._oms_apply(changes)
        return {"type": "ir.actions.act_window_close"}


class OmsOrderChangeLine(models.TransientModel):
    """A line as it should be; without an order line it is a new product."""

    _name = "oms.order.change.line"
    _description = "Changed Order Line"

    change_id = fields.Many2one("oms.order.change", required=True, ondelete="cascade")
    line_id = fields.Many2one("sale.order.line", readonly=True)
    product_id = fields.Many2one(
        "product.product", required=True, domain="[('sale_ok', '=', True), ('type', '=', 'consu')]"
    )
    currency_id = fields.Many2one(related="change_id.currency_id")
    quantity = fields.Float(digits="Product Unit", default=1.0)
    unit_price = fields.Float(digits="Product Price")

    def _prepare_change(self):
        """Return the line's part of the changes; empty when it is as before."""
        line = self.line_id
        if not line:
            spec = {"new": True, "sku": self.product_id.default_code, "quantity": self.quantity}
            price = {"unit_price": self.unit_price} if self.unit_price else {}
            return {**spec, **price} if self.product_id else {}
        spec = {}
        if line.product_uom_id.compare(self.quantity, line.product_uom_qty):
            spec["quantity"] = self.quantity
        if line.currency_id.compare_amounts(self.unit_price, line.price_unit):
            spec["unit_price"] = self.unit_price
        return {"line": line.id, **spec} if spec else {}
