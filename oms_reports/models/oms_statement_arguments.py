import json

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal

from .oms_statement_ageing import AGEINGS
from .oms_statement_line import STATEMENTS

COMPARISONS = ("none", "previous", "year")
# What each kind of report may be asked for, besides its period.
COMPARABLE = {"compare", "periods", "channel_id", "draft", "company_ids"}
MAX_ID = 2**31 - 1


class OmsStatement(models.AbstractModel):
    """A report whose arguments somebody typed says which of them is wrong, and what to send."""

    _inherit = "oms.statement"

    @api.model
    @api.readonly
    def get_table(self, statement=None, unfold=False, **options):
        """Override: arguments that make no report are refused before anything is read.

        :raise OmsRefusal: ``bad_argument``, with the argument in ``field``
        """
        self._check_rights()
        self._check_arguments(statement, options)
        return super().get_table(statement, unfold, **options)

    @api.model
    def _parse_arguments(self, company_id, options):
        """Read what came in an address: the text of a company's id, and of a JSON object.

        :return: ``(company id, arguments of get_table)``
        :raise OmsRefusal: ``bad_argument``
        """
        if not (company_id or "").isdecimal():
            hint = self.env._("Send the database id of a company.")
            self._refuse_argument("company_id", company_id, hint)
        try:
            arguments = json.loads(options or "null")
        except ValueError:
            arguments = None
        if not isinstance(arguments, dict):
            hint = self.env._(
                "Send a JSON object, such as %(example)s.",
                example=json.dumps(
                    {"statement": "income", "date_from": "2026-01-01", "date_to": "2026-01-31"}
                ),
            )
            self._refuse_argument("options", options, hint)
        return int(company_id), arguments

    @api.model
    def _check_arguments(self, statement, options):
        known = {"trial": {"draft"}, "ledger": {"draft", "account_id"}, "vat": set()}
        known |= dict.fromkeys(AGEINGS, set()) | dict.fromkeys(dict(STATEMENTS), COMPARABLE)
        if not isinstance(statement, str) or statement not in known:
            self._refuse_argument("statement", statement, self._one_of(known))
        chosen = options.get("company_ids") or []
        if not isinstance(chosen, list | tuple) or not all(map(self._is_id, chosen)):
            hint = self.env._("Send a list of database ids of companies, such as [1, 2].")
            self._refuse_argument("company_ids", chosen, hint)
        scopes = self._company_scopes(chosen)
        self._refuse_several(statement, scopes)
        names = {"date_from", "date_to", "company_ids"} | known[statement]
        for name in set(options) - names:
            message = self.env._("The argument %(name)s is unknown.", name=name)
            self._refuse_argument(name, None, self._one_of(sorted(names)), message)
        self._check_days(options)
        if statement == "ledger":
            scopes[0]._check_account(options.get("account_id"))
        if options.get("compare", "none") not in COMPARISONS:
            self._refuse_argument("compare", options["compare"], self._one_of(COMPARISONS))
        periods = options.get("periods", 1)
        if type(periods) not in (int, float) or not abs(periods) <= MAX_ID:
            self._refuse_argument("periods", periods, self.env._("Send a number."))
        if options.get("channel_id") and not self._is_id(options["channel_id"]):
            hint = self.env._("Send the database id of a channel, or leave it out.")
            self._refuse_argument("channel_id", options["channel_id"], hint)

    def _check_days(self, options):
        days = []
        for name in ("date_from", "date_to"):
            try:
                day = fields.Date.to_date(options.get(name))
            except (TypeError, ValueError):
                day = None
            if not day:
                hint = self.env._("Send a day as YYYY-MM-DD, such as 2026-01-31.")
                self._refuse_argument(name, options.get(name), hint)
            days.append(day)
        if days[0] > days[1]:
            hint = self.env._("Send a day that is not after date_to, %(last)s.", last=days[1])
            self._refuse_argument("date_from", options["date_from"], hint)

    def _check_account(self, account_id):
        # sudo: the role was checked; the company is in the domain.
        accounts = self.env["account.account"].sudo().with_context(active_test=False)
        ours = Domain(accounts._check_company_domain(self.env.company))
        if not self._is_id(account_id) or not accounts.search_count(
            ours & Domain("id", "=", account_id), limit=1
        ):
            hint = self.env._(
                "Send the database id of an account of %(company)s.", company=self.env.company.name
            )
            self._refuse_argument("account_id", account_id, hint)

    @api.model
    def _is_id(self, value):
        """Whether ``value`` is a whole number that fits into the database."""
        return type(value) is int and 0 <= value <= MAX_ID

    def _one_of(self, known):
        return self.env._("Send one of: %(known)s.", known=", ".join(known))

    @api.model
    def _refuse_argument(self, name, value, next_step, message=None):
        """Refuse the value of one argument, or with a ``message`` of its own.

        :raise OmsRefusal: ``bad_argument``
        """
        if message is None and value in (None, False, ""):
            message = self.env._("The argument %(name)s is missing.", name=name)
        elif message is None:
            message = self.env._(
                "The argument %(name)s can't be %(value)s.",
                name=name,
                value=json.dumps(value, ensure_ascii=False, default=str)[:80],
            )
        raise OmsRefusal("bad_argument", message, field=name, next_step=next_step)
