from odoo import api, fields, models

from ..engine import disposition as engine
from ..exceptions import OmsRefusal


class OmsReturn(models.Model):
    """The inspection: a verdict for every unit that came, and the goods move accordingly."""

    _inherit = "oms.return"

    finding_ids = fields.One2many("oms.return.finding", "return_id", string="Findings")

    @api.onchange("finding_ids")
    def _onchange_finding_ids(self):
        """Findings of one line never speak of more than came; the last one gives way."""
        for line in self.line_ids:
            left = line.received
            for finding in self.finding_ids.filtered(
                lambda finding, line=line: finding.return_line_id == line._origin
            ):
                finding.quantity = max(min(finding.quantity, left), 0.0)
                left -= finding.quantity

    def _do_inspect(self, verdicts):
        """Record ``{return line: {findings, note}}`` and move the goods.

        :param dict verdicts: per line ``findings``, a list of the values of ``oms.return.finding``;
            together they are about all that was received
        :raise OmsRefusal: ``wrong_state``, ``verdict_mismatch``
        """
        self._ensure_state("received")
        self.finding_ids.unlink()
        values = []
        for line in self.line_ids:
            verdict = verdicts.get(line) or {}
            findings = [one for one in verdict.get("findings", ()) if one["quantity"]]
            line._check_findings(findings)
            # sudo: the verdict is what this step decides.
            line.sudo().write(line._prepare_verdict(findings, verdict.get("note")))
            values += [{"return_line_id": line.id, **one} for one in findings]
        self.env["oms.return.finding"].create(values)
        # sudo: as for the receipt.
        self.sudo()._move_inspected()
        return self._set_state("inspected", inspected_at=fields.Datetime.now())

    # THE GOODS

    def _move_inspected(self):
        """Take what every delivery brought back to the places that the findings name."""
        left = self._findings_left()
        for picking in self._return_pickings().filtered(lambda pick: pick.state == "done"):
            for disposition, pieces in self._pieces_of(picking, left).items():
                self._put(picking, disposition, pieces)

    def _findings_left(self):
        """Return ``{(return line, product): [[disposition, lot, units]]}`` of what was found."""
        return {
            (line, product): [
                [
                    one.disposition,
                    one.lot_id if one.product_id == product else None,
                    one.quantity * need,
                ]
                for one in self.finding_ids.filtered(
                    lambda one, line=line: one.return_line_id == line
                )
            ]
            for line in self.line_ids
            for product, need in line.sale_line_id._oms_parts().items()
        }

    def _pieces_of(self, picking, left):
        """Return ``{disposition: [(move line, units)]}`` for what a transfer brought.

        :param dict left: ``{(return line, product): [[disposition, lot, units]]}``; used up
        """
        result = {}
        for line in self.line_ids:
            mine = picking.move_line_ids.filtered(
                lambda item, line=line: self._line_of_move(item.move_id) == line.sale_line_id
            )
            for product, items in mine.grouped("product_id").items():
                findings = left.get((line, product))
                if findings is None:
                    continue
                pieces = engine.spread(
                    findings,
                    [(item, item.lot_id or None, item.quantity_product_uom) for item in items],
                )
                for item, disposition, units in pieces:
                    if not product.uom_id.is_zero(units):
                        result.setdefault(disposition, []).append((item, units))
        return result

    def _put(self, picking, disposition, pieces):
        warehouse = picking.picking_type_id.warehouse_id
        place = engine.PLACES[disposition]
        if place == engine.ABSENT and self.kind == "rts":
            # What the courier brought back without its contents is our loss.
            place = engine.LOSS
        if place == engine.LOSS:
            self._write_off(warehouse, picking, pieces)
        elif place == engine.ABSENT:
            self._take_back_receipt(warehouse, picking, pieces, disposition != "send_back")
        else:
            target = warehouse.lot_stock_id
            if place == engine.ASIDE:
                target = warehouse._oms_get_aside_location(disposition)
            self._transfer(warehouse, pieces, picking.location_dest_id, target)

    def _transfer(self, warehouse, pieces, source, target, validate=True, **vals):
        """One internal transfer; where the target has put-away rules, these decide."""
        transfer = self.env["stock.picking"].create(
            {
                "location_id": source.id,
                "location_dest_id": target.id,
                "picking_type_id": warehouse.int_type_id.id,
                "origin": self.name,
                "oms_return_id": self.id,
                "move_ids": [
                    fields.Command.create(
                        {**self._prepare_move(item, units, source, target), **self._of(item, vals)}
                    )
                    for item, units in pieces
                ],
            }
        )
        transfer.action_confirm()
        if not validate:
            return transfer
        transfer.move_ids.picked = True
        transfer.with_context(skip_backorder=True, skip_sms=True).button_validate()
        return transfer

    def _of(self, item, vals):
        return {name: value(item) for name, value in vals.items()}

    def _prepare_move(self, item, units, source, target):
        product = item.product_id
        places = {"location_id": source.id, "location_dest_id": target.id}
        shelf = target
        if target.usage == "internal":
            shelf = target._get_putaway_strategy(product, quantity=units)
        return {
            **places,
            "product_id": product.id,
            "product_uom_qty": units,
            "product_uom": product.uom_id.id,
            "move_line_ids": [
                fields.Command.create(
                    {
                        "location_id": source.id,
                        "location_dest_id": shelf.id,
                        "product_id": product.id,
                        "product_uom_id": product.uom_id.id,
                        "quantity": units,
                        "lot_id": item.lot_id.id,
                    }
                )
            ],
        }

    def _take_back_receipt(self, warehouse, picking, pieces, validate):
        """What was booked as received and was not in the parcel is still with the customer; what is
        sent back to them waits for the warehouse to send it."""
        customer = pieces[0][0].location_id
        transfer = self._transfer(
            warehouse,
            pieces,
            picking.location_dest_id,
            customer,
            validate,
            sale_line_id=lambda item: self._line_of_move(item.move_id).id,
            origin_returned_move_id=lambda item: item.move_id.id,
            to_refund=lambda item: True,
        )
        transfer.oms_send_back = not validate

    def _write_off(self, warehouse, picking, pieces):
        """Scrap to the loss location, whose valuation account takes the value."""
        loss = warehouse._oms_get_loss_location()
        for item, _units in pieces:
            self._ensure_loss_account(loss, item.product_id)
        tag = self.env.ref("oms_fulfillment.scrap_reason_return", raise_if_not_found=False)
        scraps = self.env["stock.scrap"].create(
            [
                {
                    "product_id": item.product_id.id,
                    "product_uom_id": item.product_id.uom_id.id,
                    "scrap_qty": units,
                    "lot_id": item.lot_id.id,
                    "location_id": picking.location_dest_id.id,
                    "scrap_location_id": loss.id,
                    "company_id": self.company_id.id,
                    "origin": self.name,
                    "oms_return_id": self.id,
                    "scrap_reason_tag_ids": [fields.Command.set(tag.ids)] if tag else [],
                }
                for item, units in pieces
            ]
        )
        scraps.do_scrap()

    def _ensure_loss_account(self, loss, product):
        """Refuse to write off goods whose value would leave the stock without an entry.

        :raise OmsRefusal: ``no_loss_account``
        """
        product = product.with_company(self.company_id)
        if product.valuation != "real_time" or loss.valuation_account_id:
            return
        raise OmsRefusal(
            "no_loss_account",
            self.env._(
                "%(product)s is valued at once, and the location %(location)s has no account for "
                "the loss.",
                product=product.display_name,
                location=loss.display_name,
            ),
            field="scrap",
            next_step=self.env._(
                "Set the stock valuation account of that location, or put the units aside."
            ),
        )


