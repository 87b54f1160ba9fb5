from odoo import api, fields, models
from odoo.tools import format_date

STRONG = ("total", "heading", "cash")


class OmsStatement(models.AbstractModel):
    """A statement as a table of texts and numbers, which the PDF and the workbook render."""

    _inherit = "oms.statement"

    @api.model
    @api.readonly
    def get_table(self, statement, unfold=False, **options):
        """Return a statement ready to be printed, in the language of the caller.

        :param str statement: as in :meth:`get_statement`, or ``trial``
        :param bool unfold: with the accounts below each line
        :param options: the other arguments of :meth:`get_statement`
        :return: ``{title, subtitle, note, headings: [text], rows: [{label, level, strong,
            amounts: [number]}]}``; amounts in the currency of the company
        :raise AccessError: the caller may not read the books
        """
        if statement == "trial":
            return self._trial_table(options)
        result = self.get_statement(statement, **options)
        rows = []
        for line in result["lines"]:
            rows.append(self._table_row(line["name"], line))
            if unfold:
                rows += [
                    self._table_row(f"{account['code']} {account['name']}", account, level=3)
                    for account in line["accounts"]
                ]
        dates = [
            (format_date(self.env, column["date_from"]), format_date(self.env, column["date_to"]))
            for column in result["columns"]
        ]
        return {
            "title": result["title"],
            "subtitle": self._subtitle(result),
            "note": self._note(result),
            "headings": [
                last if statement == "balance" else f"{first} – {last}" for first, last in dates
            ],
            "rows": rows,
        }

    def _table_row(self, label, row, level=None):
        kind = row.get("kind", "accounts")
        return {
            "label": label,
            "level": row.get("level", 1) if level is None else level,
            "strong": kind in STRONG or row.get("level") == 0,
            "amounts": [] if kind == "heading" else row["amounts"],
        }

    def _trial_table(self, options):
        names = [name for name in ("date_from", "date_to", "draft") if name in options]
        result = self.get_trial_balance(**{name: options[name] for name in names})
        columns = {
            "opening": self.env._("Opening"),
            "debit": self.env._("Debit"),
            "credit": self.env._("Credit"),
            "closing": self.env._("Closing"),
        }

        def table_row(label, amounts, level):
            return {
                "label": label,
                "level": level,
                "strong": not level,
                "amounts": [amounts[name] for name in columns],
            }

        first, last = (format_date(self.env, options[name]) for name in names[:2])
        return {
            "title": self.env._("Trial Balance"),
            "subtitle": f"{self._subtitle(result)}, {first} – {last}",
            "note": self._note(result),
            "headings": list(columns.values()),
            "rows": [
                *(
                    table_row(f"{row['code']} {row['name']}".strip(), row, 1)
                    for row in result["rows"]
                ),
                table_row(self.env._("Total"), result["totals"], 0),
            ],
        }

    def _subtitle(self, result):
        currency = self.env["res.currency"].browse(result["currency_id"])
        return f"{result['company']}, {currency.name}"

    def _note(self, result):
        """What a reader of the paper must know: drafts, and differences that should not be."""
        notes = []
        if result["draft"]:
            notes.append(self.env._("Draft entries are counted: these are not the final figures."))
        for check in result.get("checks", ()):
            if any(check["difference"]):
                notes.append(
                    self.env._(
                        "Does not tie: %(check)s, difference %(difference)s.",
                        check=check["name"],
                        difference=", ".join(
                            self.env.company.currency_id.format(amount)
                            for amount in check["difference"]
                        ),
                    )
                )
        notes.append(
            self.env._(
                "Printed %(at)s",
                at=fields.Datetime.context_timestamp(self, fields.Datetime.now()).strftime(
                    "%Y-%m-%d %H:%M"
                ),
            )
        )
        return " ".join(notes)
