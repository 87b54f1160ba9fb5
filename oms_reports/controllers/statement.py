import json

from werkzeug.exceptions import BadRequest

from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.http import content_disposition, request

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class StatementController(http.Controller):
    @http.route("/oms/statement.xlsx", type="http", auth="user", readonly=True)
    def workbook(self, company_id, options):
        """A statement as a workbook; ``options`` are the arguments of ``oms.statement.get_table``.

        The company must be one of the user's, and the user a reader of the books: the environment
        and ``get_table`` refuse everything else.
        """
        try:
            arguments = json.loads(options)
            statements = request.env["oms.statement"].with_context(
                allowed_company_ids=[int(company_id)]
            )
            table = statements.get_table(**arguments)
        except AccessError:
            raise
        except (TypeError, ValueError, UserError) as error:
            raise BadRequest(str(error)) from error
        report = statements.env["report.oms_reports.report_statement"]
        return request.make_response(
            report._make_workbook(table),
            headers=[
                ("Content-Type", XLSX),
                ("Content-Disposition", content_disposition(f"{table['title']}.xlsx")),
            ],
        )
