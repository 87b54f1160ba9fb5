"""Indonesian is complete: every term that Odoo exports, and what the users and customers see."""

import base64
import re
from pathlib import Path

import oms_dev as dev
import polib
import pytest
import shop

ROOT = Path(__file__).parent.parent
CODE = "id_ID"
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[-+0-9.]*[a-zA-Z%]")
TAG = re.compile(r"</?[a-zA-Z][^>]*>")
# What a tag shows or reads aloud is translated; the rest of it is markup.
SHOWN = re.compile(r'\b(?:title|alt|placeholder|aria-label|data-tooltip)="[^"]*"')


def says(addon, source):
    """The Indonesian text of an English one, so that these tests don't repeat it."""
    text = polib.pofile(str(ROOT / addon / "i18n/id.po")).find(source)
    assert text, f"{addon}/i18n/id.po has no entry for {source!r}"
    return text.msgstr


def exported(odoo, addon):
    """The terms of an addon, exported as its translators would do it."""
    module = odoo.env["ir.module.module"].search([("name", "=", addon)])
    wizards = odoo.env["base.language.export"]
    wizard = wizards.create({"format": "po", "export_type": "module", "modules": [(6, 0, module)]})
    wizards.act_getfile([wizard])
    data = wizards.read([wizard], ["data"])[0]["data"]
    return polib.pofile(base64.b64decode(data).decode())


def markup(text):
    return sorted(SHOWN.sub("", tag) for tag in TAG.findall(text))


def flaw(source, entry):
    """What is wrong with the entry of ``source``; ``None`` for a good one."""
    if entry is None or not entry.msgstr.strip():
        return "is not translated"
    if entry.obsolete or entry.flags and "fuzzy" in entry.flags:
        return "is fuzzy or obsolete"
    if sorted(PLACEHOLDER.findall(source)) != sorted(PLACEHOLDER.findall(entry.msgstr)):
        return f"has other placeholders in {entry.msgstr!r}"
    if markup(source) != markup(entry.msgstr):
        return f"has other tags in {entry.msgstr!r}"
    return None


# -------------------------------------------------------------------------- the files


@pytest.mark.parametrize("addon", dev.addons())
def test_every_exported_term_is_translated(odoo, addon):
    terms = exported(odoo, addon)
    assert len(terms) > 50, "the export is nearly empty"
    folder = ROOT / addon / "i18n"
    template = {entry.msgid for entry in polib.pofile(str(folder / f"{addon}.pot"))}
    known = {entry.msgid: entry for entry in polib.pofile(str(folder / "id.po"))}
    flaws = []
    for term in terms:
        if term.msgid not in template:
            flaws.append(f"{term.msgid!r} is not in {addon}.pot")
        if found := flaw(term.msgid, known.get(term.msgid)):
            flaws.append(f"{term.msgid!r} {found}")
    assert not flaws, "\n".join(flaws)


# ------------------------------------------------------------------------ the screens


@pytest.fixture(scope="module")
def indonesian(_server, _admin):
    """The language, loaded as from the settings; gone again after these tests."""
    langs = _admin.env["res.lang"].with_context(active_test=False).search([("code", "=", CODE)])
    wizards = _admin.env["base.language.install"]
    wizards.lang_install([wizards.create({"lang_ids": [(6, 0, langs)]})])
    _server.assert_quiet()
    yield CODE
    users = _admin.env["res.users"]
    users.write(users.search([("lang", "=", CODE)]), {"lang": "en_US"})
    _admin.env["res.lang"].write(langs, {"active": False})


