"""HTTP and MCP clients that call the applications directly; the caller stands where the guard would put it."""

import json
from typing import Any

import httpx
from django.core.asgi import get_asgi_application
from django.urls import URLPattern, path

from pulse_project.core import docs_page, mcp_mount, rest_adapter
from pulse_project.core.ops_endpoint import PREFIX, ops_endpoint
from pulse_project.core.rest_endpoint import rest_endpoint

BOTH = "application/json, text/event-stream"


def urlpatterns() -> list[URLPattern]:
    """The addresses of what is registered at this moment."""
    aliases = {"api/v1/old/<str:text>": "api/v1/demo/echoes/<str:text>"}
    return [path("api/schema", docs_page.schema), *rest_adapter.urlpatterns(aliases)]


def client(caller: Any, *, through_django: bool = False) -> httpx.AsyncClient:
    mount = mcp_mount.McpMount()
    django = get_asgi_application()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        scope["state"] = {"caller": caller}
        if scope["path"].startswith("/mcp"):
            return await mount(scope, receive, send)
        if scope["path"].startswith(PREFIX):
            return await ops_endpoint(scope, receive, send)
        if scope["path"].startswith("/api/v1/") and not through_django:
            return await rest_endpoint(scope, receive, send)
        return await django(scope, receive, send)

    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8100")


class Mcp:
    """JSON-RPC over one client."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def __call__(
        self, method: str, params: Any = None, *, path: str = "/mcp", identifier: Any = 1, **headers: str
    ) -> httpx.Response:
        message = {"jsonrpc": "2.0", "id": identifier, "method": method} | (
            {"params": params} if params is not None else {}
        )
        return await self.send(json.dumps(message), path=path, **headers)

    async def send(self, content: str | bytes, *, path: str = "/mcp", **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        fixed = {"accept": BOTH, "content-type": "application/json"}
        return await self.http.post(path, content=content, headers=fixed | named)

    async def call(self, tool: str, arguments: Any = None, **options: Any) -> Any:
        """The structured content of a tool's answer."""
        answer = await self(
            "tools/call", {"name": tool, "arguments": {} if arguments is None else arguments}, **options
        )
        return answer.json()["result"]["structuredContent"]

    async def names(self, **options: Any) -> list[str]:
        listed = (await self("tools/list", **options)).json()["result"]["tools"]
        return [tool["name"] for tool in listed]


def events(response: httpx.Response) -> list[Any]:
    """The messages of a stream of events."""
    return [json.loads(line[6:]) for line in response.text.splitlines() if line.startswith("data: ")]
