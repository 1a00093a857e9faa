"""What one spec says: its items with their links, tasks and evidence, and how answers show them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

from boards.models import Card
from boards.models.entity import LETTERS
from specs.models import (
    Contract,
    Decision,
    Requirement,
    Rule,
    Scenario,
    ScenarioEvidence,
    Spec,
    SpecItem,
)
from specs.queries.item_shapes import (
    ContractOut,
    DecisionOut,
    Evidence,
    ItemOut,
    LinkOut,
    RuleOut,
    ScenarioOut,
    TechnicalOut,
)

Kind = SpecItem.Kind
# kind -> (the list of the content, the row of the kind behind the common one)
PLACES = {
    Kind.FUNCTIONAL: ("requirements", "as_requirement"),
    Kind.TECHNICAL: ("technical", "as_requirement"),
    Kind.CRITERION: ("criteria", "as_requirement"),
    Kind.RULE: ("rules", "as_rule"),
    Kind.CONTRACT: ("contracts", "as_contract"),
    Kind.SCENARIO: ("scenarios", "as_scenario"),
    Kind.DECISION: ("decisions", "as_decision"),
}
ORDER = {kind: place for place, kind in enumerate(PLACES)}
PROOF = ("test_file_path", "test_function", "last_run_at", "test_run_id", "output_snippet")


def text_of(item: SpecItem) -> str:
    """What names an item to people: its text, its title, or a contract's method and path."""
    match item:
        case Requirement():
            return item.text
        case Contract():
            return f"{item.method} {item.path}"
        case Rule() | Scenario() | Decision():
            return item.title
    raise TypeError(f"{type(item).__name__} is no kind of item")


@dataclass(frozen=True, slots=True)
class Task:
    """A card that works on an item."""

    id: UUID
    number: int
    title: str
    status: str
    card_type: str
    is_archived: bool

    @property
    def ref(self) -> str:
        return f"{LETTERS['card']}-{self.number}"

    @property
    def is_live(self) -> bool:
        """Only live cards count for coverage."""
        return not self.is_archived and self.status != "cancelled"


def task_of(card: Card) -> Task:
    return Task(card.pk, card.number, card.title, card.status, card.card_type, card.is_archived)


