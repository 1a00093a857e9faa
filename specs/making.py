"""Making specs and their items: ids, numbers that are never given twice, places, and how many there may be."""

import secrets
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from boards.call import BoardCall
from boards.creation import create
from boards.inputs import MAX_ITEMS
from pulse_project.core import clock
from pulse_project.core.errors import Code, Failure
from specs.models import Ideation, Refinement, Spec, SpecItem
from specs.models.item import PREFIXES
from specs.queries.content import Kind, SpecContent

Item = TypeVar("Item", bound=SpecItem)
NAMES = {
    Kind.FUNCTIONAL: "functional requirements",
    Kind.TECHNICAL: "technical requirements",
    Kind.CRITERION: "acceptance criteria",
    Kind.RULE: "business rules",
    Kind.CONTRACT: "API contracts",
    Kind.SCENARIO: "test scenarios",
    Kind.DECISION: "decisions",
}


def make_spec(  # noqa: PLR0913 - a spec begins with all that its origin knows; every option is keyword-only
    call: BoardCall,
    *,
    title: str,
    source: str,
    description: str = "",
    context: str = "",
    labels: Sequence[str] = (),
    assignee_id: str = "",
    ideation: Ideation | None = None,
    refinement: Refinement | None = None,
    fill: Callable[[SpecContent], Any] | None = None,
) -> Spec:
    """A stored spec in draft; `fill` gives it its first items, which are told with it.

    `source` is manual, derived_ideation or derived_refinement; a refinement brings its ideation with it.
    Event: spec.created {source, origin_id, items: [{id, ref}]}. Errors: LIMIT_EXCEEDED.
    """
    origin = refinement or ideation
    spec = create(
        call,
        Spec,
        "spec",
        title=title,
        status="draft",
        description=description,
        context=context,
        labels=list(labels),
        assignee_id=assignee_id,
        ideation=refinement.ideation if refinement else ideation,
        refinement=refinement,
    )
    content = SpecContent(spec)
    if fill is not None:
        fill(content)
        spec.save(update_fields=["last_numbers"])
    call.tell(
        "spec.created",
        spec,
        source=source,
        origin_id=str(origin.pk) if origin else None,
        items=[{"id": item.public_id, "ref": item.ref} for item in content.items()],
    )
    return spec


def add_item(call: BoardCall, content: SpecContent, model: type[Item], kind: str, **fields: Any) -> Item:
    """A stored item at the end of the list of its kind. The caller saves `last_numbers` of the spec and tells.

    Errors: LIMIT_EXCEEDED.
    """
    demand_room(content, kind, 1)
    spec, now = content.spec, clock.now()
    listed = content.of_kind(kind)
    number = int(spec.last_numbers.get(kind, 0)) + 1
    item = model(
        spec=spec,
        kind=kind,
        public_id=_free_id(content, kind),
        number=number,
        position=listed[-1].position + 1 if listed else 0,
        created_by=call.person,
        created_at=now,
        updated_at=now,
        **fields,
    )
    item.save(force_insert=True)
    spec.last_numbers = {**spec.last_numbers, kind: number}
    content.add(item)
    return item


def demand_room(content: SpecContent, kind: str, count: int) -> None:
    """LIMIT_EXCEEDED when a spec has no room for that many more items of a kind."""
    if len(content.of_kind(kind)) + count > MAX_ITEMS:
        raise Failure(
            Code.LIMIT_EXCEEDED,
            f"A spec holds at most {MAX_ITEMS} {NAMES[Kind(kind)]}. Put the rest into another spec.",
            limit=MAX_ITEMS,
        )


def _free_id(content: SpecContent, kind: str) -> str:
    """A public id that no item of the spec has."""
    taken = {item.public_id for item in content.items()}
    while (public_id := PREFIXES[kind][1] + secrets.token_hex(4)) in taken:
        pass
    return public_id
