import json
import logging
from dataclasses import dataclass, field

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..adapters import canonical
from ..exceptions import OmsRefusal
from .oms_rpc import RETRYABLE

_logger = logging.getLogger(__name__)


@dataclass(eq=False)
class Job:
    """One message on its way through processing."""

    payload: object
    revision: int = 0
    intake: object = None
    source: str = "rpc"
    order: object = None  # canonical.Order
    sale: object = None  # sale.order
    matches: dict = field(default_factory=dict)
    state: str | None = None
    errors: list = field(default_factory=list)
    warnings: list = field(default_factory=list)

    @property
    def screen(self):
        """What a person chose on the order-entry screen; other senders choose nothing here."""
        chosen = self.order.extra.get("screen") if self.source == "web" else None
        return chosen if isinstance(chosen, dict) else {}

    def refuse(self, refusal, state="quarantined", **details):
        self.state = state
        self.errors.append({**refusal.as_error(), **details})


class OmsIntake(models.Model):
    """Processing: from stored messages to orders, in batches, as often as one likes."""

    _inherit = "oms.intake"

    @staticmethod
    def _json_text(value):
        return json.dumps(value) if value else None

    def _process(self):
        """Turn messages into orders; what can't be is quarantined with the reason.

        Rows that were processed are left alone, so calling it again is harmless. A message that
        fails never spoils its neighbours.
        """
        for channel, intakes in self._open().grouped("channel_id").items():
            env = self._channel_env(channel)
            # Two messages of one order: the older revision first, each in a round of its own.
            rounds = {}
            for intake in intakes.sorted(lambda row: (row.external_id or "", row.revision)):
                depth = sum(intake.external_id in names for names in rounds.values())
                rounds.setdefault(depth, {})[intake.external_id or intake.id] = intake
            for names in rounds.values():
                rows = env["oms.intake"].concat(*names.values()).with_env(env)
                rows._process_round(channel.with_env(env))

    def _channel_env(self, channel):
        """The environment in which a channel's orders are made.

        sudo: whoever was allowed to bring or replay a message has no right to contacts or orders
        by that; the channel's company is the only one in sight.
        """
        context = {
            "allowed_company_ids": channel.company_id.ids,
            "lang": channel.company_id.partner_id.lang or self.env.lang,
            "tracking_disable": True,
            "mail_create_nosubscribe": True,
            "mail_create_nolog": True,
            "sale_no_log_for_new_lines": True,
        }
        return self.env(su=True, context=context)

    def _process_round(self, channel):
        jobs = [Job(row.payload, row.revision, row, row.source) for row in self]
        stored = [job for job in jobs if not self._is_unstorable(job.payload)]
        self._examine(channel, stored)
        ready = [job for job in stored if not job.state]
        self._create_orders(channel, [job for job in ready if not job.sale])
        for job in ready:
            if job.sale and not job.state:
                self._update_order(channel, job)
        self._finish(channel, stored)
        orders = self.env["sale.order"].concat(*(job.sale for job in stored if job.sale))
        orders.filtered(lambda order: order.state != "cancel")._oms_advance()

    @api.model
    def _is_unstorable(self, payload):
        return isinstance(payload, dict) and "oms_unstorable" in payload

    # EXAMINE: reads only, shared with the dry run

    def _examine(self, channel, jobs):
        """Parse and look up; fills ``order``, ``sale``, ``matches`` and what is wrong."""
        for job in jobs:
            job.order, errors, warnings = self._parse(job.payload)
            job.warnings = self.env["oms.rpc"]._issue_details(warnings)
            if errors:
                step = self.env._("Correct the message and send it again, or edit and replay it.")
                job.errors = self.env["oms.rpc"]._issue_details(errors, step)
                job.state = "quarantined"
        parsed = [job for job in jobs if job.order]
        self._find_sales(channel, parsed)
        for job in parsed:
            self._check_stale(job)
        fresh = [job for job in parsed if not job.state]
        skus = {line.sku for job in fresh for line in job.order.lines}
        matches = self._resolve_skus(channel, skus)
        for job in fresh:
            job.matches = {**matches, **self._chosen_products(job)}
            if not (job.sale and job.order.status == "cancelled"):
                self._check_currency(channel, job)
                self._check_lines(channel, job)
                self._check_region(job)

    def _find_sales(self, channel, jobs):
        sales = self.env["sale.order"].search(
            [
                ("oms_channel_id", "=", channel.id),
                ("oms_external_id", "in", [job.order.external_id for job in jobs]),
            ]
        )
        by_name = {sale.oms_external_id: sale for sale in sales}
        for job in jobs:
            job.sale = by_name.get(job.order.external_id)

    def _check_stale(self, job):
        """An order never moves backwards."""
        sale = job.sale
        if not sale:
            return
        # The message that the order follows may have new contents of the same second.
        again = job.revision == sale.oms_revision and job.intake == sale.oms_intake_id
        if job.revision <= sale.oms_revision and sale.oms_intake_id and not again:
            job.state = "duplicate"
            message = self.env._(
                "%(order)s is already at revision %(revision)s.",
                order=sale.name,
                revision=sale.oms_revision,
            )
            job.warnings.append({"code": "stale_revision", "field": "revision", "message": message})
        elif sale.state == "cancel" and job.order.status == "placed":
            job.state = "duplicate"
            message = self.env._(
                "%(order)s was cancelled and stays so. Send a new order number to start again.",
                order=sale.name,
            )
            job.warnings.append({"code": "order_cancelled", "field": "status", "message": message})

    def _check_currency(self, channel, job):
        expected = (channel.pricelist_id.currency_id or channel.company_id.currency_id).name
        given = job.order.currency
        if given and given != expected:
            refusal = OmsRefusal(
                "currency_mismatch",
                self.env._(
                    "The order is in %(given)s, the channel %(channel)s sells in %(expected)s.",
                    given=given,
                    channel=channel.name,
                    expected=expected,
                ),
                field="currency",
                next_step=self.env._("Give the channel a pricelist in that currency, then replay."),
            )
            job.refuse(refusal)

    def _check_lines(self, channel, job):
        for index, line in enumerate(job.order.lines):
            match = job.matches.get(line.sku)
            path = f"lines[{index}]"
            if match is None or match.ambiguous:
                job.refuse(self._sku_refusal(channel, line, f"{path}.sku", match), sku=line.sku)
            elif part := match.misfit(line.quantity):
                refusal = OmsRefusal(
                    "quantity_precision",
                    self.env._(
                        "%(quantity)s of %(sku)s can't be counted in %(unit)s.",
                        quantity=canonical.plain_number(line.quantity),
                        sku=line.sku,
                        unit=part.product.uom_id.name,
                    ),
                    field=f"{path}.quantity",
                    next_step=self.env._("Correct the quantity, or the unit of the product."),
                )
                job.refuse(refusal)

    # FINISH

    def _create_orders(self, channel, jobs):
        """Create the orders of ``jobs`` together; when that fails, each on its own."""
        if not jobs:
            return
        try:
            with self.env.cr.savepoint():
                self._build_orders(channel, jobs)
                for job in jobs:
                    if job.order.status == "cancelled":
                        job.sale._oms_channel_cancel(job.order.extra.get("cancel_reason"))
                self.env.flush_all()
        except RETRYABLE:
            raise
        except Exception as error:  # whatever it is, the message must stay with its reason
            for job in jobs:
                job.sale = None
            if len(jobs) == 1:
                self._fail(jobs[0], error)
            else:
                for job in jobs:
                    self._create_orders(channel, [job])
        else:
            for job in jobs:
                job.state = "accepted"

    def _update_order(self, channel, job):
        try:
            with self.env.cr.savepoint():
                self._apply_update(channel, job)
                self.env.flush_all()
        except RETRYABLE:
            raise
        except OmsRefusal as refusal:
            job.refuse(refusal)
        except Exception as error:  # as above
            self._fail(job, error)
        else:
            job.state = job.state or "updated"

    def _fail(self, job, error):
        """Record what nobody expected: the sentence for people, the trace for the log."""
        if isinstance(error, OmsRefusal):
            job.refuse(error)
            return
        expected = isinstance(error, UserError | psycopg2.Error)
        log = _logger.info if expected else _logger.exception
        log("oms.intake %s failed: %s", job.intake.id, error)
        if isinstance(error, UserError):
            message = str(error.args[0] if error.args else error)
        elif isinstance(error, psycopg2.Error):
            message = self.env._(
                "The database refused it: %(rule)s.",
                rule=error.diag.constraint_name or error.diag.message_primary or "",
            )
        else:
            message = self.env._(
                "It stopped at an unexpected %(kind)s: %(error)s.",
                kind=type(error).__name__,
                error=str(error)[:200],
            )
        step = self.env._("Remove the cause, then replay it.")
        job.refuse(OmsRefusal("failed", message, next_step=step), state="failed")

    def _finish(self, channel, jobs):
        now = fields.Datetime.now()
        for job in jobs:
            job.intake.write(
                {
                    "state": job.state,
                    "errors": job.errors or False,
                    "warnings": job.warnings or False,
                    "order_id": job.sale.id if job.sale else False,
                    "processed_at": now,
                    **(job.intake._prepare_retry() if job.state == "failed" else {}),
                }
            )
        done = {
            job.order.external_id: job.revision
            for job in jobs
            if job.state in ("accepted", "updated")
        }
        if not done:
            return
        older = self.search(
            [
                ("channel_id", "=", channel.id),
                ("external_id", "in", list(done)),
                ("attention", "=", True),
                ("conflict_of_id", "=", False),
            ]
        )
        older.filtered(lambda row: row.revision < done[row.external_id]).write(
            {"state": "superseded"}
        )
