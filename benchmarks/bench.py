"""What the benchmarks share that measure in a process of their own, inside Odoo.

A benchmark calls itself: `run` starts it anew with --worker in a fresh database, where it measures
in the environment that `odoo_env` gives, and takes what it prints as JSON.
"""

import argparse
import contextlib
import gc
import json
import os
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "scripts"))

import oms_dev as dev  # noqa: E402

ROUNDS = 5


@contextlib.contextmanager
def odoo_env(database):
    """The superuser's environment in this process."""
    import odoo
    from odoo.modules.registry import Registry

    odoo.tools.config.parse_config(["-d", database])
    with Registry(database).cursor() as cr:
        yield odoo.api.Environment(cr, odoo.SUPERUSER_ID, {"tracking_disable": True})


def timed(ask, before=None, after=None):
    """Ask as often as ROUNDS says; ``(shortest seconds, longest, statements)``.

    ``before`` and ``after`` are called in each round, outside of what is measured.
    """
    import odoo.sql_db

    times, statements = [], 0
    for _n in range(ROUNDS):
        if before:
            before()
        gc.collect()
        counted, start = odoo.sql_db.sql_counter, time.perf_counter()
        ask()
        times.append(time.perf_counter() - start)
        statements = odoo.sql_db.sql_counter - counted
        if after:
            after()
    return min(times), max(times), statements


def run(doc, option, default, worker, report):
    """The command line of a benchmark with one option, a size.

    :param worker: ``worker(env, size)`` returns what was measured, as JSON can carry it
    :param report: ``report(result, size)`` returns the page
    """
    script = Path(sys.argv[0]).resolve()
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument(option, dest="size", type=int, default=default)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        with odoo_env(options.worker) as env:
            print(json.dumps(worker(env, options.size)))
        return
    with dev.fresh_database(dev.FULL) as database:
        command = [dev.PYTHON, script, "--worker", database, option, str(options.size)]
        done = subprocess.run(
            command, env=dev.odoo_environment(), stdout=subprocess.PIPE, check=True, text=True
        )
    page = report(json.loads(done.stdout.splitlines()[-1]), options.size)
    print(page)
    if options.write:
        script.with_suffix(".md").write_text(page)


def made_on():
    """Day and machine, for the page."""
    return f"{date.today()}, {os.cpu_count()} cores"
