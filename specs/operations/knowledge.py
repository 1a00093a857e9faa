"""Knowledge of ideations, refinements and specs."""

from boards.paging import Following
from specs.families.knowledge import Target, register_knowledge
from specs.models import Ideation, Refinement, Spec
from specs.queries.knowledge import KnowledgeItem


class KnowledgeList(Following):
    """A page of items without their content; `count` is the number of all."""

    count: int
    knowledge_bases: list[KnowledgeItem]


class IdeationKnowledge(KnowledgeList):
    ideation_id: str


class IdeationItem(KnowledgeItem):
    ideation_id: str


class RefinementKnowledge(KnowledgeList):
    refinement_id: str


class RefinementItem(KnowledgeItem):
    refinement_id: str


class SpecKnowledge(KnowledgeList):
    spec_id: str


class SpecItem(KnowledgeItem):
    spec_id: str


register_knowledge(
    Target(
        kind="ideation",
        model=Ideation,
        read_flag="ideation.entity.read",
        add_flag="ideation.entity.edit_fields",
        delete_flag="ideation.entity.edit_fields",
        listing=IdeationKnowledge,
        shown=IdeationItem,
    )
)
register_knowledge(
    Target(
        kind="refinement",
        model=Refinement,
        read_flag="refinement.knowledge.read",
        add_flag="refinement.knowledge.create",
        delete_flag="refinement.knowledge.delete",
        listing=RefinementKnowledge,
        shown=RefinementItem,
    )
)
register_knowledge(
    Target(
        kind="spec",
        model=Spec,
        read_flag="spec.knowledge.read",
        add_flag="spec.knowledge.create",
        delete_flag="spec.knowledge.delete",
        listing=SpecKnowledge,
        shown=SpecItem,
    )
)
