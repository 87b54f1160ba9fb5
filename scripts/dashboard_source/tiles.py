"""Tiles: one figure each, with what it was before."""

from . import layout
from .layout import DATA

# Units whose change is told in percent; the others' is a difference.
PERCENT_CHANGE = ("count", "money")
# Units of means: of nothing there is none, while a sum of nothing is zero.
MEANS = ("hours", "days")
ALERT = {"fillColor": "#C0392B", "textColor": "#FFFFFF"}


class Tiles:
    """The tiles of a board. Their figures are cells of a sheet that nobody sees: words, the figure
    and what it is made of, the same of the period before, and both as they are shown."""

    def tile(
        self,
        title,
        term,
        before=None,
        unit="count",
        better="more",
        tint="flow",
        words=None,
        beside=None,
    ):
        """A figure, with what it was in the period before or another figure beside it.

        :param term: the figure; its rows open on a click
        :param before: the figure of the period before
        :param unit: ``count``, ``money``, ``percent``, ``hours``, ``days`` or ``units``
        :param better: ``more``, ``less`` or ``neither``
        :param words: what ``before`` is, if it is not the period before
        :param beside: ``(formula, words)`` of another figure, where there is no before
        """
        row = self._next_data_row(title)
        value = self._put_term(row, "BCD", term, unit)
        self.put(DATA, f"H{row}", f'=ODOO.OMS.SHORT({value},"{unit}")')
        data = {"background": layout.TINTS[tint], **self._scorecard(title, row)}
        if better != "neither":
            up, down = layout.GREEN, layout.RED
            data["baselineColorUp"] = up if better == "more" else down
            data["baselineColorDown"] = down if better == "more" else up
        if before:
            data |= self._compare(row, value, before, unit, words)
        elif beside:
            formula, words = beside
            self.put(DATA, f"I{row}", f"={formula}")
            data |= self._baseline(row, "text", words)
        self._add_tile(data)

    def _compare(self, row, value, before, unit, words):
        earlier = self._put_term(row, "EFG", before, unit)
        nothing = "" if unit in MEANS else "–"
        formula = f'=IF({value}="{nothing}","",ODOO.OMS.BEFORE({earlier}))'
        if unit in PERCENT_CHANGE:
            self.put(DATA, f"I{row}", formula)
            return self._baseline(row, "percentage", words or "vs. before")
        self.put(DATA, f"I{row}", formula, number_format="0.0")
        usual = "points vs. before" if unit == "percent" else "vs. before"
        return self._baseline(row, "difference", words or usual)

    def _put_term(self, row, letters, term, unit):
        """Write a figure into three cells; return the cell of its value."""
        top, bottom, value = (f"{column}{row}" for column in letters)
        self.put(DATA, top, f"={term.top}")
        if not term.bottom:
            return top
        scale = "100*" if unit == "percent" else ""
        self.put(DATA, bottom, f"={term.bottom}")
        self.put(DATA, value, f'=IFERROR({scale}{top}/{bottom},"–")')
        return value

    def alert_tile(self, title, source, menu):
        """The latest proof: red when it found something. One record, whatever the filters.

        :param menu: external id of the menu that a click opens, for those who have it; the record
            for the others
        """
        number = self.add_list(source, ["violation_count", "at"], [{"name": "at", "asc": False}])
        row = self._next_data_row(title)
        shown = f'ODOO.OMS.SHORT(B{row},"count")'
        self.put(DATA, f"B{row}", f'=ODOO.LIST({number},1,"violation_count")')
        self.put(DATA, f"H{row}", f'=IF(B{row}="",_t("not proved yet"),{shown})', style="good")
        self.put(DATA, f"I{row}", f'=ODOO.LIST({number},1,"at")')
        self.alerts.append(
            {
                "id": f"{self.name}-alert",
                "ranges": [f"H{row}"],
                "rule": {
                    "type": "CellIsRule",
                    "operator": "isGreaterThan",
                    "values": ["0"],
                    "style": ALERT,
                },
            }
        )
        self._add_tile({**self._scorecard(title, row), **self._baseline(row, "text", "")}, menu)

    def _next_data_row(self, title):
        self.data_row += 1
        self.put(DATA, f"A{self.data_row}", f'=_t("{title}")')
        return self.data_row

    @staticmethod
    def _scorecard(title, row):
        return {
            "type": "scorecard",
            "title": {"text": title, "bold": True, "color": layout.TEXT, "fontSize": 12},
            "keyValue": f"Data!H{row}",
            "keyDescr": {"text": "", "fontSize": 24},
            "humanize": False,
            "baselineMode": "text",
            "baselineDescr": {"text": "", "fontSize": 11},
            "baselineColorUp": layout.TEXT,
            "baselineColorDown": layout.TEXT,
        }

    @staticmethod
    def _baseline(row, mode, words):
        return {
            "baseline": f"Data!I{row}",
            "baselineMode": mode,
            "baselineDescr": {"text": words, "fontSize": 11},
        }

    def _add_tile(self, data, menu=None):
        column = self.tile_count % layout.TILES
        if self.tile_count and not column:
            self.y += layout.TILE["height"] + 12
        number = self.tile_count = self.tile_count + 1
        self._add_figure(f"tile-{number}", data, column * layout.TILE_STEP, self.y, layout.TILE)
        if menu:
            self.menus[f"{self.name}-tile-{number}"] = menu

    def end_tiles(self):
        self.y += layout.TILE["height"] + 20
