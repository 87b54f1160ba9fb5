from odoo import api, models

from ..exceptions import OmsRefusal

MAX_ITEMS = 1000
# What the caller hears for each state of a message.
STATUSES = {
    "accepted": "accepted",
    "updated": "updated",
    "duplicate": "duplicate",
    "quarantined": "quarantined",
    "failed": "error",
    "dead": "error",
    "missing": "error",
    "received": "error",
    "superseded": "duplicate",
}
SERVICES = {
    "shipping": ("shipping_product_id", "OMS-SHIP"),
    "discount": ("discount_product_id", "OMS-DISC"),
}


class OmsChannel(models.Model):
    """What other systems call to bring orders in."""

    _inherit = "oms.channel"

    # PUBLIC METHODS

    @api.model
    def submit_orders(self, channel, orders):
        """Bring orders in. Repeating a call, or part of it, changes nothing.

        :param str channel: code of the channel
        :param list orders: canonical orders (``static/schemas/order.schema.json``), at most 1000
        :return: one dict per order, in order: ``status`` (``accepted``, ``held``: accepted but
            stopped by a hold, ``updated``, ``duplicate``, ``quarantined``: kept until somebody
            repairs what ``errors`` name, ``error``), ``id`` and ``name`` of the sale order (or
            ``False``), ``intake_id``, ``stage``, ``holds``, ``warnings``, ``errors``
        :raise OmsRefusal: ``access``, ``unknown_channel``, ``not_a_list``, ``too_many``
        """
        channel = self._intake_channel(channel)
        self._check_items(orders)
        results = channel.env["oms.intake"]._receive(channel, orders)
        return channel._intake_answers(results)

    @api.model
    @api.readonly
    def validate_orders(self, channel, orders):
        """Say what :meth:`submit_orders` would answer, without storing anything.

        :return: one dict per order: ``status`` (``accepted``, ``updated``, ``duplicate`` or
            ``quarantined``), ``id`` and ``name`` of the order that exists already, ``warnings``,
            ``errors``
        """
        channel = self._intake_channel(channel)
        self._check_items(orders)
        return [
            {
                "status": job.state,
                "id": job.sale.id if job.sale else False,
                "name": job.sale.name if job.sale else False,
                "warnings": job.warnings,
                "errors": self._error_details(job.errors),
            }
            for job in channel.env["oms.intake"]._try_out(channel, orders)
        ]

    @api.model
    def cancel_orders(self, channel, items):
        """Cancel orders that have not left yet.

        :param list items: ``{external_id, reason, at}``; ``reason`` is a text, or the code of a
            cancel reason
        :return: per item ``status`` (``cancelled``, ``duplicate`` when it was cancelled before,
            ``error``), ``id``, ``name``, ``stage``, ``undone`` (sentences), ``errors``
        """
        channel = self._intake_channel(channel)
        self._check_items(items)
        return channel.env["oms.rpc"]._run_items(items, channel._cancel_item)

    # HELPERS

    @api.model
    def _intake_channel(self, code):
        """Return the channel in the environment in which its orders are made.

        sudo (in ``_channel_env``): the caller's role was checked, and the channel is one of the
        caller's companies; an integration has no rights of its own on contacts or orders.
        """
        self._check_integration_access()
        channel = self._get_by_code(code).sudo()
        return channel.with_env(self.env["oms.intake"]._channel_env(channel))

    @api.model
    def _check_items(self, items):
        if not isinstance(items, list | tuple):
            raise OmsRefusal(
                "not_a_list",
                self.env._("A list is expected, not %(kind)s.", kind=type(items).__name__),
                next_step=self.env._("Send a list, even for one item: [{...}]."),
            )
        if len(items) > MAX_ITEMS:
            raise OmsRefusal(
                "too_many",
                self.env._(
                    "%(count)s items are too many for one call.",
                    count=len(items),
                ),
                next_step=self.env._("Send at most %(limit)s at a time.", limit=MAX_ITEMS),
            )

    def _intake_answers(self, results):
        orders = self.env["sale.order"].concat(*(intake.order_id for intake, _known in results))
        self.env["sale.order"]._oms_refresh_touched()
        holds = {}
        for hold in orders._oms_active_holds():
            holds.setdefault(hold.order_id.id, []).append(hold.code_id.code)
        return [self._intake_answer(intake, known, holds) for intake, known in results]

    def _intake_answer(self, intake, known, holds):
        order = intake.order_id
        codes = holds.get(order.id, [])
        status = STATUSES[intake.state]
        if known and status in ("accepted", "updated"):
            status = "duplicate"
        elif status == "accepted" and codes:
            status = "held"
        return {
            "status": status,
            "id": order.id,
            "name": order.name,
            "intake_id": intake.id,
            "stage": order.oms_stage_id.code,
            "holds": codes,
            "warnings": intake.warnings or [],
            "errors": self._error_details(intake.errors),
        }

    @api.model
    def _error_details(self, errors):
        keys = ("code", "field", "message", "next_step")
        return [{key: detail.get(key) for key in keys} for detail in errors or []]

    def _cancel_item(self, item):
        external_id = item.get("external_id")
        order = self.env["sale.order"]
        if isinstance(external_id, str) and external_id.strip():
            order = order.search(
                [("oms_channel_id", "=", self.id), ("oms_external_id", "=", external_id.strip())]
            )
        if not order:
            return self._cancel_waiting(external_id)
        at = self.env["oms.rpc"]._parse_time(item.get("at"), "at")
        reason = str(item.get("reason") or self.env._("Cancelled by the channel"))
        known = self.env["oms.cancel.reason"]._id_of(reason)
        undone = order._oms_channel_cancel(f"{reason} ({at})" if at and not known else reason)
        order._oms_refresh_touched()
        return {
            "status": order._oms_cancel_status(undone),
            "id": order.id,
            "name": order.name,
            "stage": order.oms_stage_id.code,
            "undone": undone,
        }

    def _cancel_waiting(self, external_id):
        """The order never became one: its message is set aside."""
        waiting = self.env["oms.intake"].search(
            [
                ("channel_id", "=", self.id),
                ("external_id", "=", str(external_id).strip()),
                ("attention", "=", True),
            ]
        )
        if not waiting:
            raise OmsRefusal(
                "unknown_order",
                self.env._(
                    "%(channel)s has no order %(order)s.",
                    channel=self.name,
                    order=str(external_id)[:128],
                ),
                field="external_id",
                next_step=self.env._("Check the number, or submit the order first."),
            )
        waiting.action_set_aside()
        sentence = self.env._("The message waited for repair and was set aside.")
        return {"status": "cancelled", "undone": [sentence]}

    # WHAT ORDERS OF THIS CHANNEL NEED

    def _oms_service_product(self, kind):
        """Return the product of shipping or discount lines, made when first needed."""
        self.ensure_one()
        field, code = SERVICES[kind]
        if self[field]:
            return self[field]
        products = self.env["product.product"]
        product = products.search(
            [
                ("default_code", "=", code),
                ("company_id", "in", (False, self.company_id.id)),
                ("type", "=", "service"),
            ],
            limit=1,
        )
        if not product:
            staff = self.company_id._oms_in_language(self)
            names = {
                "shipping": staff.env._("Shipping"),
                "discount": staff.env._("Discount"),
            }
            product = products.create(
                {
                    "name": names[kind],
                    "default_code": code,
                    "type": "service",
                    "invoice_policy": "order",
                    "company_id": self.company_id.id,
                    "list_price": 0,
                    "taxes_id": False,
                }
            )
        self[field] = product
        return product

    def _oms_masked_buyer(self):
        """Return the one contact for buyers whom the channel masks, made when first needed."""
        self.ensure_one()
        if not self.buyer_id:
            staff = self.company_id._oms_in_language(self)
            self.buyer_id = self.env["res.partner"].create(
                {
                    "name": staff.env._("Buyers of %(channel)s", channel=self.name),
                    "company_id": self.company_id.id,
                }
            )
        return self.buyer_id
