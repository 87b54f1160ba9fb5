"""Operations: what is where now, what is late, and how fast and well the house works."""

from .board import Board

# Stages in which a promise to the customer is still to be kept (oms_report_stage.py).
PROMISED = ["placement", "processing", "inventory_check", "fulfillment", "tracking"]


def make():
    board = Board("operations")
    period = board.period("Period", "last_30_days")
    channel = board.filter("Channel", "oms.channel")
    warehouse = board.filter("Warehouse", "stock.warehouse")
    places = {channel: "channel_id", warehouse: "warehouse_id"}
    stages = board.source("oms.report.stage", "action_oms_report_stage", places)
    orders = board.source(
        "oms.report.order", "action_oms_report_order", {period: "date_order:datetime", **places}
    )
    stays = board.source(
        "oms.report.stay", "action_oms_report_stay", {period: "entered_at:datetime", **places}
    )
    proofs = board.source("oms.proof.result", "oms_fulfillment.action_oms_proof", {})
    _now(board, stages, proofs)
    _period(board, orders)
    board.end_tiles()
    _charts(board, stages, stays, orders)
    _tables(board, orders, period)
    board.link("What is to be done now", "oms_reports.menu_oms_dashboard")
    return board


def _now(board, stages, proofs):
    board.alert_tile("Integrity: violations", proofs, "oms_reports.menu_oms_integrity")
    now = stages.pivot("order_count", "late_count", "held_count", "promise_late_count", "value")
    board.tile(
        "Open orders now",
        now.term("order_count"),
        beside=(now.value("late_count"), "past target"),
    )
    board.tile("On hold now", now.term("held_count"), tint="risk")
    board.tile("Promises missed now", now.term("promise_late_count"), tint="risk")
    board.tile("Value of open orders", now.term("value"), unit="money", tint="money")


def _period(board, orders):
    measures = (
        "orders",
        "ship_due",
        "shipped_on_time",
        "promise_due",
        "otif",
        "cancelled",
        "hours_to_ship:avg",
    )
    now, before = orders.pivot(*measures), orders.pivot(*measures, back=1)

    def tile(title, top, bottom=None, **options):
        board.tile(title, now.term(top, bottom), before.term(top, bottom), **options)

    tile("Orders", "orders")
    tile("Shipped on time", "shipped_on_time", "ship_due", unit="percent", tint="quality")
    tile("On time, in full", "otif", "promise_due", unit="percent", tint="quality")
    tile("Order to hand-over", "hours_to_ship:avg", unit="hours", better="less", tint="quality")
    tile("Cancelled", "cancelled", "orders", unit="percent", better="less", tint="risk")


def _charts(board, stages, stays, orders):
    board.chart(
        "bar", "Open orders by stage, now", stages, ["stage_id"], "order_count", side="left"
    )
    board.chart(
        "bar", "Median hours in each stage", stays, ["stage_id"], "hours_median", side="right"
    )
    board.chart("bar", "Orders by day", orders, ["date_order:day"], "orders")


def _tables(board, orders, period):
    rates = (
        ("on time", "=IFERROR('shipped_on_time:sum'/'ship_due:sum',\"\")"),
        ("in full", "=IFERROR('otif:sum'/'promise_due:sum',\"\")"),
    )
    hidden = ("ship_due", "shipped_on_time", "promise_due", "otif")
    headings = ["Orders", "On time", "In full"]
    for title, heading, field, side in (
        ("Channels", "Channel", "channel_id", "left"),
        ("Warehouses", "Warehouse", "warehouse_id", "right"),
    ):
        pivot = orders.pivot("orders", rows=[field], top="orders", computed=rates, hidden=hidden)
        board.table(title, pivot, [heading, *headings], rows=8, side=side)
    missed = orders.without(period).where(
        ["stage_id.code", "in", PROMISED], ["promised_now", "<", "now"]
    )
    board.records(
        "Promises missed, the oldest first",
        missed,
        [
            ("order_id", "Order"),
            ("channel_id", "Channel"),
            ("stage_id", "Stage"),
            ("amount", "Amount"),
            ("promised_now", "Promised"),
            ("partner_id", "Customer"),
        ],
        "promised_now",
    )
