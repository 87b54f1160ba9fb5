"""Rows of one file, grouped by order without keeping them in memory.

A marketplace's file may hold the rows of one order anywhere; they are put into a private SQLite
file that disappears with the object, and come back order by order.
"""

import json
import sqlite3


class Spill:
    """Rows as JSON values under a key, in the order in which they were added."""

    def __init__(self):
        # "" is a temporary database on disk, deleted when closed; its cache stays small
        self._database = sqlite3.connect("", check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("PRAGMA cache_size = -8000")
        self._database.execute("CREATE TABLE line (key TEXT, number INTEGER, data TEXT)")
        self._count = 0

    def extend(self, rows):
        """Add ``(key, number, values)``."""
        self._database.executemany(
            "INSERT INTO line VALUES (?, ?, ?)",
            ((_storable(key), number, json.dumps(values)) for key, number, values in rows),
        )
        self._database.execute("CREATE INDEX line_key ON line (key, number)")
        self._database.execute(
            "CREATE TABLE first AS SELECT key, MIN(number) AS number FROM line GROUP BY key"
        )
        self._count = self._database.execute("SELECT COUNT(*) FROM first").fetchone()[0]

    def __len__(self):
        """How many keys there are."""
        return self._count

    def groups(self, start=0):
        """Yield the values of one key after the other, in the order of their first rows."""
        cursor = self._database.execute(
            """
            SELECT line.key, line.data
              FROM (SELECT key, number FROM first ORDER BY number LIMIT -1 OFFSET ?) AS chosen
              JOIN line USING (key)
             ORDER BY chosen.number, line.number
            """,
            (start,),
        )
        current, rows = None, []
        for key, data in cursor:
            if key != current and rows:
                yield rows
                rows = []
            current = key
            rows.append(json.loads(data))
        if rows:
            yield rows


def _storable(text):
    return text.encode("utf-8", "replace").decode()
