"""Figures beyond the published ones: over time, of durations, and of what became of records."""

from dataclasses import replace

from pydantic import Field

from pulse_project.core import clock, db
from pulse_project.core.errors import Code, Failure
from pulse_project.core.operations import Route
from pulse_project.core.principals import Caller
from telemetry.catalog import DETAIL, catalog
from telemetry.inputs import Filter, Loose, Span, instant
from telemetry.instants import DAY_US
from telemetry.metrics import durations as durations_metric
from telemetry.metrics import outcomes as outcomes_metric
from telemetry.metrics import series as series_metric
from telemetry.metrics.durations import Durations
from telemetry.metrics.outcomes import Outcomes
from telemetry.metrics.series import By, Interval, Series, Trend
from telemetry.metrics.verification import TYPES as VERIFICATIONS
from telemetry.operations.query import known_only
from telemetry.rollups.reading import Reading
from telemetry.rollups.windows import Window

READ = "telemetry.read"
DEFAULT_DAYS = {"hour": 1, "day": 30}


class UtcSpan(Loose):
    from_: Filter = Field(None, alias="from", description="Instants from this one on, ISO 8601; without zone UTC.")
    to: Filter = Field(None, description="Instants before this one; absent = now.")
    interval: Interval = Field("day", description="Width of a bucket.")

    def window(self) -> Window:
        """The span, by default the last day of hours or 30 days of days. Errors: VALIDATION_ERROR."""
        end_us = instant(self.to, "to")
        if end_us is None:
            end_us = clock.now_us() + 1
        start_us = instant(self.from_, "from")
        if start_us is None:
            start_us = end_us - DEFAULT_DAYS[self.interval] * DAY_US
        if start_us >= end_us:
            raise Failure(Code.VALIDATION_ERROR, "from must lie before to.", field="from")
        return Window(start_us=max(0, start_us), end_us=end_us)


class SeriesInput(UtcSpan):
    by: By = Field("none", description="One line a type or source (the 20 most frequent and the rest), or one in all.")
    type: Filter = Field(None, description="Only events of this type.")
    source: Filter = Field(None, description="Only events of this source.")


class TrendInput(UtcSpan):
    source: Filter = Field(None, description="Only runs of this source.")
    target: Filter = Field(None, description="Only runs on this target.")


class DurationsInput(Span):
    type: Filter = Field(None, description="Only events of this type.")
    source: Filter = Field(None, description="Only events of this source.")


class OutcomesInput(Span):
    source: Filter = Field(None, description="Only records of this source.")


@catalog.operation(
    needs=READ, untrusted=("series[].key",),
    rest=Route("GET metrics/series", envelope=DETAIL, coerce=known_only(SeriesInput, by=("type", "source", "none"))),
)  # fmt: skip
def metrics_series(caller: Caller, data: SeriesInput) -> Series:
    """Events per hour or day in UTC, zeros included; at most 2,000 buckets.

    Errors: VALIDATION_ERROR.
    """
    with db.read_tx():
        types = None if data.type is None else (data.type,)
        return series_metric.series(Reading(data.window(), types=types, source=data.source), data.interval, data.by)


@catalog.operation(
    needs=READ, rest=Route("GET metrics/verification-series", envelope=DETAIL, coerce=known_only(TrendInput))
)
def metrics_verification_series(caller: Caller, data: TrendInput) -> Trend:
    """Runs, passes and pass rate of verifications per hour or day in UTC.

    Errors: VALIDATION_ERROR.
    """
    with db.read_tx():
        reading = Reading(data.window(), types=VERIFICATIONS, source=data.source)
        return series_metric.trend(reading, data.interval, data.target)


@catalog.operation(
    needs=READ, untrusted=("durations[].type",),
    rest=Route("GET metrics/durations", envelope=DETAIL, coerce=known_only(DurationsInput)),
)  # fmt: skip
def metrics_durations(caller: Caller, data: DurationsInput) -> Durations:
    """Percentiles of `duration_ms` in milliseconds, in all and by type, each within 1 % of the true value.

    Errors: VALIDATION_ERROR.
    """
    with db.read_tx():
        types = None if data.type is None else (data.type,)
        return durations_metric.durations(Reading(data.window(), types=types, source=data.source), data.type)


@catalog.operation(needs=READ, rest=Route("GET metrics/outcomes", envelope=DETAIL, coerce=known_only(OutcomesInput)))
def metrics_outcomes(caller: Caller, data: OutcomesInput) -> Outcomes:
    """How many records were accepted, sent again or refused, and why, by the hour of receipt.

    Errors: VALIDATION_ERROR.
    """
    window = data.window()
    if window.since is not None:
        window = replace(window, since=None, start_us=instant(window.since, "since"))
    return outcomes_metric.outcomes(window, data.source)
