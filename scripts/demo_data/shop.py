"""The company: chart of accounts, warehouses, couriers, channels, products and people."""

import base64
import io

from PIL import Image, ImageDraw, ImageFont

from odoo import Command

from .catalogue import ITEMS, PORTAL

PASSWORD = "demo"
# login: name, groups, language
USERS = {
    "owner": ("Ratna Dewi (Pemilik)", "manager account.group_account_manager", "id_ID"),
    "manager": ("Maya Lim (Manager, English)", "manager account.group_account_manager", "en_US"),
    "admin-pesanan": ("Putri Ayu (Admin Pesanan)", "agent", "id_ID"),
    "gudang": ("Joko Susilo (Gudang)", "warehouse", "id_ID"),
    "ekspedisi": ("Rudi Hartono (Ekspedisi)", "courier", "id_ID"),
    "keuangan": ("Dian Sastri (Keuangan)", "finance account.group_account_user", "id_ID"),
    "api": ("Integrasi (API)", "integration", "en_US"),
    "3pl": ("Integrasi PT Titip Gudang (3PL)", "integration", "en_US"),
}
PORTAL_LOGIN = "siti"
COURIERS = {
    "JNE": ("JNE Reguler", "jne"),
    "JNT": ("J&T EZ", "jnt"),
    "SICEPAT": ("SiCepat BEST", "sicepat"),
    "SPX": ("SPX Standard", "spx"),
    "OWN": ("Kurir Toko", "own"),
}
# code: name, kind, warehouse, payment policy, invoice trigger, where buyers' money waits, waits
CHANNELS = {
    "SHOPEE": ("Shopee", "marketplace", "CKR", "escrow", "ship", "Saldo Shopee", True),
    "TIKTOK": ("TikTok Shop", "marketplace", "TPL", "escrow", "ship", "Saldo TikTok Shop", True),
    "WEB": ("Toko Web", "web", "CKR", "prepaid", "ship", "Saldo Payment Gateway", False),
    "TELP": ("Telepon & WhatsApp", "phone", "SBY", "on_acceptance", "accept", None, False),
    "KASIR": ("Kasir Toko Surabaya", "store", "SBY", "prepaid", "ship", "Laci Kasir", False),
}


