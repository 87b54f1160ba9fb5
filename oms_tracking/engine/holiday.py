"""Holidays of a country from the Python package ``holidays``, where it is installed.

The package is kept by many people and follows the governments' decrees. Days that hang on the sight
of the moon are marked as estimated until a decree fixes them.
"""

from dataclasses import dataclass
from datetime import date

try:
    import holidays as library
except ImportError:
    library = None

PUBLIC, JOINT_LEAVE = "public", "government"
ESTIMATED = "(estimated)"


@dataclass(frozen=True, slots=True)
class Day:
    """
    :ivar joint_leave: offices are closed, many couriers work
    :ivar estimated: no decree has fixed it yet
    """

    date: date
    name: str
    joint_leave: bool = False
    estimated: bool = False


def available():
    return library is not None


def knows(country):
    """Whether the package has a calendar of a country, by its ISO code."""
    return country in library.list_supported_countries()


def days(country, years, lang=None):
    """Return the :class:`Day` list of a country in order; names in ``lang`` where the package
    speaks it, else in English or the country's own language.

    A day that is both a holiday and a day of joint leave is a holiday.
    """
    offered = library.country_holidays(country, years=years).supported_categories
    found = {}
    for category in (PUBLIC, JOINT_LEAVE):
        if category not in offered:
            continue
        english = _read(country, years, category, "en_US")
        named = _read(country, years, category, lang or "en_US")
        for day, name in english.items():
            guessed = ESTIMATED in name
            found.setdefault(day, Day(day, named.get(day, name), category != PUBLIC, guessed))
    return sorted(found.values(), key=lambda day: day.date)


def _read(country, years, category, lang):
    spoken = library.list_localized_countries().get(country, ())
    language = next((code for code in (lang, (lang or "")[:2]) if code in spoken), None)
    calendar = library.country_holidays(
        country, years=years, categories=(category,), language=language
    )
    return {day: calendar[day] for day in calendar}
