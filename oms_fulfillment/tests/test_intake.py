import json

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .intake_common import IntakeCase, make_order


@tagged("post_install", "-at_install")
class TestIntakeStore(IntakeCase):
    """Nothing that comes in is lost, and nothing is doubled."""

    def test_three_repeats_make_one_order(self):
        order = make_order(revision=1)
        first = self.submit_one(order, "accepted")
        for _repeat in range(2):
            again = self.submit_one(order, "duplicate")
            self.assertEqual(again["id"], first["id"])
        self.assertEqual(len(self.intakes()), 1)
        self.assertEqual(self.intakes().attempts, 3)
        self.assertEqual(self.order_of(first).client_order_ref, "260701SYN0AAA1")

    def test_repeats_within_one_call(self):
        answers = self.submit(make_order(), make_order("B"), make_order())
        self.assertEqual(
            [answer["status"] for answer in answers], ["accepted", "accepted", "duplicate"]
        )
        self.assertEqual(answers[0]["id"], answers[2]["id"])
        self.assertNotEqual(answers[0]["id"], answers[1]["id"])

    def test_without_revision_a_change_is_the_next_one(self):
        self.submit_one(make_order(paid_at=None), "held")
        self.submit_one(make_order(paid_at=None), "duplicate")
        answer = self.submit_one(make_order(), "updated")
        self.assertEqual(self.order_of(answer).oms_revision, 2)
        self.assertTrue(self.order_of(answer).oms_paid_at)

    def test_revisions_within_one_call_go_in_order(self):
        answers = self.submit(
            make_order(revision=1), make_order(revision=2, status="cancelled"), make_order("B")
        )
        self.assertEqual(
            [answer["status"] for answer in answers], ["accepted", "updated", "accepted"]
        )
        self.assertEqual(self.order_of(answers[0]).state, "cancel")

    def test_stale_revision_changes_nothing(self):
        self.submit_one(make_order(revision=2), "accepted")
        answer = self.submit_one(make_order(revision=1, status="cancelled"), "duplicate")
        self.assertEqual(answer["warnings"][0]["code"], "stale_revision")
        self.assertEqual(self.order_of(answer).state, "draft")

    def test_conflicting_contents_of_a_processed_revision(self):
        self.submit_one(make_order(revision=1), "accepted")
        other = make_order(revision=1, note="Other contents")
        for _repeat in range(2):
            answer = self.submit_one(other, "quarantined")
            self.assertEqual(self.error_codes(answer), ["revision_conflict"])
            self.assertTrue(answer["errors"][0]["next_step"])
        conflict = self.intakes().filtered("conflict_of_id")
        self.assertEqual(len(conflict), 1, "kept once")
        conflict.action_apply_version()
        self.assertEqual(conflict.state, "updated")
        self.assertIn("Other contents", conflict.order_id.note)

    def test_new_payload_replaces_a_quarantined_one(self):
        bad = make_order(revision=1, lines=[{"sku": "NOPE", "quantity": 1, "unit_price": 1}])
        first = self.submit_one(bad, "quarantined")
        answer = self.submit_one(make_order(revision=1), "accepted")
        self.assertEqual(answer["intake_id"], first["intake_id"])
        old = self.intakes().filtered("conflict_of_id")
        self.assertEqual(old.payload["lines"][0]["sku"], "NOPE", "the old payload is kept")
        self.assertEqual(old.state, "superseded")

    def test_newer_revision_settles_a_quarantined_older_one(self):
        bad = make_order(revision=1, lines=[{"sku": "NOPE", "quantity": 1, "unit_price": 1}])
        self.submit_one(bad, "quarantined")
        self.submit_one(make_order(revision=2), "accepted")
        self.assertFalse(self.intakes().filtered("attention"))

    def test_garbage_is_kept(self):
        garbage = [None, "order", [], {}, {"external_id": ""}, {"external_id": 7}, 12.5]
        for _repeat in range(2):
            answers = self.submit(*garbage)
            self.assertEqual({answer["status"] for answer in answers}, {"quarantined"})
            self.assertTrue(all(answer["errors"] for answer in answers))
        rows = self.Intake.search([("channel_id", "=", self.channel.id)])
        self.assertEqual(len(rows), len(garbage))

    def test_unstorable_payloads_keep_their_beginning(self):
        orders = [
            make_order("NUL", note="a\x00b"),
            make_order("HUGE", note="x" * 1_100_000),
            make_order("NAN", extra={"v": float("nan")}),
            make_order("BROKEN", note="\ud800"),
        ]
        answers = self.submit(*orders, make_order("GOOD"))
        self.assertEqual(
            [self.error_codes(answer) for answer in answers],
            [["bad_text"], ["too_large"], ["not_json"], ["bad_text"], []],
        )
        self.assertEqual(answers[4]["status"], "accepted", "neighbours are unharmed")
        huge = self.intakes("HUGE")
        self.assertEqual(len(huge.payload["text"]), 10_000)
        self.assertEqual(huge.payload["sha256"], huge.payload_hash)
        huge.action_replay()
        self.assertEqual(huge.state, "quarantined")

    def test_same_number_in_two_channels(self):
        self.env["oms.channel"].create({"name": "Web", "code": "WEB", "auto_confirm": False})
        first = self.submit(make_order())[0]
        second = self.submit(make_order(), channel="WEB")[0]
        self.assertEqual(second["status"], "accepted")
        self.assertNotEqual(first["id"], second["id"])

    def test_constant_lookups(self):
        """A larger batch costs more to create, not more to store and look up."""

        def cost(prefix, count):
            orders = [make_order(f"{prefix}{index}") for index in range(count)]
            before = self.env.cr.sql_log_count
            self.env["oms.channel"].validate_orders("TOKO", orders)
            return self.env.cr.sql_log_count - before

        cost("W", 2)
        self.assertEqual(cost("X", 3), cost("Y", 60))