class OmsReturnLine(models.Model):
    _inherit = "oms.return.line"

    finding_ids = fields.One2many("oms.return.finding", "return_line_id", string="Findings")
    aside = fields.Float(
        string="Put Aside",
        digits="Product Unit",
        copy=False,
        readonly=True,
        help="Grade B, quarantine, repair, back to the vendor: here, but not for sale.",
    )
    absent = fields.Float(
        string="With the Customer",
        digits="Product Unit",
        copy=False,
        readonly=True,
        help="Booked as received, but the parcel held nothing or something else; or sent back to "
        "the customer.",
    )

    @api.depends("product_id")
    def _compute_display_name(self):
        for line in self:
            line.display_name = line.product_id.display_name

    def _check_findings(self, findings):
        """Refuse a verdict that is not about exactly what was received.

        :raise OmsRefusal: ``unknown_disposition``, ``verdict_mismatch``
        """
        for finding in findings:
            if finding["disposition"] not in engine.PLACES:
                raise OmsRefusal(
                    "unknown_disposition",
                    self.env._(
                        "%(value)s says nothing about where the goods go.",
                        value=str(finding["disposition"])[:40],
                    ),
                    field="disposition",
                    next_step=self.env._(
                        "Use one of: %(values)s.", values=", ".join(engine.PLACES)
                    ),
                )
        units = sum(finding["quantity"] for finding in findings)
        if self.uom_id.compare(units, self.received):
            raise OmsRefusal(
                "verdict_mismatch",
                self.env._(
                    "%(received)s of %(product)s were received, the verdict is about %(units)s.",
                    received=f"{self.received:g}",
                    product=self.product_id.display_name,
                    units=f"{units:g}",
                ),
                field="restock",
                next_step=self.env._("Say for every unit where it goes."),
            )

    def _prepare_verdict(self, findings, note=None):
        places = engine.sums((one["disposition"], one["quantity"]) for one in findings)
        vals = {
            "restock": places[engine.STOCK],
            "aside": places[engine.ASIDE],
            "scrap": places[engine.LOSS],
            "absent": places[engine.ABSENT],
            "rejected": sum(
                one.get("refused", 0.0)
                for one in findings
                if engine.PLACES[one["disposition"]] != engine.ABSENT
            ),
        }
        return {**vals, "note": note} if note else vals

    def _plain_findings(self, restock=0.0, scrap=0.0, rejected=0.0):
        """Return the findings of a verdict that knows stock and scrap only; what is not accepted
        is scrap first."""
        bad = min(rejected, scrap)
        return [
            {"disposition": "scrap", "quantity": scrap, "refused": bad},
            {"disposition": "restock", "quantity": restock, "refused": rejected - bad},
        ]

    def _untouched_findings(self):
        """Return the findings of a line about which the inspector wrote nothing."""
        return self._plain_findings(self.received, rejected=self.rejected)

    def _rest_disposition(self):
        """Return where units go that need no verdict of their own."""
        return "restock"

    def _verdicts(self):
        """What the inspector wrote: findings, or else numbers on the lines; an untouched line goes
        to stock."""
        verdicts = {}
        for line in self:
            if line.finding_ids:
                findings = [one._as_values() for one in line.finding_ids]
            elif line.restock or line.scrap:
                findings = line._plain_findings(line.restock, line.scrap, line.rejected)
            else:
                findings = line._untouched_findings()
            verdicts[line] = {"findings": findings}
        return verdicts


class OmsReturnFinding(models.Model):
    _inherit = "oms.return.finding"

    def _as_values(self):
        return {
            "disposition": self.disposition,
            "quantity": self.quantity,
            "refused": self.refused,
            "lot_id": self.lot_id.id,
            "note": self.note,
        }
