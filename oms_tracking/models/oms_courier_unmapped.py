from odoo import api, fields, models
from odoo.tools import SQL

from ..connectors.wording import read
from .selection import STATUSES


class OmsCourierUnmapped(models.Model):
    """Codes that couriers sent and nobody has explained yet."""

    _name = "oms.courier.unmapped"
    _description = "Unmapped Courier Code"
    _auto = False
    _order = "event_count DESC, last_seen DESC"
    _rec_name = "raw_code"
    _depends = {
        "oms.shipment.event": ["status", "code_key", "raw_code", "text", "courier_id"],
        "oms.courier.status": ["code_key", "courier_id"],
    }

    courier_id = fields.Many2one("oms.courier", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    raw_code = fields.Char(string="Code", readonly=True)
    text = fields.Char(string="Latest Words", readonly=True)
    event_count = fields.Integer(string="Events", readonly=True)
    parcel_count = fields.Integer(string="Parcels", readonly=True)
    first_seen = fields.Datetime(readonly=True)
    last_seen = fields.Datetime(readonly=True)
    shipment_id = fields.Many2one("oms.shipment", string="Latest Parcel", readonly=True)
    proposal = fields.Selection(
        STATUSES,
        compute="_compute_proposal",
        help="What the courier's words seem to say. Nothing is mapped until a person agrees.",
    )

    @api.depends("text", "raw_code")
    def _compute_proposal(self):
        for code in self:
            code.proposal = read(code.text) or read((code.raw_code or "").replace("_", " "))

    @property
    def _table_query(self):
        return SQL(
            """
              SELECT MAX(event.id) AS id,
                     event.courier_id,
                     event.company_id,
                     (ARRAY_AGG(event.raw_code ORDER BY event.id DESC))[1] AS raw_code,
                     (ARRAY_AGG(event.text ORDER BY event.id DESC))[1] AS text,
                     (ARRAY_AGG(event.shipment_id ORDER BY event.id DESC))[1] AS shipment_id,
                     COUNT(*) AS event_count,
                     COUNT(DISTINCT event.shipment_id) AS parcel_count,
                     MIN(event.received_at) AS first_seen,
                     MAX(event.received_at) AS last_seen
                FROM oms_shipment_event event
               WHERE event.status = 'unknown'
                 AND event.code_key IS NOT NULL
                 AND NOT EXISTS (
                         SELECT 1 FROM oms_courier_status meaning
                          WHERE meaning.code_key = event.code_key
                            AND (meaning.courier_id IS NULL
                                 OR meaning.courier_id = event.courier_id))
            GROUP BY event.courier_id, event.company_id, event.code_key
            """
        )

    def action_map(self):
        """Open the form that gives the code its meaning; saving it re-reads the events."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("What does %(code)s mean?", code=self.raw_code),
            "res_model": "oms.courier.status",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_courier_id": self.courier_id.id,
                "default_raw_code": self.raw_code,
                "default_note": self.text,
                "default_status": self.proposal or False,
            },
        }