@pytest.fixture(scope="module")
def parcel(_admin, indonesian):
    """An order on its way: the name of the order and the address of its tracking page."""
    code = "BAHASA"
    product = shop.make_products(_admin, code, 1)[0]
    shop.put_in_stock(_admin, shop.main_warehouse(_admin), {product: 5})
    shop.make_channel(_admin, code, auto_confirm=True)
    order = shop.payload(1, [(f"{code}-0", 2, 10000)], prefix=code)
    answers = _admin.execute("oms.channel", "submit_orders", code, [order])
    name = shop.only(answers, "accepted")["name"]
    shipment = {
        "order": name,
        "picked_at": shop.ago(6),
        "packed_at": shop.ago(5),
        "shipped_at": shop.ago(4),
        "parcels": [{"courier": "JNE", "service": "REG", "resi": "JNE0BAHASA"}],
    }
    shop.only(_admin.execute("oms.fulfillment", "ship", [shipment]), "shipped")
    (found,) = _admin.env["oms.shipment"].search_read(
        [("resi", "=", "JNE0BAHASA")], ["access_token"]
    )
    return name, f"/track/{found['access_token']}"


def test_the_stages_bear_their_indonesian_names(odoo, indonesian):
    stages = odoo.env["oms.stage"].with_context(lang=indonesian)
    names = [row["name"] for row in stages.search_read([], ["name"], order="sequence")]
    assert names[:7] == [
        "Penempatan",
        "Pemrosesan",
        "Pemeriksaan Inventaris",
        "Pemenuhan",
        "Pelacakan",
        "Penerimaan & Verifikasi",
        "Pembayaran",
    ]


def test_an_order_explains_itself_in_the_language_of_the_caller(odoo, parcel):
    name, _path = parcel
    answers = odoo.execute_kw(
        "sale.order", "oms_explain", [[name, "tidak-ada"]], {"context": {"lang": CODE}}
    )
    message = answers[0]["blocker"]["message"]
    assert message.startswith(says("oms_fulfillment", "On its way to the customer.").rstrip("."))
    refusal = says("oms_fulfillment", "There is no order %(order)s.")
    assert answers[1]["errors"][0]["message"] == refusal % {"order": "tidak-ada"}


def test_the_web_client_is_indonesian(odoo, pages, parcel):
    shop.make_user(odoo, "bahasa", "oms_fulfillment.group_oms_manager", lang=CODE)
    page = pages.login("/odoo/oms-dashboard", login="bahasa", password="bahasa")
    page.wait_for_selector(".o_oms_dashboard .o_oms_stage")
    menu = page.inner_text(".o_main_navbar")
    for source in ("Orders", "Warehouse", "Finance", "Configuration"):
        assert says("oms_fulfillment", source) in menu
    dashboard = page.inner_text(".o_oms_dashboard")
    for source in ("Integrity", "Promises missed", "Orders yesterday", "Net sales in the ledger"):
        assert says("oms_reports", source) in dashboard
    assert "Penerimaan & Verifikasi" in dashboard

    page.goto("/odoo/oms-board")
    page.wait_for_selector(".o_kanban_renderer")
    assert says("oms_fulfillment", "Board") in page.inner_text(".o_control_panel")
    assert "Pelacakan" in page.inner_text(".o_kanban_renderer")


def test_the_tracking_page_is_indonesian(pages, parcel):
    name, path = parcel
    page = pages.open(path, locale="id-ID")
    assert page.get_attribute("html", "lang") == "id-ID"
    text = page.inner_text("body")
    assert f"{says('oms_tracking', 'Order')} {name}" in text
    for source in (
        "Handed over, waiting for the first scan",
        "The courier scans it at the next hub, usually in a day.",
        "Packed",
        "Out for delivery",
    ):
        assert says("oms_tracking", source) in text

    page = pages.open(f"{path}?lang=en_US", locale="id-ID")
    assert "Handed over, waiting for the first scan" in page.inner_text("body")


def test_a_wrong_tracking_link_is_refused_in_indonesian(pages, indonesian):
    page = pages.open("/track/" + "x" * 32, locale="id-ID")
    assert says("oms_tracking", "This link leads nowhere") in page.inner_text("body")
    assert all("404" in problem for problem in pages.problems)
    pages.problems.clear()
