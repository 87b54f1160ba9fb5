"""What every connector can be asked. A provider overrides what it offers and says so in ``can``."""

import hmac
import re

from .errors import Permanent
from .values import Journey

RATE, BOOK, CANCEL, TRACK, LABEL, WEBHOOK = "rate", "book", "cancel", "track", "label", "webhook"


class Connector:
    """One provider's wire format.

    :cvar code: stored on accounts
    :cvar currency: of every amount that goes in or out
    :cvar can: what the provider offers
    :cvar couriers: our courier codes in the provider's spelling; others are sent in lower case
    :cvar remote: it has a server, with an address and a key
    :cvar proof: what its calls are proved by: our ``key``, an agreed ``secret``, or nothing
    :cvar mapped: the account says how its messages are to be read
    :cvar priced: the account says what a delivery costs
    """

    code = ""
    name = ""
    currency = "IDR"
    can = frozenset()
    couriers = {}
    remote = True
    proof = "secret"
    mapped = False
    priced = False

    def __init__(self, account):
        self.account = account
        # {area_key: the provider's number of a district}; the models keep what is added.
        self.areas = {}

    # ASKED BY THE MODELS

    def ping(self):
        """Ask something harmless, to see whether address and key are right."""
        raise Permanent("not_offered")

    def rate(self, parcel, couriers):
        """Return a list of :class:`Rate` for the parcel with any of ``couriers``."""
        raise Permanent("not_offered")

    def book(self, parcel):
        """Book a parcel and return its :class:`Booking`."""
        raise Permanent("not_offered")

    def recover(self, parcel):
        """Return the booking that the provider has under the parcel's reference, or ``None``.

        Called instead of :meth:`book` whenever an earlier try may have got through. A provider
        that answers a reference that it knows with the order it has may book here.
        """
        raise Permanent("not_offered")

    def cancel(self, booking, reason):
        """Take a booking back; return whether that is done (``False``: the provider thinks)."""
        raise Permanent("not_offered")

    def track(self, booking):
        """Return the :class:`Journey` of a booked parcel."""
        return Journey()

    def label(self, booking):
        """Return the provider's own label as PDF."""
        raise Permanent("not_offered")

    # ASKED BY THE WEBHOOK

    @classmethod
    def verify(cls, account, headers, body, now):
        """Whether a call comes from the provider. Without a secret nothing does."""
        return False

    @classmethod
    def parse(cls, account, data):
        """Return the :class:`Fact` list in a webhook's JSON; what nobody understands is a ping."""
        return []

    # HELPERS

    @classmethod
    def courier_name(cls, code):
        return cls.couriers.get(code, code.lower())


def same(expected, given):
    """Compare a secret without telling by the time it takes; an empty one equals nothing."""
    if not expected or not isinstance(given, str):
        return False
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace"))


def bearer(value):
    """The key in an ``Authorization`` header."""
    scheme, _, key = (value or "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def local_phone(value):
    """A phone as Indonesian couriers want it.

    >>> local_phone("+62 812-3456-789")
    '08123456789'
    >>> local_phone("0812 3456 789")
    '08123456789'
    """
    digits = re.sub(r"\D", "", value or "")
    return "0" + digits[2:] if digits.startswith("62") else digits


def whole(amount):
    """Amounts of rupiah have no decimals on the wire."""
    return int(round(amount or 0.0))


def days(text, unit="days"):
    """Transit days as providers write them.

    >>> days("2 - 3"), days("2-4 Days"), days("6"), days("No Data"), days("12 - 24", "hours")
    ((2, 3), (2, 4), (6, 6), None, (1, 1))
    """
    numbers = [int(number) for number in re.findall(r"\d+", str(text or ""))[:2]]
    if not numbers:
        return None
    if str(unit or "").lower().startswith("hour"):
        numbers = [-(-number // 24) for number in numbers]
    return min(numbers), max(numbers)


def text(value):
    """A scalar of somebody else's JSON as text; anything else is empty."""
    if value is None or isinstance(value, bool | dict | list):
        return ""
    return str(value).replace("\x00", "").strip()


def number(value):
    """A number of somebody else's JSON, or ``None``."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        result = float(value)
    except ValueError:
        return None
    return result if abs(result) < 1e12 else None


def part(value, key):
    """A dict inside somebody else's JSON; empty when it is none."""
    inner = value.get(key) if isinstance(value, dict) else None
    return inner if isinstance(inner, dict) else {}


def rows(value, key):
    """The dicts of a list inside somebody else's JSON."""
    inner = value.get(key) if isinstance(value, dict) else None
    return [row for row in inner if isinstance(row, dict)] if isinstance(inner, list) else []


def area_key(address):
    """Under which name the provider's number of a district is remembered."""
    parts = (address.district, address.city, address.province)
    return re.sub(r"[^a-z0-9]+", " ", " ".join(parts).lower()).strip()
