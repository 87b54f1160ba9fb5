from itertools import count

from odoo.tests import new_test_user

from .common import OmsCase

STATION = "station-1"


class PackCase(OmsCase):
    """A packer at a station; every product has a barcode."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.packer = new_test_user(
            cls.env, "packer", "oms_fulfillment.group_oms_warehouse", lang="en_US"
        )
        cls.Session = cls.env["oms.pack.session"].with_user(cls.packer)
        cls.product.write({"barcode": "8991234567891", "weight": 0.5})
        cls.product_b.write({"barcode": "8991234567907", "weight": 0.25})
        cls.keys = count()

    def setUp(self):
        super().setUp()
        self.screen = {}

    def send(self, *codes, station=STATION, user=None, **item):
        """Scan codes one after the other; the last screen is kept and returned."""
        Session = self.Session.with_user(user) if user else self.Session
        for code in codes:
            scan = {"key": f"key-{next(self.keys)}", "code": code, **item}
            self.screen = Session.send(station, [scan])
        return self.screen

    def refused(self, *codes, **item):
        """Scan codes; the last one must be refused. Return its code."""
        screen = self.send(*codes, **item)
        self.assertTrue(screen["alarm"], screen)
        return screen["alarm"]["code"]

    def accepted(self, *codes, **item):
        screen = self.send(*codes, **item)
        self.assertFalse(screen["alarm"], screen["alarm"])
        return screen

    def done(self):
        """``{sku: units}`` in the open parcel."""
        return {line["sku"]: line["done"] for line in self.screen["lines"]}

    def work(self, order):
        return order.oms_fulfillment_ids
