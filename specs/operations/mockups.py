"""Mockups of specs, ideations, refinements and cards: drawings of screens in HTML that can do nothing."""

from typing import Annotated, Literal, TypedDict

from pydantic import Field

from boards.call import BoardCall, check_revision, work_in
from boards.content import safe_html
from boards.inputs import (
    MAX_SHORT,
    UNCHANGED,
    ExpectedVersion,
    Id,
    NewText,
    NewTitle,
    OnObject,
    Text,
    Title,
    changes_of,
)
from boards.models import Entity
from pulse_project.core import clock
from pulse_project.core.errors import Code, Failure
from specs import locks, mockups
from specs.catalog import specs
from specs.mockups import MODELS, EntityType
from specs.models import Mockup
from specs.queries.mockups import Annotation, Screen, screen_of

WORK = tuple(flag for kind in MODELS for flag in work_in(kind))
FOREIGN = ("title", "description", "html_content", "annotations")
OUT = tuple(f"screen.{name}" for name in FOREIGN)
FIELDS = ("title", "description", "html_content", "screen_type")
ScreenType = Literal["page", "modal", "drawer", "popover", "panel"]


def flags(verb: str) -> tuple[str, ...]:
    return tuple(f"{kind}.mockups.{verb}" for kind in MODELS)


class OfEntity(OnObject):
    entity_id: Id
    entity_type: EntityType = "spec"


def _writable(call: BoardCall, data: OfEntity, verb: str, operation: str) -> Entity:
    """The object, locked. Errors: PERMISSION_DENIED, NOT_FOUND, GATE_BLOCKED (archived, content_lock, editable)."""
    call.demand(f"{data.entity_type}.mockups.{verb}")
    entity = call.entity(MODELS[data.entity_type], data.entity_id, "entity_id", lock=True)
    call.demand_in(entity)
    locks.demand_editable(call, entity, operation)
    return entity


class NewMockup(OfEntity):
    title: Title
    description: Text = ""
    screen_type: ScreenType = "page"
    html_content: Text = Field("", description="HTML with styles; scripts, handlers and outside addresses are removed.")


class ScreenAnswer(TypedDict):
    success: Literal[True]
    screen: Screen


class AddedScreen(ScreenAnswer):
    entity_type: EntityType


@specs.operation(needs=None, may_need=(*flags("create"), *WORK), writes=True, untrusted=OUT)
def add_screen_mockup(call: BoardCall, data: NewMockup) -> AddedScreen:
    """Add a drawing of a screen in HTML to a spec, ideation, refinement or card, after those that are there.

    What acts or loads is removed: scripts, handlers, frames, addresses of forms, images from elsewhere.

    Gates: archived, content_lock (spec), editable (ideation, refinement).
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED, LIMIT_EXCEEDED.
    Event: mockup.added.
    """
    entity = _writable(call, data, "create", "okto_pulse_add_screen_mockup")
    taken, now = mockups.ids_of(entity), clock.now()
    mockups.demand_room(len(taken), 1)
    screen = Mockup.objects.create(
        entity_id=entity.pk,
        public_id=mockups.free_id("sm_", taken),
        title=data.title,
        description=data.description,
        screen_type=data.screen_type,
        html_content=safe_html(data.html_content),
        position=mockups.next_position(entity),
        created_by=call.person,
        created_at=now,
        updated_at=now,
    )
    mockups.tell(call, "added", entity, (None, mockups.named(screen)))
    return {"success": True, "entity_type": data.entity_type, "screen": screen_of(screen)}


class OneMockup(OfEntity):
    screen_id: Id
    expected_version: ExpectedVersion = None


class MockupChange(OneMockup):
    title: NewTitle = ""
    description: NewText = None
    html_content: NewText = None
    screen_type: Annotated[ScreenType, UNCHANGED, Field(description='"" = unchanged.')] = "page"


