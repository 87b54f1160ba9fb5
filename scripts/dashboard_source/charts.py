"""Charts of one measure."""

from . import layout
from .source import ONE_CURRENCY


class Charts:
    """The charts of a board."""

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
                "context": ONE_CURRENCY,
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
