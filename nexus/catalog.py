"""What the bus's operations share: names without prefix, the `{ok, data}` envelope, the closed error catalogue."""

from pulse_project.core.envelopes import OK_DATA
from pulse_project.core.errors import BUS_CODES, REST_CODES
from pulse_project.core.operations import OPERATOR_SURFACES, Catalog

catalog = Catalog("nexus", OK_DATA, BUS_CODES | REST_CODES, rest_prefix="/api/v1/nexus")

# What operators do is offered on REST and the command line, not to agents as tools.
operators = Catalog(
    "nexus",
    OK_DATA,
    BUS_CODES | REST_CODES,
    rest_prefix="/api/v1/nexus",
    surfaces=OPERATOR_SURFACES,
    toolset="operator",
)
