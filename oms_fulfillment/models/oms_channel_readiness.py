from odoo import models

from .oms_readiness import Check


class OmsChannel(models.Model):
    """What a channel needs so that its money can be booked, and how to mend it."""

    _inherit = "oms.channel"

    def _oms_checks(self):
        """Return the channel's list of :class:`Check`; only what its policies need."""
        self.ensure_one()
        checks = []
        held = self.waits_payout or self.payment_policy == "escrow"
        cash = self._takes_cash()
        if held or self.payment_policy == "prepaid":
            checks.append(self._check_holding_journal("clearing_journal", held))
        if cash:
            checks.append(self._check_holding_journal("cod_journal", True))
        if held or cash or self.payment_policy == "prepaid":
            checks.append(self._check_settlement_journal(held or cash))
        if held or cash:
            checks.append(self._check_fee_account())
        if held or self.payment_policy == "prepaid":
            checks.append(self._check_dispute_accounts())
        if self.kind != "store":
            checks.append(self._check_shipping_income())
        return checks

    def _takes_cash(self):
        return self.payment_policy == "cod" or bool(
            self.env["sale.order"].search_count(
                [("oms_channel_id", "=", self.id), ("oms_payment_policy", "=", "cod")], limit=1
            )
        )

    def _readiness(self, code, name, why, found, problem, severity="todo", record=None, **values):
        return Check(
            code,
            "channel",
            self.env._("%(channel)s: %(check)s", channel=self.name, check=name),
            why,
            problem or found,
            severity if problem else "ok",
            record=record or self,
            **values,
        )

    # JOURNALS THAT HOLD MONEY

    def _check_holding_journal(self, code, needed):
        journal = self[f"{code}_id"]
        account = journal.inbound_payment_method_line_ids.payment_account_id[:1]
        others = self._sharing(code, account)
        problem = ""
        if not journal:
            problem = self.env._("None")
        elif not account:
            problem = self.env._(
                "%(journal)s has no account for incoming payments", journal=journal.name
            )
        elif not account.reconcile:
            problem = self.env._("%(account)s can't be reconciled", account=account.display_name)
        elif others and code == "clearing_journal":
            problem = self.env._(
                "%(account)s is also the account of %(others)s",
                account=account.display_name,
                others=", ".join(others.mapped("name")),
            )
            needed = False
        names = {
            "clearing_journal": self.env._("money that the marketplace or gateway holds"),
            "cod_journal": self.env._("cash at couriers"),
        }
        why = {
            "clearing_journal": self.env._(
                "What buyers paid waits here until it is paid out; the balance of its account is "
                "what the channel owes you."
            ),
            "cod_journal": self.env._(
                "Cash that couriers collected waits here until they remit it, parcel by parcel."
            ),
        }
        return self._readiness(
            code,
            names[code],
            why[code],
            self.env._(
                "%(journal)s on %(account)s", journal=journal.name, account=account.display_name
            ),
            problem,
            severity="todo" if needed else "advice",
            fix=self.env._("Makes the journal and its account.") if not others else "",
            record=journal or self,
        )

    def _sharing(self, code, account):
        if not account:
            return self.browse()
        others = self.search([("company_id", "=", self.company_id.id), ("id", "!=", self.id)])
        return others.filtered(
            lambda other: account
            in other[f"{code}_id"].inbound_payment_method_line_ids.payment_account_id
        )

    def _oms_fix_clearing_journal(self):
        name = self.env._("%(channel)s Balance", channel=self.name)
        self._fix_holding_journal("clearing", name, "bank")

    def _oms_fix_cod_journal(self):
        """Cash of one courier contract: the channels of a company share its journal."""
        self._fix_holding_journal("cod", self.env._("Cash at Couriers"), "cash")

    def _fix_holding_journal(self, purpose, name, kind):
        field = f"{purpose}_journal_id"
        company = self.company_id
        journal = self[field]
        if not journal and purpose == "cod":
            journal = self.search([("company_id", "=", company.id), (field, "!=", False)], limit=1)[
                field
            ]
        if not journal:
            journal = self._new_journal(name, kind)
        account = journal.inbound_payment_method_line_ids.payment_account_id[:1]
        if not account:
            account = company._oms_new_account(purpose, name, reconcile=True)
            lines = journal.inbound_payment_method_line_ids
            (lines | journal.outbound_payment_method_line_ids).payment_account_id = account
        if not account.reconcile:
            account.reconcile = True
        self[field] = journal

    def _new_journal(self, name, kind):
        journals = self.env["account.journal"]
        taken = set(
            journals.with_context(active_test=False)
            .search([("company_id", "=", self.company_id.id)])
            .mapped("code")
        )
        letters = "".join(filter(str.isalnum, self.code.upper()))[:3] or "OMS"
        code = next(
            code
            for code in (letters, *(f"{letters[:3]}{number}" for number in range(1, 100)))
            if code not in taken
        )
        return journals.create(
            {"name": name, "code": code, "type": kind, "company_id": self.company_id.id}
        )

    # BANK, FEES, SHIPPING

    def _check_settlement_journal(self, needed):
        journal = self.settlement_journal_id
        banks = self._banks()
        problem = ""
        if not journal:
            problem = self.env._("None")
        elif not journal.default_account_id:
            problem = self.env._("%(journal)s has no account", journal=journal.name)
        return self._readiness(
            "settlement_journal",
            self.env._("bank account"),
            self.env._("Payouts, remittances and money that is paid back go through it."),
            journal.display_name or "",
            problem,
            severity="todo" if needed else "advice",
            fix=self.env._("Takes %(bank)s.", bank=banks.name) if len(banks) == 1 else "",
            record=journal or self,
        )

    def _banks(self):
        """The company's bank accounts; journals that only hold money for us are none."""
        company = [("company_id", "=", self.company_id.id)]
        channels = self.search(company)
        holding = channels.clearing_journal_id | channels.cod_journal_id
        banks = self.env["account.journal"].search([*company, ("type", "=", "bank")])
        return (banks - holding).filtered("default_account_id")

    def _oms_fix_settlement_journal(self):
        banks = self._banks()
        if len(banks) == 1:
            self.settlement_journal_id = banks

    def _check_fee_account(self):
        account = self.fee_account_id
        return self._readiness(
            "fee_account",
            self.env._("account of fees"),
            self.env._("Commissions and fees that are kept from a payout are costs of the order."),
            account.display_name or "",
            "" if account else self.env._("None"),
            fix=self.env._("Takes the company's account of marketplace fees, or makes it."),
            record=account or self,
        )

    def _oms_fix_fee_account(self):
        company = self.company_id
        known = self.search(
            [("company_id", "=", company.id), ("fee_account_id", "!=", False)], limit=1
        ).fee_account_id
        self.fee_account_id = known or company._oms_account(
            "fees", self.env._("Marketplace and Courier Fees")
        )

    def _check_dispute_accounts(self):
        contested, lost = self.dispute_account_id, self.dispute_loss_account_id
        return self._readiness(
            "dispute_accounts",
            self.env._("accounts of disputes"),
            self.env._(
                "Money that a bank, gateway or marketplace takes back waits on one of them until "
                "it is decided; what is lost goes to the other."
            ),
            f"{contested.display_name}, {lost.display_name}",
            "" if contested and lost else self.env._("None"),
            severity="advice",
            fix=self.env._("Takes the company's accounts of disputes, or makes them."),
        )

    def _oms_fix_dispute_accounts(self):
        company = self.company_id
        names = {
            "dispute": self.env._("Contested Money"),
            "dispute_loss": self.env._("Lost Disputes"),
        }
        for purpose, name in names.items():
            field = f"{purpose}_account_id"
            if not self[field]:
                known = self.search(
                    [("company_id", "=", company.id), (field, "!=", False)], limit=1
                )[field]
                extra = {"reconcile": True} if purpose == "dispute" else {}
                self[field] = known or company._oms_new_account(purpose, name, **extra)

    def _check_shipping_income(self):
        product = self.shipping_product_id.with_company(self.company_id)
        account = product._get_product_accounts()["income"] if product else None
        usual = self.company_id.income_account_id
        problem = ""
        if not product:
            problem = self.env._("None; one is made with the first order")
        elif not account or account == usual:
            problem = self.env._(
                "%(product)s is booked as sales of goods",
                product=product.with_context(display_default_code=False).display_name,
            )
        return self._readiness(
            "shipping_income",
            self.env._("income from shipping"),
            self.env._(
                "Shipping that buyers pay is no sale of goods; on an account of its own it can be "
                "compared with what couriers cost."
            ),
            account.display_name if account else "",
            problem,
            severity="advice",
            fix=self.env._("Gives the shipping product an account of its own."),
            record=product or self,
        )

    def _oms_fix_shipping_income(self):
        company = self.company_id
        product = self._oms_service_product("shipping")
        others = self.search([("company_id", "=", company.id)]).shipping_product_id - product
        known = others.mapped("property_account_income_id")[:1]
        product.with_company(company).property_account_income_id = known or company._oms_account(
            "shipping", self.env._("Shipping Income")
        )
