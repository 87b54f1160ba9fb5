"""Which parcel may be handed over at this counter, and how a scan is answered.

A scan is answered with a verdict. Only ``ok`` and ``again`` let the courier take the parcel.
"""

from dataclasses import dataclass

VERDICTS = (
    "ok",
    "again",
    "unknown",
    "ambiguous",
    "cancelled",
    "handed_over",
    "other_manifest",
    "other_warehouse",
    "wrong_courier",
    "held",
    "not_packed",
)


@dataclass(frozen=True, slots=True)
class Scan:
    """What is known about a scanned code at the counter of one manifest.

    :ivar matches: how many parcels the code names
    :ivar on_this: the parcel is on this manifest already
    :ivar on_other: the parcel is on another open manifest
    :ivar courier: the parcel's courier, ``None`` when nobody chose one yet
    :ivar manifest_courier: whom the manifest is for
    """

    matches: int = 1
    cancelled: bool = False
    handed_over: bool = False
    on_this: bool = False
    on_other: bool = False
    same_warehouse: bool = True
    courier: int | None = None
    manifest_courier: int | None = None
    held: bool = False
    packed: bool = True


def judge(scan):
    """Return the verdict on a scan: what is worst is said first.

    >>> judge(Scan())
    'ok'
    >>> judge(Scan(courier=1, manifest_courier=2, held=True))
    'wrong_courier'
    """
    if scan.matches != 1:
        return "ambiguous" if scan.matches else "unknown"
    for is_so, verdict in (
        (scan.cancelled, "cancelled"),
        (scan.handed_over, "handed_over"),
        (scan.on_this, "again"),
        (scan.on_other, "other_manifest"),
        (not scan.same_warehouse, "other_warehouse"),
        (scan.courier and scan.courier != scan.manifest_courier, "wrong_courier"),
        (scan.held, "held"),
        (not scan.packed, "not_packed"),
    ):
        if is_so:
            return verdict
    return "ok"


def is_complete(scanned, parcels):
    """Whether a fulfilment may leave: half of an order does not.

    :param scanned: ids of the scanned parcels; empty when the order itself was scanned
    :param parcels: ids of the fulfilment's parcels; empty when it has none yet

    >>> is_complete([], [7]), is_complete([7], [7, 8])
    (True, False)
    """
    return set(parcels) <= set(scanned) or (not scanned and len(parcels) <= 1)
