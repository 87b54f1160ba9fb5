"""Every kind of goods goes its way, from the order to the customer and back, and no unit is lost.

Odoo's own modules for kits, purchases and dropshipping are installed beside the addons, which
depend on none of them. After every step the proof counts the units from independent sources.
"""

import itertools
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import oms_dev as dev
import pytest
import shop


@pytest.fixture(scope="module")
def site():
    """A server with these modules, a channel, a buyer and a vendor; built once."""
    with dev.fresh_database(dev.KITS) as name:
        bad = dev.template_findings(dev.KITS)
        assert not bad, "\n".join(bad)
        with dev.Server(name, workers=2, name="product-flows") as server:
            odoo = shop.connect(server.port, name)
            odoo.env["stock.route"].write([mto_route(odoo)], {"active": True})
            yield SimpleNamespace(
                odoo=odoo,
                server=server,
                warehouse=shop.main_warehouse(odoo),
                channel=shop.make_channel(odoo, "FLOW", outbox_mode="pull"),
                buyer=shop.make_buyer(odoo),
                vendor=odoo.env["res.partner"].create({"name": "PT Pemasok"}),
            )
            server.assert_quiet()


def mto_route(odoo):
    """Odoo's route "Replenish on Order", which it ships archived."""
    domain = [("module", "=", "stock"), ("name", "=", "route_warehouse0_mto")]
    return odoo.env["ir.model.data"].search_read(domain, ["res_id"])[0]["res_id"]


def make_kit(site, code, stock=(), **components):
    """A kit and its components; ``make_kit(site, "TEA", CUP=2, POT=1)``. Ids by code."""
    odoo = site.odoo
    (kit,) = shop.make_products(odoo, code, 1)
    ids = {code: kit}
    for name in components:
        (ids[name],) = shop.make_products(odoo, f"{code}-{name}", 1)
    (template,) = odoo.env["product.product"].read([kit], ["product_tmpl_id"])
    odoo.env["mrp.bom"].create(
        {
            "product_tmpl_id": template["product_tmpl_id"][0],
            "type": "phantom",
            "product_qty": 1,
            "bom_line_ids": [
                (0, 0, {"product_id": ids[name], "product_qty": units})
                for name, units in components.items()
            ],
        }
    )
    if stock:
        shop.put_in_stock(
            odoo,
            site.warehouse,
            {ids[name]: units for name, units in zip(components, stock, strict=True)},
        )
    return ids


def confirm(site, *lines, **values):
    """A confirmed order for ``(product, units)``; its name."""
    sale = site.odoo.env["sale.order"]
    order = sale.create(
        {
            "partner_id": site.buyer,
            "oms_channel_id": site.channel,
            "order_line": [
                (0, 0, {"product_id": line[0], "product_uom_qty": line[1], **dict(*line[2:])})
                for line in lines
            ],
            **values,
        }
    )
    site.odoo.execute("sale.order", "action_confirm", [order])
    return sale.read([order], ["name"])[0]["name"]


def look(site, order):
    """The units of the order by bucket, the empty ones left out, and its stage; all is proved."""
    assert site.odoo.execute("oms.proof", "run") == []
    (snapshot,) = site.odoo.execute("sale.order", "oms_snapshot", [order])
    units = {}
    for line in snapshot["lines"]:
        for name, value in line["buckets"].items():
            if value and name != "ordered":
                units[name] = units.get(name, 0) + value
    return units, snapshot["stage"]


def act(site, model, method, **item):
    (answer,) = site.odoo.execute(model, method, [item])
    assert not answer["errors"], shop.pretty(answer)
    return answer


def ship(site, order, *lines, **item):
    parcels = [{"lines": [{"sku": sku, "quantity": units} for sku, units in lines]}]
    return act(site, "oms.fulfillment", "ship", order=order, parcels=parcels if lines else [])


def deliver(site, order, **item):
    return act(site, "oms.fulfillment", "mark_delivered", **(item or {"order": order}))


def lines_of(site, order, *names):
    return site.odoo.env["sale.order.line"].search_read([("order_id.name", "=", order)], names)


def transfers_of(site, order, **values):
    domain = [("sale_id.name", "=", order), *((key, "=", value) for key, value in values.items())]
    return site.odoo.env["stock.picking"].search(domain)


def on_hand(site, *products):
    stock = site.odoo.env["stock.quant"].search_read(
        [("product_id", "in", products), ("location_id.usage", "=", "internal")],
        ["product_id", "quantity"],
    )
    found = dict.fromkeys(products, 0)
    for quant in stock:
        found[quant["product_id"][0]] += quant["quantity"]
    return tuple(found.values())


# --------------------------------------------------------------------- kits


def test_kit_goes_whole(site):
    kit = make_kit(site, "TEA", (10, 5), CUP=2, POT=1)
    order = confirm(site, (kit["TEA"], 3))
    assert look(site, order) == ({"reserved": 3}, "fulfillment")
    ship(site, order)
    assert look(site, order) == ({"shipped": 3}, "tracking")
    assert lines_of(site, order, "qty_delivered")[0]["qty_delivered"] == 3
    deliver(site, order)
    act(site, "sale.order", "oms_accept", order=order)
    assert look(site, order) == ({"accepted": 3}, "payment")
    assert lines_of(site, order, "qty_invoiced")[0]["qty_invoiced"] == 3
    assert on_hand(site, kit["CUP"], kit["POT"]) == (4, 2)


