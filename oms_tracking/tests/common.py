from datetime import datetime, timedelta

from odoo.tests import TransactionCase

START = datetime(2026, 7, 1, 3, 0)


def at(hours):
    """ISO time ``hours`` after :data:`START`, on the clock of Jakarta."""
    return (START + timedelta(hours=hours + 7)).isoformat() + "+07:00"


class TrackingCase(TransactionCase):
    """One channel, two products in stock, and helpers to ship and to speak as a courier."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True))
        cls.env.company.partner_id.tz = "Asia/Jakarta"
        cls.channel = cls.env["oms.channel"].create(
            {
                "name": "Tracking channel",
                "code": "TRK",
                "payment_policy": "terms",
                "invoice_trigger": "accept",
            }
        )
        cls.mug, cls.plate = cls.env["product.product"].create(
            [
                {"name": "Mug", "default_code": "TRK-MUG", "is_storable": True},
                {"name": "Plate", "default_code": "TRK-PLATE", "is_storable": True},
            ]
        )
        warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.env.company.id)], limit=1
        )
        for product in cls.mug | cls.plate:
            cls.env["stock.quant"]._update_available_quantity(product, warehouse.lot_stock_id, 1000)
        cls.partner = cls.env["res.partner"].create(
            {
                "name": "Siti Rahayu",
                "street": "Jl. Melati 5",
                "city": "Bandung",
                "phone": "081234567890",
                "country_id": cls.env.ref("base.id").id,
            }
        )
        cls.jne = cls.env.ref("oms_tracking.courier_jne")
        cls.Shipment = cls.env["oms.shipment"]
        cls.serial = 0

    @classmethod
    def new_resi(cls):
        cls.serial += 1
        return f"0101{cls.serial:011d}"

    def make_order(self, units=2, **values):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.partner.id,
                "oms_channel_id": self.channel.id,
                "order_line": [
                    (0, 0, {"product_id": product.id, "product_uom_qty": units, "price_unit": 10})
                    for product in self.mug | self.plate
                ],
                **values,
            }
        )
        order.action_confirm()
        self.env["oms.allocator"]._run_pending()
        order._oms_refresh_touched()
        return order

    def ship(self, order, parcels=None):
        """Hand the order over; return its parcels."""
        (answer,) = self.env["oms.fulfillment"].ship(
            [
                {
                    "fulfillment": order.oms_fulfillment_ids.name,
                    "shipped_at": at(0),
                    "parcels": parcels or [],
                }
            ]
        )
        self.assertEqual(answer["status"], "shipped", answer)
        return self.Shipment.browse([parcel["id"] for parcel in answer["parcels"]])

    def make_parcel(self, resi=None, order=None):
        """Ship an order as one JNE parcel."""
        parcel = {"courier": "JNE", "service": "REG", "resi": resi or self.new_resi()}
        return self.ship(order or self.make_order(), [parcel])

    def event(self, parcel, status, hours, **values):
        return {
            "courier": "jne",
            "resi": parcel if isinstance(parcel, str) else parcel.resi,
            "status": status,
            "occurred_at": at(hours),
            "place": "Bandung",
            **values,
        }

    def push(self, *events):
        answers = self.Shipment.push_events(list(events))
        self.env["sale.order"]._oms_refresh_touched()
        return answers

    def statuses(self, answers):
        return [answer["status"] for answer in answers]
