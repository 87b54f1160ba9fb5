from odoo import fields, models

from ..trusted import TRUSTED
from .oms_sourcing_desk import Desk


class Plan(dict):
    """``{line id: {warehouse: share of its units}}``; compared by identity, since it travels in the
    context."""

    __hash__ = object.__hash__

    def __eq__(self, other):
        return self is other


class SaleOrder(models.Model):
    """Which warehouses ship an order: facts for the engine, and what a person chose instead."""

    _inherit = "sale.order"

    oms_source_id = fields.Many2one(
        "stock.warehouse",
        string="Ship From",
        check_company=True,
        copy=False,
        help="A person's choice; empty: the sourcing rules decide.",
    )
    oms_source_by_id = fields.Many2one(
        "res.users", string="Warehouse Chosen By", readonly=True, copy=False
    )
    oms_source_at = fields.Datetime(string="Warehouse Chosen At", readonly=True, copy=False)

    def write(self, vals):
        if "oms_source_id" in vals:
            chosen = bool(vals["oms_source_id"])
            vals = {
                **vals,
                "oms_source_by_id": self.env.uid if chosen else False,
                "oms_source_at": fields.Datetime.now() if chosen else False,
            }
        return super().write(vals)

    # DECIDING

    def _oms_sourced(self):
        """The orders whose company has sourcing rules, or for which a person chose a warehouse."""
        managed = self._oms_managed()
        if not managed:
            return managed
        companies = self.env["oms.sourcing.rule"]._companies_with_rules()
        return managed.filtered(lambda o: o.company_id.id in companies or o.oms_source_id)

    def _oms_decide(self, wanted, rules=None):
        """Decide where units of these orders ship from.

        :param dict wanted: ``{line: units of the line}``
        :param rules: rules to try instead of the active ones
        :return: ``({line id: {warehouse: share}}, [values of oms.sourcing.decision])``
        """
        plan, decisions = Plan(), []
        # sudo: the facts are the same for whoever confirms the order.
        lines_by_company = self.env["sale.order.line"].concat(*wanted).sudo().grouped("company_id")
        for company, lines in lines_by_company.items():
            desk = Desk(company, {line: wanted[line] for line in lines}, rules)
            for key, verdict in desk.solve().items():
                plan.update(desk.shares(key, verdict))
                decisions.append(desk.decision(key, verdict))
        return plan, decisions

    def _oms_open_warehouses(self):
        """Where the units are that have not left yet."""
        moves = self.picking_ids.move_ids.filtered(
            lambda move: move.state not in ("done", "cancel")
        )
        return moves.picking_type_id.warehouse_id

    def _oms_source_places(self, line):
        """The warehouses that may ship a line of this order, best first; ``None``: any."""
        if not self._oms_sourced():
            return None
        desk = Desk(self.company_id.sudo(), {line.sudo(): 1.0})
        if not desk.orders:
            return None
        found = sorted(desk.orders[0].candidates, key=lambda place: (place.late, place.cost))
        return self.env["stock.warehouse"].browse(place.warehouse for place in found)


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _action_launch_stock_rule(self, *, previous_product_uom_qty=False):
        """The demand of all these lines is sourced together, before Odoo asks for any of it."""
        skip = self.env.context.get("skip_procurement")
        if previous_product_uom_qty and not skip:
            self._oms_take_off_surplus(previous_product_uom_qty)
        orders = self.order_id._oms_sourced()
        if not orders or skip:
            return super()._action_launch_stock_rule(
                previous_product_uom_qty=previous_product_uom_qty
            )
        lines = self.with_context(oms_sourcing=self._oms_source(orders, previous_product_uom_qty))
        return super(SaleOrderLine, lines)._action_launch_stock_rule(
            previous_product_uom_qty=previous_product_uom_qty
        )

    def _oms_take_off_surplus(self, previous):
        """Where a smaller quantity is spread over several transfers, say which ones bring less.

        Odoo asks the order's warehouse for a negative quantity, and makes a return of what its
        first transfer has not.
        """
        for line in self.filtered(
            lambda line: line.order_id.oms_channel_id
            and line.state == "sale"
            and not line.order_id.locked
            and line.product_uom_id.compare(line.product_uom_qty, previous.get(line.id, 0.0)) < 0
        ):
            # sudo: who changes the quantity need not be allowed to read transfers.
            open_moves = line.sudo().move_ids.filtered(
                lambda move: move.state not in ("done", "cancel")
                and move.location_id.usage != "customer"
            )
            pickings = open_moves.picking_id
            elsewhere = pickings.picking_type_id.warehouse_id - line.sudo().warehouse_id
            surplus = line._get_qty_procurement(previous) - line.product_uom_qty
            if (len(pickings) > 1 or elsewhere) and line.product_uom_id.compare(surplus, 0.0) > 0:
                # What is off the shelf already is put back by write(), which counts it.
                line.with_context(oms_put_away_later=TRUSTED)._oms_take_off(surplus)

    def _oms_source(self, orders, previous_product_uom_qty):
        """Return the plan for what is still to be procured, and record the decisions."""
        wanted = {}
        for line in self.filtered(
            lambda line: line.order_id in orders
            and line.state == "sale"
            and not line.order_id.locked
            and line._oms_is_sourced()
        ):
            units = line.product_uom_qty - line._get_qty_procurement(previous_product_uom_qty)
            if line.product_uom_id.compare(units, 0.0) > 0:
                wanted[line] = units
        if not wanted:
            return Plan()
        plan, decisions = orders._oms_decide(wanted)
        # sudo: the system's own record of what it did.
        self.env["oms.sourcing.decision"].sudo().create(decisions)
        return plan

    def _oms_is_sourced(self):
        """Whether a warehouse of ours ships this line from its stock.

        Not services, nor what a vendor sends to the customer, nor what is bought or made to order:
        their routes decide.
        """
        if self.product_id.type != "consu" or self.route_ids:
            return False
        routes = self.product_id.route_ids | self.product_id.categ_id.total_route_ids
        return not any(
            rule.procure_method == "make_to_order"
            or rule.action == "buy"
            and rule.location_dest_id.usage == "customer"
            for rule in routes.sudo().rule_ids
        )

    def _create_procurements(self, product_qty, procurement_uom, values):
        """One procurement per warehouse of the plan."""
        procurements = super()._create_procurements(product_qty, procurement_uom, values)
        plan = self.env.context.get("oms_sourcing")
        # Callers choose the context, too: only a plan that was made here says where units go.
        shares = plan.get(self.id) if isinstance(plan, Plan) else None
        if not shares or procurement_uom.compare(product_qty, 0.0) <= 0:
            return procurements
        result = []
        for procurement in procurements:
            left = procurement.product_qty
            for number, (warehouse, share) in enumerate(shares.items(), 1):
                units = procurement_uom.round(procurement.product_qty * share)
                units = left if number == len(shares) else min(units, left)
                left -= units
                if procurement_uom.compare(units, 0.0) > 0:
                    place = {**procurement.values, "warehouse_id": warehouse}
                    result.append(procurement._replace(product_qty=units, values=place))
        return result
