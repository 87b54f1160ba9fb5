from dataclasses import replace

from markupsafe import Markup

from odoo import fields, models
from odoo.tools import format_datetime

from ..engine import verification

PASS, FAIL, WAIVED = "pass", "fail", "waived"


class SaleOrder(models.Model):
    """Verification: what was checked on an order, with which result.

    A check that passes is worth no row: ``oms_checks`` keeps one result per rule in a single
    value, written only when it differs. A check that fails has its hold, with the evidence; one
    that was waived has that hold with who released it, when and why.
    """

    _inherit = "sale.order"

    oms_checks = fields.Json(
        string="Check Results",
        copy=False,
        readonly=True,
        help="When the checks last changed, and the result of each.",
    )
    oms_checklist = fields.Html(string="Checks", compute="_compute_oms_checklist")

    # WHAT PEOPLE SEE

    def _compute_oms_checklist(self):
        icons = {
            PASS: ("fa-check text-success", self.env._("Passed")),
            FAIL: ("fa-times text-danger", self.env._("Failed")),
            WAIVED: ("fa-hand-o-right text-warning", self.env._("Waived")),
        }
        row = Markup(
            "<tr><td><i class='fa {icon}'></i> {label}</td><td>{name}</td><td>{detail}</td></tr>"
        )
        for order, checks in zip(self, self._oms_check_dicts(), strict=True):
            rows = Markup().join(
                row.format(
                    icon=icons[check["result"]][0],
                    label=icons[check["result"]][1],
                    name=check["name"],
                    detail=order._oms_check_detail(check),
                )
                for check in checks
            )
            table = Markup("<table class='table table-sm'><tbody>%s</tbody></table>")
            order.oms_checklist = table % rows if rows else False

    def _oms_check_detail(self, check):
        """Who, when and on what grounds, in one line."""
        at = check["at"] and format_datetime(self.env, check["at"])
        parts = [check["reason"], check["by"], at, check["release_reason"]]
        return " · ".join(part for part in parts if part)

    def _oms_check_dicts(self):
        """Return per order a list of ``{check, name, result, at, by, reason, evidence,
        release_reason}``; times in UTC as text."""
        # sudo: who reads an order may read how it was checked.
        codes = {key for order in self for key in (order.oms_checks or {}).get("results", {})}
        rules = (
            self.env["oms.verification.rule"]
            .sudo()
            .with_context(active_test=False)
            .search([("id", "in", [int(key) for key in codes])])
        )
        holds = self.env["oms.hold"].sudo().search([("order_id", "in", self.ids)], order="id")
        latest = {(hold.order_id.id, hold.rule_id.id): hold for hold in holds if hold.rule_id}
        return [
            [
                order._oms_check_dict(rule, latest.get((order.id, rule.id)))
                for rule in rules
                if str(rule.id) in (order.oms_checks or {}).get("results", {})
            ]
            for order in self
        ]

    def _oms_check_dict(self, rule, hold):
        result = self.oms_checks["results"][str(rule.id)]
        answer = {
            "check": rule.code,
            "name": rule.name,
            "result": result,
            "at": self.oms_checks["at"],
            "by": None,
            "reason": None,
            "evidence": None,
            "release_reason": None,
        }
        if hold and result != PASS:
            answer.update(reason=hold.reason, evidence=hold.evidence or None)
            answer["at"] = fields.Datetime.to_string(hold.since)
        if hold and result == WAIVED:
            answer["at"] = fields.Datetime.to_string(hold.released_at)
            answer["by"] = hold.released_by_id.name or None
            answer["release_reason"] = hold.release_reason or None
        return answer

    # CHECKING

    def _oms_verify(self):
        """Run the checks on unconfirmed orders: raise what fails, release what is mended.

        A hold that a person released stays released until its evidence changes.
        """
        self._oms_managed().filtered(lambda order: order.state in ("draft", "sent"))._oms_check()

    def _oms_check(self, together=False):
        """Check these orders; the number of queries does not depend on how many they are.

        :param bool together: they are about to be confirmed in one go, so that each uses up the
            credit of those after it
        """
        orders = self.filtered(lambda order: not order._oms_missing())
        if not orders:
            return
        Rule = self.env["oms.verification.rule"]
        rules = {order.id: Rule._for_channel(order.oms_channel_id.id) for order in orders}
        # sudo: the checks are the same for everyone who touches the order.
        known = (
            self.env["oms.hold"]
            .sudo()
            .search([("order_id", "in", orders.ids), ("rule_id", "!=", False)])
            .grouped(lambda hold: hold.order_id.id)
        )
        inputs = orders._oms_verification_inputs(rules)
        nothing = self.env["oms.hold"].sudo()
        used = {}
        for order in orders.sorted("id"):
            facts = inputs[order.id]
            key = order._oms_credit_key()
            if together and facts.exposure.limit is not None:
                open_orders = facts.exposure.open_orders + used.get(key, 0.0)
                facts = replace(facts, exposure=replace(facts.exposure, open_orders=open_orders))
            findings = verification.verify(facts, rules[order.id])
            order._oms_sync_findings(rules[order.id], findings, known.get(order.id, nothing))
            if not findings:
                used[key] = used.get(key, 0.0) + facts.company_total

    def _oms_sync_findings(self, rules, findings, holds):
        """Make the holds of one order equal to the findings of the rules on it."""
        hold_codes = self.env["oms.verification.rule"]._hold_codes()
        checked = {hold_codes[rule.key][0] for rule in rules}
        holds = holds.filtered(lambda hold: hold.code_id.id in checked)
        results = {str(rule.key): PASS for rule in rules}
        kept = self.env["oms.hold"]
        for finding in findings:
            same = self._oms_holds_of_finding(finding, hold_codes, holds)
            active = same.filtered(lambda hold: hold.state == "active")
            if active or not same:
                active |= self._oms_raise_finding(finding, hold_codes[finding.rule][1])
            kept |= same | active
            key = str(finding.rule)
            results[key] = FAIL if active else WAIVED if results[key] != FAIL else FAIL
        mended = holds.filtered(lambda hold: hold.state == "active") - kept
        mended._auto_release(self.env._("The check passes now."))
        if (self.oms_checks or {}).get("results") != results:
            now = fields.Datetime.to_string(fields.Datetime.now())
            self.oms_checks = {"at": now, "results": results}

    def _oms_holds_of_finding(self, finding, hold_codes, holds):
        """Active holds on the same thing, and closed ones with the very same evidence."""
        code_id = hold_codes[finding.rule][0]
        return holds.filtered(
            lambda hold: hold.code_id.id == code_id
            and (hold.line_id.id or None) == finding.line_id
            and (hold.state == "active" or hold.evidence == finding.evidence)
        )

    def _oms_raise_finding(self, finding, code):
        return self._oms_raise_hold(
            code,
            self._oms_finding_sentence(finding),
            finding.evidence,
            line=self.env["sale.order.line"].browse(finding.line_id),
            rule_id=finding.rule,
            until=finding.until or False,
        )
