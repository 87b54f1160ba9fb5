import base64

from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from ..adapters import provider_file
from ..exceptions import OmsRefusal
from .common import OmsCase


class ProviderCase(OmsCase):
    """A second warehouse, run by a 3PL with a user of its own; a rival 3PL with a third one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.provider = cls._create_provider("Gudang Kita", "GK")
        cls.rival = cls._create_provider("Rival Logistik", "RL")
        cls.depot = cls._create_depot("DEP", cls.provider)
        cls.depot_b = cls._create_depot("RIV", cls.rival)
        cls.ships_from = cls.depot
        cls._stock(cls.product, 20, cls.depot)
        cls.robot = cls._create_robot("gk_robot", cls.provider)
        cls.works = cls.env["oms.fulfillment"].with_user(cls.robot)

    @classmethod
    def _create_provider(cls, name, ref):
        return cls.env["res.partner"].create({"name": name, "ref": ref, "is_company": True})

    @classmethod
    def _create_depot(cls, code, provider):
        return cls.env["stock.warehouse"].create(
            {"name": f"Depot {code}", "code": code, "oms_provider_id": provider.id}
        )

    @classmethod
    def _create_robot(cls, login, provider):
        contact = cls.env["res.partner"].create({"name": login, "parent_id": provider.id})
        return new_test_user(
            cls.env,
            login,
            "base.group_portal,oms_fulfillment.group_oms_provider",
            partner_id=contact.id,
        )

    def _work(self, **values):
        values.setdefault("warehouse_id", self.ships_from.id)
        return self._confirmed(**values).oms_fulfillment_ids

    def _accepted(self):
        work = self._work()
        self.works.fetch_work()
        answer = self.works.acknowledge([{"fulfillment": work.name, "reference": "GK-1"}])[0]
        self.assertEqual(answer["status"], "accepted", answer)
        return work

    def _holds(self, work):
        holds = work.order_id.oms_hold_ids
        return holds.filtered(lambda h: h.state == "active" and h.code == "provider_returned")


@tagged("post_install", "-at_install")
class TestProvider(ProviderCase):
    """Request, answer, cancellation: who may say what, and what follows."""

    def test_reserved_work_is_sent_and_fetched_until_it_is_answered(self):
        work = self._work()
        self.assertEqual((work.provider_id, work.request_state), (self.provider, "submitted"))
        for _again in range(2):
            told = self.works.fetch_work()
            (item,) = [w for w in told["fulfillments"] if w["fulfillment"] == work.name]
            self.assertEqual(item["ship_to"]["city"], "Bandung")
            self.assertEqual([(x["sku"], x["quantity"]) for x in item["lines"]], [("MUG", 2.0)])
        first_fetch = work.fetched_at
        self.assertTrue(first_fetch)
        answer = self.works.acknowledge([{"fulfillment": work.name, "reference": "GK-77"}])[0]
        self.assertEqual((answer["status"], answer["request_state"]), ("accepted", "accepted"))
        self.assertEqual((work.provider_ref, work.answer_due), ("GK-77", False))
        again = self.works.acknowledge([{"fulfillment": work.name}])[0]
        self.assertEqual(again["status"], "duplicate")
        self.assertFalse(self.works.fetch_work()["fulfillments"])
        self.assertIn(
            "Gudang Kita", work.order_id.oms_explain([work.order_id.name])[0]["blocker"]["message"]
        )

    def test_work_without_stock_or_on_hold_is_not_told(self):
        short = self._work(lines=[(self.scarce, 1)])
        self.assertEqual(short.request_state, "unsubmitted")
        work = self._work()
        work.order_id._oms_raise_hold("fraud_review", "Look at it", blocks_ship=True)
        told = self.works.fetch_work()
        self.assertFalse([w for w in told["fulfillments"] if w["fulfillment"] == work.name])

    def test_limit_counts_what_was_left_out(self):
        works = [self._work() for _number in range(3)]
        told = self.works.fetch_work(limit=2)
        self.assertEqual((len(told["fulfillments"]), told["left"]), (2, 1))
        self.assertEqual(sum(bool(work.fetched_at) for work in works), 2)

    def test_another_3pl_sees_and_moves_nothing(self):
        work = self._accepted()
        spy = self._create_robot("spy", self.rival)
        works = self.env["oms.fulfillment"].with_user(spy)
        self.assertEqual(works.fetch_work()["fulfillments"], [])
        self.assertEqual(works.fetch_work("GK")["fulfillments"], [])
        item = {"fulfillment": work.name, "reason": "other", "accepted": True}
        for method in ("acknowledge", "reject", "ship", "answer_cancellation"):
            answer = getattr(works, method)([item])[0]
            self.assertEqual(answer["errors"][0]["code"], "unknown_fulfillment", method)
        self.assertEqual(work.request_state, "accepted")

    def test_3pl_may_do_nothing_but_its_work(self):
        work = self._accepted()
        with self.assertRaises(UserError):
            self.env["oms.channel"].with_user(self.robot).submit_orders("PHONE-T", [])
        with self.assertRaises(UserError):
            self.env["sale.order"].with_user(self.robot).oms_snapshot([work.order_id.name])
        with self.assertRaises(UserError):
            self.works.mark_delivered([{"fulfillment": work.name}])
        with self.assertRaises(UserError):
            self.works.request_cancellation([{"fulfillment": work.name}])
        with self.assertRaises(UserError):
            self.works.search_read([])
        with self.assertRaises(UserError):
            new_test_user(self.env, "nobody", "base.group_user").env["oms.fulfillment"].with_user(
                self.env["res.users"].search([("login", "=", "nobody")])
            ).fetch_work("GK")

    def test_shipping_says_yes_by_itself_and_is_answered_once(self):
        work = self._work()
        item = {"fulfillment": work.name, "parcels": []}
        shipped = self.works.ship([item])[0]
        self.assertEqual(shipped["status"], "shipped", shipped)
        self.assertEqual((work.state, work.request_state), ("handed_over", "accepted"))
        self.assertEqual(self.works.ship([item])[0]["status"], "duplicate")
        self.assertStage(work.order_id, "tracking", "in_transit")
        self.assertProved()

    def test_rejected_work_waits_in_the_queue_with_reason_and_next_step(self):
        work = self._work()
        answer = self.works.reject(
            [
                {
                    "fulfillment": work.name,
                    "reason": "INVENTORY_OUT_OF_STOCK",
                    "lines": [{"sku": "MUG", "message": "1 broken"}],
                }
            ]
        )[0]
        self.assertEqual((answer["status"], answer["request_state"]), ("rejected", "rejected"))
        (hold,) = self._holds(work)
        self.assertIn("MUG: 1 broken", hold.reason)
        self.assertIn("move the fulfilment to another warehouse", hold.reason)
        self.assertEqual(hold.owner_group_id, self.env.ref("oms_fulfillment.group_oms_warehouse"))
        self.assertStage(work.order_id, "fulfillment", "hold")
        again = self.works.reject([{"fulfillment": work.name, "reason": "other"}])[0]
        self.assertEqual(again["status"], "duplicate")
        refused = self.works.ship([{"fulfillment": work.name}])[0]
        self.assertEqual(refused["errors"][0]["code"], "not_possible")
        hold.release("Counted: they are there")
        self._settle()
        self.assertEqual((work.request_state, work.reject_reason_id.code), ("submitted", False))

    def test_given_up_after_it_was_accepted(self):
        work = self._accepted()
        self.works.reject([{"fulfillment": work.name, "reason": "other", "note": "Flood"}])
        self.assertEqual(work.request_state, "closed")
        self.assertIn("Flood", self._holds(work).reason)

    def test_unknown_reason_is_refused_and_names_the_known_ones(self):
        work = self._work()
        error = self.works.reject([{"fulfillment": work.name, "reason": "lazy"}])[0]["errors"][0]
        self.assertEqual(error["code"], "unknown_reason")
        self.assertIn("inventory_out_of_stock", error["next_step"])
        self.assertEqual(self.env["oms.reject.reason"].search_count([]), 14)

    def test_accepted_work_is_not_taken_away_behind_the_3pl_s_back(self):
        work = self._accepted()
        with self.assertRaises(UserError) as refused:
            work.picking_id.action_cancel()
        self.assertEqual(refused.exception.code, "at_provider")
        item = {"order": work.order_id.name, "reason": "changed_mind"}
        answer = self.env["sale.order"].oms_cancel_lines([item])[0]
        self.assertEqual(answer["errors"][0]["code"], "at_provider")
        self.assertEqual(work.picking_id.state, "assigned")

    def test_cancelled_at_the_channel_once_the_3pl_agrees(self):
        work = self._accepted()
        work.order_id.oms_external_id = "P-1"
        item = {"external_id": "P-1", "reason": "changed_mind"}
        asked = self.env["oms.channel"].cancel_orders("PHONE-T", [item])[0]
        self.assertEqual(asked["status"], "requested", asked)
        (stop,) = self.works.fetch_work()["cancellations"]
        self.assertEqual((stop["fulfillment"], stop["provider_ref"]), (work.name, "GK-1"))
        again = self.env["oms.channel"].cancel_orders("PHONE-T", [item])[0]
        self.assertEqual(again["status"], "duplicate")
        item = {"fulfillment": work.name, "accepted": True}
        self.assertEqual(self.works.answer_cancellation([item])[0]["status"], "cancelled")
        self._settle()
        self.assertEqual((work.order_id.state, work.state), ("cancel", "cancelled"))
        self.assertEqual(work.order_id.oms_cancel_reason_id.code, "changed_mind")
        self.assertEqual(self.works.answer_cancellation([item])[0]["status"], "duplicate")
        self.assertFalse(self._holds(work))
        self.assertProved()

    def test_3pl_that_does_not_stop_ships(self):
        work = self._accepted()
        self.env["oms.fulfillment"].request_cancellation([{"fulfillment": work.name}])
        item = {"fulfillment": work.name, "accepted": False, "note": "On the truck"}
        self.assertEqual(self.works.answer_cancellation([item])[0]["status"], "goes_on")
        self.assertTrue(any("On the truck" in m.body for m in work.order_id.message_ids))
        self.assertEqual(self.works.ship([{"fulfillment": work.name}])[0]["status"], "shipped")

    def test_given_back_at_our_request_is_ours_to_decide(self):
        work = self._accepted()
        self.env["oms.fulfillment"].request_cancellation([{"fulfillment": work.name}])
        self.works.answer_cancellation([{"fulfillment": work.name, "accepted": True}])
        self._settle()
        self.assertEqual(work.request_state, "cancellation_accepted")
        self.assertTrue(self._holds(work))
        work.order_id._oms_channel_cancel("changed_mind")
        self._settle()
        self.assertEqual((work.state, work.order_id.state), ("cancelled", "cancel"))

    def test_unseen_work_is_taken_back_at_once(self):
        work = self._work()
        work.order_id._oms_channel_cancel("changed_mind")
        self._settle()
        self.assertEqual((work.state, work.request_state), ("cancelled", "cancellation_accepted"))
        self.assertEqual(
            self.works.fetch_work(), {"fulfillments": [], "cancellations": [], "left": 0}
        )

    def test_seen_but_unanswered_work_that_is_cancelled_is_told(self):
        work = self._work()
        self.works.fetch_work()
        work.order_id._oms_channel_cancel("changed_mind")
        self._settle()
        self.assertEqual(work.state, "cancelled")
        self.assertEqual(len(self.works.fetch_work()["cancellations"]), 1)
        error = self.works.acknowledge([{"fulfillment": work.name}])[0]["errors"][0]
        self.assertEqual(error["code"], "not_possible")

    def test_answer_has_a_deadline_that_a_filter_shows(self):
        self.depot.oms_answer_hours = 0
        work = self._work()
        late = self.env["oms.fulfillment"].search([("answer_due", "<=", "now")])
        self.assertIn(work, late)
        work.sudo().write(
            {"submitted_at": "2026-01-01 08:00:00", "answer_due": "2026-01-01 09:00:00"}
        )
        self.works.acknowledge([{"fulfillment": work.name}])
        self.assertTrue(work.answered_late and work.answer_hours > 1)
        self.assertNotIn(work, self.env["oms.fulfillment"].search([("answer_due", "<=", "now")]))

    def test_staff_record_answers_and_ask_by_buttons(self):
        keeper = new_test_user(self.env, "keeper", "oms_fulfillment.group_oms_warehouse")
        work = self._work().with_user(keeper)
        action = work.action_record_answer()
        answer = self.env["oms.provider.answer"].with_user(keeper).with_context(**action["context"])
        answer.create({"answer": "accept", "reference": "TEL-1"}).action_record()
        self.assertEqual((work.request_state, work.answered_by_id), ("accepted", keeper))
        work.action_request_cancellation()
        answer.create({"answer": "stop"}).action_record()
        self.assertEqual(work.request_state, "cancellation_accepted")
        work.action_submit()
        self.assertEqual(work.request_state, "submitted")
        self.assertFalse(self._holds(work))
        with self.assertRaises(UserError):
            work.write({"request_state": "accepted"})

    def test_work_on_hold_is_not_sent(self):
        work = self._work()
        work.sudo()._set_cancellation_requested()
        work.order_id._oms_raise_hold("fraud_review", "Look at it")
        with self.assertRaises(OmsRefusal) as refusal:
            work.action_submit()
        self.assertEqual(refusal.exception.code, "on_hold")
        self.assertIn("Look at it", str(refusal.exception))

    def test_own_warehouse_has_no_request(self):
        work = self._work(warehouse_id=self.warehouse.id)
        self.assertEqual(work.request_state, "unsubmitted")
        self.assertFalse(work.provider_id)


@tagged("post_install", "-at_install")
class TestProviderLots(ProviderCase):
    """The 3PL says which lots left."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.milk = cls._create_product("MILK", 0, tracking="lot")
        cls.lots = cls.env["stock.lot"].create(
            [{"name": name, "product_id": cls.milk.id} for name in ("L1", "L2")]
        )
        for lot in cls.lots:
            cls.env["stock.quant"]._update_available_quantity(
                cls.milk, cls.depot.lot_stock_id, 5, lot_id=lot
            )

    def _ship(self, work, lots):
        line = {"sku": "MILK", "quantity": 3, "lots": lots}
        return self.works.ship([{"fulfillment": work.name, "parcels": [{"lines": [line]}]}])[0]

    def test_other_lots_than_reserved(self):
        work = self._work(lines=[(self.milk, 3)])
        lots = [{"lot": "L2", "quantity": 2}, {"lot": "L1", "quantity": 1}]
        self.assertEqual(self._ship(work, lots)["status"], "shipped")
        done = {line.lot_id.name: line.quantity for line in work.picking_id.move_line_ids}
        self.assertEqual(done, {"L1": 1.0, "L2": 2.0})
        self.assertProved()

    def test_lots_that_are_not_there_are_refused(self):
        work = self._work(lines=[(self.milk, 3)])
        error = self._ship(work, [{"lot": "L9", "quantity": 3}])["errors"][0]
        self.assertEqual(error["code"], "lot_not_here")
        error = self._ship(work, ["L1"])["errors"][0]
        self.assertEqual(error["code"], "lots_incomplete")
        self.assertEqual(work.picking_id.state, "assigned")