def test_kit_goes_in_part_by_its_own_sku_or_by_its_components(site):
    kit = make_kit(site, "SET", (6, 3), BOX=2, LID=1)
    order = confirm(site, (kit["SET"], 3))
    rest = ship(site, order, ("SET-0", 1))["remainder"]
    assert look(site, order) == ({"shipped": 1, "reserved": 2}, "fulfillment")
    parcels = [
        {"lines": [{"sku": "SET-BOX-0", "quantity": 3}, {"sku": "SET-LID-0", "quantity": 1}]}
    ]
    rest = act(site, "oms.fulfillment", "ship", fulfillment=rest, parcels=parcels)["remainder"]
    units, _stage = look(site, order)
    assert units == {"shipped": 2, "reserved": 1}, "a box without its lid is no set"
    act(site, "oms.fulfillment", "ship", fulfillment=rest)
    assert look(site, order) == ({"shipped": 3}, "tracking")
    told = site.odoo.execute("oms.outbox", "fetch_events", "FLOW")["events"]
    sent = [event for event in told if (event["order"], event["event"]) == (order, "shipped")]
    kits = [[(line["sku"], line["quantity"]) for line in event["data"]["lines"]] for event in sent]
    assert kits == [[("SET-0", 1)]] * 3, "the channel hears of kits, not of components"


def test_kit_is_available_as_far_as_its_scarcest_component(site):
    kit = make_kit(site, "CAN", (9, 4), HALF=2, TOP=1)
    here = str(site.warehouse["id"])

    def available():
        found = site.odoo.execute("product.product", "oms_available", [kit["CAN"]])
        return found[str(kit["CAN"])][here]

    assert available() == 4
    confirm(site, (kit["CAN"], 1), (kit["HALF"], 2))
    assert available() == 2, "5 halves are left"
    confirm(site, (kit["CAN"], 1))
    rule = site.odoo.env["oms.safety.stock"].create({"product_id": kit["CAN"], "units": 1})
    assert available() == 0, "one kit was left, and it is kept back"
    site.odoo.env["oms.safety.stock"].unlink([rule])
    assert available() == 1
    confirm(site, (kit["CAN"], 3))
    assert available() == 0


def test_kit_is_packed_by_what_is_in_it(site):
    kit = make_kit(site, "JAR", (4, 2), GLASS=2, CAP=1)
    order = confirm(site, (kit["JAR"], 1))
    keys = (f"jar-{number}" for number in itertools.count())

    def scan(*codes):
        items = [{"key": next(keys), "code": code} for code in codes]
        return site.odoo.execute("oms.pack.session", "send", "jar-station", items)["answers"]

    opened, kit_code = scan(order, "JAR-0")
    assert opened["status"] == "ok", shop.pretty(opened)
    assert kit_code["status"] == "refused" and "kit" in kit_code["message"], shop.pretty(kit_code)
    assert "2 x [JAR-GLASS-0]" in kit_code["next_step"] and "JAR-CAP-0" in kit_code["next_step"]
    answers = scan("2*JAR-GLASS-0", "JAR-CAP-0", "OMS-DONE")
    assert [answer["status"] for answer in answers] == ["ok"] * 3, shop.pretty(answers)
    assert look(site, order) == ({"packed": 1}, "fulfillment")


def test_kit_short_of_one_component(site):
    kit = make_kit(site, "PEN", (5, 1), INK=1, CAP=1)
    order = confirm(site, (kit["PEN"], 3))
    assert look(site, order) == ({"reserved": 1, "unallocated": 2}, "inventory_check")
    (answer,) = site.odoo.execute("sale.order", "oms_explain", [order])
    assert "PEN-CAP-0" in answer["blocker"]["message"], "it says which component is missing"
    shop.put_in_stock(site.odoo, site.warehouse, {kit["CAP"]: 3})
    assert look(site, order) == ({"reserved": 3}, "fulfillment")
    lines = [{"sku": "PEN-CAP-0", "quantity": 1}]
    short = {"reason": "not_in_stock", "then": "cancel", "lines": lines}
    work = fulfillment(site, order)
    act(site, "oms.fulfillment", "report_short", fulfillment=work, **short)
    assert look(site, order) == ({"reserved": 2, "cancelled": 1}, "fulfillment")
    ship(site, order)
    assert look(site, order) == ({"shipped": 2, "cancelled": 1}, "tracking")
    assert on_hand(site, kit["INK"]) == (3,), "the ink of a pen without a cap stays here"


