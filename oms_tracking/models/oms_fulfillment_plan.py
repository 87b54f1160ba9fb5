from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal

from .oms_fulfillment import EPSILON


class OmsFulfillment(models.Model):
    """Parcels before they leave: labels are printed and bookings are made for them.

    A planned parcel has no time of hand-over yet. Nothing that happens after the hand-over (the
    order's stage, deliveries, what the channel hears) looks at it.
    """

    _inherit = "oms.fulfillment"

    def _plan_parcels(self):
        """Return the parcels of these fulfilments, and make one where there is none.

        Fulfilments in the parcel of another share its parcels. May be called again and again,
        also by two people at once: the second one waits, and finds the parcel.
        """
        # sudo: whoever may pack or print may have the parcel; the callers checked the role.
        works = (self.lead_id | self.filtered(lambda work: not work.lead_id)).sudo()
        bare = works.filtered(lambda work: not work._outbound_parcels())
        if bare:
            bare._lock_plan()
            for work in bare:
                for vals in work._prepare_plan():
                    self.env["oms.shipment"].sudo().create(
                        {**work._prepare_parcel_vals({}, []), **vals}
                    )
        return works._outbound_parcels().with_env(self.env)

    def _prepare_plan(self):
        """Return contents and weight of each parcel: one per package, or one for everything."""
        lines = (self | self.follower_ids).picking_id.move_line_ids.filtered("quantity")
        packages = lines.result_package_id
        if len(packages) > 1 and all(line.result_package_id for line in lines):
            groups = lines.grouped("result_package_id").items()
            return [
                {
                    "weight_kg": package.shipping_weight,
                    "line_ids": [
                        fields.Command.create(vals) for vals in self._prepare_packed(packed)
                    ],
                }
                for package, packed in groups
            ]
        contents = self._prepare_contents([], self._unpacked_units(), whole=True)
        weight = packages.shipping_weight if len(packages) == 1 else 0.0
        return [
            {
                "weight_kg": weight,
                "line_ids": [fields.Command.create(line) for line in contents],
            }
        ]

    def _prepare_packed(self, lines):
        """Return the contents of one package."""
        units = {}
        for line in lines:
            sale_line = line.move_id.sale_line_id
            if sale_line:
                key = (sale_line.id, line.product_id.id)
                units[key] = units.get(key, 0.0) + line.quantity_product_uom
        return [
            {"sale_line_id": sale_line_id, "product_id": product_id, "quantity": quantity}
            for (sale_line_id, product_id), quantity in units.items()
        ]

    def _lock_plan(self):
        """Whoever else plans the same parcels collides here and is tried again."""
        self.env.execute_query(
            SQL(
                "UPDATE oms_fulfillment SET write_date = NOW() AT TIME ZONE 'UTC' "
                "WHERE id IN (SELECT id FROM oms_fulfillment WHERE id = ANY(%s) "
                "ORDER BY id FOR UPDATE) RETURNING id",
                self.ids,
            )
        )

    def _planned_parcels(self):
        return self._outbound_parcels().filtered(lambda parcel: not parcel.shipped_at)

    # LEAVING

    def _leave_planned(self):
        """Planned parcels leave with the transfer; a single one holds everything that left."""
        planned = self._planned_parcels()
        if not planned or not self.handed_over_at:
            return
        if len(self._outbound_parcels()) == 1:
            self._refill(planned)
        # What was planned for the goods of an order that left in a parcel of its own.
        orders = (self | self.follower_ids).order_id
        planned.line_ids.filtered(lambda line: line.order_id not in orders).unlink()
        planned.write({"shipped_at": self.handed_over_at})
        self._deliver_by_parcels()

    def _refill(self, parcel):
        shipped = self._shipped_units()
        held = {}
        for line in parcel.line_ids:
            key = (line.sale_line_id, line.product_id)
            held[key] = held.get(key, 0.0) + line.quantity
        if any(abs(shipped.get(key, 0) - held.get(key, 0)) > EPSILON for key in {*shipped, *held}):
            parcel.line_ids.unlink()
            contents = self._prepare_contents([], dict(shipped), whole=True)
            parcel.line_ids = [fields.Command.create(line) for line in contents]

    def _sync_state(self):
        """Override of ``oms_fulfillment``: nobody waits for the parcel of a cancelled transfer."""
        before = self.filtered(lambda work: work.state != "cancelled")
        result = super()._sync_state()
        cancelled = before.filtered(lambda work: work.state == "cancelled")
        if cancelled:
            # sudo: a consequence of the cancelled transfer, whoever cancelled it.
            planned = cancelled.sudo()._planned_parcels()
            planned._record_own_event("cancelled", text=self.env._("The transfer was cancelled"))
        return result

    # LABELS

    def action_print_labels(self):
        """Button: plan parcels where there are none, and print their labels in pick order."""
        self._check_work_access()
        return self._plan_parcels().action_print_labels()

    def _oms_pack_label(self):
        """Override of ``oms_fulfillment``: the labels of a parcel that was just closed.

        A label that can't be printed says why; the parcel stays packed all the same.
        """
        self.ensure_one()
        try:
            return self._plan_parcels().action_print_labels()
        except OmsRefusal as refusal:
            return {
                "type": "ir.actions.client",
                "tag": "display_notification",
                "params": {"type": "danger", "sticky": True, "message": str(refusal)},
            }
