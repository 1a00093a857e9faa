"""Finding things: one search over everything that the caller may see."""

from dataclasses import replace
from typing import Annotated, TypedDict

from pydantic import Field

from boards import cursors, location, search
from boards.call import open_on
from boards.catalog import boards
from boards.inputs import Values
from boards.instants import iso
from boards.paging import Following, Paged
from boards.rights import rights_everywhere
from boards.search import Hit
from boards.search_question import KINDS, Question, terms_of
from pulse_project.core.errors import Code, Failure
from pulse_project.core.principals import IDENTITY, Caller

MOST_DEEP = 1000  # hits after which a query should be narrowed instead


class Found(TypedDict):
    """One hit. `object_id` names what hangs on the object, empty for the object itself."""

    kind: str
    board_id: str
    entity_kind: str
    entity_id: str
    ref: str
    object_id: str
    title: str
    snippet: str
    status: str
    archived: bool
    score: float
    updated_at: str | None
    url: str


class SearchResult(Following):
    query: str
    hits: list[Found]


class Search(Paged):
    query: str = Field(
        min_length=1, max_length=500, description='Words, "phrases", -unwanted, begun*, or a reference like C-12.'
    )
    board_id: Annotated[str, Field(max_length=80, description="Id or address of a board; empty = every one.")] = ""
    kinds: Values = Field([], description=f"Only these kinds: {', '.join(KINDS)}.")
    status: str = Field("", max_length=12, description="Only objects in that status.")
    include_archived: bool = False
    limit: int = Field(20, ge=1, le=50)


@boards.catalog.operation(
    needs=IDENTITY, rest="GET search", untrusted=("hits[].title", "hits[].snippet"), name="search"
)
def find(caller: Caller, data: Search) -> SearchResult:
    """Search the text of everything that you may see on your boards, best hits first.

    Finds cards, ideations, refinements, specs with all their items, sprints, questions, comments, knowledge, mockups
    and designs. A reference (C-12, S-3) finds that object first.

    Errors: VALIDATION_ERROR, NOT_FOUND.
    """
    question = _question(caller, data)
    offset = _offset(data.cursor)
    hits = _hits(question, data.query, offset, data.limit + 1)
    end = offset + data.limit
    more = len(hits) > data.limit and end < MOST_DEEP
    return {
        "query": data.query,
        "hits": [_found(hit) for hit in hits[: data.limit]],
        "next_cursor": cursors.made_of([end]) if more else None,
    }


def _hits(question: Question, text: str, offset: int, limit: int) -> list[Hit]:
    """What a reference names, then what the words find of the rest."""
    named = search.by_reference(question, text)
    shown = named[offset : offset + limit]
    rest = replace(question, without=tuple(hit.document.pk for hit in named))
    return [*shown, *search.look(rest, offset=max(0, offset - len(named)), limit=limit - len(shown))]


def _question(caller: Caller, data: Search) -> Question:
    unknown = [kind for kind in data.kinds if kind not in KINDS]
    if unknown:
        known = list(KINDS)
        raise Failure(Code.VALIDATION_ERROR, f"kinds takes {', '.join(known)}.", field="kinds", known=known)
    call = open_on(caller, location.board_named(data.board_id)) if data.board_id else None
    return Question(
        terms=terms_of(data.query),
        rights={call.board.pk: call.rights} if call else rights_everywhere(caller),
        boards=(call.board.pk,) if call else None,
        kinds=tuple(data.kinds),
        status=data.status,
        with_archived=data.include_archived,
    )


def _found(hit: Hit) -> Found:
    document, entity = hit.document, hit.document.entity
    return {
        "kind": document.kind,
        "board_id": str(document.board_id),
        "entity_kind": entity.kind,
        "entity_id": str(entity.pk),
        "ref": entity.ref,
        "object_id": document.object_id,
        "title": document.title,
        "snippet": hit.snippet,
        "status": entity.status,
        "archived": entity.is_archived,
        "score": round(hit.score, 4),
        "updated_at": iso(document.updated_at),
        "url": f"/go/{entity.kind}/{entity.pk}",
    }


def _offset(cursor: str) -> int:
    """How many hits the pages before held. Errors: VALIDATION_ERROR."""
    if not cursor:
        return 0
    (offset,) = cursors.held(cursors.parts_of(cursor), [cursors.number])
    if offset >= MOST_DEEP:
        raise cursors.not_given()
    return int(offset)