def test_kit_cancelled_in_part_then_changed_then_cancelled(site):
    kit = make_kit(site, "BAG", (9, 9), ROPE=1, CLOTH=1)
    order = confirm(site, (kit["BAG"], 4))
    lines = [{"sku": "BAG-0", "quantity": 1}]
    act(site, "sale.order", "oms_cancel_lines", order=order, lines=lines)
    assert look(site, order)[0] == {"reserved": 3, "cancelled": 1}
    (line,) = lines_of(site, order, "id")
    site.odoo.env["sale.order.line"].write([line["id"]], {"product_uom_qty": 6})
    assert look(site, order)[0] == {"reserved": 5, "cancelled": 1}
    site.odoo.env["sale.order.line"].write([line["id"]], {"product_uom_qty": 2})
    assert look(site, order)[0] == {"reserved": 2}
    act(site, "oms.fulfillment", "cancel", fulfillment=fulfillment(site, order), lines=lines)
    assert look(site, order)[0] == {"reserved": 1, "cancelled": 1}
    act(site, "sale.order", "oms_cancel_lines", order=order)
    assert look(site, order) == ({"cancelled": 2}, "cancelled"), "each component counts once"
    ids = site.odoo.env["sale.order"].search([("name", "=", order)])
    site.odoo.execute("sale.order", "action_cancel", ids)
    assert look(site, order) == ({"cancelled": 2}, "cancelled")
    free = site.odoo.execute("product.product", "oms_available", [kit["ROPE"], kit["CLOTH"]])
    here = str(site.warehouse["id"])
    assert [places[here] for places in free.values()] == [9, 9], "all of it is free again"


def fulfillment(site, order):
    (work,) = site.odoo.env["oms.fulfillment"].search_read(
        [("order_id.name", "=", order), ("state", "!=", "cancelled")], ["name"]
    )
    return work["name"]


def test_kit_sold_is_the_kit_of_that_day(site):
    """A bill of material that changes later neither adds nor loses units of an order."""
    kit = make_kit(site, "OLD", (8, 8), LEFT=1, RIGHT=1)
    order = confirm(site, (kit["OLD"], 2))
    parts = site.odoo.env["mrp.bom.line"]
    parts.write(parts.search([("product_id", "=", kit["LEFT"])]), {"product_qty": 3})
    assert look(site, order)[0] == {"reserved": 2}
    ship(site, order)
    assert look(site, order)[0] == {"shipped": 2}


def test_kit_comes_back(site):
    kit = make_kit(site, "TOY", (4, 2), CAR=2, KEY=1)
    order = confirm(site, (kit["TOY"], 2))
    ship(site, order)
    deliver(site, order)
    lines = [{"sku": "TOY-0", "quantity": 1}]
    case = act(site, "oms.return", "request", order=order, reason="changed_mind", lines=lines)[
        "name"
    ]
    act(site, "oms.return", "approve", **{"return": case})
    assert look(site, order)[0] == {"delivered": 2}
    act(site, "oms.return", "receive", **{"return": case})
    verdict = [{"sku": "TOY-0", "restock": 1}]
    act(site, "oms.return", "inspect", **{"return": case}, lines=verdict)
    look(site, order)
    assert on_hand(site, kit["CAR"], kit["KEY"]) == (2, 1), "every component is back in stock"
    act(site, "oms.return", "resolve", **{"return": case})
    look(site, order)


def bring_back(site, order, sku, units, wish="refund"):
    """A return from the request to its end; the answer of the last step."""
    lines = [{"sku": sku, "quantity": units, "wish": wish}]
    item = {"order": order, "reason": "defective", "lines": lines}
    case = {"return": act(site, "oms.return", "request", **item)["name"]}
    act(site, "oms.return", "approve", **case)
    act(site, "oms.return", "receive", **case)
    verdict = [{"sku": sku, "restock": units}]
    act(site, "oms.return", "inspect", **case, lines=verdict)
    look(site, order)
    return act(site, "oms.return", "resolve", **case)


def arrived(site, order):
    """Ship, deliver and accept all of it, so that it is invoiced."""
    ship(site, order)
    deliver(site, order)
    act(site, "sale.order", "oms_accept", order=order)
    look(site, order)


def test_kit_returned_piece_by_piece_is_neither_counted_nor_refunded_twice(site):
    """Elsewhere the delivered quantity of a kit is wrong after some of its kits came back."""
    kit = make_kit(site, "PIE", (9, 3), SLICE=3, BOX=1)
    order = confirm(site, (kit["PIE"], 3, {"price_unit": 9999}))
    arrived(site, order)
    for units, kept in ((1, 2), (2, 0)):
        assert bring_back(site, order, "PIE-0", units)["refund"] == 9999 * units
        assert lines_of(site, order, "qty_delivered")[0]["qty_delivered"] == kept
        assert lines_of(site, order, "qty_to_invoice")[0]["qty_to_invoice"] == 0
        assert on_hand(site, kit["SLICE"], kit["BOX"]) == (9 - 3 * kept, 3 - kept)
        look(site, order)
    again = {"order": order, "reason": "defective", "lines": [{"sku": "PIE-0", "quantity": 1}]}
    (answer,) = site.odoo.execute("oms.return", "request", [again])
    assert answer["errors"][0]["code"] == "over_returnable", shop.pretty(answer)


