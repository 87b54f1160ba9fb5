import hmac
import re

from odoo import api, models

from ..engine import packing
from ..exceptions import OmsRefusal
from .oms_pack_item import Item

MAX_KG = 1000.0
WEIGHT = re.compile(r"^(\d{1,4}(?:[.,]\d{1,4})?)\s*(kg|g)?$", re.IGNORECASE)
WAIVE_REASONS = ("barcode", "scale", "pack", "other")


class OmsPackSession(models.Model):
    """What the station asks between two scans: a weight, a reason, a supervisor."""

    _inherit = "oms.pack.session"

    # WEIGHT

    def _to_weigh(self, tally):
        """The number of the first carton that has no weight yet, or 0."""
        if not self.warehouse_id.oms_pack_weigh:
            return 0
        return next((number for number in tally.cartons if number not in tally.weights), 0)

    def _expected_kg(self, tally, carton):
        """The weight of a carton's contents; 0 when the weight of one product is unknown."""
        contents = tally.in_carton(carton)
        products = self.env["product.product"].browse(contents)
        if not all(product.weight for product in products):
            return 0.0
        return sum(product.weight * contents[product.id] for product in products)

    def _handle_weigh(self, code, command, seen):
        tally = self._tally()
        carton = self._to_weigh(tally)
        if command == "OMS-OVERRIDE" and self.waiting_for:
            return self._handle_override(seen)
        if command == "OMS-UNDO" or not carton:
            self._put(step="pack", waiting_for=False)
            return self._handle_undo(seen) if command else self._finish(tally)
        weighed = self._read_weight(code)
        expected = self._expected_kg(tally, carton)
        off = expected and packing.weight_off(
            expected, weighed, self.warehouse_id.oms_pack_tolerance
        )
        if off:
            seen["keep"] = {"waiting_for": f"{weighed:.3f}"}
            raise OmsRefusal(
                "weight_off",
                self.env._(
                    "Carton %(number)s weighs %(weighed)s kg, %(expected)s kg were expected: "
                    "%(off)s kg too much.",
                    number=carton,
                    weighed=f"{weighed:.3f}",
                    expected=f"{expected:.3f}",
                    off=f"{off:.3f}",
                )
                if off > 0
                else self.env._(
                    "Carton %(number)s weighs %(weighed)s kg, %(expected)s kg were expected: "
                    "%(off)s kg too little.",
                    number=carton,
                    weighed=f"{weighed:.3f}",
                    expected=f"{expected:.3f}",
                    off=f"{-off:.3f}",
                ),
                next_step=self.env._(
                    "Look into the carton and weigh it again; a supervisor may OVERRIDE."
                ),
            )
        return self._weighed(seen, carton, weighed, tally)

    def _weighed(self, seen, carton, weighed, tally, waived=False, **log):
        seen["log"] = {
            "kind": "weight",
            "quantity": weighed,
            "carton": carton,
            "waived": waived,
            **log,
        }
        tally.weights[carton] = weighed
        return self._finish(tally)

    def _read_weight(self, code):
        """A weight as scales and people write it: ``1.25``, ``1,25 kg``, ``1250 g``."""
        match = WEIGHT.match(code.strip())
        weight = float(match.group(1).replace(",", ".")) if match else 0.0
        if match and (match.group(2) or "").lower() == "g":
            weight /= 1000.0
        if not 0 < weight <= MAX_KG:
            raise OmsRefusal(
                "bad_weight",
                self.env._("%(code)s is no weight in kg.", code=code[:40]),
                next_step=self.env._("Put the carton on the scale, or type its weight: 1.25 kg."),
            )
        return weight

    # SHORT

    def _handle_short(self, seen):
        left = packing.missing(self._expected(), self._tally())
        if not left:
            raise OmsRefusal(
                "nothing_short",
                self.env._("Nothing is missing in %(transfer)s.", transfer=self.picking_id.name),
                next_step=self.env._("Scan the command DONE."),
            )
        if not self._short_reasons():
            raise OmsRefusal(
                "no_reasons",
                self.env._("No reason why units may be missing is set up."),
                next_step=self.env._("Ask an OMS manager to set them up; put the order aside."),
            )
        self._put(step="reason", waiting_for=False)
        seen["log"] = {"kind": "short"}

    @api.model
    def _short_reasons(self):
        """``[(code, words)]`` why units may be missing."""
        return [(reason.code, reason.name) for reason in self.env["oms.short.reason"].search([])]

    @api.model
    def _all_ways(self):
        return [
            ("resource", self.env._("From another warehouse")),
            ("backorder", self.env._("Send them later")),
            ("cancel", self.env._("Cancel them")),
        ]

    def _short_ways(self):
        """``[(code, words)]`` what may become of missing units; before the last transfer, which
        alone is a fulfilment, they can only follow later."""
        ways = self._all_ways()
        return ways if self._works() else ways[1:2]

    @api.model
    def _short_codes(self):
        return [(f"OMS-WHY-{code.upper()}", words) for code, words in self._short_reasons()]

    @api.model
    def _way_codes(self):
        return [(f"OMS-THEN-{code.upper()}", words) for code, words in self._all_ways()]

    @api.model
    def _waive_codes(self):
        return [(f"OMS-FOR-{code.upper()}", words) for code, words in self._waive_reasons()]

    def _choice(self, code, prefix, options):
        """Return the option that a scan ``OMS-WHY-DAMAGED`` or a digit stands for."""
        text = code.strip().upper()
        for number, (name, _words) in enumerate(options, 1):
            if text in (f"{prefix}{name.upper()}", str(number)):
                return name
        raise OmsRefusal(
            "no_choice",
            self.env._("%(code)s is none of the choices.", code=code[:40]),
            next_step=self.env._("Scan, press or tap one of them; BACK returns to scanning."),
        )

    def _handle_reason(self, code, command, seen):
        reason = self._choice(code, "OMS-WHY-", self._short_reasons())
        self._put(step="then", waiting_for=reason)
        seen["log"] = {"kind": "short", "reason": reason}

    def _handle_then(self, code, command, seen):
        way = self._choice(code, "OMS-THEN-", self._short_ways())
        reason, left = self.waiting_for, packing.missing(self._expected(), self._tally())
        self._put(step="pack", waiting_for=False)
        seen["log"] = {"kind": "short", "reason": f"{reason}/{way}", "quantity": sum(left.values())}
        if not self._works():
            return self._finish(self._tally())
        self._report_short(reason, way, seen["key"])
        if not self._expected():
            self._end("left")
            seen["message"] = self.env._("Nothing is left to pack.")
        return None

    def _report_short(self, reason, way, reference):
        """Tell the fulfilments which reserved units are missing, of which lot and from which place;
        what becomes of them is theirs to do.

        :param reference: the key of the scan: the same one reports nothing twice
        """
        lines = {}
        for line, units in self._missing_lines():
            spec = {"move": line.move_id.id, "quantity": units}
            spec["location"] = line.location_id.complete_name
            if line.lot_id:
                spec["lots"] = [line.lot_id.name]
            lines.setdefault(line.picking_id, []).append(spec)
        items = [
            {
                "fulfillment": work.name,
                "lines": lines[work.picking_id],
                "reason": reason,
                "then": way,
                "reference": f"scan {reference}",
            }
            for work in self._works()
            if work.picking_id in lines
        ]
        for answer in self.env["oms.fulfillment"].report_short(items):
            for error in answer["errors"]:
                raise OmsRefusal(error["code"], error["message"], next_step=error["next_step"])
        self.env["sale.order"]._oms_refresh_touched()

    def _missing_lines(self):
        """``[(reserved line, units of the product that nobody scanned)]``; another lot than the
        reserved one stands in for it, as it does when the parcel is closed."""
        parts = self._assign(self._tally())
        missing = []
        for line, counted in parts.items():
            units = line.quantity_product_uom - sum(units for _lot, _carton, units in counted)
            if units > packing.EPSILON:
                missing.append((line, units))
        return missing

    # OVERRIDE

    def _handle_override(self, seen):
        """A supervisor vouches for the next unit, whose code can't be read, or for the weight."""
        if self.step != "weigh" and not packing.missing(self._expected(), self._tally()):
            raise OmsRefusal(
                "nothing_to_override",
                self.env._("Nothing is in the way."),
                next_step=self.env._("Scan the command DONE."),
            )
        what = f"weight {self.waiting_for}" if self.step == "weigh" else "unit"
        mine = self._is_supervisor(self.env.user)
        seen["log"] = {"kind": "override"}
        self._put(
            step="waive" if mine else "badge",
            waiting_for=f"{what}|{self.env.uid}" if mine else what,
        )

    def _is_supervisor(self, user):
        return user.has_group("oms_fulfillment.group_oms_manager")

    def _handle_badge(self, code, command, seen):
        """The supervisor's badge; it is a secret and is not written into the log."""
        seen["secret"] = True
        # sudo: badges are readable by managers only; the code itself is the proof.
        users = self.env["res.users"].sudo().search([("oms_badge", "!=", False)])
        found = users.filtered(lambda user: hmac.compare_digest(user.oms_badge, code))
        if not found or not self._is_supervisor(found):
            raise OmsRefusal(
                "no_supervisor",
                self.env._("That is not the badge of an OMS manager."),
                next_step=self.env._(
                    "Let a supervisor scan their badge; BACK returns to scanning."
                ),
            )
        self._put(step="waive", waiting_for=f"{self.waiting_for}|{found.id}")
        seen["log"] = {"kind": "override", "supervisor_id": found.id}

    @api.model
    def _waive_reasons(self):
        words = {
            "barcode": self.env._("The barcode can't be read"),
            "scale": self.env._("The scale or the product's weight is wrong"),
            "pack": self.env._("Packing material weighs more"),
            "other": self.env._("Checked by eye"),
        }
        return [(name, words[name]) for name in WAIVE_REASONS]

    def _handle_waive(self, code, command, seen):
        reason = self._choice(code, "OMS-FOR-", self._waive_reasons())
        what, supervisor = self.waiting_for.split("|")
        log = {"supervisor_id": int(supervisor), "reason": reason}
        self._put(step="pack", waiting_for=False)
        tally = self._tally()
        if what.startswith("weight "):
            carton = self._to_weigh(tally)
            return self._weighed(seen, carton, float(what.split()[1]), tally, waived=True, **log)
        seen["log"] = {**self._count(self._next_item(tally)), "waived": True, **log}
        return self._after_unit(seen["log"])

    def _next_item(self, tally):
        """The next expected unit, as if its code had been scanned."""
        product_id = next(iter(packing.missing(self._expected(), tally)))
        product = self.env["product.product"].browse(product_id)
        lines = self._moves().move_line_ids.filtered(lambda line: line.product_id == product)
        lots = lines.lot_id.filtered(
            lambda lot: tally.of_lot(product_id, lot.id) + packing.EPSILON
            < sum(lines.filtered(lambda line: line.lot_id == lot).mapped("quantity_product_uom"))
        )
        unit = min(1.0, packing.missing(self._expected(), tally)[product_id])
        return Item(product, lots[:1], unit)
