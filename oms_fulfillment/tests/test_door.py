import hashlib
import hmac
import json
import time
from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .intake_common import FIXTURES, IntakeCase, make_order


@tagged("post_install", "-at_install")
class TestDoor(HttpCase, IntakeCase):
    """Orders that a channel posts by HTTP, and by JSON-2."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.channel.action_door_open()
        cls.path = f"/oms/intake/{cls.channel.door_token}"

    def post(self, body, path=None, key=None, method="POST", **headers):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        headers = {"Content-Type": "application/json", **headers}
        if key is not False:
            headers["Authorization"] = f"Bearer {key or self.channel.door_key}"
        return self.url_open(path or self.path, data=body, headers=headers, method=method)

    def refused(self, answer, status, code):
        self.assertEqual(answer.status_code, status, answer.text)
        body = answer.json()
        (error,) = body["errors"]
        self.assertEqual((body["status"], error["code"]), ("error", code))
        self.assertTrue(error["message"])
        self.assertNotIn("Traceback", answer.text)

    def run_queue(self):
        self.env.ref("oms_fulfillment.cron_intake_queue").method_direct_trigger()
        self.env.invalidate_all()

    # TAKEN

    def test_stored_first_then_made(self):
        answer = self.post(make_order("W-1"))
        self.assertEqual(answer.status_code, 202, answer.text)
        (item,) = answer.json()["items"]
        self.assertEqual((item["status"], item["external_id"]), ("received", "W-1"))
        intake = self.intakes("W-1")
        self.assertEqual((intake.id, intake.state), (item["intake_id"], "received"))
        self.assertEqual(intake.source, "http")
        self.assertFalse(intake.order_id)
        self.run_queue()
        self.assertEqual(intake.state, "accepted")
        self.assertEqual(intake.order_id.oms_external_id, "W-1")
        again = self.post(make_order("W-1")).json()["items"][0]
        self.assertEqual((again["status"], again["name"]), ("duplicate", intake.order_id.name))

    def test_batch(self):
        orders = [make_order(f"W-{n}") for n in range(3)]
        orders += [orders[0], make_order("W-1", note="changed"), {"nonsense": 1}, None]
        answer = self.post({"orders": orders})
        self.assertEqual(answer.status_code, 202, answer.text)
        statuses = [item["status"] for item in answer.json()["items"]]
        self.assertEqual(
            statuses,
            ["received", "received", "received", "duplicate", "received", "received", "received"],
        )
        self.run_queue()
        self.assertEqual(self.intakes("W-1").mapped("state"), ["accepted", "updated"])
        self.assertEqual(self.intakes(False).mapped("state"), ["quarantined"] * 2)

    def test_other_formats_are_kept_as_they_came(self):
        original = json.loads((FIXTURES / "shopify_order.json").read_text())
        answer = self.post(original)
        self.assertEqual(answer.status_code, 202, answer.text)
        intake = self.Intake.browse(answer.json()["items"][0]["intake_id"])
        self.assertIn("ship_to", intake.payload)
        self.assertIn("shipping_address", intake.payload_received)
        self.assertFalse(intake.edited_by_id)

    def test_signed_body(self):
        body = json.dumps(make_order("W-1")).encode()

        def signed(moment, secret=None, content=body):
            message = str(moment).encode() + b"." + content
            key = (secret or self.channel.door_key).encode()
            digest = hmac.new(key, message, hashlib.sha256).hexdigest()
            headers = {"X-OMS-Timestamp": str(moment), "X-OMS-Signature": f"sha256={digest}"}
            return self.post(body, key=False, **headers)

        now = int(time.time())
        self.refused(signed(now, "guessed"), 401, "unauthorized")
        self.refused(signed(now, content=b"{}"), 401, "unauthorized")
        self.refused(signed(now - 3600), 401, "expired_signature")
        self.refused(signed("1e9"), 401, "unauthorized")
        self.assertFalse(self.intakes("W-1"))
        self.assertEqual(signed(now).status_code, 202)

    def test_keys_change_without_a_gap(self):
        old = self.channel.door_key
        self.channel.action_door_open()
        self.assertNotEqual(old, self.channel.door_key)
        self.assertEqual(self.post([], key=old).status_code, 202)
        self.assertEqual(self.post([]).status_code, 202)
        self.channel.door_key_old_until = fields.Datetime.now() - timedelta(seconds=1)
        self.refused(self.post([], key=old), 401, "unauthorized")
        self.channel.action_door_open()
        self.channel.action_door_forget_old()
        self.assertFalse(self.channel.door_key_old)
        self.channel.action_door_close()
        self.refused(self.post([], key=old), 401, "unauthorized")

    # REFUSED

    def test_refused_as_a_whole(self):
        self.refused(self.post([], key="wrong"), 401, "unauthorized")
        self.refused(self.post([], key="wröng".encode().decode("latin1")), 401, "unauthorized")
        self.refused(self.post([], key=False), 401, "unauthorized")
        self.refused(self.post([], path="/oms/intake/" + "x" * 24), 401, "unauthorized")
        self.refused(self.post([], path="/oms/intake/x"), 401, "unauthorized")
        self.refused(self.post(b"[]", **{"Content-Type": "text/csv"}), 415, "content_type")
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        self.refused(self.post(b"a=1", **form), 415, "content_type")
        self.refused(self.post(b" " * 5_000_001), 413, "too_large")
        self.refused(self.post(b"", method="GET"), 405, "method")
        for body, code in (
            (b"", "bad_json"),
            (b"{", "bad_json"),
            (b"\xff\xfe", "bad_encoding"),
            (b"[" * 100_000, "too_deep"),
            (b'{"a": ' + b"9" * 5000 + b"}", "bad_json"),
            (json.dumps([{}] * 1001).encode(), "too_many"),
        ):
            self.refused(self.post(body), 422, code)
        self.refused(self.post([], path=self.path + "?format=nope"), 422, "unknown_format")
        self.assertFalse(self.Intake.search([("source", "=", "http")]))

    def test_other_companies_stay_out(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        other = self.env["oms.channel"].create(
            {"name": "Theirs", "code": "TOKO", "company_id": company.id, "auto_confirm": False}
        )
        other.action_door_open()
        self.refused(self.post([], path=f"/oms/intake/{other.door_token}"), 401, "unauthorized")
        path = f"/oms/intake/{other.door_token}"
        self.assertEqual(self.post(make_order("W-9"), path, other.door_key).status_code, 202)
        self.run_queue()
        self.assertEqual(self.intakes("W-9").order_id.company_id, company)

    def test_secrets_are_for_managers(self):
        agent = new_test_user(self.env, "agent", "oms_fulfillment.group_oms_agent")
        seen = self.channel.with_user(agent).read()[0]
        self.assertFalse({"door_key", "door_token", "door_url", "outbox_secret"} & set(seen))
        self.assertIn(self.channel.door_key, self.channel.door_example)

    # JSON-2

    def test_json2(self):
        robot = new_test_user(self.env, "robot", "oms_fulfillment.group_oms_integration")
        key = (
            self.env["res.users.apikeys"]
            .with_user(robot)
            ._generate("rpc", "shop", fields.Datetime.now() + timedelta(days=1))
        )

        def call(method, key=key, **params):
            return self.url_open(
                f"/json/2/oms.channel/{method}",
                json=params,
                headers={"Authorization": f"Bearer {key}"},
            )

        answer = call("submit_orders", channel="TOKO", orders=[make_order("J-1"), {"bad": 1}])
        self.assertEqual(answer.status_code, 200, answer.text)
        good, bad = answer.json()
        self.assertEqual((good["status"], bad["status"]), ("accepted", "quarantined"))
        again = call("submit_orders", orders=[make_order("J-1")], channel="TOKO").json()[0]
        self.assertEqual((again["status"], again["id"]), ("duplicate", good["id"]))
        self.assertEqual(call("submit_orders", "wrong", channel="TOKO", orders=[]).status_code, 401)
        with mute_logger("odoo.http"):
            refused = call("submit_orders", channel="NOWHERE", orders=[])
        self.assertEqual(refused.status_code, 422)
        self.assertIn("NOWHERE", refused.json()["message"])
