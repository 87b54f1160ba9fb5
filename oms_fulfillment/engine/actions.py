"""What may be done with a fulfilment, read from its facts.

The screen shows these actions and no others; the public methods ask the same function before they
do anything. So a button that is there works, and what a caller is refused was never offered.
"""

from dataclasses import dataclass

OPEN = frozenset({"waiting", "ready", "picked", "packed"})
# State of the fulfilment -> what people may do with it there.
BY_STATE = {
    "waiting": ("hold", "release", "move", "split", "cancel"),
    "ready": (
        "hold",
        "release",
        "pick",
        "pack",
        "ship",
        "move",
        "split",
        "merge",
        "short",
        "cancel",
    ),
    "picked": ("hold", "release", "pack", "ship", "move", "merge", "short", "cancel"),
    "packed": ("hold", "release", "ship", "move", "merge", "short", "cancel"),
    "handed_over": ("deliver",),
}


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the actions depend on.

    :ivar state: state of the fulfilment
    :ivar on_hold: a hold blocks it, be it on the order, one of its lines or this fulfilment
    :ivar own_hold: a hold on this fulfilment alone is active
    :ivar reserved: something is reserved for it
    :ivar units: units that it still has to bring
    :ivar own_stock: the goods come from a warehouse of ours, not straight from a vendor
    :ivar elsewhere: the company has another warehouse
    """

    state: str = "waiting"
    on_hold: bool = False
    own_hold: bool = False
    reserved: bool = False
    units: float = 0.0
    own_stock: bool = True
    elsewhere: bool = False


def supported(facts):
    """Return the names of the actions that make sense now, in the order of a day's work."""
    return tuple(name for name in BY_STATE.get(facts.state, ()) if _fits(name, facts))


def _fits(name, facts):
    if name == "release":
        return facts.own_hold
    if name in ("pick", "pack", "ship"):
        return facts.reserved and not facts.on_hold
    if name == "move":
        return facts.own_stock and facts.elsewhere
    if name == "split":
        return facts.units > 1
    if name == "short":
        return facts.own_stock and facts.reserved
    return True
