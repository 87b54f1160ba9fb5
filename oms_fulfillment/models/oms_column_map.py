from odoo import api, fields, models

from ..exceptions import OmsRefusal

DATE_NAMES = [("dmy", "Day first: 31/12/2026"), ("mdy", "Month first: 12/31/2026")]
THOUSANDS_NAMES = [(".", "Dot: 82.500"), (",", "Comma: 82,500")]


class OmsColumnMap(models.AbstractModel):
    """How the columns of one channel's own files are to be read; saved once, used ever after.

    What inherits has ``line_ids``, one row per column with its ``heading`` and ``target``, and says
    by ``_missing_targets()`` what no file can be read without.
    """

    _name = "oms.column.map"
    _description = "Meaning of Columns"
    _order = "channel_id, sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    channel_id = fields.Many2one("oms.channel", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="channel_id.company_id", store=True, index=True)
    dates = fields.Selection(DATE_NAMES, required=True, default="dmy")
    thousands = fields.Selection(
        THOUSANDS_NAMES,
        required=True,
        default=".",
        help="Used where the amounts themselves don't show which one it is.",
    )

    def _mapping(self):
        """Return ``{target: heading}``."""
        self.ensure_one()
        return {line.target: line.heading for line in self.line_ids}

    @api.model
    def _missing_targets(self, targets):
        """Return those without which nothing can be read, one for each gap."""
        raise NotImplementedError

    @api.model
    def _ensure_complete(self, targets):
        """Refuse columns from which nothing can be read.

        :raise OmsRefusal: ``incomplete_mapping``
        """
        missing = self._missing_targets(set(targets))
        if missing:
            target = self.line_ids._fields["target"]
            names = dict(target._description_selection(self.env))
            raise OmsRefusal(
                "incomplete_mapping",
                self.env._(
                    "No column was chosen for: %(columns)s.",
                    columns=", ".join(names[target] for target in missing),
                ),
                field="line_ids",
                next_step=self.env._("Say which column of the file holds it."),
            )
