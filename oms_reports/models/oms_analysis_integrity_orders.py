from odoo import fields, models
from odoo.fields import Domain

from .oms_analysis_integrity import Check, Rows


class OmsAnalysis(models.AbstractModel):
    """Integrity of what orders, goods and payouts say."""

    _inherit = "oms.analysis"

    def _integrity_stock(self):
        """The inventory in the ledger is what goods are worth, but for causes that have a row."""
        company = self.env.company
        differences = self.env["oms.stock.difference"].with_context(allowed_company_ids=company.ids)
        [bridge] = differences.bridge()
        mine = Domain("company_id", "=", company.id)
        moves = mine & Domain("state", "=", "done") & Domain("product_id.is_storable", "=", True)
        values = {}
        for side in ("is_in", "is_out"):
            # sudo: sums; bridge() has refused who may not read the ledger.
            [(value,)] = (
                self.env["stock.move"]
                .sudo()
                ._read_group(moves & Domain(side, "=", True), [], ["value:sum"])
            )
            values[side] = value or 0.0
        explained = sum(cause["amount"] for cause in bridge["causes"])
        parts = {
            "came": self._integrity_input(
                self.env._("Value of what came in"),
                values["is_in"],
                Rows(moves & Domain("is_in", "=", True), "stock.move", "value"),
            ),
            "left": self._integrity_input(
                self.env._("Value of what went out"),
                -values["is_out"],
                Rows(moves & Domain("is_out", "=", True), "stock.move", "-value"),
            ),
            "explained": self._integrity_input(
                self.env._("Differences, each with its cause"),
                explained,
                Rows(mine, "oms.stock.difference", "amount"),
            ),
        }
        return [
            Check(
                self.env._("inventory in the ledger = stock moves and explained differences"),
                bridge["ledger"] - bridge["unexplained"],
                bridge["ledger"],
                actual_rows=Rows(
                    self._posted(differences._valuation_accounts()), "account.move.line", "balance"
                ),
                inputs={"expected": parts},
            )
        ]

    def _integrity_figures(self):
        """A key figure of orders, taken from the documents and from its rows."""
        today = self._today()
        since = fields.Date.subtract(today, days=89)
        answer = self.env["oms.kpi"].get_figures(
            fields.Date.to_string(since),
            fields.Date.to_string(today),
            codes=["orders"],
            compare=False,
            company_ids=self.env.company.ids,
        )
        [figure] = answer["figures"]
        documents = self._placed_orders(since, today)
        return [
            Check(
                self.env._("orders of 90 days = their rows"),
                self.env["sale.order"].search_count(documents),
                figure["value"],
                Rows(documents, "sale.order"),
                Rows(figure["domain"], figure["model"], figure["measure"]),
                unit="count",
            )
        ]

    def _placed_orders(self, since, until):
        """The domain of the orders of channels of these days, as the documents say."""
        company = self.env.company
        domain = self.env["sale.order"]._oms_placed_domain()
        domain &= Domain("company_id", "=", company.id)
        begin, end = (
            fields.Datetime.to_string(company._oms_day_start(day))
            for day in (since, fields.Date.add(until, days=1))
        )
        return domain & Domain("date_order", ">=", begin) & Domain("date_order", "<", end)

    def _company_proof(self):
        # sudo: numbers for readers of the books; the proof names the documents.
        return self.env["oms.proof"].sudo().with_context(allowed_company_ids=self.env.company.ids)

    def _integrity_one_order(self):
        proof = self._company_proof()
        self.env.flush_all()
        shared = self.env.execute_query(proof._shared_items_query())
        rows = self._ids_rows("account.move.line", [item_id for _move, item_id, _n in shared])
        name = self.env._("invoice lines of more than one order")
        zero = self.env._(
            "What an invoice line earns must be of one order: of several, the first would have all."
        )
        return [Check(name, 0, len(shared), actual_rows=rows, unit="count", zero=zero)]

    def _integrity_settlements(self):
        """Settlements whose lines are not what their entries put into the bank."""
        wrong = self._company_proof()._check_settlement_banks()
        rows = self._ids_rows("oms.settlement", [violation["id"] for violation in wrong])
        name = self.env._("settlements that differ from the bank")
        zero = self.env._("The lines of a settlement must be what its entries put into the bank.")
        return [Check(name, 0, len(wrong), actual_rows=rows, unit="count", zero=zero)]

    def _integrity_orders(self):
        mine = [("company_id", "=", self.env.company.id)]
        [(by_order,)] = self.env["oms.order.pnl"]._read_group(mine, [], ["contribution:sum"])
        on_orders = [*mine, ("channel_id", "!=", False)]
        [(by_rows,)] = self.env["oms.pnl.line"]._read_group(on_orders, [], ["contribution:sum"])
        return [
            Check(
                self.env._("contribution of all orders = their rows"),
                by_rows,
                by_order,
                Rows(on_orders, "oms.pnl.line", "contribution"),
                Rows(mine, "oms.order.pnl", "contribution"),
            )
        ]
