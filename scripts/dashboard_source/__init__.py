"""What the spreadsheet dashboards show, in Python; `scripts/dashboards` makes Odoo's files of it.

A board is tiles, charts and tables over reports of the database. Words are given in English: they
become terms of the addon's translation.
"""

from . import finance, operations, receivables, sales

BOARDS = (operations.make, sales.make, finance.make, receivables.make)
