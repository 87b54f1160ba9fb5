from odoo import api, fields, models

from ..exceptions import OmsRefusal
from ..trusted import TRUSTED, is_trusted
from .oms_fulfillment import OPEN_STATES


class OmsFulfillment(models.Model):
    """Several orders of one buyer in one parcel.

    Each order keeps its transfer, its fulfilment, its invoice and its acceptance; only the parcel
    is shared. One fulfilment leads and has the parcel, the others travel in it: whichever of them
    is handed over, all are, and all are delivered with the parcel. The courier collects the cash
    of all of them together; it is booked, and settled, per order.
    """

    _inherit = "oms.fulfillment"

    lead_id = fields.Many2one(
        "oms.fulfillment",
        string="In the Parcel Of",
        readonly=True,
        index="btree_not_null",
        check_company=True,
        ondelete="set null",
    )
    follower_ids = fields.One2many("oms.fulfillment", "lead_id", string="Also in This Parcel")

    # RPC AND BUTTONS

    @api.model
    def merge(self, items):
        """Send fulfilments of one buyer to one address in one parcel.

        :param list items: ``{fulfillments: [names]}``; the first one has the parcel
        :return: per item ``{status, id, name, fulfillments: [names], errors}``; ``status`` is
            ``merged``
        """
        self._check_work_access()

        def merge(item):
            works = self.concat(
                *(self._find_work({"fulfillment": name}) for name in item["fulfillments"])
            )
            lead = works._merge()
            names = (lead | lead.follower_ids).mapped("name")
            return {"status": "merged", "id": lead.id, "name": lead.name, "fulfillments": names}

        return self.env["oms.rpc"]._run_items(items, merge)

    def action_merge(self):
        """Button: the chosen fulfilments travel in one parcel."""
        self._check_work_access()
        self.sorted("id")._merge()
        return True

    def action_unmerge(self):
        """Button: these fulfilments get parcels of their own again."""
        self._check_work_access()
        self.check_access("read")
        # sudo: the role was checked; nothing but the shared parcel is given up.
        works = self.sudo().filtered(lambda work: work.state in OPEN_STATES)
        (works | works.follower_ids).lead_id = False
        return True

    # BUSINESS

    def _merge(self):
        """Let the first fulfilment carry the others; return it.

        :raise OmsRefusal: ``too_few``, ``not_open``, ``on_hold``, ``not_together``, ``cod_apart``
        """
        works = self | self.lead_id | self.follower_ids | self.lead_id.follower_ids
        lead = self[:1].lead_id or self[:1]
        if len(works) < 2:
            raise OmsRefusal(
                "too_few",
                self.env._("One parcel for several needs at least two fulfilments."),
                field="fulfillments",
                next_step=self.env._("Choose the fulfilments of one buyer."),
            )
        for work in works:
            work._ensure_open(work.order_id.order_line.browse())
            work._ensure_together(lead)
        # sudo: the role was checked; only the shared parcel is recorded.
        (works - lead).sudo().lead_id = lead
        lead.sudo().lead_id = False
        return lead

    def _get_parcel_key(self):
        """What must be the same for one parcel: where it leaves, who brings it, where it goes."""
        order = self.order_id.sudo()
        address = order._oms_address()
        place = tuple(
            " ".join(str(address[name] or "").lower().split())
            for name in ("name", "street", "city", "postal_code", "country")
        )
        buyer = order.oms_phone or order.partner_id.commercial_partner_id.id
        return self.company_id, self.warehouse_id, self.carrier_id, buyer, place, order.currency_id

    def _ensure_together(self, lead):
        cash = (self | lead).filtered(lambda work: work.order_id.oms_payment_policy == "cod")
        # sudo: where the cash is booked is the channel's business; the role was checked.
        if len(cash.order_id.sudo().oms_channel_id.cod_journal_id) > 1:
            raise OmsRefusal(
                "cod_apart",
                self.env._(
                    "The cash of %(name)s and of %(lead)s is remitted to different accounts.",
                    name=self.name,
                    lead=lead.name,
                ),
                field="fulfillments",
                next_step=self.env._("Send them in two parcels."),
            )
        if self._get_parcel_key() != lead._get_parcel_key():
            raise OmsRefusal(
                "not_together",
                self.env._(
                    "%(name)s and %(lead)s do not go to the same buyer and address from the same "
                    "warehouse with the same courier.",
                    name=self.name,
                    lead=lead.name,
                ),
                field="fulfillments",
                next_step=self.env._("Make the addresses equal first, or send two parcels."),
            )

    # ONE PARCEL

    def _ship(self, item):
        """Hand over the whole parcel, whichever of its fulfilments was named."""
        lead = self.lead_id or self
        others = lead.follower_ids.filtered(lambda work: work.state in OPEN_STATES)
        if not others or lead.handed_over_at:
            return super()._ship(item)
        empty = others.filtered(lambda work: not any(work.picking_id.move_ids.mapped("quantity")))
        empty.lead_id = False
        others -= empty
        for work in others:
            work._ensure_open(work.order_id.order_line.browse())
        machine = lead.with_context(oms_merged=TRUSTED)
        parcels = super(OmsFulfillment, machine)._ship(item)
        times = {key: item[key] for key in ("picked_at", "packed_at", "shipped_at") if key in item}
        for work in others.with_context(oms_merged=TRUSTED):
            super(OmsFulfillment, work)._ship(times)
        (lead | others).order_id._oms_advance()
        return parcels

    def _set_handed_over(self, at):
        """Who left alone shares no parcel."""
        if not is_trusted(self.env, "oms_merged"):
            for work in self.filtered(lambda work: not work.handed_over_at):
                (work | work.follower_ids).lead_id = False
        return super()._set_handed_over(at)

    def _set_delivered(self, at):
        """A parcel arrives with everything in it."""
        return super(OmsFulfillment, self._sharing())._set_delivered(at)

    def _sharing(self):
        """These fulfilments and all that are in a parcel with them."""
        leads = self | self.lead_id
        return leads | leads.follower_ids
