from datetime import datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from odoo import Command, api, models
from odoo.tools import plaintext2html

from ..adapters.order import as_plain

# Odoo replaces a price that equals its technical price when the quantity changes. No price
# equals -1, so the channel's price stays, even 0 for a gift.
KEPT_PRICE = -1.0
POLICIES = {"prepaid": "prepaid", "transfer": "prepaid", "cod": "cod", "escrow": "escrow"}


class OmsIntake(models.Model):
    """The order that a canonical order becomes. Its money: ``oms_intake_amounts.py``."""

    _inherit = "oms.intake"

    def _build_orders(self, channel, jobs):
        """Create or rewrite the orders of ``jobs`` in one batch; fills ``job.sale``."""
        parties = self._resolve_parties(channel, jobs)
        prepared = {job: self._prepare_order(channel, job, parties[job]) for job in jobs}
        new = [job for job in jobs if not job.sale]
        if not self.env["account.analytic.distribution.model"].search_count([], limit=1):
            # Odoo would look for one on every line: two searches each.
            for vals in prepared.values():
                for _command, _id, line in vals["order_line"]:
                    line["analytic_distribution"] = False
        created = self.env["sale.order"].create([prepared[job] for job in new])
        for job, sale in zip(new, created, strict=True):
            job.sale = sale
        for job in jobs:
            if job not in new:
                job.sale.order_line.unlink()
                job.sale.write(prepared[job])
        self._settle_amounts(channel, jobs)

    def _prepare_order(self, channel, job, parties):
        """Return the values of a new or rewritten order."""
        order = job.order
        requested = self._requested_at(channel, order.requested_date)
        vals = {
            "company_id": channel.company_id.id,
            "partner_id": parties.partner.id,
            "partner_invoice_id": parties.invoice.id,
            "partner_shipping_id": parties.shipping.id,
            "pricelist_id": channel.pricelist_id.id,
            "date_order": order.ordered_at,
            "client_order_ref": order.external_id,
            # machine orders belong to the channel's team, and nobody signs or pays them here
            "user_id": False,
            "require_signature": False,
            "require_payment": False,
            "oms_channel_id": channel.id,
            "oms_external_id": order.external_id,
            "oms_payment_policy": self._payment_policy(channel, order.payment.method),
            "oms_platform_discount": float(order.discounted("platform")),
            "oms_has_channel_total": order.totals.total is not None,
            "oms_channel_total": float(self._sellers_part(order, order.totals.total)),
            "oms_promise_requested": requested,
            "order_line": [
                Command.create(vals)
                for index, line in enumerate(order.lines)
                for vals in self._prepare_lines(job, index, line)
            ],
            **self._prepare_news(job),
        }
        if channel.warehouse_id:
            vals["warehouse_id"] = channel.warehouse_id.id
        if channel.team_id:
            vals["team_id"] = channel.team_id.id
        if requested:
            vals["commitment_date"] = requested
        if not order.shipping.ship_by and channel.ship_by_hours:
            vals["oms_ship_by"] = order.ordered_at + timedelta(hours=channel.ship_by_hours)
        return vals

    def _prepare_news(self, job):
        """Values that a message may bring at any time, whatever state the order is in.

        What the message doesn't mention is left as it is: a later file never blanks a resi or a
        payment.
        """
        order = job.order
        known = job.sale.oms_ship_to or {} if job.sale else {}
        ship_to = {
            **(known if order.masked and known else as_plain(order)["ship_to"]),
            **{
                key: getattr(order.shipping, key) or known.get(key)
                for key in ("courier", "service", "resi")
            },
        }
        vals = {
            "oms_intake_id": job.intake.id,
            "oms_revision": job.revision,
            "oms_ship_to": {key: value for key, value in ship_to.items() if value},
        }
        if order.paid_at and not (job.sale and job.sale.oms_paid_at):
            vals["oms_paid_at"] = order.paid_at
        if order.payment.reference:
            vals["oms_payment_ref"] = order.payment.reference
        if order.shipping.ship_by:
            vals["oms_ship_by"] = order.shipping.ship_by
        if order.note:
            vals["note"] = plaintext2html(order.note)
        return vals

    def _prepare_lines(self, job, index, line):
        """One order line per component of the SKU; their prices follow in ``_price_goods``."""
        parts = job.matches[line.sku].parts
        return [self._prepare_part(index, line, part, len(parts)) for part in parts]

    def _prepare_part(self, index, line, part, count):
        vals = {
            "product_id": part.product.id,
            "product_uom_qty": float(part.units(line.quantity)),
            "price_unit": float(line.unit_price / part.quantity) if count == 1 else 0,
            "discount": 0,
            "technical_price_unit": KEPT_PRICE,
            "sequence": 10 + index,
            "oms_line_ref": line.line_id,
            "oms_sku": line.sku,
            "oms_bundle_units": float(part.quantity) if count > 1 else 0,
            "oms_kind": "goods",
        }
        if line.note:
            description = part.product.get_product_multiline_description_sale()
            vals["name"] = f"{description}\n{line.note}"
        return vals

    @api.model
    def _payment_policy(self, channel, method):
        if method == "terms":
            terms = channel.payment_policy == "on_acceptance"
            return "on_acceptance" if terms else "terms"
        return POLICIES[method]

    @api.model
    def _sellers_part(self, order, amount):
        """What the buyer pays without the fee that the platform keeps: comparable to the order."""
        return max(amount - order.totals.platform_fee, Decimal(0)) if amount else Decimal(0)

    @api.model
    def _requested_at(self, channel, requested):
        """A day means its end, on the company's clock; returned as naive UTC."""
        if requested is None or isinstance(requested, datetime):
            return requested or False
        zone = ZoneInfo(channel.company_id.partner_id.tz or "Asia/Jakarta")
        end = datetime.combine(requested, time(23, 59, 59), zone)
        return end.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)
