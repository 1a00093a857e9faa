"""What a sprint shall settle: scenarios and rules of its spec."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from pulse_project.core.errors import Code, Failure
from specs.models import Spec, SpecItem, Sprint, SprintScope

FIELDS: Mapping[str, str] = {
    "test_scenario_ids": SpecItem.Kind.SCENARIO,
    "business_rule_ids": SpecItem.Kind.RULE,
}


def items_at(spec: Spec, texts: Collection[str], field: str) -> list[SpecItem]:
    """The items with these ids or references in the spec, each once. Errors: VALIDATION_ERROR naming unknown ones."""
    if not texts:
        return []
    known = {
        name: item
        for item in SpecItem.objects.filter(spec=spec, kind=FIELDS[field])
        for name in (item.public_id, item.ref)
    }
    unknown = [text[:80] for text in texts if text not in known]
    if unknown:
        raise Failure(
            Code.VALIDATION_ERROR, f"{field} takes ids of the sprint's spec.", field=field, unknown=unknown[:10]
        )
    return list({known[text].pk: known[text] for text in texts}.values())


def set_scope(sprint: Sprint, field: str, items: Iterable[SpecItem]) -> dict[str, Any] | None:
    """Let these items of a kind be the scope. Answers {field, old, new} in public ids; None when nothing changed."""
    rows = SprintScope.objects.filter(sprint=sprint, item__kind=FIELDS[field])
    stored = dict(rows.order_by("item__position").values_list("item_id", "item__public_id"))
    wanted = {item.pk: item.public_id for item in items}
    if stored.keys() == wanted.keys():
        return None
    rows.exclude(item__in=list(wanted)).delete()
    SprintScope.objects.bulk_create(SprintScope(sprint=sprint, item_id=pk) for pk in wanted if pk not in stored)
    return {"field": field, "old": list(stored.values()), "new": list(wanted.values())}
