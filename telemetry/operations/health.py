"""Whether telemetry answers, and how much it holds."""

from typing import TypedDict

from pulse_project.core import conf, db
from pulse_project.core.inputs import NoInput
from pulse_project.core.operations import Route
from pulse_project.core.principals import Caller
from pulse_project.core.version import version
from telemetry.catalog import DETAIL, published
from telemetry.operations.query import known_only
from telemetry.rollups.reading import Reading
from telemetry.rollups.windows import Window


class Health(TypedDict):
    """As published; `auth` says whether producers need the shared token."""

    status: str
    version: str
    events: int
    auth: bool


@published.operation(needs="telemetry.read", rest=Route("GET health", envelope=DETAIL, coerce=known_only(NoInput)))
def telemetry_health(caller: Caller, data: NoInput) -> Health:
    """That telemetry answers, the version, and the number of events ever accepted, read from the figures.

    Errors: PERMISSION_DENIED.
    """
    with db.read_tx():
        counted = Reading(Window()).counts([])
    events = sum(measures[0] for measures in counted.values())
    return Health(status="ok", version=version(), events=events, auth=bool(conf.current().ingest_token.strip()))
