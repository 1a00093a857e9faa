"""With whom a board is shared, beside its owner and its agents."""

from typing import Annotated, Literal, TypedDict

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from pydantic import Field

from boards.call import BoardCall, check_revision
from boards.catalog import people
from boards.inputs import ExpectedVersion, OnBoard
from boards.instants import iso
from boards.location import not_found
from boards.models import BoardShare
from boards.paging import Following, Paged, as_result, page_of
from boards.people import id_of_user
from pulse_project.core import auth, db
from pulse_project.core.errors import Code, Failure
from pulse_project.core.names import RESERVED_PREFIX
from pulse_project.core.operations import Route

SHARING = "board.manage.share"
ADDRESS = "boards/<str:board_id>/shares"
Level = Literal["viewer", "editor", "admin"]
UserName = Annotated[
    str, Field(min_length=1, max_length=160, description="A person's user name, with or without `human:` before it.")
]
ShareId = Annotated[str, Field(min_length=1, max_length=20)]


class ShareOut(TypedDict):
    """A person's way to a board: viewer reads and asks, editor works, admin also decides who comes."""

    id: str
    board_id: str
    user_id: str
    permission: str
    shared_by: str
    revision: int
    created_at: str | None


class ListShares(Paged, OnBoard):
    pass


class ShareList(Following):
    shares: list[ShareOut]


def _out(share: BoardShare) -> ShareOut:
    return {
        "id": str(share.pk),
        "board_id": str(share.board_id),
        "user_id": id_of_user(share.user),
        "permission": share.permission,
        "shared_by": share.shared_by,
        "revision": share.revision,
        "created_at": iso(share.created_at),
    }


def _tell(call: BoardCall, event: str, share: BoardShare, **payload: object) -> None:
    call.tell_board(
        event, share_id=str(share.pk), user_id=id_of_user(share.user), permission=share.permission, **payload
    )
    db.after_commit(auth.forget)


@people.operation(needs="board.read", rest=Route(f"GET {ADDRESS}", view=as_result("shares")))
def list_board_shares(call: BoardCall, data: ListShares) -> ShareList:
    """The people with whom the board is shared, the oldest share first.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    rows = BoardShare.objects.filter(board=call.board).select_related("user")
    found, cursor = page_of(rows, ("created_at", "id"), data)
    return {"shares": [_out(share) for share in found], "next_cursor": cursor}


class ShareBoard(OnBoard):
    user_id: UserName
    permission: Level = "viewer"


@people.operation(needs=SHARING, writes=True, rest=Route(f"POST {ADDRESS}", status=201))
def share_board(call: BoardCall, data: ShareBoard) -> ShareOut:
    """Let a person come to the board. Nobody shares with itself or with the owner.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, DUPLICATE.
    Event: share.created.
    """
    name = data.user_id.removeprefix(RESERVED_PREFIX)
    user = get_user_model()._default_manager.filter(username=name, is_active=True).first()
    if user is None:
        raise Failure(Code.NOT_FOUND, "No such person. Make the login in the admin first.", field="user_id")
    if user.pk in {call.caller.user_pk, call.board.owner_id}:
        raise Failure(
            Code.VALIDATION_ERROR, "A board is shared with others than oneself and its owner.", field="user_id"
        )
    share = BoardShare(board=call.board, user=user, permission=data.permission, shared_by=call.person)
    try:
        with transaction.atomic():
            share.save(force_insert=True)
    except IntegrityError as error:
        raise Failure(
            Code.DUPLICATE, "The board is shared with that person. Change the permission instead.", field="user_id"
        ) from error
    _tell(call, "share.created", share)
    return _out(share)


class OneShare(OnBoard):
    share_id: ShareId


def _locked(call: BoardCall, share_id: str) -> BoardShare:
    shares = BoardShare.objects.select_for_update(of=("self",)).select_related("user")
    is_id = share_id.isascii() and share_id.isdecimal() and len(share_id) <= 18
    share = shares.filter(board=call.board, pk=int(share_id)).first() if is_id else None
    if share is None:
        raise not_found("share", "share_id")
    return share


def _is_own(call: BoardCall, share: BoardShare) -> bool:
    return call.caller.user_pk is not None and call.caller.user_pk == share.user_id


class ChangeShare(OneShare):
    permission: Level
    expected_version: ExpectedVersion = None


@people.operation(needs=SHARING, writes=True, rest=f"PATCH {ADDRESS}/<str:share_id>")
def update_board_share(call: BoardCall, data: ChangeShare) -> ShareOut:
    """Change what a person may do on the board; nobody but an operator changes its own share.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, VERSION_CONFLICT.
    Event: share.updated.
    """
    share = _locked(call, data.share_id)
    if _is_own(call, share) and call.rights.role != "operator":
        raise Failure(
            Code.PERMISSION_DENIED,
            "Nobody changes the own share. Ask the owner of the board.",
            reason="own_rights",
            required_permission="operator.agents",
        )
    check_revision(data.expected_version, share.revision, "share")
    if share.permission != data.permission:
        before, share.permission = share.permission, data.permission
        share.revision += 1
        share.save(update_fields=["permission", "revision"])
        changes = [{"field": "permission", "old": before, "new": data.permission}]
        _tell(call, "share.updated", share, changes=changes)
    return _out(share)


class EndedShare(TypedDict):
    success: bool


@people.operation(
    needs=None, may_need=(SHARING,), writes=True, destructive=True, rest=f"DELETE {ADDRESS}/<str:share_id>"
)
def end_board_share(call: BoardCall, data: OneShare) -> EndedShare:
    """End a share. Whoever it was made for may end it too, and leaves the board.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    Event: share.deleted.
    """
    share = _locked(call, data.share_id)
    if not _is_own(call, share):
        call.demand(SHARING)
    _tell(call, "share.deleted", share)
    share.delete()
    return {"success": True}
