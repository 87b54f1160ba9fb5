import logging
from datetime import datetime, timezone

import psycopg2.errors

from odoo import api, models
from odoo.exceptions import AccessError, ConcurrencyError, MissingError, UserError

from ..exceptions import OmsRefusal

_logger = logging.getLogger(__name__)

# These say "try the whole transaction again"; Odoo's request wrapper does exactly that.
RETRYABLE = (
    psycopg2.errors.SerializationFailure,
    psycopg2.errors.DeadlockDetected,
    psycopg2.errors.LockNotAvailable,
    ConcurrencyError,
)


class OmsRpc(models.AbstractModel):
    _name = "oms.rpc"
    _description = "Answers of the public methods"

    def _run_items(self, items, handler):
        """Run ``handler(item)`` for each item in a savepoint of its own.

        :param list items: what the caller sent; anything but a list is one refusal
        :param handler: takes one dict, returns a dict (``id``, ``name`` and what else it has)
        :return: one dict per item, in order: ``{status, id, name, errors: [...], ...}``;
            ``status`` is ``ok`` unless the handler says otherwise, ``error`` when refused
        """
        if not isinstance(items, list | tuple):
            refusal = OmsRefusal(
                "not_a_list",
                self.env._("A list of items is expected, not %(kind)s.", kind=type(items).__name__),
                next_step=self.env._("Send a list, even for one item: [{...}]."),
            )
            return [self._refused(refusal)]
        return [self._run_item(item, handler) for item in items]

    def _run_item(self, item, handler):
        # Not a flushing savepoint: those run the pre-commit hooks, stages included, per item.
        self.env.flush_all()
        try:
            with self.env.cr.savepoint(flush=False):
                if not isinstance(item, dict):
                    raise OmsRefusal(
                        "not_an_object",
                        self.env._("An object is expected, not %(item)r.", item=str(item)[:80]),
                        next_step=self.env._("Send each item as an object with named values."),
                    )
                result = handler(item)
                self.env.flush_all()
        except RETRYABLE:
            raise
        except (UserError, AccessError, MissingError) as error:
            return self._refused(error)
        except psycopg2.IntegrityError as error:
            return self._refused(error, code="constraint")
        except (psycopg2.DataError, TypeError, ValueError, LookupError, AttributeError) as error:
            _logger.info("item refused: %r", error)
            return self._refused(error, code="bad_value")
        return {"status": "ok", "id": False, "name": False, "errors": [], **result}

    def _refused(self, error, code="refused"):
        """Turn an exception into an answer; database details stay in the log."""
        # The savepoint is gone: what the cache knows of the item is not true any more.
        self.env.transaction.clear()
        if isinstance(error, OmsRefusal):
            detail = error.as_error()
        else:
            detail = {
                "code": "access" if isinstance(error, AccessError) else code,
                "field": None,
                "message": self._refusal_text(error, code),
                "next_step": None,
            }
        return {"status": "error", "id": False, "name": False, "errors": [detail]}

    def _refusal_text(self, error, code):
        if code == "constraint":
            return self.env._(
                "The item breaks a rule of the database: %(rule)s.",
                rule=error.diag.constraint_name or error.diag.column_name or "",
            )
        if code == "bad_value":
            return self.env._(
                "A value has the wrong type or range: %(error)s.", error=str(error)[:200]
            )
        return error.args[0] if error.args else str(error)

    # QUEUES

    @api.model
    def _wake(self, xmlid):
        """Have a scheduled job run right after the commit, unless it is about to run anyway."""
        # From a cache: whoever sends messages waits for this.
        cron_id = self.env["ir.model.data"]._xmlid_to_res_id(xmlid)
        if not cron_id:
            return
        self.env.cr.execute(
            "SELECT 1 FROM ir_cron_trigger WHERE cron_id = %s"
            " AND call_at <= now() AT TIME ZONE 'UTC' LIMIT 1",
            [cron_id],
        )
        if not self.env.cr.rowcount:
            # sudo: whoever gives a queue something to do may wake its worker.
            self.env["ir.cron"].sudo().browse(cron_id)._trigger()

    @api.model
    def _run_again(self):
        """A scheduled job whose time is out goes on at once, after the others had their turn.

        Odoo lets a job that is "partially done" wait until the next poll, up to a minute; a
        trigger made by the job itself wakes its worker as soon as the job has ended.
        """
        # sudo: the job itself asks for it.
        job = self.env["ir.cron"].sudo().browse(self.env.context.get("cron_id"))
        if job:
            job._trigger()

    # READING WHAT CALLERS SEND

    def _find_order(self, reference, field="order"):
        """Return the managed order that ``reference`` names, within the caller's companies.

        :param reference: order name, channel number, or ``{"channel", "external_id"}``
        :raise OmsRefusal: ``unknown_order``, ``ambiguous_order``
        """
        return self._order_named(self._find_orders([reference]), reference, field)

    def _named_by(self, item, key):
        """Return the domain of the record that an item names, within the caller's companies.

        :param dict item: under ``key`` an id or a name, else ``{order, reference}``; what names
            nothing finds nothing
        """
        named = item.get(key)
        domain = [("company_id", "in", self.env.companies.ids)]
        if isinstance(named, int) and not isinstance(named, bool):
            return [*domain, ("id", "=", named)]
        if isinstance(named, str) and named:
            return [*domain, ("name", "=", named)]
        if item.get("order") and item.get("reference"):
            order = self._find_order(item["order"])
            reference = str(item["reference"])
            return [*domain, ("order_id", "=", order.id), ("reference", "=", reference)]
        return [*domain, ("id", "=", 0)]

    def _find_orders(self, references, managed=True):
        """Return the orders that any of ``references`` names, in one query.

        :param bool managed: only those that belong to a channel
        """
        texts, numbers = set(), set()
        for reference in references:
            if isinstance(reference, dict):
                numbers.add(str(reference.get("external_id")))
            elif isinstance(reference, str) and reference:
                texts.add(reference)
        # sudo: an integration has no rights on orders; its role was checked by the public method
        # and its companies are part of the domain.
        return (
            self.env["sale.order"]
            .sudo()
            .search(
                [
                    *([("oms_channel_id", "!=", False)] if managed else []),
                    ("company_id", "in", self.env.companies.ids),
                    "|",
                    ("name", "in", list(texts)),
                    ("oms_external_id", "in", list(texts | numbers)),
                ]
            )
        )

    def _order_named(self, orders, reference, field="order"):
        """Return the one order of ``orders`` that ``reference`` names."""
        if isinstance(reference, dict):
            found = orders.filtered(
                lambda order: order.oms_channel_id.code == reference.get("channel")
                and order.oms_external_id == reference.get("external_id")
            )
        else:
            found = orders.filtered(lambda order: reference in (order.name, order.oms_external_id))
        if not reference or not found:
            raise OmsRefusal(
                "unknown_order",
                self.env._("There is no order %(order)s.", order=str(reference)[:80]),
                field=field,
                next_step=self.env._("Send the order's name, or {channel, external_id}."),
            )
        if len(found) > 1:
            raise OmsRefusal(
                "ambiguous_order",
                self.env._("More than one order is called %(order)s.", order=str(reference)[:80]),
                field=field,
                next_step=self.env._("Send {channel, external_id}."),
            )
        return found

    def _parse_time(self, value, field):
        """Return an ISO 8601 time with offset as naive UTC; ``None`` for nothing.

        :raise OmsRefusal: ``bad_time``
        """
        if value in (None, False, ""):
            return None
        try:
            moment = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
            if moment.tzinfo is None:
                raise ValueError("no offset")
            return moment.astimezone(timezone.utc).replace(tzinfo=None, microsecond=0)
        except (ValueError, OverflowError):
            raise OmsRefusal(
                "bad_time",
                self.env._("%(value)s is not a time.", value=str(value)[:40]),
                field=field,
                next_step=self.env._("Use ISO 8601 with an offset: 2026-07-01T09:12:00+07:00."),
            ) from None
