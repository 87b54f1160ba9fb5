import re

from odoo import api, models

# What an order is worth. Odoo lets everybody who works in a warehouse read and write order lines.
ORDER_PRICES = frozenset(
    {
        "amount_invoiced",
        "amount_paid",
        "amount_tax",
        "amount_to_invoice",
        "amount_total",
        "amount_undiscounted",
        "amount_untaxed",
        "margin",
        "margin_percent",
        "tax_totals",
    }
)
LINE_PRICES = frozenset(
    {
        "amount_invoiced",
        "amount_to_invoice",
        "amount_to_invoice_at_date",
        "margin",
        "margin_percent",
        "price_reduce_taxexcl",
        "price_reduce_taxinc",
        "price_subtotal",
        "price_tax",
        "price_total",
        "price_unit",
        "purchase_price",
        "technical_price_unit",
        "untaxed_amount_invoiced",
        "untaxed_amount_to_invoice",
    }
)
# Computed from the transfers without saying so.
FROM_TRANSFERS = frozenset({"json_popover", "show_json_popover"})
SALES_OR_BOOKS = (
    "sales_team.group_sale_salesman",
    "account.group_account_readonly",
    "account.group_account_invoice",
)


class ResUsers(models.Model):
    _inherit = "res.users"

    def _oms_sells_or_keeps_books(self):
        return any(self.has_group(group) for group in SALES_OR_BOOKS)

    def _oms_sees_prices(self):
        """Whether prices of orders are this user's business: always, but for a warehouse operator
        who neither sells nor keeps books."""
        self.ensure_one()
        return (
            not self.has_group("oms_fulfillment.group_oms_warehouse")
            or self._oms_sells_or_keeps_books()
        )


class SaleOrder(models.Model):
    """A warehouse operator works with orders, and does not see what they are worth: neither on a
    screen nor over RPC."""

    _inherit = "sale.order"

    @api.model
    def _has_field_access(self, field, operation):
        return super()._has_field_access(field, operation) and (
            self.env.su or field.name not in ORDER_PRICES or self.env.user._oms_sees_prices()
        )

    @api.model
    def _oms_screens_are_whole(self):
        """Odoo's screens of orders are made for who sells or keeps books. Our other roles get them
        without the fields that they may not read."""
        user = self.env.user
        return user._oms_sells_or_keeps_books() or not user.has_group(
            "oms_fulfillment.group_oms_user"
        )

    @api.model
    def _get_view_cache_key(self, view_id=None, view_type="form", **options):
        key = super()._get_view_cache_key(view_id, view_type, **options)
        if self._oms_screens_are_whole():
            return key
        return (*key, *sorted(self.env.user._get_group_ids()))

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        """Override: a screen is shown without the fields that its reader may not read."""
        arch, view = super()._get_view(view_id, view_type, **options)
        if not self._oms_screens_are_whole() and (
            hidden := _unreadable(self) | _unreadable(self.env["sale.order.line"])
        ):
            take_out(arch, re.compile(rf"\b({'|'.join(sorted(hidden))})\b"))
        return arch, view


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    @api.model
    def _has_field_access(self, field, operation):
        return super()._has_field_access(field, operation) and (
            self.env.su or field.name not in LINE_PRICES or self.env.user._oms_sees_prices()
        )


def _unreadable(model):
    """Names of the fields that the user may not read: by themselves, or because of what they are
    computed from on the user's behalf."""
    return {
        name for name, field in model._fields.items() if name != "id" and _is_closed(model, field)
    }


def _is_closed(model, field, seen=()):
    if not model._has_field_access(field, "read"):
        return True
    if field.type in ("one2many", "many2many"):
        if not model.env[field.comodel_name].has_access("read"):
            return True
    if field.name in FROM_TRANSFERS:
        return not model.env["stock.picking"].has_access("read")
    if field.store or not field.compute or field.compute_sudo or field in seen:
        return False
    return any(
        _is_closed_on_the_way(model, path.split("."), (*seen, field))
        for path in model.pool.field_depends[field]
    )


def _is_closed_on_the_way(model, path, seen):
    for name in path:
        field = model._fields[name]
        if _is_closed(model, field, seen):
            return True
        if field.relational:
            model = model.env[field.comodel_name]
    return False


def take_out(arch, mentions):
    """Take what names a hidden field out of a view: the node, or the attribute where the node is
    about something else; and the buttons of the head, which sell and invoice."""
    for button in arch.xpath("/form/header/button"):
        _remove(button)
    for node in [*arch.iter("*")]:
        about = [name for name, value in node.attrib.items() if mentions.search(value)]
        if node is not arch and any(name in about for name in ("name", "for", "invisible", "t-if")):
            _remove(node)
            continue
        for name in about:
            del node.attrib[name]


def _remove(node):
    parent = node.getparent()
    if parent is not None:
        parent.remove(node)
