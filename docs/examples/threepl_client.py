"""A 3PL's system in one page: fetch the work, take it or not, ship it.

    pip install odoorpc
    python threepl_client.py http://localhost:8069 DATABASE LOGIN PASSWORD

One run fetches what is new, answers requests to cancel, and ships what is packed. Run it every few
minutes; running it twice does no harm. The login is a portal user with the role "OMS: 3PL" who is a
contact of the logistics partner; it sees that partner's work and nothing else.

Replace the class `Warehouse` by your own system.
"""

import sys
from urllib.parse import urlsplit

import odoorpc


class Warehouse:
    """Stands for the 3PL's own system: what lies on its shelves, and what it has packed."""

    def __init__(self, shelves):
        self.shelves = shelves  # {sku: units}
        self.packing = {}  # {fulfilment: our number}

    def missing(self, work):
        """Return what can't be picked, as ``[{sku, message}]``."""
        return [
            {"sku": line["sku"], "message": f"only {self.shelves.get(line['sku'], 0)} here"}
            for line in work["lines"]
            if self.shelves.get(line["sku"], 0) < line["quantity"]
        ]

    def start(self, work):
        """Take the goods off the shelves; return our own number of the job."""
        for line in work["lines"]:
            self.shelves[line["sku"]] -= line["quantity"]
        self.packing[work["fulfillment"]] = f"JOB-{work['fulfillment']}"
        return self.packing[work["fulfillment"]]

    def stop(self, fulfillment):
        """Whether the job could still be stopped."""
        return self.packing.pop(fulfillment, None) is not None

    def packed(self):
        """Return what is ready to leave: ``[(fulfilment, parcels)]``."""
        return [
            (
                name,
                [
                    {
                        "courier": "JNE",
                        "service": "REG",
                        "resi": f"3PL{number[-8:]}".replace("/", ""),
                    }
                ],
            )
            for name, number in self.packing.items()
        ]


def connect(url, database, login, password):
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    odoo = odoorpc.ODOO(
        parts.hostname,
        protocol="jsonrpc+ssl" if secure else "jsonrpc",
        port=parts.port or (443 if secure else 80),
    )
    odoo.login(database, login, password)
    return odoo.env["oms.fulfillment"]


def run(api, warehouse):
    """One round; return what was done as ``{taken, rejected, stopped, shipped, problems}``."""
    done = {"taken": [], "rejected": [], "stopped": [], "shipped": [], "problems": []}

    def note(key, answers):
        for answer in answers:
            if answer["errors"]:
                done["problems"].append(answer["errors"][0]["message"])
            elif answer["status"] != "duplicate":
                done[key].append(answer["name"])

    told = api.fetch_work()
    for work in told["fulfillments"]:
        missing = warehouse.missing(work)
        if missing:
            item = {
                "fulfillment": work["fulfillment"],
                "reason": "inventory_out_of_stock",
                "lines": missing,
            }
            note("rejected", api.reject([item]))
        else:
            item = {"fulfillment": work["fulfillment"], "reference": warehouse.start(work)}
            note("taken", api.acknowledge([item]))
    for stop in told["cancellations"]:
        item = {
            "fulfillment": stop["fulfillment"],
            "accepted": warehouse.stop(stop["fulfillment"]),
        }
        note("stopped", api.answer_cancellation([item]))
    for fulfillment, parcels in warehouse.packed():
        note("shipped", api.ship([{"fulfillment": fulfillment, "parcels": parcels}]))
    return done


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    print(run(connect(*sys.argv[1:]), Warehouse({"DOC-MUG": 10})))
