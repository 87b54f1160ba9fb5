"""A company with all that the walk of the proof needs: books, channels, and goods of each cost
method, in a currency of its own."""

from odoo import Command, fields

HELD = {"account_type": "asset_current", "reconcile": True}
COST_METHODS = ("standard", "average", "fifo")


class ProofWorld:
    """What a walk finds in its company; it stands for the test case, whose assertions it has."""

    def __init__(self, case_class, name, currency):
        self.currency = currency
        self.env = case_class.env
        self.company = self._company(name)
        self.env = self.env(
            context=dict(self.env.context, allowed_company_ids=self.company.ids, lang=None)
        )
        self.company = self.company.with_env(self.env)
        self.unit = currency.rounding
        self.scale = 1000 if currency.name == "IDR" else 1
        self._accounts()
        self._goods()
        self._channels()

    def bind(self, case):
        """Stand for this test case from now on; return self."""
        self.case = case
        return self

    def __getattr__(self, name):
        # The walk asserts on what it was given.
        if name.startswith("assert"):
            return getattr(self.__dict__["case"], name)
        raise AttributeError(name)

    def _settle(self):
        """Do what a commit would do."""
        self.env["sale.order"]._oms_refresh_touched()
        self.env["oms.allocator"]._run_pending()
        self.env["sale.order"]._oms_refresh_touched()

    def _company(self, name):
        company = self.env["res.company"].create({"name": name, "currency_id": self.currency.id})
        self.env["account.chart.template"].try_loading(
            "generic_coa", company=company, install_demo=False
        )
        company.currency_id = self.currency
        company.partner_id.tz = "Asia/Jakarta"
        self.env.user.company_ids |= company
        return company

    # BOOKS

    def _account(self, code, name, account_type, **values):
        return self.env["account.account"].create(
            {"code": code, "name": name, "account_type": account_type, **values}
        )

    def _journal(self, name, code, kind, holds=None):
        journal = self.env["account.journal"].create({"name": name, "code": code, "type": kind})
        if holds:
            journal.inbound_payment_method_line_ids.payment_account_id = holds
        return journal

    def _accounts(self):
        self.clearing = self._account("118100", "Marketplace balance", **HELD)
        self.transit = self._account("118200", "COD in transit", **HELD)
        self.stock_value = self._account("118300", "Stock", "asset_current")
        self.contested = self._account("118400", "Contested money", **HELD)
        owed = {"account_type": "liability_current", "reconcile": True}
        self.store_credit = self._account("218200", "Store credit", **owed)
        self.company.oms_store_credit_account_id = self.store_credit
        self.income = self._account("428100", "Sales of goods", "income")
        self.cost_of_goods = self._account("518100", "Cost of goods", "expense_direct_cost")
        self.fees = self._account("628100", "Marketplace fees", "expense")
        self.losses = self._account("628200", "Losses", "expense")
        self.bank = self._journal("Bank", "BNKT", "bank")
        self.clearing_journal = self._journal("Marketplace", "MPLC", "bank", self.clearing)
        self.cod_journal = self._journal("COD", "CODT", "cash", self.transit)
        owed = self._account("218100", "Output tax", "liability_current")
        self.tax = self._tax("VAT 11%", 11, owed)
        self.second_tax = self._tax("Luxury 3.5%", 3.5, owed)
        self.tax_included = self.tax.copy(
            {"name": "VAT 11% incl", "price_include_override": "tax_included"}
        )

    def _tax(self, name, amount, account):
        tax = self.env["account.tax"].create({"name": name, "amount": amount})
        lines = tax.invoice_repartition_line_ids | tax.refund_repartition_line_ids
        lines.filtered(lambda line: line.repartition_type == "tax").account_id = account
        return tax

    def tax_mixes(self):
        none = self.env["account.tax"]
        return (none, self.tax, self.tax_included, self.tax | self.second_tax)

    # GOODS

    def _product(self, sku, **values):
        return self.env["product.product"].create(
            {
                "name": f"{sku} of {self.company.name}",
                "default_code": sku,
                "type": "consu",
                "is_storable": True,
                "list_price": 50 * self.scale,
                "taxes_id": False,
                "supplier_taxes_id": False,
                "invoice_policy": "delivery",
                "property_account_income_id": self.income.id,
                "property_account_expense_id": self.cost_of_goods.id,
                **values,
            }
        )

    def _goods(self):
        """One product per cost method, kits of them where there is manufacturing, services."""
        goods = []
        for method in COST_METHODS:
            category = self.env["product.category"].create(
                {
                    "name": f"{method} {self.company.name}",
                    "property_cost_method": method,
                    "property_valuation": "real_time",
                    "property_stock_valuation_account_id": self.stock_value.id,
                }
            )
            cost = {"categ_id": category.id, "standard_price": 30 * self.scale}
            goods.append(self._product(f"{method[:3].upper()}-{self.company.id}", **cost))
        self.product, self.product_b, self.scarce = goods
        # what an exchange is sold with
        self.product_b.taxes_id = self.tax
        self.scarce.taxes_id = self.tax_included
        service = {"type": "service", "is_storable": False, "invoice_policy": "order"}
        self.service = self._product(f"WRAP-{self.company.id}", **service)
        self.shipping_product = self._product(f"SHIP-{self.company.id}", **service)
        self.discount_product = self._product(f"DISC-{self.company.id}", **service)
        self.fee_product = self._product(f"FEE-{self.company.id}", **service)
        self.kit = self._kit() if "mrp.bom" in self.env else self.product.browse()

    def _kit(self):
        """Two of the first and one of the second product, sold as one."""
        kit = self._product(f"KIT-{self.company.id}", categ_id=self.product.categ_id.id)
        self.env["mrp.bom"].create(
            {
                "product_tmpl_id": kit.product_tmpl_id.id,
                "type": "phantom",
                "company_id": self.company.id,
                "bom_line_ids": [
                    Command.create({"product_id": self.product.id, "product_qty": 2}),
                    Command.create({"product_id": self.product_b.id, "product_qty": 1}),
                ],
            }
        )
        return kit

    def _channels(self):
        self.warehouse = self.env["stock.warehouse"].search(
            [("company_id", "=", self.company.id)], limit=1
        )
        self.second = self.env["stock.warehouse"].create(
            {"name": f"Second {self.company.id}", "code": f"S{self.company.id}"}
        )
        self.loss = self.env["stock.location"].search(
            [("usage", "=", "inventory"), ("company_id", "=", self.company.id)]
        )
        self.loss.valuation_account_id = self.losses
        self.partner = self.env["res.partner"].create(
            {
                "name": "Siti Rahma",
                "phone": "+62 812 0000 1111",
                "street": "Jl. Melati 1",
                "city": "Bandung",
                "country_id": self.env.ref("base.id").id,
            }
        )
        self.vendor = self.env["res.partner"].create({"name": "PT Pemasok"})
        self.on_acceptance = self._channel("PHONE", "on_acceptance", "accept")
        self.marketplace = self._channel("MARKET", "escrow", "ship", waits_payout=True)
        self.cod = self._channel("COD", "cod", "deliver")
        self.web = self._channel("WEB", "prepaid", "deliver")
        fee = {"restocking_percent": 7, "fee_product_id": self.fee_product.id, "days": 400}
        self.policy = self.env["oms.return.policy"].create({"name": "Fee", **fee})
        self.foreign = self._foreign_pricelist()

    def _channel(self, code, policy, trigger, **values):
        return self.env["oms.channel"].create(
            {
                "name": f"{code} {self.company.name}",
                "code": f"{code}-{self.company.id}",
                "kind": "marketplace",
                "warehouse_id": self.warehouse.id,
                "payment_policy": policy,
                "invoice_trigger": trigger,
                "auto_confirm": False,
                "clearing_journal_id": self.clearing_journal.id,
                "cod_journal_id": self.cod_journal.id,
                "settlement_journal_id": self.bank.id,
                "fee_account_id": self.fees.id,
                "dispute_account_id": self.contested.id,
                "dispute_loss_account_id": self.losses.id,
                "shipping_product_id": self.shipping_product.id,
                "discount_product_id": self.discount_product.id,
                **values,
            }
        )

    def _foreign_pricelist(self):
        """Prices in another currency, whose rate changes with the year."""
        other = self.env.ref("base.EUR")
        other.active = True
        for day, factor in (("2026-01-01", 1.0), ("2027-01-01", 1.07)):
            rate = {"currency_id": other.id, "company_id": self.company.id, "name": day}
            self.env["res.currency.rate"].create({**rate, "rate": factor / (17 * self.scale)})
        return self.env["product.pricelist"].create(
            {"name": "Euro", "currency_id": other.id, "company_id": self.company.id}
        )

    # WHAT HAPPENS

    def receive(self, product, units, cost):
        """Goods come from the vendor at a price."""
        kind = self.warehouse.in_type_id
        places = {
            "location_id": self.env.ref("stock.stock_location_suppliers").id,
            "location_dest_id": self.warehouse.lot_stock_id.id,
        }
        move = self.env["stock.move"].create(
            {
                "product_id": product.id,
                "product_uom_qty": units,
                "picking_type_id": kind.id,
                "picking_id": self.env["stock.picking"]
                .create({"picking_type_id": kind.id, "partner_id": self.vendor.id, **places})
                .id,
                **places,
            }
        )
        move._action_confirm()
        move.price_unit = cost
        move.write({"quantity": units, "picked": True})
        move._action_done()
        move.value_manual = units * cost

    def bill(self, product, units, cost):
        """The vendor's bill."""
        today = self.company._oms_local_date(fields.Datetime.now())
        line = {
            "product_id": product.id,
            "quantity": units,
            "price_unit": cost,
            "tax_ids": [Command.clear()],
        }
        bill = self.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": self.vendor.id,
                "invoice_date": today,
                "date": today,
                "invoice_line_ids": [Command.create(line)],
            }
        )
        bill.action_post()
