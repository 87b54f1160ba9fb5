from odoo import fields, models

from ..adapters.indonesia import Finding as Region
from ..engine import verification
from ..exceptions import OmsRefusal


class SaleOrder(models.Model):
    """Verification and holds: why an order must not go on."""

    _inherit = "sale.order"

    oms_hold_count = fields.Integer(string="Active Holds", compute="_compute_oms_hold_count")
    oms_hold_reasons = fields.Char(string="Held Because", compute="_compute_oms_hold_count")

    def _compute_oms_hold_count(self):
        holds = self._oms_managed()._oms_active_holds().grouped(lambda hold: hold.order_id.id)
        for order in self:
            active = holds.get(order.id, ())
            order.oms_hold_count = len(active)
            order.oms_hold_reasons = "; ".join(hold.reason for hold in active) or False

    # GUARDS

    def _confirmation_error_message(self):
        message = super()._confirmation_error_message()
        if message or not self._oms_managed():
            return message
        self._oms_verify()
        self._oms_before_commit("oms.touched")
        self.env.cr.precommit.data.setdefault("oms.verified", set()).add(self.id)
        holds = self._oms_active_holds("confirm")
        return holds._refusal_sentence(self.env._("confirmed")) if holds else False

    def _oms_guard(self, transition):
        """Refuse ``transition`` while a hold blocks it. Nothing was changed when this raises.

        :raise OmsRefusal: ``on_hold``
        """
        if not self:
            return
        if transition == "confirm":
            self._oms_ensure_complete()
            # action_confirm() verified these orders a moment ago; other routes did not.
            verified = self.env.cr.precommit.data.pop("oms.verified", set())
            self.filtered(lambda order: order.id not in verified)._oms_check()
        holds = self._oms_active_holds(transition)
        if holds:
            verbs = {
                "confirm": self.env._("confirmed"),
                "reserve": self.env._("reserved"),
                "ship": self.env._("shipped"),
                "invoice": self.env._("invoiced"),
            }
            raise OmsRefusal("on_hold", holds._refusal_sentence(verbs[transition]))

    def _oms_ensure_complete(self):
        """Refuse to confirm an order that placement has not finished.

        :raise OmsRefusal: ``incomplete``
        """
        labels = {
            "lines": self.env._("products"),
            "address": self.env._("a delivery address"),
            "payment": self.env._("a payment policy"),
        }
        for order in self:
            missing = order._oms_missing()
            if missing:
                raise OmsRefusal(
                    "incomplete",
                    self.env._(
                        "%(order)s can't be confirmed: it has no %(missing)s.",
                        order=order.name,
                        missing=", ".join(labels[name] for name in missing),
                    ),
                    next_step=self.env._("Complete the order."),
                )

    def _oms_active_holds(self, transition=None):
        """Return the active holds of these orders, or only those that block ``transition``."""
        domain = [("order_id", "in", self.ids), ("state", "=", "active")]
        if transition:
            domain.append((f"code_id.blocks_{transition}", "=", True))
        if not self.ids:
            return self.env["oms.hold"].sudo()
        # sudo: whoever may move an order must meet every hold on it, readable or not.
        return self.env["oms.hold"].sudo().search(domain)

    def _oms_hold_counts(self):
        """Return ``{order id: {"confirm": n, "ship": n}}`` of active holds, in one query."""
        counts = {}
        groups = self.env["oms.hold"]._read_group(
            [("order_id", "in", self.ids), ("state", "=", "active")],
            ["order_id", "code_id"],
            ["__count"],
        )
        for order, code, count in groups:
            known = counts.setdefault(order.id, {"confirm": 0, "ship": 0})
            known["confirm"] += count if code.blocks_confirm else 0
            known["ship"] += count if code.blocks_ship or code.blocks_reserve else 0
        return counts

    # HOLDS

    def _oms_raise_hold(self, code, reason, evidence="", line=None, raised_by="rule"):
        """Put these orders on hold; an active hold of the same code and line is updated instead.

        :param str code: code of an ``oms.hold.code``
        :param str reason: the sentence that staff read
        :param str evidence: the figures behind it
        :return: the active holds
        """
        code_id = self.env["oms.hold.code"]._id_of(code)
        if not code_id:
            raise OmsRefusal("unknown_hold", self.env._("There is no hold %(code)s.", code=code))
        line_id = line.id if line else False
        # sudo: raising a hold is the system's act; everybody may be stopped by it.
        Hold = self.env["oms.hold"].sudo()
        active = Hold.search(
            [
                ("order_id", "in", self.ids),
                ("code_id", "=", code_id),
                ("line_id", "=", line_id),
                ("state", "=", "active"),
            ]
        )
        stale = active.filtered(lambda hold: hold.evidence != evidence or hold.reason != reason)
        if stale:
            stale.write({"reason": reason, "evidence": evidence})
        return active + Hold.create(
            [
                {
                    "code_id": code_id,
                    "order_id": order.id,
                    "line_id": line_id,
                    "reason": reason,
                    "evidence": evidence,
                    "raised_by": raised_by,
                }
                for order in self - active.order_id
            ]
        )

    # VERIFICATION

    def _oms_verify(self):
        """Run the checks on unconfirmed orders: raise what fails, release what is mended.

        A hold that a person released stays released until its evidence changes.
        """
        self._oms_managed().filtered(lambda order: order.state in ("draft", "sent"))._oms_check()

    def _oms_check(self):
        if not self:
            return
        Rule = self.env["oms.verification.rule"]
        # sudo: the checks are the same for everyone who touches the order.
        holds = (
            self.env["oms.hold"]
            .sudo()
            .search([("order_id", "in", self.ids), ("raised_by", "=", "rule")])
        )
        for order in self:
            if not order._oms_missing():
                own = holds.filtered(lambda hold, order=order: hold.order_id == order)
                order._oms_sync_findings(Rule._for_channel(order.oms_channel_id.id), own)

    def _oms_sync_findings(self, applicable, holds):
        """Make the holds of one order equal to the findings of the rules on it.

        :param applicable: ``(code, limit, hold code id, hold code)`` rows
        """
        rules = [verification.Rule(code, limit) for code, limit, *_hold in applicable]
        hold_by_rule = {code: (hold_id, hold) for code, _limit, hold_id, hold in applicable}
        checked = {hold_id for hold_id, _hold in hold_by_rule.values()}
        holds = holds.filtered(lambda hold: hold.code_id.id in checked)
        kept = self.env["oms.hold"]
        findings = verification.verify(self._oms_verification_input(hold_by_rule), rules)
        for finding in findings:
            same = holds.filtered(
                lambda hold, finding=finding: hold.code_id.id == hold_by_rule[finding.rule][0]
                and (hold.line_id.id or None) == finding.line_id
                and (hold.state == "active" or hold.evidence == finding.evidence)
            )
            if same:
                kept |= same
            if not same or same.filtered(lambda hold: hold.state == "active"):
                line = self.env["sale.order.line"].browse(finding.line_id)
                self._oms_raise_hold(
                    hold_by_rule[finding.rule][1],
                    self._oms_finding_sentence(finding),
                    finding.evidence,
                    line=line,
                )
        mended = holds.filtered(lambda hold: hold.state == "active") - kept
        mended._auto_release(self.env._("The check passes now."))

    def _oms_verification_input(self, rules):
        """The order as the engine sees it."""
        verify_price = self.oms_channel_id.price_policy == "verify" and "price" in rules
        lines = self.order_line.filtered(
            lambda line: not line.display_type and line.oms_kind in ("goods", False)
        )
        return verification.OrderInput(
            lines=tuple(
                verification.LineInput(
                    id=line.id,
                    sku=line.product_id.default_code or line.product_id.display_name or "",
                    quantity=line.product_uom_qty,
                    unit_price=line.price_unit,
                    saleable=line.product_id.active and line.product_id.sale_ok,
                    expected_price=line._get_display_price() if verify_price else None,
                )
                for line in lines
            ),
            address=self._oms_address(),
            payment_policy=self.oms_payment_policy,
            paid=bool(self.oms_paid_at),
            total=self.amount_total,
            cod_amount=self.oms_cod_amount,
            channel_total=self.oms_channel_total if self.oms_has_channel_total else None,
            platform_discount=self.oms_platform_discount,
            rounding=self.currency_id.rounding,
        )

    def _oms_address(self):
        """Return the ship-to as ``{name, phone, street, village, district, city, province,
        postal_code, country}``.

        What the channel sent comes first: a masked buyer has no contact of their own.
        """
        self.ensure_one()
        partner = self.partner_shipping_id
        known = {
            "name": partner.name,
            "phone": partner.phone or self.partner_id.phone,
            "street": partner.street,
            "village": partner.oms_village,
            "district": partner.oms_district,
            "city": partner.city,
            "province": partner.state_id.name,
            "postal_code": partner.zip,
            "country": partner.country_id.code,
        }
        sent = self.oms_ship_to or {}
        merged = {key: sent.get(key) or value for key, value in known.items()}
        merged["street"] = merged["street"] or sent.get("note")
        return merged

    def _oms_finding_sentence(self, finding):
        """What staff read on the hold: in the company's language, whoever caused it."""
        self = self.with_context(lang=self.company_id.partner_id.lang or self.env.lang)
        values = finding.values
        currency = self.currency_id
        if finding.reason == "not_saleable":
            return self.env._("%(sku)s can't be sold any more.", sku=values["sku"])
        if finding.reason == "quantity_not_positive":
            return self.env._(
                "%(sku)s is ordered with a quantity of %(quantity)s.",
                sku=values["sku"],
                quantity=self._oms_units(values["quantity"]),
            )
        if finding.reason == "quantity_over_limit":
            return self.env._(
                "%(quantity)s of %(sku)s is more than the limit of %(limit)s.",
                quantity=self._oms_units(values["quantity"]),
                sku=values["sku"],
                limit=self._oms_units(values["limit"]),
            )
        if finding.reason == "price_negative":
            return self.env._(
                "%(sku)s has the negative price %(price)s.",
                sku=values["sku"],
                price=currency.format(values["price"]),
            )
        if finding.reason == "price_differs":
            return self.env._(
                "%(sku)s costs %(price)s on the order and %(expected)s in the pricelist.",
                sku=values["sku"],
                price=currency.format(values["price"]),
                expected=currency.format(values["expected"]),
            )
        if finding.reason == "address_incomplete":
            return self._oms_missing_sentence(values["missing"])
        if finding.rule == "region":
            return self._oms_region_sentence(Region(finding.reason, values))
        if finding.reason == "not_paid":
            return self.env._(
                "The buyer has not paid %(total)s yet.", total=currency.format(values["total"])
            )
        if finding.reason == "cod_differs":
            return self.env._(
                "The courier is to collect %(cod)s, the order is worth %(total)s.",
                cod=currency.format(values["cod"]),
                total=currency.format(values["total"]),
            )
        return self.env._(
            "The channel says %(channel)s, the order adds up to %(own)s.",
            channel=currency.format(values["channel"]),
            own=currency.format(values["own"]),
        )

    def _oms_missing_sentence(self, missing):
        labels = {
            "name": self.env._("recipient's name"),
            "street": self.env._("street"),
            "city": self.env._("city"),
            "country": self.env._("country"),
            "phone": self.env._("telephone number"),
        }
        names = ", ".join(labels[name] for name in missing.split(", "))
        return self.env._("The address has no %(missing)s.", missing=names)
