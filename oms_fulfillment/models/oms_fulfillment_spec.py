from odoo import models

from ..exceptions import OmsRefusal


class OmsFulfillment(models.Model):
    """What the lines of a call name: ``{sku, quantity}``, and ``{lots, location}`` where it matters
    which units are meant."""

    _inherit = "oms.fulfillment"

    def _wanted_units(self, item):
        """Return ``{move: units of the product}`` that an item is about; without lines all of it.

        :raise OmsRefusal: ``unknown_sku``, ``bad_quantity``, ``more_than_open``
        """
        if not item.get("lines"):
            return {move: move.product_qty for move in self._open_moves()}
        return self._spread(item["lines"], self._moves_of_sku, "product_qty", self._more_than_open)

    def _missing_lines(self, item):
        """Return ``[(move line, units of the product)]`` that an item reports.

        :raise OmsRefusal: ``lines_missing``, ``unknown_sku``, ``bad_quantity``,
            ``more_than_reserved``
        """
        if not item.get("lines"):
            raise OmsRefusal(
                "lines_missing",
                self.env._("What is missing of %(name)s?", name=self.name),
                field="lines",
                next_step=self.env._("Send lines with sku and quantity."),
            )
        taken = self._spread(
            item["lines"], self._reserved_lines, "quantity_product_uom", self._more_than_reserved
        )
        return list(taken.items())

    def _spread(self, specs, find, units_field, refusal):
        """Spread the units of ``specs`` over the records that they name: ``{record: units}``.

        :param find: returns the records of one spec, those to take from first first
        :param units_field: what there is of each record, in the product's unit
        :param refusal: makes the refusal of a spec that names more than there is
        """
        taken = {}
        for spec in specs:
            left = self._spec_units(spec)
            for record in find(spec):
                units = min(left, record[units_field] - taken.get(record, 0.0))
                if record.product_id.uom_id.compare(units, 0.0) > 0:
                    taken[record] = taken.get(record, 0.0) + units
                    left -= units
            if left > 1e-6:
                raise refusal(spec)
        return taken

    def _more_than_open(self, spec):
        return OmsRefusal(
            "more_than_open",
            self.env._(
                "%(name)s has fewer than %(units)s × %(sku)s.",
                name=self.name,
                units=f"{float(spec['quantity']):g}",
                sku=self._spec_name(spec),
            ),
            field="lines",
            next_step=self.env._("Send at most what oms_snapshot shows as not shipped."),
        )

    def _more_than_reserved(self, spec):
        return OmsRefusal(
            "more_than_reserved",
            self.env._(
                "%(name)s has fewer than %(units)s × %(sku)s reserved there.",
                name=self.name,
                units=f"{float(spec['quantity']):g}",
                sku=self._spec_name(spec),
            ),
            field="lines",
            next_step=self.env._("Report at most what the transfer has reserved."),
        )

    # WHICH RECORDS

    def _moves_of_sku(self, spec):
        """The open moves that ``{sku}`` names, or ``{move}`` (an id) where a SKU is not enough."""
        sku = spec.get("sku") or spec.get("move")
        moves = self._open_moves().filtered(
            lambda move: sku
            and (
                move.id == spec.get("move")
                or sku in (move.product_id.default_code, move.product_id.barcode)
            )
        )
        if not moves:
            raise OmsRefusal(
                "unknown_sku",
                self.env._("%(name)s brings no %(sku)s.", name=self.name, sku=str(sku)[:64]),
                field="lines",
                next_step=self.env._(
                    "It brings: %(skus)s.",
                    skus=", ".join(
                        move.product_id.default_code or move.product_id.display_name
                        for move in self._open_moves()
                    ),
                ),
            )
        return moves

    def _spec_name(self, spec):
        """What an item's line is about, for the eye."""
        if spec.get("sku"):
            return str(spec["sku"])[:64]
        move = self._open_moves().filtered(lambda move: move.id == spec.get("move"))
        return move.product_id.display_name or "?"

    def _spec_units(self, spec):
        try:
            units = float(spec.get("quantity"))
        except (TypeError, ValueError):
            units = -1.0
        if not 0 < units < 1e9:
            raise OmsRefusal(
                "bad_quantity",
                self.env._(
                    "%(value)s is no quantity of %(sku)s.",
                    value=str(spec.get("quantity"))[:40],
                    sku=self._spec_name(spec),
                ),
                field="lines",
                next_step=self.env._("Send a number above zero, in the SKU's unit."),
            )
        return units

    def _reserved_lines(self, spec):
        """The reserved move lines that ``{sku, lots, location}`` is about, latest first."""
        lines = self._moves_of_sku(spec).move_line_ids
        if spec.get("lots"):
            lots = {str(name) for name in spec["lots"]}
            lines = lines.filtered(lambda line: line.lot_id.name in lots)
        if spec.get("location"):
            place = spec["location"]
            lines = lines.filtered(
                lambda line: place
                in (line.location_id.barcode, line.location_id.name, line.location_id.complete_name)
            )
        return lines.sorted("id", reverse=True)
