from odoo import api, models


class OmsPnlDrill(models.AbstractModel):
    """From a row of a report to the document and the journal item that it is."""

    _name = "oms.pnl.drill"
    _inherit = "oms.report.amounts"
    _description = "Row of the Ledger in a Report"

    @api.readonly
    def action_open_document(self):
        """Open the journal entry of one row."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.move_id.id,
            "views": [(False, "form")],
        }

    @api.readonly
    def action_open_items(self):
        """Open the journal items of the chosen rows."""
        action = self.env["ir.actions.actions"]._for_xml_id("account.action_account_moves_all")
        return {**action, "domain": [("id", "in", self.move_line_id.ids)], "context": {}}
