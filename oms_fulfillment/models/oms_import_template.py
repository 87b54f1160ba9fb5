from odoo import api, fields, models

from ..adapters.generic import NEEDED, GenericOrders
from ..exceptions import OmsRefusal

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
DATE_NAMES = [("dmy", "Day first: 31/12/2026"), ("mdy", "Month first: 12/31/2026")]
THOUSANDS_NAMES = [(".", "Dot: 82.500"), (",", "Comma: 82,500")]


class OmsImportTemplate(models.Model):
    """How the columns of one channel's own files are to be read; saved once, used ever after."""

    _name = "oms.import.template"
    _description = "Column Mapping"
    _order = "channel_id, sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    channel_id = fields.Many2one("oms.channel", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="channel_id.company_id", store=True, index=True)
    dates = fields.Selection(DATE_NAMES, required=True, default="dmy")
    thousands = fields.Selection(
        THOUSANDS_NAMES,
        required=True,
        default=".",
        help="Used where the amounts themselves don't show which one it is.",
    )
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
        self.ensure_one()
        mapping = {line.target: line.heading for line in self.line_ids}
        return GenericOrders(mapping, self.dates, self.thousands, self.method)

    @api.constrains("line_ids")
    def _check_needed(self):
        for template in self:
            template._ensure_complete({line.target for line in template.line_ids})

    @api.model
    def _ensure_complete(self, targets):
        """Refuse a mapping from which no order can be read.

        :raise OmsRefusal: ``incomplete_mapping``
        """
        target = self.env["oms.import.template.line"]._fields["target"]
        names = dict(target._description_selection(self.env))
        missing = [names[target] for target in NEEDED if target not in targets]
        if not {"sku", "product"} & set(targets):
            missing.append(names["sku"])
        if not {"price", "line_total"} & set(targets):
            missing.append(names["price"])
        if missing:
            raise OmsRefusal(
                "incomplete_mapping",
                self.env._("No column was chosen for: %(columns)s.", columns=", ".join(missing)),
                field="line_ids",
                next_step=self.env._("Say which column of the file holds it."),
            )


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
