from datetime import date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..engine import eta, watch
from ..engine.zone import zone_of

# Monday to Saturday; Wednesday 17 June 2026 is free.
CALENDAR = eta.Calendar(holidays=frozenset({date(2026, 6, 17)}))
MONDAY = date(2026, 6, 15)
days = st.dates(date(2026, 1, 1), date(2026, 12, 31))


@tagged("post_install", "-at_install", "oms_engine")
class TestEta(BaseCase):
    def test_working_days(self):
        self.assertEqual(CALENDAR.add(MONDAY, 1), date(2026, 6, 16))
        self.assertEqual(CALENDAR.add(MONDAY, 2), date(2026, 6, 18), "over the holiday")
        self.assertEqual(CALENDAR.add(date(2026, 6, 20), 1), date(2026, 6, 22), "over Sunday")

    @settings(max_examples=200, deadline=None)
    @given(days, st.integers(0, 30))
    def test_counting_undoes_adding(self, start, count):
        start = CALENDAR.next_working(start)
        end = CALENDAR.add(start, count)
        self.assertTrue(CALENDAR.works(end))
        self.assertEqual(CALENDAR.count(start, end), count)

    def test_a_calendar_without_working_days_ends(self):
        self.assertTrue(eta.Calendar(frozenset()).next_working(MONDAY))

    def test_after_the_cut_off_counts_from_the_next_day(self):
        self.assertEqual(eta.transit_start(MONDAY, 15.9, 16, CALENDAR), MONDAY)
        self.assertEqual(eta.transit_start(MONDAY, 16, 16, CALENDAR), date(2026, 6, 16))
        self.assertEqual(eta.transit_start(MONDAY, 23, 0, CALENDAR), MONDAY, "no cut-off")
        sunday = date(2026, 6, 21)
        self.assertEqual(eta.transit_start(sunday, 23, 16, CALENDAR), date(2026, 6, 22))

    @settings(max_examples=200, deadline=None)
    @given(st.lists(st.integers(0, 30), min_size=1, max_size=60))
    def test_quantiles_hold_for_what_they_were_measured_on(self, transit):
        lane = eta.measure(transit)
        self.assertEqual(lane.n, len(transit))
        self.assertLessEqual(lane.low, lane.middle)
        self.assertLessEqual(lane.high, lane.late)
        held = sum(value <= lane.high for value in transit)
        self.assertGreaterEqual(held, 0.8 * len(transit))

    def test_history_counts_the_more_of_it_there_is(self):
        slow = eta.Lane(n=20, low=4, high=6)
        self.assertIsNone(eta.estimate({}))
        promise = eta.estimate({}, (2, 3))
        self.assertEqual((promise.low, promise.high, promise.level), (2, 3, "carrier"))
        half = eta.estimate({"lane": slow}, (2, 4))
        self.assertEqual((half.low, half.high, half.level, half.n), (3, 5, "lane", 20))
        alone = eta.estimate({"service": slow})
        self.assertEqual((alone.low, alone.high, alone.level), (4, 6, "service"))
        narrow = eta.estimate({"service": slow, "lane": eta.Lane(n=180, low=1, high=1)})
        self.assertAlmostEqual(narrow.high, 1.5)

    @settings(max_examples=200, deadline=None)
    @given(
        st.dictionaries(
            st.sampled_from(("lane", "province", "service")),
            st.builds(
                lambda n, low, more: eta.Lane(n=n, low=low, high=low + more),
                st.integers(0, 500),
                st.floats(0, 20),
                st.floats(0, 20),
            ),
        ),
        st.none() | st.just((1, 4)),
        days,
    )
    def test_windows_are_windows(self, lanes, promised, start):
        guess = eta.estimate(lanes, promised)
        if guess is None:
            self.assertFalse(promised or any(lane.n for lane in lanes.values()))
            return
        first, last = eta.window(CALENDAR.next_working(start), guess, CALENDAR)
        self.assertLessEqual(start, first)
        self.assertLessEqual(first, last)
        self.assertTrue(CALENDAR.works(first) and CALENDAR.works(last))

    def test_what_can_still_be_told(self):
        promised = (date(2026, 6, 16), date(2026, 6, 18))

        def told(status, today, since=None):
            return eta.window_now(promised, status, since, today, CALENDAR)

        self.assertEqual(told("in_transit", MONDAY), promised)
        thursday = date(2026, 6, 18)
        self.assertEqual(told("in_transit", thursday), (thursday, thursday))
        late = date(2026, 6, 19)
        self.assertEqual(told("in_transit", late), (late, date(2026, 6, 20)))
        self.assertEqual(told("out_for_delivery", late, late), (late, late))
        self.assertEqual(told("out_for_delivery", late, thursday)[0], late, "it was not brought")
        for over in ("delivered", "returning", "lost", "cancelled", "available_for_pickup"):
            self.assertIsNone(told(over, MONDAY))
        self.assertIsNone(eta.window_now(None, "in_transit", None, MONDAY, CALENDAR))


@tagged("post_install", "-at_install", "oms_engine")
class TestWatch(BaseCase):
    def judge(self, hours, **values):
        shipped = datetime(2026, 6, 15, 3)
        now = shipped + timedelta(hours=hours)
        facts = watch.Watched(**{"status": "in_transit", "shipped_at": shipped, **values})
        return watch.judge(facts, now, now.date())

    def test_no_scan(self):
        self.assertIsNone(self.judge(23))
        self.assertEqual(self.judge(24), "no_scan")
        self.assertIsNone(self.judge(24, picked_up_at=datetime(2026, 6, 15, 9)))
        self.assertIsNone(self.judge(240, status="delivered"))
        self.assertIsNone(self.judge(240, shipped_at=None), "it has not left")

    def test_late_and_stuck(self):
        scanned = {"picked_up_at": datetime(2026, 6, 15, 9)}
        self.assertEqual(self.judge(71, **scanned, promised_to=date(2026, 6, 17)), "late")
        self.assertEqual(self.judge(80, **scanned), "stuck")
        heard = {**scanned, "last_event_at": datetime(2026, 6, 18, 3)}
        self.assertIsNone(self.judge(80, **heard))

    def test_weight_is_disputed_after_the_delivery_too(self):
        self.assertEqual(self.judge(1, status="delivered", weight_excess=1.2), "weight")


@tagged("post_install", "-at_install", "oms_engine")
class TestZone(BaseCase):
    def test_three_clocks(self):
        self.assertEqual(zone_of("Jawa Barat"), "Asia/Jakarta")
        self.assertEqual(zone_of("Provinsi  BALI"), "Asia/Makassar")
        self.assertEqual(zone_of("Papua Selatan", "ID"), "Asia/Jayapura")
        self.assertIsNone(zone_of("Bali", "MY"))
        self.assertIsNone(zone_of(""))
