def uninstall_hook(env):
    """Empty the tables that keep couriers and orders from being deleted; they are dropped next."""
    env.cr.execute("DELETE FROM oms_webhook_message")
    env.cr.execute("DELETE FROM oms_courier_job")
    env.cr.execute("DELETE FROM oms_fleet_stop")
    env.cr.execute("DELETE FROM oms_event_inbox")
    env.cr.execute("DELETE FROM oms_claim")
    env.cr.execute("DELETE FROM oms_shipment_event")
    env.cr.execute("DELETE FROM oms_shipment_resi")
    env.cr.execute("DELETE FROM oms_shipment_line")
    env.cr.execute("DELETE FROM oms_shipment")
