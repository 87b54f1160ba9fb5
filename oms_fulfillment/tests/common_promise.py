from odoo import Command

from .common import OmsCase


class PromiseCase(OmsCase):
    """A second channel and warehouse, and receipts that are planned."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.channel.copy({"code": "WEB-T", "name": "Web"})
        cls.second = cls.env["stock.warehouse"].create({"name": "Second", "code": "SEC"})
        cls.product.categ_id = cls.env["product.category"].create({"name": "Crockery"})
        cls.suppliers = cls.env.ref("stock.stock_location_suppliers")

    def _receipt(self, product, units, date, warehouse=None):
        warehouse = warehouse or self.warehouse
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": warehouse.in_type_id.id,
                "location_id": self.suppliers.id,
                "location_dest_id": warehouse.in_type_id.default_location_dest_id.id,
                "origin": "PO0012",
                "scheduled_date": date,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_uom_qty": units,
                            "date": date,
                            "location_id": self.suppliers.id,
                            "location_dest_id": warehouse.in_type_id.default_location_dest_id.id,
                        }
                    )
                ],
            }
        )
        picking.action_confirm()
        return picking
