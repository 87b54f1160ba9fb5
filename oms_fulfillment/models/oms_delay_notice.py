from odoo import api, fields, models
from odoo.tools import format_date

from .. import secret_link
from ..exceptions import OmsRefusal

CHOICES = [
    ("wait", "Wait for everything"),
    ("ship", "Ship what is there"),
    ("substitute", "Take something else"),
    ("cancel", "Cancel what is missing"),
]


class OmsDelayNotice(models.Model):
    """A customer who was told of a new date, and what they chose."""

    _name = "oms.delay.notice"
    _description = "Delay Told to a Customer"
    _order = "told_at desc, id desc"
    _rec_name = "order_id"

    order_id = fields.Many2one(
        "sale.order", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    promised = fields.Datetime(
        string="New Date", required=True, readonly=True, help="Told once per date."
    )
    told_at = fields.Datetime(required=True, readonly=True)
    token = fields.Char(
        required=True, readonly=True, copy=False, groups="oms_fulfillment.group_oms_manager"
    )
    state = fields.Selection(
        [("open", "Waits for an answer"), ("answered", "Answered"), ("over", "Over")],
        required=True,
        default="open",
        readonly=True,
    )
    choice = fields.Selection(CHOICES, readonly=True)
    chosen_at = fields.Datetime(readonly=True)

    _once = models.Constraint(
        "UNIQUE(order_id, promised)",
        lambda env, diag: env._("The customer knows this date already."),
    )
    _token_uniq = models.UniqueIndex("(token)")

    # TELL

    @api.model
    def _tell(self, orders):
        """Tell the customers of these orders whose promise got too much later; once per date."""
        due = orders.filtered(
            lambda order: order.oms_channel_id.delay_notice_days
            and order.oms_promise_drift >= order.oms_channel_id.delay_notice_days
            and order.oms_expected
            and order.partner_id.email
        )
        if not due:
            return self
        told = self.search([("order_id", "in", due.ids)])
        known = {(notice.order_id.id, notice.promised) for notice in told}
        fresh = due.filtered(lambda order: (order.id, order.oms_promise_current) not in known)
        told.filtered(lambda n: n.state == "open" and n.order_id in fresh).state = "over"
        notices = self.create([self._prepare(order) for order in fresh])
        template = self.env.ref("oms_fulfillment.mail_template_delay", raise_if_not_found=False)
        for notice in notices if template else ():
            # Queued: it leaves when this transaction has committed.
            template.send_mail(notice.id)
        return notices

    @api.model
    def _prepare(self, order):
        return {
            "order_id": order.id,
            "company_id": order.company_id.id,
            "promised": order.oms_promise_current,
            "told_at": fields.Datetime.now(),
            "token": secret_link.new_token(),
        }

    # PAGE: everything that the public page reads and does; the token was checked by _by_token

    @api.model
    def _by_token(self, token):
        """Return the notice with this unguessable token, or an empty recordset."""
        return secret_link.find(self, "token", token)

    def _path(self):
        self.ensure_one()
        # sudo: for the mail to the customer, whoever causes it.
        return f"/oms/delay/{self.sudo().token}"

    def _url(self):
        return f"{self.get_base_url()}{self._path()}"

    def _page(self):
        """Return what the page shows; nothing about anybody else's order."""
        self.ensure_one()
        order = self.order_id
        buckets = order.order_line._oms_buckets()
        expected = {item["line"]: item for item in order.oms_expected or ()}
        lines = [
            {
                "name": line.product_id.with_context(display_default_code=False).display_name,
                "here": order._oms_units(buckets[line.id].open - buckets[line.id].unallocated),
                "missing": order._oms_units(buckets[line.id].unallocated),
                "late": buckets[line.id].unallocated > 0,
                "day": self._day(expected.get(line.id, {}).get("at")),
            }
            for line in order.order_line
            if line.id in buckets and buckets[line.id].open > 0
        ]
        return {
            "order": order.name,
            "shop": self.company_id.name,
            "first": self._day(order.oms_promise_original),
            "day": self._day(order.oms_promise_current),
            "lines": lines,
            "choices": self._offered(),
            "substitutes": [
                {
                    "id": product.id,
                    "name": product.with_context(display_default_code=False).display_name,
                }
                for product in order._oms_substitutes()
            ],
            "answer": dict(self._fields["choice"]._description_selection(self.env)).get(
                self.choice
            ),
        }

    def _day(self, moment):
        moment = fields.Datetime.to_datetime(moment)
        return moment and format_date(self.env, self.company_id._oms_local_date(moment))

    def _offered(self):
        """The choices that can be carried out now."""
        self.ensure_one()
        units = self.order_id.order_line._oms_buckets().values()
        short = sum(known.unallocated for known in units)
        if self.state != "open" or self.order_id.state != "sale" or not short:
            return []
        here = sum(known.open for known in units) - short
        offered = ["wait"]
        if here:
            offered.append("ship")
        if self.order_id._oms_substitutes():
            offered.append("substitute")
        return [*offered, "cancel"]

    def _choose(self, choice, product_id=None):
        """Carry out what the customer chose; return ``done`` or ``again``. Repeatable.

        :raise OmsRefusal: ``bad_value``, ``answered``, ``over``, ``not_offered``
        """
        self.ensure_one()
        if choice not in dict(CHOICES):
            raise OmsRefusal(
                "bad_value",
                self.env._("Nothing was chosen."),
                next_step=self.env._("Choose one of the answers."),
            )
        # Who comes second starts again and sees what the first one chose.
        self.order_id._oms_lock()
        if self.state == "answered" and self.choice == choice:
            return "again"
        if self.state == "answered":
            raise OmsRefusal(
                "answered",
                self.env._("This was answered already."),
                next_step=self.env._("Write to the shop if you changed your mind."),
            )
        if self.state == "over":
            raise OmsRefusal(
                "over",
                self.env._("The date has changed again since this message."),
                next_step=self.env._("Open the latest message of the shop."),
            )
        if choice not in self._offered():
            raise OmsRefusal(
                "not_offered",
                self.env._("This can't be done any more."),
                next_step=self.env._("Load the page again to see where your order is."),
            )
        self.write({"state": "answered", "choice": choice, "chosen_at": fields.Datetime.now()})
        self.order_id._oms_carry_out(choice, product_id)
        return "done"


class OmsChannel(models.Model):
    _inherit = "oms.channel"

    delay_notice_days = fields.Integer(
        string="Tell of Delays From (days)",
        help="The customer is told by mail, and asked what to do, when the promise gets this many "
        "days later than the first one. 0: nobody is told.",
    )

    _delay_days = models.Constraint(
        "CHECK(delay_notice_days >= 0)",
        lambda env, diag: env._("Days of a delay can't be negative."),
    )


class ProductTemplate(models.Model):
    _inherit = "product.template"

    oms_substitute_ids = fields.Many2many(
        "product.product",
        "oms_product_substitute_rel",
        string="Substitutes",
        domain="[('sale_ok', '=', True), ('type', '=', 'consu')]",
        check_company=True,
        help="Offered, at the price of the order, to customers who would have to wait.",
    )
