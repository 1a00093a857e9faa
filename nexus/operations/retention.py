"""Retention and reset, as operators run them."""

from datetime import datetime
from typing import Annotated, Any, TypedDict

from pydantic import BeforeValidator, Field

from nexus import emptying, retention
from nexus.catalog import operators
from pulse_project.core import clock, db, identity, outbox, steps
from pulse_project.core.inputs import Input
from pulse_project.core.principals import Caller


def _instant(given: Any) -> Any:
    """ISO text as a datetime with zone; anything else is left to the type's own check."""
    if not isinstance(given, str):
        return given
    try:
        found = datetime.fromisoformat(given)
    except ValueError:
        raise ValueError("the time must be ISO 8601, such as 2026-01-31T12:00:00+00:00") from None
    if found.tzinfo is None:
        raise ValueError("the time needs a zone, such as +00:00")
    if not 1970 <= found.year < 9999:
        raise ValueError("the time lies outside of 1970..9998")
    return found


class Prune(Input):
    dry_run: bool = Field(True, description="Count only; nothing is deleted.")
    vacuum: bool = Field(False, description="Give the freed pages back to the disk afterwards.")
    as_of: Annotated[datetime | None, BeforeValidator(_instant)] = Field(
        None, description="The `now` of a dry run: delete exactly what that run counted. Default: this moment."
    )
    events_keep_days: int | None = Field(None, ge=0, le=3650, description="Overrides the setting for this run.")
    read_deliveries_keep_days: int | None = Field(
        None, ge=0, le=3650, description="Overrides the setting for this run."
    )
    closed_sessions_keep_days: int | None = Field(
        None, ge=0, le=3650, description="Overrides the setting for this run."
    )

    def windows(self) -> retention.Windows:
        given = {
            "events": self.events_keep_days,
            "read_deliveries": self.read_deliveries_keep_days,
            "closed_sessions": self.closed_sessions_keep_days,
        }
        return retention.Windows(**{name: days for name, days in given.items() if days is not None})


@operators.operation(
    needs="operator.prune",
    writes=True,
    own_transactions=True,
    destructive=True,
    rest="POST admin/prune",
)
def admin_prune(caller: Caller, data: Prune) -> retention.PruneReport:
    """Delete events, read deliveries and closed sessions past their windows; a dry run counts them.

    Errors: VALIDATION_ERROR.
    Event: prune.finished.
    """
    report = retention.prune(
        data.windows(),
        dry_run=data.dry_run,
        vacuum=data.vacuum,
        as_of_us=clock.to_us(data.as_of) if data.as_of else None,
    )
    if not data.dry_run:
        deleted = {name: table["deleted"] for name, table in report["tables"].items()}
        with db.write_tx():
            outbox.emit("prune.finished", caller=caller, entity=("store", "nexus"), deleted=deleted)
    return report


class Reset(Input):
    keep_agents: bool = Field(True, description="False also deletes the agents and their keys.")


class ResetReport(TypedDict):
    deleted: dict[str, int]
    kept_agents: bool
    vacuumed: bool


@operators.operation(
    needs="operator.reset",
    writes=True,
    own_transactions=True,
    destructive=True,
    rest="POST admin/reset",
)
def admin_reset(caller: Caller, data: Reset) -> ResetReport:
    """Empty the bus: every message, handoff, session, event, artifact and workspace. Settings stay, event ids go on.

    Errors: VALIDATION_ERROR, AUTH_REQUIRED.
    Event: bus.reset.
    """
    identity.demand_confirmation(caller)
    deleted = emptying.empty(caller, keep_agents=data.keep_agents)
    steps.compact()
    return {"deleted": deleted, "kept_agents": data.keep_agents, "vacuumed": True}
