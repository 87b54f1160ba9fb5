from odoo import api, models


class StockPicking(models.Model):
    """What a picker reads: places in walking order, and how much of each goes to which order."""

    _inherit = "stock.picking"

    def _oms_to_pick(self):
        """The transfers of these orders that take goods off the shelf."""
        return self.filtered(
            lambda picking: picking.state not in ("done", "cancel")
            and any(move.quantity for move in picking.move_ids)
        )

    def _oms_slots(self):
        """``{transfer: number on the cart}``, in the order of the batch."""
        ordered = self.sorted(lambda picking: (picking.batch_sequence, picking.id))
        return {picking: number for number, picking in enumerate(ordered, 1)}

    def _oms_pick_rows(self):
        """Return ``[{place, product, lot, package, units, uom, split}]`` in the order of places;
        ``split`` is ``[(slot, units)]``."""
        slots = self._oms_slots()
        rows = {}
        for line in self.move_line_ids.filtered("quantity"):
            key = (
                line.location_id.complete_name,
                line.product_id.default_code or line.product_id.name or "",
                line.product_id.id,
                line.lot_id.name or "",
                line.package_id.name or "",
            )
            row = rows.setdefault(
                key,
                {
                    "place": line.location_id.complete_name,
                    "product": line.product_id,
                    "lot": line.lot_id.name or "",
                    "package": line.package_id.name or "",
                    "units": 0.0,
                    "uom": line.product_id.uom_id,
                    "split": {},
                },
            )
            slot, units = slots[line.picking_id], line.quantity_product_uom
            row["units"] += units
            row["split"][slot] = row["split"].get(slot, 0.0) + units
        return [{**rows[key], "split": sorted(rows[key]["split"].items())} for key in sorted(rows)]

    def action_oms_print_picking_list(self):
        """Print the picking list of these transfers, a page per batch, and remember it."""
        pickings = self._oms_to_pick()
        self.env["oms.print"]._log("picking_list", pickings)
        return self.env.ref("oms_fulfillment.action_report_oms_picking_list").report_action(
            pickings
        )


class StockPickingBatch(models.Model):
    _inherit = "stock.picking.batch"

    def action_oms_print_picking_list(self):
        """Button: the picking list by bin, split by order."""
        return self.picking_ids.action_oms_print_picking_list()


class ReportPickingList(models.AbstractModel):
    _name = "report.oms_fulfillment.report_picking_list"
    _description = "Picking List"

    @api.model
    def _get_report_values(self, docids, data=None):
        pickings = self.env["stock.picking"].browse(docids)
        pages = [
            {
                "batch": batch,
                "rows": own._oms_pick_rows(),
                "slots": own._oms_slots(),
                "courier": (own.carrier_id or own.sudo().sale_id.carrier_id)[:1],
                "due": min(filter(None, own.sudo().sale_id.mapped("oms_ship_by")), default=None),
                "units": sum(own.move_line_ids.mapped("quantity_product_uom")),
            }
            for batch, own in pickings.grouped("batch_id").items()
        ]
        return {"doc_ids": docids, "docs": pickings, "doc_model": "stock.picking", "pages": pages}
