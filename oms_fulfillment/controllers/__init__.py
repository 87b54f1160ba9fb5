from . import delay
from . import dispatcher
from . import intake
