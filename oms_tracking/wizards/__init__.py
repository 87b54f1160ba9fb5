from . import oms_shipment_record
from . import oms_fleet_assign
from . import oms_rate_shop
from . import oms_courier_file
from . import oms_manifest_close
