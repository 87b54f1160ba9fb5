from odoo import api, fields, models
from odoo.tools import format_amount


class ResPartner(models.Model):
    _inherit = "res.partner"

    oms_store_credit_text = fields.Char(
        string="Store Credit",
        compute="_compute_oms_store_credit_text",
        groups="oms_fulfillment.group_oms_user",
        help="What the customer has left, per currency, in the companies you work for.",
    )

    @api.depends_context("allowed_company_ids")
    def _compute_oms_store_credit_text(self):
        left = {}
        if self.env["oms.channel"]._is_active():
            # sudo: the amounts are shown to who works with orders, not the entries.
            for key, amount in self.env.companies.sudo()._oms_store_credit(self).items():
                partner_id, _company_id, currency_id = key
                amounts = left.setdefault(partner_id, {})
                amounts[currency_id] = amounts.get(currency_id, 0.0) + amount
        for partner in self:
            amounts = left.get(partner.commercial_partner_id.id, {})
            partner.oms_store_credit_text = ", ".join(
                format_amount(self.env, amount, self.env["res.currency"].browse(currency_id))
                for currency_id, amount in amounts.items()
            )

    @api.readonly
    def action_oms_store_credit(self):
        """Button: how the customer's credit came to what it is."""
        action = self.env["ir.actions.actions"]._for_xml_id(
            "oms_fulfillment.action_oms_store_credit"
        )
        return {**action, "domain": [("partner_id", "in", self.commercial_partner_id.ids)]}