def test_kit_costs_what_its_components_cost(site):
    """Elsewhere its invoice can't be posted where goods are valued at once, or costs 4 cups."""
    odoo = site.odoo
    account = odoo.env["account.account"].create(
        {"code": "118900", "name": "Stock of kits", "account_type": "asset_current"}
    )
    category = odoo.env["product.category"].create(
        {
            "name": "Valued at once",
            "property_cost_method": "standard",
            "property_valuation": "real_time",
            "property_stock_valuation_account_id": account,
        }
    )
    kit = make_kit(site, "TEASET", CUP=2, POT=1)
    products = odoo.env["product.product"]
    for name, cost in (("TEASET", 0), ("CUP", 100), ("POT", 30)):
        products.write([kit[name]], {"categ_id": category, "standard_price": cost})
    shop.put_in_stock(odoo, site.warehouse, {kit["CUP"]: 6, kit["POT"]: 3})
    order = confirm(site, (kit["TEASET"], 3))
    arrived(site, order)

    def costs():
        domain = [("product_id", "=", kit["TEASET"]), ("display_type", "=", "cogs")]
        items = odoo.env["account.move.line"].search_read(domain, ["account_id", "balance"])
        return [item["balance"] for item in items if item["account_id"][0] == account]

    assert costs() == [-3 * 230]
    bring_back(site, order, "TEASET-0", 1)
    assert sorted(costs()) == [-3 * 230, 230]


def test_kit_that_names_one_component_twice(site):
    """Elsewhere such a kit counts as delivered, or as returned, too often or never."""
    kit = make_kit(site, "DUO", SHOE=1)
    boms = site.odoo.env["mrp.bom"]
    boms.write(
        boms.search([("bom_line_ids.product_id", "=", kit["SHOE"])]),
        {"bom_line_ids": [(0, 0, {"product_id": kit["SHOE"], "product_qty": 2})]},
    )
    shop.put_in_stock(site.odoo, site.warehouse, {kit["SHOE"]: 6})
    order = confirm(site, (kit["DUO"], 2))
    assert look(site, order) == ({"reserved": 2}, "fulfillment")
    arrived(site, order)
    assert on_hand(site, kit["SHOE"]) == (0,)
    assert lines_of(site, order, "qty_delivered")[0]["qty_delivered"] == 2
    bring_back(site, order, "DUO-0", 1)
    assert on_hand(site, kit["SHOE"]) == (3,)
    assert lines_of(site, order, "qty_delivered")[0]["qty_delivered"] == 1
    look(site, order)


def test_kit_of_which_no_rest_is_sent_comes_back(site):
    """Elsewhere kits that were given up with their transfer are still delivered, or returnable."""
    kit = make_kit(site, "SUIT", (6, 6), COAT=1, HAT=1)
    order = confirm(site, (kit["SUIT"], 3))
    (transfer,) = transfers_of(site, order)
    moves = site.odoo.env["stock.move"].search([("picking_id", "=", transfer)])
    site.odoo.env["stock.move"].write(moves, {"quantity": 1, "picked": True})
    context = {"skip_backorder": True, "picking_ids_not_to_backorder": [transfer]}
    done = site.odoo.env["stock.picking"].with_context(skip_sms=True, **context)
    assert done.button_validate([transfer]) is True
    assert look(site, order) == ({"shipped": 1, "cancelled": 2}, "tracking")
    assert lines_of(site, order, "qty_delivered")[0]["qty_delivered"] == 1
    deliver(site, order)
    over = {"order": order, "reason": "defective", "lines": [{"sku": "SUIT-0", "quantity": 2}]}
    (answer,) = site.odoo.execute("oms.return", "request", [over])
    assert answer["errors"][0]["code"] == "over_returnable", shop.pretty(answer)
    bring_back(site, order, "SUIT-0", 1)
    assert lines_of(site, order, "qty_delivered")[0]["qty_delivered"] == 0
    assert on_hand(site, kit["COAT"], kit["HAT"]) == (6, 6)


def test_kit_is_exchanged(site):
    """Elsewhere an exchange of a kit opens its order to be invoiced again."""
    kit = make_kit(site, "LAMP", (2, 2), BULB=1, FOOT=1)
    order = confirm(site, (kit["LAMP"], 1))
    arrived(site, order)
    before = site.odoo.env["sale.order"].search([])
    bring_back(site, order, "LAMP-0", 1, wish="replace")
    (line,) = lines_of(site, order, "qty_invoiced", "qty_to_invoice")
    assert (line["qty_invoiced"], line["qty_to_invoice"]) == (1, 0)
    (new,) = site.odoo.env["sale.order"].search_read([("id", "not in", before)], ["name"])
    assert look(site, new["name"]) == ({"reserved": 1}, "fulfillment")
    ship(site, new["name"])
    assert look(site, new["name"])[0] == {"shipped": 1}
    assert on_hand(site, kit["BULB"], kit["FOOT"]) == (1, 1)
    look(site, order)


def analysis(site, code):
    """The rows of an analysis ``{key: {column: cell}}``, those of the table and their inputs."""
    answer = site.odoo.execute("oms.analysis", "get_report", code, "2026-01-01", "2026-12-31")
    names = [column["key"] for column in answer["columns"]]
    rows = {row["key"]: row for row in answer["rows"] if row.get("key")}
    cells = {key: dict(zip(names, row["cells"], strict=True)) for key, row in rows.items()}
    return answer, rows, cells


