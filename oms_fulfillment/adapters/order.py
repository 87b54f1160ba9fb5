"""The canonical order as frozen values. How they are read and checked: ``canonical.py``."""

from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Buyer:
    external_id: str | None = None
    name: str | None = None
    phone: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Address:
    name: str | None = None
    phone: str | None = None
    street: str | None = None
    village: str | None = None
    district: str | None = None
    city: str | None = None
    province: str | None = None
    postal_code: str | None = None
    country: str | None = None
    note: str | None = None
    latitude: Decimal | None = None
    longitude: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """``discount`` is money off the whole line, ``line_id`` defaults to the position from 1."""

    line_id: str
    sku: str
    quantity: Decimal
    unit_price: Decimal
    name: str | None = None
    discount: Decimal = ZERO
    tax_included: bool = True
    gift: bool = False
    note: str | None = None

    @property
    def amount(self):
        return self.quantity * self.unit_price - self.discount


@dataclass(frozen=True, slots=True)
class Discount:
    amount: Decimal
    borne_by: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Shipping:
    courier: str | None = None
    service: str | None = None
    amount: Decimal = ZERO
    insurance: Decimal = ZERO
    resi: str | None = None
    ship_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    method: str
    reference: str | None = None
    amount: Decimal | None = None
    cod_amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    goods: Decimal | None = None
    discount: Decimal | None = None
    shipping: Decimal | None = None
    tax: Decimal | None = None
    total: Decimal | None = None
    platform_fee: Decimal = ZERO
    pieces: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Order:
    external_id: str
    ordered_at: datetime
    ship_to: Address
    lines: tuple
    payment: Payment
    revision: int | None = None
    status: str = "placed"
    paid_at: datetime | None = None
    currency: str | None = None
    buyer: Buyer = field(default_factory=Buyer)
    bill_to: Address | None = None
    discounts: tuple = ()
    shipping: Shipping = field(default_factory=Shipping)
    totals: Totals = field(default_factory=Totals)
    requested_date: date | datetime | None = None
    note: str | None = None
    tags: tuple = ()
    extra: dict = field(default_factory=dict)

    @property
    def goods(self):
        return sum((line.amount for line in self.lines), ZERO)

    def discounted(self, borne_by):
        return sum((item.amount for item in self.discounts if item.borne_by == borne_by), ZERO)

    @property
    def masked(self):
        """Whether the channel hides who the buyer is: such text must not become a contact."""
        names = (self.buyer.name, self.buyer.phone, self.ship_to.name, self.ship_to.phone)
        return self.extra.get("masked") is True or any("**" in (name or "") for name in names)


def as_plain(order):
    """Return an order as JSON-serialisable values: decimals as text, times as ISO 8601 UTC."""
    return _plain(asdict(order))


def _plain(value):
    if isinstance(value, dict):
        return {str(key): _plain(child) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(child) for child in value]
    if isinstance(value, Decimal):
        return plain_number(value)
    if isinstance(value, datetime):
        return value.isoformat() + "Z"
    return value.isoformat() if isinstance(value, date) else value


def plain_number(value):
    """``Decimal("82500.000000")`` -> ``"82500"``."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
