"""A board: what is on it, and the document of o-spreadsheet that Odoo reads."""

import json

from . import layout
from .source import Filter, Pivot, Source

VERSION = "18.5.10"
SHEET, DATA = "board", "data"
# How each unit is formatted, and whether a change is told in percent or as a difference.
PERCENT_CHANGE = ("count", "money")
# Measures that are pieces of goods: no decimals.
UNITS = ("ordered", "returned")


class Board:
    def __init__(self, name):
        self.name = name
        self.filters = []
        self.pivots = {}
        self.lists = {}
        self.figures = []
        self.menus = {}
        self.cells = {SHEET: {}, DATA: {}}
        self.styles = {SHEET: {}, DATA: {}}
        self.formats = {SHEET: {}, DATA: {}}
        self.borders = {}
        self.alerts = []
        self.data_row = 0
        self.tile_count = 0
        self.y = layout.TOP
        self.bottom = 0

    # FILTERS AND SOURCES

    def period(self, label, default):
        return self._add_filter(Filter("period", label, None, default))

    def filter(self, label, model):
        return self._add_filter(Filter(model.replace(".", "_"), label, model))

    def _add_filter(self, filter_):
        self.filters.append(filter_)
        return filter_

    def source(self, model, action, matching, domain=()):
        action = action if "." in action else f"oms_reports.{action}"
        return Source(self, model, action, matching, domain)

    def add_pivot(self, source, measures, rows, back, top, computed, hidden):
        number = len(self.pivots) + 1
        self.pivots[str(number)] = {
            "type": "ODOO",
            "id": str(number),
            "formulaId": str(number),
            "name": f"{source.model} {number}",
            "model": source.model,
            "domain": source.domain,
            "context": {},
            "actionXmlId": source.action,
            "rows": [{"fieldName": field} for field in rows],
            "columns": [],
            "measures": [
                *(self._measure(measure) for measure in measures),
                *(self._computed(name, formula) for name, formula in computed),
                *({**self._measure(measure), "isHidden": True} for measure in hidden),
            ],
            "sortedColumn": {"measure": f"{top}:sum", "order": "desc", "domain": []}
            if top
            else None,
            "fieldMatching": source.field_matching(back),
        }
        return Pivot(number)

    @staticmethod
    def _measure(measure):
        name, _colon, aggregator = measure.partition(":")
        aggregator = aggregator or "sum"
        measure = {"id": f"{name}:{aggregator}", "fieldName": name, "aggregator": aggregator}
        return measure | ({"format": "#,##0"} if name in UNITS else {})

    @staticmethod
    def _computed(name, formula):
        return {
            "id": name,
            "fieldName": name,
            "aggregator": "",
            "userDefinedName": name,
            "computedBy": {"sheetId": DATA, "formula": formula},
            "format": "0.0%",
        }

    # CELLS

    def put(self, sheet, cell, content, style=None, number_format=None):
        self.cells[sheet][cell] = content
        if style:
            self.styles[sheet][cell] = style
        if number_format:
            self.formats[sheet][cell] = number_format

    def _next_data_row(self):
        self.data_row += 1
        return self.data_row

    # TILES

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
        menu=None,
    ):
        """A figure, with what it was in the period before or another figure beside it.

        :param term: the figure; its rows open on a click
        :param before: the figure of the period before
        :param unit: ``count``, ``money``, ``percent``, ``hours`` or ``days``
        :param better: ``more``, ``less`` or ``neither``
        :param words: what ``before`` is, if it is not the period before
        :param beside: ``(formula, words)`` of another figure, where there is no before
        :param menu: external id of a menu that a click opens instead, for those who have it
        """
        row = self._next_data_row()
        self.put(DATA, f"A{row}", f'=_t("{title}")')
        value = self._put_term(row, "BCD", term, unit)
        self.put(DATA, f"H{row}", f'=ODOO.OMS.SHORT({value},"{unit}")')
        data = {
            "type": "scorecard",
            "title": {"text": title, "bold": True, "color": layout.TEXT, "fontSize": 12},
            "background": layout.TINTS[tint],
            "keyValue": f"Data!H{row}",
            "keyDescr": {"text": "", "fontSize": 24},
            "humanize": False,
            "baselineMode": "text",
            "baselineDescr": {"text": "", "fontSize": 11},
            "baselineColorUp": layout.RED if better == "less" else layout.GREEN,
            "baselineColorDown": layout.GREEN if better == "less" else layout.RED,
        }
        if better == "neither":
            data["baselineColorUp"] = data["baselineColorDown"] = layout.TEXT
        if before:
            earlier = self._put_term(row, "EFG", before, unit)
            self.put(
                DATA,
                f"I{row}",
                f'=IF({value}="–","",ODOO.OMS.BEFORE({earlier}))',
                number_format=None if unit in PERCENT_CHANGE else "0.0",
            )
            data["baseline"] = f"Data!I{row}"
            data["baselineMode"] = "percentage" if unit in PERCENT_CHANGE else "difference"
            usual = "points vs. before" if unit == "percent" else "vs. before"
            data["baselineDescr"]["text"] = words or usual
        elif beside:
            formula, words = beside
            self.put(DATA, f"I{row}", f"={formula}")
            data["baseline"] = f"Data!I{row}"
            data["baselineDescr"]["text"] = words
        self._add_tile(data, menu)
        return f"H{row}"

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

    def _add_tile(self, data, menu=None):
        column = self.tile_count % layout.TILES
        if self.tile_count and not column:
            self.y += layout.TILE["height"] + 12
        number = self.tile_count = self.tile_count + 1
        self._add_figure(f"tile-{number}", data, column * layout.TILE_STEP, self.y, layout.TILE)
        if menu:
            self.menus[f"{self.name}-tile-{number}"] = menu

    def alert_tile(self, title, source, menu):
        """The latest proof: red when it found something. One record, whatever the filters."""
        number = self.add_list(source, ["violation_count", "at"], [{"name": "at", "asc": False}])
        row = self._next_data_row()
        self.put(DATA, f"A{row}", f'=_t("{title}")')
        self.put(DATA, f"B{row}", f'=ODOO.LIST({number},1,"violation_count")')
        self.put(
            DATA,
            f"H{row}",
            f'=IF(B{row}="",_t("not proved yet"),ODOO.OMS.SHORT(B{row},"count"))',
            style="good",
        )
        self.put(DATA, f"I{row}", f'=ODOO.LIST({number},1,"at")')
        self.alerts.append(
            {
                "id": f"{self.name}-alert",
                "ranges": [f"H{row}"],
                "rule": {
                    "type": "CellIsRule",
                    "operator": "isGreaterThan",
                    "values": ["0"],
                    "style": {"fillColor": "#C0392B", "textColor": "#FFFFFF"},
                },
            }
        )
        data = {
            "type": "scorecard",
            "title": {"text": title, "bold": True, "color": layout.TEXT, "fontSize": 12},
            "keyValue": f"Data!H{row}",
            "keyDescr": {"text": "", "fontSize": 24},
            "humanize": False,
            "baseline": f"Data!I{row}",
            "baselineMode": "text",
            "baselineDescr": {"text": "", "fontSize": 11},
            "baselineColorUp": layout.TEXT,
            "baselineColorDown": layout.TEXT,
        }
        self._add_tile(data, menu)

    def end_tiles(self):
        self.y += layout.TILE["height"] + 20

    # CHARTS

    def chart(self, kind, title, source, groups, measure, unit="count", side="both", **options):
        """A chart of one measure; a click on a part opens its rows.

        :param kind: ``bar``, ``line``, ``pie`` or ``waterfall``
        :param side: ``left``, ``right`` or ``both``; the two of a pair stand beside each other
        :param options: ``stacked``, ``horizontal``, ``order`` (of the bars: ``DESC``)
        """
        number = sum(figure["data"]["type"].startswith("odoo_") for figure in self.figures) + 1
        order = options.pop("order", None)
        data = {
            "type": f"odoo_{kind}",
            "title": {"text": title, "bold": True, "color": layout.TITLE, "fontSize": 15},
            "background": "#FFFFFF",
            "legendPosition": "top" if len(groups) > 1 or kind == "pie" else "none",
            "metaData": {
                "groupBy": list(groups),
                "measure": measure,
                "order": order,
                "resModel": source.model,
                "mode": kind if kind in ("bar", "line", "pie") else "bar",
                "omsUnit": unit,
            },
            "searchParams": {
                "context": {},
                "domain": source.domain,
                "groupBy": list(groups),
                "orderBy": [],
            },
            "actionXmlId": source.action,
            "dataSets": [],
            "humanize": False,
            "verticalAxisPosition": "left",
            "stacked": False,
            **options,
            "fieldMatching": source.field_matching(),
        }
        width = layout.WIDTH if side == "both" else layout.HALF
        x = layout.HALF + layout.GAP if side == "right" else 0
        size = {"width": width, "height": layout.CHART_HEIGHT}
        self._add_figure(f"chart-{number}", data, x, self.y, size)
        if side != "left":
            self.y += layout.CHART_HEIGHT + 15

    def _add_figure(self, name, data, x, y, size):
        name = f"{self.name}-{name}"
        self.figures.append(
            {
                "id": name,
                "tag": "chart",
                "col": 0,
                "row": 0,
                "offset": {"x": x, "y": y},
                **size,
                "data": {**data, "chartId": name},
            }
        )

    # TABLES

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

    def add_list(self, source, fields, order_by):
        number = len(self.lists) + 1
        self.lists[str(number)] = {
            "id": str(number),
            "name": f"{source.model} {number}",
            "model": source.model,
            "domain": source.domain,
            "context": {},
            "actionXmlId": source.action,
            "columns": fields,
            "orderBy": order_by,
            "fieldMatching": source.field_matching(),
        }
        return number

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

    # THE DOCUMENT

    def documents(self):
        """Return ``{name of file: text}``."""
        return {self.name: json.dumps(self.document(), indent=1, ensure_ascii=False) + "\n"}

    def document(self):
        names = list(layout.STYLES)
        rows = layout.below(max(self.y, self.bottom)) + 2
        styles = {name: number for number, name in enumerate(names, 1)}
        formats = sorted({name for sheet in self.formats.values() for name in sheet.values()})
        return {
            "version": VERSION,
            "revisionId": "START_REVISION",
            "uniqueFigureIds": True,
            "settings": {"locale": LOCALE},
            "sheets": [
                {
                    **self._sheet(SHEET, "Dashboard", styles, formats),
                    "colNumber": len(layout.COLUMNS),
                    "rowNumber": rows,
                    "cols": {str(i): {"size": size} for i, size in enumerate(layout.COLUMNS)},
                    "borders": dict.fromkeys(self.borders, 1),
                    "figures": self.figures,
                    "areGridLinesVisible": False,
                },
                {
                    **self._sheet(DATA, "Data", styles, formats),
                    "colNumber": 10,
                    "rowNumber": max(self.data_row, 1),
                    "cols": {"0": {"size": 200}},
                    "borders": {},
                    "figures": [],
                    "conditionalFormats": self.alerts,
                    "areGridLinesVisible": True,
                },
            ],
            "styles": {str(styles[name]): layout.STYLES[name] for name in names},
            "formats": {str(number): name for number, name in enumerate(formats, 1)},
            "borders": {"1": layout.BORDERS["under"]},
            "pivots": self.pivots,
            "pivotNextId": len(self.pivots) + 1,
            "lists": self.lists,
            "listNextId": len(self.lists) + 1,
            "globalFilters": [filter_.document() for filter_ in self.filters],
            "chartOdooMenusReferences": self.menus,
            "customTableStyles": {},
        }

    def _sheet(self, key, name, styles, formats):
        return {
            "id": key,
            "name": name,
            "isVisible": True,
            "rows": {},
            "merges": [],
            "cells": self.cells[key],
            "styles": {cell: styles[style] for cell, style in self.styles[key].items()},
            "formats": {cell: formats.index(name) + 1 for cell, name in self.formats[key].items()},
            "conditionalFormats": [],
            "dataValidationRules": [],
            "tables": [],
            "headerGroups": {"ROW": [], "COL": []},
            "comments": {},
        }


# Replaced by the reader's own when the board is opened.
LOCALE = {
    "name": "English (US)",
    "code": "en_US",
    "thousandsSeparator": ",",
    "decimalSeparator": ".",
    "dateFormat": "mm/dd/yyyy",
    "timeFormat": "hh:mm:ss",
    "formulaArgSeparator": ",",
    "weekStart": 7,
}
