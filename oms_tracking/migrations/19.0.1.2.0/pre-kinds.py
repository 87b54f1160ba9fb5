def migrate(cr, version):
    """Parcels of a way back say so; the others get their kind without a row being rewritten."""
    cr.execute("ALTER TABLE oms_shipment ADD COLUMN IF NOT EXISTS kind varchar DEFAULT 'out'")
    cr.execute("ALTER TABLE oms_shipment ALTER COLUMN kind DROP DEFAULT")
    cr.execute("UPDATE oms_shipment SET kind = 'rts' WHERE return_of_id IS NOT NULL")
