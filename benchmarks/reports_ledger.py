"""A ledger of any size: some orders with all their documents, made by Odoo and copied by SQL.

Used by reports.py. The copies lie over two years; each is a whole order with its transfer, parcel,
invoice, cost, money at the marketplace and its payout, matched as Odoo would.
"""

import grow
import oms_dev as dev

SEEDS = 30
DAYS = 730
LEDGER = {
    "sale_order",
    "sale_order_line",
    "stock_picking",
    "stock_move",
    "account_move",
    "account_move_line",
    "account_partial_reconcile",
    "account_full_reconcile",
}
DATES = """
    SELECT table_name, column_name FROM information_schema.columns
     WHERE table_schema = 'public' AND data_type IN ('date', 'timestamp without time zone')
"""

SEED = """
from odoo import Command

today = {today!r}
env.ref("base.IDR").active = True
company = env["res.company"].create({{"name": "Bench", "currency_id": env.ref("base.IDR").id}})
env["account.chart.template"].try_loading("generic_coa", company=company, install_demo=False)
company.currency_id = env.ref("base.IDR")
env = env(context=dict(env.context, allowed_company_ids=company.ids, tracking_disable=True))


def account(code, name, kind, **values):
    return env["account.account"].create(
        {{"code": code, "name": name, "account_type": kind, **values}}
    )


income = account("428100", "Sales", "income")
stock = account("118300", "Stock", "asset_current")
cost = account("518100", "Cost", "expense_direct_cost")
fees = account("628100", "Fees", "expense")
held = account("118100", "Held", "asset_current", reconcile=True)
bank = env["account.journal"].create({{"name": "Bank", "code": "BNKB", "type": "bank"}})
clearing = env["account.journal"].create({{"name": "Clearing", "code": "CLRB", "type": "bank"}})
clearing.inbound_payment_method_line_ids.payment_account_id = held
category = env["product.category"].create(
    {{
        "name": "Goods",
        "property_cost_method": "standard",
        "property_valuation": "real_time",
        "property_stock_valuation_account_id": stock.id,
    }}
)
vat = account("218100", "VAT", "liability_current")
tax = env["account.tax"].create({{"name": "PPN 11%", "amount": 11}})
shares = tax.invoice_repartition_line_ids | tax.refund_repartition_line_ids
shares.filtered(lambda share: share.repartition_type == "tax").account_id = vat
products = env["product.product"].create(
    [
        {{
            "name": f"Product {{number}}",
            "is_storable": True,
            "categ_id": category.id,
            "standard_price": 60000,
            "property_account_income_id": income.id,
            "property_account_expense_id": cost.id,
            "taxes_id": [Command.set(tax.ids)],
        }}
        for number in range(10)
    ]
)
channels = env["oms.channel"].create(
    [
        {{
            "name": f"Channel {{number}}",
            "code": f"BENCH-{{number}}",
            "auto_confirm": False,
            "company_id": company.id,
            "clearing_journal_id": clearing.id,
            "fee_account_id": fees.id,
        }}
        for number in range(3)
    ]
)
warehouse = env["stock.warehouse"].create(
    {{"name": "Bench", "code": "BNCH", "company_id": company.id}}
)
for product in products:
    env["stock.quant"]._update_available_quantity(product, warehouse.lot_stock_id, 1000)
partners = env["res.partner"].create(
    [
        {{
            "name": f"Buyer {{number}}",
            "street": "Jl. Melati 1",
            "city": "Bandung",
            "zip": "40111",
            "state_id": env.ref("base.state_id_jb").id,
            "country_id": env.ref("base.id").id,
            "phone": "081234567890",
        }}
        for number in range({seeds})
    ]
)
entries = env["account.journal"].search(
    [("type", "=", "general"), ("company_id", "=", company.id)], limit=1
)


def post(order, kind, items):
    move = env["account.move"].create(
        {{
            "move_type": "entry",
            "journal_id": entries.id,
            "date": today,
            "ref": kind,
            "oms_order_id": order.id,
            "line_ids": [
                Command.create(
                    {{
                        "account_id": on.id,
                        "balance": amount,
                        "partner_id": order.partner_id.id,
                        "oms_fee_family": on == fees and "commission",
                    }}
                )
                for on, amount in items
            ],
        }}
    )
    move._post(soft=False)
    return move.line_ids


def done(model, method, item):
    [answer] = getattr(env[model], method)([item])
    assert not answer["errors"], answer
    env.cr.commit()


for number, partner in enumerate(partners):
    chosen = products[number % 9 : number % 9 + 2]
    paid = number % 20
    order = env["sale.order"].create(
        {{
            "partner_id": partner.id,
            "company_id": company.id,
            "oms_channel_id": channels[number % 3].id,
            "oms_external_id": f"E{{number}}",
            "date_order": f"{{today}} 03:00:00",
            "oms_paid_at": paid and f"{{today}} 03:00:00",
            "oms_payment_policy": "prepaid" if paid else "terms",
            "order_line": [
                Command.create({{"product_id": product.id, "price_unit": 100000}})
                for product in chosen
            ],
        }}
    )
    order.action_confirm()
    env.cr.commit()
    for work in order.oms_fulfillment_ids:
        done("oms.fulfillment", "ship", {{"fulfillment": work.name}})
        if number % 15:
            done("oms.fulfillment", "mark_delivered", {{"fulfillment": work.name}})
    [invoice] = order.invoice_ids
    payment = env["account.move.line"].search(
        [("oms_order_id", "=", order.id), ("account_id", "=", held.id)]
    )
    assert bool(payment) == bool(paid), order.name
    if paid and number % 10 != 1:
        amount = invoice.amount_total
        items = [(held, -amount), (fees, 9000), (bank.default_account_id, amount - 9000)]
        payout = post(order, "payout", items)
        (payment + payout.filtered(lambda line: line.account_id == held)).reconcile()
env.cr.commit()
result = {{"company": company.id}}
"""


class Ledger(grow.Plan):
    """Only what the reports read, each copy as many days ago as its number says."""

    def __init__(self, database):
        super().__init__(database)
        self.documents = set(LEDGER)
        self._add_documents_of_addons()
        self.dates = {(table, column) for table, column in dev.psql(DATES, database)}
        self.relations = {"account_move_line_account_tax_rel", "sale_order_line_invoice_rel"}
        self.first = 1

    def statement(self, table, copies):
        """Copies from the first that is missing on, of the originals alone."""
        columns = self.columns[table]
        own = "id" if table in self.documents else self._owner(table)
        listed = ", ".join(f'"{column}"' for column in columns)
        values = ", ".join(self.value(table, column) for column in columns)
        return (
            f'INSERT INTO "{table}" ({listed}) SELECT {values} '
            f'FROM (SELECT * FROM "{table}" WHERE "{own}" < {self.stride}) original, '
            f"generate_series({self.first}, {copies}) copy"
        )

    def _owner(self, table):
        """The column of a relation that names a copied document."""
        return next(
            column
            for column in self.columns[table]
            if self.references.get((table, column)) in self.documents
        )

    def value(self, table, column):
        if (table, column) in self.dates:
            return f"\"{column}\" - copy % {DAYS} * interval '1 day'"
        return super().value(table, column)

    def grow(self, copies):
        """Have ``copies`` of every document."""
        script = ["BEGIN; SET LOCAL session_replication_role = replica;"]
        for table in sorted(self.documents | self.relations):
            script.append(self.statement(table, copies) + ";")
        script += ["COMMIT;", "VACUUM ANALYZE;"]
        dev.psql("\n".join(script), self.database)
        self.first = copies + 1
