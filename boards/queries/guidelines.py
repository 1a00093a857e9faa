"""Guidelines: whose catalogue, which hold on a board, and how answers show them."""

from typing import Any, TypedDict

from django.db.models import BooleanField, F, FilteredRelation, Func, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from boards.instants import iso
from boards.models import Board, BoardGuideline, Guideline
from boards.people import id_of_user

INLINE_PRIORITY = 0


class HoldsText(Func):
    """Whether a JSON list of texts holds one: the same question on both engines."""

    arity = 2
    output_field = BooleanField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "EXISTS (SELECT 1 FROM json_each(%(expressions)s)"
        return super().as_sql(
            compiler, connection, template=f"{template})", arg_joiner=") AS item WHERE (item.value = ", **context
        )

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return super().as_sql(
            compiler, connection, template="(%(expressions)s::text))", arg_joiner=" @> to_jsonb(", **context
        )


class GuidelineRow(TypedDict):
    """A guideline. `scope` global: in its owner's catalogue; inline: on `board_id` alone. `version` counts changes."""

    id: str
    title: str
    content: str
    tags: list[str]
    scope: str
    board_id: str | None
    owner_id: str
    version: int
    revision: int
    created_by: str
    created_at: str | None
    updated_at: str | None


class BoardGuidelineRow(TypedDict):
    """A guideline that holds on a board. `id` is the link's, of an inline one the guideline's own."""

    id: str
    guideline: GuidelineRow
    priority: int
    scope: str


def owner_of(board: Board) -> str:
    """Whose catalogue a board draws on: its owner's; a board without owner has one of its own."""
    return id_of_user(board.owner) if board.owner else f"board:{board.pk}"


def catalogue(owner_id: str, tag: str = "") -> "QuerySet[Guideline]":
    """The global guidelines of an owner, those with the tag if one is given."""
    rows = Guideline.objects.filter(scope=Guideline.Scope.GLOBAL, owner_id=owner_id)
    return rows.filter(HoldsText(F("tags"), Value(tag))) if tag else rows


def row(guideline: Guideline) -> GuidelineRow:
    return {
        "id": str(guideline.pk),
        "title": guideline.title,
        "content": guideline.content,
        "tags": list(guideline.tags),
        "scope": guideline.scope,
        "board_id": str(guideline.board_id) if guideline.board_id else None,
        "owner_id": guideline.owner_id,
        "version": guideline.version,
        "revision": guideline.revision,
        "created_by": guideline.created_by,
        "created_at": iso(guideline.created_at),
        "updated_at": iso(guideline.updated_at),
    }


def holding_on(board: Board) -> "QuerySet[Any]":
    """Linked and inline guidelines of a board, with their `priority` there and the `link_id` of the linked ones."""
    linked = BoardGuideline.objects.filter(board=board).values("guideline_id")
    return Guideline.objects.annotate(
        link=FilteredRelation("links", condition=Q(links__board=board)),
        link_id=F("link__id"),
        priority=Coalesce(F("link__priority"), Value(INLINE_PRIORITY)),
    ).filter(Q(pk__in=linked) | Q(scope=Guideline.Scope.INLINE, board=board))


def board_row(guideline: Any) -> BoardGuidelineRow:
    """`guideline` comes from `holding_on`."""
    return {
        "id": str(guideline.link_id or guideline.pk),
        "guideline": row(guideline),
        "priority": guideline.priority,
        "scope": guideline.scope,
    }
