"""Sizes and colours. Two columns of charts and tables below rows of tiles; on a telephone Odoo
shows the same tiles and charts one below the other."""

SHEET, DATA = "board", "data"
ROW = 23
TOP = 12
WIDTH = 1020
GAP = 30
HALF = (WIDTH - GAP) // 2
# Two tables side by side with a gap between them.
COLUMNS = (180, 105, 105, 105, GAP, 180, 105, 105, 105)
LEFT, RIGHT = 0, 5
TILES = 5
TILE = {"width": 196, "height": 98}
TILE_STEP = (WIDTH - TILES * TILE["width"]) // (TILES - 1) + TILE["width"]
CHART_HEIGHT = 300
GREEN, RED = "#00A04A", "#C0392B"
TEXT, TITLE = "#434343", "#01666B"
TINTS = {"flow": "#EFF6FF", "quality": "#ECFDF5", "money": "#FFF7ED", "risk": "#FEF2F2"}

STYLES = {
    "title": {"textColor": TITLE, "bold": True, "fontSize": 14},
    "head": {"textColor": TEXT, "bold": True, "fontSize": 9},
    "head_number": {"textColor": TEXT, "bold": True, "fontSize": 9, "align": "right"},
    "cell": {"textColor": TEXT, "fontSize": 10},
    "good": {"fillColor": TINTS["quality"], "textColor": "#1E7B34"},
    "link": {"textColor": TITLE, "bold": True, "fontSize": 11},
}
BORDERS = {
    "under": {"bottom": {"style": "thin", "color": "#CCCCCC"}},
}


def letter(column):
    return chr(ord("A") + column)


def below(height):
    """The first row of cells that lies entirely below this height."""
    return -(-height // ROW)
