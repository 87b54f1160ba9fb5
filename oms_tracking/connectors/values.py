"""What connectors take and give: plain values, no records."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Account:
    """One contract with a provider.

    :ivar live: real parcels and real money; otherwise the provider's sandbox
    :ivar timeout: seconds to wait for the next byte of an answer
    :ivar options: what only this provider needs
    """

    provider: str
    name: str = ""
    key: str = field(default="", repr=False)
    base_url: str = ""
    live: bool = False
    timeout: int = 20
    webhook_scheme: str = ""
    webhook_header: str = ""
    webhook_secret: str = field(default="", repr=False)
    options: dict = field(default_factory=dict)

    @property
    def secrets(self):
        return tuple(secret for secret in (self.key, self.webhook_secret) if secret)


@dataclass(frozen=True, slots=True)
class Address:
    name: str = ""
    phone: str = ""
    street: str = ""
    village: str = ""
    district: str = ""
    city: str = ""
    province: str = ""
    postal_code: str = ""
    country: str = "ID"
    latitude: float | None = None
    longitude: float | None = None

    @property
    def text(self):
        """The address in one line, as couriers print it."""
        parts = (self.street, self.village, self.district, self.city, self.province)
        return ", ".join(dict.fromkeys(part for part in parts if part))


@dataclass(frozen=True, slots=True)
class Item:
    name: str
    sku: str
    quantity: int
    value: float
    weight_g: int


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is to be carried.

    :ivar reference: our own number of the booking; the same reference is the same booking
    :ivar courier: the courier, in the provider's spelling
    :ivar value: what the goods are worth, in the connector's currency
    :ivar cod: cash to collect, 0 without cash on delivery
    :ivar size_cm: length, width, height
    """

    reference: str
    courier: str
    service: str
    origin: Address
    destination: Address
    items: tuple
    weight_g: int
    size_cm: tuple = (10, 10, 10)
    value: float = 0.0
    cod: float = 0.0
    insured: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Booking:
    """What the courier promised to carry.

    :ivar provider_ref: the provider's number of the order
    :ivar resi: the courier's number; some give it later, by webhook
    :ivar tracking_ref: under what the provider tracks it
    :ivar status: the provider's word for how far it is
    """

    provider_ref: str
    resi: str = ""
    tracking_ref: str = ""
    sort_code: str = ""
    cost: float | None = None
    label_url: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True)
class Rate:
    """:ivar days: promised transit days ``(shortest, longest)``, or ``None``"""

    courier: str
    service: str
    price: float
    days: tuple | None = None
    cod: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a courier's server told us about a parcel.

    :ivar kind: ``event`` (a scan), ``number`` (its resi), ``cost``, ``look`` (something changed:
        ask), ``ping`` (nothing)
    :ivar provider_ref: the provider's number of the order, if it came
    :ivar reference: our own, if it came
    :ivar code: the event's code, under the provider's name: ``biteship:picked``
    :ivar occurred_at: ISO 8601; without an offset on the courier's clock
    """

    kind: str
    provider_ref: str = ""
    reference: str = ""
    courier: str = ""
    resi: str = ""
    code: str = ""
    text: str = ""
    place: str = ""
    occurred_at: str = ""
    source_id: str = ""
    amount: float | None = None
    sort_code: str = ""
    raw: object = None


@dataclass(frozen=True, slots=True)
class Journey:
    """What the provider knows of a parcel when it is asked: facts, oldest or newest first."""

    facts: tuple = ()
    booking: Booking | None = None