@dataclass(slots=True)
class SpecContent:
    """The items of one spec in their order; `links`, `tasks` and `evidence` by the id of the item's row."""

    spec: Spec
    requirements: list[Requirement] = field(default_factory=list)
    technical: list[Requirement] = field(default_factory=list)
    criteria: list[Requirement] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    contracts: list[Contract] = field(default_factory=list)
    scenarios: list[Scenario] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    links: dict[int, list[SpecItem]] = field(default_factory=dict)
    tasks: dict[int, list[Task]] = field(default_factory=dict)
    evidence: dict[int, ScenarioEvidence] = field(default_factory=dict)
    former: dict[str, SpecItem] = field(default_factory=dict)  # by the texts that this call reworded
    _places: dict[int, int] = field(default_factory=dict)

    def of_kind(self, kind: str) -> list[Any]:
        """The items of a kind in their order: the index that callers may link by."""
        return cast("list[Any]", getattr(self, PLACES[Kind(kind)][0]))

    def items(self) -> Iterator[SpecItem]:
        for kind in PLACES:
            yield from self.of_kind(kind)

    def add(self, item: SpecItem) -> None:
        """Put an item at the end of the list of its kind."""
        listed = self.of_kind(item.kind)
        self._places[item.pk] = len(listed)
        listed.append(item)

    def reorder(self, kind: str, items: Sequence[SpecItem]) -> None:
        """Let the list of a kind be this one."""
        self.of_kind(kind)[:] = items
        self._places.update({item.pk: place for place, item in enumerate(items)})

    def index_of(self, item: SpecItem) -> int:
        return self._places[item.pk]

    def place_of(self, item: SpecItem) -> tuple[int, int]:
        """Orders items of all kinds: by kind, and by place in the list of their kind."""
        return ORDER[Kind(item.kind)], self.index_of(item)

    def links_of(self, item: SpecItem, *kinds: str) -> list[SpecItem]:
        """What an item refers to, in the order of kinds and places."""
        return [target for target in self.links.get(item.pk, ()) if not kinds or target.kind in kinds]

    def tasks_of(self, item: SpecItem) -> list[Task]:
        return self.tasks.get(item.pk, [])

    def is_worked_on(self, item: SpecItem) -> bool:
        """Whether a live card works on the item."""
        return any(task.is_live for task in self.tasks_of(item))

    def texts(self, kind: str) -> list[str]:
        return [item.text for item in self.of_kind(kind)]

    def wire_links(self, item: SpecItem) -> list[LinkOut]:
        return [
            {"id": target.public_id, "ref": target.ref, "index": self.index_of(target), "text": text_of(target)}
            for target in self.links_of(item)
        ]

    def _linked_texts(self, item: SpecItem, kind: str) -> list[str]:
        return [text_of(target) for target in self.links_of(item, kind)]

    def _task_ids(self, item: SpecItem) -> list[str]:
        return [str(task.id) for task in self.tasks_of(item)]

    def wire_requirement(self, item: Requirement) -> ItemOut:
        """A functional requirement or a criterion."""
        return {
            "id": item.public_id,
            "ref": item.ref,
            "text": item.text,
            "revision": item.revision,
            "links": self.wire_links(item),
        }

    def wire_technical(self, item: Requirement) -> TechnicalOut:
        return {
            "id": item.public_id,
            "ref": item.ref,
            "text": item.text,
            "linked_task_ids": self._task_ids(item),
            "linked_requirements": self._linked_texts(item, Kind.FUNCTIONAL),
            "links": self.wire_links(item),
            "revision": item.revision,
        }

    def wire_scenario(self, item: Scenario) -> ScenarioOut:
        proof = self.evidence.get(item.pk)
        return {
            "id": item.public_id,
            "ref": item.ref,
            "title": item.title,
            "linked_criteria": self._linked_texts(item, Kind.CRITERION),
            "links": self.wire_links(item),
            "scenario_type": item.scenario_type,
            "given": item.given,
            "when": item.when,
            "then": item.then,
            "notes": item.notes or None,
            "status": item.status,
            "linked_task_ids": self._task_ids(item),
            "evidence": wire_evidence(proof) if proof else None,
            "revision": item.revision,
        }

    def wire_rule(self, item: Rule) -> RuleOut:
        return {
            "id": item.public_id,
            "ref": item.ref,
            "title": item.title,
            "rule": item.rule,
            "when": item.when,
            "then": item.then,
            "linked_requirements": self._linked_texts(item, Kind.FUNCTIONAL),
            "links": self.wire_links(item),
            "linked_task_ids": self._task_ids(item),
            "notes": item.notes or None,
            "revision": item.revision,
        }

    def wire_contract(self, item: Contract) -> ContractOut:
        return {
            "id": item.public_id,
            "ref": item.ref,
            "method": item.method,
            "path": item.path,
            "description": item.description,
            "request_body": item.request_body,
            "response_success": item.response_success,
            "response_errors": item.response_errors,
            "linked_requirements": self._linked_texts(item, Kind.FUNCTIONAL),
            "linked_rules": [target.public_id for target in self.links_of(item, Kind.RULE)],
            "links": self.wire_links(item),
            "linked_task_ids": self._task_ids(item),
            "notes": item.notes or None,
            "revision": item.revision,
        }

    def wire_decision(self, item: Decision) -> DecisionOut:
        older = next((other for other in self.decisions if other.pk == item.supersedes_id), None)
        return {
            "id": item.public_id,
            "ref": item.ref,
            "title": item.title,
            "rationale": item.rationale,
            "context": item.context or None,
            "alternatives_considered": list(item.alternatives_considered),
            "supersedes_decision_id": older.public_id if older else None,
            "linked_requirements": self._linked_texts(item, Kind.FUNCTIONAL),
            "links": self.wire_links(item),
            "linked_task_ids": self._task_ids(item),
            "status": item.status,
            "notes": item.notes or None,
            "revision": item.revision,
        }


def wire_evidence(proof: ScenarioEvidence) -> Evidence | None:
    """The keys of a proof; null when the newest change of status came without one."""
    values = {name: getattr(proof, name) or None for name in PROOF}
    return cast("Evidence", values) if any(values.values()) else None  # its keys are those of the type