@tagged("post_install", "-at_install")
class TestProviderFile(ProviderCase):
    """The same talk by file: out, filled in, looked at, recorded."""

    def _wizard(self, **values):
        return self.env["oms.provider.file"].create({"provider_id": self.provider.id, **values})

    def _export(self, **values):
        wizard = self._wizard(**values)
        wizard.action_export()
        return provider_file.open_workbook(wizard.out_name, base64.b64decode(wizard.out_file))[0]

    def _filled(self, fills, kind="csv"):
        """The exported file with cells filled in: ``{fulfilment: {key: value}}``."""
        sheet = self._export(format=kind)
        headings, *rows = list(sheet.rows)
        keys = list(provider_file.COLUMNS)
        told = [dict(zip(keys, row, strict=False)) for row in rows]
        for row in told:
            row.update(fills.get(row["fulfillment"], {}))
        write = provider_file.write_xlsx if kind == "xlsx" else provider_file.write_csv
        return base64.b64encode(write(told))

    def test_out_and_back_in_both_formats(self):
        numbers = {"csv": "0012345678901234567", "xlsx": "0012345678901234568"}
        for kind, resi in numbers.items():
            with self.subTest(kind):
                good, bad, silent = self._work(), self._work(), self._work()
                content = self._filled(
                    {
                        good.name: {
                            "courier": "JNE",
                            "resi": resi,
                            "weight_kg": "1,5",
                        },
                        bad.name: {"reason": "incorrect address"},
                    },
                    kind,
                )
                self.assertEqual(good.request_state, "submitted")
                self.assertTrue(good.fetched_at)
                wizard = self._wizard(file=content, file_name=f"back.{kind}")
                wizard.action_preview()
                outcomes = {line.fulfillment: line.outcome for line in wizard.line_ids}
                self.assertEqual(
                    [outcomes[w.name] for w in (good, bad, silent)],
                    ["shipped", "rejected", "nothing"],
                )
                self.assertEqual(good.state, "ready")
                wizard.action_apply()
                self._settle()
                self.assertEqual((good.state, bad.request_state), ("handed_over", "rejected"))
                self.assertEqual(silent.request_state, "submitted")
                wizard.action_preview()
                again = {line.fulfillment: line.outcome for line in wizard.line_ids}
                self.assertEqual(again[good.name], "duplicate")
                silent.order_id._oms_channel_cancel("changed_mind")
                self._settle()

    def test_bad_rows_say_why_and_stop_nobody(self):
        good, both, foreign = self._work(), self._work(), "WH/OUT/99999"
        content = base64.b64decode(
            self._filled(
                {
                    good.name: {"courier": "JNE", "resi": "JP1"},
                    both.name: {"resi": "JP2", "reason": "other"},
                }
            )
        )
        content += f"\r\n{foreign},,,,,,,,,,,,MUG,,1,,,,JP3,,,,,\r\n".encode()
        wizard = self._wizard(file=base64.b64encode(content), file_name="back.csv")
        wizard.action_preview()
        problems = {
            line.fulfillment: line.reason for line in wizard.line_ids if line.outcome == "problem"
        }
        self.assertIn("both shipped and refused", problems[both.name])
        self.assertIn("no work of Gudang Kita", problems[foreign])
        wizard.action_apply()
        self.assertEqual((good.state, both.state), ("handed_over", "ready"))

    def test_formula_in_a_name_stays_a_text(self):
        # a vertical tab from somebody's spreadsheet can't stand in an .xlsx
        self.partner.write(
            {"street": "=HYPERLINK(1)", "city": "Ban\x0bdung", "phone": "+62 812-0000 1111"}
        )
        self._work()
        keys = list(provider_file.COLUMNS)
        for kind, shown in (("csv", "'=HYPERLINK(1)"), ("xlsx", "=HYPERLINK(1)")):
            row = list(self._export(format=kind, include_sent=True).rows)[1]
            self.assertEqual(row[keys.index("street")], shown)
            self.assertEqual(row[keys.index("phone")], "+62 812-0000 1111")
            self.assertIn(row[keys.index("city")], ("Ban\x0bdung", "Bandung"))

    def test_foreign_file_is_refused_with_what_to_do(self):
        wizard = self._wizard(file=base64.b64encode(b"a,b\n1,2\n"), file_name="x.csv")
        with self.assertRaisesRegex(UserError, "Send back the file that you got"):
            wizard.action_preview()
