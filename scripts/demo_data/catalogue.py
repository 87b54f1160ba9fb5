"""What the shop sells, and to whom: all of it invented."""

from typing import NamedTuple


class Item(NamedTuple):
    """A product. Prices include PPN; stock is per warehouse code."""

    sku: str
    name: str
    price: int
    cost: int
    weight: float
    liked: int
    stock: dict


# CKR Cikarang, SBY Surabaya, TPL the logistics partner's.
# SKU | name | price | cost | kg | liked by | CKR SBY TPL
# Of the ukulele a receipt is on its way; the wallet is not sold any more.
TABLE = """
TEE-BLK-M | Kaos Polos Hitam M | 82500 | 38000 | 0.25 | 8 | 220 60 90
TEE-WHT-L | Kaos Polos Putih L | 82500 | 38000 | 0.25 | 6 | 140 60 90
CAP-RED | Topi Baseball Merah | 45000 | 19000 | 0.10 | 4 | 90 40 40
0012345 | Botol Minum Stainless 750 ml | 60000 | 27000 | 0.30 | 5 | 110 50 50
GIFT-STK | Stiker Hadiah | 5000 | 800 | 0.01 | 0 | 500 0 0
BTK-PKL-M | Kemeja Batik Pekalongan M | 285000 | 142000 | 0.35 | 5 | 60 30 30
BTK-SLO-L | Kemeja Batik Solo L | 315000 | 158000 | 0.35 | 3 | 40 30 20
SRG-PLK-01 | Sarung Tenun Palekat | 195000 | 91000 | 0.40 | 3 | 50 40 0
MKN-KTN-P | Mukena Katun Jepang | 245000 | 118000 | 0.60 | 3 | 45 20 30
TAS-RTN-B | Tas Rotan Bulat Bali | 225000 | 97000 | 0.50 | 3 | 35 15 25
KOP-GYO-250 | Kopi Gayo Arabika 250 g | 89000 | 47000 | 0.28 | 7 | 160 90 60
KOP-TRJ-250 | Kopi Toraja Sapan 250 g | 95000 | 52000 | 0.28 | 5 | 120 60 40
SBL-BJK-200 | Sambal Bajak Rumahan 200 g | 34000 | 14500 | 0.24 | 6 | 180 120 60
TEH-MLT-50 | Teh Melati Premium 50 g | 42000 | 18000 | 0.07 | 5 | 140 90 50
LLN-SRH-01 | Lilin Aroma Sereh | 68000 | 25000 | 0.22 | 3 | 70 30 30
MUG-KRM-01 | Mug Keramik Tangan | 75000 | 31000 | 0.38 | 4 | 80 30 30
PAN-BSI-24 | Wajan Besi Cor 24 cm | 349000 | 188000 | 2.40 | 2 | 25 15 0
GTR-UKL-S | Ukulele Senar Empat | 425000 | 236000 | 0.90 | 0 | 3 0 0
OLD-DMP-01 | Dompet Kulit Model Lama | 159000 | 70000 | 0.15 | 0 | 4 0 0
"""


def read_items(table):
    items = []
    for row in table.strip().splitlines():
        sku, name, price, cost, weight, liked, units = (cell.strip() for cell in row.split("|"))
        counted = zip(("CKR", "SBY", "TPL"), map(int, units.split()), strict=True)
        stock = {code: count for code, count in counted if count}
        items.append(Item(sku, name, int(price), int(cost), float(weight), int(liked), stock))
    return items


ITEMS = read_items(TABLE)
BY_SKU = {item.sku: item for item in ITEMS}
# By channel: how many orders of a hundred, and how a buyer there pays.
MIX = {"SHOPEE": 38, "TIKTOK": 22, "WEB": 20, "TELP": 10, "KASIR": 10}

