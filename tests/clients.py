"""Many client processes that want something of one server at the same moment."""

import multiprocessing
import queue
import time
import urllib.error

import odoorpc.error
import shop

# Spawned, not forked: the client processes share nothing with the test but a barrier.
_processes = multiprocessing.get_context("spawn")
# Requests that lost a race against others, after all tries of Odoo's own.
LOST_RACES = ("SerializationFailure", "DeadlockDetected", "LockNotAvailable", "ConcurrencyError")


def run(server, target, shares, timeout=600):
    """Run ``target(client, barrier, share)`` in one operating system process per share.

    Each process logs in by itself, at the server's own port. Returns their return values in
    order; the first exception of a client is raised here.
    """
    barrier = _processes.Barrier(len(shares))
    answers = _processes.Queue()
    clients = [
        _processes.Process(
            target=_run_client,
            args=(server.http_port, server.database, target, barrier, share, number, answers),
        )
        for number, share in enumerate(shares)
    ]
    for client in clients:
        client.start()
    try:
        return _collect(clients, answers, time.monotonic() + timeout)
    finally:
        for client in clients:
            client.kill()
            client.join()


def _collect(clients, answers, deadline):
    results = {}
    while len(results) < len(clients):
        try:
            number, error, result = answers.get(timeout=1)
        except queue.Empty:
            dead = [n for n, c in enumerate(clients) if c.exitcode and n not in results]
            assert not dead, f"client processes {dead} died"
            assert time.monotonic() < deadline, "the clients did not come to an end"
            continue
        if error:
            raise AssertionError(f"client {number}: {error}")
        results[number] = result
    return [results[number] for number in range(len(clients))]


def _run_client(port, database, target, barrier, share, number, answers):
    try:
        result = target(shop.connect(port, database), barrier, share)
        answers.put((number, None, result))
    except BaseException as error:
        barrier.abort()
        answers.put((number, f"{error!r} {getattr(error, 'info', '')}", None))
        raise


def patiently(call, *args, tries=10):
    """What every sensible client does: a request that lost a race is sent again."""
    for remaining in reversed(range(tries)):
        try:
            return call(*args)
        except odoorpc.error.RPCError as error:
            kind = (error.info or {}).get("data", {}).get("name", "")
            if not remaining or not kind.endswith(LOST_RACES):
                raise
        except (TimeoutError, urllib.error.URLError):
            if not remaining:
                raise


# ------------------------------------------------------------------ what clients do


def place_and_confirm(client, barrier, orders):
    """Create the orders, wait for everybody else, then confirm them one request each."""
    sale = client.env["sale.order"]
    ids = sale.create(orders)
    barrier.wait(300)
    for order in ids:
        patiently(client.execute, "sale.order", "action_confirm", [order])
    return ids


def submit(client, barrier, share):
    """Submit payloads in requests of ``size``; the answers in the order of the payloads."""
    channel, payloads, size = share
    answers = []
    barrier.wait(300)
    for start in range(0, len(payloads), size):
        answers += patiently(
            client.execute,
            "oms.channel",
            "submit_orders",
            channel,
            payloads[start : start + size],
        )
    return answers


def ship_or_confirm(client, barrier, share):
    """Ship the orders named in the share, or create and confirm the new ones in it."""
    names, orders = share
    if orders:
        return place_and_confirm(client, barrier, orders)
    barrier.wait(300)
    answers = []
    for name in names:
        answers += patiently(client.execute, "oms.fulfillment", "ship", [{"order": name}])
    return answers


def deal(cards, hands):
    """Deal a list out to ``hands`` lists."""
    return [cards[hand::hands] for hand in range(hands)]
