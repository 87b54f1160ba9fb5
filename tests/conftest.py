"""Fixtures of the end-to-end tests: real servers, real databases, a real browser.

Run them with scripts/test, or with pytest in the environment that scripts/setup made:
    .oms/venv/bin/python -m pytest tests/test_lifecycle.py
"""

import os
import shutil

import oms_dev as dev
import pytest
import shop
from playwright.sync_api import expect, sync_playwright

# As patient as the pages themselves: a busy machine is no failure.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def database():
    """Name of a database with all addons and no demo data; shared, so clean up or use
    names of your own. A test that needs a virgin one takes dev.fresh_database()."""
    with dev.fresh_database() as name:
        yield name


@pytest.fixture(scope="session")
def _server(database):
    server = dev.Server(database, workers=2, cron_threads=0, name=f"e2e-{os.getpid()}")
    with server:
        yield server
    server.assert_quiet()


@pytest.fixture
def server(_server):
    """The running server (url, port, database). A test fails if the server logs a
    WARNING or worse meanwhile; server.expect_log(...) is for refusals."""
    yield _server
    _server.assert_quiet()


@pytest.fixture(scope="session")
def _admin(_server):
    return connect(_server)


@pytest.fixture
def odoo(server, _admin):
    """A client of shop.py, logged in as the administrator."""
    return _admin


def connect(server, login="admin", password="admin"):
    return shop.connect(server.port, server.database, login, password, timeout=120)


# -------------------------------------------------------------------- browser


def chromium_path():
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    pytest.fail("Chromium is missing. Run scripts/setup, it installs Debian's.")


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path(),
            # Chromium refuses its sandbox to root; --disable-dev-shm-usage for small /dev/shm
            args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
        )
        yield browser
        browser.close()


class Pages:
    """Opens pages, each in a browser context of its own, and watches their consoles."""

    def __init__(self, browser, server):
        self.browser = browser
        self.server = server
        self.contexts = []
        self.problems = []

    def open(self, path="/", **options):
        """A new page of a visitor who is not logged in."""
        context = self.browser.new_context(base_url=self.server.url, **options)
        self.contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        page.on("console", self._on_console)
        page.goto(path)
        return page

    def _on_console(self, message):
        if message.type == "error":
            self.problems.append(f"console: {message.text} {message.location}")

    def login(self, path="/odoo", login="admin", password="admin", **options):
        """A new page of a user, on the web client."""
        page = self.open("/web/login", **options)
        page.fill("input[name=login]", login)
        page.fill("input[name=password]", password)
        page.click("form.oe_login_form button[type=submit]")
        page.wait_for_selector(".o_web_client .o_main_navbar")
        if path != "/odoo":
            page.goto(path)
            page.wait_for_selector(".o_action_manager > *")
        return page

    def close(self):
        for context in self.contexts:
            context.close()


@pytest.fixture
def pages(browser, server):
    """pages.login("/odoo/action-...") or pages.open("/track/..."). Errors in the
    browser's console fail the test; clear pages.problems where they are expected."""
    opened = Pages(browser, server)
    yield opened
    opened.close()
    assert not opened.problems, "in the browser's console:\n" + "\n".join(opened.problems)
