import io
from functools import cache

import xlsxwriter

from odoo import api, models

# Thousands as the reader's own spreadsheet writes them, negatives in brackets, nothing as a dash.
NUMBER = "#,##0{0};(#,##0{0});-"
MAX_SHEET_NAME = 31


class OmsStatementReport(models.AbstractModel):
    _name = "report.oms_reports.report_statement"
    _description = "Financial Statement on Paper"

    @api.model
    def _get_report_values(self, docids, data=None):
        """``data`` holds the arguments of ``oms.statement.get_table``, or the id of a final
        report, which is printed as it was saved."""
        if data.get("final"):
            final = self.env["oms.statement.final"].browse(int(data["final"]))
            final.check_access("read")
            return self._values_of_final(final)
        arguments = data.get("table")
        arguments = arguments if isinstance(arguments, dict) else {}
        return self._values(self.env["oms.statement"].get_table(**arguments), self.env.company)

    def _values_of_final(self, final):
        return self._values(final.table, final.company_id)

    def _values(self, table, company):
        return {
            "table": table,
            "company": company,
            "res_company": company,
            "format_amount": lambda amount, index: self._format_amount(
                amount, self._currencies(table, company)[index]
            ),
        }

    def _currencies(self, table, company):
        """The currency of each column: the company's, but where companies stand side by side."""
        ids = table.get("currency_ids") or company.currency_id.ids * len(table["headings"])
        return [self.env["res.currency"].browse(id_) for id_ in ids]

    def _format_amount(self, amount, currency):
        """``1.234`` and ``(1.234)``, in the number format of the user's language."""
        if amount is None:
            return ""
        if not amount:
            return "–"
        lang = self.env["res.lang"]._lang_get(self.env.user.lang or "en_US")
        text = lang.format(f"%.{currency.decimal_places}f", abs(amount), grouping=True)
        return f"({text})" if amount < 0 else text

    @api.model
    def _make_workbook(self, table):
        """Return a statement as the bytes of an .xlsx file: numbers as numbers."""
        output = io.BytesIO()
        numbers = [
            NUMBER.format("." + "0" * currency.decimal_places if currency.decimal_places else "")
            for currency in self._currencies(table, self.env.company)
        ]
        with xlsxwriter.Workbook(output, {"in_memory": True, "strings_to_formulas": False}) as book:
            sheet = book.add_worksheet(table["title"][:MAX_SHEET_NAME])
            sheet.write(0, 0, table["title"], book.add_format({"bold": True, "font_size": 14}))
            sheet.write(1, 0, table["subtitle"])
            sheet.write(2, 0, table["note"])
            heading = book.add_format({"bold": True, "align": "right"})
            sheet.write_row(4, 1, table["headings"], heading)
            style = cache(lambda **values: book.add_format(values))
            for index, row in enumerate(table["rows"], 5):
                label = style(bold=row["strong"], indent=row["level"])
                sheet.write_string(index, 0, row["label"], label)
                for column, amount in enumerate(row["amounts"]):
                    cell = style(bold=row["strong"], num_format=numbers[column])
                    sheet.write(index, column + 1, amount, cell)
            sheet.set_column(0, 0, 48)
            sheet.set_column(1, len(table["headings"]), 22)
            sheet.freeze_panes(5, 1)
        return output.getvalue()
