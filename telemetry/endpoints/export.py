"""`GET /v1/export`: every event of a filter as one file, oldest receipt first, whatever its size."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Final

from django.db import DatabaseError
from pydantic import Field

from pulse_project.core import auth, clock, db, sse
from pulse_project.core.errors import Code, Failure
from pulse_project.core.http_reply import Header, Receive, Scope, Send, refuse, reply
from pulse_project.core.hub import hub
from pulse_project.core.principals import Caller
from pulse_project.core.ratelimit import Slots
from pulse_project.core.tail.streams import GOING_AWAY
from telemetry import event_reads, event_rows
from telemetry.catalog import DETAIL
from telemetry.endpoints import queries
from telemetry.event_reads import Wanted
from telemetry.export_formats import Csv, Format, Ndjson, Writer
from telemetry.export_parquet import Parquet
from telemetry.inputs import Filter, Span, Storable

logger = logging.getLogger("pulse.telemetry")

PAGE_EVENTS: Final = 1_000
PAGE_TEXT: Final = 2 * 1024 * 1024  # characters of payload: what a page holds in memory
WRITERS: Final[dict[str, type[Writer]]] = {"ndjson": Ndjson, "csv": Csv, "parquet": Parquet}
slots: Final = Slots(each=2, total=8, what="exports")


class ExportInput(Span):
    format: Format = Field("ndjson", description="ndjson, csv, or parquet where the server has that extra.")
    type: Filter = Field(None, description="Exactly this event_type.")
    source: Filter = Field(None, description="Exactly this source.")
    payload: dict[str, Storable] | None = Field(
        None, max_length=5, description="Exact values of declared payload keys, `payload.<key>=<value>`."
    )

    def wanted(self) -> Wanted:
        """Errors: VALIDATION_ERROR."""
        payload = tuple(sorted((self.payload or {}).items()))
        return Wanted(window=self.window(), type=self.type, source=self.source, payload=payload, after=0)


async def export(scope: Scope, receive: Receive, send: Send) -> None:
    """Raw ASGI. An answer that ends without the closing chunk is incomplete."""
    if scope["method"] not in {"GET", "HEAD"}:
        await reply(send, 405, b'{"detail":"Method Not Allowed"}', headers=[(b"allow", b"GET, HEAD")])
        return
    try:
        caller = queries.reader(scope, "rest")
        asked = queries.asked(scope, ExportInput)
        writer = WRITERS[asked.format]()
        headers = _headers(asked.format, writer)
        if scope["method"] == "HEAD":
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
        with slots.hold(caller):
            await _send(send, receive, _while_valid(caller, asked.wanted(), writer), headers)
    except Failure as failure:
        await refuse(send, failure, envelope=DETAIL)


def _headers(form: str, writer: Writer) -> list[Header]:
    stamp = (clock.iso(clock.now_us()) or "")[:19].replace("-", "").replace(":", "")
    name = f"pulse-events-{stamp}Z.{form}".encode()
    return [
        (b"content-type", writer.media_type),
        (b"content-disposition", b'attachment; filename="%s"' % name),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]


async def _send(send: Send, receive: Receive, chunks: AsyncGenerator[bytes, None], headers: list[Header]) -> None:
    """What fails before the first byte is a refusal, what fails later leaves the answer without its end."""
    has_begun = False

    async def noted() -> AsyncGenerator[bytes, None]:
        nonlocal has_begun
        async for chunk in chunks:
            yield chunk
            has_begun = True

    try:
        await sse.send_chunks(send, receive, noted(), headers=headers)
    except DatabaseError as error:
        if not has_begun:
            raise db.failure_of(error) from error
        logger.warning("an export was cut short: %s", error)
    except Failure as failure:
        if not has_begun:
            raise
        logger.warning("an export was cut short: %s", failure)
    finally:
        await chunks.aclose()


async def _while_valid(caller: Caller, wanted: Wanted, writer: Writer) -> AsyncGenerator[bytes, None]:
    """The file, as long as the server runs and the caller may read. Errors: AUTH_FAILED, DB_ERROR."""
    running = hub()
    stream = await running.subscribe()
    detach = auth.sessions.attach(caller, lambda: stream.end(sse.REVOKED), lambda _: stream.end(GOING_AWAY))
    try:
        async for chunk in _file(wanted, writer):
            if stream.close_code is not None:
                raise _ending(stream.close_code)
            yield chunk
    finally:
        detach()
        running.release(stream)


def _ending(close_code: int) -> Failure:
    if close_code == sse.REVOKED:
        return Failure(Code.AUTH_FAILED, "The key of this export is no longer valid.")
    return Failure(
        Code.DB_ERROR,
        "Pulse is stopping. Repeat the call in a moment.",
        retryable=True,
        reason="stopping",
        retry_after_seconds=1,
    )


async def _file(wanted: Wanted, writer: Writer) -> AsyncGenerator[bytes, None]:
    """Events up to the newest of this moment, page by page; what is deleted meanwhile is left out."""
    head = await db.in_slow(_head)
    wanted, is_last = replace(wanted, before=head + 1), False
    opening = writer.begin()
    while not is_last:
        chunk, after, is_last = await db.in_slow(_page, wanted, writer)
        wanted = replace(wanted, after=after)
        yield opening + chunk
        opening = b""
        await asyncio.sleep(0)
    yield await db.in_slow(writer.end)


def _head() -> int:
    with db.read_tx():
        return event_rows.last_number()


def _page(wanted: Wanted, writer: Writer) -> tuple[bytes, int, bool]:
    """A page of the file, the number of its last event, whether it is the last page. Blocks."""
    with db.read_tx():
        page = event_reads.following(wanted, PAGE_EVENTS, most_text=PAGE_TEXT)
    return writer.write(page.events), page.numbers[-1] if page.numbers else 0, page.is_last
