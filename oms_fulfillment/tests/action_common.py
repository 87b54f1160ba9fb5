from .common import OmsCase


class ActionCase(OmsCase):
    """Two warehouses, and calls of the actions as another system makes them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.works = cls.env["oms.fulfillment"]
        cls.second = cls.env["stock.warehouse"].create({"name": "Surabaya", "code": "SBY"})

    def _act(self, method, work, **item):
        (answer,) = getattr(self.works, method)([{"fulfillment": work.name, **item}])
        self._settle()
        return answer

    def _done(self, method, work, **item):
        answer = self._act(method, work, **item)
        self.assertFalse(answer["errors"], answer)
        return answer

    def _refused(self, method, work, **item):
        answer = self._act(method, work, **item)
        self.assertEqual(answer["status"], "error", answer)
        return answer["errors"][0]["code"]

    def _on_hand(self, product, location=None):
        location = location or self.warehouse.lot_stock_id
        return self.env["stock.quant"]._get_available_quantity(product, location), sum(
            self.env["stock.quant"]
            .search([("product_id", "=", product.id), ("location_id", "=", location.id)])
            .mapped("quantity")
        )
