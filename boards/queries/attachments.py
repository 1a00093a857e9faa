"""Files of cards, as answers show them."""

from collections.abc import Collection
from typing import TypedDict
from uuid import UUID

from boards.instants import iso
from boards.models import Attachment


class AttachmentItem(TypedDict):
    """What is known of a file. `size` is in bytes, `mime_type` as the sender said, `sha256` in hex."""

    id: str
    filename: str
    mime_type: str
    size: int
    sha256: str
    uploaded_by: str
    created_at: str | None


def item(attachment: Attachment) -> AttachmentItem:
    return {
        "id": str(attachment.pk),
        "filename": attachment.filename,
        "mime_type": attachment.mime_type,
        "size": attachment.size,
        "sha256": attachment.sha256,
        "uploaded_by": attachment.uploaded_by,
        "created_at": iso(attachment.created_at),
    }


def by_entity(pks: Collection[UUID]) -> dict[UUID, list[AttachmentItem]]:
    """The files of these cards, oldest first; one query, a key for every card."""
    found: dict[UUID, list[AttachmentItem]] = {pk: [] for pk in pks}
    for attachment in Attachment.objects.filter(entity__in=pks).order_by("created_at", "pk"):
        found[attachment.entity_id].append(item(attachment))
    return found
