"""The stage of an order, read from facts.

One order is in one stage: the first that any of its open units has not cleared. Nobody writes a
stage; whoever wants another one changes a fact. The module also names the one thing that the
order waits for, so that every open order can say why it does not move.
"""

from dataclasses import dataclass, field

from .buckets import Buckets

STAGES = (
    "placement",
    "processing",
    "inventory_check",
    "fulfillment",
    "tracking",
    "receipt_inspection",
    "payment",
    "done",
    "cancelled",
)
FLOW = STAGES[:8]

# Less than this is noise of float arithmetic, not a unit.
EPSILON = 1e-6


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the stage depends on.

    :ivar state: ``draft``, ``sale`` or ``cancel``
    :ivar missing: what placement still lacks: ``lines``, ``address``, ``payment``
    :ivar confirm_holds: number of active holds that block confirmation
    :ivar ship_holds: number of active holds that block shipping or reservation
    :ivar invoice_holds: number of active holds that block invoicing
    :ivar goods: units of all goods lines together
    :ivar wait_accepted: the customer agreed to wait for what is short
    :ivar closed_exceptions: shipped units whose loss or return to sender is closed
    :ivar parcel_exception: a parcel is lost, refused or on its way back
    :ivar open_returns: number of returns that are not closed
    :ivar open_rts: of these, goods that come back (or got lost) without having been delivered
    :ivar money_blocker: what keeps the money from being settled, or ``None``
    """

    state: str = "draft"
    missing: tuple = ()
    confirm_holds: int = 0
    ship_holds: int = 0
    invoice_holds: int = 0
    goods: Buckets = field(default_factory=Buckets)
    wait_accepted: bool = False
    closed_exceptions: float = 0.0
    parcel_exception: bool = False
    open_returns: int = 0
    open_rts: int = 0
    money_blocker: str | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """Where an order stands: least and furthest stage, and the next blocker's code."""

    stage: str
    furthest: str
    blocker: str | None


def derive(facts):
    """Return the :class:`Position` that follows from :class:`Facts`."""
    stage, blocker = _current(facts)
    return Position(stage, _furthest(facts, stage), blocker)


def needs_money(facts):
    """Whether the money decides the stage: only then is it worth reading the ledger."""
    if facts.state == "cancel":
        return True
    return facts.state == "sale" and _before_payment(facts) is None


def _current(facts):
    if facts.state == "cancel":
        return "cancelled", facts.money_blocker
    if facts.state != "sale":
        return _unconfirmed(facts)
    position = _before_payment(facts)
    if position:
        return position
    if facts.money_blocker:
        held = facts.invoice_holds and facts.money_blocker == "to_invoice"
        return "payment", "hold" if held else facts.money_blocker
    if facts.goods.ordered > EPSILON and facts.goods.handed_over <= EPSILON:
        return "cancelled", None
    return "done", None


def _unconfirmed(facts):
    if facts.missing:
        return "placement", f"missing_{facts.missing[0]}"
    return "processing", "hold" if facts.confirm_holds else "to_confirm"


def _before_payment(facts):
    """The stage of a confirmed order while its goods are under way, else ``None``."""
    goods = facts.goods
    short = goods.unallocated + max(goods.unplanned, 0.0) > EPSILON
    if short and not facts.wait_accepted:
        return "inventory_check", "hold" if facts.ship_holds else "stock_short"
    if goods.open > EPSILON:
        return "fulfillment", _warehouse_blocker(facts)
    if goods.shipped - facts.closed_exceptions > EPSILON:
        return "tracking", _courier_blocker(facts)
    if facts.open_returns:
        return "receipt_inspection", "return_open"
    if goods.delivered > EPSILON:
        return "receipt_inspection", "awaiting_acceptance"
    return None


def _courier_blocker(facts):
    if facts.open_rts:
        return "return_open"
    return "parcel_exception" if facts.parcel_exception else "in_transit"


def _warehouse_blocker(facts):
    goods = facts.goods
    if facts.ship_holds:
        return "hold"
    for quantity, blocker in (
        (goods.reserved, "to_pick"),
        (goods.picked, "to_pack"),
        (goods.packed, "to_hand_over"),
    ):
        if quantity > EPSILON:
            return blocker
    return "stock_short"


def _furthest(facts, stage):
    """The furthest stage that any unit has entered."""
    if facts.state != "sale" or stage in ("done", "cancelled"):
        return stage
    goods = facts.goods
    for quantity, reached in (
        (goods.accepted, "payment"),
        (goods.delivered, "receipt_inspection"),
        (goods.shipped, "tracking"),
        (goods.reserved + goods.picked + goods.packed, "fulfillment"),
    ):
        if quantity > EPSILON:
            return max(reached, stage, key=STAGES.index)
    return stage


def passed(source, target):
    """Return the stages that an order enters on its way from ``source`` to ``target``.

    An order may clear several stages in one transaction (confirmed and reserved at once); each
    of them is entered, even if only for a moment.

    >>> passed("processing", "fulfillment")
    ('inventory_check', 'fulfillment')
    >>> passed("tracking", "cancelled")
    ('cancelled',)
    """
    if target not in FLOW or source not in (*FLOW, None):
        return (target,)
    start = FLOW.index(source) + 1 if source else 0
    end = FLOW.index(target)
    return FLOW[start : end + 1] if end >= start else (target,)


def attention(position):
    """How loudly the order calls: ``held``, ``waiting`` (for us), ``moving`` or ``done``."""
    if position.blocker is None:
        return "done"
    if position.blocker == "hold":
        return "held"
    party = PARTY.get(position.blocker, ("manager", None))[0]
    return "waiting" if party in ("agent", "warehouse", "finance", "manager") else "moving"


# Who has to act on a blocker, and by which method.
PARTY = {
    "missing_lines": ("agent", "sale.order.write"),
    "missing_address": ("agent", "sale.order.write"),
    "missing_payment": ("agent", "sale.order.write"),
    "hold": ("agent", "oms.hold.release"),
    "to_confirm": ("agent", "sale.order.action_confirm"),
    "stock_short": ("warehouse", "stock.picking.action_assign"),
    "to_pick": ("warehouse", "oms.fulfillment.action_pick"),
    "to_pack": ("warehouse", "oms.fulfillment.action_pack"),
    "to_hand_over": ("warehouse", "oms.fulfillment.ship"),
    "in_transit": ("courier", "oms.fulfillment.mark_delivered"),
    "parcel_exception": ("courier", "oms.return.request"),
    "awaiting_acceptance": ("customer", "sale.order.oms_accept"),
    "return_open": ("warehouse", "oms.return.receive"),
    "to_invoice": ("finance", "sale.order.action_oms_advance"),
    "awaiting_payment": ("customer", "oms.settlement.submit_lines"),
    "cod_to_collect": ("finance", "sale.order.action_oms_advance"),
    "cod_with_courier": ("courier", "oms.settlement.submit_lines"),
    "payout_pending": ("channel", "oms.settlement.submit_lines"),
    "refund_pending": ("finance", "sale.order.action_oms_pay_back"),
    "prepayment_to_refund": ("finance", "sale.order.action_oms_pay_back"),
}
