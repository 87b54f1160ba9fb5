from odoo import api, fields, models
from odoo.tools import format_date

MAX_LEDGER_ROWS = 10_000
STRONG = ("total", "heading", "cash")


class OmsStatement(models.AbstractModel):
    """A statement as a table of texts and numbers, which the PDF and the workbook render."""

    _inherit = "oms.statement"

    @api.model
    @api.readonly
    def get_table(self, statement, unfold=False, **options):
        """Return a statement ready to be printed, in the language of the caller.

        :param str statement: as in :meth:`get_statement`, or ``trial``, ``ledger`` (with
            ``account_id``), ``vat``, or one of the ageings, see :meth:`get_ageing`
        :param bool unfold: with the accounts below each line
        :param options: the other arguments of :meth:`get_statement`
        :return: ``{title, subtitle, note, headings: [text], rows: [{label, level, strong,
            amounts: [number or None]}]}``; amounts in the currency of the company
        :raise AccessError: the caller may not read the books
        """
        if statement == "trial":
            return self._trial_table(options)
        if statement == "ledger":
            return self._ledger_table(options)
        result = self.get_statement(statement, **options)
        rows = []
        for line in result["lines"]:
            rows.append(self._table_row(line["name"], line))
            if unfold:
                rows += [
                    self._table_row(
                        f"{account['code']} {account['name']}".strip(), account, level=3
                    )
                    for account in line["accounts"]
                ]
        headings, subtitle = self._table_dates(statement, result, options)
        return {
            "title": result["title"],
            "subtitle": subtitle,
            "note": self._note(result),
            "headings": headings,
            "rows": rows,
        }

    def _table_dates(self, statement, result, options):
        """The headings of the columns, and the line below the title."""
        subtitle = self._subtitle(result)
        first, last = (format_date(self.env, options[name]) for name in ("date_from", "date_to"))
        if "as_of" in result:
            return result["headings"], f"{subtitle}, {last}"
        if "headings" in result:
            return result["headings"], f"{subtitle}, {first} – {last}"
        dates = [
            (format_date(self.env, column["date_from"]), format_date(self.env, column["date_to"]))
            for column in result["columns"]
        ]
        return [
            last if statement == "balance" else f"{first} – {last}" for first, last in dates
        ], subtitle

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

    def _ledger_table(self, options):
        """The general ledger of one account, every item of the period up to a limit."""
        names = [name for name in ("date_from", "date_to", "draft") if name in options]
        arguments = {name: options[name] for name in names}
        account_id = options["account_id"]
        pages, items = None, []
        while pages is None or len(items) < min(pages["count"], MAX_LEDGER_ROWS):
            pages = self.get_ledger(account_id, **arguments, offset=len(items), limit=1000)
            items += pages["items"]
            if not pages["items"]:
                break
        account = self.env["account.account"].sudo().browse(account_id)
        result = {
            "company": self.env.company.name,
            "currency_id": self.env.company.currency_id.id,
            "draft": bool(options.get("draft")),
        }
        note = self._note(result)
        if pages["count"] > len(items):
            note = self.env._(
                "Only the first %(shown)s of %(count)s items: choose a shorter period. %(note)s",
                shown=len(items),
                count=pages["count"],
                note=note,
            )

        def row(label, amounts, strong=False):
            return {"label": label, "level": 0 if strong else 1, "strong": strong} | {
                "amounts": amounts
            }

        first, last = (format_date(self.env, options[name]) for name in names[:2])
        closing = items[-1]["balance"] if items else pages["opening"]
        return {
            "title": self.env._("General Ledger"),
            "subtitle": f"{account.display_name}, {self._subtitle(result)}, {first} – {last}",
            "note": note,
            "headings": [self.env._("Debit"), self.env._("Credit"), self.env._("Balance")],
            "rows": [
                row(self.env._("Opening"), [None, None, pages["opening"]], True),
                *(
                    row(
                        " · ".join(
                            filter(
                                None,
                                (
                                    format_date(self.env, item["date"]),
                                    item["move_name"],
                                    item["partner"],
                                    item["label"],
                                ),
                            )
                        ),
                        [item["debit"], item["credit"], item["balance"]],
                    )
                    for item in items
                ),
                row(self.env._("Closing"), [None, None, closing], True),
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
        now = fields.Datetime.context_timestamp(self, fields.Datetime.now())
        at = f"{format_date(self.env, now.date())} {now:%H:%M}"
        notes.append(self.env._("Printed %(at)s", at=at))
        return " ".join(notes)
