"""Any object of the pipeline as Markdown, as far as the caller may read it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from boards.call import BoardCall
from boards.instants import iso
from boards.models import Card, Entity
from boards.queries import comments, questions
from specs.markdown import bullets, facts, fenced, joined, line, section
from specs.models import CardReport, Ideation, ItemTask, Refinement, Spec, Sprint, SprintScope
from specs.queries import architecture, export_spec, knowledge, mockups

Part = Callable[[BoardCall, Any], list[str]]
SCORES = ("domains", "ambiguity", "dependencies")
READS_KNOWLEDGE = {"spec": "spec.knowledge.read", "refinement": "refinement.knowledge.read"}


def markdown_of(call: BoardCall, entity: Entity) -> str:
    """The whole document. Texts that people wrote stand in fences or are escaped: nothing in them becomes markup."""
    head = facts(
        {
            "Kind": entity.kind,
            "Status": entity.status + (" (archived)" if entity.is_archived else ""),
            "Version": entity.version,
            "Revision": entity.revision,
            "Labels": entity.labels,
            "Assignee": entity.assignee_id,
            "Created": f"{iso(entity.created_at)} by {entity.created_by}",
            "Updated": iso(entity.updated_at),
            "Id": str(entity.pk),
        }
    )
    parts = BODIES[entity.kind](call, entity)
    return joined([f"# {entity.ref} {line(entity.title)}", head, *parts, *_attached(call, entity)])


def _long(named: Mapping[str, str]) -> list[str]:
    """Sections of long texts, each in a fence."""
    return [part for name, text in named.items() if text for part in section(name, [fenced(text, "markdown")])]


def _ideation(call: BoardCall, ideation: Ideation) -> list[str]:
    scores: Mapping[str, Any] = ideation.scope_assessment or {}
    parts = _long(
        {
            "Description": ideation.description,
            "Problem statement": ideation.problem_statement,
            "Proposed approach": ideation.proposed_approach,
        }
    )
    judged = {name.title(): scores.get(name) for name in SCORES} | {"Complexity": ideation.complexity}
    parts += section("Scope assessment", [facts(judged)])
    parts += _children(call, "Refinements", ideation.refinements.order_by("number"))
    return parts + _children(call, "Specs", ideation.specs.order_by("number"))


def _refinement(call: BoardCall, refinement: Refinement) -> list[str]:
    parts = _long({"Description": refinement.description})
    parts += section("In scope", [bullets(refinement.in_scope)])
    parts += section("Out of scope", [bullets(refinement.out_of_scope)])
    parts += _long({"Analysis": refinement.analysis})
    parts += section("Decisions", [bullets(refinement.decisions)])
    return parts + _children(call, "Specs", refinement.specs.order_by("number"))


def _spec(call: BoardCall, spec: Spec) -> list[str]:
    parts = export_spec.sections(call, spec)
    parts += _children(call, "Sprints", spec.sprints.order_by("number"))
    return parts + _children(call, "Cards", spec.cards.order_by("number"))


def _sprint(call: BoardCall, sprint: Sprint) -> list[str]:
    dates = {"Start": iso(sprint.start_date), "End": iso(sprint.end_date), "Spec version": sprint.spec_version}
    parts = section("Plan", [facts(dates)])
    texts = {"Description": sprint.description, "Objective": sprint.objective}
    parts += _long({**texts, "Expected outcome": sprint.expected_outcome})
    scope = SprintScope.objects.filter(sprint=sprint).select_related("item").order_by("item__kind", "item__number")
    parts += section("Scope", [bullets(row.item.ref for row in scope)])
    return parts + _children(call, "Cards", sprint.cards.order_by("number"))


def _card(call: BoardCall, card: Card) -> list[str]:
    known = {"Type": card.card_type, "Priority": card.priority, "Severity": card.severity, "Due": iso(card.due_date)}
    parts = section("Card", [facts(known)])
    parts += _long(
        {
            "Description": card.description,
            "Details": card.details,
            "Expected behavior": card.expected_behavior,
            "Observed behavior": card.observed_behavior,
            "Steps to reproduce": card.steps_to_reproduce,
            "Action plan": card.action_plan,
        }
    )
    items = ItemTask.objects.filter(card=card).select_related("item").order_by("item__kind", "item__number")
    parts += section("Works on", [bullets(row.item.ref for row in items)])
    if call.holds("card.conclusion.read"):
        rows = CardReport.objects.filter(card=card, withdrawn_at=None).order_by("created_at", "pk")
        parts += section("Reports", (_report(row) for row in rows))
    if call.holds("card.comments.read"):
        written = comments.by_entity([card.pk])[card.pk]
        parts += section("Comments", (_said(row["author_id"], row["created_at"], row["content"]) for row in written))
    return parts


BODIES: Mapping[str, Part] = {
    "ideation": _ideation,
    "refinement": _refinement,
    "spec": _spec,
    "sprint": _sprint,
    "card": _card,
}


def _children(call: BoardCall, title: str, rows: Iterable[Entity]) -> list[str]:
    """Objects below this one, if the caller may read their kind."""
    kind = title[:-1].lower()
    if not call.holds(f"{kind}.entity.read"):
        return []
    return section(title, ["\n".join(f"- **{row.ref}** {line(row.title)} ({row.status})" for row in rows)])


def _report(row: CardReport) -> str:
    head = facts({"Completeness": row.completeness, "Drift": row.drift, "By": row.author_id, "At": iso(row.created_at)})
    return f"{head}\n\n{fenced(row.text)}"


def _said(person: str, moment: str | None, text: str) -> str:
    return f"**{line(person)}**, {moment}\n\n{fenced(text)}"


def _attached(call: BoardCall, entity: Entity) -> list[str]:
    parts: list[str] = []
    if call.holds(f"{entity.kind}.qa.read"):
        parts += section("Questions", (_question(row) for row in questions.by_entity([entity.pk])[entity.pk]))
    if call.holds(READS_KNOWLEDGE.get(entity.kind, f"{entity.kind}.entity.read")):
        found: Sequence[Mapping[str, Any]] = knowledge.by_entity([entity.pk], content=True).get(entity.pk, [])
        parts += section("Knowledge", (_titled(row["title"], row["content"]) for row in found))
    if call.holds(f"{entity.kind}.architecture.read"):
        designs = architecture.by_entity([entity.pk]).get(entity.pk, [])
        parts += section("Architecture", (_titled(row["title"], row["global_description"]) for row in designs))
    if call.holds(f"{entity.kind}.mockups.read"):
        screens = mockups.by_entity([entity.pk]).get(entity.pk, [])
        parts += section("Mockups", [bullets(f"{row['title']} ({row['screen_type']})" for row in screens)])
    return parts


def _titled(title: str, text: str) -> str:
    return f"### {line(title)}\n\n{fenced(text, 'markdown')}"


def _question(row: questions.QaItem) -> str:
    labels = {choice["id"]: choice["label"] for choice in row["choices"] or ()}
    chosen = bullets(labels.get(name, name) for name in row["selected"] or ())
    answer = fenced(row["answer"]) if row["answer"] else ""
    parts = [f"**{line(row['asked_by'])}** asked:", fenced(row["question"]), chosen, answer]
    return "\n\n".join(part for part in parts if part)
