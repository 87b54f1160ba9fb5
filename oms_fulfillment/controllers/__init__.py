from . import dispatcher
from . import intake
