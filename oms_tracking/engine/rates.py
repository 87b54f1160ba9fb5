"""Which offer to take: the price, the promise, and how the courier kept its promises before.

One number for each offer, in money: what it costs, plus what a day of waiting and a parcel that
does not arrive cost us. So the reasons can be said, and the weights are two amounts that a person
understands.
"""

from dataclasses import dataclass

# Without own history a courier counts as this good, and its history as this many parcels of it.
PRIOR_SHARE = 0.95
PRIOR_PARCELS = 20
UNKNOWN_DAYS = 7


@dataclass(frozen=True, slots=True)
class Offer:
    """
    :ivar key: what the caller calls it
    :ivar price: what the courier asks
    :ivar days: promised days ``(shortest, longest)`` or ``None``
    :ivar arrived: parcels of this lane that arrived in the period
    :ivar ended: parcels of this lane that ended in the period, whichever way
    :ivar own_days: days that they took (median), or ``None``
    """

    key: object
    price: float
    days: tuple | None = None
    arrived: int = 0
    ended: int = 0
    own_days: float | None = None


@dataclass(frozen=True, slots=True)
class Score:
    key: object
    total: float
    price: float
    expected_days: float
    share: float
    best_price: bool = False
    fastest: bool = False
    safest: bool = False


def expected_days(offer):
    """Our own experience, as far as there is any, and the longest day of the promise otherwise."""
    promised = offer.days[1] if offer.days else UNKNOWN_DAYS
    if offer.own_days is None:
        return float(promised)
    weight = offer.arrived / (offer.arrived + PRIOR_PARCELS)
    return weight * offer.own_days + (1 - weight) * promised


def arrival_share(offer):
    """The share of parcels that arrive: a few lucky ones prove nothing.

    >>> arrival_share(Offer("new", 0))
    0.95
    >>> round(arrival_share(Offer("bad", 0, arrived=0, ended=20)), 3)
    0.475
    """
    return (offer.arrived + PRIOR_SHARE * PRIOR_PARCELS) / (offer.ended + PRIOR_PARCELS)


def rank(offers, day_cost, loss_cost):
    """Return a :class:`Score` for each offer, the best first.

    :param day_cost: what one day of waiting costs
    :param loss_cost: what a parcel that does not arrive costs
    """
    scores = []
    for offer in offers:
        days, share = expected_days(offer), arrival_share(offer)
        total = offer.price + day_cost * days + loss_cost * (1 - share)
        scores.append((total, offer, days, share))
    if not scores:
        return []
    cheapest = min(offer.price for _total, offer, _days, _share in scores)
    fastest = min(days for _total, _offer, days, _share in scores)
    safest = max(share for _total, _offer, _days, share in scores)
    ranked = sorted(scores, key=lambda row: (row[0], row[1].price, str(row[1].key)))
    return [
        Score(
            offer.key,
            total,
            offer.price,
            days,
            share,
            best_price=offer.price == cheapest,
            fastest=days == fastest,
            safest=share == safest,
        )
        for total, offer, days, share in ranked
    ]
