"""Sales and Customers: what is ordered where, by whom, and whether they come back."""

from .board import Board


def make():
    board = Board("sales")
    period = board.period("Period", "last_30_days")
    channel = board.filter("Channel", "oms.channel")
    warehouse = board.filter("Warehouse", "stock.warehouse")
    places = {channel: "channel_id", warehouse: "warehouse_id"}
    ordered = {period: "date_order:datetime", **places}
    orders = board.source("oms.report.order", "action_oms_report_order", ordered)
    goods = board.source("oms.report.goods", "action_oms_report_goods", ordered)
    delivered = board.source(
        "oms.report.goods",
        "action_oms_report_goods",
        {period: "delivered_at:datetime", **places},
        [["delivered", "!=", False]],
    )
    purchases = board.source("oms.report.purchase", "action_oms_report_purchase", ordered)
    customers = board.source("oms.report.customer", "action_oms_report_customer", {})
    _order_tiles(board, orders)
    _customer_tiles(board, purchases, delivered)
    board.end_tiles()
    _charts(board, orders, customers, period)
    _tables(board, goods, purchases)
    return board


def _order_tiles(board, orders):
    measures = ("amount", "orders", "units")
    sold = orders.where(["sold", "=", 1])
    now, before = sold.pivot(*measures), sold.pivot(*measures, back=1)

    def tile(title, top, bottom=None, **options):
        board.tile(title, now.term(top, bottom), before.term(top, bottom), **options)

    tile("Value of orders", "amount", unit="money", tint="money")
    tile("Orders sold", "orders")
    tile("Value of an order", "amount", "orders", unit="money", tint="money")
    tile("Units in an order", "units", "orders", unit="units")
    every, earlier = (orders.pivot("orders", "cancelled", back=back) for back in (0, 1))
    board.tile(
        "Cancelled",
        every.term("cancelled", "orders"),
        earlier.term("cancelled", "orders"),
        unit="percent",
        better="less",
        tint="risk",
    )


def _customer_tiles(board, purchases, delivered):
    measures = ("customer_id:count_distinct", "orders", "returning", "gap_days:avg")
    now, before = purchases.pivot(*measures), purchases.pivot(*measures, back=1)

    def tile(title, top, bottom=None, **options):
        board.tile(title, now.term(top, bottom), before.term(top, bottom), **options)

    tile("Customers", "customer_id:count_distinct")
    first = purchases.where(["returning", "=", 0])
    board.tile(
        "New customers",
        first.pivot("orders").term("orders"),
        first.pivot("orders", back=1).term("orders"),
    )
    tile("Repeat orders", "returning", "orders", unit="percent", tint="quality")
    tile("Days between orders", "gap_days:avg", unit="days", better="neither")
    back, earlier = (delivered.pivot("returned", "delivered", back=step) for step in (0, 1))
    board.tile(
        "Returned so far",
        back.term("returned", "delivered"),
        earlier.term("returned", "delivered"),
        unit="percent",
        better="less",
        tint="risk",
    )


def _charts(board, orders, customers, period):
    sold = orders.where(["sold", "=", 1])
    board.chart(
        "bar",
        "Value of orders by channel, 12 months",
        sold.without(period).where(["date_order", ">=", "today =1d -11m"]),
        ["date_order:month", "channel_id"],
        "amount",
        unit="money",
        stacked=True,
    )
    board.chart(
        "pie", "Value of orders by channel", sold, ["channel_id"], "amount", "money", "left"
    )
    board.chart(
        "bar",
        "Customers of all channels, whole history",
        customers,
        ["segment"],
        "customers",
        side="right",
        order="DESC",
    )


def _tables(board, goods, purchases):
    board.table(
        "Goods with the most value",
        goods.pivot("value", "ordered", "returned", rows=["product_id"], top="value"),
        ["Product", "Value", "Ordered", "Returned"],
    )
    board.table(
        "Customers with the most value",
        purchases.pivot("amount", "orders", rows=["customer_id"], top="amount"),
        ["Customer", "Value", "Orders"],
        side="right",
    )
