"""What a fee is, told from its name: marketplaces rename their fees, the kind of cost stays."""

import re

from ..workbook import heading_key

# The first pattern that fits decides, so the narrow ones come first.
_PATTERNS = (
    ("affiliate", r"afilia|affiliate|\bams\b"),
    ("ads", r"iklan|gmv max|\bads?\b|advert|isi saldo otomatis"),
    ("campaign", r"kampanye|campaign|flash sale|promo xtra"),
    ("withholding_tax", r"pph (?:pasal )?22|article 22|withh[eo]ld|dipungut|\bwht\b"),
    ("admin", r"administra"),
    ("tax", r"\bpph\b|pajak|bea masuk|\bppn\b|\btax\b|\bvat\b|\bgst\b"),
    ("adjustment", r"reimburse|kompensasi|compensation|penggantian"),
    ("commission", r"komisi|commission"),
    ("fulfilment", r"dilayani tokopedia|gudang|warehouse|\bfbs\b|\bfbl\b|fulfil"),
    ("service", r"gratis ongkir xtra"),
    ("processing", r"proses|processing"),
    ("shipping", r"ongkir|ongkos kirim|biaya kirim|pengiriman|logisti|shipping|return to seller"),
    ("insurance", r"asuransi|\bpremi|insurance|premium"),
    ("payment", r"pembayaran|paylater|transaksi|payment|transaction|\bcod\b|kartu kredit|card"),
    ("promo", r"voucher|cashback|koin|diskon|subsidi|discount|rebate|coin|bonus|promo"),
    ("refund", r"pengembalian|refund|reversal"),
    ("service", r"layanan|service|program|\bmall\b"),
    ("adjustment", r"penyesuaian|adjustment|penalt|denda|chargeback"),
)  # fmt: skip
_COMPILED = tuple((family, re.compile(pattern)) for family, pattern in _PATTERNS)

OTHER = "other"
# What a posted line may add by itself: see the posting of settlements.
OWN = ("rounding", "unexplained", "variance")
FAMILIES = (*dict.fromkeys(family for family, _pattern in _PATTERNS), OTHER)


def family_of(name):
    """Return the family of a fee, ``other`` when its name says nothing.

    What stands in brackets, such as ``(termasuk PPN 11%)``, is a remark and doesn't count.

    >>> family_of("Biaya Administrasi (termasuk PPN 11%)")
    'admin'
    """
    text = heading_key(name)
    bare = re.sub(r"\([^)]*\)", " ", text)
    for candidate in (bare, text):
        for family, pattern in _COMPILED:
            if pattern.search(candidate):
                return family
    return OTHER


def fee_key(name, family=None):
    """Return the key under which an amount is kept: a fee that nobody knows keeps its own name."""
    family = family or family_of(name)
    return f"{OTHER}: {str(name).strip()[:50]}" if family == OTHER else family


def root(key):
    """Return the family of a key of :func:`fee_key`."""
    return key.partition(":")[0]
