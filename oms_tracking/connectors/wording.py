"""What a courier's sentence says, where its code says too little.

Aggregators fold many scans into one code; the sentence beside it is the courier's own. Only
phrases that were seen in real histories are here, and their order matters: "received at sorting
center" has a word of a pickup and is none.
"""

import re

PHRASES = (
    (
        "returning",
        r"\bRETUR\b|\bRETURN(ED|ING)? TO (SENDER|SHIPPER|ORIGIN)|DIKEMBALIKAN|KEMBALI KE PENGIRIM",
    ),
    ("delivered", r"\bDELIVERED TO\b|DITERIMA OLEH|SUDAH DITERIMA"),
    (
        "attempt_failed",
        r"GAGAL|TIDAK ADA (ORANG|DI)|ALAMAT TIDAK|NOT (AT )?HOME|UNDELIVERED|FAILED",
    ),
    (
        "out_for_delivery",
        r"WITH DELIVERY COURIER|DIANTAR|DIBAWA \[?SIGESIT|OUT FOR DELIVERY|PROSES PENGANTARAN",
    ),
    (
        "in_transit",
        r"SORTING|GATEWAY|WAREHOUSE|INBOUND|\bTIBA DI|KELUAR DARI|FORWARDED|STAGING|TRANSIT",
    ),
    ("picked_up", r"COUNTER OFFICER|PICKED UP|DI-?PICKUP|DIJEMPUT|DIAMBIL KURIR"),
)
_COMPILED = tuple((status, re.compile(pattern)) for status, pattern in PHRASES)


def read(sentence):
    """Return the canonical status that a sentence speaks of, or an empty string.

    >>> read("Received at sorting center YOGYAKARTA"), read("With delivery courier BANDUNG")
    ('in_transit', 'out_for_delivery')
    >>> read("Paket menuju ke Staging"), read("hello")
    ('in_transit', '')
    """
    upper = (sentence or "").upper()
    for status, pattern in _COMPILED:
        if pattern.search(upper):
            return status
    return ""
