from odoo import api, models
from odoo.tools import SQL

from ..exceptions import OmsRefusal
from .oms_sku_match import Match, Part


class OmsIntake(models.Model):
    """Which product a SKU means: the channel's own mapping, the internal reference, the barcode."""

    _inherit = "oms.intake"

    @api.model
    def _resolve_skus(self, channel, skus):
        """Return ``{sku: Match}`` for the SKUs that are known; constant queries for any number."""
        skus = sorted(skus)
        if not skus:
            return {}
        mappings = self.env["oms.channel.product"].search(
            [
                ("channel_id", "=", channel.id),
                ("sku", "in", skus),
                ("product_id.active", "=", True),
            ]
        )
        matches = {
            mapping.sku: Match(mapping._parts())
            for mapping in mappings
            if all(mapping.component_ids.product_id.mapped("active"))
        }
        for field in ("default_code", "barcode"):
            missing = [sku for sku in skus if sku not in matches]
            matches.update(self._match_products(channel, field, missing))
        return matches

    def _match_products(self, channel, field, skus):
        if not skus:
            return {}
        products = self.env["product.product"].search(
            [(field, "in", skus), ("company_id", "in", (False, channel.company_id.id))]
        )
        matches = {}
        for product in products:
            sku = product[field]
            matches[sku] = Match((Part(product),), ambiguous=sku in matches)
        return matches

    def _chosen_products(self, job):
        """The products that a person picked on the order-entry screen, as ``{sku: Match}``."""
        chosen = job.screen.get("products") or {}
        products = self.env["product.product"].browse(chosen.values()).exists()
        known = {product.id: product for product in products if product.active}
        return {
            sku: Match((Part(known[product_id]),))
            for sku, product_id in chosen.items()
            if product_id in known
        }

    def _sku_refusal(self, channel, line, path, match):
        """Why a SKU has no product, and what to do about it."""
        values = {"sku": line.sku, "name": line.name or line.sku, "channel": channel.name}
        if match:
            return OmsRefusal(
                "sku_ambiguous",
                self.env._("Several products have the reference %(sku)s.", **values),
                field=path,
                next_step=self.env._(
                    "Map %(sku)s of %(channel)s to one of them; the order goes on by itself.",
                    **values,
                ),
            )
        return OmsRefusal(
            "sku_unmapped",
            self.env._("%(channel)s sells %(sku)s (%(name)s), which no product has.", **values),
            field=path,
            next_step=self.env._(
                "Map %(sku)s to a product under Channel Products; the order goes on by itself.",
                **values,
            ),
        )

    @api.model
    def _waiting_for_skus(self, channel, skus):
        """Return the quarantined messages that wait for one of these SKUs."""
        self.flush_model(["errors", "attention", "channel_id"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM oms_intake
                 WHERE channel_id = %s AND attention AND conflict_of_id IS NULL
                   AND EXISTS (SELECT 1 FROM jsonb_array_elements(errors) AS detail
                                WHERE detail ->> 'sku' = ANY(%s))
                 ORDER BY id
                """,
                channel.id,
                list(skus),
            )
        )
        return self.browse(row[0] for row in rows)
