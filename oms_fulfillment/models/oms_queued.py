from odoo import api, fields, models
from odoo.fields import Domain


class OmsQueued(models.AbstractModel):
    """What waits for people of a role."""

    _name = "oms.queued"
    _description = "Waits in a Queue"

    owner_group_id = fields.Many2one("res.groups", string="Owner")
    in_my_queue = fields.Boolean(compute="_compute_in_my_queue", search="_search_in_my_queue")

    @api.depends("owner_group_id")
    @api.depends_context("uid")
    def _compute_in_my_queue(self):
        mine = self.env.user.all_group_ids
        for record in self:
            record.in_my_queue = record.owner_group_id in mine

    def _search_in_my_queue(self, operator, value):
        if operator != "in":
            return NotImplemented
        if len(value) > 1:
            return Domain.TRUE
        return Domain("owner_group_id", "in", self.env.user.all_group_ids.ids)
