"""Receivables and COD: who holds our money, since when. As of now."""

from .board import Board
from .source import Term

OLD = 14
# Customers who owe, and customers who paid before their invoice: one would hide the other.
OWED, PAID = ["residual", ">", 0], ["residual", "<", 0]


def make():
    board = Board("receivables")
    channel = board.filter("Channel", "oms.channel")
    courier = board.filter("Courier", "oms.courier")
    items = board.source(
        "oms.open.item",
        "action_oms_open_item",
        {channel: "channel_id", courier: "courier_id"},
    )
    kinds = {
        kind: items.where(["ageing", "=", kind])
        for kind in ("receivable", "payable", "cod", "marketplace")
    }
    _tiles(board, kinds)
    board.end_tiles()
    _charts(board, kinds)
    _tables(board, kinds)
    return board


def _tiles(board, kinds):
    overdue, old = ["days_due", ">", 0], ["days_held", ">", OLD]

    def tile(title, source, sign="", **options):
        term = Term(f"{sign}{source.pivot('residual').value('residual')}")
        board.tile(title, term, unit="money", **options)

    tile("Receivables", kinds["receivable"].where(OWED), tint="money")
    tile("Overdue", kinds["receivable"].where(OWED, overdue), tint="risk")
    tile("Paid in advance", kinds["receivable"].where(PAID), "-", tint="flow")
    tile("COD at couriers", kinds["cod"], tint="money")
    tile("COD over 14 days", kinds["cod"].where(old), tint="risk")
    tile("At marketplaces", kinds["marketplace"], tint="money")
    tile("There over 14 days", kinds["marketplace"].where(old), tint="risk")
    tile("Payables", kinds["payable"], "-", tint="money")
    tile("Payables overdue", kinds["payable"].where(overdue), "-", tint="risk")


def _charts(board, kinds):
    def chart(title, source, groups, side):
        stacked = len(groups) > 1
        board.chart("bar", title, source, groups, "residual", "money", side, stacked=stacked)

    owed = kinds["receivable"].where(OWED)
    chart("Receivables by days overdue", owed, ["due_age"], "left")
    chart("Receivables by channel", owed, ["channel_id", "due_age"], "right")
    chart("COD by courier and days", kinds["cod"], ["courier_id", "held_age"], "left")
    chart("At marketplaces, by days", kinds["marketplace"], ["channel_id", "held_age"], "right")


def _tables(board, kinds):
    measures = ("residual", "days_due:max")
    board.table(
        "Who owes most",
        kinds["receivable"].where(OWED).pivot(*measures, rows=["partner_id"], top="residual"),
        ["Customer", "Open", "Days late"],
    )
    board.table(
        "COD by courier",
        kinds["cod"].pivot("residual", "days_held:max", rows=["courier_id"], top="residual"),
        ["Courier", "Open", "Oldest days"],
        side="right",
    )
    board.records(
        "COD not handed over, the oldest first",
        kinds["cod"],
        [
            ("move_id", "Entry"),
            ("courier_id", "Courier"),
            ("order_id", "Order"),
            ("days_held", "Days"),
            ("channel_id", "Channel"),
            ("residual", "Open"),
        ],
        "-days_held",
    )
