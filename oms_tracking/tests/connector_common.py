from ..connectors import registry
from ..connectors.values import Account, Address, Item, Parcel
from .common import TrackingCase
from .courier_simulator import KEY, Simulator

WAREHOUSE = Address(
    name="Gudang",
    phone="+62 812-0000-0001",
    street="Jl. Palagan 1",
    district="Ngemplak",
    city="Sleman",
    province="DI Yogyakarta",
    postal_code="55584",
)
CUSTOMER = Address(
    name="Siti Rahayu",
    phone="0813 0000 0002",
    street="Jl. Melati 5",
    district="Coblong",
    city="Bandung",
    province="Jawa Barat",
    postal_code="40132",
)


def wire_parcel(reference="QRST-1", **values):
    values = {
        "courier": "jne",
        "service": "reg",
        "origin": WAREHOUSE,
        "destination": CUSTOMER,
        "items": (Item("Mug", "MUG", 2, 50000, 300),),
        "weight_g": 600,
        "value": 100000,
        **values,
    }
    return Parcel(reference, **values)


class ConnectorCase(TrackingCase):
    """A provider's server on this machine, and an account of it."""

    provider = "biteship"

    def setUp(self):
        super().setUp()
        self.courier = self.enterContext(Simulator())

    def connector(self, **values):
        account = Account(
            self.provider, "Test", key=KEY, base_url=self.courier.url, timeout=10, **values
        )
        return registry.get(self.provider)(account)


class BookingCase(ConnectorCase):
    """A delivery method with an account; parcels of it are booked when they leave."""

    service = "reg"

    def setUp(self):
        super().setUp()
        self.account = self.env["oms.courier.account"].create(
            {
                "name": "Test account",
                "provider": self.provider,
                "api_key": KEY,
                "base_url": self.courier.url,
                "timeout": 10,
                "default_weight_kg": 1,
                "webhook_header": "X-Courier-Proof",
                "webhook_secret": "agreed-secret",
            }
        )
        self.account.action_webhook_open()
        product = self.env["product.product"].create({"name": "Delivery", "type": "service"})
        self.carrier = self.env["delivery.carrier"].create(
            {
                "name": "JNE REG",
                "delivery_type": "oms",
                "product_id": product.id,
                "oms_courier_id": self.jne.id,
                "oms_account_id": self.account.id,
                "oms_service": self.service,
            }
        )
        warehouse = self.env["stock.warehouse"].search(
            [("company_id", "=", self.env.company.id)], limit=1
        )
        warehouse.partner_id.write(
            {
                "street": "Jl. Palagan 1",
                "oms_district": "Ngemplak",
                "city": "Sleman",
                "zip": "55584",
                "phone": "081200000001",
            }
        )
        self.partner.write({"oms_district": "Coblong", "zip": "40132"})

    def make_booked_order(self, **values):
        """Hand an order over whose parcel waits to be booked; return the parcel."""
        order = self.make_order(carrier_id=self.carrier.id, **values)
        return self.ship(order)

    def run_queue(self, *xmlids):
        """Let the workers run as the scheduler does."""
        with self.enter_registry_test_mode():
            for xmlid in xmlids or ("cron_courier_jobs",):
                self.env.ref(f"oms_tracking.{xmlid}").method_direct_trigger()
        self.env.invalidate_all()

    def due_now(self, parcel):
        """The time until the next try is over."""
        parcel.job_ids.filtered(lambda job: job.state in ("waiting", "answered")).write(
            {"next_try": "2026-01-01 00:00:00"}
        )
        self.account.quiet_until = False

    def book_job(self, parcel):
        return parcel.job_ids.filtered(lambda job: job.kind == "book")[:1]
