"""How long events of a type are kept, as operators decide it. Every function runs inside `db.write_tx()`."""

from typing import Final

from django.db import IntegrityError, transaction

from pulse_project.core import identity, outbox
from pulse_project.core.errors import Code, Failure
from pulse_project.core.principals import Caller
from telemetry.models import RetentionRule

MOST_RULES: Final = 1000


def create(caller: Caller, event_type: str, keep_days: int) -> RetentionRule:
    """A rule for a type, `*` for all that have none. Event: retention.changed. Errors: CONFLICT."""
    if RetentionRule.objects.count() >= MOST_RULES:
        raise Failure(Code.CONFLICT, f"There are {MOST_RULES} rules already. Delete one first.", most=MOST_RULES)
    try:
        with transaction.atomic():
            rule = RetentionRule.objects.create(event_type=event_type, keep_days=keep_days)
    except IntegrityError as error:
        raise Failure(Code.CONFLICT, "That type has a rule. Change that one.", field="event_type") from error
    _announce(caller, rule, keep_days)
    return rule


def update(caller: Caller, rule_id: int, keep_days: int, *, expected_version: int | None = None) -> RetentionRule:
    """Other days for a type. Event: retention.changed. Errors: NOT_FOUND, VERSION_CONFLICT."""
    rule = _locked(rule_id)
    identity.demand_version(expected_version, rule.revision, "rule")
    rule.keep_days = keep_days
    rule.revision += 1
    rule.save(update_fields=["keep_days", "revision"])
    _announce(caller, rule, keep_days)
    return rule


def delete(caller: Caller, rule_id: int) -> None:
    """The type follows `*` again. Event: retention.changed. Errors: NOT_FOUND."""
    rule = _locked(rule_id)
    _announce(caller, rule, None)
    rule.delete()


def _locked(rule_id: int) -> RetentionRule:
    rule = RetentionRule.objects.select_for_update().filter(pk=rule_id).first()
    if rule is None:
        raise Failure(Code.NOT_FOUND, "No such rule.", rule_id=rule_id)
    return rule


def _announce(caller: Caller, rule: RetentionRule, keep_days: int | None) -> None:
    outbox.emit(
        "retention.changed",
        caller=caller,
        entity=("retention_rule", rule.pk),
        revision=rule.revision,
        event_type=rule.event_type,
        keep_days=keep_days,
    )
