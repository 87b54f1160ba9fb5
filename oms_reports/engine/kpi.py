"""Key figures from sums: no database here."""

# What a ratio is multiplied with to be shown in its unit.
FACTORS = {"percent": 100.0}


def ratio(part, whole, unit):
    """Return ``part ÷ whole`` in ``unit``; ``None`` where there is nothing to compare with.

    >>> ratio(1, 4, "percent")
    25.0
    >>> ratio(0, 0, "percent") is None
    True
    """
    return FACTORS.get(unit, 1.0) * part / whole if whole else None


def verdict(value, target, better):
    """Return ``good`` or ``bad``, or ``None`` where there is no target or nothing to judge."""
    if value is None or not target or better == "neither":
        return None
    return "good" if (value >= target) == (better == "more") or value == target else "bad"
