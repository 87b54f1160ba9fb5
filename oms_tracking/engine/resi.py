"""Which courier a number looks like. Only ever a suggestion: no courier publishes its format."""

import re

S10 = re.compile(r"^[A-Z]{2}(\d{8})(\d)[A-Z]{2}$")
S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)


def is_s10(number):
    """Whether a number has the form of the postal unions' S10 (EMS, registered, parcels)."""
    return bool(S10.match(number))


def s10_check_digit(serial):
    """Return the check digit of the eight digits of an S10 number.

    >>> s10_check_digit("12345678"), s10_check_digit("47312482")
    (5, 9)
    """
    total = sum(weight * int(digit) for weight, digit in zip(S10_WEIGHTS, serial, strict=True))
    rest = 11 - total % 11
    return {10: 0, 11: 5}.get(rest, rest)


def is_plausible(number):
    """Whether a number is not misread: an S10 number with a wrong check digit is.

    >>> is_plausible("RB123456785GB"), is_plausible("RB123456784GB"), is_plausible("JX8009962760")
    (True, False, True)
    """
    found = S10.match(number)
    return not found or s10_check_digit(found[1]) == int(found[2])


def fitting(number, patterns):
    """Return the keys of ``patterns`` that a number fits, the most particular one first.

    :param patterns: ``{key: (regular expression, rank)}``
    """
    if not is_plausible(number):
        return []
    fits = [key for key, (pattern, _rank) in patterns.items() if re.search(pattern, number)]
    # Letters say more than digits: a pattern of digits alone fits many couriers.
    return sorted(fits, key=lambda key: (not re.search("[A-Z]{2}", number), patterns[key][1]))
