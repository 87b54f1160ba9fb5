import re

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.oms_fulfillment.models.sale_order_prices import take_out


class OmsReportPriced(models.AbstractModel):
    """A report that says what orders are worth: its amounts are empty for a warehouse operator who
    neither sells nor keeps books, on screens, dashboards and over RPC."""

    _name = "oms.report.priced"
    _inherit = "oms.report.amounts"
    _description = "Report with Prices"

    @api.model
    def _hides(self, name):
        """Whether the user may not know a field: amounts, unless prices are the user's business."""
        field = self._fields.get(name)
        return bool(
            field
            and field.type == "monetary"
            and not self.env.su
            and not self.env.user._oms_sees_prices()
        )

    @api.model
    def _field_to_sql(self, alias, field_expr, query=None):
        """Override: nothing in the place of a hidden amount, whatever reads, sums, sorts or
        searches it. A refusal would break the dashboards of those who see all but the prices."""
        if self._hides(field_expr):
            return SQL("NULL::numeric")
        return super()._field_to_sql(alias, field_expr, query)

    @api.model
    def _get_view_cache_key(self, view_id=None, view_type="form", **options):
        key = super()._get_view_cache_key(view_id, view_type, **options)
        return (*key, self.env.su or self.env.user._oms_sees_prices())

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        """Override: no column for what is empty."""
        arch, view = super()._get_view(view_id, view_type, **options)
        hidden = [name for name in self._fields if self._hides(name)]
        if hidden:
            take_out(arch, re.compile(rf"^({'|'.join(hidden)})$"))
        return arch, view
