from odoo import models
from odoo.tools import format_datetime

from ..engine import verification

SHIP_TO = ("name", "phone", "street", "village", "district", "city", "province", "postal_code")


class SaleOrder(models.Model):
    """What a change touches, before and after, as figures and as people read them."""

    _inherit = "sale.order"

    def _oms_figures(self):
        """What a change may touch: money, units, promise and labels."""
        line_buckets = self.order_line._oms_buckets()
        known = line_buckets.values()
        address = self._oms_address()
        return {
            "untaxed": self.amount_untaxed,
            "tax": self.amount_tax,
            "total": self.amount_total,
            "cod": self._oms_cash_to_collect()[self.id],
            "units": sum(units.ordered - units.cancelled for units in known),
            "reserved": sum(units.reserved + units.picked + units.packed for units in known),
            "short": sum(units.unallocated for units in known) if self.state == "sale" else 0.0,
            "promise": str(self.oms_promise_current or "") or None,
            "ship_to": ", ".join(str(address[name]) for name in SHIP_TO if address.get(name)),
            "put_away": len(self.oms_put_away_ids),
            "labels": self._oms_labels(),
        }

    def _oms_labels(self):
        """Hook: numbers of labels that are printed and have not left; of the tracking addon."""
        return []

    def _oms_change_consequences(self, changed):
        """Hook: what else a change entails. Done at once, and told in sentences; a preview takes
        it back with the rest.

        :param set changed: names of the figures that the change touched
        :return: list of sentences: what becomes invalid, and what to do
        """
        return []

    def _oms_differences(self, before, after):
        """Return ``[{what, before, after}]``; a label is to be printed again when the parcel's
        contents, address or cash changed."""
        found = [
            {"what": name, "before": before[name], "after": after[name]}
            for name in before
            if name != "labels" and self._oms_differs(before[name], after[name])
        ]
        stale = {"ship_to", "cod", "units"} & {item["what"] for item in found}
        if before["labels"] and stale:
            found.append({"what": "labels", "before": before["labels"], "after": []})
        return found

    def _oms_differs(self, one, other):
        if isinstance(one, float) and isinstance(other, float):
            return abs(one - other) > 1e-6
        return one != other

    def _oms_change_warnings(self):
        """What the checks say about the changed order; a confirmed order is not stopped again."""
        rules = {self.id: self.env["oms.verification.rule"]._for_channel(self.oms_channel_id.id)}
        inputs = self.sudo()._oms_verification_inputs(rules)
        findings = verification.verify(inputs[self.id], rules[self.id])
        return [self.sudo()._oms_finding_sentence(finding) for finding in findings]

    def _oms_difference_labels(self):
        return {
            "untaxed": self.env._("Untaxed amount"),
            "tax": self.env._("Taxes"),
            "total": self.env._("Total"),
            "cod": self.env._("Cash to collect"),
            "units": self.env._("Units"),
            "reserved": self.env._("Reserved"),
            "short": self.env._("Short in stock"),
            "promise": self.env._("Promised"),
            "ship_to": self.env._("Ship to"),
            "put_away": self.env._("Goods to put back"),
            "labels": self.env._("Labels to print again"),
        }

    def _oms_difference_text(self, item, side):
        """A value of a difference as people read it."""
        value = item[side]
        if item["what"] in ("untaxed", "tax", "total", "cod"):
            return self.currency_id.format(value)
        if item["what"] == "promise":
            return format_datetime(self.env, value) if value else ""
        if isinstance(value, float | int):
            return self._oms_units(value)
        return ", ".join(value) if isinstance(value, list) else value or ""
