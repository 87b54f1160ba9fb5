from odoo.tests import tagged

from odoo.addons.oms_fulfillment.tests.common_accounting import OmsAccountingCase


@tagged("post_install", "-at_install")
class TestRemittance(OmsAccountingCase):
    """What a courier remits names parcels by their numbers alone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.jne = cls.env.ref("oms_tracking.courier_jne")

    def _sent(self, resi=None):
        order = self._confirmed([(self.product, 1)], oms_channel_id=self.cod.id)
        label = {"courier": "JNE", **({"resi": resi} if resi else {})}
        (answer,) = self.env["oms.fulfillment"].ship([{"order": order.name, "parcels": [label]}])
        self.assertEqual(answer["status"], "shipped", answer)
        self._settle()
        return self.env["oms.shipment"].browse(answer["parcels"][0]["id"])

    def _remit(self, *numbers):
        lines = [{"resi": number, "gross": 50000, "net": 50000} for number in numbers]
        answers = self.env["oms.settlement"].submit_lines("COD-T", "REMIT-1", lines)
        self._settle()
        return self.env["oms.settlement.line"].browse(answer["id"] for answer in answers)

    def _post(self):
        with self.enter_registry_test_mode():
            self.env.ref("oms_fulfillment.cron_settlement_post").method_direct_trigger()
        self.env.invalidate_all()
        self._settle()

    def test_a_number_that_the_parcel_gets_later(self):
        parcel, other = self._sent(), self._sent()
        for late in (parcel, other):
            late._record_own_event("delivered")
        self._settle()
        number = "0101234567890123"
        known, strange = self._remit(f"{number[:6]} {number[6:]}", "NOBODY")
        self.assertEqual((known | strange).mapped("state"), ["unmatched"] * 2)
        self._post()
        self.assertEqual(known.state, "unmatched")
        item = {"parcel": parcel.name, "courier": "JNE", "resi": number}
        (answer,) = self.env["oms.shipment"].set_resi([item])
        self.assertEqual(answer["status"], "recorded", answer)
        # found by one run of the job, posted by the next one, which it asked for
        self._post()
        self.assertEqual((known.state, known.order_id), ("new", parcel.order_id))
        self._post()
        self.assertEqual((known.state, strange.state), ("matched", "unmatched"))
        self.assertBalances(parcel.order_id, transit=0)
        self.assertBalances(other.order_id, transit=50000)
        self.assertProved()

    def test_two_spellings_of_a_number_are_one_parcel(self):
        parcel = self._sent("JX0101234567")
        lines = self._remit("jx0101234567", "JX 0101234567")
        self.assertEqual(lines.mapped("order_id"), parcel.order_id)
        self.assertNotIn("unmatched", lines.mapped("state"))

    def test_queries_do_not_grow_with_the_lines(self):
        parcels = [self._sent(f"01012345678901{number}") for number in range(10, 19)]
        numbers = [parcel.resi for parcel in parcels]
        settlement = self.env["oms.settlement"]._get_or_create(self.cod, "REMIT-2")
        values = [
            {"settlement_id": settlement.id, "key": number, "resi": number, "gross": 50000}
            for number in numbers
        ]
        lines = self.env["oms.settlement.line"].create(values)

        def queries(some):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            some._match()
            self.env.flush_all()
            self.assertEqual(set(some.mapped("state")), {"new"})
            return self.env.cr.sql_log_count - before

        queries(lines[0])
        few, many = queries(lines[1:3]), queries(lines[3:])
        self.assertEqual(few, many)
