"""What a channel's SKU stands for, as plain values."""

from dataclasses import dataclass
from decimal import Decimal

from ..adapters.order import ZERO, plain_number


@dataclass(frozen=True)
class Part:
    """A product in a channel's SKU: ``quantity`` units of it for each unit of the SKU."""

    product: object
    quantity: Decimal = Decimal(1)
    free: bool = False

    def units(self, quantity):
        return quantity * self.quantity

    def fits(self, quantity):
        """Whether the quantity can be written in the product's unit without rounding."""
        units = self.units(quantity)
        rounded = self.product.uom_id.round(float(units))
        return abs(Decimal(repr(rounded)) - units) < Decimal("0.000001")

    @property
    def worth(self):
        """What the part weighs when the price of the SKU is spread over its parts."""
        return ZERO if self.free else Decimal(repr(self.product.lst_price)) * self.quantity


@dataclass(frozen=True)
class Match:
    """What a channel's SKU consists of: one product, or the components of a bundle."""

    parts: tuple
    ambiguous: bool = False

    @property
    def contents(self):
        """``2 x Mug + 1 x Lid`` for people."""
        return " + ".join(
            f"{plain_number(part.quantity)} × {part.product.display_name}"
            if part.quantity != 1 or len(self.parts) > 1
            else part.product.display_name
            for part in self.parts
        )

    def misfit(self, quantity):
        """The first part that can't be counted in its product's unit, or ``None``."""
        return next((part for part in self.parts if not part.fits(quantity)), None)

    def weights(self):
        """By what the price is spread over the parts: list prices, else units."""
        worth = [max(part.worth, ZERO) for part in self.parts]
        return worth if any(worth) else [ZERO if p.free else p.quantity for p in self.parts]
