"""Requests at the door, without a server: one scope in, the answer and what passed through out."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import from_json

Headers = Iterable[tuple[str, str]]
OWN = "http://127.0.0.1:8100"


def scope_of(path: str = "/api/v1/nexus/agents", **over: Any) -> dict[str, Any]:
    """A request as a server passes it on; `headers` are added to Host, `host=None` leaves that out."""
    path, _, query = path.partition("?")
    host = over.pop("host", "127.0.0.1:8100")
    peer = over.pop("peer", "127.0.0.1")
    headers = [("host", host)] if host is not None else []
    headers += list(over.pop("headers", ()))
    return {
        "type": "http",
        "method": "GET",
        "http_version": "1.1",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers],
        "client": (peer, 50_000) if peer else None,
        "server": ("127.0.0.1", 8100),
        **over,
    }


def websocket_of(path: str = "/ws/live/", **over: Any) -> dict[str, Any]:
    scope = scope_of(path, **{"type": "websocket", "scheme": "ws", **over})
    del scope["method"]
    return scope


@dataclass
class Answer:
    """What came back, and the scope that the application behind the door saw (None = it was never asked)."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    passed: dict[str, Any] | None = None
    body_seen: bytes = b""

    @property
    def status(self) -> int:
        return int(self.messages[0]["status"])

    @property
    def headers(self) -> dict[str, str]:
        return {name.decode(): value.decode() for name, value in self.messages[0]["headers"]}

    @property
    def json(self) -> Any:
        return from_json(b"".join(message.get("body", b"") for message in self.messages))

    @property
    def code(self) -> str:
        return str(self.json["error"]["code"])

    @property
    def caller(self) -> Any:
        return self.passed["state"]["caller"] if self.passed else None


async def visit(scope: dict[str, Any], *chunks: bytes) -> Answer:
    """Send one request (its body in `chunks`) through a guard around an application that answers 200."""
    from pulse_project.core.guard import Guard

    answer = Answer()
    waiting = list(chunks) or [b""]

    async def receive() -> dict[str, Any]:
        body = waiting.pop(0) if waiting else b""
        return {"type": "http.request", "body": body, "more_body": bool(waiting)}

    async def send(message: dict[str, Any]) -> None:
        answer.messages.append(message)

    async def application(seen: Any, receiving: Any, sending: Any) -> None:
        answer.passed = seen
        if seen["type"] == "websocket":
            return await sending({"type": "websocket.accept"})
        more = True
        while more:
            message = await receiving()
            answer.body_seen += message["body"]
            more = message["more_body"]
        await sending(
            {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]}
        )
        return await sending({"type": "http.response.body", "body": b"{}"})

    await Guard(application, start=lambda: None)(scope, receive, send)
    return answer
