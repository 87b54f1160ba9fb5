from odoo import api, fields, models

from ..engine import monitor as engine


class OmsAlert(models.Model):
    """Alerts follow the verdicts: orders join the alert of their cause and leave it again."""

    _inherit = "oms.alert"

    @api.model
    def _follow(self, rule, orders, found):
        """Bring the alerts of ``rule`` in line with what was found about ``orders``.

        :param dict found: ``{order: (engine.monitor.Verdict, (key, cause, next step))}`` of the
            orders that alert; all others of ``orders`` don't
        :return: the alerts that are new
        """
        lines = self.env["oms.alert.line"].search(
            [("alert_id.rule_id", "=", rule.id), ("order_id", "in", orders.ids)]
        )
        touched = lines.alert_id
        stale = lines.filtered(
            lambda line: line.order_id not in found
            or found[line.order_id][1][0] != line.alert_id.key
            or line.alert_id.company_id != line.order_id.company_id
        )
        staying = {line.order_id: line for line in lines - stale}
        stale.unlink()
        new = self.browse()
        groups = {}
        for order, (verdict, cause) in found.items():
            key = (order.company_id, cause[0])
            groups.setdefault(key, []).append((order, verdict, cause))
        for (company, _key), members in groups.items():
            # The worst of them speaks for all.
            _order, worst, cause = max(members, key=lambda member: member[1].score)
            alert = self._open_alert(rule, company, cause)
            new |= alert.filtered(lambda alert: not alert.first_seen)
            if worst.score >= alert.score:
                alert.write(self._prepare_words(rule, company, cause))
            alert._take_in(members, staying)
            touched |= alert
        touched._sum_up()
        return new

    @api.model
    def _open_alert(self, rule, company, cause):
        key = cause[0]
        domain = [("rule_id", "=", rule.id), ("company_id", "=", company.id), ("key", "=", key)]
        alert = self.search([*domain, ("state", "!=", "resolved")], limit=1)
        return alert or self.create(
            {
                "rule_id": rule.id,
                "company_id": company.id,
                "key": key,
                "owner_group_id": rule.owner_group_id.id,
                **self._prepare_words(rule, company, cause),
            }
        )

    @api.model
    def _prepare_words(self, rule, company, cause):
        """The reason and the next step, in the company's language, as the cause was told."""
        _key, label, next_step = cause
        rule = company._oms_in_language(rule)
        return {
            "reason": f"{rule.name}: {label}",
            "next_step": rule.next_step or next_step,
        }

    def _take_in(self, members, staying):
        joining = []
        for order, verdict, _cause in members:
            values = {"due": verdict.due, "score": verdict.score}
            if order in staying:
                staying[order].write(values)
            else:
                joining.append({"alert_id": self.id, "order_id": order.id, **values})
        self.env["oms.alert.line"].create(joining)

    def _sum_up(self):
        """Count, date and score these alerts anew; those without orders are resolved."""
        self.invalidate_recordset(["line_ids"])
        now = fields.Datetime.now()
        empty = self.filtered(lambda alert: not alert.line_ids and alert.state != "resolved")
        for alert in self.filtered("line_ids"):
            lines = alert.line_ids
            score = max(lines.mapped("score"))
            alert.write(
                {
                    "count": len(lines),
                    "peak": max(alert.peak, len(lines)),
                    "due": min(filter(None, lines.mapped("due")), default=False),
                    "score": score,
                    "band": engine.band(score),
                    "first_seen": alert.first_seen or now,
                    "last_seen": now,
                }
            )
        empty._set_resolved()

    def _notify_owners(self):
        """Tell the owners of these new alerts: one message per role and company."""
        told = self.filtered(lambda alert: alert.rule_id.notify == "mail")
        for (group, company), alerts in told.grouped(
            lambda alert: (alert.owner_group_id, alert.company_id)
        ).items():
            users = group.all_user_ids.filtered(
                lambda user, company=company: user.active
                and not user.share
                and company in user.company_ids
            )
            staff = company._oms_in_language(alerts)
            staff[:1].message_notify(
                partner_ids=users.partner_id.ids,
                subject=staff.env._("%(count)s new alerts", count=len(alerts)),
                body="\n".join(f"{alert.reason} ({alert.count})" for alert in staff),
            )
