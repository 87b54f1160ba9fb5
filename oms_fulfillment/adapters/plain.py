"""The canonical order itself: what integrators send who follow the published schema."""

from .registry import FileOrder, register


@register
class CanonicalJson:
    code = "canonical"
    name = "Order Management (canonical JSON)"
    kind = "orders"
    media = "json"
    zone = "UTC"

    def recognises(self, item):
        return isinstance(item, dict) and "external_id" in item

    def order(self, item):
        extra = item.get("extra") if isinstance(item.get("extra"), dict) else {}
        return FileOrder(item, (), str(item.get("status") or "placed"), extra.get("phase"))
