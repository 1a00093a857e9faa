"""Figures over events: the four published ones."""

from pydantic import Field

from pulse_project.core import db
from pulse_project.core.operations import Route
from pulse_project.core.principals import Caller
from telemetry.catalog import DETAIL, catalog
from telemetry.inputs import Filter, Span
from telemetry.metrics import phases, stop_reasons, verification
from telemetry.metrics.counts import By, Counts, counts
from telemetry.metrics.phases import Phases
from telemetry.metrics.stop_reasons import StopReasons
from telemetry.metrics.verification import VerificationFigures
from telemetry.operations.query import known_only
from telemetry.rollups.reading import Reading

READ = "telemetry.read"


class CountsInput(Span):
    by: By = Field("type", description="What to group by.")
    type: Filter = Field(None, description="Only events of this type.")
    source: Filter = Field(None, description="Only events of this source.")


class SourceInput(Span):
    source: Filter = Field(None, description="Only events of this source.")


class VerificationInput(SourceInput):
    target: Filter = Field(None, description="Only runs on this target.")


def _route(name: str, model: type[Span]) -> Route:
    return Route(f"GET metrics/{name}", envelope=DETAIL, coerce=known_only(model))


@catalog.operation(needs=READ, rest=_route("counts", CountsInput))
def metrics_counts(caller: Caller, data: CountsInput) -> Counts:
    """How many events there are by type, source or version, most frequent first.

    Errors: VALIDATION_ERROR.
    """
    with db.read_tx():
        types = None if data.type is None else (data.type,)
        return counts(Reading(data.window(), types=types, source=data.source), data.by)


@catalog.operation(needs=READ, rest=_route("phases", SourceInput), untrusted=("phases[].phase",))
def metrics_phases(caller: Caller, data: SourceInput) -> Phases:
    """What was closed in each phase: closes, tasks done, task closes, first and last close as stamped.

    Errors: VALIDATION_ERROR.
    """
    with db.read_tx():
        return phases.phases(Reading(data.window(), types=phases.TYPES, source=data.source))


@catalog.operation(needs=READ, rest=_route("stop-reasons", SourceInput), untrusted=("stop_reasons[].reason",))
def metrics_stop_reasons(caller: Caller, data: SourceInput) -> StopReasons:
    """Why workflows stopped, most frequent reason first.

    Errors: VALIDATION_ERROR.
    """
    with db.read_tx():
        return stop_reasons.stop_reasons(Reading(data.window(), types=stop_reasons.TYPES, source=data.source))


@catalog.operation(needs=READ, rest=_route("verification", VerificationInput), untrusted=("per_target[].target",))
def metrics_verification(caller: Caller, data: VerificationInput) -> VerificationFigures:
    """Pass rates of verifications: in all, by target and by day. Rates have four places, null without runs.

    Errors: VALIDATION_ERROR.
    """
    with db.read_tx():
        reading = Reading(data.window(), types=verification.TYPES, source=data.source)
        return verification.verification(reading, data.target)
