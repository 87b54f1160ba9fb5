"""Couriers' servers on this machine: real HTTP, the documented wire formats, faults to order.

    with Simulator() as courier:
        courier.url                                   # base address for an account
        courier.fail("book", "drop_after")            # the next booking: made, but never answered
        courier.advance(order, "picked", "Picked up") # a scan
        courier.call(url, order, "order.status")      # the provider's webhook

Faults: ``429`` ``500`` ``502`` ``no_json`` (nothing happens), ``drop`` (the line breaks before
anything happens), ``drop_after`` and ``500_after`` (it happens, the answer is lost), ``hang_after``
(it happens, the answer comes when the test is over), ``failed_row`` (it says success, and the row
failed), ``slow`` (an answer in small pieces), ``echo`` (a refusal that repeats the key it got).
"""

import json
import threading
import time
import urllib.error
import urllib.request
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

KEY = "biteship_test.0123456789abcdef"
START = datetime(2026, 7, 1, 3, 0, tzinfo=timezone.utc)
PDF = b"%PDF-1.4\n%%EOF\n"
DISTRICTS = [
    {"id": 5789, "text": "Ngemplak, Kabupaten Sleman, DI Yogyakarta"},
    {"id": 1251, "text": "Ngemplak, Kabupaten Boyolali, Jawa Tengah"},
    {"id": 419, "text": "Coblong, Kota Bandung, Jawa Barat"},
]
HANG_SECONDS = 120


class Order:
    """One order at the provider."""

    def __init__(self, number, reference, payload):
        self.id = f"order-{number:06d}"
        self.tracking_id = f"track-{number:06d}"
        self.reference = reference
        self.payload = payload
        self.resi = f"WYB-{1775600000000 + number}"
        self.status = "confirmed"
        self.price = 18000
        self.correction = 0
        self.history = []


