from odoo.tests import new_test_user, tagged

from .common import TrackingCase


@tagged("post_install", "-at_install")
class TestPackByResi(TrackingCase):
    def test_resi_opens_the_order(self):
        packer = new_test_user(self.env, "packer.resi", "oms_fulfillment.group_oms_warehouse")
        order = self.make_order()
        resi = self.new_resi()
        self.Shipment.create(
            {
                "fulfillment_id": order.oms_fulfillment_ids.id,
                "courier_id": self.jne.id,
                "resi": resi,
            }
        )
        Session = self.env["oms.pack.session"].with_user(packer)
        screen = Session.send("table", [{"key": "resi-1", "code": resi}])
        self.assertFalse(screen["alarm"])
        self.assertEqual(screen["work"]["order"], order.name)
        screen = Session.send("table", [{"key": "resi-2", "code": "TRK-MUG"}])
        self.assertEqual(screen["progress"], {"done": 1, "total": 4})
