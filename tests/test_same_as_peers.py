"""The same ledger, read by our statements and by the reports that people would install instead.

Income statement and balance sheet against `mis_builder`, trial balance and general ledger against
`account_financial_report`, in one database: some hundred entries of three fiscal years on every
type of account, a foreign currency, drafts, reversals and days at the edges of months and years.
"""

import oms_dev as dev
import peers
import pytest

LEDGER = """
import random
from datetime import date, timedelta
from odoo import Command

FIRST, LAST = date(2023, 1, 1), date(2025, 12, 31)
dice = random.Random({seed})
rupiah = env.ref("base.IDR")
(rupiah | env.ref("base.USD")).active = True
company = env["res.company"].create(
    {{
        "name": "Compared",
        "currency_id": rupiah.id,
        "fiscalyear_last_month": {last_month!r},
        "fiscalyear_last_day": 31,
    }}
)
env["account.chart.template"].try_loading("generic_coa", company=company, install_demo=False)
company.currency_id = rupiah
env = env(context=dict(env.context, allowed_company_ids=company.ids, tracking_disable=True))
env["res.currency.rate"].create(
    [
        {{
            "currency_id": env.ref("base.USD").id,
            "company_id": company.id,
            "name": f"{{year}}-01-01",
            "rate": 1 / (14000 + 777 * (year - 2022)),
        }}
        for year in (2023, 2024, 2025)
    ]
)
accounts = env["account.account"].search([("company_ids", "in", company.ids)])
types = [kind for kind, _name in env["account.account"]._fields["account_type"].selection]
missing = set(types) - set(accounts.mapped("account_type")) - {{"off_balance", "equity_unaffected"}}
accounts |= env["account.account"].create(
    [
        {{"code": f"99{{number:04}}", "name": kind, "account_type": kind}}
        for number, kind in enumerate(sorted(missing))
    ]
)
usable = accounts.filtered(lambda account: account.account_type != "off_balance")
journal = env["account.journal"].search(
    [("type", "=", "general"), ("company_id", "=", company.id)], limit=1
)
partners = env["res.partner"].create([{{"name": f"Partner {{n}}"}} for n in range(5)])
edges = [date(y, m, d) for y in (2023, 2024, 2025) for m, d in ((1, 1), (12, 31), (3, 31), (4, 1))]


def entry():
    day = dice.choice(edges)
    if dice.random() < 0.7:
        day = FIRST + timedelta(days=dice.randrange((LAST - FIRST).days + 1))
    foreign = dice.random() < 0.2
    items, rest = [], 0.0
    for number in range(dice.randint(1, 4)):
        amount = round(dice.uniform(-5e6, 5e6), dice.choice((0, 2)))
        rest -= amount
        items.append(amount)
    items.append(round(rest, 2))
    return {{
        "move_type": "entry",
        "journal_id": journal.id,
        "date": day,
        "line_ids": [
            Command.create(
                {{
                    "account_id": dice.choice(usable).id,
                    "partner_id": dice.choice(partners).id,
                    "name": "Item",
                    "balance": amount,
                    **(
                        {{
                            "currency_id": env.ref("base.USD").id,
                            "amount_currency": round(amount / 15000, 2),
                        }}
                        if foreign
                        else {{}}
                    ),
                }}
            )
            for amount in items
        ],
    }}


moves = env["account.move"].create([entry() for _number in range({entries})])
posted = moves.filtered(lambda move: dice.random() < 0.95)
posted._post(soft=False)
posted[:10]._reverse_moves([{{"date": date(2025, 6, 30)}}] * 10, cancel=False)._post(soft=False)
env.flush_all()
"""