FIRST = (
    "Siti Budi Dewi Agus Rina Andi Putri Joko Maya Rudi Wulan Hendra Lestari Bayu Ayu Fajar Nurul "
    "Dimas Kartika Yusuf Intan Arif Ratih Galih Melati Surya Indah Bambang Sari Taufik"
).split()
LAST = (
    "Rahma Santoso Lestari Wijaya Pratama Kusuma Hidayat Saputra Nugroho Permata Setiawan Wibowo "
    "Anggraini Maulana Halim Siregar Nasution Simanjuntak Suryani Utami"
).split()
STREETS = (
    "Jl. Melati|Jl. Kenanga|Jl. Merdeka|Jl. Diponegoro|Jl. Gajah Mada|Jl. Cendrawasih|Jl. Anggrek|"
    "Jl. Pahlawan|Jl. Sudirman|Gg. Mangga|Perum Griya Asri Blok C|Jl. Raya Darmo"
).split("|")
# city, province, district, postal code, days on the road from Java
CITIES = [
    ("Jakarta Selatan", "DKI Jakarta", "Kebayoran Baru", "12110", 1),
    ("Jakarta Barat", "DKI Jakarta", "Kebon Jeruk", "11530", 1),
    ("Bekasi", "Jawa Barat", "Bekasi Selatan", "17148", 1),
    ("Bandung", "Jawa Barat", "Coblong", "40132", 2),
    ("Bogor", "Jawa Barat", "Bogor Tengah", "16121", 1),
    ("Semarang", "Jawa Tengah", "Tembalang", "50275", 2),
    ("Yogyakarta", "DI Yogyakarta", "Gondokusuman", "55221", 2),
    ("Surabaya", "Jawa Timur", "Gubeng", "60281", 2),
    ("Malang", "Jawa Timur", "Lowokwaru", "65141", 2),
    ("Denpasar", "Bali", "Denpasar Barat", "80119", 3),
    ("Medan", "Sumatera Utara", "Medan Baru", "20153", 4),
    ("Palembang", "Sumatera Selatan", "Ilir Barat I", "30137", 3),
    ("Makassar", "Sulawesi Selatan", "Panakkukang", "90231", 4),
    ("Balikpapan", "Kalimantan Timur", "Balikpapan Kota", "76112", 4),
]
PORTAL = {
    "name": "Siti Rahma",
    "phone": "+62 812 1000 2000",
    "email": "siti.rahma@example.com",
    "street": "Jl. Kenanga 12",
    "district": "Coblong",
    "city": "Bandung",
    "province": "Jawa Barat",
    "postal_code": "40132",
    "country": "ID",
}


def person(rng):
    """A buyer and where they live: `(buyer, ship_to, days on the road)`."""
    name = f"{rng.choice(FIRST)} {rng.choice(LAST)}"
    city, province, district, postal_code, days = rng.choice(CITIES)
    number = f"+62 8{rng.randint(11, 59)} {rng.randint(1000, 9999)} {rng.randint(1000, 9999)}"
    ship_to = {
        "name": name,
        "phone": number,
        "street": f"{rng.choice(STREETS)} {rng.randint(1, 160)}",
        "district": district,
        "city": city,
        "province": province,
        "postal_code": postal_code,
        "country": "ID",
    }
    return {"name": name, "phone": number}, ship_to, days


def basket(rng, warehouse):
    """Order lines of one to three different products that this warehouse has."""
    choice = [item for item in ITEMS if item.liked and warehouse in item.stock]
    weights = [item.liked for item in choice]
    found = {}
    for item in rng.choices(choice, weights, k=rng.choice((1, 1, 1, 2, 2, 3))):
        found[item.sku] = item
    return [
        line(number, item, rng.choice((1, 1, 1, 2, 2, 3)))
        for number, item in enumerate(found.values(), 1)
    ]


def line(number, item, quantity, **values):
    """A line of a canonical order."""
    return {
        "line_id": str(number),
        "sku": item.sku,
        "name": item.name,
        "quantity": quantity,
        "unit_price": item.price,
        **values,
    }
