from odoo import api, fields, models


class SaleOrder(models.Model):
    """What the board, the lists and the order form show."""

    _inherit = "sale.order"

    oms_recipient = fields.Char(string="Recipient", compute="_compute_oms_recipient")
    oms_stage_age = fields.Char(string="For", compute="_compute_oms_stage_age")
    oms_late = fields.Boolean(string="Past Its Target", compute="_compute_oms_late")
    oms_attention = fields.Selection(
        [("held", "On hold"), ("waiting", "Needs us"), ("moving", "Moving"), ("done", "Done")],
        string="Attention",
        readonly=True,
        copy=False,
        help="Whether somebody here has to act; follows the stage and the holds.",
    )
    # The name that the status bar's widget reads.
    duration_tracking = fields.Json(
        string="Seconds per Stage", compute="_compute_duration_tracking"
    )
    oms_fulfillment_count = fields.Integer(
        string="Fulfilment Count", compute="_compute_oms_fulfillment_count"
    )

    @api.depends("oms_ship_to", "partner_shipping_id")
    def _compute_oms_recipient(self):
        for order in self:
            sent = order.oms_ship_to or {}
            name = sent.get("name") or order.partner_shipping_id.name or ""
            city = sent.get("city") or order.partner_shipping_id.city
            order.oms_recipient = f"{name}, {city}" if city else name

    @api.depends("oms_stage_since")
    def _compute_oms_stage_age(self):
        """How long the order has been in its stage, in the unit a person would use."""
        now = fields.Datetime.now()
        for order in self:
            order.oms_stage_age = False
            if order.oms_stage_since:
                minutes = int((now - order.oms_stage_since).total_seconds() // 60)
                if minutes < 60:
                    order.oms_stage_age = self.env._("%(n)s min", n=max(minutes, 0))
                elif minutes < 24 * 60:
                    order.oms_stage_age = self.env._("%(n)s h", n=minutes // 60)
                else:
                    days, hours = divmod(minutes // 60, 24)
                    order.oms_stage_age = self.env._("%(d)s d %(h)s h", d=days, h=hours)

    @api.depends("oms_stage_since")
    def _compute_duration_tracking(self):
        """``{stage id: seconds}`` that the order has spent in each stage, from its log."""
        managed = self.filtered("oms_channel_id")
        seconds = {order.id: {} for order in managed}
        # sudo: whoever may read the order may know its times.
        logs = self.env["oms.stage.log"].sudo()
        moments = logs.search_fetch(
            [("order_id", "in", managed.ids)], ["order_id", "to_stage_id", "at"], order="at, id"
        )
        for order, rows in moments.grouped("order_id").items():
            ends = [row.at for row in rows[1:]] + [fields.Datetime.now()]
            spent = seconds[order.id]
            for row, end in zip(rows, ends, strict=True):
                key = row.to_stage_id.id
                spent[key] = spent.get(key, 0) + int((end - row.at).total_seconds())
        for order in self:
            order.duration_tracking = seconds.get(order.id) or False

    @api.depends("oms_stage_since", "oms_stage_id")
    def _compute_oms_late(self):
        now = fields.Datetime.now()
        for order in self:
            hours = order.oms_stage_id.sla_hours
            order.oms_late = bool(
                hours
                and order.oms_stage_since
                and fields.Datetime.add(order.oms_stage_since, hours=hours) < now
            )

    def _compute_oms_fulfillment_count(self):
        # sudo: a count on the form, also for salespeople without a role here.
        counts = dict(
            self.env["oms.fulfillment"]
            .sudo()
            ._read_group([("order_id", "in", self.ids)], ["order_id"], ["__count"])
        )
        for order in self:
            order.oms_fulfillment_count = counts.get(order, 0)

    # ACTIONS

    def action_oms_holds(self):
        """Release or reject the active holds of this order."""
        self.ensure_one()
        return self._oms_active_holds().sudo(False).action_release()

    @api.readonly
    def action_oms_fulfillments(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "oms_fulfillment.action_oms_fulfillment"
        )
        return {**action, "domain": [("order_id", "=", self.id)], "context": {}}

    @api.readonly
    def action_oms_returns(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("oms_fulfillment.action_oms_returns")
        return {**action, "domain": [("order_id", "=", self.id)], "context": {}}

    @api.readonly
    def action_oms_timeline(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Timeline of %(order)s", order=self.name),
            "res_model": "oms.stage.log",
            "view_mode": "list",
            "domain": [("order_id", "=", self.id)],
        }


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    oms_progress = fields.Char(string="Units in Words", compute="_compute_oms_units")
    oms_units = fields.Json(string="Units", compute="_compute_oms_units")

    def _compute_oms_units(self):
        """Where the units of the line are: ``{bucket: units}``, and "2 reserved, 3 shipped"."""
        line_buckets = self.filtered("order_id.oms_channel_id")._oms_buckets()
        labels = {
            "unallocated": self.env._("waiting"),
            "reserved": self.env._("reserved"),
            "picked": self.env._("picked"),
            "packed": self.env._("packed"),
            "shipped": self.env._("shipped"),
            "delivered": self.env._("delivered"),
            "accepted": self.env._("accepted"),
            "cancelled": self.env._("cancelled"),
        }
        for line in self:
            units = line_buckets.get(line.id)
            known = units.as_dict() if units else {}
            line.oms_units = {name: known[name] for name in labels if known.get(name)}
            line.oms_progress = ", ".join(
                f"{known[name]:g} {label}" for name, label in labels.items() if known.get(name)
            )
