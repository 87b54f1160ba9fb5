from . import log_filter
from . import controllers
from . import models
from . import wizards

log_filter.install()
