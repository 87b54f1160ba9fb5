"""The words for the canonical statuses, declared once. The rules are in ``engine.status``."""

STATUSES = [
    ("label_created", "Ready for the courier"),
    ("pickup_requested", "Pickup requested"),
    ("picked_up", "Picked up"),
    ("in_transit", "In transit"),
    ("out_for_delivery", "Out for delivery"),
    ("attempt_failed", "Delivery attempt failed"),
    ("available_for_pickup", "Waiting to be collected"),
    ("refused", "Refused by the customer"),
    ("delivered", "Delivered"),
    ("returning", "On its way back"),
    ("returned", "Returned to sender"),
    ("lost", "Lost"),
    ("damaged", "Damaged"),
    ("cancelled", "Cancelled"),
    ("unknown", "Unknown"),
]

EXCEPTIONS = [
    ("attempt_failed", "Delivery attempt failed"),
    ("refused", "Refused by the customer"),
    ("returning", "On its way back"),
    ("returned", "Returned to sender"),
    ("lost", "Lost"),
    ("damaged", "Damaged"),
    ("problem", "The courier reports a problem"),
    ("address", "Address problem"),
    ("no_scan", "No scan since the hand-over"),
    ("late", "Later than promised"),
    ("stuck", "No news"),
    ("weight", "Weight billed too high"),
]

SOURCES = [
    ("api", "API"),
    ("webhook", "Webhook"),
    ("poll", "Asked the courier"),
    ("import", "File"),
    ("own", "Our staff"),
]

# What a parcel is for. Only ``out`` counts as a delivery of an order.
KINDS = [
    ("out", "To the customer"),
    ("rts", "Comes back unopened"),
    ("return", "Return of the customer"),
    ("resend", "Sent back to the customer"),
]
WAYS_BACK = ("rts", "return")