COMPARE = """
RESULTS = (
    "income",
    "income_other",
    "expense",
    "expense_direct_cost",
    "expense_depreciation",
    "expense_other",
)
POSITIONS = [kind for kind in types if kind not in (*RESULTS, "off_balance")]
# first day, last day, how many such periods before it
PERIODS = [
    ("2025-12-01", "2025-12-31", 12),
    ("2025-01-01", "2025-12-31", 2),
    ("2024-02-29", "2025-03-31", 1),
    ("2024-04-01", "2025-03-31", 1),
    ("2023-12-31", "2024-01-01", 0),
]
statements = env["oms.statement"]
theirs = Theirs(env)
signs = {{
    (line.statement, line.code): int(line.sign) for line in env["oms.statement.line"].search([])
}}
kinds = {{account.id: account.account_type for account in accounts}}
result = {{"compared": 0, "different": [], "items": 0}}


def same(what, mine, other):
    result["compared"] += 1
    if abs(mine - other) > 0.005:
        result["different"].append(f"{{what}}: {{mine}} here, {{other}} there")


def in_one_year(since, until):
    years = [company.compute_fiscalyear_dates(date.fromisoformat(day)) for day in (since, until)]
    return years[0] == years[1]


def by_type(statement):
    "Debit less credit of the account types, per column, from the rows of the accounts."
    sums = {{}}
    for row in statement["lines"]:
        for account in row["accounts"]:
            there = sums.setdefault(kinds[account["id"]], [0.0] * len(statement["columns"]))
            for number, amount in enumerate(account["amounts"]):
                there[number] += signs[statement["statement"], row["code"]] * amount
        if row["code"] == "earnings_before":
            # Theirs are one: profits of earlier years, and what was booked on their account.
            there = sums.setdefault("equity_unaffected", [0.0] * len(statement["columns"]))
            for number, amount in enumerate(row["amounts"]):
                there[number] -= amount
    return sums


def amount(statement, code, number):
    return next(row for row in statement["lines"] if row["code"] == code)["amounts"][number]


for since, until, more in PERIODS:
    income = statements.get_statement("income", since, until, "previous", more)
    balance = statements.get_statement("balance", since, until, "previous", more)
    days = [(column["date_from"], column["date_to"]) for column in income["columns"]]
    movement = theirs.statement(RESULTS, "balp", days)()
    ended = theirs.statement(POSITIONS, "bale", days)()
    nothing = [0.0] * len(days)
    for statement, there in ((income, movement), (balance, ended)):
        mine = by_type(statement)
        for kind, amounts in there.items():
            for number, other in enumerate(amounts):
                if kind == "equity_unaffected" and not in_one_year(*days[number]):
                    # Theirs divides the profits by the year of the first day, ours by the last's.
                    continue
                same(f"{{kind}} of {{days[number]}}", mine.get(kind, nothing)[number], other)
    for number, period in enumerate(days):
        profit = -sum(amounts[number] for amounts in movement.values())
        same(f"net profit of {{period}}", amount(income, "net_profit", number), profit)
        assets = sum(
            amounts[number] for kind, amounts in ended.items() if kind.startswith("asset")
        )
        same(f"assets after {{period}}", amount(balance, "assets", number), assets)
        same(f"claims after {{period}}", amount(balance, "claims", number), assets)

    trial = statements.get_trial_balance(since, until)
    other = theirs.trial_balance(since, until)()
    columns = ("opening", "debit", "credit", "closing")
    mine = {{row["id"]: [row[name] for name in columns] for row in trial["rows"]}}
    # They add the earnings of earlier years to the account of unallocated earnings.
    earlier = mine.pop(False, [0.0] * 4)
    unaffected = accounts.filtered(lambda account: account.account_type == "equity_unaffected").id
    own = mine.get(unaffected, [0.0] * 4)
    mine[unaffected] = [a + b for a, b in zip(own, earlier, strict=True)]
    for account in set(mine) | set(other):
        for name, here, there in zip(
            columns, mine.get(account, [0.0] * 4), other.get(account, [0.0] * 4), strict=True
        ):
            same(f"{{name}} of account {{account}} in {{since}} - {{until}}", here, there)

    ledger = theirs.ledger(usable, since, until)()
    for account in usable.filtered(lambda account: account.account_type != "equity_unaffected"):
        mine = statements.get_ledger(account.id, since, until, limit=1000)
        opening, items = ledger.get(account.id, (0.0, []))
        same(f"opening of {{account.code}} on {{since}}", mine["opening"], opening)
        here = {{item["id"]: item for item in mine["items"]}}
        there = {{item for _day, item, _balance in items}}
        assert set(here) == there, account.display_name
        result["items"] += len(here)
        # Both add up day by day, but the order within a day is their own.
        after = {{day: balance for day, _item, balance in items}}
        for day, balance in {{item["date"]: item["balance"] for item in here.values()}}.items():
            same(f"balance of {{account.code}} after {{day}}", balance, after[day])
"""


@pytest.fixture(scope="module")
def database():
    """A database with our addons and theirs."""
    with dev.fresh_database(dev.FULL) as name:
        try:
            peers.install(name, log=dev.LOGS / "peers-install.log")
        except peers.NotThere as error:
            pytest.skip(f"the packages to compare with can't be fetched: {error}")
        yield name


@pytest.mark.parametrize(("seed", "last_month"), [(1, "12"), (2, "3")])
def test_the_figures_are_the_same(database, seed, last_month):
    ledger = LEDGER.format(seed=seed, last_month=last_month, entries=400)
    code = ledger + peers.THEIRS + COMPARE.format()
    result, _bad = dev.shell(
        database, code, log=dev.LOGS / "peers-compare.log", extra=[peers.addons_path()]
    )
    assert not result["different"], "\n".join(result["different"][:20])
    assert result["compared"] > 1000
    assert result["items"] > 1000
