from odoo import api, fields, models

from ..exceptions import OmsRefusal

MODES = [
    ("after", "After the inspection"),
    ("now", "At once"),
    ("prepaid", "When the difference is paid"),
]


class OmsReturn(models.Model):
    """Another product for what comes back: an order of its own at its real price, which the credit
    of the returned units pays."""

    _inherit = "oms.return"

    exchange_order_ids = fields.One2many("sale.order", "oms_exchange_id", string="Exchanges")
    exchange_count = fields.Integer(compute="_compute_exchange_count", compute_sudo=True)
    exchange_amount = fields.Monetary(
        string="For the Exchange",
        readonly=True,
        copy=False,
        groups="oms_fulfillment.group_oms_agent,oms_fulfillment.group_oms_finance",
        help="What of the refund pays the exchange.",
    )
    rest_as_credit = fields.Boolean(
        string="Rest as Store Credit",
        help="What the exchange does not cost becomes store credit instead of money.",
    )

    has_exchange = fields.Boolean(compute="_compute_has_exchange")

    @api.depends("line_ids.wish")
    def _compute_has_exchange(self):
        for case in self:
            case.has_exchange = "exchange" in case.line_ids.mapped("wish")

    def _compute_exchange_count(self):
        for case in self:
            case.exchange_count = len(case.exchange_order_ids)

    def action_view_exchanges(self):
        self.ensure_one()
        return self.exchange_order_ids._get_records_action(name=self.env._("Exchanges"))

    # THE ORDER

    def _replace_in_advance(self):
        """Override: so are exchanges that do not wait for the goods."""
        result = super()._replace_in_advance()
        lines = self.line_ids.filtered(
            lambda line: line.wish == "exchange" and line.exchange_mode == "now"
        )
        order = self._order_exchange({line: line.quantity for line in lines})
        if order:
            self._confirm_exchange(order)
        return result

    def _order_exchange(self, units):
        """Return a draft order of what is wanted for ``{return line: units}``, or nothing."""
        items = [
            fields.Command.create(
                {
                    "product_id": line.exchange_product_id.id,
                    "product_uom_qty": line._exchange_units(quantity),
                }
            )
            for line, quantity in units.items()
            if line._exchange_units(quantity) > 0
        ]
        # sudo: who decides about a return causes an order that they may not enter by hand.
        orders = self.env["sale.order"].sudo()
        if not items:
            return orders
        vals = self._prepare_replacement({})
        vals.pop("oms_replaces_id")
        prepaid = any(line.exchange_mode == "prepaid" for line in units)
        order = orders.create(
            {
                **vals,
                "oms_exchange_id": self.id,
                "oms_difference_first": prepaid,
                "order_line": items,
            }
        )
        self.sudo().message_post(body=self.env._("%(order)s is the exchange.", order=order.name))
        return order

    def _confirm_exchange(self, order):
        """Let the goods go, or keep them until the difference is paid."""
        if order.oms_difference_first:
            left = order._oms_money()[order.id].to_pay
            if not order.currency_id.is_zero(left):
                order._oms_raise_hold(
                    "difference_pending",
                    self.env._(
                        "The difference of %(amount)s has not been paid.",
                        amount=order.currency_id.format(left),
                    ),
                    self.name,
                )
        order._oms_run_step("_oms_confirm")
        order._oms_advance()

    # THE MONEY

    def _divide_refund(self, worths):
        """Override: the exchange is ordered and takes its part before the rest is given back."""
        limit = super()._divide_refund(worths)
        lines = self.line_ids.filtered(
            lambda line: line.wish == "exchange" and line.exchange_mode != "now"
        )
        self._order_exchange({line: line.refund_quantity for line in lines})
        worth = max(min(worths.get("exchange", 0.0), limit), 0.0)
        money = self.exchange_order_ids._oms_money()
        cost = sum(one.to_pay for one in money.values())
        self.exchange_amount = self.currency_id.round(min(worth, cost))
        if self.rest_as_credit:
            rest = self.currency_id.round(worth - self.exchange_amount)
            self.store_credit_amount += rest
        return limit - worth

    def _do_resolve(self, decisions, note=None):
        resolved = super()._do_resolve(decisions, note)
        for order in self.sudo().exchange_order_ids.filtered(lambda order: order.state == "draft"):
            self._confirm_exchange(order)
        return resolved

    def _pay_exchanges(self, limit):
        """Set the credit of the returned units against the exchange; return how much.

        The entry moves it from the one order to the other; both are reconciled with it.
        """
        self.ensure_one()
        due = min(self.currency_id.round(self.exchange_amount - self._exchange_paid()), limit)
        paid, origin = 0.0, self.order_id
        orders = self.exchange_order_ids.filtered(lambda order: order.state != "cancel")
        for order in orders.sorted("id"):
            part = self.currency_id.round(min(due - paid, order._oms_money()[order.id].to_pay))
            if part <= 0:
                continue
            order._oms_lock()
            origin._oms_book_entry(
                [(origin._oms_receivable(), part, origin), (order._oms_receivable(), -part, order)],
                self.env._("%(name)s: exchange by %(order)s", name=self.name, order=order.name),
                oms_exchange_id=self.id,
            )
            paid += part
        return paid

    def _exchange_paid(self):
        """Return what was set against the exchange already."""
        moves = self.env["account.move"].search(
            [("oms_exchange_id", "=", self.id), ("state", "=", "posted")]
        )
        items = moves.line_ids.filtered(lambda item: item.oms_order_id == self.order_id)
        return self.currency_id.round(sum(items.mapped("amount_currency")))

    # REQUESTS

    def _parse_wish(self, values, item):
        """Override: ``exchange`` says what is wanted instead: ``{sku, quantity, mode}``.

        :raise OmsRefusal: ``unknown_product``, ``bad_mode``
        """
        result = super()._parse_wish(values, item)
        wanted = values.get("exchange") or item.get("exchange")
        if result["wish"] != "exchange" or not wanted:
            return result
        mode = wanted.get("mode") or "after"
        if mode not in dict(MODES):
            raise OmsRefusal(
                "bad_mode",
                self.env._("%(mode)s is no way to exchange.", mode=str(mode)[:40]),
                field="mode",
                next_step=self.env._("Use one of: %(values)s.", values=", ".join(dict(MODES))),
            )
        sku = wanted.get("sku")
        # sudo: an integration has no rights on products.
        product = (
            self.env["product.product"]
            .sudo()
            .search(
                [
                    ("default_code", "=", str(sku)),
                    ("company_id", "in", (False, *self.env.companies.ids)),
                ],
                limit=1,
            )
        )
        if not product:
            raise OmsRefusal(
                "unknown_product",
                self.env._("There is no product %(sku)s.", sku=str(sku)[:80]),
                field="exchange",
                next_step=self.env._("Send the SKU of a product that is sold."),
            )
        return {
            **result,
            "exchange_product_id": product.id,
            "exchange_quantity": self._parse_quantity(wanted.get("quantity"), "quantity"),
            "exchange_mode": mode,
        }

    def _request(self, *args, **kwargs):
        rest = kwargs.pop("rest_as_credit", False)
        case = super()._request(*args, **kwargs)
        if rest:
            case.rest_as_credit = True
        return case


