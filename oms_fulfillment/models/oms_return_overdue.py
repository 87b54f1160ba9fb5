import logging
from datetime import timedelta
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine import refund
from ..exceptions import OmsRefusal

_logger = logging.getLogger(__name__)


class OmsReturnPolicy(models.Model):
    _inherit = "oms.return.policy"

    advance_days = fields.Integer(
        string="Days to Send It Back",
        help="After a replacement in advance was approved. 0: nobody is charged for it.",
    )
    advance_charge = fields.Boolean(
        string="Charge by Itself",
        help="What was not sent back in time is invoiced without a person. Otherwise finance does "
        "it from the list of returns.",
    )

    _advance_days_positive = models.Constraint(
        "CHECK(COALESCE(advance_days, 0) >= 0)",
        lambda env, diag: env._("Days are 0 or more."),
    )


class OmsReturn(models.Model):
    """What was sent in advance and is not sent back is invoiced, and credited when it comes."""

    _inherit = "oms.return"

    send_back_by = fields.Date(
        readonly=True,
        copy=False,
        help="What was sent in advance is charged when the goods have not come by then.",
    )
    charge_move_ids = fields.One2many("account.move", "oms_charge_id", string="Charges")
    charge_count = fields.Integer(compute="_compute_charge_count", compute_sudo=True)
    chargeable = fields.Float(
        string="Units to Charge",
        compute="_compute_chargeable",
        compute_sudo=True,
        digits="Product Unit",
        help="Sent in advance, not sent back in time, and not charged.",
    )

    _send_back_idx = models.Index("(send_back_by) WHERE is_open AND send_back_by IS NOT NULL")

    def _compute_charge_count(self):
        for case in self:
            case.charge_count = len(case.charge_move_ids)

    @api.depends("state", "send_back_by", "line_ids.charged_quantity", "line_ids.accepted")
    def _compute_chargeable(self):
        for case in self:
            case.chargeable = sum(case._units_to_charge().values())

    def _do_approve(self):
        """Override: the time to send it back begins with the approval."""
        approved = super()._do_approve()
        days = self.line_ids._advance_days()
        if days:
            due = self.approved_at + timedelta(days=days)
            self.sudo().send_back_by = self.company_id._oms_local_date(due)
        return approved

    def _units_to_charge(self):
        """Return ``{return line: units}`` that were sent in advance and are overdue or missing."""
        self.ensure_one()
        if self.state in ("requested", "received", "declined") or not self.approved_at:
            return {}
        if not self.inspected_at and not self._is_overdue():
            return {}
        result = {}
        for line in self.line_ids.filtered(lambda line: line.wish == "advance"):
            kept = line.quantity - (line.accepted if self.inspected_at else line.received)
            units = kept - line.charged_quantity
            if line.uom_id.compare(units, 0.0) > 0:
                result[line] = units
        return result

    def _is_overdue(self):
        today = self.company_id._oms_local_date(fields.Datetime.now())
        return bool(self.send_back_by and self.send_back_by < today)

    # CHARGE

    def action_charge(self):
        """Button of finance: invoice what was sent in advance and did not come back.

        :raise OmsRefusal: ``access``, ``nothing_to_charge``
        """
        self._ensure_role("group_oms_finance")
        self.check_access("write")
        for case in self:
            if not case._charge():
                raise OmsRefusal(
                    "nothing_to_charge",
                    self.env._("Nothing of %(name)s is to be charged.", name=case.name),
                    next_step=self.env._(
                        "Only what was sent in advance, is not back in time, and was not charged."
                    ),
                )
        return True

    @api.readonly
    def action_view_charges(self):
        self.ensure_one()
        return self.charge_move_ids._get_records_action(name=self.env._("Charges"))

    def _charge(self):
        """Invoice the units at what the customer would have paid for them; return the invoice.

        The original order stays as it is; the invoice belongs to the order that sent them.
        """
        self.ensure_one()
        # sudo: the role, or the policy, was checked; amounts come from the engine.
        case = self.sudo()
        case.order_id._oms_lock()
        units = case._units_to_charge()
        target = case.replacement_ids.filtered(lambda order: order.state == "sale")[:1]
        if not units or not target:
            return self.env["account.move"]
        amounts = case._charge_amounts(units)
        items = [
            fields.Command.create(case._prepare_charge(line, amounts[line.key], units))
            for line in case.order_id._oms_sold_lines()
            if any(amounts[line.key].values())
        ]
        if not items:
            return self.env["account.move"]
        vals = target.with_company(case.company_id)._prepare_invoice()
        vals.update(
            invoice_date=target._oms_local_date(fields.Datetime.now()),
            transaction_ids=False,
            oms_charge_id=case.id,
            invoice_line_ids=items,
        )
        invoice = self.env["account.move"].sudo().with_company(case.company_id).create(vals)
        invoice._oms_refuse_mismatch(float(refund.total(amounts)))
        invoice._post(soft=False)
        for line, quantity in units.items():
            line.charged_quantity += quantity
        target._oms_reconcile()
        case.message_post(
            body=case.env._("%(invoice)s charges what was not sent back.", invoice=invoice.name)
        )
        return invoice

    def _charge_amounts(self, units):
        """Return ``{order line id: {component: Decimal}}`` that units are worth, as a refund of
        them would be: after those that were charged before."""
        order = self.order_id
        final = order._oms_final_units()
        before = {key: Decimal(repr(value)) for key, value in final.items()}
        for line in self.line_ids:
            key = line.sale_line_id.id
            before[key] = max(before[key] - Decimal(repr(line.charged_quantity)), Decimal(0))
        after = dict(before)
        for line, quantity in units.items():
            key = line.sale_line_id.id
            after[key] = max(before[key] - Decimal(repr(quantity)), Decimal(0))
        sold, rounding = order._oms_sold_lines(), order._oms_rounding()
        old = refund.value(sold, before, rounding)
        new = refund.value(sold, after, rounding)
        return {
            line.key: {name: old[line.key][name] - new[line.key][name] for name in line.amounts}
            for line in sold
        }

    def _prepare_charge(self, line, amounts, units):
        """The item that charges a part of an order line, outside of that order's own billing."""
        sale_line = self.env["sale.order.line"].browse(line.key)
        mine = [quantity for item, quantity in units.items() if item.sale_line_id == sale_line]
        vals = sale_line._prepare_invoice_line(quantity=sum(mine) or 1.0)
        vals.pop("sale_line_ids", None)
        self.order_id._oms_set_exact(vals, amounts, line)
        return vals

    # UNDO

    def _do_resolve(self, decisions, note=None):
        """Override: what came after all is not charged."""
        resolved = super()._do_resolve(decisions, note)
        if self.resolved_at:
            self.sudo()._take_back_charges()
        return resolved

    def _take_back_charges(self):
        """Credit what was charged of units that are here now, and pay it back."""
        too_many = any(
            line.uom_id.compare(line.charged_quantity, line.quantity - line.accepted) > 0
            for line in self.line_ids.filtered(lambda line: line.wish == "advance")
        )
        if not too_many:
            return
        charges = self.charge_move_ids.filtered(
            lambda move: move.move_type == "out_invoice"
            and move.state == "posted"
            and not move.reversal_move_ids
        )
        orders = charges.oms_order_id
        today = self.company_id._oms_local_date(fields.Datetime.now())
        credits = charges._reverse_moves(
            [{"date": today, "invoice_date": today} for _move in charges], cancel=True
        )
        credits.write({"oms_unit_credit": True, "oms_charge_id": self.id})
        self.line_ids.charged_quantity = 0.0
        self._charge()
        money = orders._oms_money()
        for order in orders - orders._oms_disputed():
            if order.currency_id.compare_amounts(money[order.id].refund_due, 0.0) > 0:
                order._oms_pay_back(money[order.id].refund_due)

    # TIME

    @api.model
    def _cron_charge_overdue(self, limit=200):
        """Charge what was not sent back in time, where the policy says so; a commit per return."""
        if not self.env["oms.channel"]._is_active():
            return
        overdue = self.search(
            [
                # The day may have passed where the company is and not in UTC: asked per return.
                ("send_back_by", "<=", fields.Date.today()),
                ("state", "in", ("approved", "in_transit")),
                ("charge_move_ids", "=", False),
            ],
            order="send_back_by",
        )
        cron = self.env["ir.cron"]
        for case in overdue.filtered(lambda case: case.line_ids._charges_itself())[:limit]:
            case = case.try_lock_for_update()
            if case and case._units_to_charge():
                try:
                    with self.env.cr.savepoint():
                        case._charge()
                except UserError as error:
                    _logger.info("%s is not charged: %s", case.name, error)
            if not cron._commit_progress(1):
                return


class OmsReturnLine(models.Model):
    _inherit = "oms.return.line"

    charged_quantity = fields.Float(
        string="Charged",
        digits="Product Unit",
        copy=False,
        readonly=True,
        help="Units sent in advance that were invoiced, because these did not come back.",
    )

    def _advance_policies(self):
        policies = self.env["oms.return.policy"]
        lines = self.filtered(lambda line: line.wish == "advance")
        keys = [policies._policy_of(line.sale_line_id.sudo()).key for line in lines]
        # sudo: whoever approves a return meets its policy.
        return policies.sudo().browse([key for key in keys if key])

    def _advance_days(self):
        """Return the days to send back what was replaced in advance; 0: it is not charged."""
        days = [policy.advance_days for policy in self._advance_policies() if policy.advance_days]
        return max(days, default=0)

    def _charges_itself(self):
        return any(policy.advance_charge for policy in self._advance_policies())


class AccountMove(models.Model):
    _inherit = "account.move"

    oms_charge_id = fields.Many2one(
        "oms.return",
        string="Charge of the Return",
        index="btree_not_null",
        copy=False,
        readonly=True,
        help="The return whose goods were not sent back.",
    )
