from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine import period
from .oms_report_stage import FINAL_STAGES


class OmsReportDashboard(models.AbstractModel):
    """The owner's first page: every figure comes with the domain of the rows that add up to it."""

    _name = "oms.report.dashboard"
    _description = "OMS Dashboard"

    @api.model
    @api.readonly
    def get_data(self, company_ids=None):
        """Return everything that the dashboard shows, in a handful of queries.

        :param list company_ids: companies to add up; those of the caller's session by default
        :return: dict with

            * ``as_of`` (UTC), ``zone`` (of the first company), ``today``, ``has_channel``
            * ``stages``: ``[{id, code, name, description, target_hours, count, values,
              oldest_hours, late, domain, late_domain}]``; ``values`` is ``[{currency_id,
              amount}]``, one per currency, because amounts of different currencies have no sum;
              empty for who may not know what orders are worth
            * ``promises`` and ``held``: ``{count, domain}``, orders whose promise was missed, and
              orders that a hold stops
            * ``placed``: orders placed ``yesterday`` and on the ``same_weekday`` a week before
            * ``sales``: one block per currency (see ``_sales_blocks``); ``None`` for those who may
              not read the ledger
            * ``proof``: the latest ``{id, at, violation_count, messages}``, or ``None``
            * ``boards``: ``[{id, name}]`` of the spreadsheet dashboards that the caller may open
            * ``can``: what the caller may do, ``help``: the formula of each figure

        Domains are on ``sale.order`` for orders, ``oms.report.sales`` and ``account.move.line`` for
        amounts.
        :raise AccessError: the caller has no role in order management, or not that company
        """
        if not self.env.su and not self.env.user.has_group("oms_fulfillment.group_oms_user"):
            raise AccessError(
                self.env._(
                    "%(user)s may not open the dashboard. Ask for the role OMS: Reader.",
                    user=self.env.user.name,
                )
            )
        if company_ids:
            self = self.with_context(allowed_company_ids=company_ids)
        self.env["sale.order"]._oms_refresh_touched()
        now = fields.Datetime.now()
        zone = self._zone(self.env.company)
        today = self.env.company._oms_local_date(now)
        may_read_ledger = self.env["oms.report.sales"].has_access("read")
        return {
            "as_of": fields.Datetime.to_string(now),
            "zone": zone,
            "today": fields.Date.to_string(today),
            "companies": [
                {"id": company.id, "name": company.name} for company in self.env.companies
            ],
            "has_channel": self.env["oms.channel"]._is_active(),
            **self._stage_figures(now),
            "placed": self._placed_figures(now),
            "sales": self._sales_blocks(today) if may_read_ledger else None,
            "proof": self._proof_figures(),
            "boards": self._boards(),
            "can": {
                "open_orders": self.env["sale.order"].has_access("read"),
                "configure": self.env["oms.channel"].has_access("create"),
            },
            "help": self._formulas(),
        }

    def _boards(self):
        """The dashboards with trends, for questions that this page does not answer."""
        group = self.env.ref("oms_reports.dashboard_group_oms", raise_if_not_found=False)
        domain = [("dashboard_group_id", "=", group and group.id), ("is_published", "=", True)]
        boards = self.env["spreadsheet.dashboard"].search(domain)
        return [{"id": board.id, "name": board.name} for board in boards]

    def _zone(self, company):
        """The company's clock: days and months begin at its midnight."""
        return company.partner_id.tz or "UTC"

    def _formulas(self):
        """Return ``{figure: formula in words}``, the help texts of the fields of the reports."""
        formulas = {}
        for model in ("oms.report.stage", "oms.report.sales"):
            if self.env[model].has_access("read"):
                described = self.env[model].fields_get(attributes=["help"])
                formulas |= {name: field.get("help", "") for name, field in described.items()}
        return formulas

    # STAGES

    def _stage_figures(self, now):
        Report = self.env["oms.report.stage"]
        stages = self.env["oms.stage"].search([("code", "not in", FINAL_STAGES)])
        companies = self.env.companies
        measures = ("order_count", "late_count", "held_count", "promise_late_count")
        rows = Report._read_group(
            [("company_id", "in", companies.ids)],
            ["stage_id", "currency_id"],
            [f"{measure}:sum" for measure in measures] + ["value:sum", "oldest_since:min"],
        )
        figures = {
            stage: {**dict.fromkeys(measures, 0), "values": [], "oldest": None} for stage in stages
        }
        for stage, currency, *counts, value, oldest in rows:
            known = figures[stage]
            for measure, count in zip(measures, counts, strict=True):
                known[measure] += count
            if not Report._hides("value"):
                known["values"].append(
                    {"currency_id": currency.id, "amount": currency.round(value or 0.0)}
                )
            known["oldest"] = min(filter(None, (known["oldest"], oldest)), default=None)

        def domain(figure, stages):
            return list(Report._orders_domain(figure, stages, companies, now))

        return {
            "stages": [
                {
                    "id": stage.id,
                    "code": stage.code,
                    "name": stage.name,
                    "description": stage.description or "",
                    "target_hours": stage.sla_hours,
                    "count": known["order_count"],
                    "values": known["values"],
                    "oldest_hours": known["oldest"]
                    and (now - known["oldest"]).total_seconds() / 3600,
                    "late": known["late_count"],
                    "domain": domain("order_count", stage),
                    "late_domain": domain("late_count", stage),
                }
                for stage, known in figures.items()
            ],
            **{
                name: {
                    "count": sum(known[measure] for known in figures.values()),
                    "domain": domain(measure, stages),
                }
                for name, measure in (("promises", "promise_late_count"), ("held", "held_count"))
            },
        }

    # YESTERDAY

    def _placed_figures(self, now):
        """Orders placed yesterday against the same weekday a week before, by each company's day.

        Formula: orders by order date; cancelled ones are left out, and so are those that replace a
        return or were taken in exchange.
        """
        return {
            name: self._placed_on(days_ago, now)
            for name, days_ago in (("yesterday", 1), ("same_weekday", 8))
        }

    def _placed_on(self, days_ago, now):
        domain = self.env["sale.order"]._oms_placed_domain()
        by_company = []
        for company in self.env.companies:
            day = fields.Date.subtract(company._oms_local_date(now), days=days_ago)
            since, until = period.bounds(day, self._zone(company))
            by_company.append(
                Domain("company_id", "=", company.id)
                & Domain("date_order", ">=", fields.Datetime.to_string(since))
                & Domain("date_order", "<", fields.Datetime.to_string(until))
            )
        domain &= Domain.OR(by_company)
        # sudo: a count and a sum over the caller's companies, also for those who see no orders.
        Order = self.env["sale.order"].sudo()
        query = Order._search(domain)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT company.currency_id, COUNT(*),
                       SUM(sale.amount_total / COALESCE(NULLIF(sale.currency_rate, 0), 1))
                  FROM sale_order sale
                  JOIN res_company company ON company.id = sale.company_id
                 WHERE sale.id IN %s
              GROUP BY company.currency_id
                """,
                query.subselect(),
                to_flush=Order._fields["amount_total"],
            )
        )
        currencies = self.env["res.currency"].browse(row[0] for row in rows)
        return {
            "day": fields.Date.to_string(
                fields.Date.subtract(self.env.company._oms_local_date(now), days=days_ago)
            ),
            "count": sum(row[1] for row in rows),
            "values": []
            if self.env["oms.report.stage"]._hides("value")
            else [
                {"currency_id": currency.id, "amount": currency.round(float(row[2] or 0))}
                for currency, row in zip(currencies, rows, strict=True)
            ],
            "domain": list(domain),
        }

    # PROOF

    def _proof_figures(self):
        """The latest proof of each company together, as old as the oldest of them."""
        results = self.env["oms.proof.result"]._latest(self.env.companies)
        if not results:
            return None
        return {
            "id": results[0].id,
            "at": fields.Datetime.to_string(min(results.mapped("at"))),
            "violation_count": sum(results.mapped("violation_count")),
            "messages": results._messages()[:3],
        }
