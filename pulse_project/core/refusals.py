"""The guard's own answers: one body for every wrong key, and a constant sentence for everything else it refuses."""

from collections.abc import Iterable
from urllib.parse import quote

from pydantic_core import to_json

from pulse_project.core.envelopes import OK_DATA
from pulse_project.core.errors import Code, Failure
from pulse_project.core.http_reply import Header, Message, Scope, Send, reply, retry_after

AUTH_FAILED = "This address needs a valid API key: send it as `Authorization: Bearer` or `X-API-Key`."
CHALLENGE: tuple[Header, ...] = ((b"www-authenticate", b'Bearer realm="pulse"'),)
CLOSE_UNAUTHORISED, CLOSE_FORBIDDEN, CLOSE_TRY_LATER = 4401, 4403, 1013


class Refused(Exception):
    """A request that ends at the door: the failure it reads and the status, when that is not the code's own."""

    def __init__(
        self, failure: Failure, status: int | None = None, headers: Iterable[Header] = (), content: bytes = b""
    ) -> None:
        super().__init__(failure.message)
        self.content = content or to_json(OK_DATA.failure(failure))
        self.failure = failure
        self.status = status or failure.code.http_status
        self.headers = tuple(headers)


class SentToLogin(Exception):
    """A browser without identity: where it goes to log in."""

    def __init__(self, path: str, query: bytes) -> None:
        target = quote(path + ("?" + query.decode("latin-1") if query else ""), safe="")
        super().__init__(path)
        self.location = f"/login/?next={target}".encode()


def auth_failed() -> Refused:
    """Missing, malformed, unknown, rotated, revoked, expired, deactivated: nobody learns which."""
    return Refused(Failure(Code.AUTH_FAILED, AUTH_FAILED), headers=CHALLENGE)


def ingest_failed() -> Refused:
    """The published answer to a producer without the right token."""
    failure = Failure(Code.AUTH_FAILED, "invalid or missing ingest token")
    content = to_json({"detail": failure.message, "code": failure.code.value})
    return Refused(failure, headers=((b"www-authenticate", b"Bearer"),), content=content)


def bad_host() -> Refused:
    message = "The Host header names no address of this server. Add the name to PULSE_ALLOWED_HOSTS."
    return Refused(Failure(Code.INVALID_PARAM, message, field="host"), 400)


def foreign() -> Refused:
    return Refused(Failure(Code.PERMISSION_DENIED, "Pages of other sites may not use this server."))


def not_json() -> Refused:
    message = "Send the body as Content-Type: application/json."
    return Refused(Failure(Code.VALIDATION_ERROR, message, field="content-type"), 415)


def not_found() -> Refused:
    return Refused(Failure(Code.NOT_FOUND, "This port serves /mcp and health only."))


async def answer(refused: Refused, send: Send) -> None:
    """Send a refusal as HTTP."""
    await reply(send, refused.status, refused.content, headers=[*refused.headers, *retry_after(refused.failure)])


async def redirect(location: bytes, send: Send) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": 302,
            "headers": [(b"location", location), (b"content-length", b"0"), (b"cache-control", b"no-store")],
        }
    )
    await send({"type": "http.response.body", "body": b""})


async def deny_websocket(refused: Refused, scope: Scope, send: Send) -> None:
    """Refuse a handshake: as HTTP where the server can say that, else by a close before it is accepted."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": _close_code(refused.status)})
        return

    async def as_websocket(message: Message) -> None:
        await send({**message, "type": "websocket." + message["type"]})

    await answer(refused, as_websocket)


def _close_code(status: int) -> int:
    return {401: CLOSE_UNAUTHORISED, 429: CLOSE_TRY_LATER, 503: CLOSE_TRY_LATER}.get(status, CLOSE_FORBIDDEN)