class OmsReturnLine(models.Model):
    _inherit = "oms.return.line"

    exchange_product_id = fields.Many2one(
        "product.product",
        string="Exchange For",
        index="btree_not_null",
        domain="[('sale_ok', '=', True), ('type', '=', 'consu')]",
    )
    exchange_quantity = fields.Float(
        string="Units Wanted", digits="Product Unit", help="0: as many as come back."
    )
    exchange_mode = fields.Selection(MODES, string="Sent", default="after")

    @api.constrains("wish", "exchange_product_id", "exchange_quantity")
    def _check_exchange(self):
        for line in self.filtered(lambda line: line.wish == "exchange"):
            product = line.exchange_product_id
            if not product or not product.sale_ok or product.type != "consu":
                raise OmsRefusal(
                    "exchange_product",
                    self.env._(
                        "What %(product)s is exchanged for is missing or is not sold.",
                        product=line.product_id.display_name,
                    ),
                    field="exchange",
                    next_step=self.env._("Choose goods that may be sold, or another wish."),
                )
            if line.exchange_quantity < 0:
                raise OmsRefusal(
                    "bad_quantity",
                    self.env._("%(value)s is not a quantity.", value=line.exchange_quantity),
                    field="quantity",
                    next_step=self.env._("Send a number of units, 0 or more."),
                )

    def _exchange_units(self, units):
        """Return how many, in their product's unit, are sent for ``units`` that come back, in the
        unit of the line: in proportion, whole units."""
        self.ensure_one()
        unit, wanted = self.exchange_product_id.uom_id, self.exchange_quantity
        if not wanted:
            wanted = self.quantity
            if self.uom_id._has_common_reference(unit):
                wanted = self.uom_id._compute_quantity(wanted, unit, round=False)
        return unit.round(wanted * units / self.quantity, "DOWN")


