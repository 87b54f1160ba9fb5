from odoo import api, fields, models


class OmsIntake(models.Model):
    """Repairing a message in place: its SKUs, its address."""

    _inherit = "oms.intake"

    sku_missing = fields.Boolean(compute="_compute_what_is_missing")
    address_wrong = fields.Boolean(compute="_compute_what_is_missing")

    @api.depends("errors", "attention")
    def _compute_what_is_missing(self):
        for intake in self:
            errors = intake.errors or [] if intake.attention else []
            intake.sku_missing = any(item.get("sku") for item in errors)
            intake.address_wrong = not intake.conflict_of_id and any(
                str(item.get("field") or "").startswith("ship_to") for item in errors
            )

    def action_fix_address(self):
        """Open the address of this message for repair; saving it replays the message."""
        self.ensure_one()
        self.check_access("write")
        address = (self.payload or {}).get("ship_to")
        wizard = self.env["oms.address.fix"]._for_address(address, intake_id=self.id)
        return wizard._open()

    def _unknown_skus(self):
        """Return ``[(sku, name at the channel)]`` of the SKUs that this message waits for."""
        skus = {item["sku"] for item in self.errors or [] if item.get("sku")}
        order = self._parse(self.payload or {})[0]
        lines = order.lines if order else ()
        names = {line.sku: line.name for line in lines if line.sku in skus}
        return [(sku, names.get(sku)) for sku in sorted(skus)]

    def action_map_sku(self):
        """Open the form that maps every unknown SKU of the selected messages at once."""
        self.check_access("read")
        wizard = self.env["oms.sku.map"]._for_intakes(self)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Map SKUs"),
            "res_model": "oms.sku.map",
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }
