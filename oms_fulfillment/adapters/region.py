"""Names of provinces, brought to the form in which two spellings of one meet."""

import re

_PREFIX = re.compile(
    r"^(provinsi|propinsi|prov\.?|province of|daerah istimewa|daerah khusus ibukota"
    r"|d\.?\s?i\.?|d\.?\s?k\.?\s?i\.?)\s+"
)


def normalise_province(name):
    """Return a key for comparing province names.

    >>> normalise_province("DKI JAKARTA"), normalise_province("Sumatera Utara (SUMUT)")
    ('jakarta', 'sumatra utara')
    """
    text = re.sub(r"\(.*?\)|\[.*?\]", " ", (name or "").casefold())
    text = re.sub(r"\s+", " ", text).strip()
    previous = None
    while text != previous:
        previous, text = text, _PREFIX.sub("", text)
    text = re.sub(r"^kep\.?\s", "kepulauan ", text).replace("sumatera", "sumatra")
    return "bangka belitung" if text == "kepulauan bangka belitung" else text
