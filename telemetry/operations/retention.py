"""How long events are kept, as operators decide it, and deleting what is past that."""

from typing import TypedDict

from pydantic import Field

from pulse_project.core import clock, conf
from pulse_project.core.inputs import Input, NoInput
from pulse_project.core.principals import Caller
from telemetry import pruning, retention, retention_rules, sweeping
from telemetry.catalog import operators
from telemetry.fields import EventType, Moment, RowId, Version
from telemetry.instants import HOUR_US
from telemetry.models import RetentionRule
from telemetry.retention import Pass

FLAG = "operator.telemetry"
MOST_DAYS = 36_500
MOST_TYPES = 1000
Days = Field(ge=0, le=MOST_DAYS, description="Days that events are kept; 0 = for ever.")


class RuleRow(TypedDict):
    rule_id: int
    event_type: str
    keep_days: int
    version: int


class RuleList(TypedDict):
    """`default_keep_days` is the setting `telemetry_keep_days`, in force where neither the type nor `*` has a rule."""

    items: list[RuleRow]
    default_keep_days: int


def rule_row(rule: RetentionRule) -> RuleRow:
    """A rule as every answer shows it."""
    return {
        "rule_id": rule.pk,
        "event_type": rule.event_type,
        "keep_days": rule.keep_days,
        "version": rule.revision,
    }


@operators.operation(needs="operator.observe", rest="GET retention/rules")
def telemetry_retention_list(caller: Caller, data: NoInput) -> RuleList:
    """How long events of each type are kept."""
    rules = RetentionRule.objects.order_by("event_type")[: retention_rules.MOST_RULES]
    return {"items": [rule_row(rule) for rule in rules], "default_keep_days": conf.current().telemetry_keep_days}


class NewRule(Input):
    event_type: EventType = Field(description="The type, or * for all that have no rule of their own.")
    keep_days: int = Days


@operators.operation(needs=FLAG, writes=True, rest="POST retention/rules")
def telemetry_retention_create(caller: Caller, data: NewRule) -> RuleRow:
    """Say how long events of a type are kept. The next hourly pass deletes what is older.

    Errors: VALIDATION_ERROR, CONFLICT.
    Event: retention.changed.
    """
    return rule_row(retention_rules.create(caller, data.event_type, data.keep_days))


class OneRule(Input):
    rule_id: RowId


class RuleChange(OneRule):
    keep_days: int = Days
    expected_version: Version = None


@operators.operation(needs=FLAG, writes=True, rest="PATCH retention/rules/<int:rule_id>")
def telemetry_retention_update(caller: Caller, data: RuleChange) -> RuleRow:
    """Change how long events of a type are kept.

    Errors: VALIDATION_ERROR, NOT_FOUND, VERSION_CONFLICT.
    Event: retention.changed.
    """
    changed = retention_rules.update(caller, data.rule_id, data.keep_days, expected_version=data.expected_version)
    return rule_row(changed)


class DeletedRule(TypedDict):
    rule_id: int
    deleted: bool


@operators.operation(needs=FLAG, writes=True, destructive=True, rest="DELETE retention/rules/<int:rule_id>")
def telemetry_retention_delete(caller: Caller, data: OneRule) -> DeletedRule:
    """Have a type follow the rule `*`, or the setting, again.

    Errors: VALIDATION_ERROR, NOT_FOUND.
    Event: retention.changed.
    """
    retention_rules.delete(caller, data.rule_id)
    return {"rule_id": data.rule_id, "deleted": True}


class Prune(Input):
    dry_run: bool = Field(True, description="Count only; nothing is deleted.")
    as_of: Moment | None = Field(
        None, description="The `now` of a dry run: delete exactly what that run counted. Default: this moment."
    )


class PrunedType(TypedDict):
    event_type: str
    before: str | None
    deleted: int


class PruneReport(TypedDict):
    """What a pass deleted (or, dry, would delete). `before` is the whole UTC hour below which events of a type go."""

    dry_run: bool
    now: str | None
    types: list[PrunedType]
    total_deleted: int
    others: dict[str, int]


@operators.operation(
    needs=FLAG,
    writes=True,
    own_transactions=True,
    destructive=True,
    rest="POST retention/run",
    untrusted=("types[].event_type",),
)
def telemetry_retention_run(caller: Caller, data: Prune) -> PruneReport:
    """Delete events past the days of their type, figures and journals past 400 days; a dry run counts them.

    Metrics go on counting what was deleted. The server does the same by itself every hour.

    Errors: VALIDATION_ERROR.
    Event: telemetry.pruned.
    """
    made = retention.run(dry_run=data.dry_run, as_of_us=clock.to_us(data.as_of) if data.as_of else None)
    others = sweeping.count() if data.dry_run else sweeping.sweep()
    if not data.dry_run:
        pruning.announce(caller, made, others)
    return _report(made, others, dry_run=data.dry_run)


def _report(made: Pass, others: dict[str, int], *, dry_run: bool) -> PruneReport:
    types = [
        PrunedType(event_type=text, before=clock.iso(made.cutoffs[number] * HOUR_US), deleted=count)
        for number, text, count in pruning.most_deleted(made, MOST_TYPES)
    ]
    return {
        "dry_run": dry_run,
        "now": clock.iso(made.now_us),
        "types": types,
        "total_deleted": made.deleted.total(),
        "others": others,
    }
