"""Other people's reports beside ours: their packages, and their figures against ours.

The packages (AGPL) are fetched for a comparison only, into the folder of the scripts' own things;
nothing of theirs is part of the addons.
"""

import subprocess
from pathlib import Path

import oms_dev as dev

MODULES = ("mis_builder", "account_financial_report")
PACKAGES = (*MODULES, "report_xlsx", "date_range")
SERIES = "19.0.*"
FOLDER = dev.HOME / "peers"


class NotThere(Exception):
    """The packages can't be fetched from here."""


def addons_path():
    """The addons path of a server that has their modules beside ours."""
    addons = FOLDER / "odoo/addons"
    if not all((addons / name).is_dir() for name in PACKAGES):
        names = [f"odoo-addon-{name}=={SERIES}" for name in PACKAGES]
        command = [dev.PYTHON, "-m", "pip", "install", "-q", "--no-deps", "-t", FOLDER, *names]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotThere(done.stderr.strip().splitlines()[-1])
    configured = next(
        line.partition("=")[2].strip()
        for line in Path(dev.os.environ["OMS_CONF"]).read_text().splitlines()
        if line.startswith("addons_path")
    )
    return f"--addons-path={configured},{addons}"


def install(database, log):
    """Install their modules into a database that has ours."""
    # Their manifests and models warn about things of their own; none of that is ours to judge.
    dev.install(database, MODULES, addons_path(), log=log)


# What follows runs in `odoo shell`.

THEIRS = """
from odoo import Command


class Theirs:
    # The same questions, asked of the other addons. Each answer is a function to call, with all
    # that it needs made before, so that it can be timed.

    def __init__(self, env):
        self.env = env

    def statement(self, types, function, columns):
        "{account type: [amount per column]}, by mis_builder; balp: movement, bale: at the end."
        terms = {kind: f"{function}[('account_type', '=', '{kind}')]" for kind in types}
        if "equity_unaffected" in terms:
            # It begins each fiscal year at zero there; what was before is with the profits.
            terms["equity_unaffected"] += " + balu[]"
        kpis = [
            {"name": kind, "description": kind, "expression": term} for kind, term in terms.items()
        ]
        report = self.env["mis.report"].create(
            {"name": function, "kpi_ids": [Command.create(kpi) for kpi in kpis]}
        )
        periods = [
            {
                "name": f"{since} - {until}",
                "mode": "fix",
                "manual_date_from": since,
                "manual_date_to": until,
                "sequence": number,
            }
            for number, (since, until) in enumerate(columns)
        ]
        instance = self.env["mis.report.instance"].create(
            {
                "name": function,
                "report_id": report.id,
                "company_id": self.env.company.id,
                "target_move": "posted",
                "comparison_mode": True,
                "period_ids": [Command.create(period) for period in periods],
            }
        )
        self.env.flush_all()

        def compute():
            return {
                row["label"]: [cell.get("val") or 0.0 for cell in row["cells"]]
                for row in instance.compute()["body"]
            }

        return compute

    def trial_balance(self, since, until):
        "{account id: (opening, debit, credit, closing)}, by account_financial_report."
        values = self._report("trial_balance", "trial.balance", since, until)
        names = ("initial_balance", "debit", "credit", "ending_balance")

        def compute():
            return {
                account: tuple(amounts[name] for name in names)
                for account, amounts in values()["total_amount"].items()
            }

        return compute

    def ledger(self, accounts, since, until):
        "{account id: (opening, [(date, item id, balance after it)])}, by account_financial_report."
        values = self._report(
            "general_ledger", "general.ledger", since, until, accounts, grouped_by="none"
        )

        def compute():
            return {
                account["id"]: (
                    account["init_bal"]["balance"],
                    [
                        (str(item["date"]), item["id"], item["balance"])
                        for item in account.get("move_lines", ())
                    ],
                )
                for account in values()["general_ledger"]
            }

        return compute

    def _report(self, report, wizard, since, until, accounts=(), **options):
        made = self.env[f"{wizard}.report.wizard"].create(
            {
                "company_id": self.env.company.id,
                "date_from": since,
                "date_to": until,
                "account_ids": [Command.set([account.id for account in accounts])],
                **options,
            }
        )
        data = made._prepare_report_data()
        model = self.env[f"report.account_financial_report.{report}"]
        return lambda: model._get_report_values(made.ids, data)
"""
