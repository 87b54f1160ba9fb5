"""What a label says, and whether a printed one is still true."""

# What a parcel can't be delivered by when it is wrong. Weight and service date may change.
PARTS = ("recipient", "address", "phone", "cod", "courier", "number", "contents")


def mask_phone(phone):
    """Hide the middle of a phone number: ``081234567890`` becomes ``0812****7890``."""
    text = (phone or "").strip()
    digits = [position for position, char in enumerate(text) if char.isdigit()]
    if len(digits) < 8:
        return "*" * len(text)
    hidden = set(digits[4:-4] or digits[4:])
    return "".join("*" if position in hidden else char for position, char in enumerate(text))


def changed_parts(printed, current):
    """Return the names of :data:`PARTS` in which two labels differ, in that order."""
    return [part for part in PARTS if printed.get(part) != current.get(part)]


def shorten(lines, room):
    """Return at most ``room`` lines, and how many did not fit."""
    if len(lines) <= room:
        return list(lines), 0
    return list(lines[: room - 1]), len(lines) - room + 1
