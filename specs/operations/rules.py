"""Business rules: what holds, when, and what follows."""

from typing import TypedDict

from pydantic import Field

from boards.call import BoardCall, check_revision
from boards.inputs import ExpectedVersion, Id, OnObject, RequiredText, Text, Title
from boards.paging import Following, Paged
from pulse_project.core.errors import Code, Failure
from pulse_project.core.operations import Route
from specs.catalog import specs
from specs.families import items as family
from specs.families.items import INTERACT
from specs.item_inputs import ClearableText, Links, NewItemText, NewItemTitle, NewLinks
from specs.models import Rule
from specs.queries.content import Kind, SpecContent
from specs.queries.coverage import Coverage, coverage_of
from specs.queries.item_shapes import RuleOut

FIELDS = ("title", "rule", "when", "then", "notes")
OUT = tuple(f"business_rule.{name}" for name in FIELDS)


class RuleAnswer(TypedDict):
    success: bool
    business_rule: RuleOut
    coverage: Coverage


def answer(content: SpecContent, rule: Rule) -> RuleAnswer:
    return {"success": True, "business_rule": content.wire_rule(rule), "coverage": coverage_of(content)}


class NewRule(OnObject):
    spec_id: Id
    title: Title
    rule: RequiredText
    when: RequiredText
    then: RequiredText
    linked_requirements: Links = Field(default=[])
    notes: Text = ""


@specs.operation(
    needs="spec.rules.create",
    may_need=INTERACT,
    writes=True,
    rest=Route("POST specs/<str:spec_id>/rules", status=201),
    untrusted=OUT,
)
def add_business_rule(call: BoardCall, data: NewRule) -> RuleAnswer:
    """Add a business rule to a spec. linked_requirements names the functional requirements that it settles.

    Gates: archived, content_lock.
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED, LIMIT_EXCEEDED.
    Event: business_rule.added.
    """
    content = family.opened(call, data.spec_id, "okto_pulse_add_business_rule")
    fields = {name: getattr(data, name) for name in FIELDS}
    links = [("linked_requirements", Kind.FUNCTIONAL, data.linked_requirements)]
    return answer(content, family.added(call, content, Kind.RULE, fields, links))


class RuleChange(OnObject):
    spec_id: Id
    rule_id: Id
    title: NewItemTitle = ""
    rule: NewItemText = ""
    when: NewItemText = ""
    then: NewItemText = ""
    linked_requirements: NewLinks = Field(default=[])
    notes: ClearableText = None
    expected_version: ExpectedVersion = None


@specs.operation(
    needs="spec.rules.edit",
    may_need=INTERACT,
    writes=True,
    rest="PATCH specs/<str:spec_id>/rules/<str:rule_id>",
    untrusted=OUT,
)
def update_business_rule(call: BoardCall, data: RuleChange) -> RuleAnswer:
    """Change a business rule. What is left out or "" stays; CLEAR or null empties notes and linked_requirements.

    `expected_version` is the revision of the rule.

    Gates: archived, content_lock.
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED, VERSION_CONFLICT.
    Event: business_rule.updated.
    """
    content = family.opened(call, data.spec_id, "okto_pulse_update_business_rule")
    rule = family.found(content, Rule, Kind.RULE, data.rule_id, "rule_id")
    wanted = family.wanted_of(data, FIELDS)
    links = family.links_of(data, linked_requirements=Kind.FUNCTIONAL)
    family.demand_something(wanted, links, (*FIELDS, "linked_requirements"))
    family.changed(call, content, rule, wanted, links, data.expected_version)
    return answer(content, rule)


class OneRule(OnObject):
    spec_id: Id
    rule_id: Id
    expected_version: ExpectedVersion = None


class RemovedItem(TypedDict):
    """`removed` is the id of what is gone, `remaining` the number of items of its kind that are left."""

    success: bool
    removed: str
    remaining: int
    coverage: Coverage


@specs.operation(
    needs="spec.rules.delete",
    may_need=INTERACT,
    writes=True,
    destructive=True,
    rest="DELETE specs/<str:spec_id>/rules/<str:rule_id>",
)
def remove_business_rule(call: BoardCall, data: OneRule) -> RemovedItem:
    """Delete a business rule with its links to cards. Refused while a contract names it in linked_rules.

    Gates: archived, content_lock.
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED, VERSION_CONFLICT.
    Event: business_rule.removed.
    """
    content = family.opened(call, data.spec_id, "okto_pulse_remove_business_rule")
    rule = family.found(content, Rule, Kind.RULE, data.rule_id, "rule_id")
    check_revision(data.expected_version, rule.revision, "rule")
    users = [contract for contract in content.contracts if rule in content.links_of(contract, Kind.RULE)]
    if users:
        raise Failure(
            Code.VALIDATION_ERROR,
            f"{rule.ref} is named by {', '.join(contract.ref for contract in users[:10])}. "
            "Take it out of their linked_rules first.",
            field="rule_id",
            linked_by=[contract.public_id for contract in users],
        )
    family.removed(call, content, rule)
    return {
        "success": True,
        "removed": rule.public_id,
        "remaining": len(content.rules),
        "coverage": coverage_of(content),
    }


class ListOfSpec(Paged, OnObject):
    spec_id: Id


class ResolvedRule(RuleOut):
    """`resolved_requirements` are labels: "[FR-1] text"."""

    resolved_requirements: list[str]


class RuleList(Following):
    """A page of rules; `total` is the number of all."""

    spec_id: str
    total: int
    business_rules: list[ResolvedRule]


@specs.operation(
    needs="spec.rules.read",
    rest="GET specs/<str:spec_id>/rules",
    untrusted=(*(f"business_rules[].{name}" for name in FIELDS), "business_rules[].resolved_requirements"),
)
def list_business_rules(call: BoardCall, data: ListOfSpec) -> RuleList:
    """The business rules of a spec in their order, each with the requirements that it settles.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    content = family.read(call, data.spec_id)
    found, cursor = family.page_of_items(content.rules, data)
    return {
        "spec_id": str(content.spec.pk),
        "total": len(content.rules),
        "business_rules": [
            {**content.wire_rule(rule), "resolved_requirements": family.labels(content, rule, Kind.FUNCTIONAL)}
            for rule in found
        ],
        "next_cursor": cursor,
    }
