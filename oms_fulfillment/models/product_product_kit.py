import math

from odoo import api, models

from ..engine.availability import EPSILON, Stock


class ProductProduct(models.Model):
    """Kits, where manufacturing is installed: products that the warehouse knows as components."""

    _inherit = "product.product"

    @api.model
    def _oms_stock(self, product_ids, warehouse_ids=None, date=None, channel=None, partner=None):
        """Of a kit there is as much as its scarcest component allows; what is reserved or kept back
        of the components is taken off already, and safety stock of the kit itself is, too."""
        kits = self.browse(product_ids)._oms_kit_parts(self.env.company)
        wanted = {*product_ids, *(part.id for parts in kits.values() for part in parts)}
        stock = super()._oms_stock(
            list(wanted) if kits else product_ids, warehouse_ids, date, channel, partner
        )
        if not kits:
            return stock
        for kit, parts in kits.items():
            for place in stock[kit.id]:
                units = min(stock[part.id][place].available / need for part, need in parts.items())
                stock[kit.id][place] = Stock(on_hand=float(math.floor(units + EPSILON)))
            self._oms_keep_back_kits(kit, stock[kit.id], channel)
        return {product_id: stock[product_id] for product_id in product_ids}

    @api.model
    def _oms_keep_back_kits(self, kit, stock, channel):
        """Fill in the safety stock that names the kit; all other rules are about its parts."""
        rules = self.env["oms.safety.stock"]._rules()
        for place in self.env["stock.warehouse"].browse(stock) if rules else ():
            known = rules.get(place.company_id.id)
            rule = known and known.find(kit.id, (), channel, place.id)
            if rule and rule.product:
                stock[place.id].safety = rule.of(stock[place.id].on_hand)

    def _oms_kit_parts(self, company):
        """Return ``{kit: {component: its units in one kit}}`` of the kits among these products."""
        parts = {kit: kit._oms_explode(bom, 1.0) for kit, bom in self._oms_kits(company).items()}
        return {kit: needs for kit, needs in parts.items() if needs}

    def _oms_kits(self, company):
        """Return ``{product: bill of material}`` of the kits among these products."""
        if "is_kits" not in self._fields:
            return {}
        kits = self.with_company(company).filtered("is_kits").with_env(self.env)
        if not kits:
            return {}
        # sudo: a salesperson need not read bills of material for their goods to be found.
        boms = self.env["mrp.bom"].sudo()
        found = boms._bom_find(kits, company_id=company.id, bom_type="phantom")
        return {kit: found[kit] for kit in kits if found.get(kit)}

    def _oms_explode(self, bom, units, without=None):
        """Return ``{component: units of it}`` in ``units`` of this kit, all in their own unit.

        :param without: values of attributes that this sale doesn't have
        """
        self.ensure_one()
        amount = self.uom_id._compute_quantity(units, bom.product_uom_id, round=False)
        exploded = bom.explode(self, amount / bom.product_qty, never_attribute_values=without)
        needs = {}
        for line, data in exploded[1]:
            part = line.product_id.with_env(self.env)
            taken = line.product_uom_id._compute_quantity(data["qty"], part.uom_id, round=False)
            if part.type == "consu" and taken:
                needs[part] = needs.get(part, 0.0) + taken
        return needs
