from datetime import timedelta

from odoo import fields

from .common_accounting import OmsAccountingCase


class OmsReturnCase(OmsAccountingCase):
    """The steps of a return through the public methods."""

    def setUp(self):
        super().setUp()
        self.Return = self.env["oms.return"]

    def _one(self, answers, status=None):
        self.assertEqual(len(answers), 1)
        if status:
            self.assertEqual(answers[0]["status"], status, answers)
        self._settle()
        return answers[0]

    def _request(self, order, quantity, sku="MUG", **values):
        item = {
            "order": order.name,
            "reason": "defective",
            "lines": [{"sku": sku, "quantity": quantity}],
            **values,
        }
        answer = self._one(self.Return.request([item]), "requested")
        return self.Return.browse(answer["id"])

    def _received(self, case, quantity=None):
        self._one(self.Return.approve([{"return": case.name}]), "approved")
        lines = None
        if quantity is not None:
            lines = [
                {"sku": line.product_id.default_code, "quantity": quantity}
                for line in case.line_ids
            ]
        self._one(self.Return.receive([{"return": case.name, "lines": lines}]), "received")

    def _resolved(self, case, restock=0, scrap=0, **values):
        self._one(
            self.Return.inspect(
                [
                    {
                        "return": case.name,
                        "lines": [{"sku": "MUG", "restock": restock, "scrap": scrap, **values}],
                    }
                ]
            ),
            "inspected",
        )
        return self._one(self.Return.resolve([{"return": case.name}]), "resolved")

    def _delivered(self, channel=None, **values):
        order = self._sold(channel or self.marketplace, **values)
        self._ship(order)
        self._deliver(order, fields.Datetime.now() - timedelta(days=1))
        return order

    def _on_hand(self, location, product=None):
        quants = self.env["stock.quant"].search(
            [("location_id", "=", location.id), ("product_id", "=", (product or self.product).id)]
        )
        return sum(quants.mapped("quantity"))