def test_stock_is_asked_for_the_components_of_a_kit(site):
    """What was ordered of a kit is demand for its components, and of what was sold for sales."""
    kit = make_kit(site, "SOFA", (10, 40, 5), SEAT=1, LEG=4, SPARE=1)
    confirm(site, (kit["SOFA"], 2, {"price_unit": 90_000_000}), (kit["LEG"], 1))
    # Nobody has asked for the goods of this one yet.
    site.odoo.env["sale.order"].create(
        {
            "partner_id": site.buyer,
            "oms_channel_id": site.channel,
            "date_order": str(datetime.now(UTC) - timedelta(days=8))[:19],
            "order_line": [(0, 0, {"product_id": kit["SOFA"], "product_uom_qty": 1})],
        }
    )
    boms = site.odoo.env["mrp.bom.line"]
    boms.unlink(boms.search([("product_id", "=", kit["SPARE"])]))

    answer, rows, cells = analysis(site, "stock_cover")
    assert kit["SOFA"] not in cells, "there is neither stock of a kit, nor can it be bought"
    demand = {name: cells[kit[name]]["demand"]["value"] for name in ("SEAT", "LEG", "SPARE")}
    assert demand == {"SEAT": 3, "LEG": 13, "SPARE": 2}, "a spare part was in the kit that was sold"
    opened = site.odoo.env["oms.report.demand"].search_read(
        cells[kit["LEG"]]["demand"]["domain"], ["demand", "kit_id"]
    )
    told = sorted((row["demand"], row["kit_id"] and row["kit_id"][0]) for row in opened)
    assert told == [(1, False), (4, kit["SOFA"]), (8, kit["SOFA"])]
    assert cells[kit["LEG"]]["cover"]["value"] == pytest.approx((40 - 9) / 9)
    assert cells[kit["SPARE"]]["reorder"]["value"] > 0
    assert cells[kit["SEAT"]]["class"]["value"][0] == "A", "no sofa is sold without its seat"
    assert cells[kit["SEAT"]]["class"]["inputs"] == ["value", "kits", "ordered"]
    worth = rows[kit["SEAT"]]["inputs"]
    assert (worth["value"]["value"], worth["kits"]["value"]) == (0, 180_000_000 + 10_000)
    sold = answer["inputs"]["kits"]["domain"] + worth["kits"]["domain"]
    goods = site.odoo.env["oms.report.goods"].search_read(sold, ["value"])
    assert sum(row["value"] for row in goods) == 180_010_000

    _answer, _rows, cells = analysis(site, "demand_forecast")
    assert kit["SOFA"] not in cells
    assert cells[kit["LEG"]]["four"]["value"] == 4 / 4
    _answer, _rows, cells = analysis(site, "stock_ageing")
    assert cells[kit["SPARE"]]["dead"]["value"] == 0


# ---------------------------------------------------- what a vendor brings


def valued(site, method):
    """A product that is valued at once, and its account of inventory."""
    odoo = site.odoo
    account = odoo.env["account.account"].create(
        {"code": f"1189{method[:3]}", "name": f"Stock {method}", "account_type": "asset_current"}
    )
    category = odoo.env["product.category"].create(
        {
            "name": f"Valued {method}",
            "property_cost_method": method,
            "property_valuation": "real_time",
            "property_stock_valuation_account_id": account,
        }
    )
    (product,) = shop.make_products(odoo, f"LANDED-{method}", 1, categ_id=category)
    return product, account


def buy(site, product, units, price):
    """Order, receive and bill; the id of the receipt."""
    odoo = site.odoo
    line = {"product_id": product, "product_qty": units, "price_unit": price, "tax_ids": []}
    values = {"partner_id": site.vendor, "order_line": [(0, 0, line)]}
    order = odoo.env["purchase.order"].create(values)
    odoo.execute("purchase.order", "button_confirm", [order])
    (receipt,) = odoo.env["purchase.order"].read([order], ["picking_ids"])[0]["picking_ids"]
    moves = odoo.env["stock.move"].search([("picking_id", "=", receipt)])
    odoo.env["stock.move"].write(moves, {"quantity": units, "picked": True})
    done = odoo.env["stock.picking"].with_context(skip_sms=True)
    assert done.button_validate([receipt]) is True
    odoo.execute("purchase.order", "action_create_invoice", [order])
    bills = odoo.env["purchase.order"].read([order], ["invoice_ids"])[0]["invoice_ids"]
    odoo.env["account.move"].write(bills, {"invoice_date": str(datetime.now(UTC).date())})
    odoo.execute("account.move", "action_post", bills)
    return receipt


def land(site, receipt, amount):
    """Freight that came later, for goods of a receipt of which some may have left."""
    odoo = site.odoo
    freight = {"name": "Freight", "type": "service", "landed_cost_ok": True}
    line = {"product_id": odoo.env["product.product"].create(freight), "price_unit": amount}
    values = {"split_method": "equal", "name": "Freight", **line}
    landed = odoo.env["stock.landed.cost"].create(
        {"picking_ids": [(6, 0, [receipt])], "cost_lines": [(0, 0, values)]}
    )
    odoo.execute("stock.landed.cost", "button_validate", [landed])


