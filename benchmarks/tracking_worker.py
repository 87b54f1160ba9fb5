"""One measured round of courier events inside Odoo; tracking.py starts it.

    tracking_worker.py push DATABASE --batch 1000 --rounds 3

The same events three ways, each committed: ``push_events`` in one batch; a bare
``INSERT ... ON CONFLICT`` of the same rows into a table with the same indexes; and one parcel at
a time, written on its transfer in a savepoint of its own as OCA's ``delivery_state`` does it
(state, history and a tracked field). The last line of the output is JSON.
"""

import argparse
import gc
import json
import sys
import time
from datetime import datetime, timedelta, timezone

import flow_worker
from psycopg2.extras import execute_values

SINGLES = 60
BARE = "bench_event"
STATES = ("in_transit", "out_for_delivery")


class Push:
    def __init__(self, database, batch):
        self.shop = flow_worker.Shop(database, "active")
        self.batch = batch
        self.clock = datetime.now(timezone.utc) - timedelta(days=2)
        with self.shop.request() as env:
            self.parcels = self._number_parcels(env)
            self._make_oca_fields(env)
            env.cr.execute(f"DROP TABLE IF EXISTS {BARE}")
            env.cr.execute(f"CREATE TABLE {BARE} (LIKE oms_shipment_event INCLUDING ALL)")

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
        for name, kind, tracked in (
            ("x_tracking_state", "char", 0),
            ("x_tracking_state_history", "text", 0),
            ("x_delivery_state", "char", 100),
        ):
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
        status = STATES[self.clock.minute % 2]
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
        pickings = env["stock.picking"].browse(row[2] for row in self.parcels[:SINGLES])
        for picking, event in zip(pickings, self.current[:SINGLES], strict=True):
            with env.cr.savepoint():
                history = picking.x_tracking_state_history or ""
                picking.write(
                    {
                        "x_tracking_state": event["text"],
                        "x_tracking_state_history": f"{history}\n{event['occurred_at']}",
                        "x_delivery_state": f"{event['status']} {event['occurred_at']}",
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
        results = {"push": [], "bare": [], "oca": []}
        for number in range(rounds + 1):
            self.current = self.events()
            times = {"push": self.timed(self.push) / self.batch}
            self.same_rows()
            times["bare"] = self.timed(self.bare) / self.batch
            times["oca"] = self.timed(self.oca) / SINGLES
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
