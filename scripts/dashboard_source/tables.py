"""Tables below the charts; a telephone does not show them."""

from . import layout
from .layout import SHEET


class Tables:
    """The tables and lists of a board."""

    def table(self, title, pivot, headings, rows=10, side="left"):
        """The rows of a pivot; a click on a figure opens its rows."""
        first = self._table_head(title, headings, side)
        column = layout.LEFT if side == "left" else layout.RIGHT
        self.put(
            SHEET,
            f"{layout.letter(column)}{first}",
            f"=PIVOT({pivot.number},{rows},FALSE,FALSE,{len(headings) - 1},FALSE)",
        )
        self._table_end(first, rows, len(headings), side)

    def link(self, words, menu):
        """A line that opens a menu's screen."""
        row = layout.below(self.y) + 1
        content = f"[{words}](odoo://ir_menu_xml_id/{menu})"
        self.put(SHEET, f"{layout.letter(layout.LEFT)}{row}", content, style="link")
        self.y = self.bottom = max(self.bottom, (row + 1) * layout.ROW)

    def records(self, title, source, columns, order, rows=10, side="both"):
        """The first records of a report; a click opens the record.

        :param columns: ``[(field, heading)]``
        :param order: field, with a minus in front for the highest first
        """
        order_by = [{"name": order.lstrip("-"), "asc": not order.startswith("-")}]
        number = self.add_list(source, [field for field, _heading in columns], order_by)
        first = self._table_head(title, [heading for _field, heading in columns], side)
        start = layout.RIGHT if side == "right" else layout.LEFT
        for index, (field, _heading) in enumerate(columns):
            place = layout.letter(self._list_column(start, index, side))
            for row in range(rows):
                formula = f'=ODOO.LIST({number},{row + 1},"{field}")'
                self.put(SHEET, f"{place}{first + row}", formula)
        self._table_end(first, rows, len(columns), side)

    @staticmethod
    def _list_column(start, index, side):
        """Wide lists leave out the gap between the two halves."""
        column = start + index
        return column + 1 if side == "both" and column >= layout.RIGHT - 1 else column

    def formulas(self, title, headings, lines, side="left", number_format=None):
        """A small table of formulas: ``lines`` is ``[(words, formula, formula...)]``."""
        first = self._table_head(title, headings, side)
        start = layout.LEFT if side == "left" else layout.RIGHT
        for index, (words, *cells) in enumerate(lines):
            row = first + index
            self.put(SHEET, f"{layout.letter(start)}{row}", f'=_t("{words}")')
            for offset, formula in enumerate(cells, 1):
                place = f"{layout.letter(start + offset)}{row}"
                self.put(SHEET, place, f"={formula}", number_format=number_format)
        self._table_end(first, len(lines), len(headings), side)

    def _table_head(self, title, headings, side):
        """Write title and headings; return the number of the first row below them."""
        row = layout.below(self.y) + 1
        start = layout.RIGHT if side == "right" else layout.LEFT
        end = layout.LEFT + 3 if side == "left" else layout.RIGHT + 3
        self.put(SHEET, f"{layout.letter(start)}{row}", f'=_t("{title}")', style="title")
        for index, heading in enumerate(headings):
            place = layout.letter(self._list_column(start, index, side))
            style = "head" if side == "both" or not index else "head_number"
            self.put(SHEET, f"{place}{row + 1}", f'=_t("{heading}")', style=style)
        across = f"{layout.letter(start)}{row + 1}:{layout.letter(end)}{row + 1}"
        self.borders[across] = "under"
        return row + 2

    def _table_end(self, first, rows, width, side):
        start = layout.RIGHT if side == "right" else layout.LEFT
        end = self._list_column(start, width - 1, side)
        last = first + rows - 1
        span = f"{layout.letter(start)}{first}:{layout.letter(end)}{last}"
        self.styles[SHEET][span] = "cell"
        self.bottom = max(self.bottom, (last + 1) * layout.ROW)
        if side != "left":
            self.y = self.bottom
