"""A board: what is on it, and the document of o-spreadsheet that Odoo reads."""

import json

from . import layout
from .charts import Charts
from .layout import DATA, SHEET
from .source import ONE_CURRENCY, Filter, Pivot, Source
from .tables import Tables
from .tiles import Tiles

VERSION = "18.5.10"
# Measures that are pieces of goods: no decimals.
UNITS = ("ordered", "returned")


class Board(Tiles, Charts, Tables):
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
            "context": ONE_CURRENCY,
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

    def add_list(self, source, fields, order_by):
        number = len(self.lists) + 1
        self.lists[str(number)] = {
            "id": str(number),
            "name": f"{source.model} {number}",
            "model": source.model,
            "domain": source.domain,
            "context": ONE_CURRENCY,
            "actionXmlId": source.action,
            "columns": fields,
            "orderBy": order_by,
            "fieldMatching": source.field_matching(),
        }
        return number

    # CELLS

    def put(self, sheet, cell, content, style=None, number_format=None):
        self.cells[sheet][cell] = content
        if style:
            self.styles[sheet][cell] = style
        if number_format:
            self.formats[sheet][cell] = number_format

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
