"""Whatever is sent to the doors: an answer with code, field and sentence; no traceback, no 500.

OMS_HOSTILE=10000 sets the number of made-up messages (default 300).
"""

import json
import os
import urllib.error
import urllib.request

import pytest
import shop
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

CASES = int(os.environ.get("OMS_HOSTILE", "300"))
STATUSES = {"received", "accepted", "held", "updated", "duplicate", "quarantined", "error"}

nasty = st.sampled_from(
    [
        "",
        " ",
        "\x00",
        "\u202e",
        "=cmd|' /C calc'!A1",
        "'; DROP TABLE sale_order; --",
        "<script>alert(1)</script>",
        "../../etc/passwd",
        "%(x)s {0} ${7*7}",
        "NaN",
        "1e999",
        "-0",
        "९",
        "\ud800",
        "A" * 300,
        "9" * 40,
        "2026-13-45T99:99:99+99:99",
        "0001-01-01T00:00:00-23:59",
        "9999-12-31T23:59:59+00:00",
    ]
)
numbers = st.one_of(
    st.integers(-(10**30), 10**30),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0, -1, 1e308, 2**31, 2**63, 0.1, "1.5", "1,5", "1e3", True]),
)
scalars = st.one_of(st.none(), st.booleans(), numbers, nasty, st.text(max_size=40))
anything = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=12,
)
GOOD = shop.payload(1, [("HOST-0", 2, 10000)], prefix="HOST")


def paths(value, here=()):
    """The way to each part of a payload."""
    yield here
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, child in items:
            yield from paths(child, (*here, key))


@st.composite
def mutated(draw):
    """A good order with some of its parts replaced, dropped or added to."""
    order = json.loads(json.dumps(GOOD))
    order["external_id"] = draw(
        st.one_of(st.integers(0, 10**9).map(lambda number: f"HOST-{number}"), scalars)
    )
    for _change in range(draw(st.integers(0, 3))):
        *parents, last = draw(st.sampled_from([path for path in paths(order) if path]))
        target = order
        for key in parents:
            target = target[key]
        if isinstance(target, dict) and draw(st.integers(0, 4)) == 0:
            target.pop(last)
        else:
            target[last] = draw(anything)
    if draw(st.integers(0, 4)) == 0:
        order[draw(st.text(max_size=12))] = draw(anything)
    return order


bodies = st.one_of(
    st.lists(mutated(), min_size=1, max_size=3),
    mutated(),
    anything,
    st.fixed_dictionaries({"orders": anything}),
)
raw_bodies = st.one_of(
    bodies.map(json.dumps).map(str.encode),
    st.binary(max_size=200),
    bodies.map(json.dumps).flatmap(
        lambda text: st.integers(0, len(text)).map(lambda end: text[:end].encode())
    ),
    st.sampled_from([b"[" * 5000, b'{"a":' * 5000, b"\xff\xfe{}", b"NaN", b"[Infinity]", b"1e400"]),
)
# Ten messages a call where a call takes a list.
LIST = 10


def relaxed(examples):
    return settings(
        max_examples=max(examples, 1),
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture(scope="module")
def doors(_server):
    odoo = shop.connect(_server.port, _server.database)
    product = shop.make_products(odoo, "HOST", 1)
    shop.put_in_stock(odoo, shop.main_warehouse(odoo), {product[0]: 1000})
    channel = shop.make_channel(odoo, "HOST", auto_confirm=True)
    return odoo, shop.open_door(odoo, channel)


def post(door, body):
    asked = urllib.request.Request(
        door["door_url"],
        body,
        {"Content-Type": "application/json", "Authorization": f"Bearer {door['door_key']}"},
    )
    try:
        with urllib.request.urlopen(asked, timeout=120) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def assert_explained(item):
    """A refusal says what is wrong, where, and in a sentence."""
    for error in item["errors"]:
        assert set(error) >= {"code", "field", "message"}, item
        assert error["code"] and isinstance(error["message"], str) and " " in error["message"], item
        assert "Traceback" not in error["message"] and "psycopg2" not in error["message"], item
    if item["status"] in ("error", "quarantined"):
        assert item["errors"], item


@relaxed(CASES // 3)
@given(body=raw_bodies)
def test_endpoint(doors, body):
    _odoo, door = doors
    status, text = post(door, body)
    assert status in (202, 422), (status, text[:500], body[:500])
    assert "Traceback" not in text
    answer = json.loads(text)
    if status == 422:
        assert answer["status"] == "error" and answer["errors"]
        assert_explained(answer)
    else:
        for item in answer["items"]:
            assert item["status"] in STATUSES
            assert_explained(item)


@relaxed(CASES // 3 // LIST)
@given(orders=st.lists(st.one_of(mutated(), anything), min_size=LIST, max_size=LIST))
def test_submit_orders(doors, orders):
    odoo, _door = doors
    answers = odoo.execute("oms.channel", "submit_orders", "HOST", orders)
    assert len(answers) == len(orders)
    for item in answers:
        assert item["status"] in STATUSES
        assert_explained(item)


@relaxed(CASES // 3 // LIST)
@given(orders=st.lists(mutated(), min_size=LIST, max_size=LIST))
def test_the_queue_makes_or_explains_what_was_taken(doors, orders):
    odoo, door = doors
    status, text = post(door, json.dumps(orders).encode())
    assert status in (202, 422), text[:500]
    if status == 422:
        return
    job = odoo.env.ref("oms_fulfillment.cron_intake_queue").id
    odoo.execute("ir.cron", "method_direct_trigger", [job])
    ids = [item["intake_id"] for item in json.loads(text)["items"]]
    for row in odoo.env["oms.intake"].read(ids, ["state", "order_id", "errors", "reason"]):
        assert row["state"] not in ("received", "failed", "dead"), row
        assert row["order_id"] or row["state"] != "accepted", row
        if row["state"] == "quarantined":
            assert_explained({"status": "quarantined", "errors": row["errors"]})
