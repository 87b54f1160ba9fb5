"""What the intake tests share: a channel, three products and a complete order."""

import copy
from pathlib import Path

from odoo.tests import TransactionCase

FIXTURES = Path(__file__).parent / "fixtures"

ORDER = {
    "external_id": "260701SYN0AAA1",
    "ordered_at": "2026-07-01T09:12:00+07:00",
    "paid_at": "2026-07-01T09:13:00+07:00",
    "buyer": {"external_id": "budi77", "name": "Budi Santoso", "phone": "0812-3456-7890"},
    "ship_to": {
        "name": "Budi Santoso",
        "phone": "0812-3456-7890",
        "street": "Jl. Merdeka 1",
        "district": "Coblong",
        "city": "Bandung",
        "province": "JAWA BARAT",
        "postal_code": "40132",
        "country": "ID",
    },
    "lines": [{"line_id": "1", "sku": "TEE-BLK-M", "quantity": 2, "unit_price": 82500}],
    "payment": {"method": "prepaid"},
}


def make_order(number="260701SYN0AAA1", **changes):
    """Return a complete canonical order; ``None`` removes a key."""
    order = {**copy.deepcopy(ORDER), "external_id": number, **copy.deepcopy(changes)}
    return {key: value for key, value in order.items() if value is not None}


class IntakeCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True})
        company = cls.env.company
        # No tax unless a test is about taxes.
        company.account_sale_tax_id = False
        cls.channel = cls.env["oms.channel"].create(
            {"name": "Toko", "code": "TOKO", "kind": "marketplace", "auto_confirm": False}
        )
        cls.tee, cls.cap, cls.bottle = cls.env["product.product"].create(
            [
                {
                    "name": name,
                    "default_code": code,
                    "type": "consu",
                    "is_storable": True,
                    "taxes_id": False,
                }
                for name, code in (
                    ("Kaos Polos", "TEE-BLK-M"),
                    ("Topi", "CAP-RED"),
                    ("Botol", "0012345"),
                )
            ]
        )
        cls.Intake = cls.env["oms.intake"]

    def submit(self, *orders, channel="TOKO"):
        return self.env["oms.channel"].submit_orders(channel, list(orders))

    def submit_one(self, order, status=None):
        """Submit one order and return its answer, checking the status when one is expected."""
        answer = self.submit(order)[0]
        if status:
            self.assertEqual(answer["status"], status, answer)
        return answer

    def intakes(self, number="260701SYN0AAA1"):
        return self.Intake.search([("external_id", "=", number)], order="id")

    def order_of(self, answer):
        return self.env["sale.order"].browse(answer["id"])

    def error_codes(self, answer):
        return [error["code"] for error in answer["errors"]]
