from . import test_access
from . import test_dashboard
from . import test_dashboard_tour
from . import test_order_link
from . import test_period
from . import test_report_sales
from . import test_report_stage
