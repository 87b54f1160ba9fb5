from odoo import api, fields, models

from ..adapters.generic import NEEDED, GenericOrders

# What a column of somebody's own file may mean.
TARGET_NAMES = [
    ("number", "Order number"),
    ("status", "Order status"),
    ("ordered_at", "Order time"),
    ("paid_at", "Payment time"),
    ("ship_by", "Ship by"),
    ("sku", "SKU"),
    ("product", "Product name"),
    ("variation", "Variation"),
    ("quantity", "Quantity"),
    ("price", "Unit price"),
    ("line_total", "Total of the line"),
    ("line_discount", "Discount of the line"),
    ("discount", "Discount of the order"),
    ("shipping", "Shipping paid by the buyer"),
    ("insurance", "Shipping insurance"),
    ("total", "Order total"),
    ("payment", "Payment method"),
    ("reference", "Payment reference"),
    ("cod_amount", "COD amount"),
    ("username", "Buyer's user name"),
    ("buyer", "Buyer's name"),
    ("email", "Buyer's e-mail"),
    ("name", "Recipient"),
    ("phone", "Telephone"),
    ("street", "Street"),
    ("village", "Village"),
    ("district", "District"),
    ("city", "City"),
    ("province", "Province"),
    ("postal_code", "Postal code"),
    ("country", "Country"),
    ("courier", "Courier"),
    ("service", "Courier service"),
    ("resi", "Parcel number"),
    ("note", "Note"),
]
METHOD_NAMES = [
    ("prepaid", "Paid before shipping"),
    ("transfer", "Bank transfer, paid later"),
    ("escrow", "The channel holds the money"),
    ("cod", "Cash on delivery"),
    ("terms", "On account"),
]


class OmsImportTemplate(models.Model):
    """How the columns of one channel's own files are to be read; saved once, used ever after."""

    _name = "oms.import.template"
    _inherit = ["oms.column.map"]
    _description = "Column Mapping"

    method = fields.Selection(
        METHOD_NAMES,
        string="Paid by",
        required=True,
        default="prepaid",
        help="Used for orders that no column says how they are paid.",
    )
    line_ids = fields.One2many("oms.import.template.line", "template_id", copy=True)

    def _form(self):
        """Return the :class:`GenericOrders` that reads files by this mapping."""
        return GenericOrders(self._mapping(), self.dates, self.thousands, self.method)

    @api.constrains("line_ids")
    def _check_needed(self):
        for template in self:
            template._ensure_complete(template.line_ids.mapped("target"))

    @api.model
    def _missing_targets(self, targets):
        missing = [target for target in NEEDED if target not in targets]
        either = (("sku", "product"), ("price", "line_total"))
        return missing + [names[0] for names in either if not targets & set(names)]


class OmsImportTemplateLine(models.Model):
    """One column: its heading in the file and what it means."""

    _name = "oms.import.template.line"
    _description = "Mapped Column"
    _order = "template_id, id"

    template_id = fields.Many2one(
        "oms.import.template", required=True, index=True, ondelete="cascade"
    )
    heading = fields.Char(required=True)
    target = fields.Selection(TARGET_NAMES, string="Means", required=True)

    _target_uniq = models.UniqueIndex(
        "(template_id, target)",
        lambda env, diag: env._("Two columns can't mean the same thing."),
    )
