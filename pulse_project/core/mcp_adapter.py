"""The only modules that speak to the MCP SDK are this one and `mcp_stdio`: the catalogue on its server object, and
requests handed to its transport."""

from collections.abc import Awaitable, Callable
from typing import Any

from mcp import types
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.shared.exceptions import McpError
from mcp.shared.version import SUPPORTED_PROTOCOL_VERSIONS
from mcp_server import mcp_server
from pydantic import AnyUrl

from pulse_project.core import handbook, mcp_tools
from pulse_project.core.http_reply import Message, Receive, Scope, Send
from pulse_project.core.mcp_messages import INVALID_PARAMS, METHOD_NOT_FOUND, Refusal, Request
from pulse_project.core.principals import Caller
from pulse_project.core.version import version

server = mcp_server._mcp_server  # the one private name: its request handlers are replaced below

Result = types.ServerResult
WhoCalls = Callable[[], Awaitable[Caller]]
_who_calls: WhoCalls | None = None


def install(who_calls: WhoCalls | None = None) -> None:
    """Put the catalogue on the server. `who_calls` identifies the caller of a transport without requests (stdio)."""
    global _who_calls
    _who_calls = who_calls
    server.instructions = handbook.instructions()
    server.version = version()
    server.request_handlers.update(_HANDLERS)


def speaks(version: str) -> bool:
    """Whether the SDK knows that version of the protocol."""
    return version in SUPPORTED_PROTOCOL_VERSIONS


def check_method(request: Request) -> None:
    """Refuse a request for a method that this server does not answer."""
    if request.id is not None and request.method not in _METHODS:
        raise Refusal(200, METHOD_NOT_FOUND, "Method not found.", request.id)


async def serve(scope: Scope, caller: Caller, raw: bytes, *, receive: Receive, send: Send) -> None:
    """Let the SDK answer one request whose body was already read."""
    manager = StreamableHTTPSessionManager(app=server, json_response=True, stateless=True)
    is_sent = False

    async def replay() -> Message:
        nonlocal is_sent
        if is_sent:
            return await receive()
        is_sent = True
        return {"type": "http.request", "body": raw, "more_body": False}

    async with manager.run():
        await manager.handle_request({**scope, "state": {**scope["state"], "caller": caller}}, replay, send)


async def current_caller() -> Caller:
    """Who asked the request that is being handled."""
    request = server.request_context.request
    if request is not None:
        caller: Caller = request.scope["state"]["caller"]
        return caller
    return await process_caller()


async def process_caller() -> Caller:
    """Who a process without requests acts as."""
    if _who_calls is None:
        raise McpError(types.ErrorData(code=types.INVALID_REQUEST, message="This transport has no identity."))
    return await _who_calls()


async def _list_tools(_request: types.ListToolsRequest) -> Result:
    entries = [mcp_tools.description_of(operation) for operation in mcp_tools.listed(await current_caller())]
    return Result(types.ListToolsResult(tools=[types.Tool.model_validate(entry) for entry in entries]))


async def _call_tool(request: types.CallToolRequest) -> Result:
    caller = await current_caller()
    try:
        operation = mcp_tools.find(request.params.name, caller)
    except mcp_tools.UnknownTool as error:
        raise McpError(types.ErrorData(code=INVALID_PARAMS, message=mcp_tools.UNKNOWN)) from error
    outcome = await mcp_tools.run(operation, request.params.arguments, caller)
    return Result(types.CallToolResult.model_validate_json(mcp_tools.serialise(operation, outcome)))


async def _list_resources(_request: types.ListResourcesRequest) -> Result:
    pages = handbook.pages(await current_caller())
    return Result(types.ListResourcesResult(resources=[_resource(page) for page in pages]))


def _resource(page: handbook.Page) -> types.Resource:
    return types.Resource(
        uri=AnyUrl(page.uri), name=page.name, title=page.title, description=page.summary, mimeType=MARKDOWN
    )


async def _read_resource(request: types.ReadResourceRequest) -> Result:
    uri = request.params.uri
    page = next((page for page in handbook.pages(await current_caller()) if page.uri == str(uri)), None)
    if page is None:
        raise McpError(types.ErrorData(code=RESOURCE_NOT_FOUND, message="No such resource."))
    contents = types.TextResourceContents(uri=uri, mimeType=MARKDOWN, text=page.text)
    return Result(types.ReadResourceResult(contents=[contents]))


async def _list_resource_templates(_request: types.ListResourceTemplatesRequest) -> Result:
    return Result(types.ListResourceTemplatesResult(resourceTemplates=[]))


async def _list_prompts(_request: types.ListPromptsRequest) -> Result:
    found = [
        types.Prompt(
            name=p.name,
            title=p.title,
            description=p.summary,
            arguments=[types.PromptArgument(name=argument, required=True) for argument in p.arguments],
        )
        for p in handbook.prompts(await current_caller())
    ]
    return Result(types.ListPromptsResult(prompts=found))


async def _get_prompt(request: types.GetPromptRequest) -> Result:
    prompt = next((p for p in handbook.prompts(await current_caller()) if p.name == request.params.name), None)
    if prompt is None:
        raise McpError(types.ErrorData(code=INVALID_PARAMS, message="No such prompt. prompts/list names them."))
    try:
        text = prompt.render(request.params.arguments or {})
    except ValueError as error:
        raise McpError(types.ErrorData(code=INVALID_PARAMS, message=str(error))) from error
    message = types.PromptMessage(role="user", content=types.TextContent(type="text", text=text))
    return Result(types.GetPromptResult(description=prompt.summary, messages=[message]))


RESOURCE_NOT_FOUND = -32002
MARKDOWN = "text/markdown"
_HANDLERS: dict[type, Callable[[Any], Awaitable[Result]]] = {
    types.ListToolsRequest: _list_tools,
    types.CallToolRequest: _call_tool,
    types.ListResourcesRequest: _list_resources,
    types.ReadResourceRequest: _read_resource,
    types.ListResourceTemplatesRequest: _list_resource_templates,
    types.ListPromptsRequest: _list_prompts,
    types.GetPromptRequest: _get_prompt,
}
_METHODS = frozenset(
    {
        "initialize",
        "ping",
        "tools/list",
        "tools/call",
        "resources/list",
        "resources/read",
        "resources/templates/list",
        "prompts/list",
        "prompts/get",
    }
)
