from odoo import fields, models


class StockWarehouse(models.Model):
    """How this warehouse packs."""

    _inherit = "stock.warehouse"

    oms_pack_weigh = fields.Boolean(
        string="Weigh Each Carton",
        help="The station asks for the weight before it lets a parcel go, and compares it with the "
        "weights of the products where all of them are known.",
    )
    oms_pack_tolerance = fields.Float(
        string="Weight Tolerance (%)",
        default=5.0,
        help="How far the scale may differ from the products' weights; 50 g are always allowed.",
    )
    oms_pack_auto_done = fields.Boolean(
        string="Done With the Last Unit",
        help="A parcel is closed as soon as its last unit is scanned, without a scan of DONE.",
    )

    _oms_pack_tolerance_positive = models.Constraint(
        "CHECK(oms_pack_tolerance IS NULL OR oms_pack_tolerance >= 0)",
        lambda env, diag: env._("The weight tolerance can't be negative."),
    )

    def _oms_pack_type(self):
        """The operation at which parcels are packed: of its own in three steps, else the last."""
        three = self.delivery_steps == "pick_pack_ship"
        return self.pack_type_id if three else self.out_type_id

    def action_oms_print_pack_codes(self):
        """Print the sheet of barcodes that command the packing station."""
        return self.env.ref("oms_fulfillment.action_report_oms_pack_codes").report_action(self)

    def _oms_pack_codes(self):
        """``[(heading, [(code, words)])]`` of the sheet that hangs at a packing station."""
        Session = self.env["oms.pack.session"]
        commands = [
            ("OMS-DONE", self.env._("DONE: the parcel is complete")),
            ("OMS-UNDO", self.env._("UNDO: take the last scan back")),
            ("OMS-CARTON", self.env._("CLOSE CARTON: go on in a new one")),
            ("OMS-SHORT", self.env._("SHORT: units are missing")),
            ("OMS-OVERRIDE", self.env._("OVERRIDE: a supervisor vouches for it")),
            ("OMS-LEAVE", self.env._("PUT ASIDE: go on with it later")),
            ("OMS-BACK", self.env._("BACK: return to scanning")),
        ]
        groups = [
            (self.env._("Commands"), commands),
            (self.env._("Why units are missing"), Session._short_codes()),
            (self.env._("What becomes of them"), Session._way_codes()),
            (self.env._("Why the override"), Session._waive_codes()),
        ]
        return [(heading, codes) for heading, codes in groups if codes]
