import base64
import secrets
from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal

# Reasons for which a customer has nothing in hand to report.
NOT_FOR_CUSTOMERS = ("undeliverable", "lost", "cod_payment_rejected")
# Orders that the portal's form offers: the latest of a year.
LATEST = 20
YEAR = timedelta(days=365)


class SaleOrder(models.Model):
    """The form with which customers ask for a return: the same on the public page, for one order,
    and in the portal, for several of their own orders at once."""

    _inherit = "sale.order"

    @api.model
    def _oms_page_reasons(self):
        reasons = self.env["oms.return.reason"].search([("code", "not in", NOT_FOR_CUSTOMERS)])
        return [{"code": reason.code, "name": reason.name} for reason in reasons]

    def _oms_portal_returnable(self, customer, first=None):
        """Return the orders of a customer, and of their company's contacts, of which something
        may come back; ``first`` leads, where it is one of them."""
        domain = [
            ("partner_id", "child_of", customer.commercial_partner_id.id),
            ("oms_channel_id", "!=", False),
            ("state", "=", "sale"),
        ]
        since = fields.Datetime.now() - YEAR
        delivered = [("oms_fulfillment_ids.delivered_at", ">=", since)]
        # sudo: the domain holds the customer's own orders.
        orders = self.sudo().search([*domain, *delivered], order="id DESC", limit=LATEST)
        if first:
            first = self.sudo().search([*domain, ("id", "=", first)])
            orders = first | orders
        return orders.filtered(lambda order: order._oms_page_lines())

    def _oms_portal_can_return(self):
        """Whether the customer's portal offers the form for this order."""
        # sudo: the portal checked that the customer may see the order.
        return bool(self.sudo()._oms_page_lines())

    def _oms_page_report(self, post, photos=()):
        """Ask for the returns that the form names; return one answer of ``oms.return.request`` per
        order, or the one refusal for which nothing was asked.

        Only these fields are read, and only lines of these orders that may come back are found.
        What is asked of several orders comes in one parcel.
        """
        wanted = {order: order._oms_page_wanted(post) for order in self}
        wanted = {order: lines for order, lines in wanted.items() if lines}
        if not wanted:
            return [self._oms_page_refusal()]
        return self._oms_page_request(wanted, post, photos)

    def _oms_page_request(self, wanted, post, photos):
        common = {
            "kind": "customer",
            "reference": f"web-{str(post.get('nonce') or secrets.token_urlsafe(12))[:32]}",
            "reason": str(post.get("reason") or "other")[:64],
            "wish": "replace" if post.get("wish") == "replace" else "refund",
            "note": str(post.get("note") or "").replace("\x00", "")[:2000],
            "photos": [base64.b64encode(photo).decode() for photo in photos if photo],
        }
        answers = []
        self.env.flush_all()
        # All or nothing. Not a flushing savepoint: those run the pre-commit hooks.
        with self.env.cr.savepoint(flush=False) as savepoint:
            for order, lines in wanted.items():
                item = {**common, "order": order._oms_page_reference(), "lines": lines}
                answers += order._oms_page_env()["oms.return"].request([item])
            failed = [answer for answer in answers if answer["status"] == "error"]
            if failed:
                savepoint.rollback()
                self.env.transaction.clear()
                return failed
            if len(answers) > 1:
                cases = self.env["oms.return"].sudo().browse(answer["id"] for answer in answers)
                cases._put_in_parcel()
            self.env.flush_all()
        return answers

    def _oms_page_wanted(self, post):
        """Return the ``lines`` of a request that the form asks for; none if a number can't be."""
        wanted = []
        for line in self._oms_page_lines():
            text = str(post.get(f"quantity_{line['id']}") or 0).replace(",", ".")
            try:
                quantity = float(text)
            except ValueError:
                return []
            if not 0 <= quantity <= line["quantity"]:
                return []
            if quantity:
                wanted.append({"line_id": line["ref"], "quantity": quantity})
        return wanted

    def _oms_page_refusal(self):
        return self.env["oms.rpc"]._refused(
            OmsRefusal(
                "bad_quantity",
                self.env._("Say how many of which product have the problem."),
                field="quantity",
                next_step=self.env._("Send the report again."),
            )
        )

    def _oms_page_env(self):
        """The environment in which the customer's act runs: superuser, in the order's company."""
        # sudo: callers checked by token or login whose order it is.
        order = self.sudo().with_context(
            allowed_company_ids=self.sudo().company_id.ids, tracking_disable=True
        )
        return order.env
