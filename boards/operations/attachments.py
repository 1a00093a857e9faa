"""Files of cards: upload, list, delete."""

import base64
import binascii
import re
from typing import Annotated, TypedDict

from django.db.models import Sum
from pydantic import AfterValidator, Field

from boards import attachment_files, file_types
from boards.archived import demand_live
from boards.attachment_files import MAX_BOARD_BYTES, MAX_FILE_BYTES, MAX_PER_CARD, StoredFile
from boards.call import BoardCall, open_call
from boards.catalog import PREFIX, boards, people
from boards.inputs import Id, MaybeId, OnObject
from boards.location import not_found
from boards.models import Attachment, Board, Card
from boards.paging import Following, PagedByOffset, PageLimit, page_of
from boards.queries.attachments import AttachmentItem, item
from pulse_project.core import ahead, clock, db
from pulse_project.core.errors import Code, Failure
from pulse_project.core.operations import Route
from pulse_project.core.principals import Caller

UPLOAD = "card.attachments.upload"
DELETE = "card.attachments.delete"
MAX_BASE64 = MAX_FILE_BYTES * 4 // 3 + 4
MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,60}/[a-z0-9!#$&^_.+-]{1,60}\Z")
ADDRESS = "POST /api/v1/attachments/<board_id>/<card_id>"


def _media_type(text: str) -> str:
    """The type without its parameters. It is shown, never believed."""
    media = text.partition(";")[0].strip().lower()
    if not MEDIA_TYPE.match(media) or len(media) > 100:
        raise ValueError("is no media type such as image/png.")
    return media


class Upload(OnObject):
    card_id: Id
    filename: Annotated[str, Field(min_length=1, max_length=1000)]
    content_base64: Annotated[str, Field(json_schema_extra={"maxLength": MAX_BASE64})] = ""
    mime_type: Annotated[str, Field(max_length=200), AfterValidator(_media_type)] = file_types.BINARY
    file_path: Annotated[str | None, Field(max_length=4000, description="Refused: no files of the server.")] = None
    file_url: Annotated[str | None, Field(max_length=4000, description="Refused: nothing is fetched.")] = None


class Uploaded(TypedDict):
    success: bool
    attachment: AttachmentItem


class AttachmentList(Following):
    """`result` holds the files, oldest first."""

    result: list[AttachmentItem]


class Deleted(TypedDict):
    success: bool


class OnAttachment(OnObject):
    attachment_id: Id
    card_id: MaybeId = ""


class ListAttachments(PagedByOffset, OnObject):
    card_id: Id
    limit: PageLimit = MAX_PER_CARD


def _write_ahead(caller: Caller, data: Upload) -> StoredFile:
    """The file on disk, before any lock is taken; nothing is written for who may not."""
    call = open_call(caller, data)
    _admitted(call, data)
    return attachment_files.write(call.board.pk, _content(data))


def _admitted(call: BoardCall, data: Upload) -> Card:
    """The card that takes one more file. Errors: NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED, LIMIT_EXCEEDED."""
    card = call.entity(Card, data.card_id, "card_id")
    call.demand_in(card, UPLOAD)
    demand_live(call, card, f"{PREFIX}upload_attachment")
    if Attachment.objects.filter(entity=card).count() >= MAX_PER_CARD:
        raise Failure(Code.LIMIT_EXCEEDED, f"A card holds {MAX_PER_CARD} files. Delete one first.", limit=MAX_PER_CARD)
    return card


def _content(data: Upload) -> bytes:
    """Errors: SOURCE_NOT_ALLOWED, VALIDATION_ERROR, CONTENT_TOO_LARGE."""
    for name in ("file_path", "file_url"):
        if getattr(data, name):
            raise Failure(
                Code.SOURCE_NOT_ALLOWED,
                "Files are taken from the call only. Send the bytes in content_base64, or as multipart/form-data to "
                f"{ADDRESS}.",
                field=name,
            )
    text = "".join(data.content_base64.split())
    if not text:
        raise Failure(Code.VALIDATION_ERROR, "content_base64 is required and not empty.", field="content_base64")
    if len(text) * 3 // 4 - text.count("=", -2) > MAX_FILE_BYTES:
        raise Failure(Code.CONTENT_TOO_LARGE, f"A file has at most {MAX_FILE_BYTES} bytes.", max_bytes=MAX_FILE_BYTES)
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Failure(Code.VALIDATION_ERROR, "content_base64 is no base64 text.", field="content_base64") from error


@boards.operation(
    needs=UPLOAD,
    writes=True,
    before=_write_ahead,
    rest=Route("POST attachments/<str:board_id>/<str:card_id>", view=lambda answer: answer["attachment"], status=201),
    untrusted=("attachment.filename",),
)
def upload_attachment(call: BoardCall, data: Upload) -> Uploaded:
    """Attach a file of up to 10 MiB to a card, sent as base64.

    A tool call takes 1 MiB in all, which is a file of about 750 KiB. Larger ones go as multipart/form-data with the
    field `file` to POST /api/v1/attachments/<board_id>/<card_id>. A card holds 100 files, a board 1 GiB.

    Event: attachment.uploaded.
    Errors: VALIDATION_ERROR, NOT_FOUND, SOURCE_NOT_ALLOWED (file_path, file_url), CONTENT_TOO_LARGE, LIMIT_EXCEEDED,
    GATE_BLOCKED (archived), PERMISSION_DENIED.
    """
    # one upload of a board at a time, or two could pass the limits together
    list(Board.objects.select_for_update(no_key=True).filter(pk=call.board.pk).values_list("pk"))
    card = _admitted(call, data)
    stored: StoredFile = ahead.value()
    _check_room(call, stored)
    attachment = Attachment.objects.create(
        entity=card,
        filename=file_types.safe_name(data.filename),
        stored_name=stored.name,
        mime_type=data.mime_type,
        size=stored.size,
        sha256=stored.sha256,
        uploaded_by=call.person,
        created_at=clock.now(),
    )
    call.tell("attachment.uploaded", card, attachment_id=str(attachment.pk), size=attachment.size)
    return {"success": True, "attachment": item(attachment)}


def _check_room(call: BoardCall, stored: StoredFile) -> None:
    held = Attachment.objects.filter(entity__board=call.board).aggregate(size=Sum("size"))["size"] or 0
    if held + stored.size > MAX_BOARD_BYTES:
        raise Failure(
            Code.LIMIT_EXCEEDED,
            f"The files of a board have at most {MAX_BOARD_BYTES} bytes together. Delete some first.",
            limit=MAX_BOARD_BYTES,
            used=held,
        )


@boards.operation(
    needs="card.attachments.read",
    rest="GET attachments/<str:board_id>/<str:card_id>",
    untrusted=("result[].filename",),
)
def list_attachments(call: BoardCall, data: ListAttachments) -> AttachmentList:
    """The files of a card, oldest first, without their content.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    card = call.entity(Card, data.card_id, "card_id")
    found, cursor = page_of(Attachment.objects.filter(entity=card), ("created_at", "pk"), data)
    return {"result": [item(attachment) for attachment in found], "next_cursor": cursor}


def _found(call: BoardCall, data: OnAttachment, *, lock: bool = False) -> Attachment:
    """The file, of the card that the call names when it names one. Errors: NOT_FOUND."""
    attachment = call.child(Attachment, data.attachment_id, "attachment_id", lock=lock)
    if data.card_id and call.entity(Card, data.card_id, "card_id").pk != attachment.entity_id:
        raise not_found("attachment", "attachment_id")
    return attachment


@people.operation(needs="card.attachments.read", untrusted=("filename",))
def get_attachment(call: BoardCall, data: OnAttachment) -> AttachmentItem:
    """What is known of one file. Its bytes are at GET /api/v1/attachments/<board_id>/<card_id>/<attachment_id>.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    return item(_found(call, data))


@boards.operation(
    needs=DELETE,
    writes=True,
    destructive=True,
    rest="DELETE attachments/<str:board_id>/<str:card_id>/<str:attachment_id>",
)
def delete_attachment(call: BoardCall, data: OnAttachment) -> Deleted:
    """Delete a file of a card.

    Event: attachment.deleted.
    Errors: VALIDATION_ERROR, NOT_FOUND, GATE_BLOCKED (archived), PERMISSION_DENIED.
    """
    attachment = _found(call, data, lock=True)
    call.demand_in(attachment.entity, DELETE)
    demand_live(call, attachment.entity, f"{PREFIX}delete_attachment")
    pk, board_pk, name = attachment.pk, call.board.pk, attachment.stored_name
    attachment.delete()
    db.after_commit(lambda: attachment_files.remove(board_pk, [name]))
    call.tell("attachment.deleted", attachment.entity, attachment_id=str(pk))
    return {"success": True}
