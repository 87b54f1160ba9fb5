from . import canonical
from . import registry
from . import shopee
