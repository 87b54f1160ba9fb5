from . import portal
from . import tracking
from . import webhook
from . import driver