class Shop:
    """Sets the company up; what the story needs later is kept in attributes."""

    def __init__(self, env):
        self.env = env(context={**env.context, "tracking_disable": True, "lang": "id_ID"})
        self.company = env.company
        self.users = {}
        self.warehouses = {}
        self.products = {}

    def set_up(self):
        self._languages()
        self._company()
        self._accounts()
        self._warehouses()
        self._couriers()
        self._products()
        self._channels()
        self._users()
        self._portal()
        self.env.flush_all()

    def _languages(self):
        for lang in ("id_ID", "en_US"):
            self.env["res.lang"]._activate_lang(lang)
        self.env.ref("base.user_admin").lang = "en_US"
        self.env["ir.default"].set("res.partner", "lang", "id_ID")

    def _company(self):
        rupiah = self.env.ref("base.IDR")
        # Nobody pays in sen: whole rupiah.
        rupiah.write({"active": True, "rounding": 1.0})
        self.company.write(
            {
                "name": "PT Nusantara Rumah Niaga",
                "street": "Jl. Industri Utara Blok F 12",
                "city": "Cikarang",
                "zip": "17530",
                "country_id": self.env.ref("base.id").id,
                "phone": "+62 21 8000 1000",
                "email": "halo@nusantara-niaga.example",
                "logo": logo(),
                "currency_id": rupiah.id,
                "account_price_include": "tax_included",
            }
        )
        self.company.partner_id.tz = "Asia/Jakarta"
        self.env["account.chart.template"].try_loading("id", self.company, install_demo=False)
        self.env["product.pricelist"].search([]).currency_id = rupiah
        # Loading a chart may bring the country's currency settings back.
        self.company.write({"currency_id": rupiah.id, "account_price_include": "tax_included"})

    # MONEY

    def _accounts(self):
        self.bank = self.env["account.journal"].create(
            {"name": "Bank BCA", "code": "BCA", "type": "bank"}
        )
        self.fees = self._account("65110091", "Biaya Layanan Marketplace & Kurir", "expense")
        self.clearing = {
            name: self._clearing(name, f"1121009{number}", f"KLR{number}", kind)
            for number, (name, kind) in enumerate(
                {
                    "Saldo Shopee": "bank",
                    "Saldo TikTok Shop": "bank",
                    "Saldo Payment Gateway": "bank",
                    "Laci Kasir": "cash",
                    "Uang COD di Kurir": "cash",
                }.items(),
                1,
            )
        }

    def _account(self, code, name, kind, **values):
        return self.env["account.account"].create(
            {"code": code, "name": name, "account_type": kind, **values}
        )

    def _clearing(self, name, account_code, code, kind):
        account = self._account(account_code, name, "asset_current", reconcile=True)
        journal = self.env["account.journal"].create({"name": name, "code": code, "type": kind})
        journal.inbound_payment_method_line_ids.payment_account_id = account
        journal.outbound_payment_method_line_ids.payment_account_id = account
        return journal

    # GOODS

    def _warehouses(self):
        Warehouse = self.env["stock.warehouse"]
        first = Warehouse.search([("company_id", "=", self.company.id)], limit=1)
        first.write({"name": "Gudang Cikarang", "code": "CKR"})
        partner = self.env["res.partner"].create(
            {"name": "PT Titip Gudang Medan", "is_company": True, "city": "Medan"}
        )
        self.warehouses = {
            "CKR": first,
            "SBY": Warehouse.create({"name": "Gudang & Toko Surabaya", "code": "SBY"}),
            "TPL": Warehouse.create(
                {"name": "Gudang 3PL Medan", "code": "TPL", "oms_provider_id": partner.id}
            ),
        }

    def _couriers(self):
        fee = self.env["product.product"].create(
            {"name": "Ongkos Kirim", "default_code": "ONGKIR", "type": "service", "taxes_id": False}
        )
        self.shipping_product = fee
        self.env["delivery.carrier"].create(
            [
                {
                    "name": name,
                    "product_id": fee.id,
                    "delivery_type": "fixed",
                    "fixed_price": 12000,
                    "oms_courier_id": self.env.ref(f"oms_tracking.courier_{ref}").id,
                }
                for name, ref in COURIERS.values()
            ]
        )

    def _goods(self):
        """Goods whose cost is booked with each invoice, at average cost."""
        chart = self.env["account.chart.template"].with_company(self.company)
        return self.env["product.category"].create(
            {
                "name": "Barang Dagangan",
                "property_cost_method": "average",
                "property_valuation": "real_time",
                "property_stock_valuation_account_id": chart.ref("l10n_id_11300180").id,
                "property_account_expense_categ_id": chart.ref("l10n_id_51000010").id,
            }
        )

    def _products(self):
        category = self._goods()
        products = self.env["product.product"].create(
            [
                {
                    "name": item.name,
                    "default_code": item.sku,
                    "categ_id": category.id,
                    "type": "consu",
                    "is_storable": True,
                    "list_price": item.price,
                    "standard_price": item.cost,
                    "weight": item.weight,
                    "invoice_policy": "delivery",
                }
                for item in ITEMS
            ]
        )
        self.products = dict(zip((item.sku for item in ITEMS), products, strict=True))
        self.products["OLD-DMP-01"].sale_ok = False

    def count_stock(self):
        """The opening stock, as an inventory adjustment against the owner's capital."""
        capital = self._account("31100091", "Modal Persediaan Awal", "equity")
        losses = self._account("61100091", "Selisih Persediaan", "expense")
        adjusted = self.env["stock.location"].search(
            [("usage", "=", "inventory"), ("company_id", "=", self.company.id)]
        )
        adjusted.valuation_account_id = capital
        quants = self.env["stock.quant"].with_context(inventory_mode=True)
        quants.create(
            [
                {
                    "product_id": self.products[item.sku].id,
                    "location_id": self.warehouses[code].lot_stock_id.id,
                    "inventory_quantity": units,
                }
                for item in ITEMS
                for code, units in item.stock.items()
            ]
        ).action_apply_inventory()
        adjusted.valuation_account_id = losses

    # CHANNELS

    def _channels(self):
        discount = self.env["product.product"].create(
            {"name": "Diskon", "default_code": "DISKON", "type": "service", "taxes_id": False}
        )
        self.channels = {}
        for sequence, (code, values) in enumerate(CHANNELS.items(), 1):
            name, kind, warehouse, policy, trigger, clearing, waits = values
            self.channels[code] = self.env["oms.channel"].create(
                {
                    "name": name,
                    "code": code,
                    "kind": kind,
                    "sequence": sequence,
                    "color": sequence,
                    "warehouse_id": self.warehouses[warehouse].id,
                    "payment_policy": policy,
                    "invoice_trigger": trigger,
                    "waits_payout": waits,
                    "clearing_journal_id": clearing and self.clearing[clearing].id,
                    "cod_journal_id": self.clearing["Uang COD di Kurir"].id,
                    "settlement_journal_id": self.bank.id,
                    "fee_account_id": self.fees.id,
                    "fee_percent": 9.5 if kind == "marketplace" else 0.0,
                    "shipping_product_id": self.shipping_product.id,
                    "discount_product_id": discount.id,
                    # a clerk looks at telephone orders before they go on
                    "auto_confirm": code != "TELP",
                }
            )

    # PEOPLE

    def _users(self):
        Users = self.env["res.users"].with_context(no_reset_password=True)
        for login, (name, groups, lang) in USERS.items():
            refs = [
                group if "." in group else f"oms_fulfillment.group_oms_{group}"
                for group in groups.split()
            ]
            self.users[login] = Users.create(
                {
                    "name": name,
                    "login": login,
                    "password": PASSWORD,
                    "lang": lang,
                    "tz": "Asia/Jakarta",
                    # no chat with a robot over the first screen
                    "odoobot_state": "disabled",
                    "email": f"{login}@nusantara-niaga.example",
                    "group_ids": [Command.set([self.env.ref(ref).id for ref in refs])],
                }
            )

    def _portal(self):
        province = self.env["res.country.state"].search(
            [("country_id.code", "=", "ID"), ("name", "ilike", PORTAL["province"])], limit=1
        )
        partner = self.env["res.partner"].create(
            {
                "name": PORTAL["name"],
                "phone": PORTAL["phone"],
                "email": PORTAL["email"],
                "street": PORTAL["street"],
                "street2": PORTAL["district"],
                "city": PORTAL["city"],
                "zip": PORTAL["postal_code"],
                "state_id": province.id,
                "country_id": self.env.ref("base.id").id,
            }
        )
        self.env["res.users"].with_context(no_reset_password=True).create(
            {
                "login": PORTAL_LOGIN,
                "password": PASSWORD,
                "partner_id": partner.id,
                "lang": "id_ID",
                "tz": "Asia/Jakarta",
                "group_ids": [Command.set([self.env.ref("base.group_portal").id])],
            }
        )

    def as_user(self, login):
        """The environment of a user of the demo, in their language."""
        user = self.users[login]
        return self.env(
            user=user.id, context={"lang": user.lang, "tz": user.tz, "tracking_disable": True}
        )


def logo():
    """A plain logo, so that documents and the portal don't ask for one (base64)."""
    image = Image.new("RGBA", (440, 96), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((4, 8, 84, 88), 18, fill="#0f766e")
    draw.polygon(
        [(44, 22), (72, 46), (60, 46), (60, 72), (28, 72), (28, 46), (16, 46)], fill="white"
    )
    try:
        font = ImageFont.load_default(size=42)
    except (TypeError, OSError):  # an older Pillow has one size only
        font = ImageFont.load_default()
    draw.text((104, 22), "Rumah Niaga", fill="#134e4a", font=font)
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return base64.b64encode(stream.getvalue()).decode()
