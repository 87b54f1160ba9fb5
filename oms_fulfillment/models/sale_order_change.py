from types import SimpleNamespace

from odoo import api, fields, models

from ..exceptions import OmsRefusal

KEYS = {"lines", "ship_to", "requested_date", "note", "reason"}
# Of a line: the field, and the most that it takes (an amount of any currency, per cent).
AMOUNTS = {"unit_price": ("price_unit", 1e15), "discount": ("discount", 100.0)}


class SaleOrder(models.Model):
    """Changes after confirmation: what they would do is shown before anything is done.

    The preview makes the change, reads the figures and takes it back, so that it can't say
    anything else than what happens.
    """

    _inherit = "sale.order"

    # RPC

    @api.model
    def oms_change_preview(self, order, changes):
        """Say what :meth:`oms_change` would do, without doing it; ``status`` is ``preview``."""
        return self._oms_change_call(order, changes, preview=True)

    @api.model
    def oms_change(self, order, changes):
        """Change an order of which something is still here.

        :param order: name, channel number or ``{channel, external_id}``
        :param dict changes: ``lines``: ``[{line | line_id | sku, quantity, unit_price,
            discount}]``, with ``new: true`` for a product that is not on the order yet; quantity 0
            takes a line off; ``ship_to``: what differs in the address; ``requested_date`` (ISO
            8601), ``note``, ``reason``
        :return: ``{status, id, name, stage, before, after, differences: [{what, before, after}],
            consequences, warnings, errors}``; money in the order's currency, units in each line's
            unit; ``consequences`` are sentences: what becomes invalid (a label), and what to do
        """
        return self._oms_change_call(order, changes, preview=False)

    def _oms_change_call(self, reference, changes, preview):
        self.env["oms.channel"]._check_integration_access()

        def change(item):
            order = self.env["oms.rpc"]._find_order(item["order"])
            run = order._oms_preview if preview else order._oms_apply
            return {
                "status": "preview" if preview else "changed",
                "id": order.id,
                "name": order.name,
                **run(item["changes"]),
            }

        item = {"order": reference, "changes": changes}
        return self.env["oms.rpc"]._run_items([item], change)[0]

    # BUTTONS

    def action_oms_change(self):
        """Open the window in which a confirmed order is changed."""
        self.ensure_one()
        xmlid = "oms_fulfillment.action_oms_order_change"
        action = self.env["ir.actions.actions"]._for_xml_id(xmlid)
        return {**action, "context": {"default_order_id": self.id}}

    def action_oms_cancel(self):
        """Open the window that asks why the order, or its rest, is cancelled."""
        self.ensure_one()
        xmlid = "oms_fulfillment.action_oms_order_cancel"
        action = self.env["ir.actions.actions"]._for_xml_id(xmlid)
        return {**action, "context": {"default_order_id": self.id}}

    # PREVIEW AND CHANGE

    def _oms_preview(self, changes):
        """Make the change in a savepoint that is given up; return what it came to."""
        self._oms_refresh_touched()
        self.env.flush_all()
        cr = self.env.cr
        with cr.savepoint(flush=False) as savepoint:
            try:
                return self._oms_apply(changes)
            finally:
                self.env.transaction.clear()
                for key in ("oms.touched", "oms.allocate", "oms.verified", "oms.receipts"):
                    cr.precommit.data.pop(key, None)
                savepoint.rollback()

    def _oms_apply(self, changes):
        """Change the order; return ``{stage, before, after, differences, consequences, warnings}``.

        :raise OmsRefusal: ``bad_value``, ``not_open``, ``already_shipped``, ``below_shipped``
        """
        self.ensure_one()
        self._oms_ensure_changeable(changes)
        before = self._oms_figures()
        locked = self.locked
        if locked:
            self.action_unlock()
        for spec in changes.get("lines") or ():
            self._oms_change_line(spec)
        if changes.get("ship_to"):
            self._oms_change_address(changes["ship_to"])
        self._oms_change_rest(changes)
        self._oms_change_cod(before)
        if locked:
            self.action_lock()
        self._oms_touch()
        self._oms_refresh_touched()
        after = self._oms_figures()
        differences = self._oms_differences(before, after)
        if changes.get("reason"):
            self.message_post(body=str(changes["reason"])[:500])
        return {
            "stage": self.oms_stage_id.code,
            "before": before,
            "after": after,
            "differences": differences,
            "consequences": self._oms_change_consequences({item["what"] for item in differences}),
            "warnings": self._oms_change_warnings(),
        }

    def _oms_ensure_changeable(self, changes):
        if not isinstance(changes, dict) or not changes or set(changes) - KEYS:
            raise OmsRefusal(
                "bad_value",
                self.env._(
                    "The changes of %(order)s are not understood: %(changes)s.",
                    order=self.name,
                    changes=str(changes)[:80],
                ),
                field="changes",
                next_step=self.env._(
                    "Send an object with some of: %(keys)s.", keys=", ".join(sorted(KEYS))
                ),
            )
        if self.state == "cancel":
            raise OmsRefusal(
                "not_open",
                self.env._("%(order)s is cancelled.", order=self.name),
                field="order",
                next_step=self.env._("Enter a new order."),
            )
        units = self.order_line._oms_buckets().values()
        gone = sum(known.handed_over for known in units)
        if gone and not sum(known.open for known in units):
            raise OmsRefusal(
                "already_shipped",
                self.env._("Everything of %(order)s has left.", order=self.name),
                field="order",
                next_step=self.env._(
                    "Ask the courier to send the parcel back or elsewhere, or ask for a return."
                ),
            )

    def _oms_change_line(self, spec):
        """Change one line, or add one."""
        if spec.get("new"):
            line = self._oms_add_line(spec)
        else:
            line = self._oms_find_line(spec)
        vals = {}
        units = self._oms_parse_units(spec, line)
        if units is not None and line.product_uom_id.compare(units, line.product_uom_qty):
            vals["product_uom_qty"] = units
        for key, (field, most) in AMOUNTS.items():
            value = self._oms_parse_number(spec.get(key))
            if value is None:
                continue
            if not 0 <= value <= most:
                raise OmsRefusal(
                    "bad_value",
                    self.env._(
                        "%(value)s can't be the %(key)s of %(product)s.",
                        value=str(spec[key])[:40],
                        key=key,
                        product=line.product_id.display_name,
                    ),
                    field="lines",
                    next_step=self.env._("Send a number from 0 to %(most)s.", most=f"{most:g}"),
                )
            vals[field] = value
        if vals:
            line.write(vals)

    def _oms_add_line(self, spec):
        sku = spec.get("sku")
        product = self.env["product.product"].search(
            [
                ("default_code", "=", sku),
                ("sale_ok", "=", True),
                ("company_id", "in", (False, self.company_id.id)),
            ],
            limit=2,
        )
        if not sku or len(product) != 1:
            raise OmsRefusal(
                "unknown_sku",
                self.env._("%(sku)s names no product, or several.", sku=str(sku)[:80]),
                field="lines",
                next_step=self.env._("Send the SKU of one product."),
            )
        return self.env["sale.order.line"].create(
            {
                "order_id": self.id,
                "product_id": product.id,
                "product_uom_qty": self._oms_parse_units(spec, product) or 1.0,
            }
        )

    def _oms_change_address(self, given):
        """Send what has not left to another address; only what differs need be given."""
        if not isinstance(given, dict):
            raise OmsRefusal(
                "bad_value",
                self.env._(
                    "%(value)s is no address of %(order)s.", value=str(given)[:80], order=self.name
                ),
                field="ship_to",
                next_step=self.env._("Send an object with what differs: name, street, city..."),
            )
        address = {**self._oms_address(), **given}
        country = self.env["res.country"].search(
            [("code", "=", str(address.get("country") or "ID").upper())], limit=1
        )
        state = self.env["res.country.state"].search(
            [("country_id", "=", country.id), ("name", "=ilike", address.get("province") or "")],
            limit=1,
        )
        place = SimpleNamespace(
            **{
                name: address.get(name) or False
                for name in ("name", "phone", "street", "village", "district", "city", "note")
            },
            postal_code=address.get("postal_code") or False,
            state_id=state,
            country_id=country,
        )
        buyer = self.partner_id.commercial_partner_id
        if buyer != self.oms_channel_id.buyer_id:
            # Open transfers go to the new address; what has left keeps the old one.
            contact = buyer._oms_delivery_address(place)
            done = self.picking_ids.filtered(lambda picking: picking.state == "done")
            kept = {picking: picking.partner_id for picking in done}
            self.with_context(update_delivery_shipping_partner=True).partner_shipping_id = contact
            for picking, partner in kept.items():
                picking.partner_id = partner
        if self.oms_ship_to:
            self.oms_ship_to = {**self.oms_ship_to, **given}

    def _oms_change_rest(self, changes):
        moment = self.env["oms.rpc"]._parse_time(changes.get("requested_date"), "requested_date")
        if moment:
            before, later = self.oms_promise_current, bool(self.oms_promise_current)
            self.write(
                {
                    "oms_promise_requested": moment,
                    "oms_promise_current": moment,
                    "oms_promise_due": moment,
                }
            )
            if before != moment:
                later = later and moment > before
                cause = self.env._("The customer asked for another day.")
                now = fields.Datetime.now()
                self.env["oms.promise.log"]._insert(
                    [(self.id, now, before or None, moment, later, cause, self.env.uid)]
                )
        if changes.get("note"):
            self.note = str(changes["note"])

    def _oms_change_cod(self, before):
        """The courier collects what the order is worth now."""
        if self.oms_payment_policy == "cod" and self.oms_cod_amount:
            worth = self.amount_total - self.oms_platform_discount - self._oms_credit_used()
            if self.currency_id.compare_amounts(before["total"], self.amount_total):
                self.oms_cod_amount = max(self.currency_id.round(worth), 0.0)
