"""What the bus's operations share: names without prefix, the `{ok, data}` envelope, the closed error catalogue."""

from pulse_project.core.envelopes import OK_DATA
from pulse_project.core.errors import BUS_CODES, REST_CODES
from pulse_project.core.operations import Catalog

catalog = Catalog("nexus", OK_DATA, BUS_CODES | REST_CODES, rest_prefix="/api/v1/nexus")
