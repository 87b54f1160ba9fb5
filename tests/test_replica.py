"""Reports on a read replica: a real one, which PostgreSQL streams to.

The replica is made to stand still. What a report shows then tells where it was read: a figure of
before the stop comes from the replica, a new one from the primary.
"""

import json
import urllib.request
from http.cookiejar import CookieJar
from types import SimpleNamespace

import cluster
import odoorpc
import oms_dev as dev
import pytest
import shop

YEAR = {"date_from": "2026-01-01", "date_to": "2026-12-31"}


class Browser:
    """What the web client does: log in, then call methods of models."""

    def __init__(self, server, login, password):
        self.server = server
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self._post(
            "/web/session/authenticate",
            {"db": server.database, "login": login, "password": password},
        )

    def call(self, model, method, *args, **kwargs):
        return self._post(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": list(args), "kwargs": kwargs},
        )

    def _post(self, path, params):
        request = urllib.request.Request(
            self.server.url + path,
            json.dumps({"jsonrpc": "2.0", "params": params}).encode(),
            {"Content-Type": "application/json"},
        )
        with self._opener.open(request, timeout=120) as response:
            answer = json.load(response)
        if "error" in answer:
            raise PermissionError(answer["error"]["data"]["name"])
        return answer["result"]


@pytest.fixture(scope="module")
def site():
    """A server that reads from a replica what may be read there, and its two databases."""
    with dev.fresh_database() as name, cluster.primary_and_replica(name) as (primary, replica):
        extra = (f"--db_host={primary.socket}", f"--db_replica_host={replica.socket}")
        with dev.Server(name, workers=2, extra=extra, name="replica") as server:
            # by password, and so on the primary, whatever it calls
            odoo = odoorpc.ODOO("127.0.0.1", port=server.port, timeout=300)
            odoo.login(name, "admin", "admin")
            yield SimpleNamespace(
                odoo=odoo,
                server=server,
                primary=primary,
                replica=replica,
                admin=Browser(server, "admin", "admin"),
            )


@pytest.fixture
def stopped(site):
    """The replica has all that is there now and gets nothing more."""
    cluster.wait_for_replay(site.primary, site.replica)
    site.replica.ask("SELECT pg_wal_replay_pause()")
    yield site
    site.replica.ask("SELECT pg_wal_replay_resume()")


def post_invoice(odoo, amount):
    partner = odoo.env["res.partner"].create({"name": "Replica"})
    move = odoo.env["account.move"].create(
        {
            "move_type": "out_invoice",
            "partner_id": partner,
            "invoice_date": "2026-06-15",
            "invoice_line_ids": [
                (0, 0, {"name": "Goods", "price_unit": amount, "tax_ids": [(5, 0, 0)]})
            ],
        }
    )
    odoo.execute("account.move", "action_post", [move])


def revenue(browser):
    statement = browser.call("oms.statement", "get_statement", "income", **YEAR)
    (line,) = [line for line in statement["lines"] if line["code"] == "revenue"]
    return line["amounts"][0]


# Every report of the books, as the web client asks for it.
REPORTS = (
    ("oms.statement", "get_statement", ("income",), YEAR),
    ("oms.statement", "get_statement", ("balance",), YEAR),
    ("oms.statement", "get_statement", ("cash",), YEAR),
    ("oms.statement", "get_trial_balance", (), YEAR),
    ("oms.statement", "get_vat", (), YEAR),
    ("oms.statement", "get_ageing", ("receivable", "2026-12-31"), {}),
    ("oms.stock.difference", "bridge", (), {}),
)


def test_reports_are_read_from_the_replica(stopped):
    before = [
        stopped.admin.call(model, method, *args, **kwargs)
        for model, method, args, kwargs in REPORTS
    ]
    sold = revenue(stopped.admin)
    post_invoice(stopped.odoo, 125000)
    for (model, method, args, kwargs), was in zip(REPORTS, before, strict=True):
        shown = stopped.admin.call(model, method, *args, **kwargs)
        assert shown == was, f"{model}.{method}{args} was read from the primary"
    assert revenue(stopped.admin) == sold

    stopped.replica.ask("SELECT pg_wal_replay_resume()")
    cluster.wait_for_replay(stopped.primary, stopped.replica)
    assert revenue(stopped.admin) == sold + 125000
    stopped.server.assert_quiet()


def test_rights_are_those_of_the_primary(stopped):
    shop.make_user(stopped.odoo, "replica-agent", "oms_fulfillment.group_oms_agent")
    stopped.replica.ask("SELECT pg_wal_replay_resume()")
    cluster.wait_for_replay(stopped.primary, stopped.replica)
    browser = Browser(stopped.server, "replica-agent", "replica-agent")
    for model, method, args, kwargs in REPORTS:
        with (
            stopped.server.expect_log("AccessError|may not|not allowed"),
            pytest.raises(PermissionError),
        ):
            browser.call(model, method, *args, **kwargs)


def test_what_writes_goes_to_the_primary(stopped):
    """Proving keeps a result, so it can't be done on the replica, and is done all the same."""
    count = stopped.odoo.env["oms.proof.result"].search_count([])
    stopped.admin.call("oms.proof.result", "action_prove")
    assert stopped.odoo.env["oms.proof.result"].search_count([]) == count + 1
    stopped.server.assert_quiet()
