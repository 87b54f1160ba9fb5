"""Couriers' servers, one module each. The rest of the code asks the registry and names none."""

from . import biteship
from . import fleet
from . import generic
from . import kiriminaja
from . import registry
