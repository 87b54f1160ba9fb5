from typing import NamedTuple

from odoo import api, fields, models

from ..exceptions import OmsRefusal

SECTIONS = [
    ("company", "Company"),
    ("stock", "Stock and cost"),
    ("sales", "Sales"),
    ("channel", "Channels"),
]
STATES = [
    ("todo", "To do"),
    ("advice", "Recommended"),
    ("ok", "Ready"),
]


class Check(NamedTuple):
    """One thing that was looked at.

    :ivar code: names the check; ``_oms_fix_<code>`` of the company or the channel mends it
    :ivar section: one of :data:`SECTIONS`
    :ivar name: what was looked at
    :ivar why: what goes wrong without it
    :ivar found: the value that was found
    :ivar state: one of :data:`STATES`
    :ivar fix: what the button does, in words; empty where a person must decide
    :ivar record: where a person decides, or an empty recordset
    """

    code: str
    section: str
    name: str
    why: str
    found: str
    state: str
    fix: str = ""
    record: models.BaseModel | None = None


class OmsReadiness(models.TransientModel):  # pylint: disable=no-wizard-in-models
    """The set-up assistant: what the company and its channels need before orders flow, what was
    found, and a button that mends it. Rows are made when the screen is opened."""

    _name = "oms.readiness"
    _description = "Readiness"
    _order = "company_id, sequence, id"

    name = fields.Char(string="Check", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    channel_id = fields.Many2one("oms.channel", readonly=True)
    code = fields.Char(readonly=True)
    section = fields.Selection(SECTIONS, readonly=True)
    sequence = fields.Integer(readonly=True)
    state = fields.Selection(STATES, readonly=True, group_expand=True)
    why = fields.Char(string="Why It Matters", readonly=True)
    found = fields.Char(readonly=True)
    fix = fields.Char(string="What the Button Does", readonly=True)
    res_model = fields.Char(string="Model", readonly=True)
    res_id = fields.Integer(string="Record", readonly=True)

    # OPEN

    @api.model
    def action_open(self):
        """Menu: look at the chosen companies and show what was found."""
        self.check_access("read")
        self._load(self.env.companies)
        return self.env["ir.actions.actions"]._for_xml_id("oms_fulfillment.action_oms_readiness")

    @api.model
    def _load(self, companies):
        """Replace the caller's rows by what is found now."""
        # sudo: rows belong to who makes them; only this method writes them.
        rows = self.sudo()
        rows.search([("create_uid", "=", self.env.uid)]).unlink()
        vals_list = []
        for company in companies:
            for sequence, (channel, check) in enumerate(self._look(company)):
                vals_list.append(self._prepare(company, channel, check, sequence))
        return rows.create(vals_list)

    @api.model
    def _look(self, company):
        """Return ``[(channel, Check)]`` of one company, company checks first."""
        # sudo: a manager sees how settings stand that accountants keep.
        company = company.sudo().with_company(company)
        channels = self.env["oms.channel"].sudo().with_company(company)
        found = [(channels, check) for check in company._oms_checks()]
        if company.chart_template:
            for channel in channels.search([("company_id", "=", company.id)]):
                found += [(channel, check) for check in channel._oms_checks()]
        return found

    @api.model
    def _prepare(self, company, channel, check, sequence):
        record = check.record
        return {
            "company_id": company.id,
            "channel_id": channel.id,
            "code": check.code,
            "section": check.section,
            "sequence": sequence,
            "name": check.name,
            "why": check.why,
            "found": check.found,
            "state": check.state,
            "fix": (check.state != "ok" and check.fix) or False,
            "res_model": record._name if record else False,
            "res_id": record.id if record else False,
        }

    # BUTTONS

    def action_fix(self):
        """Button: mend what these rows name. What is right meanwhile is left alone.

        :raise OmsRefusal: ``access``
        """
        self.check_access("read")
        self._check_accountant()
        for row in self:
            row._fix()
        return self._again()

    def action_fix_all(self):
        """Button above the list: mend everything that has a button."""
        rows = self or self.search([("fix", "!=", False)])
        return rows.filtered("fix").action_fix()

    def _fix(self):
        wanted = (self.channel_id.id, self.code)
        for channel, check in self._look(self.company_id):
            if (channel.id, check.code) == wanted and check.state != "ok" and check.fix:
                # sudo: the roles were checked; only what the check names is written.
                target = channel or self.company_id.sudo()
                company = self.company_id
                target = company._oms_in_language(target.with_company(company))
                getattr(target, f"_oms_fix_{check.code}")()
                break

    def _check_accountant(self):
        """Managers may look; who changes the books' settings must be allowed to."""
        if not self.env.user.has_group("account.group_account_manager"):
            raise OmsRefusal(
                "access",
                self.env._("%(user)s may not change accounting settings.", user=self.env.user.name),
                next_step=self.env._(
                    "Ask somebody who has the role Administrator of Invoicing, or the owner."
                ),
            )

    def action_check_again(self):
        """Button: look again."""
        self.check_access("read")
        return self._again()

    def _again(self):
        self._load(self.env.companies)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_record(self):
        """Button: open the record where a person decides."""
        self.ensure_one()
        if not self.res_model:
            return False
        return self.env[self.res_model].browse(self.res_id)._get_records_action()