@pytest.mark.parametrize("method", ["average", "fifo"])
def test_stock_with_landed_costs_is_worth_what_the_ledger_says(site, method):
    product, account = valued(site, method)

    def causes():
        rows = site.odoo.env["oms.stock.difference"].search_read(
            [("product_id", "=", product)], ["cause", "amount"]
        )
        return {row["cause"]: row["amount"] for row in rows if abs(row["amount"]) > 0.001}

    def worth():
        """Of the product: in the ledger, by age, at hand in all and by Odoo's own valuation."""
        domain = [("account_id", "=", account), ("parent_state", "=", "posted")]
        items = site.odoo.env["account.move.line"].search_read(domain, ["balance"])
        _answer, _rows, cells = analysis(site, "stock_ageing")
        goods = site.odoo.env["product.product"].read([product], ["total_value"])
        ages = {key: cell["value"] for key, cell in cells[product].items()}
        assert ages["age_0"] == ages["total"]
        [bridge] = site.odoo.execute("oms.stock.difference", "bridge")
        assert bridge["unexplained"] == 0
        return sum(item["balance"] for item in items), ages["total"], goods[0]["total_value"]

    receipt = buy(site, product, 10, 100)
    buy(site, product, 10, 140)
    assert (worth(), causes()) == ((2400,) * 3, {})
    land(site, receipt, 90)
    assert (worth(), causes()) == ((2490,) * 3, {}), "all of it is here"
    order = confirm(site, (product, 4))
    arrived(site, order)
    left = 2490 - 4 * (109 if method == "fifo" else 124.5)
    assert (worth(), causes()) == (pytest.approx((left,) * 3), {})
    land(site, receipt, 100)
    ledger, aged, total = worth()
    # Odoo books the share of the units of this receipt that are here, the others are an expense;
    # a mean is that of all receipts, so of 16 in 20 units instead of 6 in 10.
    assert ledger == pytest.approx(left + 60)
    assert aged == pytest.approx(total) == pytest.approx(left + (60 if method == "fifo" else 80))
    assert causes() == {"landed_cost": pytest.approx(-40)}


def bought(site, code, route, **values):
    """A product that is bought from the vendor by this route."""
    (product,) = shop.make_products(
        site.odoo,
        code,
        1,
        route_ids=[(6, 0, route)],
        seller_ids=[(0, 0, {"partner_id": site.vendor, "price": 1000})],
        **values,
    )
    return product


def dropshipped(site, code, **values):
    return bought(site, code, [site.odoo.env.ref("stock_dropshipping.route_drop_shipping").id])


def purchase_of(site, product):
    (line,) = site.odoo.env["purchase.order.line"].search_read(
        [("product_id", "=", product)], ["order_id", "product_qty"], order="id desc", limit=1
    )
    return line["order_id"][0], line["product_qty"]


def test_dropshipped_goods(site):
    """The order follows the vendor's transfer: nothing of it was ever in a warehouse of ours."""
    product = dropshipped(site, "DROP")
    order = confirm(site, (product, 3))
    assert look(site, order) == ({"unallocated": 3}, "inventory_check")
    purchase, units = purchase_of(site, product)
    assert units == 3
    (answer,) = site.odoo.execute("sale.order", "oms_explain", [order])
    (name,) = site.odoo.env["purchase.order"].read([purchase], ["name"])
    assert name["name"] in answer["blocker"]["message"], "it waits for this purchase"
    call = answer["blocker"]["call"]
    assert (call["model"], call["method"]) == ("purchase.order", "button_confirm")

    site.odoo.execute(call["model"], call["method"], call["ids"], *call["args"])
    assert look(site, order) == ({"reserved": 3}, "fulfillment")
    (answer,) = site.odoo.execute("sale.order", "oms_explain", [order])
    assert "PT Pemasok" in answer["blocker"]["message"], "the vendor sends it"
    (transfer,) = transfers_of(site, order)
    moves = site.odoo.env["stock.move"].search([("picking_id", "=", transfer)])
    site.odoo.env["stock.move"].write(moves, {"quantity": 2, "picked": True})
    done = site.odoo.env["stock.picking"].with_context(skip_backorder=True, skip_sms=True)
    assert done.button_validate([transfer]) is True
    assert look(site, order) == ({"shipped": 2, "reserved": 1}, "fulfillment")
    ship(site, order)
    assert look(site, order) == ({"shipped": 3}, "tracking")
    for work in site.odoo.env["oms.fulfillment"].search_read(
        [("order_id.name", "=", order)], ["name"]
    ):
        deliver(site, order, fulfillment=work["name"])
    assert look(site, order) == ({"delivered": 3}, "receipt_inspection")
    act(site, "sale.order", "oms_accept", order=order)
    assert lines_of(site, order, "qty_invoiced")[0]["qty_invoiced"] == 3
    assert on_hand(site, product) == (0,)


def test_dropshipped_goods_cancelled_and_asked_for_again(site):
    product = dropshipped(site, "DROPC")
    order = confirm(site, (product, 4))
    lines = [{"sku": "DROPC-0", "quantity": 1}]
    act(site, "sale.order", "oms_cancel_lines", order=order, lines=lines)
    assert look(site, order)[0] == {"unallocated": 3, "cancelled": 1}
    purchase, units = purchase_of(site, product)
    assert units == 3, "the vendor is asked for less"
    site.odoo.execute("purchase.order", "button_cancel", [purchase])
    assert look(site, order) == ({"unallocated": 3, "cancelled": 1}, "inventory_check")
    act(site, "sale.order", "oms_cancel_lines", order=order)
    assert look(site, order) == ({"cancelled": 4}, "cancelled")


