"""Objects as Markdown, to keep or to read elsewhere."""

from typing import Literal, TypedDict

from boards.call import BoardCall
from boards.inputs import Id, OnBoard
from boards.models import Card, Entity
from pulse_project.core.operations import Route
from specs.catalog import specs
from specs.models import Ideation, Refinement, Spec, Sprint
from specs.queries.export import markdown_of

MODELS: dict[str, type[Entity]] = {
    "ideation": Ideation,
    "refinement": Refinement,
    "spec": Spec,
    "sprint": Sprint,
    "card": Card,
}
PARTS = ("qa.read", "architecture.read", "mockups.read")
OF_PARTS = (
    *(f"{kind}.{part}" for kind in ("ideation", "refinement", "spec", "card") for part in PARTS),
    "sprint.qa.read",
    "refinement.knowledge.read",
    "spec.knowledge.read",
    "spec.rules.read",
    "spec.contracts.read",
    "spec.tests.read",
    "card.conclusion.read",
    "card.comments.read",
)


class Export(OnBoard):
    entity_type: Literal["ideation", "refinement", "spec", "sprint", "card"]
    entity_id: Id


class Exported(TypedDict):
    """`markdown` is the whole document, `filename` a name for it."""

    entity_type: str
    entity_id: str
    ref: str
    filename: str
    mime_type: str
    markdown: str


@specs.operation(
    needs=None,
    may_need=(*(f"{kind}.entity.read" for kind in MODELS), *OF_PARTS),
    rest=Route(
        "GET boards/<str:board_id>/export/<str:entity_type>/<str:entity_id>", view=lambda answer: answer["markdown"]
    ),
    slow=True,
    untrusted=("markdown",),
)
def export_markdown(call: BoardCall, data: Export) -> Exported:
    """An object as one Markdown document: of a spec also its items with links, decisions and coverage.

    Parts that the caller may not read are left out. Nothing that people wrote takes effect as markup: short texts are
    escaped, long ones stand in fences.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    call.demand(f"{data.entity_type}.entity.read")
    entity = call.entity(MODELS[data.entity_type], data.entity_id, "entity_id")
    return {
        "entity_type": entity.kind,
        "entity_id": str(entity.pk),
        "ref": entity.ref,
        "filename": f"{entity.ref}.md",
        "mime_type": "text/markdown",
        "markdown": markdown_of(call, entity),
    }
