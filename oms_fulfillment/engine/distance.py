"""How far it is from a warehouse to a customer, as well as an address tells.

Coordinates of the contact where they are known; else the capital of the province. Straight line on
the globe: enough to put warehouses in order, not to price a parcel.
"""

from math import asin, cos, radians, sin, sqrt

EARTH_KM = 6371.0

# Latitude and longitude of the capitals of Indonesia's provinces, by normalised name.
PROVINCES = {
    "aceh": (5.55, 95.32),
    "sumatera utara": (3.60, 98.67),
    "sumatera barat": (-0.95, 100.35),
    "riau": (0.53, 101.45),
    "kepulauan riau": (0.92, 104.45),
    "jambi": (-1.61, 103.61),
    "sumatera selatan": (-2.99, 104.76),
    "bangka belitung": (-2.13, 106.11),
    "bengkulu": (-3.80, 102.26),
    "lampung": (-5.43, 105.26),
    "banten": (-6.12, 106.15),
    "jakarta": (-6.20, 106.83),
    "jawa barat": (-6.92, 107.61),
    "jawa tengah": (-6.99, 110.42),
    "yogyakarta": (-7.80, 110.37),
    "jawa timur": (-7.26, 112.75),
    "bali": (-8.65, 115.22),
    "nusa tenggara barat": (-8.58, 116.10),
    "nusa tenggara timur": (-10.18, 123.61),
    "kalimantan barat": (-0.03, 109.33),
    "kalimantan tengah": (-2.21, 113.92),
    "kalimantan selatan": (-3.44, 114.83),
    "kalimantan timur": (-0.50, 117.15),
    "kalimantan utara": (2.84, 117.37),
    "sulawesi utara": (1.47, 124.84),
    "gorontalo": (0.54, 123.06),
    "sulawesi tengah": (-0.90, 119.87),
    "sulawesi barat": (-2.68, 118.89),
    "sulawesi selatan": (-5.15, 119.43),
    "sulawesi tenggara": (-3.97, 122.51),
    "maluku": (-3.70, 128.18),
    "maluku utara": (0.73, 127.56),
    "papua barat": (-0.86, 134.06),
    "papua barat daya": (-0.88, 131.25),
    "papua": (-2.53, 140.72),
    "papua tengah": (-3.37, 135.50),
    "papua pegunungan": (-4.10, 138.95),
    "papua selatan": (-8.49, 140.40),
}
SPELLINGS = {
    "sumatra utara": "sumatera utara",
    "sumatra barat": "sumatera barat",
    "sumatra selatan": "sumatera selatan",
}


def province_position(name):
    """Coordinates of a province by its normalised name, or ``None``."""
    return PROVINCES.get(SPELLINGS.get(name, name))


def kilometres(start, end):
    """Great-circle distance between ``(latitude, longitude)`` pairs; ``None`` if one is unknown.

    >>> round(kilometres((-6.20, 106.83), (-6.92, 107.61)))
    118
    """
    if not start or not end:
        return None
    (lat1, lon1), (lat2, lon2) = ((radians(a), radians(b)) for a, b in (start, end))
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(half))
