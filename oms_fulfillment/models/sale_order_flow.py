import logging

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..exceptions import OmsRefusal

_logger = logging.getLogger(__name__)

# What the automatic steps can clear by themselves, perhaps at a later try.
AUTOMATIC_BLOCKERS = (
    "to_confirm",
    "to_invoice",
    "cod_to_collect",
    "refund_pending",
    "prepayment_to_refund",
)


class SaleOrder(models.Model):
    """What an order does by itself: the automatic steps, and the customer's acceptance."""

    _inherit = "sale.order"

    # AUTOMATIC STEPS

    def _oms_advance(self):
        """Take every automatic step that is due. Repeating it changes nothing.

        A step that is refused leaves a hold ``automation_failed`` with the reason on its order
        and goes on with the other orders.
        """
        orders = self._oms_managed()
        if not orders:
            return
        # sudo: automatic steps act for the company, whoever caused them (a courier's event
        # may post an invoice); every step checks holds and facts itself.
        orders = orders.sudo()
        orders._oms_step_confirm()
        orders._oms_run_step("_oms_step_prepayment")
        orders._oms_run_step("_oms_step_invoice")
        orders._oms_run_step("_oms_step_collect")
        orders._oms_touch()

    def action_oms_advance(self):
        """Button: try the automatic steps again."""
        self.check_access("write")
        self._oms_advance()
        return True

    @api.model
    def _cron_oms_advance(self, limit=500):
        """Give orders whose last attempt failed, or whose time has come, another try."""
        self.env["oms.fulfillment"]._accept_overdue()
        domain = [
            ("oms_channel_id", "!=", False),
            ("oms_stage_id.code", "in", ("processing", "payment", "cancelled")),
            ("oms_blocker", "in", AUTOMATIC_BLOCKERS),
        ]
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=self.search_count(domain))
        for order in self.search(domain, limit=limit, order="oms_stage_since"):
            order = order.try_lock_for_update().filtered_domain(domain)
            if not order:
                continue
            order._oms_advance()
            if not cron._commit_progress(1):
                break

    def _oms_step_confirm(self):
        """Confirm clean orders of channels that confirm by themselves, in one batch."""
        due = self.filtered(
            lambda order: order.state in ("draft", "sent") and order.oms_channel_id.auto_confirm
        )
        if not due:
            return
        due._oms_check(together=True)
        due._oms_remember_verified()
        held = due._oms_active_holds("confirm").order_id
        due = (due - held).filtered(lambda order: not order._oms_missing())
        if not due:
            return
        self.env.flush_all()
        try:
            with self.env.cr.savepoint(flush=False):
                due._oms_confirm()
                self.env.flush_all()
        except UserError:
            self.env.transaction.clear()
            # One order spoils the batch: find out which.
            due._oms_run_step("_oms_confirm")

    def _oms_confirm(self):
        """Confirm as Odoo does, but keep the time at which the customer ordered."""
        placed = {order: order.date_order for order in self}
        self._oms_confirm_together()
        for order, date_order in placed.items():
            order.date_order = date_order

    def _oms_run_step(self, method):
        """Run ``method`` on each order in a savepoint; a refusal becomes a hold."""
        failed = self.browse()
        for order in self._oms_left_by_batch(method):
            self.env.flush_all()
            try:
                with self.env.cr.savepoint(flush=False):
                    getattr(order.company_id._oms_in_language(order), method)()
                    self.env.flush_all()
            except UserError as error:
                self.env.transaction.clear()
                _logger.info("%s stopped at %s: %s", order.name, method, error)
                order._oms_raise_hold("automation_failed", str(error), method)
                failed |= order
        resolved = (
            (self - failed)
            ._oms_active_holds()
            .filtered(lambda hold: hold.code == "automation_failed" and hold.evidence == method)
        )
        resolved._auto_release(self.env._("The step succeeded."))

    def _oms_left_by_batch(self, method):
        """Try all at once; return the orders that must go one by one because one was refused."""
        if len(self) < 2:
            return self
        self.env.flush_all()
        try:
            with self.env.cr.savepoint(flush=False):
                getattr(self, method)()
                self.env.flush_all()
        except UserError:
            self.env.transaction.clear()
            return self
        return self.browse()

    # STEPS THAT THE MONEY ADDS

    def _oms_step_prepayment(self):
        """Book what the buyer paid in advance."""

    def _oms_step_invoice(self):
        """Invoice what has come far enough."""

    def _oms_step_collect(self):
        """Book cash that a courier collected."""

    # ACCEPTANCE

    @api.model
    def oms_accept(self, items):
        """The customer accepts what was delivered.

        :param list items: ``{order, lines, at, by, problem}``; ``order`` is a name or
            ``{channel, external_id}``, ``lines`` a list of ``{line_id | sku}`` (default: all that
            is in no open return), ``at`` ISO 8601 (default now), ``by`` is ``customer``
            (default), ``agent`` or ``auto``; a ``problem`` (text) refuses acceptance and says
            how to ask for a return
        :return: per item ``{status, id, name, stage, in_question, errors}``; ``status`` is
            ``accepted``, or ``duplicate`` when all of it had been accepted before;
            ``in_question`` are the line ids that an open return keeps from being accepted
        """
        self.env["oms.channel"]._check_integration_access()
        return self.env["oms.rpc"]._run_items(items, self._oms_accept_item)

    def _oms_accept_item(self, item):
        order = self.env["oms.rpc"]._find_order(item.get("order"))
        if item.get("problem"):
            raise OmsRefusal(
                "problem_reported",
                self.env._("%(order)s has a problem and is not accepted.", order=order.name),
                field="problem",
                next_step=self.env._("Call oms.return.request with the lines concerned."),
            )
        by = item.get("by") or "customer"
        if by not in ("customer", "agent", "auto"):
            raise OmsRefusal(
                "bad_value",
                self.env._("%(by)s is nobody who accepts.", by=str(by)[:40]),
                field="by",
                next_step=self.env._("Use customer, agent or auto."),
            )
        at = self.env["oms.rpc"]._parse_time(item.get("at"), "at") or fields.Datetime.now()
        lines = self._oms_lines_to_accept(order, item.get("lines"))
        accepted = order._oms_accept(at, by, lines)
        order._oms_refresh_touched()
        return {
            "status": "accepted" if accepted else "duplicate",
            "id": order.id,
            "name": order.name,
            "stage": order.oms_stage_id.code,
            "in_question": order._oms_lines_in_question().ids,
        }

    def _oms_lines_to_accept(self, order, lines):
        """Return the order lines that a caller names; ``None`` for all.

        :raise OmsRefusal: ``unknown_line``
        """
        if lines is None:
            return None
        goods, chosen = order.order_line._oms_goods(), self.env["sale.order.line"]
        for values in lines:
            chosen |= self.env["oms.return"]._candidates(goods, values)
        return chosen

    def _oms_accept(self, at, by, lines=None):
        """Accept what was delivered, but for what is in question; return the fulfilments that
        changed.

        :param lines: order lines; default all
        :raise OmsRefusal: ``nothing_delivered``, ``in_question``
        """
        self.ensure_one()
        in_question = self._oms_lines_in_question()
        if lines:
            self._oms_refuse_in_question(lines & in_question)
        lines = (lines or self.order_line) - in_question
        work = self.oms_fulfillment_ids.filtered(lambda work: work.state != "cancelled")
        due = work.filtered(lambda work: work.delivered_at and not work.accepted_at)
        if not due and not work.filtered("accepted_at"):
            raise OmsRefusal(
                "nothing_delivered",
                self.env._("Nothing of %(order)s has been delivered yet.", order=self.name),
                next_step=self.env._("Accept it after a parcel arrived."),
            )
        changed = due._accept_lines(lines, at, by)
        if due and not changed:
            self._oms_refuse_in_question(in_question)
        self._oms_advance()
        return changed

    def _oms_refuse_in_question(self, lines):
        """Refuse to accept lines of which a return is open.

        :raise OmsRefusal: ``in_question``
        """
        if lines:
            names = lines.product_id.with_context(display_default_code=False).mapped("display_name")
            raise OmsRefusal(
                "in_question",
                self.env._(
                    "A problem with %(products)s of %(order)s was reported and is not settled.",
                    products=", ".join(names),
                    order=self.name,
                ),
                field="lines",
                next_step=self.env._("Close or decline the return first, or accept other lines."),
            )
