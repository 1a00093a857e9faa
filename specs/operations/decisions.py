"""Decisions: what was chosen, why, and which earlier decision that replaces."""

from typing import Any, Literal, TypedDict

from pydantic import Field, model_validator

from boards.call import BoardCall, check_revision
from boards.inputs import CLEAR, ExpectedVersion, Id, MaybeId, OnObject, RequiredText, Text, Title, Values
from pulse_project.core.operations import Route
from specs import supersession
from specs.catalog import specs
from specs.families import items as family
from specs.families.items import INTERACT
from specs.item_inputs import ClearableId, ClearableText, ClearableValues, Links, NewItemText, NewItemTitle, NewLinks
from specs.models import Decision
from specs.queries.content import Kind, SpecContent
from specs.queries.item_shapes import DecisionOut

EDIT = "spec.entity.edit_fields"
STATUSES = Literal["active", "superseded", "revoked", ""]
FIELDS = ("title", "rationale", "context", "alternatives_considered", "notes")
CLEARABLE = ("context", "alternatives_considered", "supersedes_decision_id", "linked_requirements", "notes")
OUT = tuple(f"decision.{name}" for name in FIELDS)
Superseded = Decision | None


class AddedDecision(TypedDict):
    success: bool
    decision: DecisionOut
    decisions_total: int


class NewDecision(OnObject):
    spec_id: Id
    title: Title
    rationale: RequiredText
    context: Text = ""
    alternatives_considered: Values = Field(default=[])
    supersedes_decision_id: MaybeId = ""
    linked_requirements: Links = Field(default=[])
    notes: Text = ""


@specs.operation(
    needs=EDIT,
    may_need=INTERACT,
    writes=True,
    rest=Route("POST specs/<str:spec_id>/decisions", status=201),
    untrusted=OUT,
)
def add_decision(call: BoardCall, data: NewDecision) -> AddedDecision:
    """Record a decision of a spec, active. One that it supersedes is active no more while this one stands.

    Gates: archived, content_lock.
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED, LIMIT_EXCEEDED.
    Event: decision.added; decision.superseded for the older one.
    """
    content = family.opened(call, data.spec_id, "okto_pulse_add_decision")
    older = _older(content, data.supersedes_decision_id)
    fields = {name: getattr(data, name) for name in FIELDS} | {"supersedes": older}
    links = [("linked_requirements", Kind.FUNCTIONAL, data.linked_requirements)]
    decision = family.added(call, content, Kind.DECISION, fields, links)
    supersession.settle(call, content, [decision.supersedes_id])
    return {
        "success": True,
        "decision": content.wire_decision(decision),
        "decisions_total": len(content.decisions),
    }


def _older(content: SpecContent, name: str | None) -> Superseded:
    return family.found(content, Decision, Kind.DECISION, name, "supersedes_decision_id") if name else None


class DecisionChange(OnObject):
    spec_id: Id
    decision_id: Id
    title: NewItemTitle = ""
    rationale: NewItemText = ""
    context: ClearableText = None
    alternatives_considered: ClearableValues = Field(default=[])
    supersedes_decision_id: ClearableId = None
    linked_requirements: NewLinks = Field(default=[])
    notes: ClearableText = None
    status: STATUSES = ""
    expected_version: ExpectedVersion = None

    @model_validator(mode="before")
    @classmethod
    def _clear_in_any_case(cls, given: Any) -> Any:
        """Of decisions the word that empties a field is published in any case."""
        if not isinstance(given, dict):
            return given
        return {name: CLEAR if name in CLEARABLE and _clears(value) else value for name, value in given.items()}


def _clears(value: Any) -> bool:
    return isinstance(value, str) and value.strip().upper() == CLEAR


class ChangedDecision(TypedDict):
    success: bool
    decision: DecisionOut


@specs.operation(
    needs=EDIT,
    may_need=INTERACT,
    writes=True,
    rest="PATCH specs/<str:spec_id>/decisions/<str:decision_id>",
    untrusted=OUT,
)
def update_decision(call: BoardCall, data: DecisionChange) -> ChangedDecision:
    """Change a decision or its status. What is left out or "" stays; CLEAR or null empties what may be empty.

    A decision that loses the last one that supersedes it, or sees it revoked, is active again. `expected_version` is
    the revision of the decision.

    Gates: archived, content_lock.
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED, VERSION_CONFLICT.
    Event: decision.updated; decision.superseded and decision.reinstated for older ones.
    """
    content = family.opened(call, data.spec_id, "okto_pulse_update_decision")
    decision = family.found(content, Decision, Kind.DECISION, data.decision_id, "decision_id")
    wanted = family.wanted_of(data, (*FIELDS, "status"))
    before = decision.supersedes_id
    if "supersedes_decision_id" in data.model_fields_set:
        older = _older(content, data.supersedes_decision_id)
        if older is not None:
            supersession.demand_no_circle(content, decision, older)
        wanted["supersedes"] = older
    links = family.links_of(data, linked_requirements=Kind.FUNCTIONAL)
    family.demand_something(wanted, links, (*FIELDS, "supersedes_decision_id", "linked_requirements", "status"))
    family.changed(call, content, decision, wanted, links, data.expected_version)
    if {"supersedes", "status"} & set(wanted):
        supersession.settle(call, content, [before, decision.supersedes_id])
    return {"success": True, "decision": content.wire_decision(decision)}


class OneDecision(OnObject):
    spec_id: Id
    decision_id: Id
    expected_version: ExpectedVersion = None


class RevokedDecision(ChangedDecision):
    """`revoked` is the id of the decision."""

    revoked: str


@specs.operation(
    needs=EDIT,
    may_need=INTERACT,
    writes=True,
    destructive=True,
    idempotent=True,
    rest="DELETE specs/<str:spec_id>/decisions/<str:decision_id>",
    untrusted=OUT,
)
def remove_decision(call: BoardCall, data: OneDecision) -> RevokedDecision:
    """Revoke a decision. It stays readable; the one that it superseded is active again.

    Gates: archived, content_lock.
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED, VERSION_CONFLICT.
    Event: decision.revoked; decision.reinstated for the older one.
    """
    content = family.opened(call, data.spec_id, "okto_pulse_remove_decision")
    decision = family.found(content, Decision, Kind.DECISION, data.decision_id, "decision_id")
    check_revision(data.expected_version, decision.revision, "decision")
    changes = family.set_values(decision, {"status": "revoked"})
    if changes:
        family.save(decision, "status")
        family.tell(call, content, "revoked", decision, changes=changes)
        supersession.settle(call, content, [decision.supersedes_id])
    return {"success": True, "revoked": decision.public_id, "decision": content.wire_decision(decision)}
