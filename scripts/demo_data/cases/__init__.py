"""The cases that a shop's day is really about, each at a fixed distance from now."""

from .goods import Road, Short
from .money import Money
from .portal import Portal
from .returns import Returns
from .stopped import Stopped

GROUPS = (Stopped, Short, Road, Returns, Money, Portal)


def scripts(orders, hands, shop, now):
    """The scripts of all cases."""
    return [script for group in GROUPS for script in group(orders, hands, shop, now).scripts()]
