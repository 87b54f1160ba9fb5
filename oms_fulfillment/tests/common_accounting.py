from datetime import datetime

from odoo.tests import TransactionCase

from .common import OmsCase


class RupiahCompanyCase(TransactionCase):
    """A company of its own, with a chart of accounts and rupiah without decimals."""

    currency = "base.IDR"
    rounding = 1.0

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        rupiah = cls.env.ref(cls.currency)
        rupiah.write({"active": True, "rounding": cls.rounding})
        company = cls.env["res.company"].create({"name": "PT Contoh", "currency_id": rupiah.id})
        cls.env["account.chart.template"].try_loading(
            "generic_coa", company=company, install_demo=False
        )
        company.currency_id = rupiah
        company.partner_id.tz = "Asia/Jakarta"
        cls.env.user.company_ids |= company
        cls.env = cls.env(context=dict(cls.env.context, allowed_company_ids=company.ids))
        cls.warehouse_of_company = cls.env["stock.warehouse"].search(
            [("company_id", "=", company.id)], limit=1
        )


class OmsAccountingCase(OmsCase, RupiahCompanyCase):
    """One channel per payment policy, with the accounts that hold its money."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bank = cls._journal("Bank", "BNKT", "bank")
        held = {"account_type": "asset_current", "reconcile": True}
        cls.clearing = cls._account("118100", "Marketplace balance", **held)
        cls.transit = cls._account("118200", "COD in transit", **held)
        cls.fees = cls._account("628100", "Marketplace fees", "expense")
        cls.income = cls._account("428100", "Sales of goods", "income")
        products = cls.product | cls.product_b
        products.property_account_income_id = cls.income
        cls.clearing_journal = cls._journal("Marketplace", "MPLC", "bank", cls.clearing)
        cls.cod_journal = cls._journal("COD", "CODT", "cash", cls.transit)
        cls.receivable = cls.partner.property_account_receivable_id
        cls.tax = cls.env["account.tax"].create({"name": "PPN 11%", "amount": 11})
        cls.tax_included = cls.tax.copy(
            {"name": "PPN 11% incl", "price_include_override": "tax_included"}
        )
        cls.discount_product = cls._service("DISC", "Discount")
        cls.shipping_product = cls._service("SHIP", "Shipping")
        money = {
            "clearing_journal_id": cls.clearing_journal.id,
            "cod_journal_id": cls.cod_journal.id,
            "settlement_journal_id": cls.bank.id,
            "fee_account_id": cls.fees.id,
            "auto_confirm": False,
        }
        cls.channel.write(money)
        cls.marketplace = cls._channel("MARKET-T", "escrow", "ship", waits_payout=True, **money)
        cls.cod = cls._channel("COD-T", "cod", "deliver", **money)
        cls.on_acceptance = cls.channel
        cls._stock(cls.product, 100)
        cls._stock(cls.product_b, 100)

    @classmethod
    def _account(cls, code, name, account_type, **values):
        return cls.env["account.account"].create(
            {"code": code, "name": name, "account_type": account_type, **values}
        )

    @classmethod
    def _journal(cls, name, code, kind, holds=None):
        journal = cls.env["account.journal"].create({"name": name, "code": code, "type": kind})
        if holds:
            journal.inbound_payment_method_line_ids.payment_account_id = holds
        return journal

    @classmethod
    def _service(cls, sku, name):
        return cls.env["product.product"].create(
            {
                "name": name,
                "default_code": sku,
                "type": "service",
                "taxes_id": False,
                "property_account_income_id": cls.income.id,
            }
        )

    @classmethod
    def _channel(cls, code, policy, trigger, **values):
        return cls.env["oms.channel"].create(
            {
                "name": code.title(),
                "code": code,
                "kind": "marketplace",
                "warehouse_id": cls.warehouse.id,
                "payment_policy": policy,
                "invoice_trigger": trigger,
                **values,
            }
        )

    # ORDERS

    def _sold(self, channel, lines=None, extras=(), **values):
        """Confirm and allocate an order. ``lines`` is ``[(product, quantity, price, taxes)]``,
        ``extras`` is ``[(kind, price, taxes)]``."""
        lines = lines or [(self.product, 3, 100000, None)]
        if channel.payment_policy in ("prepaid", "escrow"):
            values.setdefault("oms_paid_at", datetime(2026, 7, 1, 20, 0))
        order = self.env["sale.order"].create(
            {
                "partner_id": self.partner.id,
                "oms_channel_id": channel.id,
                "oms_external_id": f"EXT{self.env['sale.order'].search_count([])}-{id(self)}",
                "order_line": [
                    (0, 0, self._line(product, quantity, price, tax))
                    for product, quantity, price, tax in lines
                ]
                + [
                    (
                        0,
                        0,
                        {
                            **self._line(
                                self.discount_product
                                if kind == "discount"
                                else self.shipping_product,
                                1,
                                price,
                                tax,
                            ),
                            "oms_kind": kind,
                        },
                    )
                    for kind, price, tax in extras
                ],
                **values,
            }
        )
        order.action_confirm()
        self._settle()
        order._oms_advance()
        self._settle()
        return order

    def _line(self, product, quantity, price, tax):
        return {
            "product_id": product.id,
            "product_uom_qty": quantity,
            "price_unit": price,
            "tax_ids": [(6, 0, tax.ids if tax else [])],
        }

    def _ship(self, order):
        for picking in order.picking_ids.filtered(lambda pick: pick.state == "assigned"):
            picking.move_ids.picked = True
            picking.with_context(skip_backorder=True, skip_sms=True).button_validate()
        self._settle()
        order._oms_advance()
        self._settle()

    def _deliver(self, order, at=None):
        order.oms_fulfillment_ids._set_delivered(at or datetime(2026, 7, 3, 9, 0))
        order._oms_advance()
        self._settle()

    def _accept(self, order):
        order._oms_accept(datetime(2026, 7, 4, 9, 0), "customer")
        self._settle()

    def _complete(self, order):
        """Ship, deliver and accept everything."""
        self._ship(order)
        self._deliver(order)
        self._accept(order)

    # LEDGER

    def _balance(self, account, order=None):
        domain = [("account_id", "=", account.id), ("parent_state", "=", "posted")]
        if order:
            domain.append(("oms_order_id", "=", order.id))
        return sum(self.env["account.move.line"].search(domain).mapped("balance"))

    def assertBalances(self, order=None, **expected):
        """Compare the ledger, of one order or of all, with ``account=amount``."""
        self.env.flush_all()
        accounts = {
            "clearing": self.clearing,
            "transit": self.transit,
            "fees": self.fees,
            "income": self.income,
            "receivable": self.receivable,
            "bank": self.bank.default_account_id,
        }
        found = {name: self._balance(accounts[name], order) for name in expected}
        self.assertEqual(found, expected)

    def assertNothingOpen(self, order):
        open_items = self.env["account.move.line"].search(
            [
                ("oms_order_id", "=", order.id),
                ("parent_state", "=", "posted"),
                ("account_id.reconcile", "=", True),
                ("reconciled", "=", False),
            ]
        )
        self.assertFalse(open_items, open_items.mapped("display_name"))
