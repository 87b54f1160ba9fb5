from odoo.tests import tagged

from ..engine.message import courier_key
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

    def test_courier_settings_are_checked(self):
        for vals in ({"resi_pattern": "(["}, {"tracking_url": "https://example.com"}):
            with self.assertRaisesRegex(Exception, "JNE"), self.env.cr.savepoint():
                self.jne.write(vals)