def test_dropshipped_goods_refused_by_the_vendor_after_all(site):
    product = dropshipped(site, "DROPV")
    order = confirm(site, (product, 2))
    purchase, _units = purchase_of(site, product)
    site.odoo.execute("purchase.order", "button_confirm", [purchase])
    site.odoo.execute("purchase.order", "button_cancel", [purchase])
    assert look(site, order) == ({"cancelled": 2}, "cancelled")


def test_kit_of_our_goods_and_the_vendors(site):
    kit = make_kit(site, "MIX", (5,), OURS=1)
    theirs = dropshipped(site, "MIX-THEIRS")
    site.odoo.env["mrp.bom"].write(
        site.odoo.env["mrp.bom"].search([("bom_line_ids.product_id", "=", kit["OURS"])]),
        {"bom_line_ids": [(0, 0, {"product_id": theirs, "product_qty": 2})]},
    )
    order = confirm(site, (kit["MIX"], 2))
    assert look(site, order)[0] == {"unallocated": 2}
    purchase, units = purchase_of(site, theirs)
    assert units == 4
    site.odoo.execute("purchase.order", "button_confirm", [purchase])
    assert look(site, order)[0] == {"reserved": 2}
    for work in site.odoo.env["oms.fulfillment"].search_read(
        [("order_id.name", "=", order)], ["name"]
    ):
        act(site, "oms.fulfillment", "ship", fulfillment=work["name"])
        look(site, order)
    assert look(site, order) == ({"shipped": 2}, "tracking")


def test_made_to_order_by_a_purchase(site):
    buy = site.odoo.env["stock.route"].search([("name", "=", "Buy")])
    product = bought(site, "MTO", [*buy, mto_route(site.odoo)])
    order = confirm(site, (product, 3))
    assert look(site, order) == ({"unallocated": 3}, "inventory_check")
    purchase, _units = purchase_of(site, product)
    site.odoo.execute("purchase.order", "button_confirm", [purchase])
    assert look(site, order) == ({"unallocated": 3}, "inventory_check")
    (receipt,) = site.odoo.env["stock.picking"].search(
        [("move_ids.product_id", "=", product), ("picking_type_code", "=", "incoming")]
    )
    moves = site.odoo.env["stock.move"].search([("picking_id", "=", receipt)])
    site.odoo.env["stock.move"].write(moves, {"quantity": 3, "picked": True})
    site.odoo.execute("stock.picking", "button_validate", [receipt])
    assert look(site, order) == ({"reserved": 3}, "fulfillment")
    ship(site, order)
    assert look(site, order) == ({"shipped": 3}, "tracking")


# ------------------------------------------------- lots, serials, units, steps


def put_lots(site, product, quantities):
    """Count ``{lot: units}`` of a tracked product into the warehouse."""
    lots = site.odoo.env["stock.lot"]
    quants = site.odoo.env["stock.quant"].with_context(inventory_mode=True)
    ids = quants.create(
        [
            {
                "product_id": product,
                "location_id": site.warehouse["lot_stock_id"][0],
                "lot_id": lots.create({"name": name, "product_id": product}),
                "inventory_quantity": units,
            }
            for name, units in quantities.items()
        ]
    )
    quants.action_apply_inventory(ids)


@pytest.mark.parametrize("tracking", ["lot", "serial"])
def test_tracked_goods(site, tracking):
    (product,) = shop.make_products(site.odoo, f"T{tracking}", 1, tracking=tracking)
    stock = {"L1": 2, "L2": 3} if tracking == "lot" else dict.fromkeys(("S1", "S2", "S3", "S4"), 1)
    put_lots(site, product, stock)
    order = confirm(site, (product, 3))
    assert look(site, order) == ({"reserved": 3}, "fulfillment")
    last = list(stock)[-1]
    parcels = [{"lines": [{"sku": f"T{tracking}-0", "quantity": 1, "lots": [last]}]}]
    rest = act(site, "oms.fulfillment", "ship", order=order, parcels=parcels)["remainder"]
    assert look(site, order)[0] == {"shipped": 1, "reserved": 2}
    act(site, "oms.fulfillment", "ship", fulfillment=rest)
    assert look(site, order) == ({"shipped": 3}, "tracking")
    gone = site.odoo.env["stock.move.line"].search_read(
        [("product_id", "=", product), ("picking_id.sale_id.name", "=", order)],
        ["lot_id", "quantity"],
    )
    assert last in [line["lot_id"][1] for line in gone]
    assert sum(line["quantity"] for line in gone) == 3


def test_sold_by_the_dozen_stocked_by_the_unit(site):
    (product,) = shop.make_products(site.odoo, "DOZEN", 1)
    units = site.odoo.env["uom.uom"].with_context(active_test=False)
    (dozen,) = units.search([("name", "=", "Dozens")])
    shop.put_in_stock(site.odoo, site.warehouse, {product: 30})
    order = confirm(site, (product, 3, {"product_uom_id": dozen}))
    assert look(site, order) == ({"reserved": 2.5, "unallocated": 0.5}, "inventory_check")
    shop.put_in_stock(site.odoo, site.warehouse, {product: 36})
    rest = ship(site, order, ("DOZEN-0", 12))["remainder"]
    assert look(site, order)[0] == {"shipped": 1, "reserved": 2}
    act(site, "oms.fulfillment", "ship", fulfillment=rest)
    assert look(site, order) == ({"shipped": 3}, "tracking")
    assert on_hand(site, product) == (0,)


