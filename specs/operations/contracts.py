"""API contracts: the interfaces that a spec promises."""

from typing import Annotated, Any, TypedDict

from pydantic import Field

from boards.call import BoardCall, check_revision
from boards.inputs import UNCHANGED, ExpectedVersion, Id, OnObject, Text, changes_of
from boards.paging import Following
from pulse_project.core.operations import Route
from specs.catalog import specs
from specs.families import items as family
from specs.families.items import INTERACT
from specs.item_inputs import ClearableText, Document, Documents, Links, NewDocument, NewDocuments, NewLinks
from specs.models import Contract
from specs.operations.rules import ListOfSpec, RemovedItem
from specs.queries.content import Kind, SpecContent
from specs.queries.coverage import Coverage, coverage_of
from specs.queries.item_shapes import ContractOut

Method = Annotated[
    str,
    Field(min_length=1, max_length=40, description="GET, POST, PUT, DELETE, PATCH, TOOL, COMPONENT, EVENT, ..."),
]
Path = Annotated[str, Field(min_length=1, max_length=1000)]
NewMethod = Annotated[str, UNCHANGED, Field(min_length=1, max_length=40, description='"" = unchanged.')]
NewPath = Annotated[str, UNCHANGED, Field(min_length=1, max_length=1000, description='"" = unchanged.')]
TEXTS = ("method", "path", "description", "notes")
DOCUMENTS = ("request_body", "response_success", "response_errors")
LINKS = {"linked_requirements": Kind.FUNCTIONAL, "linked_rules": Kind.RULE}
OUT = tuple(f"api_contract.{name}" for name in (*TEXTS, *DOCUMENTS))


class ContractAnswer(TypedDict):
    success: bool
    api_contract: ContractOut
    coverage: Coverage


def answer(content: SpecContent, contract: Contract) -> ContractAnswer:
    return {"success": True, "api_contract": content.wire_contract(contract), "coverage": coverage_of(content)}


class NewContract(OnObject):
    spec_id: Id
    method: Method
    path: Path
    description: Text = ""
    request_body_json: Document = None
    response_success_json: Document = None
    response_errors_json: Documents = None
    linked_requirements: Links = Field(default=[])
    linked_rules: Links = Field(default=[])
    notes: Text = ""


@specs.operation(
    needs="spec.contracts.create",
    may_need=INTERACT,
    writes=True,
    rest=Route("POST specs/<str:spec_id>/contracts", status=201),
    untrusted=OUT,
)
def add_api_contract(call: BoardCall, data: NewContract) -> ContractAnswer:
    """Add an API contract to a spec. The method is kept in upper case.

    request_body and response_success are JSON objects, response_errors is a list of them. linked_requirements names
    functional requirements, linked_rules business rules.

    Gates: archived, content_lock.
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED, LIMIT_EXCEEDED.
    Event: api_contract.added.
    """
    content = family.opened(call, data.spec_id, "okto_pulse_add_api_contract")
    fields = {name: getattr(data, name) for name in TEXTS} | {"method": data.method.upper()}
    fields |= {name: getattr(data, f"{name}_json") for name in DOCUMENTS}
    links = [(name, kind, getattr(data, name)) for name, kind in LINKS.items()]
    return answer(content, family.added(call, content, Kind.CONTRACT, fields, links))


class ContractChange(OnObject):
    spec_id: Id
    contract_id: Id
    method: NewMethod = ""
    path: NewPath = ""
    description: ClearableText = None
    request_body_json: NewDocument = None
    response_success_json: NewDocument = None
    response_errors_json: NewDocuments = None
    linked_requirements: NewLinks = Field(default=[])
    linked_rules: NewLinks = Field(default=[])
    notes: ClearableText = None
    expected_version: ExpectedVersion = None


@specs.operation(
    needs="spec.contracts.edit",
    may_need=INTERACT,
    writes=True,
    rest="PATCH specs/<str:spec_id>/contracts/<str:contract_id>",
    untrusted=OUT,
)
def update_api_contract(call: BoardCall, data: ContractChange) -> ContractAnswer:
    """Change an API contract. What is left out or "" stays; CLEAR or null empties everything but method and path.

    `expected_version` is the revision of the contract.

    Gates: archived, content_lock.
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED, VERSION_CONFLICT.
    Event: api_contract.updated.
    """
    content = family.opened(call, data.spec_id, "okto_pulse_update_api_contract")
    contract = family.found(content, Contract, Kind.CONTRACT, data.contract_id, "contract_id")
    wanted: dict[str, Any] = family.wanted_of(data, TEXTS)
    if "method" in wanted:
        wanted["method"] = data.method.upper()
    documents = changes_of(data, [f"{name}_json" for name in DOCUMENTS])
    wanted |= {name.removesuffix("_json"): value for name, value in documents.items()}
    links = family.links_of(data, **LINKS)
    family.demand_something(wanted, links, (*TEXTS, *(f"{name}_json" for name in DOCUMENTS), *LINKS))
    family.changed(call, content, contract, wanted, links, data.expected_version)
    return answer(content, contract)


class OneContract(OnObject):
    spec_id: Id
    contract_id: Id
    expected_version: ExpectedVersion = None


@specs.operation(
    needs="spec.contracts.delete",
    may_need=INTERACT,
    writes=True,
    destructive=True,
    rest="DELETE specs/<str:spec_id>/contracts/<str:contract_id>",
)
def remove_api_contract(call: BoardCall, data: OneContract) -> RemovedItem:
    """Delete an API contract with its links to cards.

    Gates: archived, content_lock.
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED, VERSION_CONFLICT.
    Event: api_contract.removed.
    """
    content = family.opened(call, data.spec_id, "okto_pulse_remove_api_contract")
    contract = family.found(content, Contract, Kind.CONTRACT, data.contract_id, "contract_id")
    check_revision(data.expected_version, contract.revision, "contract")
    family.removed(call, content, contract)
    return {
        "success": True,
        "removed": contract.public_id,
        "remaining": len(content.contracts),
        "coverage": coverage_of(content),
    }


class ResolvedContract(ContractOut):
    """The resolved lists are labels: "[FR-1] text", "[BR-1] title"."""

    resolved_requirements: list[str]
    resolved_rules: list[str]


class ContractList(Following):
    """A page of contracts; `total` is the number of all."""

    spec_id: str
    total: int
    api_contracts: list[ResolvedContract]


@specs.operation(
    needs="spec.contracts.read",
    rest="GET specs/<str:spec_id>/contracts",
    untrusted=tuple(
        f"api_contracts[].{name}" for name in (*TEXTS, *DOCUMENTS, "resolved_requirements", "resolved_rules")
    ),
)
def list_api_contracts(call: BoardCall, data: ListOfSpec) -> ContractList:
    """The API contracts of a spec in their order, each with the requirements and rules that it answers.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    content = family.read(call, data.spec_id)
    found, cursor = family.page_of_items(content.contracts, data)
    return {
        "spec_id": str(content.spec.pk),
        "total": len(content.contracts),
        "api_contracts": [
            {
                **content.wire_contract(contract),
                "resolved_requirements": family.labels(content, contract, Kind.FUNCTIONAL),
                "resolved_rules": family.labels(content, contract, Kind.RULE),
            }
            for contract in found
        ],
        "next_cursor": cursor,
    }
