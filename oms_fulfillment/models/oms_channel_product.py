from decimal import Decimal

from odoo import api, fields, models

from .oms_sku_match import Match, Part


class OmsChannelProduct(models.Model):
    """What a channel's SKU means here: learnt once, used for every order after."""

    _name = "oms.channel.product"
    _description = "Channel Product"
    _order = "channel_id, sku, id"
    _rec_name = "sku"
    _check_company_auto = True

    channel_id = fields.Many2one("oms.channel", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="channel_id.company_id", store=True, index=True)
    sku = fields.Char(
        string="Channel SKU",
        required=True,
        help="Exactly as the channel writes it, upper and lower case.",
    )
    product_id = fields.Many2one(
        "product.product",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        domain="[('sale_ok', '=', True)]",
    )
    quantity = fields.Float(
        string="Units per SKU",
        digits="Product Unit",
        default=1.0,
        required=True,
        help="How many units of the product one unit of the SKU holds: 3 for a pack of three.",
    )
    component_ids = fields.One2many(
        "oms.channel.product.component",
        "mapping_id",
        string="Also in the Bundle",
        help="Other products that one unit of the SKU holds.",
    )
    contents = fields.Char(compute="_compute_contents")

    _sku_uniq = models.UniqueIndex(
        "(channel_id, sku)",
        lambda env, diag: env._("This SKU of the channel already has a product."),
    )
    _quantity_positive = models.Constraint(
        "CHECK(quantity > 0)",
        lambda env, diag: env._("A SKU must hold more than zero units of its product."),
    )

    @api.depends("product_id", "quantity", "component_ids.product_id", "component_ids.quantity")
    def _compute_contents(self):
        for mapping in self:
            mapping.contents = Match(mapping._parts()).contents if mapping.product_id else False

    # CRUD

    @api.model_create_multi
    def create(self, vals_list):
        mappings = super().create([self._clean(vals) for vals in vals_list])
        mappings._replay_waiting()
        return mappings

    def write(self, vals):
        result = super().write(self._clean(vals))
        if {"sku", "product_id", "quantity", "channel_id", "component_ids"} & set(vals):
            self._replay_waiting()
        return result

    @api.model
    def _clean(self, vals):
        return {**vals, "sku": vals["sku"].strip()} if vals.get("sku") else vals

    # BUSINESS

    def _parts(self):
        """Return what one unit of the SKU consists of, as ``Part`` values, the main one first."""
        self.ensure_one()
        return (
            Part(self.product_id, Decimal(repr(self.quantity))),
            *(
                Part(item.product_id, Decimal(repr(item.quantity)), item.free)
                for item in self.component_ids
            ),
        )

    def _replay_waiting(self):
        """Process the incoming orders that waited for these SKUs."""
        if not self:
            return
        self.flush_recordset()
        # sudo: who may map a SKU may let its orders through; the query is limited to the channels
        # of these very mappings.
        waiting = self.env["oms.intake"].sudo()
        for channel, mappings in self.grouped("channel_id").items():
            waiting |= waiting._waiting_for_skus(channel, mappings.mapped("sku"))
        waiting._process()
