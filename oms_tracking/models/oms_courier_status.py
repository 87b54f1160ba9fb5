from odoo import api, fields, models

from ..engine.message import code_key
from .selection import STATUSES


class OmsCourierStatus(models.Model):
    """What a courier's code means. Data, not code: couriers add codes without telling anybody."""

    _name = "oms.courier.status"
    _description = "Courier Status Code"
    _order = "courier_id, code_key"
    _rec_name = "raw_code"

    courier_id = fields.Many2one(
        "oms.courier",
        index=True,
        ondelete="cascade",
        help="Empty: the code means the same whoever sends it.",
    )
    raw_code = fields.Char(
        string="Code",
        required=True,
        help="As the courier sends it. Codes of an aggregator carry its name, like kiriminaja:200, "
        "because couriers use the same numbers for other things.",
    )
    code_key = fields.Char(
        string="Folded Code", compute="_compute_code_key", store=True, precompute=True
    )
    status = fields.Selection(STATUSES, required=True)
    problem = fields.Boolean(
        string="Needs Somebody", help="A parcel with this code is listed under Exceptions."
    )
    note = fields.Char(string="Courier's Words")

    _code_uniq = models.UniqueIndex(
        "(COALESCE(courier_id, 0), code_key)",
        lambda env, diag: env._("This code already has a meaning for this courier. Change it."),
    )

    @api.depends("raw_code")
    def _compute_code_key(self):
        for mapping in self:
            mapping.code_key = code_key(mapping.raw_code or "")

    # CRUD: events keep their raw code, so a new meaning reaches the events that came before it

    @api.model_create_multi
    def create(self, vals_list):
        mappings = super().create(vals_list)
        self._meaning_changed(mappings.mapped("code_key"))
        return mappings

    def write(self, vals):
        keys = self.mapped("code_key")
        result = super().write(vals)
        if {"courier_id", "raw_code", "status", "problem"} & set(vals):
            self._meaning_changed(keys + self.mapped("code_key"))
        return result

    def unlink(self):
        keys = self.mapped("code_key")
        result = super().unlink()
        self._meaning_changed(keys)
        return result

    def _meaning_changed(self, keys):
        self.env["oms.shipment.event"]._remap(keys)

    # HELPERS

    @api.model
    def _meanings(self, keys):
        """Return ``{(courier id or False, code key): (status, problem)}`` in one query."""
        # sudo: senders of events read no configuration.
        mappings = self.sudo().search_fetch(
            [("code_key", "in", list(keys))], ["courier_id", "code_key", "status", "problem"]
        )
        return {(m.courier_id.id, m.code_key): (m.status, m.problem) for m in mappings}

    @api.model
    def _meaning(self, meanings, courier_id, key):
        """The courier's own meaning of a code goes before the common one; else ``unknown``."""
        return meanings.get((courier_id, key)) or meanings.get((False, key)) or ("unknown", False)
