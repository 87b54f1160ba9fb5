"""The proof walk of the reports' tests, where there is manufacturing: it sells kits as well.

The walk runs inside Odoo, on a copy of the database with Odoo's own modules for kits; the addons'
suites run without these.
"""

import re

import oms_dev as dev

WALK = "oms_reports/tests/test_proof_walk.py"


def test_kits_among_everything_else():
    with dev.fresh_database(dev.KITS) as name:
        log = dev.LOGS / f"walk-{name}.log"
        same = {"OMS_WALKS": "", "OMS_SEED": "0", "OMS_STEPS": "16"}
        dev.run_tests(name, WALK, "-k", "TestRupiahAndDollars", log=log, **same)
        (line,) = re.findall(r"walk \d+: (.*)", log.read_text())
        log.unlink()
    seen = {what: int(number) for number, what in re.findall(r"(\d+) ([a-z ]+)", line)}
    assert seen["kits sent"] and seen["kits back"] and seen["exchanges"], line
