"""The three clocks of Indonesia, by province, and the day that each of them shows."""

from functools import lru_cache

import pytz

WEST, CENTRAL, EAST = "Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"
CENTRAL_PROVINCES = frozenset(
    {
        *("bali", "nusa tenggara barat", "nusa tenggara timur"),
        *("kalimantan selatan", "kalimantan timur", "kalimantan utara"),
        *("sulawesi barat", "sulawesi selatan", "sulawesi tengah", "sulawesi tenggara"),
        *("sulawesi utara", "gorontalo"),
    }
)
EAST_PROVINCES = frozenset(
    {
        *("maluku", "maluku utara", "papua", "papua barat", "papua barat daya", "papua tengah"),
        *("papua pegunungan", "papua selatan"),
    }
)


def zone_of(province, country="ID"):
    """Return the time zone of an Indonesian province, ``None`` abroad or without a province."""
    name = " ".join((province or "").casefold().replace("provinsi", "").split())
    if country not in ("ID", None, "", False) or not name:
        return None
    if name in CENTRAL_PROVINCES:
        return CENTRAL
    return EAST if name in EAST_PROVINCES else WEST


@lru_cache(maxsize=4096)
def local_day(moment, zone):
    """Return the day of ``moment`` (naive UTC) on the clock of the time zone named ``zone``."""
    return pytz.utc.localize(moment).astimezone(pytz.timezone(zone)).date()
