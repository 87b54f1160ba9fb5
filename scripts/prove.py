"""Proves a database; `scripts/prove` feeds it to `odoo shell`, which provides `env`."""

import time
from datetime import timedelta

from odoo import fields

from odoo.addons.oms_reports.tests.double_figures import DoubleFigures


class Findings:
    """Stands for a test case: keeps what differs and goes on."""

    def __init__(self):
        self.found = []

    def assertAlmostEqual(self, shown, expected, places, about):
        if round(shown - expected, places):
            self.found.append(f"{about}: {shown} shown, {expected} expected")

    def assertEqual(self, shown, expected, about=""):
        if shown != expected:
            self.found.append(f"{about}: {shown} shown, {expected} expected")


def prove(env):
    """Print what was compared; return what differs."""
    started = time.monotonic()
    violations = env["oms.proof"].run()
    print(f"oms.proof.run() == {violations} ({time.monotonic() - started:.1f} s)")
    found = [str(violation) for violation in violations]
    for company in env["res.company"].search([]):
        found += prove_company(env(context={"allowed_company_ids": company.ids, "lang": "en_US"}))
    print(f"{len(found)} differences")
    return found


def prove_company(env):
    """Compare all figures of one company, the company of ``env``."""
    company = env.company
    orders = env["sale.order"].search(
        [("company_id", "=", company.id), ("oms_channel_id", "!=", False)]
    )
    today = company._oms_local_date(fields.Datetime.now())
    items = env["account.move.line"].search(
        [("company_id", "=", company.id), ("parent_state", "=", "posted")]
    )
    since = min(
        [
            today,
            *items.mapped("date"),
            *(company._oms_local_date(moment) for moment in orders.mapped("date_order")),
        ]
    ) - timedelta(days=1)
    started = time.monotonic()
    integrity = env["oms.analysis"].get_report("integrity", str(since), str(today))
    rows = integrity["rows"]
    findings = Findings()
    figures = DoubleFigures(findings, env, orders, since).check()
    print(f"""
{company.name}
  orders of channels       {len(orders):>10,}
  journal items            {len(items):>10,}
  integrity, checks        {len(rows):>10,}
  integrity, that fail     {integrity["failed"]:>10,}
  figures, computed twice  {figures:>10,}
  figures that differ      {len(findings.found):>10,}
  seconds                  {time.monotonic() - started:>10,.1f}
""")
    failed = [
        f"{company.name}, {row['label']}: {[cell['value'] for cell in row['cells']]}"
        for row in rows
        if row["alert"]
    ]
    return failed + findings.found


differences = prove(env)  # noqa: F821  # `odoo shell` provides it
env.cr.rollback()  # noqa: F821
if differences:
    raise SystemExit("\n".join(["error: the figures of this database differ.", *differences[:50]]))
