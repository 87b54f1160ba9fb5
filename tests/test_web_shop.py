"""Odoo's own web shop, installed beside the addons: its orders take the way of all others."""

import json
import urllib.request
from http.cookiejar import CookieJar

import oms_dev as dev
import pytest
import shop

# The shop's channel, what it sells, and a way to pay that needs nobody else.
PREPARE = """
website = env['website'].search([], limit=1)
env['oms.channel'].create({
    'name': 'Toko Web', 'code': 'WEB', 'kind': 'web', 'payment_policy': 'prepaid',
    'team_id': website.salesteam_id.id, 'takes_team_orders': True,
})
product = env['product.product'].create({
    'name': 'Gelas', 'default_code': 'WEB-MUG', 'is_storable': True, 'list_price': 50000,
    'taxes_id': [(5, 0, 0)], 'is_published': True, 'invoice_policy': 'delivery',
})
warehouse = env['stock.warehouse'].search([('company_id', '=', website.company_id.id)], limit=1)
env['stock.quant']._update_available_quantity(product, warehouse.lot_stock_id, 10)
journal = env['account.journal'].search([('type', '=', 'bank')], limit=1)
provider = env.ref('payment.payment_provider_transfer')
provider.write({'state': 'test', 'journal_id': journal.id})
env['account.payment.method.line'].create({
    'name': provider.name, 'journal_id': journal.id, 'payment_provider_id': provider.id,
    'payment_method_id': env.ref('account.account_payment_method_manual_in').id,
})
# printing needs a server that this shell has not
env['mail.template'].search([('model', '=', 'sale.order')]).report_template_ids = False
env.cr.commit()
result = {'template': product.product_tmpl_id.id, 'product': product.id}
"""
# What the checkout's last page does once the customer has an address and pays.
CHECKOUT = """
order = env['sale.order'].search([('website_id', '!=', False), ('state', '=', 'draft')])
assert len(order) == 1 and not order.oms_channel_id, order
buyer = env['res.partner'].create({
    'name': 'Siti Rahma', 'phone': '081200001111', 'email': 'siti@example.com',
    'street': 'Jl. Melati 1', 'city': 'Bandung', 'country_id': env.ref('base.id').id,
})
order.write({
    'partner_id': buyer.id, 'partner_invoice_id': buyer.id, 'partner_shipping_id': buyer.id,
})
provider = env.ref('payment.payment_provider_transfer')
tx = env['payment.transaction'].create({
    'provider_id': provider.id,
    'payment_method_id': env['payment.method'].search([], limit=1).id,
    'amount': order.amount_total, 'currency_id': order.currency_id.id,
    'partner_id': buyer.id, 'operation': 'online_direct', 'reference': order.name,
    'sale_order_ids': [(6, 0, order.ids)],
})
tx._set_pending()
tx._post_process()
env.cr.commit()
result = order.name
"""
ARRIVED = """
tx = env['payment.transaction'].search([('reference', '=', NAME)])
tx._set_done()
tx._post_process()
env.cr.commit()
"""


@pytest.fixture(scope="module")
def web_shop():
    """A copy of the template with website_sale and one product in its shop."""
    with dev.fresh_database() as name:
        bad = dev.install(name, ["website_sale"], log=dev.LOGS / f"install-{name}.log")
        assert not bad, "\n".join(bad)
        product, bad = dev.shell(name, PREPARE, log=dev.LOGS / f"shell-{name}.log")
        assert not bad, "\n".join(bad)
        with dev.Server(name, workers=2, name="web-shop") as server:
            yield server, product
            server.assert_quiet()


def put_in_cart(server, product, quantity):
    """What the shop's "Add to cart" button sends, as a visitor without an account."""
    visitor = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    visitor.open(f"{server.url}/shop", timeout=120).read()
    params = {
        "product_template_id": product["template"],
        "product_id": product["product"],
        "quantity": quantity,
    }
    request = urllib.request.Request(
        f"{server.url}/shop/cart/add",
        json.dumps({"jsonrpc": "2.0", "method": "call", "params": params}).encode(),
        {"Content-Type": "application/json"},
    )
    answer = json.loads(visitor.open(request, timeout=120).read())
    assert "error" not in answer, answer


def explain(odoo, name):
    (answer,) = odoo.execute("sale.order", "oms_explain", [name])
    return answer["stage"], answer["blocker"]["code"]


def test_order_of_the_web_shop_takes_the_way_of_all_others(web_shop):
    server, product = web_shop
    odoo = shop.connect(server.port, server.database)
    put_in_cart(server, product, 2)
    cart = odoo.env["sale.order"].search_read([("website_id", "!=", False)], ["oms_channel_id"])
    assert [order["oms_channel_id"] for order in cart] == [False], "a cart is no order"

    log = dev.LOGS / "web-shop-shell.log"
    name, bad = dev.shell(server.database, CHECKOUT, log=log)
    assert not bad, "\n".join(bad)
    (order,) = odoo.env["sale.order"].search_read(
        [("name", "=", name)], ["oms_channel_id", "state", "oms_hold_reasons"]
    )
    assert (order["oms_channel_id"][1], order["state"]) == ("Toko Web", "sent")
    assert explain(odoo, name)[0] == "processing", "the transfer has not arrived"

    _none, bad = dev.shell(server.database, ARRIVED.replace("NAME", repr(name)), log=log)
    assert not bad, "\n".join(bad)
    assert explain(odoo, name) == ("fulfillment", "to_pick")
    (shipped,) = odoo.execute("oms.fulfillment", "ship", [{"order": name}])
    assert shipped["status"] == "shipped", shop.pretty(shipped)
    (snapshot,) = odoo.execute("sale.order", "oms_snapshot", [name])
    assert snapshot["money"]["invoiced"] == 100000
    assert snapshot["money"]["residual"] == 0, "paid by the transfer"
    assert odoo.execute("oms.proof", "run") == []