@tagged("post_install", "-at_install")
class TestIntakeQuarantine(IntakeCase):
    def line(self, **changes):
        return {"sku": "TEE-BLK-M", "quantity": 1, "unit_price": 1000, **changes}

    def test_absurd_quantities(self):
        for quantity in (-1, 0, 10**9, "many", None):
            order = make_order(f"Q{quantity}", lines=[self.line(quantity=quantity)])
            answer = self.submit_one(order, "quarantined")
            self.assertEqual(answer["errors"][0]["field"], "lines[0].quantity")
            self.assertFalse(answer["id"])

    def test_quantity_that_the_unit_can_not_hold(self):
        answer = self.submit_one(make_order(lines=[self.line(quantity="0.0001")]), "quarantined")
        self.assertEqual(self.error_codes(answer), ["quantity_precision"])

    def test_wrong_currency(self):
        other = "EUR" if self.env.company.currency_id.name != "EUR" else "USD"
        answer = self.submit_one(make_order(currency=other), "quarantined")
        self.assertEqual(self.error_codes(answer), ["currency_mismatch"])

    def test_unknown_sku_waits_for_its_mapping(self):
        lines = [self.line(), self.line(sku="PACK-3", quantity=2, unit_price=3000)]
        first, second = self.submit(make_order("A", lines=lines), make_order("B", lines=lines))
        error = first["errors"][0]
        self.assertEqual((error["code"], error["field"]), ("sku_unmapped", "lines[1].sku"))
        self.assertIn("PACK-3", error["next_step"])
        self.env["oms.channel.product"].create(
            {
                "channel_id": self.channel.id,
                "sku": " PACK-3 ",
                "product_id": self.bottle.id,
                "quantity": 3,
            }
        )
        for number in ("A", "B"):
            intake = self.intakes(number)
            self.assertEqual(intake.state, "accepted")
            packed = intake.order_id.order_line.filtered(
                lambda line: line.product_id == self.bottle
            )
            self.assertEqual((packed.product_uom_qty, packed.price_unit), (6, 1000))
            self.assertEqual(intake.order_id.amount_total, 7000)
        self.assertEqual(self.submit(make_order("B", lines=lines))[0]["status"], "duplicate")

    def test_sku_by_barcode_and_exact_case(self):
        self.cap.barcode = "8991234567890"
        self.submit_one(make_order("A", lines=[self.line(sku="8991234567890")]), "accepted")
        answer = self.submit_one(make_order("B", lines=[self.line(sku="tee-blk-m")]))
        self.assertEqual(self.error_codes(answer), ["sku_unmapped"])

    def test_two_products_with_one_reference(self):
        self.cap.default_code = self.tee.default_code
        answer = self.submit_one(make_order(), "quarantined")
        self.assertEqual(self.error_codes(answer), ["sku_ambiguous"])
        self.env["oms.channel.product"].create(
            {"channel_id": self.channel.id, "sku": "TEE-BLK-M", "product_id": self.cap.id}
        )
        self.assertEqual(self.intakes().state, "accepted")
        self.assertEqual(self.intakes().order_id.order_line.product_id, self.cap)

    def test_archived_and_foreign_products_are_not_sold(self):
        self.tee.active = False
        self.assertEqual(self.error_codes(self.submit_one(make_order("A"))), ["sku_unmapped"])
        self.tee.active = True
        self.tee.company_id = self.env["res.company"].create({"name": "Elsewhere"})
        self.assertEqual(self.error_codes(self.submit_one(make_order("B"))), ["sku_unmapped"])

    def test_edit_and_replay(self):
        self.submit_one(make_order(lines=[self.line(quantity=-2)]), "quarantined")
        intake = self.intakes()
        agent = new_test_user(self.env, "agent", "oms_fulfillment.group_oms_agent")
        edited = intake.with_user(agent)
        payload = json.loads(edited.payload_text)
        payload["lines"][0]["quantity"] = 2
        edited.payload_text = json.dumps(payload)
        edited.action_replay()
        self.assertEqual(intake.state, "accepted")
        self.assertEqual(intake.edited_by_id, agent)
        self.assertEqual(intake.payload_received["lines"][0]["quantity"], -2)
        self.assertEqual(intake.order_id.order_line.product_uom_qty, 2)
        # the channel sends the same mistake again: known, and the repaired order stands
        answer = self.submit_one(make_order(lines=[self.line(quantity=-2)]), "duplicate")
        self.assertEqual(answer["id"], intake.order_id.id)

    def test_editing_is_limited(self):
        self.submit_one(make_order(lines=[self.line(quantity=-2)]))
        intake = self.intakes().with_user(
            new_test_user(self.env, "agent", "oms_fulfillment.group_oms_agent")
        )
        for text in ("", "{", "[]", json.dumps(make_order("ANOTHER"))):
            with self.assertRaises(ValidationError):
                intake.payload_text = text
        with self.assertRaises(AccessError):
            intake.state = "accepted"
        self.submit_one(make_order("DONE"), "accepted")
        with self.assertRaises(UserError):
            self.intakes("DONE").payload_text = json.dumps(make_order("DONE", note="x"))

    def test_set_aside_stays_aside(self):
        bad = make_order(lines=[self.line(sku="NOPE")])
        self.submit_one(bad, "quarantined")
        self.intakes().action_set_aside()
        self.submit_one(bad, "duplicate")
        self.assertEqual(self.intakes().state, "superseded")
        self.intakes().action_replay()
        self.assertEqual(self.intakes().state, "quarantined")

    def test_one_failure_spoils_nobody(self):
        def refuse(order):
            if any(line.product_id == self.cap for line in order.order_line):
                sentence = "No caps today"
                raise UserError(sentence)

        self.patch(
            type(self.env["oms.intake"]), "_set_cod_amount", lambda _self, job: refuse(job.sale)
        )
        answers = self.submit(
            make_order("A"), make_order("B", lines=[self.line(sku="CAP-RED")]), make_order("C")
        )
        self.assertEqual(
            [answer["status"] for answer in answers], ["accepted", "error", "accepted"]
        )
        self.assertIn("No caps today", answers[1]["errors"][0]["message"])
        self.assertEqual(self.intakes("B").state, "failed")
        self.assertFalse(self.env["sale.order"].search([("oms_external_id", "=", "B")]))

    def test_unexpected_error_is_kept_and_logged(self):
        def explode(_self, _job):
            raise ZeroDivisionError("by surprise")

        self.patch(type(self.env["oms.intake"]), "_set_cod_amount", explode)
        with mute_logger("odoo.addons.oms_fulfillment.models.oms_intake_process"):
            answer = self.submit_one(make_order(), "error")
        self.assertEqual(self.error_codes(answer), ["failed"])
        self.assertIn("ZeroDivisionError", answer["errors"][0]["message"])

    def test_form_shows_raw_beside_parsed(self):
        self.submit_one(make_order(lines=[self.line(), self.line(sku="NOPE")]))
        intake = self.intakes()
        self.assertIn("NOPE", intake.preview)
        self.assertIn("Kaos Polos", intake.preview)
        self.assertIn("Jl. Merdeka 1", intake.payload_text)
        self.assertIn("NOPE", intake.reason)
        wizard = self.env["oms.sku.map"].browse(intake.action_map_sku()["res_id"])
        self.assertEqual(wizard.line_ids.mapped("sku"), ["NOPE"])

    def test_preview_escapes_what_strangers_write(self):
        script = "<script>alert(1)</script>"
        order = make_order(lines=[self.line(sku="NOPE", name=script)])
        order["ship_to"]["name"] = script
        self.submit_one(order)
        self.assertNotIn("<script>", self.intakes().preview)
