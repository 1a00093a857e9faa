"""Knowledge of ideations, refinements and specs, by operations of one pattern: list, get, add, delete."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypedDict

from pydantic import Field

from boards.call import BoardCall, work_in
from boards.families.target import arguments, declare
from boards.inputs import Id, Text, Title
from boards.models import Entity
from boards.paging import Paged, as_result, page_of
from pulse_project.core.errors import Code, Failure
from pulse_project.core.operations import Route
from specs import knowledge, locks
from specs.catalog import specs
from specs.knowledge import MimeType
from specs.models import Knowledge
from specs.queries.knowledge import KnowledgeItem, item_of

FOREIGN = ("title", "description", "content")
OLDEST_FIRST = ("created_at", "id")
Elsewhere = Annotated[str | None, Field(max_length=4_000, description="Not taken: send the text itself as content.")]

ADDED: Mapping[str, Any] = {
    "title": (Title, ...),
    "content": (Text, ""),
    "description": (Text, ""),
    "mime_type": (MimeType, "text/markdown"),
    "file_path": (Elsewhere, None),
    "file_url": (Elsewhere, None),
}


@dataclass(frozen=True, slots=True)
class Target:
    """A kind of object with knowledge: the flags of its operations and the shape of its list."""

    kind: str
    model: type[Entity]
    read_flag: str
    add_flag: str
    delete_flag: str
    listing: Any
    shown: Any

    @property
    def id_name(self) -> str:
        return f"{self.kind}_id"

    @property
    def rest(self) -> str:
        return f"{self.kind}s/<str:{self.id_name}>/knowledge"

    @property
    def named(self) -> str:
        """The kind with its article."""
        return f"{'an' if self.kind == 'ideation' else 'a'} {self.kind}"

    def entity(self, call: BoardCall, data: Any, *, lock: bool = False) -> Entity:
        return call.entity(self.model, getattr(data, self.id_name), self.id_name, lock=lock)

    def writable(self, call: BoardCall, data: Any, verb: str) -> Entity:
        """The object, locked, when its artefacts may change. Errors: NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED."""
        entity = self.entity(call, data, lock=True)
        call.demand_in(entity)
        locks.demand_live(call, entity, f"okto_pulse_{verb}_{self.kind}_knowledge")
        return entity


class AddedKnowledge(TypedDict):
    success: Literal[True]
    knowledge: KnowledgeItem


class DeletedKnowledge(TypedDict):
    success: Literal[True]


def register_knowledge(target: Target) -> None:
    """Declare the operations on knowledge of one kind of object."""
    _register_list(target)
    _register_get(target)
    _register_add(target)
    _register_delete(target)


def _register_list(target: Target) -> None:
    def listed(call: BoardCall, data: Any) -> Any:
        entity = target.entity(call, data)
        rows = Knowledge.objects.filter(entity_id=entity.pk)
        found, cursor = page_of(rows.defer("content"), OLDEST_FIRST, data)
        return {
            target.id_name: str(entity.pk),
            "count": rows.count(),
            "knowledge_bases": [item_of(row, content=False) for row in found],
            "next_cursor": cursor,
        }

    listed.__annotations__["return"] = target.listing
    doc = f"""The knowledge of {target.named}, oldest first, without content.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    declare(
        specs, listed, f"list_{target.kind}_knowledge", doc,
        arguments(f"List{target.kind.title()}Knowledge", {target.id_name: (Id, ...)}, Paged),
        needs=target.read_flag,
        rest=Route(f"GET {target.rest}", view=as_result("knowledge_bases")),
        untrusted=("knowledge_bases[].title", "knowledge_bases[].description"),
    )  # fmt: skip


def _register_get(target: Target) -> None:
    def got(call: BoardCall, data: Any) -> Any:
        entity = target.entity(call, data)
        return {target.id_name: str(entity.pk), **item_of(knowledge.row(entity, data.knowledge_id), content=True)}

    got.__annotations__["return"] = target.shown
    doc = f"""One item of knowledge of {target.named}, with its content.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    declare(
        specs, got, f"get_{target.kind}_knowledge", doc,
        arguments(f"Get{target.kind.title()}Knowledge", {target.id_name: (Id, ...), "knowledge_id": (Id, ...)}),
        needs=target.read_flag, rest=f"GET {target.rest}/<str:knowledge_id>", untrusted=FOREIGN,
    )  # fmt: skip


def _register_add(target: Target) -> None:
    def added(call: BoardCall, data: Any) -> AddedKnowledge:
        _demand_content(data)
        entity = target.writable(call, data, "add")
        item = knowledge.add(
            call, entity, title=data.title, description=data.description, content=data.content, mime_type=data.mime_type
        )
        return {"success": True, "knowledge": item_of(item, content=True)}

    doc = f"""Add a text that whoever works on {target.named} should know. A lock or a status never stands in the way.

    The text itself is sent as `content`; files of the server and addresses are not read.

    Gates: archived.
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED, SOURCE_NOT_ALLOWED, LIMIT_EXCEEDED.
    Event: knowledge.added.
    """
    declare(
        specs, added, f"add_{target.kind}_knowledge", doc,
        arguments(f"Add{target.kind.title()}Knowledge", {target.id_name: (Id, ...), **ADDED}),
        needs=target.add_flag, may_need=work_in(target.kind), writes=True,
        rest=Route(f"POST {target.rest}", view=lambda answer: answer["knowledge"], status=201),
        untrusted=tuple(f"knowledge.{name}" for name in FOREIGN),
    )  # fmt: skip


def _register_delete(target: Target) -> None:
    def deleted(call: BoardCall, data: Any) -> DeletedKnowledge:
        knowledge.delete(call, target.writable(call, data, "delete"), data.knowledge_id)
        return {"success": True}

    doc = f"""Delete an item of knowledge of {target.named} for good.

    Gates: archived.
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED.
    Event: knowledge.deleted.
    """
    declare(
        specs, deleted, f"delete_{target.kind}_knowledge", doc,
        arguments(f"Delete{target.kind.title()}Knowledge", {target.id_name: (Id, ...), "knowledge_id": (Id, ...)}),
        needs=target.delete_flag, may_need=work_in(target.kind), writes=True, destructive=True,
        rest=f"DELETE {target.rest}/<str:knowledge_id>",
    )  # fmt: skip


def _demand_content(data: Any) -> None:
    """Errors: SOURCE_NOT_ALLOWED, VALIDATION_ERROR."""
    for name in ("file_path", "file_url"):
        if getattr(data, name):
            raise Failure(
                Code.SOURCE_NOT_ALLOWED, f"{name} is not read by the server. Send the text as content.", field=name
            )
    if not data.content.strip():
        raise Failure(Code.VALIDATION_ERROR, "content is required.", field="content")
