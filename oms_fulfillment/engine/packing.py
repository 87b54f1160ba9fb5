"""What is in the parcel so far, and what may go into it next.

A packing session is a list of scans that is only ever appended to. Everything the screen shows is
folded from it, so that a station which lost its connection, or a second person who takes over,
sees exactly what was done.
"""

from dataclasses import dataclass, field

EPSILON = 1e-6
MIN_SLACK_KG = 0.05


@dataclass(frozen=True, slots=True)
class Scan:
    """One accepted line of the log.

    ``kind`` is ``unit``, ``carton`` (the open carton was closed), ``weight`` or ``undo``; what else
    is in the log changes nothing in the parcel.
    """

    kind: str
    product: int = 0
    lot: int = 0
    quantity: float = 0.0
    carton: int = 1
    waived: bool = False


@dataclass(slots=True)
class Tally:
    """What was counted: ``{(product, lot, carton): units}``, and the cartons with their weights."""

    units: dict = field(default_factory=dict)
    carton: int = 1
    weights: dict = field(default_factory=dict)
    waived: set = field(default_factory=set)

    def of_product(self, product):
        return sum(units for key, units in self.units.items() if key[0] == product)

    def of_lot(self, product, lot):
        return sum(units for key, units in self.units.items() if key[:2] == (product, lot))

    def in_carton(self, carton):
        """``{product: units}`` in one carton."""
        found = {}
        for (product, _lot, number), units in self.units.items():
            if number == carton:
                found[product] = found.get(product, 0.0) + units
        return found

    @property
    def total(self):
        return sum(self.units.values())

    @property
    def cartons(self):
        """Numbers of the cartons that hold something."""
        return sorted({carton for _product, _lot, carton in self.units})


def fold(scans):
    """Return the :class:`Tally` of a session's accepted scans, oldest first.

    ``undo`` takes back the latest unit, carton or weight that was not taken back before. Whatever
    goes into or out of a carton makes its weight void: it has to be weighed again.
    """
    standing = []
    for scan in scans:
        if scan.kind == "undo":
            if standing:
                standing.pop()
        elif scan.kind in ("unit", "carton", "weight"):
            standing.append(scan)
    tally = Tally()
    for scan in standing:
        if scan.kind == "carton":
            tally.carton += 1
        elif scan.kind == "weight":
            tally.weights[scan.carton] = scan.quantity
            (tally.waived.add if scan.waived else tally.waived.discard)(scan.carton)
        else:
            key = scan.product, scan.lot, scan.carton
            tally.units[key] = tally.units.get(key, 0.0) + scan.quantity
            tally.weights.pop(scan.carton, None)
    return tally


def last_standing(scans):
    """Return the scan that ``undo`` would take back, or ``None``."""
    standing = []
    for scan in scans:
        if scan.kind == "undo":
            if standing:
                standing.pop()
        elif scan.kind in ("unit", "carton", "weight"):
            standing.append(scan)
    return standing[-1] if standing else None


def judge(expected, tally, product, quantity=1.0):
    """Say whether ``quantity`` more units of ``product`` belong into the parcel.

    :param dict expected: ``{product: units}`` that the transfer asks for
    :return: ``None`` when they do, else ``not_in_order`` or ``surplus``
    """
    if expected.get(product, 0.0) <= EPSILON:
        return "not_in_order"
    if tally.of_product(product) + quantity > expected[product] + EPSILON:
        return "surplus"
    return None


def missing(expected, tally):
    """Return ``{product: units}`` that are not in the parcel yet."""
    open_units = {}
    for product, units in expected.items():
        left = units - tally.of_product(product)
        if left > EPSILON:
            open_units[product] = left
    return open_units


def weight_off(expected_kg, weighed_kg, percent):
    """Return by how many kg a carton is too heavy (+) or too light (-); 0 within the tolerance.

    Scales and packing material are never exact: less than 50 g is not a difference.
    """
    difference = weighed_kg - expected_kg
    allowed = max(expected_kg * percent / 100.0, MIN_SLACK_KG)
    return difference if abs(difference) > allowed + EPSILON else 0.0


def assign(lines, groups):
    """Spread counted units over the reserved lines of one product.

    :param list lines: ``(line, lot, units)`` as reserved
    :param list groups: ``(lot, carton, units)`` as counted
    :return: ``{line: [(lot, carton, units)]}`` and the groups' units beyond the reservation; lines
        keep the lot that was reserved as far as it was counted, what was counted of other lots
        replaces the rest, and units that nobody counted are in no list
    """
    open_lines = [[line, lot, units] for line, lot, units in lines]
    open_groups = [[lot, carton, units] for lot, carton, units in groups]
    parts = {line: [] for line, _lot, _units in lines}
    for exact in (True, False):
        for group in open_groups:
            for entry in open_lines:
                if exact and entry[1] != group[0]:
                    continue
                taken = min(entry[2], group[2])
                if taken > EPSILON:
                    parts[entry[0]].append((group[0], group[1], taken))
                    entry[2] -= taken
                    group[2] -= taken
    left = [tuple(group) for group in open_groups if group[2] > EPSILON]
    return parts, left
