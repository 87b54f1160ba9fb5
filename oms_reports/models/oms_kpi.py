import ast

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

AREAS = [
    ("operations", "Operations"),
    ("stages", "Stage Times"),
    ("service", "Service"),
    ("returns", "Returns"),
    ("couriers", "Couriers"),
    ("intake", "Incoming Orders"),
    ("customers", "Customers"),
    ("stock", "Demand and Stock"),
    ("cash", "Cash Cycle"),
    ("integrity", "Integrity"),
]
UNITS = [
    ("percent", "%"),
    ("count", "Number"),
    ("hours", "Hours"),
    ("minutes", "Minutes"),
    ("days", "Days"),
    ("units", "Units"),
    ("money", "Amount"),
]


class OmsKpi(models.Model):
    """A key figure as data: what it says, how it is computed, by which clock, and what it leaves
    out. All of that is shown beside the figure, in the reader's language.

    A figure is one aggregate of the rows of one report with one row per record, so the rows that
    a figure is made of always add up to it.
    """

    _name = "oms.kpi"
    _description = "Key Figure"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, readonly=True, help="How other systems name this figure.")
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    area = fields.Selection(AREAS, required=True)
    formula = fields.Text(required=True, translate=True)
    clock = fields.Text(
        required=True, translate=True, help="Which moment decides in which period a row counts."
    )
    exclusions = fields.Text(required=True, translate=True, help="What is left out.")
    unit = fields.Selection(UNITS, required=True, default="percent")
    better = fields.Selection(
        [("more", "More is better"), ("less", "Less is better"), ("neither", "Neither")],
        required=True,
        default="neither",
    )
    target = fields.Float(help="Shown beside the figure and coloured; 0 is no target.")
    aggregate = fields.Selection(
        [
            ("ratio", "Sum of the measure ÷ sum of the base"),
            ("mean", "Mean of the measure"),
            ("median", "Median of the measure"),
            ("p90", "90th percentile of the measure"),
            ("sum", "Sum of the measure"),
            ("table", "A table of its own"),
        ],
        required=True,
        readonly=True,
        default="ratio",
    )
    model = fields.Char(string="Report", required=True, readonly=True)
    measure = fields.Char(required=True, readonly=True)
    base = fields.Char(readonly=True, help="The denominator of a ratio.")
    date_field = fields.Char(
        string="Date", readonly=True, help="The moment of a row; empty: as of now, whatever period."
    )
    domain = fields.Char(required=True, readonly=True, default="[]")

    _code_uniq = models.Constraint(
        "UNIQUE(code)", lambda env, diag: env._("Another key figure already has this code.")
    )

    @api.constrains("model", "measure", "base", "date_field", "domain", "aggregate")
    def _check_source(self):
        for kpi in self.filtered(lambda kpi: kpi.aggregate != "table"):
            if (kpi.aggregate == "ratio") != bool(kpi.base):
                raise ValidationError(
                    self.env._(
                        "%(kpi)s: a ratio, and nothing else, has a base. "
                        "Choose another aggregate, or set or empty the base.",
                        kpi=kpi.name,
                    )
                )
            report = self.env.get(kpi.model)
            wanted = filter(None, (kpi.measure, kpi.base, kpi.date_field))
            missing = [name for name in wanted if report is None or name not in report._fields]
            if missing:
                raise ValidationError(
                    self.env._(
                        "%(kpi)s: %(report)s has no %(fields)s. Name fields that the report has.",
                        kpi=kpi.name,
                        report=kpi.model,
                        fields=", ".join(missing),
                    )
                )
            Domain(kpi._literal_domain()).validate(report)

    def _literal_domain(self):
        return ast.literal_eval(self.domain or "[]")
