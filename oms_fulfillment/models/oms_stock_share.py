from odoo import api, fields, models, tools
from odoo.tools import SQL

from ..engine.share import NOBODY, Share, Shares


class OmsStockShare(models.Model):
    """Units that are kept for one channel, or for customers with one tag."""

    _name = "oms.stock.share"
    _inherit = ["oms.stock.rule"]
    _description = "Stock Share"
    _order = "company_id, sequence, id"
    _check_company_auto = True

    sequence = fields.Integer(default=10, help="Where stock is short, the first ones are filled.")
    channel_id = fields.Many2one(
        string="For Channel", help="Orders of this channel may take these units."
    )
    partner_category_id = fields.Many2one(
        "res.partner.category",
        string="For Customers With Tag",
        index="btree_not_null",
        ondelete="cascade",
        help="Orders of customers with this tag, or whose company has it, may take these units.",
    )
    percent = fields.Float(help="Rounded down to a whole unit.")
    kept = fields.Float(
        string="Kept Now",
        digits="Product Unit",
        compute="_compute_kept",
        help="What is left of it for orders to come: what open orders have taken is off. Of shares "
        "for one product only.",
    )

    _scope_uniq = models.UniqueIndex(
        "(company_id, COALESCE(channel_id, 0), COALESCE(partner_category_id, 0),"
        " COALESCE(product_id, 0), COALESCE(category_id, 0), COALESCE(warehouse_id, 0))"
        " WHERE active",
        lambda env, diag: env._("Another share already says how much is kept for them there."),
    )
    _one_holder = models.Constraint(
        "CHECK(num_nonnulls(channel_id, partner_category_id) = 1)",
        lambda env, diag: env._("Keep it for a channel or for a customer tag: choose one."),
    )

    @api.depends("channel_id", "partner_category_id", "product_id", "category_id", "warehouse_id")
    def _compute_display_name(self):
        for share in self:
            scope = (
                share.channel_id or share.partner_category_id,
                share.product_id or share.category_id,
                share.warehouse_id,
            )
            share.display_name = ", ".join(record.display_name for record in scope if record)

    def _compute_kept(self):
        single = self.filtered(lambda share: share.product_id and share.active)
        (self - single).kept = 0.0
        for company, shares in single.grouped("company_id").items():
            # sudo: who may read the share may see what is left of it.
            stock = self.env["product.product"].sudo().with_company(company)
            known = stock._oms_stock(
                shares.product_id.ids,
                self.env["stock.warehouse"].sudo().search([("company_id", "=", company.id)]).ids,
            )
            for share in shares:
                share.kept = sum(
                    figures.pool.kept.get(share._holder(), 0.0)
                    for place, figures in known[share.product_id.id].items()
                    if figures.pool and share.warehouse_id.id in (False, place)
                )

    # CRUD

    @api.model_create_multi
    def create(self, vals_list):
        shares = super().create(vals_list)
        self._have_stock_shared_again()
        return shares

    def write(self, vals):
        result = super().write(vals)
        self._have_stock_shared_again()
        return result

    def unlink(self):
        result = super().unlink()
        self._have_stock_shared_again()
        return result

    @api.model
    def _have_stock_shared_again(self):
        """What is not kept any more is given to who waits for it."""
        # sudo: a job is only asked to run.
        self.env.ref("oms_fulfillment.cron_allocate").sudo()._trigger()

    # BUSINESS

    @api.model
    @tools.ormcache()
    def _shares(self):
        """Return ``{company id: engine.share.Shares}``."""
        by_company = {}
        # sudo: whoever asks for availability gets the number, not the shares.
        for record in self.sudo().search([("active", "=", True)]):
            known = by_company.setdefault(record.company_id.id, [])
            known.append((record._holder(), record._as_share(len(known))))
        return {company_id: Shares(shares) for company_id, shares in by_company.items()}

    def _holder(self):
        self.ensure_one()
        if self.channel_id:
            return "channel", self.channel_id.id
        return "class", self.partner_category_id.id

    def _as_share(self, rank):
        return Share(rank=(rank,), **self._rule_values())

    @api.model
    def _class_ids(self):
        """Ids of the customer tags that anything is kept for."""
        holders = {holder for shares in self._shares().values() for holder in shares.holders}
        return sorted(key for kind, key in holders if kind == "class")

    @api.model
    def _holders(self, channel_id, partner):
        """The holders of a channel's order for ``partner``; no statement without a share."""
        if not self._shares():
            return NOBODY
        holders = {("channel", channel_id)} if channel_id else set()
        class_ids = self._class_ids()
        if class_ids and partner:
            # sudo: whoever asks gets a number, and need not see the customer.
            partner = partner.sudo()
            tags = (partner | partner.commercial_partner_id).category_id.ids
            holders |= {("class", tag) for tag in tags if tag in class_ids}
        return frozenset(holders)

    @api.model
    def _holders_sql(self):
        """Columns ``(channel, tags)`` of a ``sale_order``, for :meth:`_holders_of_row`."""
        class_ids = self._class_ids()
        if not class_ids:
            return SQL("sale_order.oms_channel_id AS channel, NULL::int[] AS tags")
        return SQL(
            """sale_order.oms_channel_id AS channel,
               ARRAY(SELECT DISTINCT tag.category_id
                       FROM res_partner customer
                       JOIN res_partner_res_partner_category_rel tag
                         ON tag.partner_id IN (customer.id, customer.commercial_partner_id)
                      WHERE customer.id = sale_order.partner_id
                        AND tag.category_id = ANY(%s)
                   ORDER BY 1) AS tags""",
            class_ids,
        )

    @api.model
    def _holders_of_row(self, channel_id, class_ids):
        holders = {("class", tag) for tag in class_ids or ()}
        return frozenset(holders | {("channel", channel_id)} if channel_id else holders)

    def _name_holders(self, holders):
        """Names of holders, for people."""
        # sudo: the names of channels and tags, nothing else of them.
        models_by_kind = {
            "channel": self.env["oms.channel"].sudo(),
            "class": self.env["res.partner.category"].sudo(),
        }
        return [models_by_kind[kind].browse(key).display_name for kind, key in sorted(holders)]


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _oms_holders(self):
        """For whom the stock may be kept that this order may take."""
        self.ensure_one()
        # sudo: which channel an order has is no secret to who reserves for it.
        return self.env["oms.stock.share"]._holders(self.sudo().oms_channel_id.id, self.partner_id)

    def _oms_class_partner(self):
        """The customer, where it matters for what is available who asks; else nobody."""
        self.ensure_one()
        if self.env["oms.stock.share"]._class_ids():
            return self.partner_id
        return self.env["res.partner"]
