"""What may come back, until when, and who pays for it.

Plain arithmetic on plain values. The policy of a product is looked up from the most specific to the
least: the nearest of its categories before none; within each, its channel before any channel. No
two policies have the same scope, so there is never a tie.
"""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from .refund import ZERO, rounded

DELIVERY = "delivery"
ACCEPTANCE = "acceptance"

# Who pays the fees of a return.
BY_FAULT = "fault"
CUSTOMER = "customer"
SHOP = "shop"


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules for goods of one category, sold through one channel; ``None`` means any.

    :ivar allowed: whether these goods may come back at all
    :ivar days: how long after ``start`` a return may be asked for
    :ivar start: what starts the window: ``delivery``, or ``acceptance`` once there is one
    :ivar reasons: ids of the reasons that are accepted, or ``None`` for all
    :ivar photo: whether a photo is needed
    :ivar restocking: percentage of the worth of the units that is kept
    :ivar shipping: amount that the way back costs, once per return
    :ivar payer: who pays both: ``fault``, ``customer`` or ``shop``
    """

    allowed: bool = True
    days: int = 0
    start: str = DELIVERY
    reasons: frozenset | None = None
    photo: bool = False
    restocking: Decimal = ZERO
    shipping: Decimal = ZERO
    payer: str = BY_FAULT
    category: int | None = None
    channel: int | None = None
    key: int | None = None


def find(policies, path, channel):
    """Return the most specific policy, or ``None``.

    :param policies: iterable of :class:`Policy`
    :param path: ids of the product's categories, the root first
    """
    by_scope = {(policy.category, policy.channel): policy for policy in policies}
    for category in (*reversed(path), None):
        for asked in (channel, None):
            if policy := by_scope.get((category, asked)):
                return policy
    return None


def closes_at(policy, delivered_at, accepted_at):
    """Return when the window closes; ``None`` before anything was delivered."""
    opened = delivered_at
    if policy.start == ACCEPTANCE and accepted_at:
        opened = accepted_at
    return opened + timedelta(days=policy.days) if opened else None


def judge(policy, delivered_at, accepted_at, now, reason=None, photos=None):
    """Return what speaks against a return, or ``None``.

    :param reason: id of the reason; ``None`` where nobody said one yet
    :param photos: number of photos; ``None`` where nobody was asked yet
    :return: ``not_returnable``, ``window_closed``, ``reason_refused`` or ``photo_needed``
    """
    if not policy.allowed:
        return "not_returnable"
    closing = closes_at(policy, delivered_at, accepted_at)
    if closing and now > closing:
        return "window_closed"
    if policy.reasons is not None and reason is not None and reason not in policy.reasons:
        return "reason_refused"
    if policy.photo and photos == 0:
        return "photo_needed"
    return None


def fees(parts, rounding):
    """Return ``(restocking fee, fee for the way back)`` of one return.

    Together they never exceed what the customer would get; the way back is charged once, at the
    highest of the prices.

    :param parts: iterable of ``(policy, fault, worth)``: what the units of a line are worth
    :param Decimal rounding: the smallest coin
    """
    parts = [(policy, worth) for policy, fault, worth in parts if worth and _pays(policy, fault)]
    left = sum((worth for _policy, worth in parts), ZERO)
    restocking = sum(
        (rounded(worth * policy.restocking / 100, rounding) for policy, worth in parts), ZERO
    )
    restocking = min(restocking, left)
    shipping = max((policy.shipping for policy, _worth in parts), default=ZERO)
    return restocking, min(rounded(shipping, rounding), left - restocking)


def way_back(parts):
    """Return ``(who pays the way back, what it costs the customer)`` of one return.

    :param parts: iterable of ``(policy, fault)``, one per line; without any it is the shop
    """
    charged = [policy.shipping for policy, fault in parts if _pays(policy, fault)]
    return (CUSTOMER, max(charged)) if charged else (SHOP, ZERO)


def _pays(policy, fault):
    return policy.payer == CUSTOMER or (policy.payer == BY_FAULT and fault == CUSTOMER)
