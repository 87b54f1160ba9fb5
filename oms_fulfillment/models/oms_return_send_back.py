from odoo import api, fields, models

from ..exceptions import OmsRefusal


class OmsReturn(models.Model):
    """What goes back to the customer: refused goods, repaired goods. No sale and no delivery of
    the order, but a transfer that somebody hands over, and a parcel where parcels are tracked."""

    _inherit = "oms.return"

    goes_back = fields.Boolean(compute="_compute_goes_back", compute_sudo=True)

    @api.depends("picking_ids.state")
    def _compute_goes_back(self):
        for case in self:
            case.goes_back = bool(case._pickings_going_back())

    @api.model
    def send_back(self, items):
        """Hand over what goes back to the customer.

        :param list items: ``{return, courier, service, resi}``; the parcel's facts may be left out
        :return: per item ``{status, id, name, state, order, refund, parcels, errors}``; ``status``
            is ``sent_back``, or ``duplicate`` when nothing waits and something was sent
        """
        self._ensure_role("group_oms_integration", "group_oms_warehouse")

        def handle(item):
            case = self._find_case(item)
            if not case._pickings_going_back() and case._pickings_sent_back():
                return {**case._answer("duplicate"), "parcels": case._sent_back_as_rpc()}
            case._do_send_back(item)
            return {**case._answer("sent_back"), "parcels": case._sent_back_as_rpc()}

        return self.env["oms.rpc"]._run_items(items, handle)

    def action_send_back(self):
        """Button: what goes back to the customer was handed over."""
        self._ensure_role("group_oms_warehouse")
        self.check_access("write")
        for case in self:
            case._do_send_back({})
        return True

    def _do_send_back(self, values):
        """Validate the transfers that wait for it.

        :param dict values: ``{courier, service, resi}`` of the parcel, each may be missing
        :raise OmsRefusal: ``nothing_to_send_back``
        """
        self.ensure_one()
        # sudo: a 3PL's integration has no rights on transfers; its role was checked.
        pickings = self.sudo()._pickings_going_back()
        if not pickings:
            raise OmsRefusal(
                "nothing_to_send_back",
                self.env._("Nothing of %(name)s goes back to the customer.", name=self.name),
                field="return",
                next_step=self.env._("Inspect it with the verdict Back to the customer first."),
            )
        self._register_sent_back(pickings, values)
        for picking in pickings:
            picking.move_ids.picked = True
            picking.with_context(skip_backorder=True, skip_sms=True).button_validate()

    def _pickings_going_back(self):
        return self.picking_ids.filtered(
            lambda picking: picking.oms_send_back and picking.state not in ("done", "cancel")
        )

    def _pickings_sent_back(self):
        return self.picking_ids.filtered(
            lambda picking: picking.oms_send_back and picking.state == "done"
        )

    def _register_sent_back(self, pickings, values):
        """Hook: the parcel in which they travel."""

    def _sent_back_as_rpc(self):
        """Hook: the parcels, as the public methods answer them."""
        return []


class StockPicking(models.Model):
    _inherit = "stock.picking"

    oms_send_back = fields.Boolean(
        string="Back to the Customer",
        copy=False,
        readonly=True,
        help="Brings goods of a return back to its customer: no sale, no delivery of the order.",
    )
