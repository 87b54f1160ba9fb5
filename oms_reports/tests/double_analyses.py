"""Every cell of the analyses a second time: from the rows that it opens, or from those behind what
it was computed from."""

import statistics
from collections import defaultdict
from datetime import timedelta

from ..engine import forecast as forecasting
from ..engine import stock as engine

DAYS, WEEKS = 90, 104


def _quotient(part, whole, factor=100.0):
    return factor * part / whole if whole else None


def _forecast(name, factor=1.0):
    def compute(weeks):
        value = getattr(forecasting.forecast(weeks), name)
        return None if value is None else factor * value

    return compute


# {report: {column: how it follows from its inputs, by name}}
FORMULAS = {
    "cohorts": {
        f"month_{number}": lambda size, **month: _quotient(*month.values(), size)
        for number in range(1, 12)
    },
    "basket_pairs": {
        "support": lambda both, orders: _quotient(both, orders),
        "confidence": lambda both, first: _quotient(both, first),
        "confidence_back": lambda both, second: _quotient(both, second),
        "lift": lambda both, orders, first, second: both * orders / (first * second),
    },
    "demand_forecast": {
        "trend": lambda recent, before: _quotient(recent - before, before),
        "season": lambda last_year: last_year,
        "next": _forecast("value"),
        "wape": _forecast("wape", 100.0),
        "naive": _forecast("naive_wape", 100.0),
        "bias": _forecast("bias", 100.0),
        "xyz": lambda weeks: engine.xyz(weeks[-13:]) or "–",
    },
    "cash_tied": {"share": lambda amount, total: _quotient(amount, total)},
    "cash_days": {
        "days": lambda balance, flow, days: balance / (flow / days) if flow > 0 else None,
    },
    "integrity": {"difference": lambda expected, actual: actual - expected},
    "cash_stages": {"share": lambda amount, all: _quotient(amount, all) or 0.0},  # noqa: A006
}
TOTALS = {
    "ccc": lambda dso, dio, dpo: None if None in (dso, dio, dpo) else dso + dio - dpo,
    "I10": lambda compared, **wrong: len(wrong),
}


