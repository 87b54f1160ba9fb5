from odoo import api, fields, models, tools
from odoo.tools import SQL, format_date

from ..exceptions import OmsRefusal


class OmsPreorder(models.Model):
    """Goods that are sold before they are there: at most so many, and none leaves before a day."""

    _name = "oms.preorder"
    _description = "Pre-order"
    _order = "release_date desc, id desc"
    _rec_name = "product_id"
    _check_company_auto = True

    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    product_id = fields.Many2one(
        "product.product",
        required=True,
        check_company=True,
        index=True,
        ondelete="cascade",
        domain="[('type', '=', 'consu'), ('sale_ok', '=', True)]",
    )
    channel_id = fields.Many2one(
        "oms.channel",
        check_company=True,
        index="btree_not_null",
        ondelete="cascade",
        help="Empty: all channels that have no pre-order of their own share this one.",
    )
    release_date = fields.Datetime(
        string="Released On", required=True, help="Nothing is reserved or leaves before."
    )
    cap = fields.Float(
        digits="Product Unit", required=True, help="Units that may be sold before that day."
    )
    sold = fields.Float(compute="_compute_sold", digits="Product Unit")
    left = fields.Float(compute="_compute_sold", digits="Product Unit")

    _scope_uniq = models.UniqueIndex(
        "(company_id, product_id, COALESCE(channel_id, 0)) WHERE active",
        lambda env, diag: env._("This product already has a pre-order there."),
    )
    _cap_positive = models.Constraint(
        "CHECK(cap > 0)", lambda env, diag: env._("Sell at least one unit, or archive it.")
    )

    def _compute_sold(self):
        sold = self._sold()
        for preorder in self:
            preorder.sold = sold.get(preorder.id, 0.0)
            preorder.left = max(preorder.cap - preorder.sold, 0.0)

    # CRUD: what is on sale is kept in memory

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        result = super().write(vals)
        if {"release_date", "active", "cap"} & set(vals):
            # sudo: who sets a date need not see the orders that wait for it.
            self.env["sale.order"].sudo().search(
                [("order_line", "any", [("oms_preorder_id", "in", self.ids)])]
            )._oms_touch()
        return result

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    # BUSINESS

    @api.model
    @tools.ormcache()
    def _on_sale(self):
        """Return ``{(company id, product id, channel id or False): (id, release date)}``."""
        # sudo: the answer is a date.
        records = self.sudo().search([("active", "=", True)])
        return {
            (one.company_id.id, one.product_id.id, one.channel_id.id): (one.id, one.release_date)
            for one in records
        }

    @api.model
    def _find(self, company_id, product_id, channel_id):
        """Return ``(id, release date)`` of the pre-order that holds now, or ``(None, None)``."""
        on_sale = self._on_sale()
        for channel in (channel_id, False) if on_sale else ():
            found = on_sale.get((company_id, product_id, channel))
            if found:
                return found if found[1] > fields.Datetime.now() else (None, None)
        return None, None

    def _sold(self):
        """Return ``{id: units}`` on confirmed orders, in the product's own unit."""
        if not self.ids:
            return {}
        self.env["sale.order.line"].flush_model()
        self.env["sale.order"].flush_model(["state"])
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT line.oms_preorder_id,
                           SUM((line.product_uom_qty - COALESCE(line.oms_qty_cancelled, 0))
                               * line_uom.factor / uom.factor)
                      FROM sale_order_line line
                      JOIN sale_order ON sale_order.id = line.order_id
                      JOIN uom_uom line_uom ON line_uom.id = line.product_uom_id
                      JOIN product_product product ON product.id = line.product_id
                      JOIN product_template template ON template.id = product.product_tmpl_id
                      JOIN uom_uom uom ON uom.id = template.uom_id
                     WHERE line.oms_preorder_id = ANY(%s) AND sale_order.state = 'sale'
                  GROUP BY line.oms_preorder_id
                    """,
                    list(self.ids),
                )
            )
        )

    def _lock(self):
        """Who sells at the same moment starts again and sees what the first one sold."""
        self.env.cr.execute(
            SQL(
                "UPDATE oms_preorder SET id = id WHERE id IN"
                " (SELECT id FROM oms_preorder WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE)",
                list(self.ids),
            ),
            log_exceptions=False,
        )

    def _check_cap(self):
        """Refuse what has been sold too much. Called under :meth:`_lock`.

        :raise OmsRefusal: ``preorder_full``
        """
        sold = self._sold()
        for preorder in self:
            units = sold.get(preorder.id, 0.0)
            if preorder.product_id.uom_id.compare(units, preorder.cap) > 0:
                raise OmsRefusal(
                    "preorder_full",
                    self.env._(
                        "%(product)s is sold before it is there, at most %(cap)s units; "
                        "this would make %(units)s.",
                        product=preorder.product_id.display_name,
                        cap=f"{preorder.cap:g}",
                        units=f"{units:g}",
                    ),
                    field="lines",
                    next_step=self.env._(
                        "Raise the number of the pre-order, or take the order from %(date)s on.",
                        date=format_date(
                            self.env,
                            preorder.company_id._oms_local_date(preorder.release_date),
                        ),
                    ),
                )


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _oms_not_before(self, channel):
        """The day on which a pre-order of this product is released."""
        found = self.env["oms.preorder"]._find(channel.company_id.id, self.id, channel.id)
        return found[1] or super()._oms_not_before(channel)
