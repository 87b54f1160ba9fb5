from odoo import models

from .oms_readiness import Check


def text_of(*sentences):
    return " ".join(filter(None, sentences))


def names(records):
    return ", ".join(records[:3].mapped("display_name"))


class ResCompany(models.Model):
    """What a company needs before orders can be accounted for, and how to mend it."""

    _inherit = "res.company"

    def _oms_checks(self):
        """Return the company's list of :class:`Check`; extended by other addons."""
        self.ensure_one()
        chart = self._oms_check_chart()
        if chart.state != "ok":
            return [chart]
        return [
            chart,
            self._oms_check_timezone(),
            *([self._oms_check_rounding()] if self.currency_id.name == "IDR" else []),
            self._oms_check_valuation(),
            self._oms_check_stock_accounts(),
            self._oms_check_cost_method(),
            self._oms_check_loss(),
            self._oms_check_discount(),
            self._oms_check_downpayment(),
            self._oms_check_payments(),
        ]

    # COMPANY

    def _oms_check_chart(self):
        charts = dict(self._fields["chart_template"]._description_selection(self.env))
        return Check(
            "chart",
            "company",
            self.env._("Chart of accounts"),
            self.env._(
                "Without accounts nothing can be invoiced or paid. Choose the chart of your "
                "country under Invoicing > Configuration > Settings."
            ),
            charts.get(self.chart_template) or self.env._("None"),
            "ok" if self.chart_template else "todo",
            record=self,
        )

    def _oms_check_timezone(self):
        zone = self.partner_id.tz
        return Check(
            "timezone",
            "company",
            self.env._("Time zone"),
            self.env._("Days of payments, cut-offs and reports begin at midnight of this zone."),
            zone or self.env._("None, so UTC is used"),
            "ok" if zone else "todo",
            self.env._("Sets %(zone)s.", zone=self._oms_likely_zone()),
            self.partner_id,
        )

    def _oms_likely_zone(self):
        if self.country_id.code == "ID":
            return "Asia/Jakarta"
        return self.env.user.tz or "UTC"

    def _oms_fix_timezone(self):
        self.partner_id.tz = self._oms_likely_zone()

    def _oms_check_rounding(self):
        currency = self.currency_id
        bad = currency.rounding < 1
        used = bad and currency._has_accounting_entries()
        return Check(
            "rounding",
            "company",
            self.env._("Whole rupiah"),
            text_of(
                self.env._(
                    "Nobody pays in sen: amounts with decimals leave differences of less than "
                    "a rupiah between orders, payouts and the bank."
                ),
                used and self.env._("Odoo refuses to change it once there are entries."),
            ),
            self.env._(
                "%(currency)s is rounded to %(step)s",
                currency=currency.name,
                step=currency.rounding,
            ),
            "ok" if not bad else "advice" if used else "todo",
            "" if used else self.env._("Rounds %(currency)s to 1.", currency=currency.name),
            currency,
        )

    def _oms_fix_rounding(self):
        self.currency_id.rounding = 1.0

    # STOCK AND COST

    def _oms_check_valuation(self):
        periodic = self._oms_periodic_categories()
        kinds = dict(self._fields["inventory_valuation"]._description_selection(self.env))
        found = kinds.get(self.inventory_valuation) or self.env._("None")
        if periodic:
            found = self.env._(
                "%(found)s; otherwise: %(names)s",
                found=found,
                names=names(periodic),
            )
        good = self.inventory_valuation == "real_time" and not periodic
        return Check(
            "valuation",
            "stock",
            self.env._("Cost of goods with every invoice"),
            self.env._(
                "With periodic valuation an invoice posts no cost, so no order shows its "
                "profit. After the change, close the stock valuation once so that the books "
                "start from the stock."
            ),
            found,
            "ok" if good else "todo",
            self.env._("Switches the company and its categories to perpetual valuation."),
            self if not periodic else periodic[:1],
        )

    def _oms_periodic_categories(self):
        return self.env["product.category"].search([("property_valuation", "=", "periodic")])

    def _oms_fix_valuation(self):
        periodic = self._oms_periodic_categories()
        self.inventory_valuation = "real_time"
        self._set_category_defaults()
        (periodic | self._oms_periodic_categories()).property_valuation = "real_time"

    def _oms_check_stock_accounts(self):
        account, journal = self.account_stock_valuation_id, self.account_stock_journal_id
        found = self.env._(
            "Account %(account)s, journal %(journal)s",
            account=account.display_name or "-",
            journal=journal.display_name or "-",
        )
        return Check(
            "stock_accounts",
            "stock",
            self.env._("Account and journal of the stock"),
            self.env._(
                "Perpetual valuation books the goods on this account; without it invoices post no "
                "cost."
            ),
            found,
            "ok" if account and journal else "todo",
            self.env._("Makes what is missing."),
            self,
        )

    def _oms_fix_stock_accounts(self):
        if not self.account_stock_valuation_id:
            self.account_stock_valuation_id = self._oms_new_account(
                "stock", self.env._("Inventory"), "asset_current"
            )
        if not self.account_stock_journal_id:
            journals = self.env["account.journal"]
            self.account_stock_journal_id = journals.search(
                [("company_id", "=", self.id), ("type", "=", "general"), ("code", "=", "STJ")],
                limit=1,
            ) or journals.create(
                {
                    "name": self.env._("Inventory Valuation"),
                    "code": "STJ",
                    "type": "general",
                    "company_id": self.id,
                }
            )
        self._set_category_defaults()

    def _oms_check_cost_method(self):
        methods = dict(self._fields["cost_method"]._description_selection(self.env))
        average = self.env["product.category"].search([("property_cost_method", "=", "average")])
        bad = self.cost_method == "average" or bool(average)
        used = bad and self._oms_has_moved_goods()
        found = methods[self.cost_method]
        if average:
            found = self.env._(
                "%(found)s; average: %(names)s",
                found=found,
                names=names(average),
            )
        return Check(
            "cost_method",
            "stock",
            self.env._("Cost method"),
            text_of(
                self.env._(
                    "Average cost is taken on the day of the invoice, not of the delivery: "
                    "the stock's value and the books drift apart when prices change in "
                    "between. FIFO ties exactly."
                ),
                used
                and self.env._("Goods have moved already: change it at the start of a period."),
            ),
            found,
            "advice" if bad else "ok",
            "" if used else self.env._("Switches to FIFO."),
            average[:1] if average else self,
        )

    def _oms_has_moved_goods(self):
        return bool(
            self.env["stock.move"].search_count(
                [("company_id", "=", self.id), ("state", "=", "done")], limit=1
            )
        )

    def _oms_fix_cost_method(self):
        categories = self.env["product.category"].search([("property_cost_method", "=", "average")])
        self.cost_method = "fifo"
        self._set_category_defaults()
        categories.property_cost_method = "fifo"

    def _oms_check_loss(self):
        places = self._oms_loss_places()
        open_places = places.filtered(lambda place: not place.valuation_account_id)
        return Check(
            "loss",
            "stock",
            self.env._("Account of lost and scrapped goods"),
            self.env._(
                "Goods that are scrapped or missing leave the stock, but not the books, "
                "unless their place names an account."
            ),
            self.env._("%(places)s without an account", places=names(open_places))
            if open_places
            else names(places),
            "todo" if open_places else "ok",
            self.env._("Sets the account of losses on these places."),
            open_places[:1] or places[:1],
        )

    def _oms_loss_places(self):
        return self.env["stock.location"].search(
            [("usage", "=", "inventory"), ("company_id", "=", self.id)]
        )

    def _oms_fix_loss(self):
        places = self._oms_loss_places()
        known = places.valuation_account_id[:1]
        account = known or self._oms_account("loss", self.env._("Lost and Returned Goods"))
        places.filtered(lambda place: not place.valuation_account_id).valuation_account_id = account

    # SALES

    def _oms_check_discount(self):
        account = self.account_discount_expense_allocation_id
        return Check(
            "discount",
            "sales",
            self.env._("Account of discounts"),
            self.env._(
                "With it, invoices book gross sales and discounts apart; without it reports "
                "see only what is left."
            ),
            account.display_name or self.env._("None"),
            "ok" if account else "advice",
            self.env._("Books discounts of invoices on an account of their own."),
            account or self,
        )

    def _oms_fix_discount(self):
        self.account_discount_expense_allocation_id = self._oms_account(
            "discount", self.env._("Sales Discounts")
        )

    def _oms_check_downpayment(self):
        account = self.downpayment_account_id
        return Check(
            "downpayment",
            "sales",
            self.env._("Account of down payments"),
            self.env._(
                "A deposit is owed to the customer until the goods are invoiced. Without this "
                "account it counts as sales at once."
            ),
            account.display_name or self.env._("None"),
            "ok" if account else "todo",
            self.env._("Books deposits as a liability."),
            account or self,
        )

    def _oms_fix_downpayment(self):
        self.downpayment_account_id = self._oms_account(
            "downpayment", self.env._("Customer Deposits")
        )
