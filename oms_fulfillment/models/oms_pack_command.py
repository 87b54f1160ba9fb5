from odoo import api, models

from ..engine import packing
from ..exceptions import OmsRefusal


class OmsPackSession(models.Model):
    """Scanning units into the open parcel, and the commands in between."""

    _inherit = "oms.pack.session"

    # SCANNING UNITS

    def _handle_pack(self, code, command, seen):
        commands = {
            "OMS-UNDO": self._handle_undo,
            "OMS-DONE": self._handle_done,
            "OMS-SHORT": self._handle_short,
            "OMS-CARTON": self._handle_carton,
            "OMS-OVERRIDE": self._handle_override,
        }
        if command in commands:
            return commands[command](seen)
        item = self._read_item(code)
        if not item:
            self._refuse_unknown(code)
        seen["log"] = self._count(item)
        return self._after_unit(seen["log"])

    def _after_unit(self, log):
        """With the last unit the parcel may close by itself."""
        if not self.warehouse_id.oms_pack_auto_done:
            return None
        tally = packing.fold([*self._log(), packing.Scan("unit", **self._as_scan(log))])
        if packing.missing(self._expected(), tally):
            return None
        return self._finish(tally)

    @api.model
    def _as_scan(self, log):
        return {
            "product": log["product_id"],
            "lot": log["lot_id"] or 0,
            "quantity": log["quantity"],
            "carton": log["carton"],
            "waived": bool(log.get("waived")),
        }

    def _handle_undo(self, seen):
        last = packing.last_standing(self._log())
        if not last:
            raise OmsRefusal(
                "nothing_to_undo",
                self.env._("The parcel is empty: there is nothing to take back."),
                next_step=self._expected_sentence(self._expected(), self._tally()),
            )
        seen["log"] = {
            "kind": "undo",
            "product_id": last.product or False,
            "lot_id": last.lot or False,
            "quantity": last.quantity,
            "carton": last.carton,
        }
        if last.kind == "unit":
            product = self.env["product.product"].browse(last.product)
            seen["message"] = self.env._(
                "Take %(units)s of %(product)s out of the parcel again.",
                units=f"{last.quantity:g}",
                product=self._called(product),
            )

    def _handle_carton(self, seen):
        tally = self._tally()
        if not tally.in_carton(tally.carton):
            raise OmsRefusal(
                "carton_empty",
                self.env._("Carton %(number)s is empty.", number=tally.carton),
                next_step=self._expected_sentence(self._expected(), tally),
            )
        if not packing.missing(self._expected(), tally):
            raise OmsRefusal(
                "last_carton",
                self.env._("Everything is in the parcel; no further carton is needed."),
                next_step=self.env._("Scan the command DONE."),
            )
        seen["log"] = {"kind": "carton", "carton": tally.carton}

    def _handle_done(self, seen):
        tally = self._tally()
        self._ensure_complete(tally)
        seen["log"] = {"kind": "done"}
        return self._finish(tally)

    def _ensure_complete(self, tally):
        expected = self._expected()
        left = packing.missing(expected, tally)
        if left:
            raise OmsRefusal(
                "not_complete",
                self.env._(
                    "%(units)s units are missing in %(transfer)s.",
                    units=f"{sum(left.values()):g}",
                    transfer=self.picking_id.name,
                ),
                next_step=self._expected_sentence(expected, tally)
                + " "
                + self.env._("If it is not to be found, scan SHORT."),
            )
