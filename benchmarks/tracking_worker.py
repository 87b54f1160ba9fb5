"""One measured round of courier events inside Odoo; tracking.py starts it.

    tracking_worker.py push DATABASE --batch 1000 --rounds 3

The same events, each way committed:

* push: ``push_events`` in one batch, every event moving its parcel on;
* bare: ``INSERT ... ON CONFLICT`` of the same rows into a table with the same indexes and keys;
* oca: one parcel at a time in the way of OCA's ``delivery_state``: it asks the courier about each
  transfer (here a server on this machine, which answers after 20 ms) and writes answer, history and
  two tracked states on it, in a savepoint of its own; near: the server answers at once; write: the
  answers are there already.

The last line of the output is JSON.
"""

import argparse
import gc
import http.server
import json
import sys
import threading
import time
from datetime import datetime, timedelta, timezone

import flow_worker
import requests
from psycopg2.extras import execute_values

SINGLES = 60
# A fast courier; those of this country take ten times as long.
ANSWERS_AFTER = 0.02
BARE = "bench_event"
# Each moves the parcel on from the one before; none of them calls for a person.
STATES = ("picked_up", "in_transit", "out_for_delivery", "available_for_pickup")
FIELDS = (
    ("x_tracking_json", "json", 0),
    ("x_tracking_state", "char", 100),
    ("x_tracking_state_history", "text", 0),
    ("x_delivery_state", "char", 100),
)


class Courier:
    """A courier's server that knows its answers."""

    def __init__(self, events, delay=0):
        answers = {f"/{event['resi']}": json.dumps(event).encode() for event in events}

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                time.sleep(delay)
                self.send_response(200)
                self.end_headers()
                self.wfile.write(answers[self.path])

            def log_message(self, *_args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_exc):
        self.server.shutdown()
        self.server.server_close()

    def ask(self, resi):
        return requests.get(f"{self.url}/{resi}", timeout=10).json()


