"""What a posted journal item is to an order: the words of the order P&L, and its sums.

No database here. Every item has one component exactly; all components together are the ledger's
profit, and all but ``other`` are the contribution of the orders.
"""

COMPONENTS = (
    "sales",
    "discount",
    "refund",
    "shipping",
    "cogs",
    "courier",
    "channel_fee",
    "payment_fee",
    "writeoff",
    "claim",
    "other",
)
NET_SALES = ("sales", "discount", "refund")
CONTRIBUTION = tuple(code for code in COMPONENTS if code != "other")

# Families of fees in settlements that are not the channel's own commission, as files name them.
FEE_FAMILIES = {
    "payment_fee": (
        "cod",
        "cod_fee",
        "gateway",
        "payment",
        "payment_fee",
        "transaction",
        "transaction_fee",
    ),
    "courier": (
        "courier",
        "ongkir",
        "return_shipping",
        "shipping",
        "shipping_fee",
        "weight",
        "weight_correction",
    ),
    "claim": ("claim", "compensation"),
}


def contribution(amounts):
    """Return the contribution of ``{component: income positive, costs negative}``."""
    return sum(amounts.get(code, 0.0) for code in CONTRIBUTION)


def net_sales(amounts):
    """Return sales less discounts and refunds."""
    return sum(amounts.get(code, 0.0) for code in NET_SALES)


def percent(part, whole):
    """Return ``part`` in percent of ``whole``; ``None`` where there is nothing to compare with."""
    return 100.0 * part / whole if whole else None


def expected(posted, revenue, unit_costs, fee_percent, courier_cost):
    """Return what the ledger does not know yet of an open order, as ``{component: amount}``.

    :param dict posted: ``{component: amount}`` in the ledger
    :param dict revenue: ``{component: amount}`` of what is still to be invoiced
    :param list unit_costs: ``[(units, cost per unit or 0)]`` of goods still to be invoiced
    :param float fee_percent: share of the net sales that the channel is expected to keep
    :param float courier_cost: what the parcels cost
    """
    result = {code: amount for code, amount in revenue.items() if amount}
    result["cogs"] = -sum(units * cost for units, cost in unit_costs)
    if not posted.get("channel_fee"):
        sold = net_sales(posted) + net_sales(revenue)
        result["channel_fee"] = -sold * fee_percent / 100
    if not posted.get("courier"):
        result["courier"] = -courier_cost
    return result
