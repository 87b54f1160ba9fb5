from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from .oms_report_order import ARRIVED_STAGES

HELD = ("cod", "marketplace")
HORIZON = 30
ROAD_STAGES = ("tracking",)


class OmsAnalysis(models.AbstractModel):
    """Where the money is tied, for how long, and when it comes."""

    _inherit = "oms.analysis"

    @api.model
    def _reports(self):
        return {
            **super()._reports(),
            "cash_tied": "_report_cash_tied",
            "cash_days": "_report_cash_days",
            "cash_projection": "_report_cash_projection",
            "cash_stages": "_report_cash_stages",
        }

    @api.model
    def _finance_reports(self):
        return (*super()._finance_reports(), "cash_tied", "cash_days", "cash_projection")

    # TIED

    def _report_cash_tied(self, scope):
        """What is bound at each step between buying goods and having the money, as of now."""
        free, reserved = self._stock_values()
        steps = [
            (self.env._("Stock, free"), free, *self._stock_rows()),
            (self.env._("Stock, reserved for orders"), reserved, *self._stock_rows(reserved=True)),
            (
                self.env._("On the road, not invoiced"),
                self._goods_value(ROAD_STAGES),
                *self._goods_rows(ROAD_STAGES),
            ),
            (
                self.env._("Delivered, not invoiced"),
                self._goods_value(ARRIVED_STAGES),
                *self._goods_rows(ARRIVED_STAGES),
            ),
            *(
                (self._ageing_name(report), *self._open_amount(report))
                for report in ("receivable", *HELD)
            ),
        ]
        total = sum(amount for _name, amount, *_rows in steps)
        owed, *payable = self._open_amount("payable")
        money = self.env.company.currency_id.round
        return {
            "columns": [
                self._column("amount", self.env._("Tied"), "money"),
                self._column("share", self.env._("Share"), "percent"),
            ],
            "rows": [
                self._row(
                    name,
                    [
                        self._cell(money(amount), domain, model, **self._as_of(model)),
                        self._cell(100.0 * amount / total if total else None),
                    ],
                )
                for name, amount, domain, model in steps
            ]
            + [
                self._row(
                    self.env._("Tied in all"),
                    [self._cell(money(total)), self._cell(100.0 if total else None)],
                    level=0,
                    strong=True,
                ),
                self._row(
                    self.env._("Paid for by suppliers (payables)"),
                    [
                        self._cell(money(owed), *payable, **self._as_of("oms.open.item")),
                        self._cell(None),
                    ],
                ),
                self._row(
                    self.env._("To be financed"),
                    [self._cell(money(total + owed)), self._cell(None)],
                    level=0,
                    strong=True,
                ),
            ],
        }

    def _as_of(self, model):
        """Open items are read as of a day, which is in the context."""
        return {"context": {"oms_as_of": str(self._today())}} if model == "oms.open.item" else {}

    def _today(self):
        return self.env.company._oms_local_date(fields.Datetime.now())

    def _stock_rows(self, reserved=False):
        domain = Domain("company_id", "=", self.env.company.id)
        domain &= Domain("location_id.usage", "=", "internal") & Domain("owner_id", "=", False)
        return (domain & Domain("reserved_quantity", ">", 0) if reserved else domain), "stock.quant"

    def _stock_values(self):
        """Return the value at today's cost of free and of reserved units."""
        # sudo: readers of the books need no right on stock; the sum is what the report is about.
        Quant = self.env["stock.quant"].sudo()
        free = reserved = 0.0
        for product, units, held in Quant._read_group(
            self._stock_rows()[0], ["product_id"], ["quantity:sum", "reserved_quantity:sum"]
        ):
            cost = product.with_company(self.env.company).standard_price
            free += (units - held) * cost
            reserved += held * cost
        return free, reserved

    def _goods_rows(self, stages):
        """Moves to customers of goods of orders in these stages that are not invoiced."""
        domain = Domain("company_id", "=", self.env.company.id) & Domain("state", "=", "done")
        domain &= Domain("location_dest_id.usage", "=", "customer")
        domain &= Domain("sale_line_id.order_id.oms_stage_id.code", "in", stages)
        domain &= Domain("sale_line_id.qty_invoiced", "=", 0)
        return domain & Domain("sale_line_id.qty_delivered", ">", 0), "stock.move"

    def _goods_value(self, stages):
        # sudo: as for stock.
        [(value,)] = (
            self.env["stock.move"]
            .sudo()
            ._read_group(self._goods_rows(stages)[0], [], ["value:sum"])
        )
        return value or 0.0

    # OPEN ITEMS

    def _ageing_name(self, report):
        names = {
            "receivable": self.env._("Invoiced, not paid"),
            "cod": self.env._("COD at couriers"),
            "marketplace": self.env._("Held by marketplaces"),
            "payable": self.env._("To pay to suppliers"),
        }
        return names[report]

    def _open_rows(self, report):
        accounts = self.env["oms.statement"]._ageing_accounts(report)
        domain = Domain("company_id", "=", self.env.company.id)
        return domain & Domain("account_id", "in", accounts.ids), "oms.open.item"

    def _open_items(self):
        return self.env["oms.open.item"].with_context(oms_as_of=str(self._today()))

    def _open_amount(self, report):
        """Return ``(debit less credit still open, domain, model)``."""
        domain, model = self._open_rows(report)
        [(amount,)] = self._open_items()._read_group(domain, [], ["residual:sum"])
        return amount or 0.0, domain, model

    # DAYS

    def _report_cash_days(self, scope):
        """Days of sales, stock and purchases that are tied, from the ledger."""
        last = min(fields.Date.subtract(scope.span.until, days=1), self._today())
        days = (last - scope.span.since).days + 1
        owed = sum(self._balance(self._accounts(name), last) for name in ("receivable", *HELD))
        stock = self._balance(self._stock_accounts(), last)
        payable = -self._balance(self._accounts("payable"), last)
        invoiced, invoices = self._documents(scope, ("out_invoice", "out_refund"), 1)
        bought, bills = self._documents(scope, ("in_invoice", "in_refund"), -1)
        cost, costs = self._cost(scope)
        figures = [
            ("dso", self.env._("DSO: days of sales not paid"), owed, invoiced, invoices, 1),
            ("dio", self.env._("DIO: days of stock"), stock, cost, costs, 1),
            ("dpo", self.env._("DPO: days of purchases not paid"), payable, bought, bills, -1),
        ]
        rows, total = [], 0.0
        for key, name, balance, flow, domain, sign in figures:
            value = balance / (flow / days) if flow > 0 and days > 0 else None
            total = None if value is None or total is None else total + sign * value
            rows.append(
                {
                    **self._row(
                        name,
                        [self._cell(value), self._cell(balance), self._cell(flow, *domain)],
                    ),
                    "key": key,
                }
            )
        cycle = [self._cell(total), self._cell(None), self._cell(None)]
        name = self.env._("Cash conversion: DSO + DIO - DPO")
        rows.append({**self._row(name, cycle, level=0, strong=True), "key": "ccc"})
        return {
            "columns": [
                self._column("days", self.env._("Days"), "days"),
                self._column("balance", self.env._("Balance at the end"), "money"),
                self._column("flow", self.env._("In the period"), "money"),
            ],
            "rows": rows,
            "notes": []
            if total is not None
            else [self.env._("Where nothing was sold, bought or used there are no days to count.")],
        }

    def _accounts(self, report):
        return self.env["oms.statement"]._ageing_accounts(report)

    def _balance(self, accounts, day):
        return self.env["oms.statement"]._balance_on(accounts, fields.Date.to_string(day))

    def _stock_accounts(self):
        """The accounts in which goods are valued."""
        # sudo: the settings of product categories, for readers of the books.
        categories = self.env["product.category"].sudo().with_company(self.env.company)
        valued = categories.search([("property_stock_valuation_account_id", "!=", False)])
        return valued.property_stock_valuation_account_id

    def _documents(self, scope, kinds, sign):
        """Return ``(total with taxes, (domain, model))`` of posted documents of a period."""
        domain = Domain("company_id", "=", self.env.company.id) & Domain("state", "=", "posted")
        domain &= Domain("move_type", "in", kinds) & self._days_domain(scope)
        [(total,)] = self.env["account.move"]._read_group(domain, [], ["amount_total_signed:sum"])
        return sign * (total or 0.0), (domain, "account.move")

    def _days_domain(self, scope):
        return Domain("date", ">=", str(scope.span.since)) & Domain(
            "date", "<", str(scope.span.until)
        )

    def _cost(self, scope):
        domain = Domain("company_id", "=", self.env.company.id) & Domain("component", "=", "cogs")
        domain &= self._days_domain(scope)
        [(amount,)] = self.env["oms.pnl.line"]._read_group(domain, [], ["amount:sum"])
        return -(amount or 0.0), (domain, "oms.pnl.line")

    # PROJECTION

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
        cash = self._balance(self.env["oms.statement"]._cash_accounts(), today)
        net = [sum(cells[index]["value"] for _name, cells in flows) for index in range(len(spans))]
        after, running = [], cash
        for amount in net:
            running += amount
            after.append(self._cell(running, alert=running < 0))
        rows = [self._row(name, cells) for name, cells in flows]
        rows.append(
            self._row(self.env._("Change"), [self._cell(amount) for amount in net], 0, True)
        )
        rows.append(
            self._row(
                self.env._("Cash after it (now: %(cash)s)", cash=self._money(cash)), after, 0, True
            )
        )
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

    # WHICH STAGE COSTS MOST

    def _report_cash_stages(self, scope):
        """Money × days that orders spent in each stage: where the cash cycle is lost."""
        domain = self._scope_domain(scope, "entered_at")
        rows = self.env["oms.report.stay"]._read_group(
            domain,
            ["stage_id"],
            ["amount_days:sum", "hours_median:avg", "hours_p90:avg", "waiting:sum", "__count"],
            order="stage_id",
        )
        total = sum(row[1] or 0.0 for row in rows)
        most = max((row[1] or 0.0 for row in rows), default=0.0)

        def row(stage, amount, median, late, waiting, count):
            where = (domain & Domain("stage_id", "=", stage.id), "oms.report.stay")
            share = (amount or 0.0) / total if total else 0.0
            return {
                **self._row(
                    stage.name,
                    [
                        self._cell(amount or 0.0, *where, heat=share),
                        self._cell(100.0 * share),
                        self._cell(median, *where),
                        self._cell(late, *where),
                        self._cell(waiting, where[0] & Domain("waiting", "=", 1), where[1]),
                        self._cell(count, *where),
                    ],
                    strong=bool(most) and amount == most,
                ),
                "key": stage.code,
            }

        return {
            "columns": [
                self._column("amount_days", self.env._("Amount × days"), "money"),
                self._column("share", self.env._("Share"), "percent"),
                self._column("median", self.env._("Median"), "hours"),
                self._column("p90", self.env._("P90"), "hours"),
                self._column("waiting", self.env._("Still there")),
                self._column("stays", self.env._("Stays")),
            ],
            "rows": [row(*values) for values in rows],
        }
