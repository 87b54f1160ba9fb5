from odoo import models

from ..exceptions import OmsRefusal


class OmsIntake(models.Model):
    """A later message about an order that we already have."""

    _inherit = "oms.intake"

    def _apply_update(self, channel, job):
        """Bring the order in line with a newer revision, as far as it may still change.

        :raise OmsRefusal: ``already_shipped``, ``order_confirmed``
        """
        if job.order.status == "cancelled":
            job.sale._oms_channel_cancel(job.order.extra.get("cancel_reason"))
            job.sale.write({"oms_revision": job.revision, "oms_intake_id": job.intake.id})
        elif job.sale.state in ("draft", "sent"):
            self._update_quotation(channel, job)
        else:
            self._update_confirmed(job)

    def _update_quotation(self, channel, job):
        """Nothing was promised yet: the order is written anew where the message differs."""
        before = self._previous(job)
        if before is None or self._changed(before, job.order):
            self._build_orders(channel, [job])
        elif self._moved(before, job.order):
            parties = self._resolve_parties(channel, [job])[job]
            job.sale.write(
                {
                    "partner_invoice_id": parties.invoice.id,
                    "partner_shipping_id": parties.shipping.id,
                    **self._prepare_news(job),
                }
            )
        else:
            job.sale.write(self._prepare_news(job))

    def _update_confirmed(self, job):
        """Take what harms nobody (payment, note, resi); the rest needs a person."""
        before = self._previous(job)
        news = self._prepare_news(job)
        changed = []
        if before and self._changed(before, job.order):
            changed.append(self.env._("lines or amounts"))
        if before and self._moved(before, job.order):
            changed.append(self.env._("the address"))
        if not changed:
            job.sale.write(news)
            return
        # The order stays at its revision: the message waits until somebody decided.
        harmless = ("oms_paid_at", "oms_payment_ref", "note")
        job.sale.write({key: news[key] for key in harmless if key in news})
        job.refuse(
            OmsRefusal(
                "order_confirmed",
                self.env._(
                    "%(order)s is confirmed; the channel wants to change %(what)s.",
                    order=job.sale.name,
                    what=" / ".join(changed),
                ),
                field="lines",
                next_step=self.env._(
                    "Change the order by hand and set this message aside, or cancel the order and "
                    "have it sent under a new number."
                ),
            )
        )

    def _previous(self, job):
        """The canonical order that the sale order was last brought in line with, or ``None``."""
        followed = job.sale.oms_intake_id
        if followed == job.intake:
            followed = self.search(
                [("conflict_of_id", "=", followed.id), ("order_id", "=", job.sale.id)],
                order="id desc",
                limit=1,
            )
        return self._parse(followed.payload or None)[0]

    def _contents(self, order):
        """What makes the order's lines and amounts."""
        lines = sorted(
            (
                line.sku,
                line.line_id,
                line.quantity,
                line.unit_price,
                line.discount,
                line.tax_included,
            )
            for line in order.lines
        )
        discounts = sorted(
            (item.borne_by, item.code or "", item.amount) for item in order.discounts
        )
        shipping = (order.shipping.amount, order.shipping.insurance)
        return lines, discounts, shipping, order.payment.method

    def _changed(self, before, order):
        """Whether lines or amounts differ. A total that is missing is no other total: channels
        stop showing it once an order was cancelled or refunded."""
        totals = (before.totals.total, order.totals.total)
        other_total = None not in totals and totals[0] != totals[1]
        return other_total or self._contents(before) != self._contents(order)

    def _moved(self, before, order):
        """Whether the parcel should go elsewhere. Masked text never replaces a known address."""
        if order.masked:
            return False
        return order.ship_to != before.ship_to or order.bill_to != before.bill_to
