from odoo import fields, models
from odoo.fields import Domain

from ..engine import period

MONTHS = 12


class OmsReportDashboard(models.AbstractModel):
    """Net sales of the last months by channel, and how they tie out to the ledger."""

    _inherit = "oms.report.dashboard"

    def _sales_domain(self, companies, span, channel=None):
        """Return the domain on ``oms.report.sales`` of the net sales of a period.

        What a figure counts and what a click on it opens are this one domain.

        :param channel: an ``oms.channel`` (empty: not allocated), or ``None`` for all of them
        """
        domain = self._income_domain(companies, span) & Domain("kind", "!=", "other")
        if channel is not None:
            domain &= Domain("channel_id", "=", channel.id)
        return domain

    def _income_domain(self, companies, span):
        return (
            Domain("company_id", "in", companies.ids)
            & Domain("date", ">=", fields.Date.to_string(span.since))
            & Domain("date", "<", fields.Date.to_string(span.until))
        )

    def _ledger_domain(self, companies, span):
        """Return the domain on ``account.move.line`` of the income accounts of a period."""
        return (
            self._income_domain(companies, span)
            & Domain("parent_state", "=", "posted")
            & Domain("account_id.account_type", "in", self.env["oms.report.sales"]._account_types())
        )

    def _sales_blocks(self, today):
        """Return one block per currency of the companies.

        :return: ``[{currency_id, months, this_month, last_month, last_month_to_date, channels,
            ledger}]``; a figure is ``{amount, domain}``, ``months`` is oldest first and each
            channel has one figure per month in ``months``
        """
        months = period.months(today, MONTHS)
        window = period.Period(months[0].since, months[-1].until)
        same_days = period.month_to_date(today, -1)
        companies = self.env.companies
        amounts, other = self._read_sales(companies, window)
        before = self._read_same_days(companies, same_days)
        ledger = dict(
            self.env["account.move.line"]._read_group(
                self._ledger_domain(companies, window), ["company_currency_id"], ["balance:sum"]
            )
        )
        blocks = []
        for currency in companies.currency_id:
            mine = companies.filtered(lambda company, money=currency: company.currency_id == money)
            block = self._sales_block(
                mine, months, amounts.get(currency, {}), before.get(currency, {}), same_days
            )
            total = currency.round(sum(figure["amount"] for figure in block["months"]))
            block["currency_id"] = currency.id
            block["companies"] = mine.mapped("name")
            block["ledger"] = self._tie_out(
                mine, window, total, other.get(currency, 0.0), -ledger.get(currency, 0.0)
            )
            blocks.append(block)
        return blocks

    def _read_sales(self, companies, window):
        """Return ``{currency: {(channel, first of month): net sales}}`` and other income."""
        amounts, other = {}, {}
        for currency, channel, month, kind, amount in self.env["oms.report.sales"]._read_group(
            self._income_domain(companies, window),
            ["currency_id", "channel_id", "date:month", "kind"],
            ["amount:sum"],
        ):
            if kind == "other":
                other[currency] = other.get(currency, 0.0) + amount
            else:
                known = amounts.setdefault(currency, {})
                known[channel, month] = known.get((channel, month), 0.0) + amount
        return amounts, other

    def _read_same_days(self, companies, span):
        """Return ``{currency: {channel: net sales}}`` of a part of a month."""
        result = {}
        for currency, channel, amount in self.env["oms.report.sales"]._read_group(
            self._sales_domain(companies, span), ["currency_id", "channel_id"], ["amount:sum"]
        ):
            result.setdefault(currency, {})[channel] = amount
        return result

    def _sales_block(self, companies, months, amounts, before, same_days):
        currency = companies.currency_id

        def figure(span, amount, channel=None):
            domain = self._sales_domain(companies, span, channel)
            return {"amount": currency.round(amount), "domain": list(domain)}

        def row(channel):
            cells = [
                figure(month, amounts.get((channel, month.since), 0.0), channel) for month in months
            ]
            return {
                "id": channel.id,
                "name": channel.name or False,
                "months": cells,
                "this_month": cells[-1],
                "last_month": cells[-2],
                "last_month_to_date": figure(same_days, before.get(channel, 0.0), channel),
            }

        sold = self.env["oms.channel"].union(*(channel for channel, _month in amounts))
        channels = [row(channel) for channel in sold.sorted(lambda channel: channel.sequence)]
        none = self.env["oms.channel"]
        if any(not channel for channel, _month in amounts):
            channels.append(row(none))
        totals = [
            {
                **figure(month, sum(row["months"][index]["amount"] for row in channels)),
                "since": fields.Date.to_string(month.since),
            }
            for index, month in enumerate(months)
        ]
        return {
            "months": totals,
            "this_month": totals[-1],
            "last_month": totals[-2],
            "last_month_to_date": {
                **figure(same_days, sum(before.values())),
                "since": fields.Date.to_string(same_days.since),
                "until": fields.Date.to_string(same_days.until),
            },
            "channels": channels,
        }

    def _tie_out(self, companies, window, net_sales, other, ledger):
        """Compare what is shown with the income accounts, read from the ledger on their own."""
        currency = companies.currency_id
        other, ledger = currency.round(other), currency.round(ledger)
        difference = currency.round(net_sales + other - ledger)
        return {
            "since": fields.Date.to_string(window.since),
            "until": fields.Date.to_string(window.until),
            "net_sales": net_sales,
            "other": other,
            "ledger": ledger,
            "difference": difference,
            "tied": currency.is_zero(difference),
            "net_domain": list(self._sales_domain(companies, window)),
            "other_domain": list(
                self._income_domain(companies, window) & Domain("kind", "=", "other")
            ),
            "ledger_domain": list(self._ledger_domain(companies, window)),
        }
