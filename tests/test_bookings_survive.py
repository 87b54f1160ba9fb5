"""Servers die and couriers fall silent while parcels are booked; each parcel has one booking.

OMS_BOOKINGS=200 sets the number of parcels per provider (default 4).
"""

import os
import random
import sys
import time
from pathlib import Path

import oms_dev as dev
import pytest
import shop
from test_nothing_lost import Server, wait_until

sys.path.append(str(Path(__file__).parent.parent / "oms_tracking" / "tests"))

from courier_simulator import KEY, Simulator  # noqa: E402

PARCELS = int(os.environ.get("OMS_BOOKINGS", "4"))
KILLS = max(1, PARCELS // 20)
SECONDS = 600
# The answer gets lost after the courier made the order; or nothing happens at all.
FAULTS = ("hang_after", "drop_after", "500_after", "429", "500", "drop", None, None)
SERVICES = {"biteship": "reg", "kiriminaja": "REG"}


def set_up(odoo, courier, provider):
    """A delivery method of the provider, and orders that are ready to leave with it."""
    account = odoo.env["oms.courier.account"].create(
        {
            "name": provider,
            "provider": provider,
            "api_key": KEY,
            "base_url": courier.url,
            "timeout": 2,
            "default_weight_kg": 1,
        }
    )
    product = odoo.env["product.product"].create({"name": "Delivery", "type": "service"})
    (jne,) = odoo.env["oms.courier"].search([("code", "=", "JNE")])
    carrier = odoo.env["delivery.carrier"].create(
        {
            "name": provider,
            "delivery_type": "oms",
            "product_id": product,
            "oms_courier_id": jne,
            "oms_account_id": account,
            "oms_service": SERVICES[provider],
        }
    )
    warehouse = shop.main_warehouse(odoo)
    goods = shop.make_products(odoo, "BOOK", 1)
    shop.put_in_stock(odoo, warehouse, {goods[0]: PARCELS})
    (place,) = odoo.env["stock.warehouse"].read([warehouse["id"]], ["partner_id"])
    address = {"street": "Jl. Palagan 1", "oms_district": "Ngemplak", "city": "Sleman"}
    odoo.env["res.partner"].write(
        [place["partner_id"][0]], {**address, "zip": "55584", "phone": "081200000001"}
    )
    channel = shop.make_channel(odoo, "BOOK")
    buyer = shop.make_buyer(odoo, oms_district="Coblong", zip="40132")
    orders = odoo.env["sale.order"].create(
        [
            {
                "partner_id": buyer,
                "oms_channel_id": channel,
                "carrier_id": carrier,
                "order_line": [(0, 0, {"product_id": goods[0], "product_uom_qty": 1})],
            }
            for _n in range(PARCELS)
        ]
    )
    odoo.execute("sale.order", "action_confirm", orders)
    odoo.execute("oms.allocator", "run")
    return account


def ship_all(odoo):
    works = odoo.env["oms.fulfillment"].search_read([("state", "=", "ready")], ["name"])
    items = [{"fulfillment": work["name"]} for work in works]
    answers = odoo.execute("oms.fulfillment", "ship", items)
    assert {answer["status"] for answer in answers} == {"shipped"}, answers[:2]
    assert len(answers) == PARCELS


def time_passes(name, workers_are_dead=False):
    """What waits minutes for a silent courier, or for a dead worker's lease to end, is due now."""
    leased = "" if workers_are_dead else "AND asked_at IS NULL"
    dev.psql(
        "UPDATE oms_courier_job SET next_try = now() AT TIME ZONE 'UTC' - interval '1 second'"
        f" WHERE kind = 'book' AND state IN ('waiting', 'answered') {leased}"
        "; UPDATE oms_courier_account SET quiet_until = NULL",
        name,
    )


def try_again(odoo):
    """Press the button for what is not booked yet; the workers wake up. Return what that is."""
    waiting = odoo.env["oms.courier.job"].search([("kind", "=", "book"), ("state", "!=", "done")])
    if waiting:
        odoo.execute("oms.courier.job", "action_retry", waiting)
    return waiting


@pytest.mark.parametrize("provider", ["biteship", "kiriminaja"])
def test_each_parcel_is_booked_once(provider):
    rng = random.Random(20)
    with dev.fresh_database() as name, Simulator() as courier:
        server = Server(name, workers=2, cron_threads=2, name=f"bookings-{provider}")
        server.start()
        try:
            deadline = time.monotonic() + SECONDS
            odoo = shop.connect(server.port, name)
            set_up(odoo, courier, provider)
            courier.fail("book", "hang_after", *(rng.choice(FAULTS) for _n in range(PARCELS)))
            ship_all(odoo)
            for _kill in range(KILLS):
                # made at the courier, its answer is not here yet
                wait_until(courier.booked.is_set, "a booking", deadline)
                server.kill()
                courier.booked.clear()
                courier.faults["book"].insert(0, "hang_after")
                time_passes(name, workers_are_dead=True)
                server.start()
                try_again(shop.connect(server.port, name))
            odoo = shop.connect(server.port, name)

            def all_booked():
                time_passes(name)
                return not try_again(odoo)

            wait_until(all_booked, "all bookings", deadline)
            check(odoo, courier, provider)
        finally:
            courier.over.set()
            server.stop()


def check(odoo, courier, provider):
    """As many orders at the courier as parcels here, each the other's."""
    parcels = odoo.env["oms.shipment"].search_read(
        [], ["name", "resi", "provider_ref", "booking_state", "job_ids", "cost_estimated"]
    )
    assert len(parcels) == PARCELS
    assert {parcel["booking_state"] for parcel in parcels} == {"booked"}
    jobs = odoo.env["oms.courier.job"].search_read([("kind", "=", "book")], ["reference"])
    assert len(courier.orders) == PARCELS, "nothing was booked twice"
    assert sorted(order.reference for order in courier.orders.values()) == sorted(
        job["reference"] for job in jobs
    )
    numbers = [parcel["provider_ref"] for parcel in parcels]
    assert len(set(numbers)) == PARCELS
    if provider == "biteship":
        assert {p["resi"] for p in parcels} == {order.resi for order in courier.orders.values()}
    prices = odoo.env["stock.picking"].search_read([("carrier_id", "!=", False)], ["carrier_price"])
    assert len({row["carrier_price"] for row in prices}) == 1, "each transfer has its cost once"
