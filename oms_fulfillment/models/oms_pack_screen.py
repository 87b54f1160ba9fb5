from odoo import api, fields, models

from ..engine import packing

QUEUE = 8


class OmsPackSession(models.Model):
    """What the station shows."""

    _inherit = "oms.pack.session"

    def _screen(self, station, answers, choices=(), done=None):
        """The whole next screen, see :meth:`send`."""
        refused = [answer for answer in answers if answer["status"] == "refused"]
        screen = {
            "screen": "idle",
            "session": self.id or False,
            "answers": answers,
            "alarm": refused[0] if refused else False,
            "message": answers[-1]["message"] if answers and not refused else "",
            "choices": list(choices),
            "done": done or False,
        }
        if not self:
            if done or choices:
                screen["screen"] = "done" if done else "choose"
            return {**screen, "queue": self._queue()}
        expected, tally = self._expected(), self._tally()
        left = packing.missing(expected, tally)
        lines = self._line_dicts(expected, tally)
        ask = self._ask_dict(tally)
        return {
            **screen,
            "screen": self.step,
            "work": self._work_dict(),
            "lines": lines,
            "next": next((line for line in lines if line["product"] in left), False),
            "progress": {"done": tally.total, "total": sum(expected.values())},
            "carton": tally.carton,
            "cartons": [
                {
                    "number": number,
                    "units": sum(tally.in_carton(number).values()),
                    "weight": tally.weights.get(number, 0.0),
                }
                for number in tally.cartons
            ],
            **ask,
        }

    def _ask_dict(self, tally):
        options = {
            "reason": ("OMS-WHY-", self._short_reasons),
            "then": ("OMS-THEN-", self._short_ways),
            "waive": ("OMS-FOR-", self._waive_reasons),
        }
        if self.step == "weigh":
            carton = self._to_weigh(tally)
            expected = self._expected_kg(tally, carton)
            return {
                "weigh": {
                    "carton": carton,
                    "expected": expected,
                    "off": bool(self.waiting_for),
                    "tolerance": self.warehouse_id.oms_pack_tolerance,
                }
            }
        if self.step not in options:
            return {}
        prefix, read = options[self.step]
        return {
            "choices": [
                {"code": f"{prefix}{code.upper()}", "label": words, "digit": number}
                for number, (code, words) in enumerate(read(), 1)
            ]
        }

    def _work_dict(self):
        works, order = self._works(), self.order_id
        lead = works[:1].lead_id or works[:1]
        short = any(move.state == "partially_available" for move in self._pickings().move_ids)
        return {
            "name": self.picking_id.name,
            "order": ", ".join((works.order_id or order).mapped("name")),
            "channel": order.oms_channel_id.name,
            "recipient": lead.recipient or order.oms_recipient or "",
            "courier": self._pickings().carrier_id[:1].name or "",
            "ship_by": fields.Datetime.to_string(lead.ship_by or order.oms_ship_by) or False,
            "note": " ".join(works.filtered("note").mapped("note")),
            "rest": short,
            "form": lead.id or False,
        }

    def _line_dicts(self, expected, tally):
        products = self.env["product.product"].browse(expected)
        lines = self._moves().move_line_ids
        codes = {}
        for packaging in self.env["product.uom"].search([("product_id", "in", products.ids)]):
            units = packaging.uom_id._compute_quantity(1.0, packaging.product_id.uom_id)
            codes.setdefault(packaging.product_id.id, {})[packaging.barcode] = units
        result = []
        for product in products:
            own = lines.filtered(lambda line, product=product: line.product_id == product)
            known = {code: 1.0 for code in (product.barcode, product.default_code) if code}
            if product.tracking != "none":
                known = {}
            result.append(
                {
                    "product": product.id,
                    "sku": product.default_code or product.barcode or "",
                    "name": product.with_context(display_default_code=False).display_name,
                    "unit": product.uom_id.name,
                    "quantity": expected[product.id],
                    "done": tally.of_product(product.id),
                    "place": ", ".join(own.location_id.mapped("name")[:2]),
                    "tracking": product.tracking,
                    "lots": own.lot_id.mapped("name")[:8],
                    # what a station without a connection may count by itself
                    "codes": {**known, **codes.get(product.id, {})},
                }
            )
        return result

    @api.model
    def _work_choice(self, picking):
        work = picking.sudo().oms_fulfillment_ids
        order = picking.sudo().sale_id
        return {
            "code": picking.name,
            "label": picking.name,
            "detail": " · ".join(
                filter(None, (order.name, work.recipient or order.oms_recipient, work.goods))
            ),
            "ship_by": fields.Datetime.to_string(work.ship_by or order.oms_ship_by) or False,
        }

    @api.model
    def _queue(self):
        """The most urgent fulfilments that nobody packs, for the empty station."""
        works = self.env["oms.fulfillment"].search(
            [
                ("company_id", "in", self.env.companies.ids),
                ("state", "in", ("ready", "picked")),
                ("provider_id", "=", False),
                ("lead_id", "=", False),
            ],
            limit=QUEUE,
        )
        return [self._work_choice(work.picking_id) for work in works]


class OmsPackScan(models.Model):
    _inherit = "oms.pack.scan"

    def _as_answer(self, status):
        self.ensure_one()
        if status == "duplicate" and not self.accepted:
            status = "refused"
        return {
            "key": self.key,
            "status": status,
            "code": self.refusal or "",
            "scanned": self.code or "",
            "kind": self.kind,
            "message": self.message or "",
            "next_step": self.next_step or "",
        }
