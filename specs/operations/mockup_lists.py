"""Reading mockups: those of one object, and one for its frame."""

from typing import Literal

from boards.call import BoardCall
from boards.inputs import Id, OnObject
from boards.location import not_found
from boards.models import Entity
from boards.paging import Page, PagedByOffset, page_of, whole
from specs import mockups
from specs.catalog import people, specs
from specs.mockups import MODELS, EntityType
from specs.models import Mockup
from specs.operations.mockups import FOREIGN, OfEntity, ScreenType, flags
from specs.queries.mockups import Screen, screen_of


class ListMockups(PagedByOffset, OfEntity):
    screen_type: ScreenType | Literal[""] = ""


class ScreenList(Page):
    entity_type: EntityType
    entity_id: str
    screens: list[Screen]


@specs.operation(needs=None, may_need=flags("read"), untrusted=tuple(f"screens[].{name}" for name in FOREIGN))
def list_screen_mockups(call: BoardCall, data: ListMockups) -> ScreenList:
    """The mockups of an object in their order.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    call.demand(f"{data.entity_type}.mockups.read")
    entity = call.entity(MODELS[data.entity_type], data.entity_id, "entity_id")
    rows = Mockup.objects.filter(entity_id=entity.pk)
    if data.screen_type:
        rows = rows.filter(screen_type=data.screen_type)
    found, cursor = page_of(rows, ("position", "id"), data)
    return {
        "entity_type": data.entity_type,
        "entity_id": str(entity.pk),
        "screens": [screen_of(row) for row in found],
        **whole(rows, data, cursor),
    }


class ShownMockup(OnObject):
    entity_id: Id
    screen_id: Id


@people.operation(needs=None, may_need=flags("read"), untrusted=FOREIGN)
def get_screen_mockup(call: BoardCall, data: ShownMockup) -> Screen:
    """One mockup of any object.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    entity = call.entity(Entity, data.entity_id, "entity_id")
    if entity.kind not in MODELS:
        raise not_found("screen", "screen_id")
    call.demand(f"{entity.kind}.mockups.read")
    return screen_of(mockups.row(entity, data.screen_id))
