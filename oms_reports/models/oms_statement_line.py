from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine import statement as engine

STATEMENTS = [
    ("income", "Income Statement"),
    ("balance", "Balance Sheet"),
    ("cash", "Cash Flow (direct)"),
    ("cash_indirect", "Cash Flow (indirect)"),
]


class OmsStatementLine(models.Model):
    """One line of a financial statement: which accounts it adds up, and with which sign.

    The table is the definition of the statements, the same for the screen, the PDF, the workbook
    and the proof. An account belongs to the line that names one of its tags, else to the line that
    names its type.
    """

    _name = "oms.statement.line"
    _description = "Statement Line"
    _order = "statement, sequence, id"

    statement = fields.Selection(STATEMENTS, required=True)
    sequence = fields.Integer(default=10)
    code = fields.Char(required=True)
    name = fields.Char(required=True, translate=True)
    kind = fields.Selection(
        [
            ("heading", "Heading"),
            ("accounts", "Accounts"),
            ("earnings_now", "Earnings of the fiscal year"),
            ("earnings_before", "Earnings of earlier years"),
            ("total", "Total"),
        ],
        required=True,
        default="accounts",
        help="Earnings are the income and expense accounts: since the first day of the fiscal "
        "year, or before it. Odoo posts no closing entry.",
    )
    level = fields.Integer(default=1, help="0 stands out, 1 is an ordinary line, 2 is set in.")
    sign = fields.Selection(
        [("1", "Debit is positive"), ("-1", "Credit is positive")], required=True, default="-1"
    )
    account_types = fields.Char(
        help="Types of accounts, separated by commas: income, expense_direct_cost, ..."
    )
    tag_ids = fields.Many2many(
        "account.account.tag",
        string="Account Tags",
        domain=[("applicability", "=", "accounts")],
        help="An account with one of these tags belongs here, whatever its type is.",
    )
    term_ids = fields.Many2many(
        "oms.statement.line",
        "oms_statement_line_term_rel",
        "line_id",
        "term_id",
        string="Adds Up",
        domain="[('statement', '=', statement)]",
    )

    _code_uniq = models.Constraint(
        "UNIQUE(statement, code)", "A statement has a line with this code already."
    )

    @api.constrains("account_types")
    def _check_account_types(self):
        known = set(dict(self.env["account.account"]._fields["account_type"].selection))
        for line in self:
            if unknown := line._types() - known:
                raise ValidationError(
                    self.env._(
                        "Statement line %(line)s: there is no account type %(unknown)s. Choose "
                        "from %(known)s.",
                        line=line.name,
                        unknown=", ".join(sorted(unknown)),
                        known=", ".join(sorted(known)),
                    )
                )

    @api.constrains("statement", "term_ids")
    def _check_terms(self):
        if self._has_cycle("term_ids"):
            raise ValidationError(
                self.env._(
                    "%(lines)s: a total can't add up itself. Take one of the lines out.",
                    lines=", ".join(self.mapped("name")),
                )
            )
        for line in self:
            if line.term_ids.filtered(lambda term, line=line: term.statement != line.statement):
                raise ValidationError(
                    self.env._(
                        "%(line)s adds up lines of another statement. Choose lines of its own.",
                        line=line.name,
                    )
                )

    def _types(self):
        return frozenset(filter(None, (self.account_types or "").replace(" ", "").split(",")))

    @api.model
    def _definition(self, statement):
        """Return the lines of a statement, and the same as the engine's values."""
        lines = self.search([("statement", "=", statement)])
        return lines, [
            engine.Line(
                code=line.code,
                sign=int(line.sign),
                types=line._types() if line.kind == "accounts" else frozenset(),
                tags=frozenset(line.tag_ids.ids) if line.kind == "accounts" else frozenset(),
                terms=tuple(line.term_ids.mapped("code")) if line.kind == "total" else (),
            )
            for line in lines
        ]

    @api.model
    def _title(self, statement):
        return dict(self._fields["statement"]._description_selection(self.env))[statement]

    def _leaves(self):
        """The lines that this one adds up in the end, itself if it is none of totals."""
        leaves, todo = self.browse(), self
        while todo:
            leaves |= todo.filtered(lambda line: line.kind != "total")
            todo = todo.term_ids
        return leaves
