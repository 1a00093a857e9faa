"""Questions about ideations, refinements, specs and sprints."""

from boards import archived
from boards.catalog import BoardCatalog
from boards.families.questions import Questions, register_questions
from boards.families.target import Target
from boards.models import Entity
from specs.catalog import people, specs, sprints
from specs.locks import demand_live
from specs.models import Ideation, Refinement, Spec, Sprint

archived.refuses(demand_live)


class IdeationQuestions(Questions):
    ideation_id: str


class RefinementQuestions(Questions):
    refinement_id: str


class SpecQuestions(Questions):
    spec_id: str


def _register(kind: str, model: type[Entity], catalog: BoardCatalog, listing: type[Questions] | None = None) -> None:
    register_questions(
        Target(
            kind=kind,
            model=model,
            catalog=catalog,
            people=people,
            rest=f"{kind}s/<str:{kind}_id>/qa",
            delete_flag=f"{kind}.qa.answer",
            own_flag=f"{kind}.qa.ask",
            infix=f"{kind}_",
            listing=listing,
        )
    )


_register("ideation", Ideation, specs, IdeationQuestions)
_register("refinement", Refinement, specs, RefinementQuestions)
_register("spec", Spec, specs, SpecQuestions)
_register("sprint", Sprint, sprints)
