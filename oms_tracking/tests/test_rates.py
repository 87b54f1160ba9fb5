from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..engine import rates
from ..engine.resi import is_plausible, s10_check_digit
from .connector_common import BookingCase

offers = st.lists(
    st.builds(
        rates.Offer,
        st.integers(0, 10**6),
        st.floats(0, 1e6),
        st.none() | st.tuples(st.integers(0, 5), st.integers(5, 20)),
        st.integers(0, 100),
        st.integers(100, 200),
        st.none() | st.floats(0, 30),
    ),
    max_size=6,
)


@tagged("post_install", "-at_install")
class TestRateEngine(BaseCase):
    @given(offers, st.floats(0, 1e5), st.floats(0, 1e7))
    def test_the_best_is_never_worse_than_another_in_everything(self, offers, day, loss):
        scores = rates.rank(offers, day, loss)
        self.assertEqual(len(scores), len(offers))
        for other in scores[1:]:
            best = scores[0]
            self.assertLessEqual(best.total, other.total)

    def test_history_counts_more_the_more_there_is(self):
        few = rates.Offer("few", 10, arrived=2, ended=2)
        many = rates.Offer("many", 10, arrived=990, ended=1000)
        self.assertLess(rates.arrival_share(few), rates.arrival_share(many))
        slow = rates.Offer("slow", 10, (1, 2), arrived=200, ended=200, own_days=6)
        self.assertGreater(rates.expected_days(slow), 5)
        self.assertEqual(rates.expected_days(rates.Offer("new", 10, (1, 2))), 2)

    @given(st.integers(0, 10**8 - 1))
    def test_s10(self, serial):
        digits = f"{serial:08}"
        good = s10_check_digit(digits)
        self.assertIn(good, range(10))
        self.assertTrue(is_plausible(f"RR{digits}{good}ID"))
        self.assertFalse(is_plausible(f"RR{digits}{(good + 1) % 10}ID"))


@tagged("post_install", "-at_install")
class TestRateShopping(BookingCase):
    def setUp(self):
        super().setUp()
        sicepat = self.env.ref("oms_tracking.courier_sicepat")
        self.env["delivery.carrier"].search([("id", "!=", self.carrier.id)]).active = False
        self.cheap = self.carrier.copy({"oms_courier_id": sicepat.id})
        self.cheap.name = "SiCepat REG"
        self.carrier.copy({"oms_service": "yes"}).name = "JNE YES"
        self.order = self.make_order()

    def compare(self, **values):
        (answer,) = self.env["sale.order"].oms_rates([{"order": self.order.name, **values}])
        self.assertEqual(answer["status"], "ok", answer)
        return {offer["carrier"]: offer for offer in answer["offers"]}, answer["offers"]

    def test_one_call_compares_all_couriers_of_an_account(self):
        known, ordered = self.compare(loss_cost=0)
        self.assertEqual(self.courier.counted("rate"), 1)
        self.assertEqual(ordered[0]["carrier"], "SiCepat REG")
        self.assertIn("cheapest", ordered[0]["reason"])
        self.assertLess(known["SiCepat REG"]["price"], known["JNE REG"]["price"])
        self.assertEqual(known["JNE YES"]["days"], 1)

    def test_a_day_may_be_worth_more_than_the_price(self):
        self.assertEqual(self.compare(day_cost=10**6)[1][0]["carrier"], "JNE YES")

    def test_couriers_that_lose_parcels_are_no_bargain(self):
        for number in range(6):
            parcel = self.ship(
                self.make_order(), [{"courier": "SICEPAT", "resi": f"00888888{number:04}"}]
            )
            parcel._record_own_event("lost")
        known, ordered = self.compare(loss_cost=10**7)
        self.assertNotEqual(ordered[0]["carrier"], "SiCepat REG")
        self.assertLess(known["SiCepat REG"]["arrival_share"], known["JNE REG"]["arrival_share"])

    def test_who_can_not_say_keeps_nobody_from_choosing(self):
        self.courier.fail("rate", "500")
        known, _ordered = self.compare()
        self.assertIn("Test account", known["JNE REG"]["error"])
        self.assertIsNone(known["JNE REG"]["price"])

    def test_chosen_in_the_wizard(self):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.partner.id,
                "oms_channel_id": self.channel.id,
                "order_line": [(0, 0, {"product_id": self.mug.id, "product_uom_qty": 1})],
            }
        )
        action = order.action_oms_compare_rates()
        shop = self.env["oms.rate.shop"].browse(action["res_id"])
        line = shop.line_ids.filtered(lambda line: line.carrier_id == self.cheap)
        line.action_choose()
        self.assertEqual(order.carrier_id, self.cheap)
        self.assertTrue(order.order_line.filtered("is_delivery"))

    def test_suggestion_is_a_hint_and_no_block(self):
        parcel = self.make_parcel(resi="JX8009962760")
        self.assertIn("J&T", parcel.courier_hint)
        parcel.resi = "RR123456789ID"
        self.assertIn("check digit", parcel.courier_hint)
        parcel.resi = "RR473124829ID"
        self.assertIn("POS", parcel.courier_hint)
        parcel.resi = self.new_resi()
        self.assertFalse(parcel.courier_hint)
