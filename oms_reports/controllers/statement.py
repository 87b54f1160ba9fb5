from werkzeug.exceptions import BadRequest, NotFound

from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.http import content_disposition, request

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class StatementController(http.Controller):
    @http.route("/oms/statement.xlsx", type="http", auth="user", readonly=True)
    def workbook(self, company_id=None, options=None):
        """A statement as a workbook; ``options`` are the arguments of ``oms.statement.get_table``.

        The company must be one of the user's, and the user a reader of the books: the environment
        and ``get_table`` refuse everything else.
        """
        statements = request.env["oms.statement"]
        try:
            company_id, arguments = statements._parse_arguments(company_id, options)
            statements = statements.with_context(allowed_company_ids=[company_id])
            table = statements.get_table(**arguments)
        except AccessError:
            raise
        except UserError as error:
            raise BadRequest(str(error)) from error
        return self._answer(statements.env, table)

    @http.route("/oms/statement/final/<int:final_id>.xlsx", type="http", auth="user", readonly=True)
    def final_workbook(self, final_id):
        """A final report as a workbook: the table as it was saved, whatever the ledger says now."""
        final = request.env["oms.statement.final"].browse(final_id).exists()
        if not final:
            raise NotFound
        final.check_access("read")
        return self._answer(final.with_company(final.company_id).env, final.table)

    def _answer(self, env, table):
        return request.make_response(
            env["report.oms_reports.report_statement"]._make_workbook(table),
            headers=[
                ("Content-Type", XLSX),
                ("Content-Disposition", content_disposition(f"{table['title']}.xlsx")),
            ],
        )
