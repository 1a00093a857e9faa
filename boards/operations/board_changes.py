"""Changing boards: their names, addresses and switches, putting them away and deleting them."""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, Literal, TypedDict

from django.db import IntegrityError, transaction
from pydantic import AfterValidator, Field

from boards import board_settings
from boards.attachment_files import remove_all_of
from boards.call import BoardCall, check_revision
from boards.catalog import admin, people
from boards.inputs import MAX_TEXT, UNCHANGED, ExpectedVersion, OnBoard, changes_of
from boards.location import UUID_TEXT, not_found
from boards.models import Board, BoardSlug
from boards.operations.boards import BoardName, BoardSummary, summary
from pulse_project.core import auth, clock, db
from pulse_project.core.errors import Code, Failure

ADDRESS = "boards/<str:board_id>"
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
EDIT, SETTINGS, ARCHIVE, DELETE = (f"board.manage.{verb}" for verb in ("edit", "settings", "archive", "delete"))
SEPARATION = ("reviewer_separation", "solo_review")  # who judges whose work
FOREIGN = ("name", "description")


def _checked_slug(slug: str) -> str:
    if not SLUG.match(slug) or UUID_TEXT.match(slug):
        raise ValueError("takes lower-case letters, digits and single hyphens between them, and is no id")
    return slug


NewSlug = Annotated[str, UNCHANGED, Field(max_length=80), AfterValidator(_checked_slug)]
Switches = Annotated[
    dict[str, Any], Field(max_length=60, description="Switches to change; null = the default, absent = unchanged.")
]


def _locked(call: BoardCall, expected_version: int | None = None) -> BoardCall:
    """The call on the board as it is now, locked. Errors: NOT_FOUND, VERSION_CONFLICT."""
    board = Board.objects.select_for_update().filter(pk=call.board.pk).first()
    if board is None:
        raise not_found("board", "board_id")
    check_revision(expected_version, board.revision, "board")
    return replace(call, board=board)


def _save(call: BoardCall, *names: str) -> None:
    call.board.revision += 1
    call.board.updated_at = clock.now()
    call.board.save(update_fields=[*names, "revision", "updated_at"])


class UpdateBoard(OnBoard):
    name: Annotated[BoardName, UNCHANGED] = ""
    description: Annotated[str | None, UNCHANGED, Field(max_length=MAX_TEXT, description="null = empty.")] = None
    slug: NewSlug = Field("", description="A new address; the old one leads to it from then on.")
    settings: Switches = Field({})
    expected_version: ExpectedVersion = None


@people.operation(needs=None, may_need=(EDIT, SETTINGS), writes=True, rest=f"PATCH {ADDRESS}", untrusted=FOREIGN)
def update_board(call: BoardCall, data: UpdateBoard) -> BoardSummary:
    """Change a board's name, description, address or switches.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, AUTH_REQUIRED, VERSION_CONFLICT, DUPLICATE.
    Event: board.updated.
    """
    wanted = changes_of(data, ("name", "description", "slug"))
    call.demand(*([EDIT] if wanted or not data.settings else []), *([SETTINGS] if data.settings else []))
    call = _locked(call, data.expected_version)
    wanted = {name: value or "" for name, value in wanted.items()}
    changes = [
        _changed(call.board, name, value) for name, value in wanted.items() if getattr(call.board, name) != value
    ]
    if any(change["field"] == "slug" for change in changes):
        _readdress(call.board, wanted["slug"])
    changes += _switch(call, data.settings)
    return _told(call, changes)


def _changed(board: Board, name: str, value: Any) -> dict[str, Any]:
    change = {"field": name, "old": getattr(board, name), "new": value}
    if name != "slug":
        setattr(board, name, value)
    return change


def _readdress(board: Board, slug: str) -> None:
    """Move the board to a new address; the old one leads to it, and a former one of another board ends."""
    BoardSlug.objects.filter(slug=slug).delete()
    BoardSlug.objects.update_or_create(slug=board.slug, defaults={"board": board})
    board.slug = slug
    try:
        with transaction.atomic():
            board.save(update_fields=["slug"])
    except IntegrityError as error:
        raise Failure(Code.DUPLICATE, "Another board has that address. Choose another.", field="slug") from error