class Push:
    def __init__(self, database, batch):
        self.shop = flow_worker.Shop(database, "active")
        self.batch = batch
        self.number = 0
        self.clock = datetime.now(timezone.utc) - timedelta(days=2)
        with self.shop.request() as env:
            self.parcels = self._number_parcels(env)
            self._make_oca_fields(env)
            env.cr.execute(f"DROP TABLE IF EXISTS {BARE}")
            env.cr.execute(f"CREATE TABLE {BARE} (LIKE oms_shipment_event INCLUDING ALL)")
            env.cr.execute(
                "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
                " WHERE conrelid = 'oms_shipment_event'::regclass AND contype = 'f'"
            )
            for (reference,) in env.cr.fetchall():
                env.cr.execute(f"ALTER TABLE {BARE} ADD {reference}")

    def _number_parcels(self, env):
        """Parcels that are under way, each with a number of one courier."""
        env.cr.execute(
            """
            WITH parcel AS (
                SELECT id FROM oms_shipment ORDER BY id LIMIT %s),
            numbered AS (
                UPDATE oms_shipment SET resi = '9' || lpad(parcel.id::text, 14, '0'),
                       courier_id = (SELECT id FROM oms_courier WHERE code = 'JNE'),
                       resi_active = TRUE
                  FROM parcel WHERE parcel.id = oms_shipment.id
             RETURNING oms_shipment.id, resi, courier_id)
            INSERT INTO oms_shipment_resi (shipment_id, courier_id, number, since)
            SELECT id, courier_id, resi, now() - interval '3 days' FROM numbered
            """,
            [self.batch],
        )
        env.invalidate_all()
        parcels = env["oms.shipment"].search([("resi", "=like", "9%")], limit=self.batch)
        assert len(parcels) == self.batch, f"only {len(parcels)} parcels"
        return [(p.id, p.resi, p.fulfillment_id.picking_id.id) for p in parcels]

    def _make_oca_fields(self, env):
        model = env["ir.model"]._get("stock.picking")
        for name, kind, tracked in FIELDS:
            env["ir.model.fields"].create(
                {
                    "model_id": model.id,
                    "name": name,
                    "field_description": name,
                    "ttype": kind,
                    "tracking": tracked,
                }
            )

    def events(self):
        """One scan for each parcel, later than the ones before."""
        self.clock += timedelta(minutes=7)
        status = STATES[self.number] if self.number < len(STATES) else STATES[2 + self.number % 2]
        self.number += 1
        return [
            {
                "courier": "JNE",
                "resi": resi,
                "status": status,
                "text": "Received at sorting centre",
                "place": "Bandung",
                "occurred_at": self.clock.isoformat(),
                "raw": {"city_name": "BANDUNG", "desc": "Received at sorting centre"},
            }
            for _id, resi, _picking in self.parcels
        ]

    def timed(self, work):
        gc.collect()
        started = time.perf_counter()
        with self.shop.request() as env:
            work(env)
        return time.perf_counter() - started

    # the three ways

    def push(self, env):
        answers = env["oms.shipment"].push_events(self.current)
        assert {answer["status"] for answer in answers} == {"recorded"}, answers[:2]

    def bare(self, env):
        execute_values(
            env.cr._obj,
            f"INSERT INTO {BARE} ({', '.join(self.columns)}) VALUES %s"
            " ON CONFLICT (shipment_id, dedup_key) DO NOTHING",
            self.rows,
            page_size=self.batch,
        )

    def oca(self, env):
        with Courier(self.current, ANSWERS_AFTER) as courier:
            self._one_by_one(env, courier.ask)

    def near(self, env):
        with Courier(self.current) as courier:
            self._one_by_one(env, courier.ask)

    def write(self, env):
        answers = {event["resi"]: event for event in self.current}
        self._one_by_one(env, answers.get)

    def _one_by_one(self, env, ask):
        pickings = env["stock.picking"].browse(row[2] for row in self.parcels[:SINGLES])
        for picking, (_id, resi, _picking) in zip(pickings, self.parcels, strict=False):
            with env.cr.savepoint():
                answer = ask(resi)
                history = picking.x_tracking_state_history or ""
                scan = f"{answer['occurred_at']} {answer['text']}"
                picking.write(
                    {
                        "x_tracking_json": answer,
                        "x_tracking_state": scan,
                        "x_tracking_state_history": f"{history}\n{scan}",
                        "x_delivery_state": f"{answer['status']} {answer['occurred_at']}",
                    }
                )
                env.flush_all()

    def same_rows(self):
        """What the last push stored, for the bare insert."""
        with self.shop.request() as env:
            env.cr.execute(
                "SELECT column_name FROM information_schema.columns"
                " WHERE table_name = 'oms_shipment_event' AND column_name != 'id'"
            )
            self.columns = [row[0] for row in env.cr.fetchall()]
            listed = ", ".join(
                f"{name}::text::jsonb::text" if name == "raw" else name for name in self.columns
            )
            env.cr.execute(
                f"SELECT {listed} FROM oms_shipment_event ORDER BY id DESC LIMIT %s", [self.batch]
            )
            self.rows = env.cr.fetchall()

    def measure(self, rounds):
        results = {"push": [], "bare": [], "oca": [], "near": [], "write": []}
        for number in range(rounds + 1):
            self.current = self.events()
            times = {"push": self.timed(self.push) / self.batch}
            self.same_rows()
            times["bare"] = self.timed(self.bare) / self.batch
            for name in ("oca", "near", "write"):
                times[name] = self.timed(getattr(self, name)) / SINGLES
            if number:  # the first round fills caches
                for name, spent in times.items():
                    results[name].append(spent)
        return results


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task", choices=("push",))
    parser.add_argument("database")
    parser.add_argument("--batch", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    result = Push(options.database, options.batch).measure(options.rounds)
    print(json.dumps(result))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
