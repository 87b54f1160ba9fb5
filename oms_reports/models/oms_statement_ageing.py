from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

# What each ageing looks at: how rows and the rows below them are grouped, the age that counts,
# and the sign of a debit.
AGEINGS = {
    "receivable": ("channel_id", "partner_id", "due_bucket", 1),
    "payable": ("partner_id", None, "due_bucket", -1),
    "cod": ("courier_id", "channel_id", "held_bucket", 1),
    "marketplace": ("channel_id", None, "held_bucket", 1),
}
BUCKETS = 5


class OmsStatement(models.AbstractModel):
    """Who owes since when, as of any day: receivables, payables, COD at couriers, balances at
    marketplaces. The total is the balance of the accounts that day."""

    _inherit = "oms.statement"

    @api.model
    def _ageing_titles(self):
        return {
            "receivable": self.env._("Aged Receivables"),
            "payable": self.env._("Aged Payables"),
            "cod": self.env._("COD Outstanding"),
            "marketplace": self.env._("Marketplace Balances"),
        }

    @api.model
    def _bucket_names(self, age):
        if age == "due_bucket":
            return [
                self.env._("Not due"),
                self.env._("1–30 days"),
                self.env._("31–60 days"),
                self.env._("61–90 days"),
                self.env._("> 90 days"),
            ]
        return [
            self.env._("0–7 days"),
            self.env._("8–14 days"),
            self.env._("15–30 days"),
            self.env._("31–60 days"),
            self.env._("> 60 days"),
        ]

    @api.model
    @api.readonly
    def get_ageing(self, report, date_to):
        """Return open items of the current company by age, as of the end of a day.

        Open = booked up to that day less matched up to that day, so a past ageing never changes
        unless somebody posts into that past. Credits that are not used yet stand in brackets.

        :param str report: ``receivable`` by channel and customer, ``payable`` by supplier (both by
            days after the due date), ``cod`` by courier and channel (days since the delivery) or
            ``marketplace`` by channel (days since the money was booked)
        :param str date_to: the day, ``YYYY-MM-DD``
        :return: as :meth:`get_statement`, with ``headings`` in place of ``columns``: one amount
            per bucket and the total. The check compares the total with the accounts' balance.
        :raise AccessError: the caller may not read the books
        """
        self._check_rights()
        group, below, age, sign = AGEINGS[report]
        accounts = self._ageing_accounts(report)
        items = self._open_items(date_to)
        groupby = [group, *([below] if below else []), age]
        lines, children = {}, {}
        for row in items._read_group(
            list(self._ageing_domain(report)), groupby, ["residual:sum"], order=",".join(groupby)
        ):
            record, bucket, amount = row[0], row[-2], sign * row[-1]
            self._add(lines.setdefault(record, [0.0] * (BUCKETS + 1)), bucket, amount)
            if below:
                rows = children.setdefault(record, {})
                self._add(rows.setdefault(row[1], [0.0] * (BUCKETS + 1)), bucket, amount)
        total = [sum(column) for column in zip(*lines.values(), strict=True)]
        total = total or [0.0] * (BUCKETS + 1)
        company = self.env.company
        balance = sign * self._balance_on(accounts, date_to)
        return {
            "statement": report,
            "title": self._ageing_titles()[report],
            "company": company.name,
            "currency_id": company.currency_id.id,
            "draft": False,
            "as_of": date_to,
            "headings": [*self._bucket_names(age), self.env._("Total")],
            "lines": [
                self._ageing_row(record, amounts, children.get(record, {}))
                for record, amounts in lines.items()
            ]
            + [
                {
                    "code": "total",
                    "name": self.env._("Total"),
                    "kind": "total",
                    "level": 0,
                    "amounts": self._rounded(total),
                    "accounts": [],
                }
            ],
            "checks": [
                {
                    "code": f"{report}_ties",
                    "name": self.env._("Open items = balance of the accounts"),
                    "expected": self._rounded([balance]),
                    "actual": self._rounded([total[-1]]),
                    "difference": self._rounded([total[-1] - balance]),
                }
            ],
        }

    def _add(self, amounts, bucket, amount):
        amounts[bucket] += amount
        amounts[-1] += amount

    def _ageing_row(self, record, amounts, children):
        return {
            "code": str(record.id or 0),
            "name": self._ageing_name(record),
            "kind": "accounts",
            "level": 1,
            "amounts": self._rounded(amounts),
            "accounts": [
                {
                    "id": child.id or 0,
                    "code": "",
                    "name": self._ageing_name(child),
                    "amounts": self._rounded(values),
                }
                for child, values in children.items()
                if any(self._rounded(values))
            ],
        }

    def _ageing_name(self, record):
        # sudo: a name; readers of the books need no role in order management.
        return record.sudo().display_name if record else self.env._("Not allocated")

    # ITEMS

    def _open_items(self, date_to):
        items = self.env["oms.open.item"].with_context(oms_as_of=date_to)
        if not items.has_access("read"):
            raise AccessError(
                self.env._(
                    "%(user)s may not read what is owed. Ask for the role OMS: Finance.",
                    user=self.env.user.name,
                )
            )
        return items

    def _ageing_domain(self, report):
        return Domain("company_id", "=", self.env.company.id) & Domain(
            "account_id", "in", self._ageing_accounts(report).ids
        )

    def _ageing_accounts(self, report):
        """The accounts that an ageing adds up, archived ones included."""
        company = self.env.company
        if report in ("cod", "marketplace"):
            name = "cod_journal_id" if report == "cod" else "clearing_journal_id"
            # sudo: the settings of channels and journals say where the money waits.
            channels = (
                self.env["oms.channel"]
                .sudo()
                .with_context(active_test=False)
                .search([("company_id", "=", company.id)])
            )
            return channels[name].inbound_payment_method_line_ids.payment_account_id
        account_type = "asset_receivable" if report == "receivable" else "liability_payable"
        # sudo: readers of the books need no right on the chart of accounts itself.
        return (
            self.env["account.account"]
            .sudo()
            .with_context(active_test=False)
            .search(
                [
                    ("account_type", "=", account_type),
                    ("non_trade", "=", False),
                    ("company_ids", "parent_of", company.ids),
                ]
            )
        )

    def _balance_on(self, accounts, date_to):
        """Debit less credit of accounts at the end of a day, from the journal items alone."""
        [(balance,)] = self.env["account.move.line"]._read_group(
            [
                ("company_id", "=", self.env.company.id),
                ("account_id", "in", accounts.ids),
                ("parent_state", "=", "posted"),
                ("date", "<=", date_to),
            ],
            [],
            ["balance:sum"],
        )
        return balance or 0.0

    # SAME DOORS AS THE STATEMENTS

    @api.model
    @api.readonly
    def get_statement(self, statement, date_from, date_to, *args, **kwargs):
        if statement in AGEINGS:
            return self.get_ageing(statement, date_to)
        return super().get_statement(statement, date_from, date_to, *args, **kwargs)

    @api.model
    @api.readonly
    def get_drill(self, statement, code, column, account_id=None, options=None):
        """Return what a click on an amount opens.

        :param str code: the line, as the report returned it
        :param int column: which column
        :param int account_id: one row below the line
        :param dict options: the arguments of the report
        :return: ``{model, domain, context}``; the rows add up to the amount
        :raise AccessError: the caller may not read the books
        """
        if statement not in AGEINGS:
            domain = self.get_items_domain(statement, code, column, account_id, options)
            return {"model": "account.move.line", "domain": domain, "context": {}}
        self._check_rights()
        group, below, age, _sign = AGEINGS[statement]
        domain = self._ageing_domain(statement)
        if code != "total":
            domain &= Domain(group, "=", int(code) or False)
        if account_id is not None and account_id is not False and below:
            domain &= Domain(below, "=", int(account_id) or False)
        if column < BUCKETS:
            domain &= Domain(age, "=", column)
        return {
            "model": "oms.open.item",
            "domain": list(domain),
            "context": {
                "oms_as_of": fields.Date.to_string(fields.Date.to_date(options["date_to"]))
            },
        }
