from odoo import api, models
from odoo.tools import SQL

from ..exceptions import OmsRefusal

# Checks of units and stages; all others tell amounts of the books.
TOLD_TO_ALL = (
    "units",
    "reserved",
    "stage",
    "returned_units",
    "refunded_units",
    "unclaimed_units",
)
# Who may read the books.
BOOKS = (
    "oms_fulfillment.group_oms_finance",
    "account.group_account_readonly",
    "account.group_account_invoice",
)


class OmsProof(models.AbstractModel):
    """The proof that no unit and no rupiah was lost: each check lists what breaks a promise.

    An empty list is the promise kept. Checks compare facts from independent sources: what was
    ordered with what the transfers say, what the order's returns say with the ledger.
    """

    _name = "oms.proof"
    _description = "Conservation Proof"

    @api.model
    def run(self):
        """Run every check on the whole database, for all companies of the caller.

        :return: list of violations ``{code, model, id, name, expected, actual, message}``;
            empty when units and money are conserved. Amounts are told to readers of the books;
            others are told what is wrong, with ``None`` for both
        """
        self._check_reader()
        return self._told(self._run())

    @api.model
    def _check_reader(self):
        if not self.env.su and not self.env.user.has_group("oms_fulfillment.group_oms_user"):
            raise OmsRefusal(
                "access",
                self.env._("%(user)s may not run the proof.", user=self.env.user.name),
                next_step=self.env._("Ask for the role OMS: Reader."),
            )

    @api.model
    def _run(self):
        # sudo: the proof counts every unit; it only reads.
        self.env["sale.order"]._oms_refresh_touched()
        self.env.flush_all()
        proof = self.sudo()
        return [violation for check in proof._get_checks() for violation in getattr(proof, check)()]

    @api.model
    def _told(self, violations):
        """What the caller may know of violations."""
        if self.env.su or any(self.env.user.has_group(group) for group in BOOKS):
            return violations
        return [
            violation
            if violation["code"] in TOLD_TO_ALL
            else {
                **violation,
                "expected": None,
                "actual": None,
                "message": self.env._(
                    "%(name)s: amounts differ. Ask somebody with the role OMS: Finance.",
                    name=violation["name"],
                ),
            }
            for violation in violations
        ]

    @api.model
    def _cron_prove(self):
        """Prove every company that has a channel."""
        channels = self.env["oms.channel"].with_context(active_test=False)
        companies = channels.search([("company_id", "!=", False)]).company_id or self.env.company
        self.env["oms.proof.result"]._prove(companies)

    @api.model
    def _get_checks(self):
        """Names of the check methods, in the order in which they run."""
        return ["_check_units", "_check_reserved", "_check_stages"]

    def _violation(self, code, record, expected, actual, message):
        return {
            "code": code,
            "model": record._name,
            "id": record.id,
            "name": record.display_name,
            "expected": expected,
            "actual": actual,
            "message": message,
        }

    def _managed_orders(self):
        return self.env["sale.order"].search(
            [("oms_channel_id", "!=", False), ("company_id", "in", self.env.companies.ids)]
        )

    def _check_units(self):
        """Ordered = sum of the buckets, and no bucket is negative."""
        lines = self._managed_orders().order_line
        violations = []
        for line_id, units in lines._oms_buckets().items():
            negative = [name for name, value in units.as_dict().items() if value < -1e-6]
            if abs(units.ordered - units.total) > 1e-6 or negative:
                line = lines.browse(line_id)
                violations.append(
                    self._violation(
                        "units",
                        line,
                        units.ordered,
                        units.total,
                        self.env._(
                            "%(order)s, %(product)s: %(ordered)s ordered, %(found)s found.",
                            order=line.order_id.name,
                            product=line.product_id.display_name,
                            ordered=f"{units.ordered:g}",
                            found=f"{units.total:g}",
                        ),
                    )
                )
        return violations

    def _check_reserved(self):
        """Reserved never exceeds on hand, per product and location, once any channel exists."""
        if not self.env["oms.channel"]._is_active():
            return []
        rows = self.env.execute_query(
            SQL(
                """
                SELECT quant.product_id, quant.location_id, SUM(quant.quantity),
                       SUM(quant.reserved_quantity)
                  FROM stock_quant quant
                  JOIN stock_location place ON place.id = quant.location_id
                 WHERE place.usage = 'internal'
              GROUP BY quant.product_id, quant.location_id
                HAVING SUM(quant.reserved_quantity) > SUM(quant.quantity) + 0.000001
                    OR SUM(quant.quantity) < -0.000001
                """
            )
        )
        violations = []
        for product_id, location_id, quantity, reserved in rows:
            product = self.env["product.product"].browse(product_id)
            location = self.env["stock.location"].browse(location_id)
            message = self.env._(
                "%(product)s in %(location)s: %(reserved)s reserved, %(quantity)s on hand.",
                product=product.display_name,
                location=location.display_name,
                reserved=f"{reserved:g}",
                quantity=f"{quantity:g}",
            )
            violations.append(self._violation("reserved", product, quantity, reserved, message))
        return violations

    def _check_stages(self):
        """The stored stage is the one that the facts give."""
        orders = self._managed_orders()
        positions = orders._oms_positions()
        return [
            self._violation(
                "stage",
                order,
                positions[order.id].stage,
                order.oms_stage_id.code,
                self.env._(
                    "%(order)s is shown in %(shown)s and is in %(real)s.",
                    order=order.name,
                    shown=order.oms_stage_id.code or "",
                    real=positions[order.id].stage,
                ),
            )
            for order in orders
            if order.oms_stage_id.code != positions[order.id].stage
        ]
