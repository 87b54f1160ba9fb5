from odoo import api, models
from odoo.tools import SQL


class OmsProof(models.AbstractModel):
    """Nothing that came in without a return is lost: the list and the shelf say the same."""

    _inherit = "oms.proof"

    @api.model
    def _get_checks(self):
        return [*super()._get_checks(), "_check_unclaimed"]

    def _check_unclaimed(self):
        """What nobody claimed yet lies where it was put, warehouse by warehouse."""
        rows = self.env.execute_query(
            SQL(
                """
                WITH listed AS (
                    SELECT parcel.warehouse_id, line.product_id, SUM(line.units_left) AS units
                      FROM oms_return_parcel_line line
                      JOIN oms_return_parcel parcel ON parcel.id = line.parcel_id
                     WHERE line.units_left > 0
                  GROUP BY parcel.warehouse_id, line.product_id
                ), there AS (
                    SELECT warehouse.id AS warehouse_id, quant.product_id,
                           SUM(quant.quantity) AS units
                      FROM stock_warehouse warehouse
                      JOIN stock_quant quant
                        ON quant.location_id = warehouse.oms_unclaimed_location_id
                  GROUP BY warehouse.id, quant.product_id
                )
                SELECT warehouse.id, product_id, COALESCE(listed.units, 0),
                       COALESCE(there.units, 0)
                  FROM listed
             FULL JOIN there USING (warehouse_id, product_id)
                  JOIN stock_warehouse warehouse ON warehouse.id = warehouse_id
                 WHERE warehouse.company_id = ANY(%s)
                   AND ABS(COALESCE(listed.units, 0) - COALESCE(there.units, 0)) > 0.000001
                """,
                self.env.companies.ids,
            )
        )
        return [
            self._violation(
                "unclaimed_units",
                self.env["stock.warehouse"].browse(warehouse_id),
                float(listed),
                float(there),
                self.env._(
                    "%(product)s without a return: the list and the location differ.",
                    product=self.env["product.product"].browse(product_id).display_name,
                ),
            )
            for warehouse_id, product_id, listed, there in rows
        ]
