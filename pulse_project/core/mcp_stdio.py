"""MCP over standard input and output: one JSON-RPC message per line, read through the same bounded parser as HTTP."""

from typing import BinaryIO

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.shared.message import SessionMessage
from mcp.types import JSONRPCMessage

from pulse_project.core import auth, background, body, conf, db, mcp_adapter, mcp_messages, mcp_tools, toolsets
from pulse_project.core.conf import ConfigError
from pulse_project.core.errors import Failure
from pulse_project.core.mcp_messages import INVALID_REQUEST, Refusal, Request
from pulse_project.core.principals import Caller

Incoming = MemoryObjectSendStream[SessionMessage | Exception]
Outgoing = MemoryObjectReceiveStream[SessionMessage]


async def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Serve until `source` ends. Raises ConfigError when the process may not act."""
    narrowed = selection()
    await db.in_read(auth.stdio_caller)

    async def who_calls() -> Caller:
        return narrowed.narrow(await db.in_read(auth.stdio_caller))

    mcp_adapter.install(who_calls)
    background.ensure_started()
    incoming, read_stream = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    write_stream, outgoing = anyio.create_memory_object_stream[SessionMessage](0)
    lines = _Lines(source, sink)
    try:
        async with anyio.create_task_group() as group:
            group.start_soon(_read, lines, incoming)
            group.start_soon(_write, lines, outgoing)
            await mcp_adapter.server.run(read_stream, write_stream, mcp_adapter.server.create_initialization_options())
            await write_stream.aclose()
    finally:
        await background.stop()


def selection() -> toolsets.Selection:
    """What PULSE_TOOLSETS and PULSE_READONLY select; ConfigError for a toolset that does not exist."""
    settings = conf.current()
    try:
        chosen = toolsets.named(settings.toolsets) if settings.toolsets else None
    except Failure as failure:
        raise ConfigError(f"toolsets: {failure.message}") from failure
    return toolsets.Selection(toolsets=chosen, read_only=settings.readonly)


class _Lines:
    """The two pipes. A line longer than the parser's bound is read to its end and refused."""

    def __init__(self, source: BinaryIO, sink: BinaryIO) -> None:
        self._source, self._sink = source, sink
        self._turn = anyio.Lock()

    async def next(self) -> bytes:
        line = await self._readline(body.MAX_BYTES + 2)
        if len(line) <= body.MAX_BYTES + 1 or line.endswith(b"\n"):
            return line
        while rest := await self._readline(body.MAX_BYTES):
            if rest.endswith(b"\n"):
                break
        return line

    async def _readline(self, at_most: int) -> bytes:
        return await anyio.to_thread.run_sync(self._source.readline, at_most, abandon_on_cancel=True)

    async def put(self, content: bytes) -> None:
        async with self._turn:
            await anyio.to_thread.run_sync(self._write, content + b"\n")

    def _write(self, content: bytes) -> None:
        self._sink.write(content)
        self._sink.flush()


async def _read(lines: _Lines, incoming: Incoming) -> None:
    async with incoming:
        while line := await lines.next():
            if not line.strip():
                continue
            try:
                request = mcp_messages.read(line.rstrip(b"\r\n"))
                mcp_adapter.check_method(request)
                message = await _for_the_sdk(lines, request, line)
            except Refusal as refusal:
                await lines.put(refusal.content())
                continue
            if message is not None:
                await incoming.send(SessionMessage(message))


async def _for_the_sdk(lines: _Lines, request: Request, line: bytes) -> JSONRPCMessage | None:
    """The message for the SDK; calls whose arguments it would refuse in its own words are answered here."""
    if request.method == "tools/call" and request.id is not None:
        given = request.params.get("arguments")
        if request.problem is not None or not isinstance(given, dict | None):
            await lines.put(await mcp_tools.answer(request, await mcp_adapter.process_caller()))
            return None
    try:
        return JSONRPCMessage.model_validate_json(line)
    except ValueError as error:
        raise Refusal(400, INVALID_REQUEST, "That is no JSON-RPC message.") from error


async def _write(lines: _Lines, outgoing: Outgoing) -> None:
    async with outgoing:
        async for message in outgoing:
            await lines.put(message.message.model_dump_json(by_alias=True, exclude_none=True).encode())
