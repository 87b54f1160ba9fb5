import re

from odoo import Command, api, fields, models
from odoo.tools import SQL

from ..exceptions import OmsRefusal


class OmsSkuMap(models.TransientModel):
    """Map the unknown SKUs of incoming orders, all at once; the orders go on when it is saved."""

    _name = "oms.sku.map"
    _description = "Map SKUs"

    line_ids = fields.One2many("oms.sku.map.line", "wizard_id")

    @api.model
    def _for_intakes(self, intakes):
        """Create the form for the SKUs that ``intakes`` wait for.

        :raise OmsRefusal: ``nothing_to_map``
        """
        unknown = {}
        for intake in intakes.filtered("attention"):
            for sku, name in intake._unknown_skus():
                unknown.setdefault((intake.channel_id, sku), name)
        if not unknown:
            raise OmsRefusal(
                "nothing_to_map",
                self.env._("None of the selected orders waits for a SKU."),
                next_step=self.env._("Read the reason of each, repair it and replay the order."),
            )
        suggested = self._suggest(unknown)
        waiting = self._count_waiting(unknown)
        return self.create(
            {
                "line_ids": [
                    Command.create(
                        {
                            "channel_id": channel.id,
                            "sku": sku,
                            "name": name,
                            "waiting_count": waiting.get((channel.id, sku), 0),
                            "product_id": suggested.get((channel, sku)),
                        }
                    )
                    for (channel, sku), name in unknown.items()
                ]
            }
        )

    def _count_waiting(self, unknown):
        """Return ``{(channel id, sku): orders that wait for it}``."""
        self.env["oms.intake"].flush_model(["errors", "attention"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT intake.channel_id, detail ->> 'sku', COUNT(DISTINCT intake.id)
                  FROM oms_intake intake, jsonb_array_elements(intake.errors) AS detail
                 WHERE intake.attention AND intake.conflict_of_id IS NULL
                   AND intake.channel_id = ANY(%s) AND detail ->> 'sku' = ANY(%s)
              GROUP BY 1, 2
                """,
                [channel.id for channel, _sku in unknown],
                [sku for _channel, sku in unknown],
            )
        )
        return {(channel_id, sku): count for channel_id, sku, count in rows}

    def _suggest(self, unknown):
        """Return ``{(channel, sku): product id}`` where one product has the same code but for its
        punctuation, or exactly the same name."""
        keys = {self._key(sku) for _channel, sku in unknown} - {""}
        names = {name for name in unknown.values() if name}
        Product = self.env["product.product"]
        by_key = {}
        if keys:
            rows = self.env.execute_query(
                SQL(
                    """
                    SELECT id, regexp_replace(lower(default_code), '[^a-z0-9]', '', 'g')
                      FROM product_product
                     WHERE active AND default_code IS NOT NULL
                       AND regexp_replace(lower(default_code), '[^a-z0-9]', '', 'g') = ANY(%s)
                     ORDER BY id DESC
                    """,
                    sorted(keys),
                )
            )
            # only products that the user may read
            allowed = Product.browse(row[0] for row in rows)._filtered_access("read")
            by_key = {key: row_id for row_id, key in rows if row_id in allowed._ids}
        by_name = {}
        for product in Product.search([("name", "in", sorted(names))], order="id desc"):
            by_name[product.name] = product.id
        return {
            (channel, sku): by_key.get(self._key(sku)) or by_name.get(name, False)
            for (channel, sku), name in unknown.items()
        }

    @api.model
    def _key(self, sku):
        return re.sub("[^a-z0-9]", "", sku.casefold())

    def action_map(self):
        """Save the mappings; the orders that waited for them go on.

        :raise OmsRefusal: ``no_product``
        """
        self.ensure_one()
        chosen = self.line_ids.filtered("product_id")
        if not chosen:
            raise OmsRefusal(
                "no_product",
                self.env._("No SKU has a product yet."),
                next_step=self.env._("Choose the product of at least one SKU."),
            )
        before = self._count_waiting([(line.channel_id, line.sku) for line in chosen])
        self._save(chosen)
        after = self._count_waiting([(line.channel_id, line.sku) for line in chosen])
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%(skus)s SKUs mapped, %(orders)s incoming orders went on.",
                    skus=len(chosen.grouped(lambda line: (line.channel_id.id, line.sku))),
                    orders=sum(before.values()) - sum(after.values()),
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _save(self, lines):
        """Create the mappings in one batch: each order that waits is processed once."""
        Mapping = self.env["oms.channel.product"]
        groups = lines.grouped(lambda line: (line.channel_id.id, line.sku))
        known = Mapping.search(
            [
                ("channel_id", "in", lines.channel_id.ids),
                ("sku", "in", [sku for _channel, sku in groups]),
            ]
        )
        known = {(mapping.channel_id.id, mapping.sku): mapping for mapping in known}
        new = []
        for (channel_id, sku), parts in groups.items():
            vals = {
                "product_id": parts[0].product_id.id,
                "quantity": parts[0].quantity,
                "component_ids": [
                    Command.clear(),
                    *(Command.create(part._component_vals()) for part in parts[1:]),
                ],
            }
            if (channel_id, sku) in known:
                known[channel_id, sku].write(vals)
            else:
                new.append({"channel_id": channel_id, "sku": sku, **vals})
        Mapping.create(new)


class OmsSkuMapLine(models.TransientModel):
    _name = "oms.sku.map.line"
    _description = "SKU to Map"

    wizard_id = fields.Many2one("oms.sku.map", required=True, ondelete="cascade")
    channel_id = fields.Many2one("oms.channel", required=True, ondelete="cascade")
    sku = fields.Char(string="Channel SKU", required=True)
    name = fields.Char(string="Name at the Channel")
    waiting_count = fields.Integer(string="Orders Waiting")
    product_id = fields.Many2one("product.product", domain="[('sale_ok', '=', True)]")
    quantity = fields.Float(string="Units per SKU", digits="Product Unit", default=1.0)
    free = fields.Boolean(string="Gift", help="A component of a bundle that comes at price 0.")

    def _component_vals(self):
        return {
            "product_id": self.product_id.id,
            "quantity": self.quantity,
            "free": self.free,
        }

    def action_add_component(self):
        """Add a line for one more product of the same SKU, and show the form again."""
        self.ensure_one()
        self.copy({"product_id": False, "quantity": 1, "waiting_count": 0, "free": False})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Map SKUs"),
            "res_model": "oms.sku.map",
            "res_id": self.wizard_id.id,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }
