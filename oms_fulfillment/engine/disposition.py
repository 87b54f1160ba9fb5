"""What becomes of the units that came back: each goes to one place, by what the inspector found.

Plain values. ``stock`` is sold again; ``aside`` lies beside the stock and is promised to nobody;
``loss`` has left the books; ``absent`` is with the customer: it was never in the parcel and its
receipt is taken back, or it is sent back to them.
"""

STOCK = "stock"
ASIDE = "aside"
LOSS = "loss"
ABSENT = "absent"

PLACES = {
    "restock": STOCK,
    "grade_b": ASIDE,
    "quarantine": ASIDE,
    "repair": ASIDE,
    "vendor": ASIDE,
    "scrap": LOSS,
    "missing": ABSENT,
    "wrong_item": ABSENT,
    "send_back": ABSENT,
}


def sums(findings):
    """Return ``{place: units}`` of ``[(disposition, units)]``, all places named."""
    result = dict.fromkeys((STOCK, ASIDE, LOSS, ABSENT), 0.0)
    for disposition, units in findings:
        result[PLACES[disposition]] += units
    return result


def spread(findings, items):
    """Share findings out over the items that came.

    A finding about a lot takes units of that lot; the others take what is left, in the order of
    :data:`PLACES`. Units that no finding is about go to stock: parts of a kit that came without
    the rest of it.

    :param findings: list of ``[disposition, lot or None, units]``; used up
    :param items: list of ``(item, lot or None, units)``
    :return: list of ``(item, disposition, units)``
    """
    order = list(PLACES)
    queue = sorted(findings, key=lambda one: order.index(one[0]))
    left = [[item, lot, units] for item, lot, units in items]
    pieces = []
    for about_lot in (True, False):
        for finding in queue:
            disposition, lot, _units = finding
            if bool(lot) != about_lot:
                continue
            for place in left:
                if about_lot and place[1] != lot:
                    continue
                units = min(finding[2], place[2])
                if units > 0:
                    finding[2] -= units
                    place[2] -= units
                    pieces.append((place[0], disposition, units))
    return pieces + [(item, "restock", units) for item, _lot, units in left if units > 0]