class DoubleAnalyses:
    """:param figures: the :class:`DoubleFigures` of the company
    :param scope: ``warehouse_id``: only this warehouse"""

    def __init__(self, figures, **scope):
        self.figures, self.env, self.scope = figures, figures.env, scope
        self.zone = self.env.company._oms_local_date
        self.today = figures.today
        self.monday = self.today - timedelta(days=self.today.weekday())

    def check(self, codes=None):
        for report in self.env["oms.analysis"].get_reports():
            if not codes or report["code"] in codes:
                self.check_report(report["code"])

    def check_report(self, code):
        days = str(self.figures.since), str(self.today)
        answer = self.env["oms.analysis"].get_report(code, *days, **self.scope)
        for row in answer["rows"]:
            for column, cell in zip(answer["columns"], row["cells"], strict=True):
                about = (code, row["label"], column["key"])
                names = cell.get("inputs", column.get("inputs"))
                if cell.get("domain") is not None:
                    self.equal(self.shown(cell), self.of_rows(code, column, row, cell), *about)
                if row.get("inputs") and names and cell["value"] not in (None, ""):
                    self.check_computed(code, column, row, cell, answer, names)

    def equal(self, shown, expected, *about):
        if isinstance(shown, str):
            self.figures.compared += 1
            self.figures.case.assertEqual(shown, expected, about)
        else:
            self.figures.equal(shown, expected, *about)

    def shown(self, cell):
        """A share that opens its numerator says how many that are."""
        return cell.get("n", cell["value"])

    # CELLS THAT OPEN THEIR ROWS

    def of_rows(self, code, column, row, cell):
        rows = self.rows(cell)
        key = column["key"]
        if "measure" in cell:
            return self.measured(rows, cell["measure"])
        if code == "cohorts":
            return len(rows.customer_id)
        if code == "stock_ageing" or rows._name == "stock.quant" and key == "amount":
            return self.worth(rows, row, code)
        if key in ("median", "p90"):
            hours = self.figures.column(rows._name, cell["domain"], "hours")
            part = {"median": 0.5, "p90": 0.9}[key]
            return self.figures.percentile(hours, part) if hours else None
        if key in ("orders", "stays"):
            return len(rows)
        if key == "four":
            return sum(rows.mapped("demand")) / 4
        sign = -1 if rows._name == "oms.pnl.line" or row.get("key") == "dpo" else 1
        return sign * sum(rows.mapped(self.measure(rows, key)))

    def measured(self, rows, measure):
        """The sum of a field, or minus it; without a field the number of rows."""
        if not measure:
            return len(rows)
        sign = -1 if measure.startswith("-") else 1
        return sign * sum(rows.mapped(measure.removeprefix("-")))

    def measure(self, rows, key):
        measures = {
            "account.move": "amount_total_signed",
            "account.move.line": "balance",
            "oms.held.money": "expected_net",
            "oms.open.item": "residual",
            "oms.pnl.line": "amount",
            "oms.report.demand": "demand",
            "oms.report.uninvoiced": "amount",
            "oms.report.stay": "waiting" if key == "waiting" else "amount_days",
            "stock.move": "value",
            "stock.quant": "quantity",
        }
        return measures[rows._name]

    def worth(self, quants, row, code):
        """Units at the cost of today: all, or those that are reserved, or that are not."""
        number = {"Stock, free": 1, "Stock, reserved for orders": 2}.get(row["label"])
        units = {
            None: lambda quant: quant.quantity,
            1: lambda quant: quant.quantity - quant.reserved_quantity,
            2: lambda quant: quant.reserved_quantity,
        }[number if code == "cash_tied" else None]
        cost = {product: product.standard_price for product in quants.product_id}
        amount = sum(units(quant) * cost[quant.product_id] for quant in quants)
        return self.env.company.currency_id.round(amount)

    # CELLS THAT ARE COMPUTED

    def check_computed(self, code, column, row, cell, answer, names):
        parts = {name: self.part(answer, row, name) for name in names}
        values = {name: self.value(name, part) for name, part in parts.items()}
        for name, value in values.items():
            shown = parts[name]["value"]
            told = value[-len(shown) :] if isinstance(shown, list) else value
            if name in ("ordered", "moved"):
                told = sum(told)
            shown, told = self.listed(shown), self.listed(told)
            self.equal(len(shown), len(told), code, row["label"], name, "length")
            for one, other in zip(shown, told, strict=False):
                self.equal(one, other, code, row["label"], column["key"], name)
        if code == "stock_cover":
            expected = self.cover(column["key"], values, answer, row)
        elif names == ["actual"]:
            expected = 0.0  # nothing may be there
        elif cell.get("inputs"):
            total = TOTALS.get(row.get("key"), lambda **amounts: sum(amounts.values()))
            expected = total(**values)
        elif column["key"] == "method":
            expected = self.env["oms.analysis"]._method_name(
                forecasting.forecast(values["weeks"]).method
            )
        else:
            expected = FORMULAS[code][column["key"]](**values)
        self.equal(cell["value"], expected, code, row["label"], column["key"])

    def listed(self, value):
        return value if isinstance(value, list) else [value]

    def part(self, answer, row, name):
        """An input of a row: what the report says of it, and what the row adds."""
        base = answer["inputs"].get(name, {})
        own = row["inputs"][name]
        domain = [*base.get("domain", []), *own.get("domain", [])]
        return {**base, **own, "domain": domain}

    def rows(self, part):
        context = {**part.get("context", {}), "active_test": False}
        rows = self.env[part["model"]].with_context(**context).search(part["domain"])
        if not rows._auto:
            rows.invalidate_recordset()  # a view is not told of what it is made from
        return rows

    def value(self, name, part):
        """What an input is, from its rows; what has none is taken as it stands."""
        if "model" not in part:
            return part["value"]
        rows = self.rows(part)
        if name == "moved":
            return self.by_day((self.zone(m.date), self.signed(m)) for m in rows)
        if "measure" not in part:
            return part["value"]  # a part of the total, which has its own row
        aggregate = part.get("aggregate", "sum")
        if aggregate == "distinct":
            return len(rows.mapped(part["measure"]))
        if aggregate == "sum":
            return self.measured(rows, part["measure"])
        units = [(self.zone(row.date_order), row[part["measure"]]) for row in rows]
        return self.by_day(units) if aggregate == "days" else self.by_week(units)

    def signed(self, move):
        units = move.product_uom._compute_quantity(
            move.quantity, move.product_id.uom_id, round=False
        )
        return units if self.inside(move.location_dest_id) else -units

    def inside(self, location):
        warehouse = self.scope.get("warehouse_id", location.warehouse_id.id)
        return location.usage == "internal" and location.warehouse_id.id == warehouse

    def by_day(self, units):
        """Newest first."""
        sums = [0.0] * DAYS
        for day, some in units:
            sums[(self.today - day).days] += some
        return sums

    def by_week(self, units):
        """Oldest first, from the first week with demand."""
        sums = [0.0] * WEEKS
        for day, some in units:
            sums[WEEKS - 1 - (self.monday - timedelta(days=1) - day).days // 7] += some
        begun = next((index for index, some in enumerate(sums) if some), 0)
        return sums[begun:]

    def letter(self, answer, product_id):
        """A, B or C of a product, from the order lines of all products."""
        source = answer["inputs"]["value"]
        if "letters" not in source:
            values = defaultdict(float)
            for line in self.rows(source):
                values[line.product_id.id] += line.value
            total = sum(filter(lambda value: value > 0, values.values()))
            letters, so_far = {}, 0.0
            for key in sorted(values, key=lambda key: (-values[key], key)):
                share = so_far / total if total else 1.0
                letters[key] = "A" if share < 0.8 else "B" if share < 0.95 else "C"
                if values[key] <= 0:
                    letters[key] = "C"
                so_far += max(values[key], 0.0)
            source["letters"] = letters
        return source["letters"].get(product_id, "C")

    def cover(self, key, values, answer, row):
        """A figure of a product's stock, from its units, moves and demand alone."""

        def known(name):
            if name not in values:
                values[name] = self.value(name, self.part(answer, row, name))
            return values[name]

        ordered, on_hand = known("ordered"), known("on_hand")
        if key == "class":
            weeks = [sum(ordered[start : start + 7]) for start in range(0, DAYS - 7, 7)]
            kits = self.rows(self.part(answer, row, "ordered")).kit_id.ids
            letter = min(self.letter(answer, key) for key in (row["key"], *kits))
            return letter + (engine.xyz(weeks) or "–")
        free = on_hand - known("reserved")
        cover = engine.cover(on_hand, free, known("moved"), ordered)
        if key != "reorder":
            return cover.days if key == "cover" else getattr(cover, key)
        deviation = statistics.pstdev(ordered)
        return engine.reorder(cover.daily, deviation, known("lead"), free + known("coming"))
