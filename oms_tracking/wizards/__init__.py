from . import oms_shipment_record
