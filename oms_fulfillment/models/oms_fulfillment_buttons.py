from odoo import models


class OmsFulfillment(models.Model):
    """The actions as buttons: each opens the window that asks for what the action needs."""

    _inherit = "oms.fulfillment"

    def action_hold(self):
        """Ask why these fulfilments are put on hold."""
        self.ensure_one()
        action = self.order_id.action_oms_place_hold()
        return {**action, "context": {**action["context"], "default_fulfillment_id": self.id}}

    def action_release(self):
        """Ask why the holds on this fulfilment end."""
        self.ensure_one()
        self.check_access("read")
        self._ensure_supported("release")
        return self._own_holds().sudo(self.env.su).action_release()

    def action_move(self):
        return self._open_action("move", self.env._("Send from Another Warehouse"))

    def action_split(self):
        return self._open_action("split", self.env._("Send Some on Their Own"))

    def action_short(self):
        return self._open_action("short", self.env._("Not There"))

    def action_cancel(self):
        return self._open_action("cancel", self.env._("Cancel What Has Not Left"))

    def _open_action(self, name, title):
        """Open the window for one action; refuse at once what is not possible."""
        self.ensure_one()
        self._check_action_access()
        self.check_access("read")
        self._ensure_supported(name)
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "oms.fulfillment.act",
            "view_mode": "form",
            "target": "new",
            "context": {"default_fulfillment_id": self.id, "default_action": name},
        }
