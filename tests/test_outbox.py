"""A channel hears everything, in order per order, whatever happens to the line or the server."""

import os

import clients
import oms_dev as dev
import psycopg2
import pytest
import shop
from receiver import Receiver

LATER = "UPDATE oms_outbox SET next_try = now() AT TIME ZONE 'UTC' WHERE state = 'failed'"


@pytest.fixture
def receiver():
    with Receiver() as receiver:
        yield receiver


def run_cron(odoo, name):
    odoo.execute("ir.cron", "method_direct_trigger", [odoo.env.ref(f"oms_fulfillment.{name}").id])


def submit(odoo, code, *numbers):
    """Orders that confirm themselves; their names."""
    payloads = [shop.payload(number, [(f"{code}-0", 1, 10000)], prefix=code) for number in numbers]
    answers = odoo.execute("oms.channel", "submit_orders", code, payloads)
    assert {answer["status"] for answer in answers} == {"accepted"}, shop.pretty(answers)
    return [answer["name"] for answer in answers]


def explain_all(odoo):
    names = odoo.env["sale.order"].search_read([("oms_channel_id", "!=", False)], ["name"])
    return odoo.execute("sale.order", "oms_explain", [order["name"] for order in names])


def make_shop(odoo, code, **values):
    product = shop.make_products(odoo, code, 1)
    shop.put_in_stock(odoo, shop.main_warehouse(odoo), {product[0]: 1000})
    return shop.make_channel(odoo, code, auto_confirm=True, **values)


def assert_in_order(events):
    """Each order's events arrived as 1, 2, 3... without a gap and none twice."""
    by_order = {}
    for event in events:
        by_order.setdefault(event["order"], []).append(event["sequence"])
    for order, numbers in by_order.items():
        assert numbers == list(range(1, len(numbers) + 1)), (order, numbers)


def test_calls_survive_a_bad_line_and_a_restart(receiver):
    with dev.fresh_database() as name:
        server = dev.Server(name, workers=2, name="push")
        with server:
            odoo = shop.connect(server.port, name)
            channel = make_shop(
                odoo,
                "PUSH",
                outbox_mode="push",
                outbox_url=receiver.url,
                outbox_timeout=1,
                outbox_max_attempts=4,
            )
            secret = odoo.env["oms.channel"].read([channel], ["outbox_secret"])
            receiver.secret = secret[0]["outbox_secret"]
            names = submit(odoo, "PUSH", *range(3))

            receiver.script = [500]
            run_cron(odoo, "cron_push_outbox")
            assert [call[0] for call in receiver.calls] == [500], "nobody listens: the rest waits"
            why = odoo.execute("sale.order", "oms_explain", names)
            notices = [item["notices"] for item in why]
            assert sum(map(len, notices)) == 1, notices
            assert "HTTP 500" in str(notices), notices

            run_cron(odoo, "cron_push_outbox")
            assert len(receiver.taken()) == 2, "the failed one waits for its time"
            shipped = odoo.execute(
                "oms.fulfillment",
                "ship",
                [
                    {"order": name, "parcels": [{"courier": "JNE", "resi": f"R-{name}"}]}
                    for name in names
                ],
            )
            assert {answer["status"] for answer in shipped} == {"shipped"}, shipped
            run_cron(odoo, "cron_push_outbox")
            assert len(receiver.taken()) == 4, "the shipping of the failed one waits behind it"

            receiver.script = ["hang"]
            dev.psql(LATER, name)
            run_cron(odoo, "cron_push_outbox")
            (failed,) = odoo.env["oms.outbox"].search_read([("state", "=", "failed")])
            assert (failed["attempts"], failed["last_error"]) == (2, "no answer in 1 s")

        with server:
            odoo = shop.connect(server.port, name)
            dev.psql(LATER, name)
            run_cron(odoo, "cron_push_outbox")
            assert len(receiver.taken()) == 6
            assert_in_order(receiver.taken())
            parcels = [
                event["data"]["parcels"][0]["resi"]
                for event in receiver.taken()
                if event["event"] == "shipped"
            ]
            assert sorted(parcels) == sorted(f"R-{name}" for name in names)
            assert not any(
                item["notices"] for item in odoo.execute("sale.order", "oms_explain", names)
            )

            receiver.script = [410]
            submit(odoo, "PUSH", 10, 11)
            run_cron(odoo, "cron_push_outbox")
            run_cron(odoo, "cron_push_outbox")
            assert len(receiver.taken()) == 6, "a channel that is gone is left alone"
            gone = odoo.env["oms.channel"].read([channel], ["outbox_paused", "outbox_dead_count"])
            assert gone[0]["outbox_paused"].startswith("HTTP 410")
            assert gone[0]["outbox_dead_count"] == 1
            dead = odoo.env["oms.outbox"].search([("state", "=", "dead")])
            odoo.execute("oms.outbox", "action_replay", dead)
            odoo.execute("oms.channel", "action_outbox_resume", [channel])
            run_cron(odoo, "cron_push_outbox")
            assert len(receiver.taken()) == 8

            receiver.script = [422, 422]
            submit(odoo, "PUSH", 20, 21)
            run_cron(odoo, "cron_push_outbox")
            assert receiver.script == [], "one order that is refused does not stop the other"
            dev.psql("UPDATE oms_outbox SET attempts = 3 WHERE state = 'failed'", name)
            dev.psql(LATER, name)
            receiver.script = [422, 422]
            run_cron(odoo, "cron_push_outbox")
            dead = odoo.env["oms.outbox"].search([("state", "=", "dead")])
            assert len(dead) == 2, "after the fourth try"
            assert sum(map(len, (item["notices"] for item in explain_all(odoo)))) == 2
            odoo.execute("oms.outbox", "action_replay", dead)
            run_cron(odoo, "cron_push_outbox")
            assert len(receiver.taken()) == 10
            assert_in_order(receiver.taken())
            server.assert_quiet()


