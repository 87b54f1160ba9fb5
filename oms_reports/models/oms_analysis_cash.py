from odoo import api, fields, models
from odoo.fields import Domain

from .oms_report_order import ARRIVED_STAGES
from .oms_report_stage import PROMISED_STAGES

HELD = ("cod", "marketplace")
# Something of an order may have left while the rest of it waits for stock.
ROAD_STAGES = PROMISED_STAGES


class OmsAnalysis(models.AbstractModel):
    """Where the money is tied, and for how long."""

    _inherit = "oms.analysis"

    @api.model
    def _reports(self):
        return {
            **super()._reports(),
            "cash_tied": "_report_cash_tied",
            "cash_days": "_report_cash_days",
            "cash_stages": "_report_cash_stages",
        }

    @api.model
    def _finance_reports(self):
        return (*super()._finance_reports(), "cash_tied", "cash_days")

    # TIED

    def _report_cash_tied(self, scope):
        """What is bound at each step between buying goods and having the money, as of now."""
        free, reserved = self._stock_values()
        sent = self._goods_values()
        steps = [
            (self.env._("Stock, free"), free, *self._stock_rows()),
            (self.env._("Stock, reserved for orders"), reserved, *self._stock_rows(reserved=True)),
            (
                self.env._("On the road, not invoiced"),
                sum(sent.get(code, 0.0) for code in ROAD_STAGES),
                *self._goods_rows(ROAD_STAGES),
            ),
            (
                self.env._("Delivered, not invoiced"),
                sum(sent.get(code, 0.0) for code in ARRIVED_STAGES),
                *self._goods_rows(ARRIVED_STAGES),
            ),
            *(
                (self._ageing_name(report), *self._open_amount(report))
                for report in ("receivable", *HELD)
            ),
        ]
        total = sum(amount for _name, amount, *_rows in steps)
        owed, *payable = self._open_amount("payable")
        payables = self.env._("Paid for by suppliers (payables)")
        parts = {f"step_{number}": self._tied_input(*step) for number, step in enumerate(steps)}
        financed = {**parts, "payable": self._tied_input(payables, owed, *payable)}
        return {
            "columns": [
                self._column("amount", self.env._("Tied"), "money"),
                self._column(
                    "share",
                    self.env._("Share"),
                    "percent",
                    self.env._("Amount of the row ÷ tied in all × 100"),
                    inputs=("amount", "total"),
                ),
            ],
            "inputs": {"total": self._input(self.env._("Tied in all"), "money")},
            "rows": [self._tied_row(step, total) for step in steps]
            + [
                self._tied_total(self.env._("Tied in all"), total, parts, total),
                self._row(
                    payables,
                    [self._tied_cell(owed, *payable), self._cell(None)],
                ),
                self._tied_total(self.env._("To be financed"), total + owed, financed),
            ],
        }

    def _tied_cell(self, amount, domain, model):
        money = self.env.company.currency_id.round
        return self._cell(money(amount), domain, model, **self._as_of(model))

    def _tied_input(self, name, amount, *rows):
        return {"name": name, "unit": "money", **self._tied_cell(amount, *rows)}

    def _tied_row(self, step, total):
        name, amount, *rows = step
        return self._row(
            name,
            [
                self._tied_cell(amount, *rows),
                self._cell(100.0 * amount / total if total else None),
            ],
            inputs={"amount": self._tied_input(*step), "total": {"value": total}},
        )

    def _tied_total(self, name, amount, parts, total=None):
        """A sum of rows above it, each of them with its rows."""
        money = self.env.company.currency_id.round
        return self._row(
            name,
            [
                self._cell(
                    money(amount), how=self.env._("Sum of these amounts"), inputs=list(parts)
                ),
                self._cell(100.0 if total else None, inputs=[]),
            ],
            level=0,
            strong=True,
            inputs=parts,
        )

    def _as_of(self, model):
        """Open items are read as of a day, which is in the context."""
        return {"context": {"oms_as_of": str(self._today())}} if model == "oms.open.item" else {}

    def _today(self):
        return self.env.company._oms_local_date(fields.Datetime.now())

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
        """Goods that left for customers of orders in these stages and are not invoiced."""
        domain = Domain("company_id", "=", self.env.company.id)
        return domain & Domain("stage_id.code", "in", stages), "oms.report.uninvoiced"

    def _goods_values(self):
        """Return ``{code of the stage: cost of what is sent and not invoiced}``."""
        domain, model = self._goods_rows(ROAD_STAGES + ARRIVED_STAGES)
        found = self.env[model]._read_group(domain, ["stage_id"], ["amount:sum"])
        return {stage.code: amount for stage, amount in found}

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
        # What is dated ahead belongs to days that have not come, as the balance does.
        until = max(fields.Date.add(last, days=1), scope.span.since)
        scope = scope._replace(span=scope.span._replace(until=until))
        owing = self._accounts("receivable")
        for name in HELD:
            owing |= self._accounts(name)
        invoiced, invoices = self._documents(scope, ("out_invoice", "out_refund"), 1)
        bought, bills = self._documents(scope, ("in_invoice", "in_refund"), -1)
        cost, costs = self._cost(scope)
        goods, owed = self._stock_accounts(), self._accounts("payable")
        figures = [
            ("dso", self.env._("DSO: days of sales not paid"), owing, invoiced, invoices, 1),
            ("dio", self.env._("DIO: days of stock"), goods, cost, costs, 1),
            ("dpo", self.env._("DPO: days of purchases not paid"), owed, bought, bills, -1),
        ]
        rows, cycle, total = [], {}, 0.0
        for key, name, accounts, flow, documents, sign in figures:
            balance = (-1 if key == "dpo" else 1) * self._balance(accounts, last)
            value = balance / (flow / days) if flow > 0 and days > 0 else None
            total = None if value is None or total is None else total + sign * value
            cycle[key] = {"name": name, "unit": "days", "value": value}
            parts = {
                "balance": (balance, *self._balance_rows(accounts, last)),
                "flow": (flow, *documents),
            }
            rows.append(self._days_row(key, name, value, parts, days))
        rows.append(
            self._row(
                self.env._("Cash conversion: DSO + DIO - DPO"),
                [self._cell(total, inputs=list(cycle)), self._cell(None), self._cell(None)],
                level=0,
                strong=True,
                key="ccc",
                inputs=cycle,
            )
        )
        return {
            "columns": [
                self._column(
                    "days",
                    self.env._("Days"),
                    "days",
                    self.env._("Balance at the end ÷ (in the period ÷ days of the period)"),
                    inputs=("balance", "flow", "days"),
                ),
                self._column("balance", self.env._("Balance at the end"), "money"),
                self._column("flow", self.env._("In the period"), "money"),
            ],
            "inputs": {
                "balance": self._input(self.env._("Balance at the end"), "money"),
                "flow": self._input(self.env._("In the period"), "money"),
                "days": self._input(self.env._("Days of the period"), "days"),
            },
            "rows": rows,
            "notes": []
            if total is not None
            else [self.env._("Where nothing was sold, bought or used there are no days to count.")],
        }

    def _days_row(self, key, name, value, parts, days):
        inputs = {
            part: {"value": amount, **self._behind(*rows)}
            for part, (amount, *rows) in parts.items()
        }
        inputs["days"] = {"value": days}
        cells = [self._cell(value), *(self._cell(*part) for part in parts.values())]
        return self._row(name, cells, key=key, inputs=inputs)

    def _accounts(self, report):
        return self.env["oms.statement"]._ageing_accounts(report)

    def _balance(self, accounts, day):
        return self.env["oms.statement"]._balance_on(accounts, fields.Date.to_string(day))

    def _balance_rows(self, accounts, day):
        """The journal items of a balance at the end of a day."""
        domain = Domain("company_id", "=", self.env.company.id)
        domain &= Domain("account_id", "in", accounts.ids) & Domain("date", "<=", str(day))
        return domain & Domain("parent_state", "=", "posted"), "account.move.line"

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
            return self._row(
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
                key=stage.code,
                inputs={
                    "amount": {"value": amount or 0.0, **self._behind(*where)},
                    "all": {"value": total},
                },
            )

        return {
            "columns": [
                self._column("amount_days", self.env._("Amount × days"), "money"),
                self._column(
                    "share",
                    self.env._("Share"),
                    "percent",
                    self.env._("Amount × days of the stage ÷ that of all stages × 100"),
                    inputs=("amount", "all"),
                ),
                self._column("median", self.env._("Median"), "hours"),
                self._column("p90", self.env._("P90"), "hours"),
                self._column("waiting", self.env._("Still there")),
                self._column("stays", self.env._("Stays")),
            ],
            "inputs": {
                "amount": self._input(
                    self.env._("Amount × days of the stage"), "money", measure="amount_days"
                ),
                "all": self._input(
                    self.env._("Amount × days of all stages"),
                    "money",
                    (domain, "oms.report.stay"),
                    "amount_days",
                    context={"group_by": ["stage_id"]},
                ),
            },
            "rows": [row(*values) for values in rows],
        }
