from odoo import api, fields, models

from ..exceptions import OmsRefusal
from ..trusted import TRUSTED, is_trusted


class AccountMove(models.Model):
    _inherit = "account.move"

    oms_order_id = fields.Many2one(
        "sale.order",
        string="Managed Order",
        index="btree_not_null",
        copy=False,
        readonly=True,
        ondelete="set null",
        help="The one order of a sales channel that this document is about.",
    )
    oms_unit_credit = fields.Boolean(
        string="Credits Units",
        copy=False,
        readonly=True,
        help="This credit note takes back units that were returned or cancelled; others are "
        "agreed with the customer by a person and do not count as units.",
    )
    oms_settlement_id = fields.Many2one(
        "oms.settlement", string="Settlement", index="btree_not_null", copy=False, readonly=True
    )

    # Whatever changes what is owed arrives here: posting, payment, reconciliation, reset.
    @api.depends("amount_residual", "state")
    def _compute_payment_state(self):
        result = super()._compute_payment_state()
        self._oms_touch_orders()
        return result

    def _oms_touch_orders(self):
        if self.env["oms.channel"]._is_active():
            # sudo: the stage follows the money for everybody who changes the money.
            self.sudo().oms_order_id._oms_touch()
            self.sudo()._oms_touch_credit_holds()

    def _oms_touch_credit_holds(self):
        """A payment may bring its customer's other orders back under the credit limit."""
        customers = self.commercial_partner_id
        if customers:
            self.env["sale.order"]._oms_before_commit("oms.credit").update(customers.ids)

    def _post(self, soft=True):
        if not self.env["oms.channel"]._is_active():
            return super()._post(soft)
        self._oms_check_invoice_holds()
        checked = self.with_context(oms_holds_checked=TRUSTED)
        posted = super(AccountMove, checked)._post(soft).with_env(self.env)
        posted._oms_touch_orders()
        return posted

    def write(self, vals):
        """Override: a state that is written or imported meets the same guard as the button."""
        if vals.get("state") == "posted" and self.env["oms.channel"]._is_active():
            if not is_trusted(self.env, "oms_holds_checked"):
                self.filtered(lambda move: move.state == "draft")._oms_check_invoice_holds()
        return super().write(vals)

    def _oms_check_invoice_holds(self):
        """Refuse to post an invoice of an order that a hold keeps from being invoiced.

        :raise OmsRefusal: ``on_hold``
        """
        invoices = self.filtered(lambda move: move.move_type == "out_invoice")
        # sudo: whoever posts an invoice must meet the holds of its order, readable or not.
        for order in invoices.sudo().oms_order_id:
            lines = invoices.sudo().filtered(lambda move, order=order: move.oms_order_id == order)
            order._oms_guard("invoice", lines.invoice_line_ids.sale_line_ids)

    def _reverse_moves(self, default_values_list=None, cancel=False):
        """A credit note made by hand stays with the order of its invoice."""
        default_values_list = default_values_list or [{} for _move in self]
        for move, default_values in zip(self, default_values_list, strict=True):
            if move.oms_order_id:
                default_values["oms_order_id"] = move.oms_order_id.id
        return super()._reverse_moves(default_values_list, cancel=cancel)

    def unlink(self):
        self._oms_touch_orders()
        return super().unlink()

    def _oms_amounts_by_sale_line(self):
        """Return ``{sale line id: {"quantity", "line", "amounts"}}`` summed over these documents.

        Amounts are exact: the documents' own rounded base and taxes, in their currency.
        ``quantity`` is in the unit of the order line; ``line`` is the last journal item.
        """
        result = {}
        for move in self:
            base_lines, _tax_lines = move._get_rounded_base_and_tax_lines()
            for sale_line, item, amounts in move._oms_split_base_lines(base_lines):
                known = result.setdefault(
                    sale_line.id, {"quantity": 0.0, "line": item, "amounts": {}}
                )
                known["line"] = item
                known["quantity"] += item.product_uom_id._compute_quantity(
                    item.quantity, sale_line.product_uom_id, round=False
                )
                for name, amount in amounts.items():
                    known["amounts"][name] = known["amounts"].get(name, 0) + amount
        return result

    def _oms_split_base_lines(self, base_lines):
        components = self.env["sale.order"]._oms_components
        for base_line in base_lines:
            item = base_line["record"]
            if isinstance(item, models.BaseModel) and item._name == "account.move.line":
                sale_line = item.sale_line_ids[:1]
                if sale_line:
                    yield sale_line, item, components(base_line, self.company_id)

    def _oms_refuse_mismatch(self, expected):
        """Guard after creation: the document must say what the engine computed.

        :raise OmsRefusal: ``amount_mismatch``
        """
        self.ensure_one()
        if self.currency_id.compare_amounts(self.amount_total, expected):
            raise OmsRefusal(
                "amount_mismatch",
                self.env._(
                    "The document of %(order)s comes to %(actual)s instead of %(expected)s.",
                    order=self.oms_order_id.name,
                    actual=self.currency_id.format(self.amount_total),
                    expected=self.currency_id.format(expected),
                ),
                next_step=self.env._("Make it by hand from the invoice and check its taxes."),
            )
