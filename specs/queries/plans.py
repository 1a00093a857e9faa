"""What ideations and refinements have in common in answers, and the parts that their contexts hold."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypedDict

from boards.call import BoardCall
from boards.instants import iso
from boards.models import Entity
from boards.queries import questions
from specs.queries import architecture, knowledge, mockups
from specs.queries.references import Attached, References, resolved_references

Sections = Mapping[str, str]  # the flag of each part of an answer
Load = Callable[[], Any]
LEFT_OUT_BY = {  # which argument of a context asks for a part to be left empty
    "knowledge_bases": "include_knowledge",
    "screen_mockups": "include_mockups",
    "qa_items": "include_qa",
    "architecture_designs": "include_architecture",
}
ARTEFACTS = ("knowledge_bases", "screen_mockups", "architecture_designs")


class PlanHead(TypedDict):
    """An ideation or refinement without its texts."""

    id: str
    ref: str
    board_id: str
    title: str
    status: str
    version: int
    revision: int
    assignee_id: str | None
    labels: list[str]
    archived: bool
    created_by: str
    created_at: str | None
    updated_at: str | None


class PlanParts(TypedDict):
    """What hangs on an ideation or refinement. `omitted` names the parts that the caller may not read."""

    screen_mockups: list[mockups.Screen]
    architecture_designs: list[architecture.DesignSummary]
    knowledge_bases: list[knowledge.KnowledgeItem]
    resolved_references: References


FOREIGN_PARTS = (
    "qa_items[].question",
    "qa_items[].choices",
    "qa_items[].answer",
    "screen_mockups[].title",
    "screen_mockups[].description",
    "screen_mockups[].html_content",
    "screen_mockups[].annotations",
    "architecture_designs[].title",
    "architecture_designs[].global_description",
    "knowledge_bases[].title",
    "knowledge_bases[].description",
    "knowledge_bases[].content",
    "resolved_references",
)


def head_of(entity: Entity) -> PlanHead:
    return {
        "id": str(entity.pk),
        "ref": entity.ref,
        "board_id": str(entity.board_id),
        "title": entity.title,
        "status": entity.status,
        "version": entity.version,
        "revision": entity.revision,
        "assignee_id": entity.assignee_id or None,
        "labels": list(entity.labels),
        "archived": entity.is_archived,
        "created_by": entity.created_by,
        "created_at": iso(entity.created_at),
        "updated_at": iso(entity.updated_at),
    }


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a caller asks for: the keys of the answer, and the parts that it wants to be left empty."""

    keys: Collection[str]
    left_out: Collection[str] = ()


def parts_of(
    call: BoardCall, entity: Entity, loaders: Mapping[str, Load], wanted: Wanted, sections: Sections
) -> dict[str, Any]:
    """The parts that are asked for, empty where the caller lacks their flag; `omitted` names those."""
    asked = [name for name in sections if name in wanted.keys]
    omitted = [name for name in asked if not call.holds(sections[name])]
    needed = {*asked, *(ARTEFACTS if "resolved_references" in wanted.keys else ())}
    shown = {name for name in needed if call.holds(sections[name]) and name not in wanted.left_out}
    found = {name: loaders[name]() if name in shown else [] for name in needed}
    parts: dict[str, Any] = {name: found[name] for name in asked}
    if "resolved_references" in wanted.keys:
        attached = Attached(*(found[name] for name in ARTEFACTS))
        parts["resolved_references"] = resolved_references(entity, attached)
    return {**parts, "omitted": omitted}


def artefact_loaders(entity: Entity) -> dict[str, Load]:
    """How the parts that every plan has are loaded, one query each."""
    pk = entity.pk
    return {
        "qa_items": lambda: questions.by_entity([pk]).get(pk, []),
        "screen_mockups": lambda: mockups.by_entity([pk]).get(pk, []),
        "architecture_designs": lambda: architecture.by_entity([pk]).get(pk, []),
        "knowledge_bases": lambda: knowledge.by_entity([pk], content=True).get(pk, []),
    }
