"""Pictures of the demo's screens; `scripts/screenshots` calls it."""

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

import odoorpc
import screenshots_reports
from PIL import Image
from playwright.sync_api import sync_playwright

DESKTOP = {"width": 1400, "height": 860}
TALL = {"width": 1400, "height": 980}
PHONE = {"width": 390, "height": 844}
LIMIT = 4_000_000
LOGINS = {"en": "manager", "id": "owner"}
PASSWORD = "demo"


class Camera:
    """One browser; every picture is taken by a fresh visitor."""

    def __init__(self, browser, url, lang, out, only=()):
        self.only = tuple(only)
        self.browser = browser
        self.url = url
        self.lang = lang
        self.out = Path(out)
        self.problems = []

    def page(self, size):
        context = self.browser.new_context(
            base_url=self.url,
            viewport=size,
            locale={"en": "en-US", "id": "id-ID"}[self.lang],
            timezone_id="Asia/Jakarta",
            has_touch=size is PHONE,
            is_mobile=size is PHONE,
            device_scale_factor=2 if size is PHONE else 1,
            reduced_motion="reduce",
        )
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: self.problems.append(f"{page.url}: {error}"))
        page.on("console", self._listen)
        return page

    def _listen(self, message):
        if message.type == "error":
            self.problems.append(f"{message.location.get('url')}: {message.text}")

    def session(self, size):
        """A page of a user who has just logged in."""
        page = self.page(size)
        page.goto("/web/login")
        page.fill("input[name=login]", LOGINS[self.lang])
        page.fill("input[name=password]", PASSWORD)
        page.click("form.oe_login_form button[type=submit]")
        page.wait_for_selector(".o_web_client .o_main_navbar")
        return page

    def screen(self, name, path, ready, size=DESKTOP, prepare=None):
        """A screen of the web client, taken once `ready` (a CSS selector) is there."""
        if not self.wants(name):
            return
        page = self.session(size)
        page.goto(path)
        page.wait_for_selector(ready)
        if prepare:
            prepare(page)
        self.shoot(page, name)
        page.context.close()

    def public(self, name, path, size=DESKTOP):
        if self.wants(name):
            page = self.page(size)
            page.goto(path)
            self.shoot(page, name)
            page.context.close()

    def wants(self, name):
        return not self.only or name.startswith(self.only)

    def shoot(self, page, name):
        # Odoo's web client never stops talking to its server, so "no traffic" is no sign.
        page.evaluate("document.fonts.ready.then(() => true)")
        page.wait_for_timeout(2500)
        with tempfile.TemporaryDirectory() as folder:
            raw = Path(folder, "raw.png")
            page.screenshot(path=raw)
            compress(raw, self.out / f"{name}.png")
        print(f"{self.out / name}.png", file=sys.stderr)


def compress(source, target):
    """A palette of 256 colours: screens have few, and the file is a third."""
    image = Image.open(source).convert("RGB")
    if image.width > DESKTOP["width"]:
        image = image.resize((DESKTOP["width"], image.height * DESKTOP["width"] // image.width))
    image = image.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    image.save(target, optimize=True)


class Records:
    """Which records of the demo are worth a picture."""

    def __init__(self, url, database):
        host, port = url.removeprefix("http://").split(":")
        self.odoo = odoorpc.ODOO(host, port=int(port), timeout=120)
        self.odoo.login(database, LOGINS["en"], PASSWORD)

    def short_order(self):
        """An order of which a part left and the rest waits for a receipt."""
        orders = self.odoo.env["sale.order"]
        found = orders.search(
            [("oms_blocker", "=", "stock_short"), ("oms_shipment_ids", "!=", False)]
        )
        found = found or orders.search([("oms_blocker", "=", "stock_short")])
        return found[0]

    def to_pack(self):
        """The transfer with the most different goods of those that wait for the station."""
        ready = self.odoo.env["oms.fulfillment"].search_read(
            [
                ("state", "=", "ready"),
                ("provider_id", "=", False),
                ("order_id.oms_blocker", "!=", "hold"),
            ],
            ["name", "goods"],
        )
        return max(ready, key=lambda work: work["goods"].count(","))["name"]

    def track(self):
        """The parcel of the portal's customer that was delivered and is not confirmed."""
        (parcel,) = self.odoo.env["oms.shipment"].search_read(
            [
                ("order_id.partner_id.email", "=", "siti.rahma@example.com"),
                ("order_id.oms_stage_id.code", "=", "receipt_inspection"),
            ],
            ["access_token"],
            limit=1,
        )
        return f"/track/{parcel['access_token']}"


def take(camera, records):
    board = ".o_kanban_renderer .o_kanban_record"
    camera.screen("board", "/odoo/oms-board", board)
    form = f"/odoo/oms-board/{records.short_order()}"
    camera.screen("order", form, ".o_form_view .o_field_widget", TALL)
    camera.screen("fulfillments", "/odoo/oms-fulfillments", ".o_data_row, .o_kanban_record")
    dashboard = ".o_oms_dashboard, .o_action .o_content > *"
    camera.screen("dashboard", "/odoo/oms-dashboard", dashboard, TALL)
    camera.screen("inbox", "/odoo/oms-inbox", ".o_data_row, .o_kanban_record")
    station = ".o_oms_pack[data-screen='idle']"
    transfer = records.to_pack()
    camera.screen("station", "/odoo/oms-pack", station, prepare=packing(transfer))
    camera.public("track", records.track())
    camera.screen("board-phone", "/odoo/oms-board", board, PHONE, second_column)
    camera.screen("station-phone", "/odoo/oms-pack", station, PHONE, packing(transfer))
    camera.public("track-phone", records.track(), PHONE)


def packing(transfer):
    """Scan a transfer at the station: a scanner is a keyboard that ends with Enter."""

    def scan(page):
        # The station of an earlier picture may have it: it is taken over.
        for code in (transfer, f"OMS-TAKE {transfer}"):
            page.keyboard.type(code)
            page.keyboard.press("Enter")
            shown = page.wait_for_selector(".o_oms_pack:not([data-screen='idle'])")
            if shown.get_attribute("data-screen") == "pack":
                return

    return scan


def second_column(page):
    """On a phone the board shows one column at a time: the one with the held orders."""
    column = page.locator(".o_kanban_group").nth(1)
    column.evaluate("column => column.scrollIntoView({inline: 'start', behavior: 'instant'})")


def chromium():
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if not path:
        sys.exit("error: Chromium is missing. Run scripts/setup, it installs Debian's.")
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("url", "db", "lang", "out"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--only", nargs="*", default=(), help="how the pictures' names begin")
    options = parser.parse_args()
    with sync_playwright() as playwright:
        arguments = ["--disable-dev-shm-usage", "--disable-gpu", "--font-render-hinting=none"]
        if os.getuid() == 0:  # Chromium refuses its sandbox to root
            arguments.append("--no-sandbox")
        browser = playwright.chromium.launch(executable_path=chromium(), args=arguments)
        camera = Camera(browser, options.url, options.lang, options.out, options.only)
        take(camera, Records(options.url, options.db))
        screenshots_reports.take(camera, DESKTOP, PHONE)
        browser.close()
    size = sum(path.stat().st_size for path in Path(options.out).glob("*.png"))
    print(f"{size:,} bytes", file=sys.stderr)
    if camera.problems:
        sys.exit("error: in the browser's console:\n" + "\n".join(camera.problems))
    if size > LIMIT:
        sys.exit(f"error: the pictures have {size:,} bytes, more than {LIMIT:,}.")


if __name__ == "__main__":
    main()
