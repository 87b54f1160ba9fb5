"""Where the figures of a board come from: reports of the database, and cells made of them."""

from typing import NamedTuple

# The server leaves sums empty that the board could not write: of companies with several currencies.
ONE_CURRENCY = {"oms_one_currency": True}


class Filter(NamedTuple):
    """A filter that the reader sets for the whole board."""

    id: str
    label: str
    model: str | None  # None: a period
    default: str | None = None

    def document(self):
        if not self.model:
            return {
                "id": self.id,
                "type": "date",
                "label": self.label,
                "defaultValue": self.default,
            }
        return {
            "id": self.id,
            "type": "relation",
            "label": self.label,
            "modelName": self.model,
            "defaultValueDisplayNames": [],
        }


class Term(NamedTuple):
    """A figure as formulas: ``top``, or ``top`` / ``bottom``, each with one source exactly, so
    that a click on the figure finds its rows."""

    top: str
    bottom: str | None = None


class Source:
    """A report, and which of its fields each filter of the board is about.

    Every figure of a board obeys all filters of the board, or says in its title that it doesn't.
    """

    def __init__(self, board, model, action, matching, domain=()):
        self.board = board
        self.model = model
        self.action = action
        self.matching = matching
        self.domain = list(domain)

    def where(self, *domain):
        """The same report, fewer rows."""
        return Source(self.board, self.model, self.action, self.matching, [*self.domain, *domain])

    def without(self, *filters):
        """The same report, deaf to these filters."""
        kept = {key: field for key, field in self.matching.items() if key not in filters}
        return Source(self.board, self.model, self.action, kept, self.domain)

    def field_matching(self, back=0):
        found = {}
        for filter_, field in self.matching.items():
            name, _colon, kind = field.partition(":")
            if filter_.model:
                found[filter_.id] = {"chain": name, "type": "many2one"}
            else:
                found[filter_.id] = {"chain": name, "type": kind or "date", "offset": -back}
        return found

    def pivot(self, *measures, rows=(), back=0, top=None, computed=(), hidden=()):
        """Rows of this report, summed up in one request.

        :param measures: ``field`` or ``field:aggregate`` (``sum`` unless told)
        :param rows: fields that the rows are grouped by
        :param back: how many periods before the board's
        :param top: the measure that the rows are sorted by, the highest first
        :param computed: ``(name, formula over 'field:aggregate')`` of further measures, shares
        :param hidden: measures that only the formulas need
        """
        return self.board.add_pivot(self, measures, rows, back, top, computed, hidden)


class Pivot:
    def __init__(self, number):
        self.number = number

    def value(self, measure, *path):
        """The formula of one figure; ``path`` is field, value, field, value..."""
        if ":" not in measure:
            measure = f"{measure}:sum"
        arguments = ",".join(f'"{part}"' for part in (measure, *path))
        return f"PIVOT.VALUE({self.number},{arguments})"

    def term(self, top, bottom=None):
        return Term(self.value(top), bottom and self.value(bottom))
