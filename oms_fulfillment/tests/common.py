from odoo.tests import TransactionCase


class OmsCase(TransactionCase):
    """One channel, one warehouse, three storable products with stock."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True))
        cls.company = cls.env.company
        cls.warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.company.id)], limit=1
        )
        cls.partner = cls.env["res.partner"].create(
            {
                "name": "Siti Rahma",
                "phone": "+62 812 0000 1111",
                "street": "Jl. Melati 1",
                "city": "Bandung",
                "country_id": cls.env.ref("base.id").id,
            }
        )
        cls.channel = cls.env["oms.channel"].create(
            {
                "name": "Telephone",
                "code": "PHONE-T",
                "kind": "phone",
                "warehouse_id": cls.warehouse.id,
                "payment_policy": "on_acceptance",
                "invoice_trigger": "accept",
                "auto_confirm": False,
            }
        )
        cls.product = cls._create_product("MUG", 10)
        cls.product_b = cls._create_product("TEA", 5)
        cls.scarce = cls._create_product("RARE", 0)

    @classmethod
    def _create_product(cls, sku, quantity, **values):
        product = cls.env["product.product"].create(
            {
                "name": f"Product {sku}",
                "default_code": sku,
                "type": "consu",
                "is_storable": True,
                "list_price": 50000,
                "taxes_id": False,
                "invoice_policy": "delivery",
                **values,
            }
        )
        if quantity:
            cls._stock(product, quantity)
        return product

    @classmethod
    def _stock(cls, product, quantity, warehouse=None):
        location = (warehouse or cls.warehouse).lot_stock_id
        cls.env["stock.quant"]._update_available_quantity(product, location, quantity)

    def _order(self, lines=None, **values):
        """Create a draft order of the channel; ``lines`` is ``[(product, quantity)]``."""
        lines = lines or [(self.product, 2)]
        order = self.env["sale.order"].create(
            {
                "partner_id": self.partner.id,
                "oms_channel_id": self.channel.id,
                "order_line": [
                    (0, 0, {"product_id": product.id, "product_uom_qty": quantity})
                    for product, quantity in lines
                ],
                **values,
            }
        )
        self._settle()
        return order

    def _confirmed(self, lines=None, **values):
        order = self._order(lines, **values)
        order.action_confirm()
        self._settle()
        return order

    def _settle(self):
        """Do what a commit would do: allocate, then refresh the stages."""
        self.env["sale.order"]._oms_refresh_touched()
        self.env["oms.allocator"]._run_pending()
        self.env["sale.order"]._oms_refresh_touched()

    def _units(self, order):
        """Buckets of an order's goods, as ``{bucket: units}`` without the empty ones."""
        total = None
        for units in order.order_line._oms_buckets().values():
            total = total + units if total else units
        return {name: value for name, value in total.as_dict().items() if value}

    def assertStage(self, order, code, blocker=None):
        self._settle()
        self.assertEqual((order.oms_stage_code, order.oms_blocker or None), (code, blocker))

    def assertProved(self):
        self._settle()
        self.assertEqual(self.env["oms.proof"].run(), [])