@specs.operation(needs=None, may_need=(*flags("edit"), *WORK), writes=True, untrusted=OUT)
def update_screen_mockup(call: BoardCall, data: MockupChange) -> ScreenAnswer:
    """Change a mockup. What is left out or "" stays, null empties; expected_version is the mockup's revision.

    Gates: archived, content_lock (spec), editable (ideation, refinement).
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED, VERSION_CONFLICT.
    Event: mockup.updated.
    """
    entity = _writable(call, data, "edit", "okto_pulse_update_screen_mockup")
    screen = mockups.row(entity, data.screen_id, lock=True)
    wanted = {name: value or "" for name, value in changes_of(data, FIELDS).items()}
    if not wanted:
        raise Failure(Code.VALIDATION_ERROR, f"Nothing to change. Give one of {', '.join(FIELDS)}.", field="title")
    check_revision(data.expected_version, screen.revision, "mockup")
    if "html_content" in wanted:
        wanted["html_content"] = safe_html(wanted["html_content"])
    changed = [name for name, value in wanted.items() if getattr(screen, name) != value]
    if changed:
        before = mockups.named(screen)
        for name in changed:
            setattr(screen, name, wanted[name])
        _save(screen, *changed)
        mockups.tell(call, "updated", entity, (before, mockups.named(screen)), changed_fields=changed)
    return {"success": True, "screen": screen_of(screen)}


def _save(screen: Mockup, *names: str) -> None:
    screen.revision += 1
    screen.updated_at = clock.now()
    screen.save(update_fields=[*names, "revision", "updated_at"])


class Note(OneMockup):
    text: Annotated[str, Field(min_length=1, max_length=MAX_SHORT)]


class NoteAnswer(TypedDict):
    success: Literal[True]
    annotation: Annotation


@specs.operation(needs=None, may_need=(*flags("annotate"), *WORK), writes=True, untrusted=("annotation.text",))
def annotate_mockup(call: BoardCall, data: Note) -> NoteAnswer:
    """Put a note on a mockup.

    Gates: archived, content_lock (spec), editable (ideation, refinement).
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED, LIMIT_EXCEEDED, VERSION_CONFLICT.
    Event: mockup.annotated.
    """
    entity = _writable(call, data, "annotate", "okto_pulse_annotate_mockup")
    screen = mockups.row(entity, data.screen_id, lock=True)
    check_revision(data.expected_version, screen.revision, "mockup")
    if len(screen.annotations) >= mockups.MOST_NOTES:
        raise Failure(Code.LIMIT_EXCEEDED, f"A mockup takes {mockups.MOST_NOTES} notes.", limit=mockups.MOST_NOTES)
    taken = {note["id"] for note in screen.annotations}
    note: Annotation = {"id": mockups.free_id("an_", taken), "text": data.text, "author_id": call.person}
    screen.annotations = [*screen.annotations, note]
    _save(screen, "annotations")
    named = mockups.named(screen)
    mockups.tell(call, "annotated", entity, (named, named), annotation_id=note["id"])
    return {"success": True, "annotation": note}


class DeletedScreen(TypedDict):
    success: Literal[True]
    screen_id: str


@specs.operation(needs=None, may_need=(*flags("delete"), *WORK), writes=True, destructive=True)
def delete_screen_mockup(call: BoardCall, data: OneMockup) -> DeletedScreen:
    """Delete a mockup for good, with its notes.

    Gates: archived, content_lock (spec), editable (ideation, refinement).
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED, VERSION_CONFLICT.
    Event: mockup.deleted.
    """
    entity = _writable(call, data, "delete", "okto_pulse_delete_screen_mockup")
    screen = mockups.row(entity, data.screen_id, lock=True)
    check_revision(data.expected_version, screen.revision, "mockup")
    mockups.tell(call, "deleted", entity, (mockups.named(screen), None))
    screen.delete()
    return {"success": True, "screen_id": screen.public_id}