class Simulator:
    """A provider's server with a memory. Thread-safe enough for a test."""

    def __init__(self, port=0, key=KEY):
        self.key = key
        self.orders = {}
        self.requests = []
        self.faults = {}
        self.lock = threading.RLock()
        self.over = threading.Event()
        self.booked = threading.Event()
        self.pickup_slots = [{"clock": "2026-07-02 10:00:00", "expired": False, "libur": False}]
        handler = type("Handler", (_Handler,), {"simulator": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_exc):
        self.over.set()
        self.server.shutdown()
        self.server.server_close()

    # ORDERED BY TESTS

    def fail(self, operation, *faults):
        """The next calls of ``operation`` (rate, book, get, cancel, track, label) go wrong."""
        self.faults.setdefault(operation, []).extend(faults)

    def next_fault(self, operation):
        with self.lock:
            waiting = self.faults.get(operation)
            return waiting.pop(0) if waiting else None

    def counted(self, operation):
        return sum(1 for name, _payload in self.requests if name == operation)

    def sole(self):
        """The one order that was made."""
        (order,) = self.orders.values()
        return order

    def by_reference(self, reference):
        return next((o for o in self.orders.values() if o.reference == reference), None)

    def make(self, reference, payload):
        with self.lock:
            order = Order(len(self.orders) + 1, reference, payload)
            self.orders[order.id] = order
        return order

    def advance(self, order, status, note, hours=None):
        """A scan ``hours`` after the start (default: one hour after the one before)."""
        hours = len(order.history) + 1 if hours is None else hours
        order.status = status
        order.history.append((status, note, START + timedelta(hours=hours)))

    # WEBHOOKS

    def message(self, order, event, index=-1):
        """The body of a Biteship call about a scan, a price or a number."""
        status, _note, at = order.history[index] if order.history else (order.status, "", START)
        body = {
            "event": event,
            "order_id": order.id,
            "courier_tracking_id": order.tracking_id,
            "courier_waybill_id": order.resi,
            "courier_company": order.payload["courier_company"],
            "status": status,
        }
        if event == "order.status":
            body |= {"order_price": order.price, "updated_at": f"{at:%Y-%m-%dT%H:%M:%S.000Z}"}
        if event == "order.price":
            body |= {"price": order.price, "shippment_fee": order.price}
        return body

    @staticmethod
    def package_message(order, method, **row):
        """The body of a KiriminAja call: a batch of one."""
        data = {"order_id": order.reference, "awb": order.resi, **row}
        return {"method": method, "data": [data]}


def call(url, body, headers=None, method="POST"):
    """Send a webhook as a courier's server does; return ``(status, text)``."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    asked = urllib.request.Request(
        url, raw, {"Content-Type": "application/json", **(headers or {})}, method=method
    )
    try:
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self._serve(None)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._serve(json.loads(body) if body else {})

    def log_message(self, *_args):
        pass

    # ROUTES

    def _serve(self, payload):
        url = urlsplit(self.path)
        self.query = parse_qs(url.query)
        parts = [part for part in url.path.split("/") if part]
        operation, answer = self._route(parts, payload)
        self.simulator.requests.append((operation, payload))
        if (
            operation != "pdf"
            and self.headers.get("Authorization") != f"Bearer {self.simulator.key}"
        ):
            self._send(401, {"success": False, "error": "Unauthorized"})
            return
        self._with_faults(operation, answer)

    def _route(self, parts, payload):
        match parts:
            case ["v1", "couriers"]:
                return "ping", lambda: (200, {"success": True, "couriers": []})
            case ["v1", "rates", "couriers"]:
                return "rate", lambda: self._bs_rates(payload)
            case ["v1", "orders"]:
                return "book", lambda: self._bs_book(payload)
            case ["v1", "orders", order_id]:
                return "get", lambda: self._bs_get(order_id)
            case ["v1", "orders", order_id, "cancel"]:
                return "cancel", lambda: self._bs_cancel(order_id)
            case ["v1", "trackings", tracking_id]:
                return "track", lambda: self._bs_track(tracking_id)
            case ["api", "mitra", "couriers"]:
                return "ping", lambda: (200, {"status": True, "datas": []})
            case ["api", "mitra", "v2", "get_address_by_name"]:
                return "district", lambda: self._ka_districts(payload)
            case ["api", "mitra", "v6.1", "shipping_price"]:
                return "rate", lambda: self._ka_rates(payload)
            case ["api", "mitra", "v2", "schedules"]:
                slots = self.simulator.pickup_slots
                return "schedule", lambda: (200, {"status": True, "schedules": slots})
            case ["api", "mitra", "v6.1", "request_pickup"]:
                return "book", lambda: self._ka_book(payload)
            case ["api", "mitra", "tracking"]:
                return "track", lambda: self._ka_track(payload["order_id"])
            case ["api", "mitra", "v3", "cancel_shipment"]:
                return "cancel", lambda: self._ka_cancel(self.query["awb"][0])
            case ["api", "mitra", "v6.1", "awb", "print"]:
                return "label", lambda: self._ka_label()
            case ["labels.pdf"]:
                return "pdf", lambda: (200, PDF)
            case _:
                return "?", lambda: (404, {"success": False, "error": "Not found"})

    # FAULTS

    def _with_faults(self, operation, answer):
        fault = self.simulator.next_fault(operation)
        if fault in ("429", "500", "502"):
            return self._send(int(fault), {"success": False, "error": "Try later"})
        if fault == "no_json":
            return self._send(200, b"<html>Maintenance</html>")
        if fault == "echo":
            words = f"Not allowed: {self.headers.get('Authorization')}"
            return self._send(403, {"success": False, "status": False, "error": words})
        if fault == "drop":
            return self._hang_up()
        status, data = answer()
        if operation == "book":
            self.simulator.booked.set()
        if fault == "drop_after":
            return self._hang_up()
        if fault == "500_after":
            return self._send(500, {"success": False, "error": "Internal"})
        if fault == "hang_after":
            self.simulator.over.wait(HANG_SECONDS)
            return self._hang_up()
        return self._send(status, data, slow=fault == "slow")

    def _hang_up(self):
        self.close_connection = True
        self.connection.close()

    def _send(self, status, data, slow=False):
        body = data if isinstance(data, bytes) else json.dumps(data).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            if status == 429:
                self.send_header("Retry-After", "7")
            self.end_headers()
            step = max(len(body) // 5, 1) if slow else len(body) or 1
            for start in range(0, len(body), step):
                self.wfile.write(body[start : start + step])
                if slow:
                    self.wfile.flush()
                    time.sleep(0.05)
        except OSError:
            # Who asked did not wait for the answer.
            self.close_connection = True

    # BITESHIP

    def _bs_rates(self, payload):
        offers = [("jne", "reg", 18000, "2 - 3"), ("jne", "yes", 34000, "1 - 1")]
        offers += [("sicepat", "reg", 17000, "2 - 4"), ("anteraja", "reg", 21000, "No Data")]
        wanted = payload["couriers"].split(",")
        pricing = [
            {
                "company": courier,
                "courier_code": courier,
                "courier_service_code": service,
                "courier_service_name": service.upper(),
                "price": price,
                "shipment_duration_range": days,
                "shipment_duration_unit": "days",
                "available_for_cash_on_delivery": True,
            }
            for courier, service, price, days in offers
            if courier in wanted
        ]
        return 200, {"success": True, "object": "courier_pricing", "pricing": pricing}

    def _bs_book(self, payload):
        simulator = self.simulator
        with simulator.lock:
            known = simulator.by_reference(payload["reference_id"])
            if known:
                details = {
                    "order_id": known.id,
                    "waybill_id": known.resi,
                    "reference_id": known.reference,
                }
                error = {"success": False, "error": "Reference id already used", "code": 40002061}
                return 400, {**error, "details": details}
            if not payload.get("destination_contact_phone"):
                error = "destination_contact_phone is required"
                return 400, {"success": False, "error": error, "code": 40002018}
            if simulator.faults.get("row"):
                simulator.faults["row"].pop(0)
                return 200, {"success": True, "message": "Order received", "object": "order"}
            order = simulator.make(payload["reference_id"], payload)
        return 200, self._bs_order(order)

    def _bs_order(self, order):
        return {
            "success": True,
            "object": "order",
            "id": order.id,
            "reference_id": order.reference,
            "price": order.price,
            "status": order.status,
            "courier": {
                "company": order.payload["courier_company"],
                "tracking_id": order.tracking_id,
                "waybill_id": order.resi,
                "routing_code": "JKT-JKT001",
                "link": "",
            },
        }

    def _bs_get(self, order_id):
        order = self.simulator.orders.get(order_id)
        if not order:
            return 404, {"success": False, "error": "Order not found", "code": 40002001}
        return 200, self._bs_order(order)

    def _bs_cancel(self, order_id):
        order = self.simulator.orders[order_id]
        if order.status not in ("confirmed", "scheduled", "allocated", "picking_up"):
            return 400, {"success": False, "error": f"Order is {order.status}", "code": 40002042}
        order.status = "cancelled"
        return 200, {"success": True, "object": "order", "id": order.id, "status": "cancelled"}

    def _bs_track(self, tracking_id):
        order = next(o for o in self.simulator.orders.values() if o.tracking_id == tracking_id)
        history = [
            {
                "note": note,
                "status": status,
                "service_type": "-",
                "updated_at": f"{at + timedelta(hours=7):%Y-%m-%dT%H:%M:%S}+07:00",
            }
            for status, note, at in order.history
        ]
        return 200, {
            "success": True,
            "messsage": "Successfully get tracking info",
            "object": "tracking",
            "id": tracking_id,
            "waybill_id": order.resi,
            "courier": {"company": order.payload["courier_company"]},
            "history": history,
            "order_id": order.id,
            "status": order.status,
        }

    # KIRIMINAJA

    def _ka_districts(self, payload):
        found = [d for d in DISTRICTS if payload["search"].lower() in d["text"].lower()]
        return 200, {"status": True, "text": "Success", "data": found}

    def _ka_rates(self, payload):
        offers = [("jne", "REG23", "12000", "2-3"), ("sicepat", "SIUNT", "11500", "1 - 2")]
        results = [
            {
                "service": courier,
                "service_name": service,
                "service_type": service,
                "cost": cost,
                "etd": days,
                "cod": True,
                "insurance": 550 if payload.get("insurance") else 0,
            }
            for courier, service, cost, days in offers
            if courier in payload["courier"]
        ]
        return 200, {"status": True, "text": "Success", "results": results}

    def _ka_book(self, payload):
        simulator = self.simulator
        (package,) = payload["packages"]
        if simulator.faults.get("row"):
            simulator.faults["row"].pop(0)
            row = {"order_id": package["order_id"], "kj_order_id": None, "awb": None}
            row["error"] = "Kecamatan tidak tercover"
            return 200, {"status": True, "text": "Request pickup berhasil", "details": [row]}
        order = simulator.make(package["order_id"], payload)
        order.resi = None
        row = {
            "order_id": order.reference,
            "kj_order_id": order.reference,
            "awb": None,
            "service": package["service"].upper(),
            "service_type": package["service_type"],
        }
        return 200, {
            "status": True,
            "text": "Request pickup berhasil",
            "method": "request_pickup",
            "payment_status": "paid",
            "details": [row],
            "pickup_number": "XID-7850941654",
        }

    def _ka_track(self, number):
        order = next(
            (o for o in self.simulator.orders.values() if number in (o.reference, o.resi)), None
        )
        if not order:
            return 200, {"status": False, "text": "Data tidak ditemukan", "method": "shTracking"}
        (package,) = order.payload["packages"]
        histories = [
            {
                "created_at": f"{at + timedelta(hours=7):%Y-%m-%d %H:%M:%S}",
                "status": note,
                "status_code": int(status) if str(status).isdigit() else 100,
                "driver": "",
                "receiver": "",
            }
            for status, note, at in reversed(order.history)
        ]
        details = {
            "awb": order.resi,
            "order_id": order.reference,
            "sorting_code": "JOG-JOG1000-JKT2020",
            "service": package["service"],
            "service_name": package["service_type"],
            "delivered": order.status == "200",
            "costs": {
                "shipping_cost": package["shipping_cost"],
                "correction": order.correction,
                "cod": package["cod"],
            },
        }
        return 200, {
            "status": True,
            "text": "",
            "method": "shTracking",
            "status_code": 200,
            "details": details,
            "histories": histories,
        }

    def _ka_cancel(self, awb):
        order = next((o for o in self.simulator.orders.values() if o.resi == awb), None)
        if not order or order.status not in ("confirmed", "101"):
            return 200, {"status": False, "text": "Paket tidak dapat dibatalkan"}
        if self.simulator.faults.get("pending"):
            self.simulator.faults["pending"].pop(0)
            return 200, {"status": True, "text": "Diproses", "data": {"success": "pending"}}
        self.simulator.advance(order, "300", "Dibatalkan")
        return 200, {"status": True, "text": "Dibatalkan", "data": {"success": True}}

    def _ka_label(self):
        url = f"{self.simulator.url}/labels.pdf"
        return 200, {"status": True, "data": {"data": {"url": url}}}
