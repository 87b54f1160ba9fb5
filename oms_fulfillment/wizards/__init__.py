from . import account_payment_register
from . import oms_hold_release
from . import oms_import
from . import oms_import_line
from . import oms_import_column
from . import oms_return_create
from . import stock_return_picking
from . import oms_sku_map
