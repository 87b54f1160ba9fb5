from . import test_buckets
from . import test_stage_engine
from . import test_order_flow
from . import test_holds
