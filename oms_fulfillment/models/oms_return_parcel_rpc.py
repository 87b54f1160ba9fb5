from odoo import api, models

from ..exceptions import OmsRefusal


class OmsReturnParcel(models.Model):
    """The public methods of the way back, and the scan at receiving."""

    _inherit = "oms.return.parcel"

    # RPC

    @api.model
    def announce(self, items):
        """Say in which parcel returns come, of one order or of several orders of one customer.

        :param list items: ``{returns: [name | id], resi, courier, service}``; returns that have a
            parcel bring the others into it; ``resi`` may follow by another call
        :return: per item ``{status, id, name, state, resi, returns, errors}``; ``status`` is
            ``announced``, or ``duplicate`` when nothing is new
        """
        Return = self.env["oms.return"]
        Return._ensure_role(
            "group_oms_integration", "group_oms_agent", "group_oms_courier", "group_oms_warehouse"
        )

        def handle(item):
            references = item.get("returns")
            if not isinstance(references, list) or not references:
                raise OmsRefusal(
                    "missing",
                    self.env._("No returns were named."),
                    field="returns",
                    next_step=self.env._("Send a list of the returns in the parcel."),
                )
            cases = Return.browse()
            for reference in references:
                cases |= Return._find_case({"return": reference})
            before = [(case.parcel_id, case.parcel_id._number()) for case in cases]
            parcel = cases._put_in_parcel()
            parcel._announce_number(item)
            same = before == [(case.parcel_id, case.parcel_id._number()) for case in cases]
            return parcel._answer("duplicate" if same else "announced")

        return self.env["oms.rpc"]._run_items(items, handle)

    @api.model
    def receive(self, items):
        """Receive a parcel once, with all the returns in it.

        :param list items: ``{parcel | resi, lines: [{return | order, line_id | sku, quantity}]}``;
            a line names its return or its order where the parcel holds several; without ``lines``
            everything that was announced came
        :return: per item ``{status, id, name, state, resi, returns, errors}``; ``status`` is
            ``received``, or ``duplicate`` when nothing in it waits any more
        """
        self.env["oms.return"]._ensure_role("group_oms_integration", "group_oms_warehouse")

        def handle(item):
            parcel = self._find_parcel(item)
            if parcel.state == "done":
                return parcel._answer("duplicate")
            received = None
            if item.get("lines") is not None:
                received = parcel._match_received(item["lines"])
            parcel._do_receive(received)
            return parcel._answer("received")

        return self.env["oms.rpc"]._run_items(items, handle)

    # ITEMS

    def _answer(self, status):
        self.return_ids.order_id._oms_refresh_touched()
        return {
            "status": status,
            "id": self.id,
            "name": self.name,
            "state": self.state,
            "resi": self.resi or None,
            "returns": self.return_ids.sorted("id").mapped("name"),
        }

    def _number(self):
        """What ``announce`` can change of a parcel."""
        return (self.resi, self.courier_name)

    def _announce_number(self, values):
        """Keep the number under which the parcel comes.

        :param dict values: ``{resi, courier, service}``, each may be missing
        """
        self.ensure_one()
        vals = {}
        if values.get("resi"):
            vals["resi"] = values["resi"]
        if values.get("courier"):
            vals["courier_name"] = str(values["courier"])[:80]
        if vals:
            # sudo: the callers checked who announces parcels.
            self.sudo().write(vals)
        return vals

    def _find_parcel(self, item):
        """Return the return parcel that an item names, within the caller's companies.

        :raise OmsRefusal: ``unknown_parcel``
        """
        reference, number = item.get("parcel"), item.get("resi")
        domain = [("company_id", "in", self.env.companies.ids)]
        if isinstance(reference, int) and not isinstance(reference, bool):
            domain.append(("id", "=", reference))
        elif isinstance(reference, str) and reference:
            domain.append(("name", "=", reference))
        else:
            domain.append(("resi", "=", self._clean_number(number) or "-"))
        # sudo: an integration has no rights on parcels; its role was checked by the public method.
        found = self.sudo().search(domain, order="id DESC")
        found = found.filtered(lambda parcel: parcel.state not in ("done", "cancelled")) or found
        if not found:
            raise OmsRefusal(
                "unknown_parcel",
                self.env._(
                    "There is no return parcel %(name)s.", name=str(reference or number or "")[:80]
                ),
                field="parcel",
                next_step=self.env._("Send its name or resi, or take it in without a return."),
            )
        return found[:1]

    def _match_received(self, lines):
        """Return ``{return line: units}`` for what a caller says that came.

        :raise OmsRefusal: ``unknown_line``, ``ambiguous_line``
        """
        received = {}
        for values in lines:
            cases = self._cases_to_receive()
            named = values.get("return") or values.get("order")
            if named:
                cases = cases.filtered(
                    lambda case, named=named: named
                    in (case.id, case.name, case.order_id.name, case.order_id.oms_external_id)
                )
            fitting = [
                case
                for case in cases
                if any(
                    values.get("sku") == line.product_id.default_code
                    or values.get("line_id")
                    in (line.sale_line_id.id, line.sale_line_id.oms_line_ref)
                    for line in case.line_ids
                )
            ]
            if len(fitting) != 1:
                raise OmsRefusal(
                    "ambiguous_line" if fitting else "unknown_line",
                    self.env._(
                        "%(line)s names no single line of the returns in %(parcel)s.",
                        line=str(values.get("line_id") or values.get("sku"))[:80],
                        parcel=self.name,
                    ),
                    field="lines",
                    next_step=self.env._("Name the return of each line."),
                )
            for line, units, _values in fitting[0]._match_lines([values], "quantity"):
                received[line] = received.get(line, 0.0) + units
        return received

    # FIND BY A SCAN

    @api.model
    def _find_scanned(self, code, warehouse=None):
        """Return ``(parcels, returns, orders)`` that a scanned code may mean; each may be empty.

        Parcels that were announced, returns that wait for their goods, and orders, which the
        goods may be of.
        """
        # sudo: callers checked the role; everything is searched in the user's companies.
        company = [("company_id", "in", self.env.companies.ids)]
        number = self._clean_number(code)
        parcels = self.sudo().browse()
        cases, orders = self.env["oms.return"].sudo(), self.env["sale.order"].sudo()
        if not number:
            return parcels, cases, orders
        parcels = self._parcels_of_number(number, company)
        cases = cases.search(
            [
                *company,
                ("state", "in", ("requested", "approved", "in_transit")),
                "|",
                ("name", "=", code.strip()),
                ("reference", "=", code.strip()),
            ]
        )
        parcels |= cases.parcel_id
        orders = self._orders_of_number(code.strip(), company)
        return parcels, cases - parcels.return_ids, orders

    @api.model
    def _parcels_of_number(self, number, company):
        domain = [*company, "|", ("resi", "=", number), ("name", "=", number)]
        found = self.sudo().search(domain, limit=20)
        return found.filtered(lambda one: one.state in ("announced", "arrived")) or found[:1]

    @api.model
    def _orders_of_number(self, code, company):
        """Orders that are called so, or whose goods carried that lot or serial number."""
        orders = (
            self.env["sale.order"]
            .sudo()
            .search(
                [
                    *company,
                    ("oms_channel_id", "!=", False),
                    "|",
                    ("name", "=", code),
                    ("oms_external_id", "=", code),
                ],
                limit=20,
            )
        )
        return orders | self._orders_of_lots(
            self.env["stock.lot"].sudo().search([("name", "=", code)], limit=20)
        )

    @api.model
    def _orders_of_lots(self, lots):
        """The orders with which these lots left, the latest first."""
        if not lots:
            return self.env["sale.order"].sudo()
        items = (
            self.env["stock.move.line"]
            .sudo()
            .search(
                [
                    ("lot_id", "in", lots.ids),
                    ("state", "=", "done"),
                    ("location_dest_id.usage", "=", "customer"),
                    ("company_id", "in", self.env.companies.ids),
                ],
                order="id DESC",
                limit=50,
            )
        )
        return items.move_id.sale_line_id.order_id.filtered("oms_channel_id")
