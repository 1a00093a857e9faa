"""From what is done to the next stage: specs of ideations and refinements."""

from collections.abc import Mapping
from typing import Any, Literal, TypedDict

from boards.call import BoardCall
from boards.inputs import Id, OnObject
from pulse_project.core.operations import Route
from specs import gates, locks
from specs.catalog import specs
from specs.derived_text import ideation_context, refinement_context
from specs.gates import ideation as _gates  # noqa: F401 - declares what a derivation asks for
from specs.making import make_spec
from specs.models import Ideation, Refinement, Spec
from specs.propagation import Copied, Propagation, copy_down
from specs.queries.content import content_of
from specs.queries.specs import FOREIGN, SpecRow, whole_row_of

FROM_IDEATION, FROM_REFINEMENT = (f"okto_pulse_derive_spec_from_{kind}" for kind in ("ideation", "refinement"))
OUT = tuple(f"spec.{name}" for name in FOREIGN)


class Derived(TypedDict):
    """The new spec in draft, without requirements. `copied` counts what came with it."""

    success: Literal[True]
    spec: SpecRow
    copied: Copied


class DerivedFromIdeation(Derived):
    ideation_id: str


class DerivedFromRefinement(Derived):
    refinement_id: str


def _spec_alone(answer: Mapping[str, Any]) -> Any:
    return answer["spec"]


class FromIdeation(OnObject, Propagation):
    ideation_id: Id


@specs.operation(
    needs="ideation.specs_derive",
    writes=True,
    rest=Route("POST ideations/<str:ideation_id>/derive-spec", view=_spec_alone, status=201),
    untrusted=OUT,
)
def derive_spec_from_ideation(call: BoardCall, data: FromIdeation) -> DerivedFromIdeation:
    """Make a draft spec of a done ideation that is small or was never scored.

    Its context is the problem, approach and scope of the ideation, else the description. Labels, mockups, knowledge,
    answered questions and designs come with it. Larger ideations are cut into refinements first.

    Gates: archived, source_done, complexity.
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED, LIMIT_EXCEEDED.
    Event: spec.created, ideation.derived_to_spec.
    """
    ideation = call.entity(Ideation, data.ideation_id, "ideation_id", lock=True)
    locks.demand_live(call, ideation, FROM_IDEATION)
    gates.demand(call, FROM_IDEATION, ["source_done", "complexity"], ideation)
    spec = make_spec(
        call,
        title=ideation.title,
        description=ideation.description,
        context=ideation_context(ideation),
        labels=ideation.labels,
        ideation=ideation,
        source="derived_ideation",
    )
    return {**_derived(call, ideation, spec, data), "ideation_id": str(ideation.pk)}


class FromRefinement(OnObject, Propagation):
    refinement_id: Id


@specs.operation(
    needs="refinement.specs_derive",
    writes=True,
    rest=Route("POST refinements/<str:refinement_id>/derive-spec", view=_spec_alone, status=201),
    untrusted=OUT,
)
def derive_spec_from_refinement(call: BoardCall, data: FromRefinement) -> DerivedFromRefinement:
    """Make a draft spec of a done refinement.

    Its context is the scope, analysis and decisions of the refinement. Labels, mockups, knowledge, answered questions
    and designs come with it. The spec keeps both the refinement and its ideation.

    Gates: archived, source_done.
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED, LIMIT_EXCEEDED.
    Event: spec.created, refinement.derived_to_spec.
    """
    refinement = call.entity(Refinement, data.refinement_id, "refinement_id", lock=True)
    locks.demand_live(call, refinement, FROM_REFINEMENT)
    gates.demand(call, FROM_REFINEMENT, ["source_done"], refinement)
    spec = make_spec(
        call,
        title=refinement.title,
        description=refinement.description,
        context=refinement_context(refinement),
        labels=refinement.labels,
        refinement=refinement,
        source="derived_refinement",
    )
    return {**_derived(call, refinement, spec, data), "refinement_id": str(refinement.pk)}


def _derived(call: BoardCall, source: Ideation | Refinement, spec: Spec, asked: Propagation) -> Derived:
    copied = copy_down(call, source, spec, asked)
    call.tell(f"{source.kind}.derived_to_spec", source, spec_id=str(spec.pk), spec_ref=spec.ref, copied=dict(copied))
    return {"success": True, "spec": whole_row_of(content_of(spec)), "copied": copied}
