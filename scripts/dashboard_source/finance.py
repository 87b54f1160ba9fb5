"""Finance: what is left of sales, where it goes, and what the company has and owes."""

from .board import Board
from .source import Term

# Accounting formulas cost a query each: a handful of them, the rest are rows of the order P&L.
BALANCES = (
    ("Cash and bank", "asset_cash", ""),
    ("Receivables less advances", "asset_receivable", ""),
    ("Other current assets", "asset_current", ""),
    ("Payables", "liability_payable", "-"),
    ("Other current liabilities", "liability_current", "-"),
)
MONTH_END = "EOMONTH(TODAY(),-1)"


def make():
    board = Board("finance")
    period = board.period("Period", "last_30_days")
    channel = board.filter("Channel", "oms.channel")
    pnl = board.source(
        "oms.pnl.line", "action_oms_pnl_line", {period: "date", channel: "channel_id"}
    )
    proofs = board.source("oms.proof.result", "oms_fulfillment.action_oms_proof", {})
    board.alert_tile("Integrity: violations", proofs, "oms_reports.menu_oms_integrity")
    components = _tiles(board, pnl)
    board.end_tiles()
    _charts(board, pnl, period)
    _tables(board, pnl, components)
    return board


def balance(kind, day, sign=""):
    return f'{sign}ODOO.BALANCE(ODOO.ACCOUNT.GROUP("{kind}"),{day})'


def _tiles(board, pnl):
    measures = ("amount", "net_sales", "contribution")
    now = pnl.pivot(*measures, rows=["component"])
    before = pnl.pivot(*measures, rows=["component"], back=1)

    def tile(title, top, bottom=None, **options):
        board.tile(title, now.term(top, bottom), before.term(top, bottom), **options)

    def cost(title, component, bottom=None, **options):
        found = (
            Term(
                f"-{pivot.value('amount', 'component', component)}", bottom and pivot.value(bottom)
            )
            for pivot in (now, before)
        )
        board.tile(title, *found, better="less", tint="risk", **options)

    tile("Net sales", "net_sales", unit="money", tint="money")
    tile("Contribution", "contribution", unit="money", tint="money")
    tile("Contribution %", "contribution", "net_sales", unit="percent", tint="quality")
    tile("Profit in the ledger", "amount", unit="money", tint="money")
    cost("Cost of goods %", "cogs", "net_sales", unit="percent")
    cost("Channel fees %", "channel_fee", "net_sales", unit="percent")
    cost("Courier costs", "courier", unit="money")
    cost("Returned, lost goods", "writeoff", unit="money")
    board.tile(
        "Cash and bank today",
        Term(balance("asset_cash", "TODAY()")),
        Term(balance("asset_cash", MONTH_END)),
        unit="money",
        tint="money",
        words="vs. last month end",
    )
    return now


def _charts(board, pnl, period):
    board.chart(
        "waterfall",
        "From gross sales to profit",
        pnl,
        ["component"],
        "amount",
        unit="money",
        showSubTotals=True,
        showConnectorLines=True,
    )
    board.chart(
        "bar",
        "Contribution by channel",
        pnl.where(["component", "!=", "other"]),
        ["channel_id"],
        "contribution",
        unit="money",
        side="left",
        order="DESC",
    )
    year = pnl.without(period).where(["date", ">=", "today =1d -11m"])
    board.chart(
        "bar",
        "Contribution by month, 12 months",
        year.where(["component", "!=", "other"]),
        ["date:month"],
        "contribution",
        unit="money",
        side="right",
    )


def _tables(board, pnl, components):
    board.table("Order P&L", components, ["Component", "Amount"], rows=12)
    board.formulas(
        "What the company has and owes",
        ["Accounts", "Today", "Month end"],
        [
            (words, balance(kind, "TODAY()", sign), balance(kind, MONTH_END, sign))
            for words, kind, sign in BALANCES
        ],
        side="right",
    )
    share = (("share", "=IFERROR('contribution:sum'/'net_sales:sum',\"\")"),)
    channels = pnl.pivot(
        "net_sales", "contribution", rows=["channel_id"], top="net_sales", computed=share
    )
    board.table(
        "Channels", channels, ["Channel", "Net sales", "Contribution", "%"], rows=8, side="left"
    )
