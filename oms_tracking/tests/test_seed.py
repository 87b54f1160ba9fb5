from odoo.tests import tagged

from ..engine.message import code_key, courier_key
from .common import TrackingCase


@tagged("post_install", "-at_install")
class TestSeed(TrackingCase):
    def test_couriers_and_aliases(self):
        known = self.env["oms.courier"]._by_key()
        for name, code in (
            ("J&T", "JNT"),
            ("j&t express", "JNT"),
            ("Shopee Express", "SPX"),
            ("Ninja Van", "NINJA"),
            ("posindonesia", "POS"),
            ("kurir toko", "OWN"),
        ):
            self.assertEqual(known[courier_key(name)].code, code)

    def test_every_canonical_name_means_itself(self):
        statuses = dict(self.env["oms.shipment"]._fields["status"].selection)
        meanings = self.env["oms.courier.status"]._meanings(list(statuses))
        for status in set(statuses) - {"unknown"}:
            self.assertEqual(meanings[False, status], (status, False))

    def test_the_same_number_means_two_things(self):
        mapping = self.env["oms.courier.status"]
        anteraja = self.env.ref("oms_tracking.courier_anteraja")
        meanings = mapping._meanings(["200", "kiriminaja:200"])
        self.assertEqual(mapping._meaning(meanings, anteraja.id, "200")[0], "picked_up")
        self.assertEqual(mapping._meaning(meanings, anteraja.id, "kiriminaja:200")[0], "delivered")
        self.assertEqual(mapping._meaning(meanings, self.jne.id, "200")[0], "unknown")

    def test_each_courier_and_aggregator_is_known(self):
        """One code of each, as it would stand in a file or a message."""
        mapping = self.env["oms.courier.status"]
        known = {
            ("jne", "D01"): "delivered",
            ("jnt", "GOT"): "picked_up",
            ("sicepat", "ANT"): "out_for_delivery",
            ("anteraja", "250"): "delivered",
            ("lion", "STI-DEST"): "in_transit",
            ("ninja", "Return To Sender"): "returning",
            ("spx", "shopee:LOGISTICS_DELIVERY_DONE"): "delivered",
            ("jnt", "biteship:return_in_transit"): "returning",
            ("jne", "kiriminaja:400"): "returned",
            ("jne", "aftership:Exception_011"): "returned",
            ("jne", "easypost:out_for_delivery"): "out_for_delivery",
            ("jne", "karrio:delivery_failed"): "attempt_failed",
            ("pos", "upu:EMI"): "delivered",
            ("pos", "x12:AW"): "available_for_pickup",
        }
        keys = {code: code_key(code) for _courier, code in known}
        meanings = mapping._meanings(keys.values())
        for (courier, code), status in known.items():
            courier_id = self.env.ref(f"oms_tracking.courier_{courier}").id
            self.assertEqual(mapping._meaning(meanings, courier_id, keys[code])[0], status, code)

    def test_courier_settings_are_checked(self):
        for vals in ({"resi_pattern": "(["}, {"tracking_url": "https://example.com"}):
            with self.assertRaisesRegex(Exception, "JNE"), self.env.cr.savepoint():
                self.jne.write(vals)
