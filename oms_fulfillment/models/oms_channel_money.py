from odoo import api, fields, models

from ..adapters.settlement.families import FAMILIES, OWN, root


class OmsChannel(models.Model):
    """How a channel's payouts are compared and booked."""

    _inherit = "oms.channel"

    settle_tolerance = fields.Monetary(
        string="Tolerance",
        default=1.0,
        help="A payout that differs from its order by no more than this agrees with it; the "
        "difference is booked as rounding.",
    )
    settle_tolerance_percent = fields.Float(
        string="Tolerance (%)", help="The larger of both counts; a share of what was expected."
    )
    settle_after_days = fields.Integer(
        string="Post After (days)",
        help="A payout waits for so many days, in which later files may still adjust it, before "
        "it is posted. 0 posts it at once.",
    )
    check_fees = fields.Boolean(
        string="Check the Fees", help="Show payouts whose fees are not the expected percentage."
    )
    payout_days = fields.Integer(
        string="Days Until Payout",
        default=7,
        help="Money that the marketplace or the courier holds is overdue so many days after the "
        "delivery.",
    )
    fee_account_ids = fields.One2many("oms.fee.account", "channel_id", string="Fee Accounts")

    _settle_positive = models.Constraint(
        "CHECK(LEAST(settle_tolerance, settle_tolerance_percent, settle_after_days, payout_days)"
        " >= 0)",
        lambda env, diag: env._("Tolerances and days of a channel can't be negative."),
    )

    def _account_of_fee(self, family):
        """Return the account of a fee: that of its family, else the channel's fee account."""
        own = self.fee_account_ids.filtered(lambda fee: fee.family == root(family))
        return own.account_id or self.fee_account_id


class OmsFeeAccount(models.Model):
    """The account of one family of a channel's fees, such as tax that was withheld."""

    _name = "oms.fee.account"
    _description = "Account of Fees"
    _order = "channel_id, family"
    _rec_name = "family"
    _check_company_auto = True

    channel_id = fields.Many2one("oms.channel", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="channel_id.company_id", store=True, index=True)
    family = fields.Selection(selection="_selection_family", required=True)
    account_id = fields.Many2one(
        "account.account",
        required=True,
        check_company=True,
        domain="[('account_type', 'not in', "
        "('asset_receivable', 'liability_payable', 'asset_cash', 'off_balance'))]",
    )

    _family_uniq = models.Constraint(
        "UNIQUE(channel_id, family)",
        lambda env, diag: env._("This family of fees has an account already."),
    )

    @api.model
    def _selection_family(self):
        names = {
            "affiliate": self.env._("Affiliates"),
            "ads": self.env._("Advertising"),
            "campaign": self.env._("Campaigns"),
            "withholding_tax": self.env._("Tax withheld (PPh)"),
            "admin": self.env._("Administration fee"),
            "tax": self.env._("Other taxes"),
            "adjustment": self.env._("Adjustments and compensations"),
            "commission": self.env._("Commission"),
            "fulfilment": self.env._("Warehousing by the channel"),
            "service": self.env._("Service fee"),
            "processing": self.env._("Order processing fee"),
            "shipping": self.env._("Shipping"),
            "insurance": self.env._("Insurance"),
            "payment": self.env._("Payment fee"),
            "promo": self.env._("Promotions and subsidies"),
            "refund": self.env._("Refunds"),
            "other": self.env._("Other fees"),
            "rounding": self.env._("Rounding"),
            "unexplained": self.env._("Unexplained"),
            "variance": self.env._("Accepted differences"),
        }
        return [(family, names[family]) for family in (*FAMILIES, *OWN)]