def test_services_beside_goods_and_by_themselves(site):
    (product,) = shop.make_products(site.odoo, "GOODS", 1)
    (service,) = shop.make_products(
        site.odoo, "WRAP", 1, type="service", is_storable=False, invoice_policy="order"
    )
    shop.put_in_stock(site.odoo, site.warehouse, {product: 2})
    order = confirm(site, (product, 2), (service, 1))
    assert look(site, order) == ({"reserved": 2}, "fulfillment")
    ship(site, order)
    deliver(site, order)
    act(site, "sale.order", "oms_accept", order=order)
    assert look(site, order) == ({"accepted": 2}, "payment")
    invoiced = [line["qty_invoiced"] for line in lines_of(site, order, "qty_invoiced")]
    assert invoiced == [2, 1]
    order = confirm(site, (service, 2))
    site.odoo.execute(
        "sale.order",
        "action_oms_advance",
        site.odoo.env["sale.order"].search([("name", "=", order)]),
    )
    assert look(site, order) == ({}, "payment"), "there is nothing to ship, only to pay"
    assert lines_of(site, order, "qty_invoiced")[0]["qty_invoiced"] == 2


@pytest.mark.parametrize(("steps", "before"), [("pick_ship", 1), ("pick_pack_ship", 2)])
def test_delivery_in_steps_of_goods_and_kits(site, steps, before):
    warehouse = shop.second_warehouse(site.odoo, f"W{before}")
    site.odoo.env["stock.warehouse"].write([warehouse["id"]], {"delivery_steps": steps})
    kit = make_kit(site, f"STEP{before}", PART=2)
    (product,) = shop.make_products(site.odoo, f"PLAIN{before}", 1)
    shop.put_in_stock(site.odoo, warehouse, {kit["PART"]: 4, product: 5})
    order = confirm(site, (kit[f"STEP{before}"], 2), (product, 5), warehouse_id=warehouse["id"])
    assert look(site, order) == ({"reserved": 7}, "fulfillment")
    done = site.odoo.env["stock.picking"].with_context(skip_backorder=True, skip_sms=True)
    for _step in range(before):
        (transfer,) = transfers_of(site, order, state="assigned")
        assert done.button_validate([transfer]) is True
        assert look(site, order) == ({"picked": 7}, "fulfillment")
    ship(site, order)
    assert look(site, order) == ({"shipped": 7}, "tracking")


# ----------------------------------------------------------------- companies


def test_two_companies_sell_the_same_goods(site):
    """Each company sees its own orders, fulfilments and stock, and can't touch the other's."""
    odoo = site.odoo
    (product,) = shop.make_products(odoo, "BOTH", 1)
    shop.put_in_stock(odoo, site.warehouse, {product: 2})
    ours = confirm(site, (product, 2))
    other = odoo.env["res.company"].create({"name": "PT Lain"})
    group = "oms_fulfillment.group_oms_manager"
    values = {"company_ids": [(6, 0, [other])], "company_id": other}
    shop.make_user(
        odoo,
        "lain",
        group,
        "stock.group_stock_manager",
        "base.group_partner_manager",
        "sales_team.group_sale_manager",
        **values,
    )
    theirs = shop.connect(site.server.port, site.server.database, "lain", "lain")
    place = {"name": "Lain", "code": "LAIN", "company_id": other}
    created = theirs.env["stock.warehouse"].create(place)
    (warehouse,) = theirs.env["stock.warehouse"].read([created], ["lot_stock_id", "code"])
    channel = theirs.env["oms.channel"].create(
        {
            "name": "Lain",
            "code": "LAIN",
            "warehouse_id": warehouse["id"],
            "company_id": other,
            "payment_policy": "terms",
            "auto_confirm": False,
        }
    )
    there = SimpleNamespace(
        odoo=theirs,
        server=site.server,
        warehouse=warehouse,
        channel=channel,
        buyer=shop.make_buyer(theirs, "Budi"),
    )
    shop.put_in_stock(theirs, warehouse, {product: 5})
    order = confirm(there, (product, 3), warehouse_id=warehouse["id"], company_id=other)
    assert look(there, order) == ({"reserved": 3}, "fulfillment")
    assert look(site, ours) == ({"reserved": 2}, "fulfillment")

    assert theirs.execute("product.product", "oms_available", [product]) == {
        str(product): {str(warehouse["id"]): 2}
    }
    names = [item["name"] for item in theirs.env["sale.order"].search_read([], ["name"])]
    assert names == [order]
    work = theirs.env["oms.fulfillment"].search_read([], ["order_id"])
    assert [item["order_id"][1] for item in work] == [order]
    (answer,) = theirs.execute("oms.fulfillment", "ship", [{"order": ours}])
    assert answer["status"] == "error", shop.pretty(answer)
    (answer,) = theirs.execute("sale.order", "oms_snapshot", [ours])
    assert answer["status"] == "error", shop.pretty(answer)
    ship(there, order)
    assert look(there, order) == ({"shipped": 3}, "tracking")
    assert look(site, ours) == ({"reserved": 2}, "fulfillment")
