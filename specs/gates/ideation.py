"""Conditions of the way from an idea to a spec: it is done, small enough, and says what belongs to it."""

from collections.abc import Iterable

from specs.gates import Fix, Unmet, gate, subject_of
from specs.models import Ideation, Refinement
from specs.moves import Move
from specs.states import next_hop

DERIVE = "okto_pulse_derive_spec_from_refinement"
TOO_LARGE = frozenset({Ideation.Complexity.MEDIUM, Ideation.Complexity.LARGE})


@gate("source_done")
def source_done(source: Ideation | Refinement) -> Iterable[Unmet]:
    """Only what is done is derived from."""
    if source.status == "done":
        return
    hop = next_hop(source.kind, source.status, "done")
    if hop is None:
        fix = Fix(f"Nothing reopens {source.ref}: a cancelled {source.kind} is final. Begin a new one.")
    else:
        params = {f"{source.kind}_id": str(source.pk), "status": hop}
        fix = Fix(f"Move {source.ref} to {hop}", f"okto_pulse_move_{source.kind}", params)
    yield Unmet(
        "source_done",
        "not_done",
        f"{source.ref} is in {source.status}; it can be derived from when it is done.",
        subject_of(source),
        fix,
    )


@gate("complexity")
def complexity(ideation: Ideation) -> Iterable[Unmet]:
    """A spec comes directly from a small idea, or from one that nobody has judged."""
    if ideation.complexity not in TOO_LARGE:
        return
    yield Unmet(
        "complexity",
        "needs_refinement",
        f"{ideation.ref} is {ideation.complexity}: cut it into refinements, and derive specs from those.",
        subject_of(ideation),
        Fix(
            f"Make a refinement of {ideation.ref}",
            "okto_pulse_create_refinement",
            {"ideation_id": str(ideation.pk), "title": ideation.title},
            needs=("in_scope",),
            then=({"operation": DERIVE, "params": {}, "needs": ["refinement_id"]},),
        ),
    )


@gate("refinement_scope")
def refinement_scope(move: Move) -> Iterable[Unmet]:
    """A refinement says what belongs to it before somebody reviews it."""
    refinement: Refinement = move.entity  # type: ignore[assignment]  # the step exists for refinements only
    if any(str(item).strip() for item in refinement.in_scope):
        return
    yield Unmet(
        "refinement_scope",
        "empty_scope",
        f"{refinement.ref} does not say what is in its scope.",
        subject_of(refinement),
        Fix(
            f"Say what is in the scope of {refinement.ref}",
            "okto_pulse_update_refinement",
            {"refinement_id": str(refinement.pk)},
            needs=("in_scope",),
        ),
    )
