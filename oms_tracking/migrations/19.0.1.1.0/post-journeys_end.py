from odoo.addons.oms_tracking.engine.status import FINAL


def migrate(cr, version):
    """Parcels whose journey ended before that moment was kept."""
    cr.execute(
        "UPDATE oms_shipment SET rested_at = status_since "
        "WHERE status = ANY(%s) AND rested_at IS NULL",
        [sorted(FINAL)],
    )
    # What every scan changes is in no index any more.
    cr.execute("DROP INDEX IF EXISTS oms_shipment__status_index")