def _switch(call: BoardCall, wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Lay switches over those of the board. Errors: VALIDATION_ERROR, AUTH_REQUIRED."""
    before = board_settings.of(call.board).model_dump()
    call.board.settings = board_settings.merged(call.board.settings, wanted)
    after = board_settings.of(call.board).model_dump()
    changed = [name for name, value in after.items() if value != before[name]]
    if call.caller.auth == "loopback" and not set(SEPARATION).isdisjoint(changed):
        raise Failure(
            Code.AUTH_REQUIRED,
            "A local caller without key does not change who judges whose work. Log in at /login/, or use `pulse op`.",
            confirm="/login/",
        )
    return [{"field": f"settings.{name}", "old": before[name], "new": after[name]} for name in changed]


def _told(call: BoardCall, changes: list[dict[str, Any]]) -> BoardSummary:
    if changes:
        _save(call, "name", "description", "settings")
        call.tell_board("board.updated", title=call.board.name, changes=changes)
    return summary(call.board)


class UpdateSettings(OnBoard):
    settings: Switches
    expected_version: ExpectedVersion = None


@admin.operation(needs=SETTINGS, writes=True, rest=f"PATCH {ADDRESS}/settings", untrusted=FOREIGN)
def update_board_settings(call: BoardCall, data: UpdateSettings) -> BoardSummary:
    """Change switches of a board; those that are not named stay as they are. Scores and thresholds are 0 to 100.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, AUTH_REQUIRED, VERSION_CONFLICT.
    Event: board.updated.
    """
    call = _locked(call, data.expected_version)
    return _told(call, _switch(call, data.settings))


class ApplyPreset(OnBoard):
    preset: Literal["light", "standard", "strict"]
    expected_version: ExpectedVersion = None


@admin.operation(needs=SETTINGS, writes=True, rest=f"POST {ADDRESS}/settings/preset", untrusted=FOREIGN)
def apply_board_preset(call: BoardCall, data: ApplyPreset) -> BoardSummary:
    """Give every switch that some preset sets the value of this one, or its default. Limits and thresholds stay.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, AUTH_REQUIRED, VERSION_CONFLICT.
    Event: board.updated.
    """
    call = _locked(call, data.expected_version)
    named = {name for switches in board_settings.PRESETS.values() for name in switches}
    chosen = board_settings.preset(data.preset)
    return _told(call, _switch(call, {name: chosen.get(name) for name in sorted(named)}))


class PutAway(OnBoard):
    expected_version: ExpectedVersion = None


@people.operation(needs=ARCHIVE, writes=True, idempotent=True, rest=f"POST {ADDRESS}/archive", untrusted=FOREIGN)
def archive_board(call: BoardCall, data: PutAway) -> BoardSummary:
    """Put a board away: it is left out of lists and stays readable by its id.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, VERSION_CONFLICT.
    Event: board.archived.
    """
    call = _locked(call, data.expected_version)
    if call.board.archived_at is None:
        call.board.archived_at = clock.now()
        _save(call, "archived_at")
        call.tell_board("board.archived", title=call.board.name)
    return summary(call.board)


@people.operation(
    needs=ARCHIVE,
    writes=True,
    idempotent=True,
    on_archived=True,
    rest=f"POST {ADDRESS}/restore",
    untrusted=FOREIGN,
)
def restore_board(call: BoardCall, data: PutAway) -> BoardSummary:
    """Bring a board that was put away back into lists.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, VERSION_CONFLICT.
    Event: board.restored.
    """
    call = _locked(call, data.expected_version)
    if call.board.archived_at is not None:
        call.board.archived_at = None
        _save(call, "archived_at")
        call.tell_board("board.restored", title=call.board.name)
    return summary(call.board)


class DeleteBoard(OnBoard):
    confirm: str = Field(max_length=80, description="The address (slug) of the board, so that the right one goes.")
    expected_version: ExpectedVersion = None


class DeletedBoard(TypedDict):
    success: bool
    board_id: str


@people.operation(needs=DELETE, writes=True, destructive=True, slow=True, on_archived=True, rest=f"DELETE {ADDRESS}")
def delete_board(call: BoardCall, data: DeleteBoard) -> DeletedBoard:
    """Delete a board with everything on it, files included, for good. Its history of events stays.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, VERSION_CONFLICT.
    Event: board.deleted.
    """
    call = _locked(call, data.expected_version)
    if data.confirm != call.board.slug:
        raise Failure(Code.VALIDATION_ERROR, "confirm takes the address of the board, its slug.", field="confirm")
    pk = call.board.pk
    call.tell_board("board.deleted", title=call.board.name)
    call.board.delete()
    db.after_commit(auth.forget)
    db.after_commit(partial(remove_all_of, pk))
    return {"success": True, "board_id": str(pk)}
