"""What ideations and refinements have in common in answers, and the parts that their contexts hold."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypedDict, TypeVar

from boards.call import BoardCall
from boards.instants import iso
from boards.models import Entity
from boards.queries import questions
from boards.shaping import only
from specs.queries import architecture, knowledge, mockups
from specs.queries.references import Attached, References, resolved_references

Sections = Mapping[str, str]  # the flag of each part of an answer
Load = Callable[[], Any]
P = TypeVar("P", bound=Entity)
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


FOREIGN_QUESTIONS = ("qa_items[].question", "qa_items[].choices", "qa_items[].answer")
FOREIGN_ARTEFACTS = (
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


@dataclass(frozen=True, slots=True)
class Shape(Generic[P]):
    """How the plans of a kind are answered: the types of their answers, and where the values come from.

    `sections` name the flag of each part, `loaders` load those that only this kind has.
    """

    summary: type
    whole: type
    detail: type
    context: type
    texts: tuple[str, ...]
    sections: Sections
    summary_of: Callable[[P], Any]
    row_of: Callable[[P], Any]
    loaders: Callable[[P], dict[str, Load]]

    def rows(self, plans: Iterable[P], keys: frozenset[str]) -> list[Any]:
        """Rows of a list with these keys. Their texts are not read when nobody asked for one."""
        shown = self.summary_of if keys <= keys_of(self.summary) else self.row_of
        return [only(shown(plan), keys) for plan in plans]

    def context_of(self, call: BoardCall, plan: P, wanted: Wanted) -> Any:
        """A plan as far as it is wanted: a fixed number of queries."""
        loaders = {**_artefact_loaders(plan), **self.loaders(plan)}
        return only({**self.row_of(plan), **_parts_of(call, plan, loaders, wanted, self.sections)}, wanted.keys)

    def flags_in(self, answer: type) -> tuple[str, ...]:
        """The flags of the parts of an answer."""
        return tuple(flag for name, flag in self.sections.items() if name in keys_of(answer))

    @property
    def foreign(self) -> tuple[str, ...]:
        """What others wrote, in a plan without its artefacts."""
        below = [f"{name}[].title" for name in ("refinements", "specs") if name in self.sections]
        return (*self.texts, *below, *FOREIGN_QUESTIONS)


def keys_of(answer: type) -> frozenset[str]:
    return frozenset(answer.__annotations__)


def _parts_of(
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


def _artefact_loaders(entity: Entity) -> dict[str, Load]:
    """How the parts that every plan has are loaded, one query each."""
    pk = entity.pk
    return {
        "qa_items": lambda: questions.by_entity([pk]).get(pk, []),
        "screen_mockups": lambda: mockups.by_entity([pk]).get(pk, []),
        "architecture_designs": lambda: architecture.by_entity([pk]).get(pk, []),
        "knowledge_bases": lambda: knowledge.by_entity([pk], content=True).get(pk, []),
    }
