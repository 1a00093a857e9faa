"""`/api/v1/attachments/...`: files in as multipart/form-data and out as bytes; everything else there is plain REST."""

import asyncio
import base64
import os
from collections.abc import AsyncGenerator
from typing import Any, Final
from uuid import UUID

from boards import attachment_files, file_types
from boards.endpoints.forms import FileOfForm, file_of
from boards.models import Attachment
from pulse_project.core import areas, calling, db, dispatch, sse
from pulse_project.core.errors import Code, Failure
from pulse_project.core.executor import Outcome
from pulse_project.core.http_reply import Disconnected, Header, Receive, Scope, Send, header, read_body, reply
from pulse_project.core.operations import REST, Operation
from pulse_project.core.principals import ANONYMOUS, Caller
from pulse_project.core.ratelimit import Slots
from pulse_project.core.rest_endpoint import rest_endpoint

UPLOAD: Final = "okto_pulse_upload_attachment"
READ: Final = "okto_pulse_get_attachment"
FORM: Final = "multipart/form-data"
UPLOAD_SECONDS: Final = 120.0
CHUNK_BYTES: Final = 256 * 1024
POLICY: Final = b"sandbox; default-src 'none'"
uploads: Final = Slots(each=2, total=8, what="uploads")  # each holds a whole file in memory
downloads: Final = Slots(each=8, total=64, what="downloads")


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Raw ASGI: a form to a card's files is an upload, a GET of one file its bytes."""
    parts = scope["path"].removeprefix(areas.UPLOAD_PREFIX).split("/")
    is_form = header(scope, b"content-type").partition(";")[0].strip().lower() == FORM
    try:
        if scope["method"] == "POST" and is_form and len(parts) == 2 and all(parts):
            await _upload(scope, receive, send, parts)
        elif scope["method"] in {"GET", "HEAD"} and len(parts) == 3 and all(parts):
            await _download(scope, receive, send, parts)
        else:
            await rest_endpoint(scope, receive, send)
    except Disconnected:
        return


def _caller(scope: Scope) -> Caller:
    caller: Caller = scope["state"].get("caller") or ANONYMOUS
    return caller.via("rest")


async def _upload(scope: Scope, receive: Receive, send: Send, parts: list[str]) -> None:
    board_id, card_id = parts
    caller = _caller(scope)
    try:
        operation = calling.offered(UPLOAD, REST, caller)
    except Failure as failure:
        return await _answer(send, calling.refusal(failure))
    (route,) = operation.routes
    try:
        with uploads.hold(caller):
            file = await _file(scope, receive)
            outcome = await _store(operation, scope, caller, file, {"board_id": board_id, "card_id": card_id})
    except Failure as failure:
        outcome = Outcome(failure=failure)
    return await _answer(send, calling.answer(operation, outcome, route))


async def _file(scope: Scope, receive: Receive) -> FileOfForm:
    try:
        async with asyncio.timeout(UPLOAD_SECONDS):
            raw = await read_body(receive, max_bytes=areas.UPLOAD_BODY_BYTES)
    except TimeoutError as error:
        raise Failure(
            Code.VALIDATION_ERROR, f"The file did not arrive within {UPLOAD_SECONDS:.0f} seconds.", field="body"
        ) from error
    return await db.in_read(file_of, raw, header(scope, b"content-type"))


async def _store(
    operation: Operation, scope: Scope, caller: Caller, file: FileOfForm, named: dict[str, Any]
) -> Outcome:
    given = {
        **named,
        "filename": file.name,
        "mime_type": file.media_type,
        "content_base64": base64.b64encode(file.content).decode("ascii"),
    }
    given = calling.with_key(operation, given, header(scope, b"idempotency-key"))
    return await dispatch.call(operation, given, caller)


async def _download(scope: Scope, receive: Receive, send: Send, parts: list[str]) -> None:
    board_id, card_id, attachment_id = parts
    caller = _caller(scope)
    try:
        operation = calling.offered(READ, REST, caller)
    except Failure as failure:
        return await _answer(send, calling.refusal(failure))
    given = {"board_id": board_id, "card_id": card_id, "attachment_id": attachment_id}
    try:
        calling.refuse_nul({}, given)
        outcome = await dispatch.call(operation, given, caller)
        if outcome.failure is not None:
            raise outcome.failure
        with downloads.hold(caller):
            await _send_file(scope, receive, send, UUID(outcome.result["id"]))
    except Failure as failure:
        await _answer(send, calling.answer(operation, Outcome(failure=failure)))
    return None


async def _send_file(scope: Scope, receive: Receive, send: Send, pk: UUID) -> None:
    """The bytes of a file that the caller may read. Errors: NOT_FOUND when it is gone meanwhile."""
    filename, descriptor = await db.in_read(_opened, pk)
    try:
        head = await db.in_read(os.pread, descriptor, file_types.HEAD_BYTES, 0)
        headers = _headers(filename, head, os.fstat(descriptor).st_size)
        if scope["method"] == "HEAD":
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
        else:
            await sse.send_chunks(send, receive, _chunks(descriptor, head), headers=headers)
    finally:
        os.close(descriptor)


def _opened(pk: UUID) -> tuple[str, int]:
    found = Attachment.objects.filter(pk=pk).values_list("filename", "stored_name", "entity__board_id").first()
    if found is None:
        raise attachment_files.gone()
    filename, stored_name, board_pk = found
    return filename, attachment_files.open_file(board_pk, stored_name)


async def _chunks(descriptor: int, head: bytes) -> AsyncGenerator[bytes, None]:
    chunk, position = head, len(head)
    while chunk:
        yield chunk
        chunk = await db.in_read(os.pread, descriptor, CHUNK_BYTES, position)
        position += len(chunk)


def _headers(filename: str, head: bytes, size: int) -> list[Header]:
    return [
        (b"content-type", file_types.served_as(head).encode("ascii")),
        (b"content-length", b"%d" % size),
        (b"content-disposition", file_types.disposition(filename)),
        (b"content-security-policy", POLICY),
        (b"x-content-type-options", b"nosniff"),
        (b"cache-control", b"private, no-store"),
    ]


async def _answer(send: Send, answer: calling.Answer) -> None:
    await reply(send, answer.status, answer.content, headers=answer.headers, content_type=answer.content_type)
