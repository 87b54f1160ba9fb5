"""Runs suites of Odoo's modules without and with the addons, and compares them test by test.

Called by scripts/inert. Exit code 1 when a test passes in one database and not in the other.
"""

import argparse
import configparser
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import oms_dev as dev

MODULES = (
    "stock",
    "sale",
    "sale_stock",
    "delivery",
    "stock_delivery",
    "stock_picking_batch",
    "stock_account",
)
RUN = """
from odoo.tests.shell import run_tests
run_tests(env, "/{module}", ["{module}"])
"""
# What Odoo logs about its tests: "<time> <pid> <level> <db> <logger>: <message>"
LINE = re.compile(r"^\S+ \S+ \d+ [A-Z]+ \S+ odoo\.addons\.([a-z0-9_.]+): (.*)$")
STARTED = re.compile(r"^Starting (\w+\.\w+) \.\.\.")
FAILED = re.compile(r"^(FAIL|ERROR): (?:Subtest )?(\w+\.\w+)")
SKIPPED = re.compile(r"^skipped (\w+\.\w+)")
LATEST = {"ok": 0, "skipped": 1, "FAIL": 2, "ERROR": 3}


def read_results(path):
    """{module.test_file:Class.method: "ok" | "skipped" | "FAIL" | "ERROR"} from a log."""
    results = {}
    with open(path, errors="replace") as log:
        for line in log:
            found = LINE.match(line)
            if not found:
                continue
            where, message = found.groups()
            for pattern, status in ((STARTED, "ok"), (SKIPPED, "skipped"), (FAILED, None)):
                match = pattern.match(message)
                if match:
                    status = status or match.group(1)
                    test = f"{where}:{match.group(match.lastindex)}"
                    known = results.setdefault(test, status)
                    results[test] = max(known, status, key=LATEST.get)
    return results


def with_foreign(folder):
    """Odoo's option for the addons path with a folder of somebody else's addons, or nothing."""
    if not folder:
        return []
    config = configparser.RawConfigParser()
    config.read(os.environ["OMS_CONF"])
    return [f"--addons-path={config['options']['addons_path']},{folder}"]


def run_suite(template, module, folder=None):
    """Run one module's tests on a copy of a template; its results.

    In the shell, where everything is installed: those tests too that otherwise run while their
    module is being installed, before any addon that depends on it exists.
    """
    log = dev.LOGS / f"inert-{template}-{module}.log"
    log.unlink(missing_ok=True)
    http, gevent = dev.free_ports(2)
    path = with_foreign(folder)
    started = time.monotonic()
    with dev.fresh_database(template) as database:
        if folder:
            dev.install(database, [module], *path, log=log.with_suffix(".install.log"))
        subprocess.run(
            dev.odoo_command(
                "shell",
                f"--database={database}",
                "--workers=0",
                f"--http-port={http}",
                f"--gevent-port={gevent}",
                f"--logfile={log}",
                *path,
            ),
            env=dev.odoo_environment(),
            input=RUN.format(module=module),
            text=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    results = read_results(log)
    bad = sum(status in ("FAIL", "ERROR") for status in results.values())
    seconds = time.monotonic() - started
    print(
        f"{module:20} {template:14} {len(results):5} tests, {bad:3} failed, {seconds:5.0f} s",
        flush=True,
    )
    return results


def compare(module, folder=None):
    """Lines about the tests whose result differs."""
    without = run_suite(dev.BASE, module, folder)
    with_addons = run_suite(dev.FULL, module, folder)
    if not without:
        return [f"{module}: no test ran"]
    return [
        f"{test}: {without.get(test, 'not run')} without, {with_addons.get(test, 'not run')} with"
        for test in sorted(without.keys() | with_addons.keys())
        if without.get(test) != with_addons.get(test)
    ]


def main(arguments):
    parser = argparse.ArgumentParser(prog="scripts/inert", description=__doc__)
    parser.add_argument("--addons-path", type=Path, help="a folder with somebody else's addons")
    parser.add_argument("modules", nargs="*", help="all of Odoo's, or of the folder, by default")
    asked = parser.parse_args(arguments)
    folder = asked.addons_path and asked.addons_path.resolve()
    known = (
        sorted(path.parent.name for path in folder.glob("*/__manifest__.py")) if folder else MODULES
    )
    if unknown := set(asked.modules) - set(known):
        sys.exit(f"error: not among {', '.join(known)}: {', '.join(sorted(unknown))}")
    os.nice(5)
    differences = [line for module in asked.modules or known for line in compare(module, folder)]
    print()
    print(*differences or ["No difference: the addons are inert without a channel."], sep="\n")
    return bool(differences)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
