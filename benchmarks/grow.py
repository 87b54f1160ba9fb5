"""Many orders in a minute: the documents of a database, copied within PostgreSQL.

    grow.py DATABASE COPIES

Every row of the documents' tables (orders, transfers, moves, invoices, payments, messages, and
what the addons keep about them) is copied COPIES times. A copy's id is the original's plus a
multiple of a stride, and so is every reference to another copied row, so that each copy is a whole
order with its own documents at the stage of the original. Stock is brought in line at the end.
"""

import sys

import oms_dev as dev

DOCUMENTS = (
    "sale_order",
    "sale_order_line",
    "stock_reference",
    "stock_picking",
    "stock_move",
    "stock_move_line",
    "account_move",
    "account_move_line",
    "account_payment",
    "account_partial_reconcile",
    "account_full_reconcile",
    "mail_message",
    "mail_tracking_value",
    "mail_followers",
)
# Of these, only what is about documents: the column that names the model.
MAIL = {"mail_message": "model", "mail_followers": "res_model", "mail_tracking_value": None}
# Unique texts of documents get the number of the copy. Those of the ledger stay numbers.
NAMED = ("sale_order", "stock_picking", "stock_reference", "account_payment")
UNIQUE = ("access_token", "message_id", "oms_external_id", "external_id", "stream")
LEDGER_STRIDE = 1000
# PostgreSQL's own numbering of the references; the tables of many-to-many fields have no id.
REFERENCES = """
    SELECT own.relname, attname, other.relname
      FROM pg_constraint
      JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
      JOIN pg_class own ON own.oid = conrelid
      JOIN pg_class other ON other.oid = confrelid
     WHERE contype = 'f' AND connamespace = 'public'::regnamespace
"""
COLUMNS = """
    SELECT table_name, column_name FROM information_schema.columns
     WHERE table_schema = 'public' AND is_generated = 'NEVER' ORDER BY ordinal_position
"""


class Plan:
    """Which tables are copied, and how each of their columns changes."""

    def __init__(self, database):
        self.database = database
        self.references = {
            (table, column): target for table, column, target in dev.psql(REFERENCES, database)
        }
        self.columns = {}
        for table, column in dev.psql(COLUMNS, database):
            self.columns.setdefault(table, []).append(column)
        self.documents = {table for table in DOCUMENTS if table in self.columns}
        self._add_documents_of_addons()
        self.relations = {
            table
            for (table, _column), target in self.references.items()
            if target in self.documents - set(MAIL) and "id" not in self.columns[table]
        }
        tops = [f"SELECT coalesce(max(id), 0) AS top FROM {table}" for table in self.documents]
        query = f"SELECT max(top) FROM ({' UNION ALL '.join(tops)}) tops"
        self.stride = int(dev.psql(query, database)[0][0]) + 1

    def _add_documents_of_addons(self):
        """Tables of the addons that refer to a document that is copied."""
        found = True
        while found:
            found = {
                table
                for (table, _column), target in self.references.items()
                if target in self.documents
                and table.startswith("oms_")
                and "id" in self.columns[table]
                and table not in self.documents
            }
            self.documents |= found

    def statement(self, table, copies):
        columns = self.columns[table]
        values = ", ".join(self.value(table, column) for column in columns)
        own = f"WHERE id < {self.stride}" if table in self.documents else ""
        listed = ", ".join(f'"{column}"' for column in columns)
        return (
            f'INSERT INTO "{table}" ({listed}) SELECT {values} '
            f'FROM (SELECT * FROM "{table}" {own}) original, generate_series(1, {copies}) copy'
        )

    def originals(self, table):
        """The rows to copy."""
        if table not in MAIL:
            return ""
        if MAIL[table]:
            return f"WHERE {MAIL[table]} IN ({self.models()})"
        messages = f"SELECT id FROM mail_message {self.originals('mail_message')}"
        return f"WHERE mail_message_id IN ({messages})"

    def models(self):
        return ", ".join(f"'{name.replace('_', '.')}'" for name in self.documents)

    def value(self, table, column):
        shifted = f'"{column}" + {self.stride} * copy'
        if column == "id" or self.references.get((table, column)) in self.documents:
            return shifted
        if column == "res_id" and table in MAIL:
            return shifted
        named = table in NAMED or table.startswith("oms_")
        if column in UNIQUE or (column == "name" and named):
            return f"\"{column}\" || '-' || copy"
        if table == "account_move" and column == "sequence_number":
            return f"sequence_number + {LEDGER_STRIDE} * copy"
        if table == "account_move" and column == "name":
            number = f"(sequence_number + {LEDGER_STRIDE} * copy)::text"
            numbered = f"sequence_prefix || lpad({number}, greatest(5, length({number})), '0')"
            return f"CASE WHEN sequence_number > 0 THEN {numbered} ELSE name END"
        return f'"{column}"'


STOCK = """
    UPDATE stock_quant quant SET reserved_quantity = line.units
      FROM (SELECT product_id, location_id, sum(quantity_product_uom) AS units
              FROM stock_move_line WHERE state NOT IN ('done', 'cancel', 'draft')
             GROUP BY 1, 2) line
     WHERE quant.product_id = line.product_id AND quant.location_id = line.location_id;
    UPDATE stock_quant quant SET quantity = line.units
      FROM (SELECT product_id, location_dest_id AS location_id, sum(quantity_product_uom) AS units
              FROM stock_move_line WHERE state = 'done' GROUP BY 1, 2) line
     WHERE quant.product_id = line.product_id AND quant.location_id = line.location_id;
"""


def grow(database, copies):
    """Copy all documents ``copies`` times; {table: rows afterwards}."""
    plan = Plan(database)
    script = ["BEGIN; SET LOCAL session_replication_role = replica;"]
    for table in sorted(plan.documents | plan.relations):
        script.append(plan.statement(table, copies) + ";")
    for table in sorted(plan.documents):
        script.append(f"SELECT setval('{table}_id_seq', (SELECT max(id) + 1 FROM {table}));")
    script += [STOCK, "COMMIT;", "VACUUM ANALYZE;"]
    dev.psql("\n".join(script), database)
    counts = " UNION ALL ".join(
        f"SELECT '{table}', count(*) FROM {table}" for table in sorted(plan.documents)
    )
    return {table: int(rows) for table, rows in dev.psql(counts, database)}


if __name__ == "__main__":
    for name, rows in grow(sys.argv[1], int(sys.argv[2])).items():
        print(f"{rows:9} {name}")