def test_nobody_listens_at_all(server, odoo):
    make_shop(
        odoo, "DEAF", outbox_mode="push", outbox_url=f"http://127.0.0.1:{dev.free_ports()[0]}"
    )
    submit(odoo, "DEAF", 1)
    run_cron(odoo, "cron_push_outbox")
    (failed,) = odoo.env["oms.outbox"].search_read([("channel_id.code", "=", "DEAF")])
    assert failed["state"] == "failed"
    assert "ConnectionError" in failed["last_error"]


def test_reader_misses_nothing_that_commits_late(server, odoo):
    channel = make_shop(odoo, "LATE", outbox_mode="pull")
    submit(odoo, "LATE", 1)
    insert = """
        INSERT INTO oms_outbox (channel_id, company_id, stream, key, sequence, event, state,
                                attempts, created_at)
        VALUES (%s, 1, %s, 'x', 1, 'confirmed', 'pending', 0, now())
    """
    late = psycopg2.connect(dbname=server.database, user=os.environ.get("PGUSER"))
    late.cursor().execute(insert, [channel, "late"])
    submit(odoo, "LATE", 2)
    first = odoo.execute("oms.outbox", "fetch_events", "LATE")
    assert [event["position"] for event in first["events"]] == [1, 2]
    late.commit()
    late.close()
    rest = odoo.execute("oms.outbox", "fetch_events", "LATE", first["cursor"])
    assert [event["position"] for event in rest["events"]] == [3]


def read_all(client, barrier, share):
    """Read on until ``expected`` events came; a reader of its own, beside the writers."""
    code, expected = share
    barrier.wait(300)
    events, cursor = [], 0
    while len(events) < expected:
        answer = clients.patiently(client.execute, "oms.outbox", "fetch_events", code, cursor, 50)
        events += answer["events"]
        cursor = answer["cursor"]
    return [(event["position"], event["external_id"]) for event in events]


def work(client, barrier, share):
    """A writer or a reader."""
    job, share = share
    return {"read": read_all, "submit": clients.submit}[job](client, barrier, share)


def test_two_readers_beside_writers_read_the_same():
    with dev.fresh_database() as name, dev.Server(name, workers=4, name="read") as server:
        odoo = shop.connect(server.port, name)
        make_shop(odoo, "READ", outbox_mode="pull")
        payloads = [shop.payload(n, [("READ-0", 1, 10000)], prefix="READ") for n in range(60)]
        shares = [("submit", ("READ", hand, 5)) for hand in clients.deal(payloads, 2)]
        shares += [("read", ("READ", 60))] * 2
        *_writers, one, other = clients.run(server, work, shares)
        assert one == other
        assert [position for position, _number in one] == list(range(1, 61))
        assert {number for _position, number in one} == {item["external_id"] for item in payloads}
