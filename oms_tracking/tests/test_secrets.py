import contextlib
import logging
from urllib.parse import quote

from odoo.tests import HttpCase, tagged

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal

from .connector_common import KEY, BookingCase

SECRET = "agreed-secret"


class Recorder(logging.Handler):
    """Everything that any logger says, as it would stand in a file, traces included."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))
        self.lines = []

    def emit(self, record):
        self.lines.append(self.format(record))


@contextlib.contextmanager
def recorded():
    """Record at the level of ``--log-level=debug``, which prints no SQL, and libraries as well."""
    root, recorder = logging.getLogger(), Recorder()
    names = ("", "odoo", "odoo.addons", "urllib3", "requests", "werkzeug", "kiriminaja")
    before = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.DEBUG)
    sql = logging.getLogger("odoo.sql_db")
    sql_before = sql.level
    sql.setLevel(logging.INFO)
    root.addHandler(recorder)
    try:
        yield recorder
    finally:
        root.removeHandler(recorder)
        sql.setLevel(sql_before)
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)


class SecretsCase(HttpCase, BookingCase):
    """No key, token or secret is ever written to the log, or kept in a reason."""

    def run_queue(self, *xmlids):
        # tests that serve HTTP are in the registry's test mode all the time
        for xmlid in xmlids or ("cron_courier_jobs",):
            self.env.ref(f"oms_tracking.{xmlid}").method_direct_trigger()
        self.env.invalidate_all()

    def secrets(self, parcels):
        texts = [KEY, SECRET, self.account.webhook_token, *parcels.mapped("access_token")]
        return {spelling for text in texts for spelling in (text, quote(text, safe=""))}

    def walk(self):
        """Book, fail to book, ask prices, cancel, hear and refuse calls, show a page."""
        parcel = self.make_booked_order()
        self.run_queue()
        self.assertEqual(parcel.booking_state, "booked", parcel.booking_error)
        parcels = parcel
        for fault in ("echo", "500", "429", "drop", "drop_after", "no_json", "slow"):
            self.courier.fail("book", fault)
            failing = self.make_booked_order()
            parcels |= failing
            self.run_queue()
            self.due_now(failing)
            self.run_queue()
        for fault in ("echo", "500", "no_json", None):
            if fault:
                self.courier.fail("rate", fault)
            order = self.env["sale.order"].create({"partner_id": self.partner.id})
            self.carrier.oms_rate_shipment(order)
        self.courier.fail("track", "echo")
        self.run_queue("cron_courier_jobs")
        self.courier.fail("cancel", "echo")
        parcel.action_cancel_booking()
        self.run_queue()
        self.courier.fail("ping", "echo")
        with self.assertRaises(OmsRefusal) as refused:
            self.account.action_ping()
        self.calls(parcel)
        return parcels, str(refused.exception)

    def calls(self, parcel):
        """Webhooks that are taken and refused, and the customer's page."""
        path = f"/oms/webhook/{self.provider}/{self.account.webhook_token}"
        good = {"X-Courier-Proof": SECRET, "Authorization": f"Bearer {KEY}"}
        wrong = {"X-Courier-Proof": f"{SECRET}x", "Authorization": f"Bearer {KEY}x"}
        for headers, status in ((good, 200), (wrong, 401), ({}, 401)):
            for body in (b'{"event": "order.status"}', b"[" * 5000, b"\xff{"):
                answer = self.url_open(path, data=body, headers=headers)
                self.assertEqual(answer.status_code, status)
        self.run_queue("cron_webhook_queue")
        self.assertEqual(self.url_open(parcel._tracking_path()).status_code, 200)

    def check(self):
        with recorded() as log:
            parcels, said = self.walk()
        self.assertTrue(any("/v1/" in line or "/api/mitra/" in line for line in log.lines))
        self.assertTrue(any("/oms/webhook/" in line for line in log.lines))
        self.assertTrue(any("/track/***" in line for line in log.lines))
        self.assertTrue(parcels.job_ids.filtered(lambda job: "***" in (job.error or "")))
        kept = parcels.job_ids.mapped("error") + parcels.mapped("booking_error")
        messages = self.env["oms.webhook.message"].search([("account_id", "=", self.account.id)])
        kept += messages.mapped("error") + [said]
        # What this test's own visitor logs about calling this server is not the server's log.
        visitor = f"127.0.0.1:{self.http_port()}"
        lines = [line for line in log.lines if not (line.startswith("urllib3") and visitor in line)]
        for secret in self.secrets(parcels):
            for line in (*lines, *filter(None, kept)):
                self.assertFalse(secret in line, line.replace(secret, "<<< secret >>>")[:300])


@tagged("post_install", "-at_install")
class TestSecretsBiteship(SecretsCase):
    def test_nothing_is_told(self):
        self.check()


@tagged("post_install", "-at_install")
class TestSecretsKiriminAja(SecretsCase):
    provider = "kiriminaja"
    service = "REG"

    def test_nothing_is_told(self):
        self.check()
