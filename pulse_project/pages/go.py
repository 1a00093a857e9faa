"""Where an object is shown: `/go/<kind>/<id>`, the address that refusals and search hits carry."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from boards.models import Board, Entity
from boards.rights import rights_on
from pulse_project.core.page_caller import known_caller

APPS = {
    "card": "boards",
    "board": "boards",
    "ideation": "specs",
    "refinement": "specs",
    "spec": "specs",
    "sprint": "specs",
}


@require_safe
def go(request: HttpRequest, kind: str, pk: UUID) -> HttpResponseRedirect:
    """To the record of the object. What the visitor may not see is not found, like what does not exist."""
    caller = known_caller(request)
    board = _board_of(kind, pk)
    if caller is None or board is None or rights_on(caller, board) is None:
        raise Http404
    return HttpResponseRedirect(reverse(f"admin:{APPS[kind]}_{kind}_change", args=[pk]))


def _board_of(kind: str, pk: UUID) -> Board | None:
    if kind == "board":
        return Board.objects.filter(pk=pk).first()
    found = Entity.objects.filter(pk=pk, kind=kind).select_related("board").first()
    return found.board if found else None
