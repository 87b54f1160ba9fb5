from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain

HORIZON = 30


class OmsAnalysis(models.AbstractModel):
    """When the money comes, and what is left of it."""

    _inherit = "oms.analysis"

    @api.model
    def _reports(self):
        return {**super()._reports(), "cash_projection": "_report_cash_projection"}

    @api.model
    def _finance_reports(self):
        return (*super()._finance_reports(), "cash_projection")

    def _report_cash_projection(self, scope):
        """Cash of the next 30 days, from due dates and the channels' terms of payout."""
        today = self._today()
        edges = [None, *(today + timedelta(days=days) for days in (0, 7, 14, 21, HORIZON))]
        spans = list(zip(edges, edges[1:], strict=False))
        flows = [
            (self._ageing_name("receivable"), self._due_cells("receivable", spans)),
            (self.env._("Payouts of couriers and marketplaces"), self._payout_cells(spans)),
            (self._ageing_name("payable"), self._due_cells("payable", spans)),
        ]
        rows = [self._row(name, cells) for name, cells in flows]
        rows += [self._change_row(flows), self._cash_row(flows, today)]
        return {
            "columns": [self._column("overdue", self.env._("Overdue"), "money")]
            + [
                self._column(
                    f"until_{until}",
                    self.env._(
                        "%(since)s – %(until)s",
                        since=self._day(since),
                        until=self._day(until - timedelta(days=1)),
                    ),
                    "money",
                )
                for since, until in spans[1:]
            ],
            "rows": rows,
        }

    def _change_row(self, flows):
        """What the rows above add up to."""
        cells, inputs = [], {}
        for index, parts in enumerate(zip(*(cells for _name, cells in flows), strict=True)):
            names = [f"flow_{number}_{index}" for number in range(len(flows))]
            for name, (label, _cells), part in zip(names, flows, parts, strict=True):
                inputs[name] = {"name": label, "unit": "money", **part}
            amount = sum(part["value"] for part in parts)
            cells.append(self._cell(amount, how=self.env._("Sum of these amounts"), inputs=names))
        return self._row(self.env._("Change"), cells, 0, True, inputs=inputs)

    def _cash_row(self, flows, today):
        """Cash of today and all that comes and goes up to the end of each column."""
        accounts = self.env["oms.statement"]._cash_accounts()
        cash = self._balance(accounts, today)
        inputs = {
            "cash": {
                "name": self.env._("Cash now"),
                "unit": "money",
                "value": cash,
                **self._behind(*self._balance_rows(accounts, today)),
            }
        }
        cells, running = [], cash
        for index, amounts in enumerate(zip(*(cells for _name, cells in flows), strict=True)):
            change = sum(cell["value"] for cell in amounts)
            name = self.env._("Change, column %(number)s", number=index + 1)
            inputs[f"change_{index}"] = {"name": name, "unit": "money", "value": change}
            running += change
            how = self.env._("Cash now and all changes up to here")
            cells.append(self._cell(running, alert=running < 0, how=how, inputs=list(inputs)))
        label = self.env._("Cash after it (now: %(cash)s)", cash=self._money(cash))
        return self._row(label, cells, 0, True, inputs=inputs)

    def _day(self, day):
        return f"{day:%d/%m}"

    def _money(self, amount):
        return self.env.company.currency_id.format(amount)

    def _between(self, field, since, until):
        domain = Domain(field, "<", str(until))
        return domain & Domain(field, ">=", str(since)) if since else domain

    def _due_cells(self, report, spans):
        rows, model = self._open_rows(report)
        cells = []
        for since, until in spans:
            domain = rows & self._between("date_maturity", since, until)
            [(amount,)] = self._open_items()._read_group(domain, [], ["residual:sum"])
            cells.append(self._cell(amount or 0.0, domain, model, **self._as_of(model)))
        return cells

    def _payout_cells(self, spans):
        rows = Domain("company_id", "=", self.env.company.id)
        cells = []
        for since, until in spans:
            domain = rows & self._between("due", since, until)
            [(amount,)] = self.env["oms.held.money"]._read_group(domain, [], ["expected_net:sum"])
            cells.append(self._cell(amount or 0.0, domain, "oms.held.money"))
        return cells
