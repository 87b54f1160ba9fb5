import base64
import re
from io import BytesIO

from PIL import Image

from odoo.tests import HttpCase, tagged

from .common import TrackingCase


def picture():
    stream = BytesIO()
    Image.new("RGB", (40, 20), "white").save(stream, "PNG")
    return stream.getvalue()


SIGNATURE = "data:image/png;base64," + base64.b64encode(picture()).decode()


@tagged("post_install", "-at_install")
class TestDriver(HttpCase, TrackingCase):
    """The driver's page: next stop, delivered with proof, failed with reason, cash."""

    def setUp(self):
        super().setUp()
        self.channel.payment_policy = "cod"
        own = [{"courier": "OWN"}]
        self.parcels = self.ship(self.make_order(), own) | self.ship(self.make_order(), own)
        self.driver = self.env["res.partner"].create({"name": "Pak Budi"})
        action = (
            self.env["oms.fleet.assign"]
            .create({"driver_id": self.driver.id, "shipment_ids": self.parcels.ids})
            .action_assign()
        )
        self.run_ = self.env["oms.fleet.run"].browse(action["res_id"])
        self.path = f"/oms/driver/{self.run_.token}"
        self.stop, self.later = self.run_.stop_ids

    def page(self):
        return self.url_open(self.path)

    def send(self, stop, path=None, files=None, **data):
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.page().text)
        data["csrf_token"] = token[1] if token else ""
        path = f"{path or self.path}/{stop.id}"
        answer = self.url_open(path, data=data, files=files, allow_redirects=True)
        self.env.invalidate_all()
        return answer

    def test_next_stop_first(self):
        self.run_.action_depart()
        self.assertEqual(set(self.parcels.mapped("status")), {"out_for_delivery"})
        text = self.page().text
        self.assertIn("Jl. Melati 5", text)
        self.assertIn(self.parcels[0].name, text)
        self.assertIn("tel:081234567890", text)

    def test_delivered_with_proof_and_cash(self):
        parcel = self.stop.shipment_id
        due = str(int(parcel.cod_amount))
        proof = {"signature": SIGNATURE, "cod": due}
        answer = self.send(self.stop, outcome="delivered", receiver="Siti", **proof)
        self.assertEqual(answer.status_code, 200)
        self.assertEqual((parcel.status, parcel.pod_receiver), ("delivered", "Siti"))
        self.assertTrue(parcel.pod_signature)
        self.assertEqual(self.stop.cod_collected, int(due))
        self.assertEqual(self.run_.cod_difference, int(due) - self.run_.cod_due)
        at = self.stop.done_at
        self.send(self.stop, outcome="failed", reason="nobody")
        self.assertEqual((self.stop.state, self.stop.done_at), ("delivered", at), "a repeat")

    def test_cash_as_people_write_it(self):
        proof = {"outcome": "delivered", "receiver": "Siti", "signature": SIGNATURE}
        for typed in ("seratus", "-40", "1.2.3,4"):
            answer = self.send(self.stop, cod=typed, **proof)
            self.assertEqual((answer.status_code, self.stop.state), (422, "open"), typed)
        self.send(self.stop, cod="Rp 150.000,00", **proof)
        self.assertEqual(self.stop.cod_collected, 150000)
        self.send(self.later, cod="12.50", **proof)
        self.assertEqual(self.later.cod_collected, 12.5)

    def test_photo(self):
        files = {"photo": ("p.png", picture(), "image/png")}
        self.send(self.stop, files=files, outcome="delivered", receiver="Siti", cod="1")
        self.assertTrue(self.stop.shipment_id.pod_photo)
        self.assertEqual(self.stop.cod_collected, 1)
        self.assertLess(self.run_.cod_difference, 0, "cash is missing, and it shows")

    def test_failed_with_reason(self):
        self.send(self.stop, outcome="failed", reason="nobody")
        self.assertEqual(self.stop.shipment_id.status, "attempt_failed")
        self.send(self.later, outcome="failed", reason="refused")
        self.assertEqual(self.later.shipment_id.status, "refused")
        self.assertIn("All done", self.page().text)

    def test_what_is_missing_is_said(self):
        for data in (
            {"outcome": "delivered", "receiver": ""},
            {"outcome": "delivered", "receiver": "Siti", "cod": "5"},
            {"outcome": "delivered", "receiver": "Siti", "signature": SIGNATURE},
            {"outcome": "delivered", "receiver": "x", "cod": "9" * 30, "signature": SIGNATURE},
            {"outcome": "failed"},
            {"outcome": "failed", "reason": "because"},
        ):
            answer = self.send(self.stop, **data)
            self.assertEqual(answer.status_code, 422, data)
            self.assertEqual(self.stop.state, "open")
        fake = {"photo": ("p.png", b"<script>", "image/png")}
        answer = self.send(self.stop, files=fake, outcome="delivered", receiver="Siti", cod="1")
        self.assertEqual(answer.status_code, 422)

    def test_other_rounds_and_strangers(self):
        other = self.run_.copy({"driver_id": self.env["res.partner"].create({"name": "X"}).id})
        self.assertNotEqual(other.token, self.run_.token)
        answer = self.send(self.stop, path=f"/oms/driver/{other.token}", outcome="failed")
        self.assertEqual(answer.status_code, 404)
        for token in ("x", "A" * 32, self.run_.token[:-1] + "~"):
            self.assertEqual(self.url_open(f"/oms/driver/{token}").status_code, 404)
        self.run_.active = False
        self.assertEqual(self.page().status_code, 404)
