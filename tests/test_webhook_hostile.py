"""Whatever is sent to the couriers' doors: taken or refused, never an error, never a hint.

OMS_HOSTILE=10000 sets the number of made-up calls (default 300).
"""

import json
import urllib.error
import urllib.request

import pytest
import shop
from hypothesis import given
from hypothesis import strategies as st
from test_hostile import CASES, anything, mutated, nasty, raw_bodies, relaxed, scalars

KEY = "kiriminaja-key-0123456789"
SECRET = "agreed-secret"
STATES = {"done", "ping", "unmatched", "failed"}
QUEUE = "oms_tracking.cron_webhook_queue"

biteship = st.fixed_dictionaries(
    {"event": st.sampled_from(["order.status", "order.price", "order.waybill_id"]) | scalars},
    optional={
        "order_id": scalars,
        "courier_waybill_id": scalars,
        "courier_company": st.sampled_from(["jne", "gojek"]) | scalars,
        "status": st.sampled_from(["picked", "dropping_off", "delivered"]) | anything,
        "updated_at": st.sampled_from(["2026-07-01T03:00:00.000Z", "2026-13-45"]) | scalars,
        "price": scalars,
    },
)
package = st.fixed_dictionaries(
    {"order_id": scalars},
    optional={
        "awb": scalars,
        "sorting_code": scalars,
        "finished_at": st.just("2026-07-01 10:00:00") | scalars,
        "returned_at": scalars,
    },
)
kiriminaja = st.fixed_dictionaries(
    {
        "method": st.sampled_from(["processed_packages", "finished_packages", "returned_packages"])
        | scalars,
        "data": st.lists(package | anything, max_size=3) | anything,
    }
)
generic = st.fixed_dictionaries(
    {"items": st.lists(anything | st.dictionaries(nasty, scalars, max_size=4), max_size=3)}
)
BODIES = {"biteship": biteship, "kiriminaja": kiriminaja, "generic": generic}
PROOFS = {
    "biteship": {"X-Proof": SECRET},
    "kiriminaja": {"Authorization": f"Bearer {KEY}"},
    "generic": {"X-Proof": SECRET},
}


@st.composite
def calls(draw):
    """A call of one of the providers: its body whole, cut off, or nonsense; its proof or none."""
    provider = draw(st.sampled_from(sorted(BODIES)))
    body = draw(
        BODIES[provider].map(json.dumps).map(str.encode)
        | mutated().map(json.dumps).map(str.encode)
        | raw_bodies
    )
    if draw(st.integers(0, 5)) == 0:
        body = body[: draw(st.integers(0, len(body)))]
    proof = draw(st.sampled_from(["good", "good", "good", "none", "wrong", "other"]))
    headers = {
        "good": PROOFS[provider],
        "none": {},
        "wrong": dict.fromkeys(PROOFS[provider], "wrong"),
        "other": PROOFS["kiriminaja" if provider == "biteship" else "biteship"],
    }[proof]
    token = draw(st.sampled_from(["mine", "mine", "mine", "another", "guessed", "odd"]))
    return provider, token, proof, headers, body


@pytest.fixture(scope="module")
def doors(_server):
    odoo = shop.connect(_server.port, _server.database)
    accounts = odoo.env["oms.courier.account"]
    ids = {}
    for provider in BODIES:
        ids[provider] = accounts.create(
            {
                "name": f"Hostile {provider}",
                "provider": provider,
                "api_key": KEY,
                "webhook_scheme": "header",
                "webhook_header": "X-Proof",
                "webhook_secret": SECRET,
                "mapping": '{"events": "items", "resi": "awb", "code": "st", "occurred_at": "at"}',
            }
        )
    odoo.execute("oms.courier.account", "action_webhook_open", list(ids.values()))
    urls = {
        provider: accounts.read([account], ["webhook_url"])[0]["webhook_url"].rsplit("/", 1)[1]
        for provider, account in ids.items()
    }
    return _server, odoo, urls


@pytest.fixture(scope="module")
def refusal(_server):
    """What somebody gets who knows nothing."""
    return post(_server, "biteship", "B" * 32, {}, b'{"event": 1}')


def post(server, provider, token, headers, body):
    asked = urllib.request.Request(
        f"{server.url}/oms/webhook/{provider}/{token}",
        body,
        {"Content-Type": "application/json", **headers},
    )
    try:
        with urllib.request.urlopen(asked, timeout=120) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@relaxed(CASES)
@given(call=calls())
def test_calls(doors, refusal, call):
    server, _odoo, urls = doors
    provider, token, proof, headers, body = call
    others = {"biteship": "kiriminaja", "kiriminaja": "generic", "generic": "biteship"}
    address = {
        "mine": urls[provider],
        "another": urls[others[provider]],
        "guessed": "A" * len(urls[provider]),
        "odd": "x",
    }[token]
    status, text = post(server, provider, address, headers, body)
    assert "Traceback" not in text
    assert status in (200, 401), (status, text[:300], body[:200])
    if token != "mine":
        assert status == 401
    elif proof == "good":
        assert status == 200
    if status == 401:
        assert (status, text) == refusal, "nobody learns what was wrong"


def test_what_was_taken_is_read_or_explained(doors):
    _server, odoo, _urls = doors
    messages = odoo.env["oms.webhook.message"]
    job = odoo.env.ref(QUEUE).id
    while waiting := messages.search_count([("state", "=", "received")]):
        odoo.execute("ir.cron", "method_direct_trigger", [job])
        assert messages.search_count([("state", "=", "received")]) < waiting
    for row in messages.search_read([], ["state", "error"]):
        assert row["state"] in STATES, row
        assert row["error"] or row["state"] != "failed", row
