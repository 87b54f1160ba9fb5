"""What happens every night, day or week, whoever ordered: the money of the ordinary orders."""

from datetime import timedelta

from .ordinary import local_date, wib
from .shop import CHANNELS
from .theatre import Step, iso


def nights(since, now):
    day = local_date(since)
    while wib(day, 2) <= now:
        yield Step(wib(day, 2), "nightly", None)
        day += timedelta(days=1)


def payouts(hands, env, channel, since, now, weekdays):
    """What a marketplace (or the shop's own till) pays out on its days.

    `paid` remembers orders of channels whose money does not keep an order open.
    """
    paid = set()
    day = local_date(since) + timedelta(days=6)
    while wib(day, 8) <= now:
        if day.weekday() in weekdays:
            at = wib(day, 8)
            reference = f"{channel}-{day:%Y%m%d}"
            yield Step(
                at,
                "settle",
                lambda at=at, reference=reference: (
                    channel,
                    reference,
                    _payout_lines(env, channel, at, paid),
                    "matched",
                ),
            )
        day += timedelta(days=1)


def _payout_lines(env, channel, at, paid):
    escrow = CHANNELS[channel][3] == "escrow"
    orders = env["sale.order"].search(
        [
            ("oms_channel_id.code", "=", channel),
            ("oms_payment_policy", "=", "escrow" if escrow else "prepaid"),
            ("oms_blocker", "=", "payout_pending")
            if escrow
            else ("oms_stage_id.code", "=", "done"),
            ("oms_stage_since", "<", at - timedelta(hours=12)),
        ]
    )
    known = env["oms.settlement.line"].search([("order_id", "in", orders.ids)]).order_id
    paid.update(known.ids)
    orders = orders.filtered(lambda order: order.id not in paid and held_money(order))
    paid.update(orders.ids)
    return [payout_line(channel, order, at) for order in orders]


def held_money(order):
    """What the buyer paid through the channel and did not get back."""
    sign = {"inbound": 1, "outbound": -1}
    return sum(sign[payment.payment_type] * payment.amount for payment in order.oms_payment_ids)


def payout_line(channel, order, at, short=0):
    """What the channel pays for an order, in whole rupiah."""
    gross = round(held_money(order))
    fees = {
        "WEB": {"gateway": 4000},
        "KASIR": {},
    }.get(channel, {"commission": round(gross * 0.065), "service": round(gross * 0.03)})
    return {
        "order": order.oms_external_id,
        "gross": gross - short,
        "fees": fees,
        "net": gross - short - sum(fees.values()),
        "paid_at": iso(at),
    }


def remittances(env, since, now, courier="JNE", keep_hours=72):
    """Once a week a courier remits the cash that it collected, except the latest of it."""
    day = local_date(since) + timedelta(days=7)
    while wib(day, 9) <= now:
        if day.weekday() == 3:
            at = wib(day, 9)
            yield Step(
                at,
                "settle",
                lambda at=at, day=day: (
                    "WEB",
                    f"COD-{courier}-{day:%Y%m%d}",
                    _remitted_lines(env, at, keep_hours),
                    "matched",
                ),
            )
        day += timedelta(days=1)


def _remitted_lines(env, at, keep_hours):
    parcels = env["oms.shipment"].search(
        [
            ("order_id.oms_channel_id.code", "=", "WEB"),
            ("order_id.oms_blocker", "=", "cod_with_courier"),
            ("cod_amount", ">", 0),
            ("delivered_at", "<", at - timedelta(hours=keep_hours)),
        ]
    )
    return [_remitted(parcel, at) for parcel in parcels]


def _remitted(parcel, at):
    """The cash less what the courier keeps of it: 3 % for collecting it, and the freight."""
    cash = round(parcel.cod_amount)
    fees = {"cod_fee": round(cash * 0.03), "shipping": 9500}
    return {
        "resi": parcel.resi,
        "gross": cash,
        "fees": fees,
        "net": cash - sum(fees.values()),
        "paid_at": iso(at),
    }


def transfers(hands, since, now):
    """Buyers by telephone pay into the bank a day or more after they have the goods."""
    day = local_date(since) + timedelta(days=5)
    while wib(day, 14) <= now:
        at = wib(day, 14)
        yield Step(
            at,
            "collect",
            lambda at=at: hands.waiting_for("TELP", "awaiting_payment", at - timedelta(hours=30)),
        )
        day += timedelta(days=1)
