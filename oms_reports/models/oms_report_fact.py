from odoo import api, models, tools
from odoo.tools import SQL


class OmsReportFact(models.AbstractModel):
    """A view of the database with one row per record of the house, and its figures as columns.

    A column of a figure is empty where the record says nothing about it yet: what is still open is
    no zero. Sums of the columns are the key figures (``oms.kpi``), and the rows are their proof.
    """

    _name = "oms.report.fact"
    _inherit = "oms.report.priced"
    _description = "Facts of a Report"

    def init(self):
        if not self._abstract:
            self._make_view()

    @api.model
    def _make_view(self):
        tools.drop_view_if_exists(self.env.cr, self._table)
        self.env.cr.execute(
            SQL("CREATE VIEW %s AS (%s)", SQL.identifier(self._table), self._view())
        )

    @api.model
    def _view(self):
        """Return the query of the view."""
        raise NotImplementedError

    @api.readonly
    def action_open_record(self):
        """Open what the row is about."""
        self.ensure_one()
        return self[self._rec_name]._get_records_action()