class SaleOrder(models.Model):
    _inherit = "sale.order"

    oms_exchange_id = fields.Many2one(
        "oms.return",
        string="Exchange for Return",
        index="btree_not_null",
        copy=False,
        readonly=True,
        help="The return whose credit pays this order.",
    )
    oms_difference_first = fields.Boolean(
        string="Difference First",
        copy=False,
        readonly=True,
        help="Invoiced at once, and kept until what the exchange costs more is paid.",
    )

    def _oms_invoice_trigger(self):
        """Override: what is paid first is invoiced first."""
        if self.oms_difference_first:
            return "confirm"
        return super()._oms_invoice_trigger()

    def _oms_give_back(self, amount):
        """Override: what pays an exchange is not given back."""
        for case in self.oms_return_ids:
            if case.exchange_amount:
                amount = self.currency_id.round(amount - case._pay_exchanges(amount))
        if self.currency_id.compare_amounts(amount, 0.0) > 0:
            return super()._oms_give_back(amount)
        return self.env["account.payment"]

    def _oms_release_difference(self):
        """The goods may go where the difference is paid."""
        holds = self._oms_active_holds().filtered(lambda hold: hold.code == "difference_pending")
        money = holds.order_id._oms_money()
        paid = holds.filtered(
            lambda hold: hold.order_id.currency_id.is_zero(money[hold.order_id.id].to_pay)
        )
        paid._auto_release(self.env._("The difference was paid."))


class AccountMove(models.Model):
    _inherit = "account.move"

    oms_exchange_id = fields.Many2one(
        "oms.return", string="Exchange", index="btree_not_null", copy=False, readonly=True
    )

    def _invoice_paid_hook(self):
        result = super()._invoice_paid_hook()
        if self.env["oms.channel"]._is_active():
            # sudo: whoever books a payment lets the goods go.
            orders = self.sudo().oms_order_id.filtered("oms_difference_first")
            if orders:
                orders._oms_release_difference()
        return result

    def _oms_refuse_exchange(self):
        """Entries that pay an exchange stay: what they moved has been spent.

        :raise OmsRefusal: ``exchange_entry``
        """
        if not self.env["oms.channel"]._is_active():
            return
        for move in self.filtered("oms_exchange_id"):
            raise OmsRefusal(
                "exchange_entry",
                self.env._(
                    "%(entry)s pays the exchange of %(name)s.",
                    entry=move.name,
                    name=move.oms_exchange_id.name,
                ),
                next_step=self.env._("Cancel or return the order of the exchange instead."),
            )

    def _reverse_moves(self, default_values_list=None, cancel=False):
        self._oms_refuse_exchange()
        return super()._reverse_moves(default_values_list, cancel=cancel)

    def button_draft(self):
        self._oms_refuse_exchange()
        return super().button_draft()
