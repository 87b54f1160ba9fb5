from . import account_move_line
from . import oms_proof
from . import oms_report_stage
from . import oms_report_sales
from . import oms_report_dashboard
from . import oms_report_dashboard_sales
