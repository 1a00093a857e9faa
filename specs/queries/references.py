"""What an object can refer to: its own items and artefacts, and those that a card inherits from its spec."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from boards.models import Card, Entity
from specs.models import SpecItem
from specs.queries.content import Kind, SpecContent, text_of

GROUPS = {
    "functional_requirements": Kind.FUNCTIONAL,
    "technical_requirements": Kind.TECHNICAL,
    "acceptance_criteria": Kind.CRITERION,
    "test_scenarios": Kind.SCENARIO,
    "business_rules": Kind.RULE,
    "api_contracts": Kind.CONTRACT,
    "decisions": Kind.DECISION,
}
ReferenceType = Literal["direct", "parent_spec"]
References = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Attached:
    """The artefacts of an object, as their own tools answer them."""

    knowledge: Sequence[Mapping[str, Any]] = ()
    mockups: Sequence[Mapping[str, Any]] = ()
    designs: Sequence[Mapping[str, Any]] = ()

    def groups(self) -> dict[str, Sequence[Mapping[str, Any]]]:
        return {
            "knowledge_bases": self.knowledge,
            "screen_mockups": self.mockups,
            "architecture_designs": self.designs,
        }


def resolved_references(
    entity: Entity,
    attached: Attached,
    content: SpecContent | None = None,
    *,
    reference_type: ReferenceType = "direct",
    card: Card | None = None,
    include_superseded: bool = False,
) -> References:
    """Everything that hangs on an object by group: {id, ref, index, text or title, status} and where it comes from.

    Each entry has source_type, source_id, source_title and reference_type: `direct` for what is the object's own,
    `parent_spec` for what a card inherits, `linked_task` for an item that the given card works on. Items of a spec
    say in `referenced_by_task` whether some card works on them. Of decisions only active ones, unless asked for more.
    """
    source = {"source_type": entity.kind, "source_id": str(entity.pk), "source_title": entity.title}
    found: References = {}
    if content is not None:
        linked = _linked_to(content, card) if card else frozenset()
        for group, kind in GROUPS.items():
            items = [item for item in content.of_kind(kind) if include_superseded or _is_current(item)]
            found[group] = [
                {
                    **_entry(content, item),
                    **source,
                    "reference_type": "linked_task" if item.pk in linked else reference_type,
                    "referenced_by_task": bool(content.tasks_of(item)),
                }
                for item in items
            ]
    for group, rows in attached.groups().items():
        found[group] = [{**_head(row), **source, "reference_type": reference_type} for row in rows]
    return found


def merged(*references: References) -> References:
    """The groups of several objects, in the order given."""
    groups = dict.fromkeys(group for each in references for group in each)
    return {group: [entry for each in references for entry in each.get(group, ())] for group in groups}


def _is_current(item: SpecItem) -> bool:
    return item.kind != Kind.DECISION or getattr(item, "status", "") == "active"


def _linked_to(content: SpecContent, card: Card) -> frozenset[int]:
    """The items that the card works on, and the requirements and criteria to which those refer."""
    worked = [item for item in content.items() if _works_on(content.tasks_of(item), card.pk)]
    texts = (Kind.FUNCTIONAL, Kind.CRITERION)
    return frozenset({item.pk for item in worked} | {t.pk for item in worked for t in content.links_of(item, *texts)})


def _works_on(tasks: Iterable[Any], card_pk: UUID) -> bool:
    return any(task.id == card_pk for task in tasks)


def _entry(content: SpecContent, item: SpecItem) -> dict[str, Any]:
    named = "text" if item.kind in {Kind.FUNCTIONAL, Kind.TECHNICAL, Kind.CRITERION} else "title"
    entry = {"id": item.public_id, "ref": item.ref, "index": content.index_of(item), named: text_of(item)}
    status = getattr(item, "status", "")
    return {**entry, "status": status} if status else entry


def _head(row: Mapping[str, Any]) -> dict[str, Any]:
    """What names an artefact; its content is in the list of its own."""
    return {name: row[name] for name in ("id", "title", "version", "screen_type", "mime_type") if name in row}
